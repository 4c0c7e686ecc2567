/*
 * Arguments that are lists of tables: what is bought, what is given back for it. Each table is read by a row of its own,
 * one member after the other, from Lua or from JSON; the whole list then becomes the argument's value.
 */
#ifndef TN_AZURE_TABLE_ARGUMENT_H
#define TN_AZURE_TABLE_ARGUMENT_H

#include "azure/values.h"

/* The row that the tables of such an argument are read by; NULL: it is of another type. */
const struct tn_operation *tn_table_argument_row(enum tn_type type);

struct tn_table_argument {
    const struct tn_operation *op, *row;
    size_t argument;
    struct tn_values element; /* the table at hand: filled in by the caller */
    /* its own */
    struct tn_buf json;
    struct tn_json_writer writer;
    struct tn_returned *returned;
    size_t count;
};

void tn_table_argument_begin(struct tn_table_argument *tables, const struct tn_operation *op, size_t argument);

/* The element is whole: check it, take it, and begin the next one. TENURE_EINVAL says which one lacks what. */
int tn_table_argument_add(struct tn_table_argument *tables, struct tn_err *err);

/* The list is whole. */
int tn_table_argument_end(struct tn_table_argument *tables, struct tn_values *values, struct tn_err *err);
void tn_table_argument_deinit(struct tn_table_argument *tables); /* zeroed is fine */

/* Of text as a shell gives it: a JSON list of tables, one table, or, where that is a reservation, its id. */
int tn_table_argument_set_text(const struct tn_operation *op, struct tn_values *values, size_t argument,
                               const char *text, struct tn_err *err);

#endif
