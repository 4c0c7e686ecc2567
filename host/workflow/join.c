/* customers.join: see join.h. */
#include "workflow/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/record.h"
#include "base/array.h"
#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"

const char *const tn_join_words[] = {"id", "domain", "name", NULL};

struct reading {
    struct tn_loader *loader;
    struct tn_join *join;
    const struct tn_input **types; /* of each column of the file; NULL: text */
    int key;                       /* the column that `by` names; -1: not looked for yet */
    struct tn_join_row *rows;      /* grows; then moved into the arena */
};

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* What is compared. The caller frees it. */
static char *make_key(enum tn_join_by by, const char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    char *key = strndup(text, len);
    if (!key || by == TN_JOIN_NAME)
        return key;
    if (by == TN_JOIN_DOMAIN) {
        tn_id_fold(key);
        return key;
    }
    char *id = tn_customer_key(key);
    free(key);
    return id;
}

static int by_key(const void *a, const void *b)
{
    const struct tn_join_row *one = a, *other = b;
    int order = strcmp(one->key, other->key);
    return order ? order : one->line - other->line;
}

static int is_key(const void *key, const void *row)
{
    return strcmp(key, ((const struct tn_join_row *)row)->key);
}

int tn_join_find(const struct tn_join *join, const char *id, const char *domain, const char *name,
                 const struct tn_join_row **row, struct tn_err *err)
{
    const char *texts[] = {id, domain, name};
    *row = NULL;
    if (!texts[join->by][0] || !join->row_count)
        return TENURE_OK;
    char *key = make_key(join->by, texts[join->by]);
    if (!key)
        return tn_err_no_memory(err);
    *row = bsearch(key, join->rows, join->row_count, sizeof *join->rows, is_key);
    free(key);
    return TENURE_OK;
}

char *tn_join_record(const struct tn_join *join, char *record, const struct tn_join_row *row)
{
    struct tn_buf joined = {0};
    size_t len = strlen(record); /* our own writer's: an object with an id at least, without blanks around it */
    tn_buf_put(&joined, record, len - 1);
    tn_buf_printf(&joined, ",\"%s\":{\"columns\":", TN_JOIN_MEMBER);
    tn_buf_puts(&joined, join->names);
    tn_buf_puts(&joined, ",\"row\":");
    tn_buf_puts(&joined, row ? row->data : "{}");
    tn_buf_puts(&joined, "}}");
    free(record);
    return tn_buf_take(&joined, NULL);
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static int find_key_column(struct reading *reading, const struct tn_csv_row *header, struct tn_err *err)
{
    const struct tn_join *join = reading->join;
    const char *word = tn_join_words[join->by];
    for (size_t i = 0; i < header->count; i++) {
        if (tn_id_equal(header->names[i], word)) {
            reading->key = (int)i;
            return TENURE_OK;
        }
    }
    return tn_err_set(err, TENURE_EINVAL, "%s:1:1: no column '%s': `by: %s` says that one tells whose row it is",
                      join->file, word, word);
}

/* Which column of the file has which type; a type for a column that is not there is a mistake. */
static int find_types(struct reading *reading, const struct tn_csv_row *header, struct tn_err *err)
{
    const struct tn_join *join = reading->join;
    reading->types = tn_arena_alloc(reading->loader->arena, header->count, sizeof *reading->types);
    const char **names = tn_arena_alloc(reading->loader->arena, header->count + 1, sizeof *names);
    if (!reading->types || !names)
        return tn_err_no_memory(err);
    memcpy(names, header->names, header->count * sizeof *names);
    for (size_t i = 0; i < join->column_count; i++) {
        const struct tn_input *column = &join->columns[i];
        size_t at = 0;
        while (at < header->count && strcmp(header->names[at], column->name) != 0)
            at++;
        if (at < header->count) {
            reading->types[at] = column;
            continue;
        }
        char hint[320];
        const char *closest = tn_closest(column->name, names);
        snprintf(hint, sizeof hint, "did you mean '%.100s'?", closest ? closest : "");
        tn_diagnostics_add(reading->loader->problems, column->line, column->column, closest ? hint : NULL,
                           "%s has no column '%.80s'", join->file, column->name);
    }
    return TENURE_OK;
}

/* Every column there is, so that a name that none has is an error for a customer without a row too. */
static int keep_names(struct reading *reading, const struct tn_csv_row *header, struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    tn_jw_array(&w);
    for (size_t i = 0; i < header->count; i++)
        tn_jw_string(&w, header->names[i]);
    tn_jw_array_end(&w);
    if (!json.failed)
        reading->join->names = tn_arena_text(reading->loader->arena, tn_buf_text(&json), json.len);
    tn_buf_deinit(&json);
    return reading->join->names ? TENURE_OK : tn_err_no_memory(err);
}

static int write_row(struct reading *reading, const struct tn_csv_row *row, struct tn_join_row *out, struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    int rc = TENURE_OK;
    tn_jw_init(&w, &json);
    tn_jw_object(&w);
    for (size_t i = 0; i < row->count && rc == TENURE_OK; i++)
        rc = tn_cell_write(reading->join->file, row, i, reading->types[i], &w, err);
    if (rc == TENURE_OK)
        tn_jw_object_end(&w);
    if (rc == TENURE_OK && !json.failed)
        out->data = tn_arena_text(reading->loader->arena, tn_buf_text(&json), json.len);
    tn_buf_deinit(&json);
    return rc == TENURE_OK && !out->data ? tn_err_no_memory(err) : rc;
}

/* Whose row it is. One that says so badly would be claimed by nobody, and what it says of a customer overlooked. */
static int read_key(struct reading *reading, const struct tn_csv_row *row, struct tn_join_row *out, struct tn_err *err)
{
    const struct tn_join *join = reading->join;
    size_t len;
    const char *cell = tn_cell_text(row, (size_t)reading->key, &len);
    out->line = row->line;
    out->column = row->columns[reading->key];
    out->who = tn_arena_text(reading->loader->arena, cell, len);
    if (!out->who)
        return tn_err_no_memory(err);
    if (len == 0)
        return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: this row has no %s: whose is it?", join->file, out->line,
                          out->column, tn_join_words[join->by]);
    if (join->by != TN_JOIN_NAME && !tn_customer_id_valid(out->who))
        return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: '%.80s' is not a %s", join->file, out->line, out->column,
                          out->who, join->by == TN_JOIN_ID ? "tenant id" : "domain");
    char *key = make_key(join->by, out->who);
    if (key)
        out->key = tn_arena_text(reading->loader->arena, key, strlen(key));
    free(key);
    return out->key ? TENURE_OK : tn_err_no_memory(err);
}

