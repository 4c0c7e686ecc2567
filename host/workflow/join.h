/*
 * customers.join: what a CSV file knows of each customer, as customer.data.
 *
 *   customers:
 *     from: partner-center
 *     join: {file: our-customers.csv, by: id, columns: {seats: integer, tier: {type: choice, of: [gold, silver]}}}
 *
 * `by` names the column that says whose row it is, and by what: id (tenant ids, in any case), domain (in any case) or
 * name (exactly). Blanks around a cell do not count; an empty cell is nil, and so is everything of a customer without a
 * row. Cells are text where `columns` gives no type. Two rows for one customer are an error, and so is a row without
 * its id; a row that no customer claims is fine.
 *
 * The file is read with the workflow. A plan keeps each customer's data with its record in the ledger (member
 * TN_JOIN_MEMBER), so that apply and resume see the same, whatever becomes of the file.
 */
#ifndef TN_WORKFLOW_JOIN_H
#define TN_WORKFLOW_JOIN_H

#include "base/err.h"
#include "workflow/workflow.h"

enum tn_join_by { TN_JOIN_ID, TN_JOIN_DOMAIN, TN_JOIN_NAME };
extern const char *const tn_join_words[]; /* in that order; NULL-ended */

struct tn_join_row {
    const char *key;  /* rows are sorted by it */
    const char *who;  /* the cell itself, for messages */
    const char *data; /* JSON object of the cells that are not empty */
    int line, column;
};

/* All of it belongs to the workflow. */
struct tn_join {
    const char *file; /* as the workflow names it */
    enum tn_join_by by;
    const struct tn_input *columns; /* those with a type */
    size_t column_count;
    const char *digest; /* of the file's bytes; NULL: it was not read, and there are no rows */
    const char *names;  /* JSON list of the columns */
    struct tn_join_row *rows;
    size_t row_count;
};

/* The row of a customer; NULL: it has none. TENURE_ENOMEM. */
int tn_join_find(const struct tn_join *join, const char *id, const char *domain, const char *name,
                 const struct tn_join_row **row, struct tn_err *err);

/* A customer's record with its data in it, of a row or of none; record is taken. NULL: no memory. */
char *tn_join_record(const struct tn_join *join, char *record, const struct tn_join_row *row);

#endif
