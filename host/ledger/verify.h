/*
 * A verification under way: what its parts share.
 */
#ifndef TN_LEDGER_VERIFY_H
#define TN_LEDGER_VERIFY_H

#include "ledger/store.h"

struct tn_verify {
    struct tn_db *db;
    struct tn_err *err;
    struct tn_json_writer *w; /* inside the array of problems */
    int64_t problems;         /* all of them, also those past what is listed */
};

/* what: the kind of problem, one word. event: where, as far as it is known; NULL: nowhere in particular. */
void tn_verify_problem(struct tn_verify *verify, const char *what, const struct tn_event_row *event, const char *fmt,
                       ...) __attribute__((format(printf, 4, 5)));

/* Are runs, approvals and effects what their events made them? */
int tn_verify_rows(struct tn_verify *verify);

#endif
