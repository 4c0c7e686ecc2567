/*
 * Tallies for a summary: sums of money by operation and currency, and counts by code.
 */
#ifndef TN_LEDGER_TALLY_H
#define TN_LEDGER_TALLY_H

#include "ledger/store.h"

struct tn_tally_row {
    char *operation;
    char currency[4]; /* billing; "": no amount in one */
    int64_t count, customers;
    int64_t last_customer;
    struct tn_amounts sums;
};

/* Zeroed before first use. */
struct tn_tally {
    struct tn_tally_row *rows;
    size_t count;
};

/* customer: a number that changes from one customer to the next; effects come grouped by customer. */
int tn_tally_add(struct tn_tally *tally, const char *operation, const struct tn_amounts *amounts, int64_t customer,
                 struct tn_err *err);
void tn_tally_sort(struct tn_tally *tally); /* by operation, then currency */

/* What comes back, what has to be paid, or the one that there is: of an exchange, which has both, what comes back. */
enum tn_tally_amount { TN_TALLY_EITHER, TN_TALLY_BACK, TN_TALLY_PAY };

/* {"refund": {"EUR": "1204.50"}}. An amount that nobody told is left out; an operation without any is empty among
 * EITHER, and left out elsewhere. */
void tn_tally_write_totals(const struct tn_tally *tally, enum tn_tally_amount which, struct tn_json_writer *w);
void tn_tally_write_rows(const struct tn_tally *tally, struct tn_json_writer *w); /* [{operation, currency, count …}] */
void tn_tally_deinit(struct tn_tally *tally);

struct tn_codes_row {
    char *code, *example; /* example may be NULL */
    int64_t count;
    bool differs; /* the example is not what all of them say */
};

struct tn_codes {
    struct tn_codes_row *rows;
    size_t count;
};

int tn_codes_add(struct tn_codes *codes, const char *code, const char *example, int64_t count, struct tn_err *err);
void tn_codes_write(struct tn_codes *codes,
                    struct tn_json_writer *w); /* [{code, count, example, differs}], most frequent first */
void tn_codes_deinit(struct tn_codes *codes);

#endif
