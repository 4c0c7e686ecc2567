/*
 * The guards of one operation in one run, taken together: does an effect fit, and moving its amounts in and out.
 */
#ifndef TN_LEDGER_GUARD_H
#define TN_LEDGER_GUARD_H

#include "ledger/store.h"

#define TN_GUARDS_MAX 64 /* of one operation: a count, a worth, two for each currency, and all of it per customer */

enum tn_guard_sum { TN_GUARD_PLANNED, TN_GUARD_USED };

struct tn_guard_set {
    size_t count;
    struct tn_guard_row guards[TN_GUARDS_MAX];
    const char *run, *operation; /* borrowed */
    bool per_customer;           /* some are; their sums come with tn_guards_load_customer() */
};

const char *tn_guard_kind_name(enum tn_guard_kind kind); /* "count" … */
bool tn_guard_over(const struct tn_guard_row *guard);    /* more is held and spent than the cap */
bool tn_guard_sums(const struct tn_guard_row *guard);    /* its row keeps sums of its operation over the run */

int tn_guards_load(struct tn_db *db, struct tn_guard_set *set, const char *run, const char *operation,
                   struct tn_err *err);

/* The sums of one customer, for the guards that are per customer. Nothing to do when there are none. */
int tn_guards_load_customer(struct tn_db *db, struct tn_guard_set *set, enum tn_guard_sum sum, const char *customer,
                            struct tn_err *err);

/* As many effects are in flight as may be; message says so. */
bool tn_guards_full(struct tn_guard_set *set, char message[512]);

/* An effect goes from one state to another: keeps count of those in flight. */
int tn_guards_fly(struct tn_db *db, struct tn_guard_set *set, enum tn_effect_state from, enum tn_effect_state to,
                  struct tn_err *err);

/* NULL: it fits. Else the code it is refused with, "guard", "per-customer" or "no-cap", and a sentence that names the
 * guard. */
const char *tn_guards_check(struct tn_db *db, const struct tn_guard_set *set, enum tn_guard_sum sum,
                            const struct tn_amounts *amounts, char message[512]);

/* For working sums out anew: used becomes nothing, then grows by the amounts of one effect after the other. In memory
 * only. */
void tn_guards_clear(struct tn_guard_set *set);
int tn_guards_add(struct tn_guard_set *set, const struct tn_amounts *amounts, struct tn_err *err);

/* Take out what counted until now and put in what counts from now on; NULL: nothing. *crossed (may be NULL) says
 * whether a guard is over its cap afterwards, which only a real amount above the held one can bring about. */
int tn_guards_move(struct tn_db *db, struct tn_guard_set *set, enum tn_guard_sum sum, const struct tn_amounts *out,
                   const struct tn_amounts *in, bool *crossed, struct tn_err *err);

#endif
