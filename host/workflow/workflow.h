/*
 * Workflows: what a YAML file declares, loaded, checked and typed.
 *
 * One table of keys (schema.c) drives loading, diagnostics, `check`, `describe` and the JSON Schema. Everything that is
 * wrong with a file is found in one go, each with file:line:column, the line, a caret and a suggestion. A key of the
 * language that is not enforced yet is refused as not supported yet, never ignored.
 */
#ifndef TN_WORKFLOW_WORKFLOW_H
#define TN_WORKFLOW_WORKFLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "azure/operation.h"
#include "base/err.h"
#include "base/money.h"
#include "json/json.h"
#include "ledger/store.h"
#include "workflow/drift.h"
#include "yaml/yaml.h"

enum tn_input_type {
    TN_INPUT_STRING,
    TN_INPUT_INTEGER,
    TN_INPUT_NUMBER,
    TN_INPUT_BOOLEAN,
    TN_INPUT_PERCENT,
    TN_INPUT_MONEY,
    TN_INPUT_DATE,
    TN_INPUT_DURATION,
    TN_INPUT_CHOICE,
    TN_INPUT_LIST,
    TN_INPUT_TABLE,
    TN_INPUT_CUSTOMER,
    TN_INPUT_RESERVATION,
    TN_INPUT_SUBSCRIPTION,
    TN_INPUT_ROLE,
    TN_INPUT_GUID
};
const char *tn_input_type_name(enum tn_input_type type);

/* What scripts see of one input, as JSON: a percent is its number (5% is 5), a duration whole seconds, a date whole
 * seconds since 1970 UTC, money {"amount", "currency"}, a table what table.h says. Owned by the workflow. */
struct tn_input {
    const char *name;
    enum tn_input_type type;
    enum tn_input_type of;          /* lists: of what */
    const char *const *choices;     /* NULL-ended; NULL unless a choice */
    const struct tn_input *columns; /* tables: of what type each is */
    size_t column_count;
    const char *help;   /* or NULL */
    bool optional;      /* columns: the file may be without it */
    bool required;      /* columns: no cell of it may be empty */
    bool needs_contact; /* where it is given, and not false, support will be asked, and answers the profile's contact */
    const char *default_json; /* NULL: none */
    int line, column;
};

/* A piece of Lua from the file: expressions are compiled from here only. */
struct tn_expression {
    const char *text;
    int line, column; /* where its first character stands in the file */
};

/* Whose a step is. A workflow's steps stand in the order in which the parts run: before, customers, after. */
enum tn_part { TN_PART_CUSTOMERS, TN_PART_BEFORE, TN_PART_AFTER, TN_PART_COUNT };

struct tn_step {
    const char *id;
    enum tn_part part;
    struct tn_expression each, when; /* text NULL: none */
    const char *follows;             /* the step whose outcomes its effects answer; NULL: none */
    const char *run;                 /* path of the script, relative to the package root */
    const char *run_source;          /* its bytes, read and checked with openat beneath the root */
    size_t run_len;
    const struct tn_yaml
        *with; /* mapping or NULL: values may hold ${{ … }}, a scalar that is one whole keeps its type */
    int line, column;
};

/* A table that scripts fill: of each column the type. */
struct tn_output {
    const char *name;
    const char *file; /* what it is called when it is written to one; NULL: NAME.csv */
    const struct tn_input *columns;
    size_t column_count;
};

struct tn_join;
struct tn_tables;

enum tn_customers_from { TN_CUSTOMERS_PARTNER_CENTER, TN_CUSTOMERS_FILE, TN_CUSTOMERS_LIST, TN_CUSTOMERS_OWN };