static int on_row(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    struct reading *reading = arg;
    struct tn_join *join = reading->join;
    int rc = TENURE_OK;
    if (reading->key < 0) {
        rc = find_key_column(reading, row, err);
        if (rc == TENURE_OK)
            rc = find_types(reading, row, err);
        if (rc == TENURE_OK)
            rc = keep_names(reading, row, err);
    }
    if (rc < 0)
        return rc;
    struct tn_join_row *rows = tn_array_grow(reading->rows, join->row_count, sizeof *rows);
    if (!rows)
        return tn_err_no_memory(err);
    reading->rows = rows;
    struct tn_join_row *out = &reading->rows[join->row_count];
    *out = (struct tn_join_row){0};
    rc = read_key(reading, row, out, err);
    if (rc == TENURE_OK)
        rc = write_row(reading, row, out, err);
    if (rc == TENURE_OK)
        join->row_count++;
    return rc;
}

/* Sort the rows into the arena. */
static int keep_rows(struct reading *reading, struct tn_err *err)
{
    struct tn_join *join = reading->join;
    if (join->row_count == 0)
        return tn_err_set(err, TENURE_EINVAL, "%s: no customers in it", join->file);
    qsort(reading->rows, join->row_count, sizeof *reading->rows, by_key);
    for (size_t i = 1; i < join->row_count; i++) {
        const struct tn_join_row *row = &reading->rows[i];
        if (strcmp(row[-1].key, row->key) == 0)
            return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: customer '%.80s' is on line %d already", join->file,
                              row->line, row->column, row->who, row[-1].line);
    }
    join->rows = tn_arena_alloc(reading->loader->arena, join->row_count, sizeof *join->rows);
    if (!join->rows)
        return tn_err_no_memory(err);
    memcpy(join->rows, reading->rows, join->row_count * sizeof *join->rows);
    return TENURE_OK;
}

static int read_file(struct reading *reading, struct tn_err *err)
{
    struct tn_join *join = reading->join;
    struct tn_loader *loader = reading->loader;
    char *bytes = NULL, digest[TN_DIGEST_TEXT];
    size_t len = 0;
    int rc = tn_package_read(loader->workflow->root, join->file, TN_CSV_MAX_BYTES, &bytes, &len, err);
    if (rc == TENURE_OK) {
        tn_digest(digest, bytes, len);
        join->digest = tn_arena_text(loader->arena, digest, strlen(digest));
        rc = join->digest ? tn_csv_parse(join->file, bytes, len, on_row, reading, err) : tn_err_no_memory(err);
    }
    if (rc == TENURE_OK)
        rc = keep_rows(reading, err);
    free(bytes);
    free(reading->rows);
    return rc;
}

/* ---- in a workflow ---------------------------------------------------------------------------------------------- */

void tn_read_join_by(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_join *join = into;
    const char *word = tn_read_text(loader, key->name, node);
    for (int i = 0; word && tn_join_words[i]; i++) {
        if (strcmp(tn_join_words[i], word) == 0) {
            join->by = (enum tn_join_by)i;
            return;
        }
    }
    if (word)
        tn_problem(loader, node, "name the file's column so, and write: by: id",
                   "'by' takes id, domain or name, not "
                   "'%.80s'",
                   word);
}

void tn_read_join_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_join *join = into;
    tn_read_columns(loader, key, node, &join->columns, &join->column_count);
}

void tn_read_customers_join(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_customers_source *customers = into;
    size_t before = tn_diagnostics_count(loader->problems);
    struct tn_join *join = tn_arena_alloc(loader->arena, 1, sizeof *join);
    if (!join) {
        loader->no_memory = true;
        return;
    }
    if (!tn_section_read(loader, key->inside, node, "join", join) || loader->no_memory ||
        tn_diagnostics_count(loader->problems) > before)
        return;
    customers->join = join;
    if (loader->again)
        return;
    struct reading reading = {.loader = loader, .join = join, .key = -1};
    struct tn_err err = {0};
    int rc = read_file(&reading, &err);
    if (rc == TENURE_ENOMEM)
        loader->no_memory = true;
    else if (rc < 0)
        tn_problem(loader, tn_yaml_get(node, "file"), rc == TENURE_ENOENT ? "paths start at the package root" : NULL,
                   "%s", err.msg);
}
