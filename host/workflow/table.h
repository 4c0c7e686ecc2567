/*
 * Tables: what a run is told as CSV, `--input changes=@monday.csv`.
 *
 *   inputs:
 *     changes: {type: table, columns: {customer: customer, reservation: reservation, quantity: integer}}
 *
 * The file is read once, when the plan is made. What it said is kept in the ledger by its digest, with the run, so that
 * a plan that is applied days later goes by the same rows whatever became of the file. Among the inputs stands
 * {"table": DIGEST, "columns": …, "file": …, "rows": COUNT} in its place.
 *
 * No cell of a column with `required: true` may be empty; other empty cells are nil for scripts.
 *
 * Columns of the file that the workflow does not name are left out; one that it names and the file has not is an error,
 * unless it is `optional: true`: then its cells are taken for empty.
 *
 * What is kept is text: a line with the file's name, one with the names of the columns as JSON, and one for each row:
 * its line in the file, whose it is (the cell of the only column of type customer; else nothing), and its cells as JSON,
 * with tabs between them.
 */
#ifndef TN_WORKFLOW_TABLE_H
#define TN_WORKFLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "workflow/workflow.h"

struct tn_table {
    char *name; /* of the input */
    char *text;
    size_t len;
};

/* The tables of a run. Zeroed is empty. */
struct tn_tables {
    struct tn_table *list;
    size_t count;
};
void tn_tables_deinit(struct tn_tables *tables);
const struct tn_table *tn_tables_find(const struct tn_tables *tables, const char *name); /* NULL: there is none */

/* Add one, or put it in the place of the one of that name; copied. */
int tn_tables_put(struct tn_tables *tables, const char *name, const char *text, size_t len, struct tn_err *err);

/* Read a CSV file for an input. What is wrong with it goes to on_problem, each as file:line:column; all of its cells are
 * looked at. needs_customer: a row that does not say whose it is, is wrong. TENURE_EINVAL: there was a problem. */
struct tn_table_reading {
    const struct tn_input *input;
    const char *file;
    bool needs_customer;
    void (*on_problem)(void *arg, const char *text);
    void *arg;
};
int tn_table_read(const struct tn_table_reading *reading, struct tn_buf *text, size_t *rows, struct tn_err *err);

/* "customer:customer quantity:integer!", ! for required: a table read for one list of columns does not fit another. */
int tn_table_signature(const struct tn_input *input, struct tn_buf *text);

/* The column that says whose a row is; -1: none, or it may be several. */
int tn_table_customer_column(const struct tn_input *input);

/* A walk over the rows of what is kept: borrowed from it. */
struct tn_table_row {
    const char *file, *names; /* of the table */
    size_t file_len, names_len;
    long line;
    const char *who, *json;
    size_t who_len, json_len;
    const char *next; /* its own */
};
void tn_table_begin(const struct tn_table *table, struct tn_table_row *row);
bool tn_table_next(const struct tn_table *table, struct tn_table_row *row); /* false: the end */

#endif
