/*
 * Inside of the loader: what its files share. Nobody outside host/workflow includes this.
 *
 * A value that is wrong is reported and skipped, so that one pass finds everything; the workflow is thrown away when
 * there was any problem. Running out of memory is remembered in the loader and ends in TENURE_ENOMEM.
 */
#ifndef TN_WORKFLOW_LOADER_H
#define TN_WORKFLOW_LOADER_H

#include "base/arena.h"
#include "workflow/place.h"
#include "workflow/schema.h"
#include "workflow/workflow.h"

struct tn_loader {
    struct tn_workflow *workflow; /* lives in the arena */
    struct tn_arena *arena;
    struct tn_source *source;
    struct tn_diagnostics *problems;
    struct tn_step *steps[TN_PART_COUNT]; /* until all of them are read */
    size_t step_counts[TN_PART_COUNT];
    bool no_memory;
    bool again; /* for a run that exists: files of customers are not looked at */
};

/* Load from bytes: file is for messages, root where its scripts are. tn_workflow_load() without the disk. */
int tn_workflow_parse(const char *file, const char *root, const char *bytes, size_t len,
                      struct tn_diagnostics *problems, struct tn_workflow **out, struct tn_err *err);

/* A workflow in an arena of its own; NULL: no memory. */
struct tn_workflow *tn_workflow_new(void);

/* "workflow DIGEST", then "script DIGEST PATH" for each step, and the digest of that. NULL: no memory. */
const char *tn_workflow_digest(const struct tn_workflow *workflow, const char *bytes, size_t len);

/* ---- problems --------------------------------------------------------------------------------------------------- */

/* Report something at a node, with a hint or NULL. */
#define tn_problem(loader, node, hint, ...) \
    tn_diagnostics_add((loader)->problems, (node)->line, (node)->column, hint, __VA_ARGS__)

/* A node as messages name it: "a list", "a mapping", "nothing", "a number", "text". */
const char *tn_node_kind(const struct tn_yaml *node);

/* 'KEY' takes …, not …, with the row's example as hint. */
void tn_problem_kind(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, const char *takes);

/* ---- reading by the table --------------------------------------------------------------------------------------- */

/* Read a mapping by the keys of its section, into the struct their offsets belong to. name is what messages call the
 * mapping. False: it is none. */
bool tn_section_read(struct tn_loader *loader, enum tn_section section, const struct tn_yaml *node, const char *name,
                     void *into);

/* Text: never a number, a boolean or nothing. NULL: reported. Borrowed from the document. */
const char *tn_read_text(struct tn_loader *loader, const char *key, const struct tn_yaml *node);

void tn_read_nothing(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_inputs(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_input_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_input_type(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_outputs(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_output_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_permissions(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers_from(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers_file(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers_list(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers_rows(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_customers_join(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_join_by(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_join_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guards(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard_count(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard_worth(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard_amounts(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard_per_customer(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                                void *into);
void tn_read_guard_share(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_guard_in_flight(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                             void *into);
void tn_read_steps(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_step_follows(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_step_run(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
void tn_read_step_with(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);

/* Columns and their types: each a word, or a mapping with the keys of the section. */
void tn_read_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                     const struct tn_input **columns, size_t *count);

/* A whole number from least to most. False: reported. */
bool tn_read_count(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *count);

/* A share from 0% to 100%, in whole parts of which key->most are 100 %. False: reported. */
bool tn_read_percent(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *parts);

/* A Lua expression, checked as far as that goes without Lua. */
void tn_read_expression(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                        struct tn_expression *out);

/* What is surely no Lua in a piece of it, other languages' operators, and names that nothing has. places are those of the scalar that text begins
 * with. */
void tn_expression_check(struct tn_loader *loader, const struct tn_places *places, const char *text, size_t from,
                         size_t to);

bool tn_word_byte(char byte); /* of Lua's names and numbers */

/* A piece of a scalar's text that is Lua. */
struct tn_piece {
    const struct tn_places *places;
    const char *text;
    size_t from, to;
};

/* Whether the word of that length is the NAME of inputs.NAME or MODULE.NAME and there is no such input or operation, or
 * one that changes something. The operation that it names; NULL: none. */
const struct tn_operation *tn_name_check(struct tn_loader *loader, const struct tn_piece *piece, size_t from,
                                         size_t len);

/* The word, in the table that op is called with: if it names an option, whether there is one, and its value a choice. */
void tn_option_check(struct tn_loader *loader, const struct tn_piece *piece, size_t from, size_t len,
                     const struct tn_operation *op);

/* Where the }} stands that ends the expression; to: nowhere. A }} in a string or that closes two tables ends nothing.
 */
size_t tn_expression_end(const char *text, size_t from, size_t to);

/* The steps of all parts become the workflow's. */
void tn_join_steps(struct tn_loader *loader);

/* customers.rows against the inputs, once both are read. */
void tn_check_rows(struct tn_loader *loader, const struct tn_yaml *customers);

/* One more host of plain HTTP, for which there is room: HOST or get:HOST. TENURE_EINVAL: it is no host's name. */
int tn_workflow_add_host(struct tn_workflow *workflow, const char *text, struct tn_err *err);

/* Guards against permissions, once both are read. */
void tn_check_guards(struct tn_loader *loader, const struct tn_yaml *permissions, const struct tn_yaml *guards);

/* ---- values ----------------------------------------------------------------------------------------------------- */

extern const char *const tn_input_types[]; /* names in the order of enum tn_input_type; NULL-ended */

/* What a type takes, for messages: "a share such as 5%". */
const char *tn_input_takes(enum tn_input_type type);

/* A value as YAML has it, lists too: numbers and booleans unquoted, text never a number. Appends JSON. TENURE_EINVAL:
 * *bad is the node to blame. */
int tn_input_read(const struct tn_input *input, const struct tn_yaml *node, struct tn_json_writer *w,
                  const struct tn_yaml **bad, struct tn_err *err);

/* "30 days" as whole seconds. False: it is none. */
bool tn_duration_parse(const char *text, int64_t *seconds);

/* "010": some read that as eight. */
bool tn_leading_zero(const char *text);

bool tn_customer_id_valid(const char *text); /* a tenant id, a domain, or a short name that stands for one */

/* What ids are compared by: of tenant ids one spelling, a short name as the GUID that it stands for. The caller frees
 * it. */
char *tn_customer_key(const char *text);

/* Letters, digits, - and _, a letter first, at most 64. */
bool tn_name_valid(const char *text);

/* The same, and one that Lua can write behind a dot. */
bool tn_lua_name_valid(const char *text);

/* A CSV or customers file that is in memory already; name is for messages. */
int tn_csv_parse(const char *name, const char *bytes, size_t len,
                 int (*on_row)(void *arg, const struct tn_csv_row *row, struct tn_err *err), void *arg,
                 struct tn_err *err);
int tn_customer_ids_parse(const char *name, const char *bytes, size_t len, char ***ids, size_t *count,
                          struct tn_err *err);

/* A cell without the blanks around it. */
const char *tn_cell_text(const struct tn_csv_row *row, size_t column, size_t *len);

/* A cell as a member of the object that is being written, by its type (NULL: text); an empty one is left out, and nil in
 * Lua. TENURE_EINVAL begins with file:line:column. */
int tn_cell_write(const char *file, const struct tn_csv_row *row, size_t column, const struct tn_input *type,
                  struct tn_json_writer *w, struct tn_err *err);

#define TN_CSV_MAX_BYTES (64u << 20)

#endif
