/* Tables: see table.h. */
#include "workflow/table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"

/* ---- the tables of a run ---------------------------------------------------------------------------------------- */

void tn_tables_deinit(struct tn_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        free(tables->list[i].name);
        free(tables->list[i].text);
    }
    free(tables->list);
    *tables = (struct tn_tables){0};
}

static struct tn_table *find(const struct tn_tables *tables, const char *name)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (strcmp(tables->list[i].name, name) == 0)
            return &tables->list[i];
    }
    return NULL;
}

const struct tn_table *tn_tables_find(const struct tn_tables *tables, const char *name)
{
    return find(tables, name);
}

static struct tn_table *add(struct tn_tables *tables, const char *name)
{
    struct tn_table *list = realloc(tables->list, (tables->count + 1) * sizeof *list);
    if (!list)
        return NULL;
    tables->list = list;
    list[tables->count] = (struct tn_table){.name = strdup(name)};
    return list[tables->count].name ? &list[tables->count++] : NULL;
}

int tn_tables_put(struct tn_tables *tables, const char *name, const char *text, size_t len, struct tn_err *err)
{
    struct tn_table *table = find(tables, name);
    char *copy = malloc(len + 1);
    if (!table)
        table = add(tables, name);
    if (!table || !copy) {
        free(copy);
        return tn_err_no_memory(err);
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    free(table->text);
    table->text = copy;
    table->len = len;
    return TENURE_OK;
}

/* ---- cells ------------------------------------------------------------------------------------------------------ */

const char *tn_cell_text(const struct tn_csv_row *row, size_t column, size_t *len)
{
    const char *text = row->cells[column] + strspn(row->cells[column], " \t");
    *len = strlen(text);
    while (*len > 0 && (text[*len - 1] == ' ' || text[*len - 1] == '\t'))
        (*len)--;
    return text;
}

int tn_cell_write(const char *file, const struct tn_csv_row *row, size_t column, const struct tn_input *type,
                  struct tn_json_writer *w, struct tn_err *err)
{
    size_t len;
    const char *from = tn_cell_text(row, column, &len);
    if (len == 0)
        return TENURE_OK;
    char *cell = strndup(from, len);
    struct tn_buf json = {0};
    struct tn_json_writer value;
    tn_jw_init(&value, &json);
    int rc = cell ? tn_input_parse(type ? type->type : TN_INPUT_STRING, type ? type->choices : NULL, cell, &value, err)
                  : tn_err_no_memory(err);
    if (rc == TENURE_OK) {
        tn_jw_key(w, row->names[column]);
        tn_jw_raw(w, tn_buf_text(&json), json.len);
        rc = json.failed ? tn_err_no_memory(err) : TENURE_OK;
    } else if (rc == TENURE_EINVAL) {
        tn_err_prefix(err, "%s:%d:%d: column '%.60s'", file, row->line, row->columns[column], row->names[column]);
    }
    tn_buf_deinit(&json);
    free(cell);
    return rc;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

#define ABSENT SIZE_MAX

struct reading {
    const struct tn_table_reading *setup;
    struct tn_buf *text;
    size_t *columns; /* of the file, for each of the input's, or ABSENT; NULL: not looked for yet */
    int customer;    /* the input's column that says whose a row is; -1: none */
    size_t rows, problems;
};

static void add_problem(struct reading *reading, const char *text)
{
    reading->problems++;
    reading->setup->on_problem(reading->setup->arg, text);
}

int tn_table_customer_column(const struct tn_input *input)
{
    int found = -1;
    for (size_t i = 0; i < input->column_count; i++) {
        if (input->columns[i].type != TN_INPUT_CUSTOMER)
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

int tn_table_signature(const struct tn_input *input, struct tn_buf *text)
{
    for (size_t i = 0; i < input->column_count; i++) {
        const struct tn_input *column = &input->columns[i];
        tn_buf_printf(text, "%s%s:%s%s", i ? " " : "", column->name, tn_input_type_name(column->type),
                      column->required ? "!" : "");
    }
    return text->failed ? TENURE_ENOMEM : TENURE_OK;
}

static void problem_column(struct reading *reading, const struct tn_csv_row *header, const char *name)
{
    char text[512], list[256] = "";
    const char **names = calloc(header->count + 1, sizeof *names);
    size_t used = 0;
    for (size_t i = 0; i < header->count; i++) {
        if (names)
            names[i] = header->names[i];
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", header->names[i]);
    }
    const char *closest = names ? tn_closest(name, names) : NULL;
    if (closest)
        snprintf(text, sizeof text, "%.120s:1:1: no column '%.60s' (did you mean '%.60s'?)", reading->setup->file, name,
                 closest);
    else
        snprintf(text, sizeof text, "%.120s:1:1: no column '%.60s': the first line names %s", reading->setup->file,
                 name, list);
    free(names);
    add_problem(reading, text);
}

/* What may be meant for a column that the file may be without: one that the input does not name. NULL: none. */
static const char *misspelt(const struct tn_input *input, const struct tn_csv_row *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++) {
        size_t at = 0;
        while (at < input->column_count && strcmp(input->columns[at].name, header->names[i]) != 0)
            at++;
        if (at == input->column_count && tn_closest(name, (const char *const[]){header->names[i], NULL}))
            return header->names[i];
    }
    return NULL;
}

/* To read a misspelt column as an absent one would be to do something else than was asked. */
static void check_absent(struct reading *reading, size_t i, const struct tn_csv_row *header)
{
    const struct tn_input *input = reading->setup->input;
    const char *name = input->columns[i].name, *meant = misspelt(input, header, name);
    bool whose = reading->setup->needs_customer && reading->customer == (int)i;
    char text[512];
    if (!input->columns[i].optional || whose) {
        problem_column(reading, header, name);
    } else if (meant) {
        snprintf(text, sizeof text, "%.120s:1:1: is the column '%.60s' meant to be '%.60s'? Rename it, or add '%.60s'",
                 reading->setup->file, meant, name, name);
        add_problem(reading, text);
    }
}

/* Where each of the input's columns stands in the file. */
static int find_columns(struct reading *reading, const struct tn_csv_row *header, struct tn_err *err)
{
    const struct tn_input *input = reading->setup->input;
    reading->columns = calloc(input->column_count + 1, sizeof *reading->columns);
    if (!reading->columns)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < input->column_count; i++) {
        size_t at = 0;
        while (at < header->count && strcmp(header->names[at], input->columns[i].name) != 0)
            at++;
        reading->columns[i] = at < header->count ? at : ABSENT;
        if (at == header->count)
            check_absent(reading, i, header);
    }
    return reading->problems ? TENURE_EINVAL : TENURE_OK;
}

static void problem_empty(struct reading *reading, const struct tn_csv_row *row, size_t column, const char *says)
{
    char text[512];
    snprintf(text, sizeof text, "%.200s:%d:%d: column '%.60s' is empty: %s", reading->setup->file, row->line,
             row->columns[column], row->names[column], says);
    add_problem(reading, text);
}

static void check_filled(struct reading *reading, const struct tn_csv_row *row, size_t i)
{
    const struct tn_input *column = &reading->setup->input->columns[i];
    char says[160];
    size_t len;
    if (!column->required)
        return;
    tn_cell_text(row, reading->columns[i], &len);
    snprintf(says, sizeof says, "it takes %s", tn_input_takes(column->type));
    if (len == 0)
        problem_empty(reading, row, reading->columns[i], says);
}

/* A bad cell is told, and the row goes on. */
static int put_cells(struct reading *reading, const struct tn_csv_row *row, struct tn_err *err)
{
    const struct tn_input *input = reading->setup->input;
    struct tn_json_writer w;
    tn_jw_init(&w, reading->text);
    tn_jw_object(&w);
    for (size_t i = 0; i < input->column_count; i++) {
        struct tn_err wrong = {0};
        if (reading->columns[i] == ABSENT)
            continue;
        check_filled(reading, row, i);
        int rc = tn_cell_write(reading->setup->file, row, reading->columns[i], &input->columns[i], &w, &wrong);
        if (rc == TENURE_ENOMEM)
            return tn_err_no_memory(err);
        if (rc < 0)
            add_problem(reading, wrong.msg);
    }
    tn_jw_object_end(&w);
    return TENURE_OK;
}

static int on_row(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    struct reading *reading = arg;
    int rc = reading->columns ? TENURE_OK : find_columns(reading, row, err);
    if (rc < 0)
        return rc;
    tn_buf_printf(reading->text, "%d\t", row->line);
    if (reading->customer >= 0 && reading->columns[reading->customer] != ABSENT) {
        size_t len;
        const char *who = tn_cell_text(row, reading->columns[reading->customer], &len);
        if (reading->setup->needs_customer && len == 0)
            problem_empty(reading, row, reading->columns[reading->customer], "whose row is it?");
        tn_buf_put(reading->text, who, strcspn(who, "\t\n") < len ? 0 : len); /* no id: told with the cells */
    }
    tn_buf_putc(reading->text, '\t');
    rc = put_cells(reading, row, err);
    tn_buf_putc(reading->text, '\n');
    reading->rows++;
    return rc;
}

static void put_head(struct reading *reading)
{
    const struct tn_input *input = reading->setup->input;
    struct tn_json_writer w;
    for (const char *c = reading->setup->file; *c; c++)
        tn_buf_putc(reading->text, (unsigned char)*c < 0x20 ? '?' : *c);
    tn_buf_putc(reading->text, '\n');
    tn_jw_init(&w, reading->text);
    tn_jw_array(&w);
    for (size_t i = 0; i < input->column_count; i++)
        tn_jw_string(&w, input->columns[i].name);
    tn_jw_array_end(&w);
    tn_buf_putc(reading->text, '\n');
}

int tn_table_read(const struct tn_table_reading *setup, struct tn_buf *text, size_t *rows, struct tn_err *err)
{
    struct reading reading = {.setup = setup, .text = text, .customer = tn_table_customer_column(setup->input)};
    struct tn_err wrong = {0};
    char *bytes = NULL;
    size_t len = 0;
    put_head(&reading);
    int rc = tn_path_read(setup->file, TN_CSV_MAX_BYTES, &bytes, &len, &wrong);
    if (rc == TENURE_OK)
        rc = tn_csv_parse(setup->file, bytes, len, on_row, &reading, &wrong);
    if (rc == TENURE_OK && reading.rows == 0 && setup->needs_customer)
        rc = tn_err_set(&wrong, TENURE_EINVAL, "%s: no rows in it, so nobody to run over", setup->file);
    if (rc == TENURE_ENOMEM || text->failed)
        rc = tn_err_no_memory(err);
    else if (rc < 0 && wrong.code < 0)
        add_problem(&reading, wrong.msg); /* the file itself; what is wrong in it was told */
    free(reading.columns);
    free(bytes);
    *rows = reading.rows;
    return rc != TENURE_ENOMEM && reading.problems ? TENURE_EINVAL : rc;
}

/* ---- what is kept ----------------------------------------------------------------------------------------------- */

/* The bytes up to the next such byte; *at goes behind it. */
static const char *take(const char **at, const char *end, char until, size_t *len)
{
    const char *from = *at, *stop = memchr(from, until, (size_t)(end - from));
    *len = (size_t)((stop ? stop : end) - from);
    *at = stop ? stop + 1 : end;
    return from;
}

void tn_table_begin(const struct tn_table *table, struct tn_table_row *row)
{
    *row = (struct tn_table_row){.next = table->text};
    row->file = take(&row->next, table->text + table->len, '\n', &row->file_len);
    row->names = take(&row->next, table->text + table->len, '\n', &row->names_len);
}

bool tn_table_next(const struct tn_table *table, struct tn_table_row *row)
{
    const char *end = table->text + table->len;
    size_t digits;
    if (row->next >= end)
        return false;
    row->line = strtol(take(&row->next, end, '\t', &digits), NULL, 10);
    row->who = take(&row->next, end, '\t', &row->who_len);
    row->json = take(&row->next, end, '\n', &row->json_len);
    return true;
}