struct tn_customers_source {
    enum tn_customers_from from; /* OWN: the profile's own tenant (call, exec without --customer) */
    const char *file;            /* FILE: path as resolved */
    const char *const *ids;      /* LIST and FILE, in order: tenant ids or domains; NULL-ended */
    size_t count;
    const struct tn_join *join; /* what a file knows of them (join.h); NULL: nothing */
    const char *rows;           /* the table whose rows are theirs (rows.h): only customers with one; NULL: none */
    bool details;               /* PARTNER_CENTER: what is told of each alone, too (details.h) */
    struct tn_expression where; /* text NULL: all */
};

/* A host that its scripts may ask by plain HTTP. */
struct tn_permitted_host {
    const char *name;   /* as the permission spells it: "hooks.example.com", "127.0.0.1:8080" */
    const char *origin; /* "https://hooks.example.com" */
    bool reads_only;
};

struct tn_workflow {
    const char *file; /* absolute path; NULL when it was made by call or exec */
    const char *root; /* absolute path of the package root */
    const char *name, *summary;
    const char *digest; /* SHA-256 over the workflow's and its scripts' bytes, hexadecimal */
    struct tn_input *inputs;
    size_t input_count;
    const struct tn_operation **permissions; /* rows it may use */
    size_t permission_count;
    bool any_permission;             /* exec and call: everything, but for plain HTTP */
    struct tn_permitted_host *hosts; /* of plain HTTP */
    size_t host_count;
    bool any_host;
    struct tn_customers_source customers;
    int64_t concurrency;         /* 0: the default, 64 */
    struct tn_guard_row *guards; /* run left NULL */
    size_t guard_count;
    struct tn_step *steps;
    size_t step_count;
    struct tn_output *outputs;
    size_t output_count;
    int64_t expires_s;             /* how long a plan may be approved */
    struct tn_tolerance tolerance; /* how far a fresh quote may be from the plan */
    int64_t cpu_ms, memory_bytes;  /* limits for one item; 0: 2 s and 64 MiB */
    /* its own */
    struct tn_yaml_doc *yaml;
    struct tn_source *source; /* the file's bytes, for places; NULL when there is no file */
    struct tn_arena *arena;
};

#define TN_PLAN_LIVES_S (7 * 86400) /* where the workflow does not say */

/* Whether an input switches a step off: its `when` is that input and nothing else, and the input is false. Such a step is
 * no part of the run, which is known before anything begins. */
bool tn_step_switched_off(const struct tn_step *step, struct tn_json inputs);

/* The steps of a part, from one number to before the other. */
void tn_workflow_part(const struct tn_workflow *workflow, enum tn_part part, size_t *from, size_t *to);

/* Of plain HTTP: to some host. */
bool tn_workflow_permits(const struct tn_workflow *workflow, const struct tn_operation *op);

/* The same of one call, with the host that it asks. TENURE_EPERM says what to permit. */
int tn_workflow_check_call(const struct tn_workflow *workflow, const struct tn_call *call, struct tn_err *err);

/* Whether a guard caps how often an effect may be done in a whole run. */
bool tn_workflow_counts(const struct tn_workflow *workflow, const struct tn_operation *op);
bool tn_workflow_has_effects(const struct tn_workflow *workflow); /* permissions name an effect */

/* Load and check a file and the scripts it names (their syntax is checked by the caller, with Lua). TENURE_ENOENT,
 * TENURE_EIO: err names the file; TENURE_EINVAL: *problems tells everything that is wrong, for a person (owned by the
 * caller, set on EINVAL and OK). */
int tn_workflow_load(const char *file, struct tn_diagnostics **problems, struct tn_workflow **out, struct tn_err *err);
void tn_workflow_free(struct tn_workflow *workflow); /* NULL is fine */

/* The same for a run that exists: its customers and their data are in the ledger, so the files they came from are not
 * looked at and may be gone. */
int tn_workflow_load_again(const char *file, struct tn_diagnostics **problems, struct tn_workflow **out,
                           struct tn_err *err);

/* The workflow that `exec FILE.lua` and effects by `call` are: one step, one customer, every permission. script_name
 * and source are copied; with_json becomes ctx.with. */
