/*
 * customers.rows: whose the rows of a table are.
 *
 *   customers: {rows: changes}
 *
 * Its column of type customer says whose a row is, by tenant id (in any spelling) or domain. It is worked out anew from
 * the table in each pass: what a run keeps of the table is the same for ever, and so are its customers' ids.
 */
#ifndef TN_WORKFLOW_ROWS_H
#define TN_WORKFLOW_ROWS_H

#include <stddef.h>

#include "base/err.h"
#include "workflow/table.h"

struct tn_rows_of;

int tn_rows_of_new(const struct tn_table *table, struct tn_rows_of **out, struct tn_err *err); /* borrows the table */
void tn_rows_of_free(struct tn_rows_of *rows);                                                 /* NULL is fine */

/* The numbers (from 0, in order) of a customer's rows; the caller frees *numbers. count 0: it has none. */
int tn_rows_of_find(const struct tn_rows_of *rows, const char *id, const char *domain, size_t **numbers, size_t *count,
                    struct tn_err *err);

/* A customer of the run has this row. TENURE_EINVAL: another one has it already. */
int tn_rows_of_claim(struct tn_rows_of *rows, size_t number, const char *customer, struct tn_err *err);

/* TENURE_EINVAL: there are rows that nobody claimed; err names them. */
int tn_rows_of_check(const struct tn_rows_of *rows, struct tn_err *err);

#endif