struct tn_single {
    const char *name; /* of the workflow: "call reservations.refund" or "exec x.lua" */
    const char *file; /* script's path for messages */
    const char *source;
    size_t source_len;
    const char *customer; /* NULL: the profile's own tenant */
    const struct tn_guard_row *caps;
    size_t cap_count;
    const char *const *hosts; /* of plain HTTP, as permissions name them: HOST or get:HOST */
    size_t host_count;
    bool any_host; /* the one that is called was named by who called it */
};
int tn_workflow_single(const struct tn_single *single, struct tn_workflow **out, struct tn_err *err);

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

/* Resolve the inputs: given_text are "--input K=V" pairs, file the path of --inputs (YAML mapping; NULL: none). Writes
 * one JSON object with every input (defaults applied; optional ones that are absent left out). A value "@FILE" is what
 * that file holds; of a table it is the only way, and its content goes into tables. TENURE_EINVAL: err lists every
 * missing, unknown or bad input with what it takes (and file:line:column for files). */
struct tn_input_text {
    const char *name, *value;
};
int tn_inputs_resolve(const struct tn_workflow *workflow, const struct tn_input_text *given, size_t given_count,
                      const char *file, struct tn_tables *tables, struct tn_buf *json, struct tn_err *err);

/* The same for a plan that is made again: what is not given is as it was in the earlier run, whose inputs these are (NULL:
 * none), and whose tables are in tables already. A value that the workflow would not take any more has to be given
 * anew. */
int tn_inputs_resolve_again(const struct tn_workflow *workflow, const struct tn_input_text *given, size_t given_count,
                            const char *file, const struct tn_json *earlier, struct tn_tables *tables,
                            struct tn_buf *json, struct tn_err *err);

/* Whether the contact is whole, if an input that needs one says that support will be asked. inputs are the resolved ones,
 * which L decodes. TENURE_EINVAL names the input and what is missing. */
struct tn_support_contact;
int tn_inputs_check_contact(const struct tn_workflow *workflow, const struct tn_buf *inputs, lua_State *L,
                            const struct tn_support_contact *contact, struct tn_err *err);

/* One value by its type, as written in YAML, on a command line or in a CSV cell: "5%", "100 USD", "30 days",
 * "2026-02-01". Appends JSON. Used by the loader for defaults, by inputs, and by table columns. */
int tn_input_parse(enum tn_input_type type, const char *const *choices, const char *text, struct tn_json_writer *w,
                   struct tn_err *err);

/* ---- customers from files --------------------------------------------------------------------------------------- */

/* Read a CSV (comma, semicolon or tab by its header; quotes; UTF-8, BOM allowed; CRLF allowed) and call on_row for each
 * record with cells in header order (empty cell: ""). A bad file is file:line:column. */
struct tn_csv_row {
    const char *const *names; /* header */
    const char *const *cells;
    const int *columns; /* column in characters where each cell starts */
    size_t count;
    int line;
    char separator; /* of the cells: , ; or a tab */
};
int tn_csv_read(const char *file, int (*on_row)(void *arg, const struct tn_csv_row *row, struct tn_err *err), void *arg,
                struct tn_err *err);

/* The ids of a customers file: column `id` or `domain` ("-": standard input is the caller's business). NULL-ended list,
 * each and the list freed by tn_customer_ids_free. */
int tn_customer_ids_read(const char *file, char ***ids, size_t *count, struct tn_err *err);
void tn_customer_ids_free(char **ids);

/* ---- what check and describe print ------------------------------------------------------------------------------ */

/* {"name", "summary", "inputs": […], "permissions": […], "customers", "guards", "outputs": […], "before": […], "steps": […],
 * "after": […]} */
void tn_workflow_describe(const struct tn_workflow *workflow, struct tn_json_writer *w);

/* [{"name", "file", "columns": [{"name", "type"}]}] */
void tn_outputs_describe(const struct tn_workflow *workflow, struct tn_json_writer *w);

#endif
