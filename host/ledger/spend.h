/*
 * Spend: what each effect holds or has spent, kept together with the guards' sums.
 */
#ifndef TN_LEDGER_SPEND_H
#define TN_LEDGER_SPEND_H

#include "ledger/guard.h"

enum tn_spend_state { TN_SPEND_HELD, TN_SPEND_SPENT, TN_SPEND_RELEASED };

/* What a move came to. */
struct tn_spend_change {
    struct tn_amounts amounts; /* the effect's, as they count from now on; of released ones, as they counted before */
    bool over_held;            /* a real amount is above the held one */
    bool crossed;              /* a guard is over its cap now */
};

/* The effect's amounts become held, spent or released; the guards' used sums follow. An amount that amounts does not
 * have stays what it was. */
int tn_spend_move(struct tn_db *db, struct tn_guard_set *guards, const char *key, enum tn_spend_state to,
                  const struct tn_amounts *amounts, struct tn_spend_change *change, struct tn_err *err);

/* The billing scope it counts in. */
int tn_spend_set_scope(struct tn_db *db, const char *key, const char *scope, struct tn_err *err);

/* Add to *sum the worth of the effects in this scope, in any run, that Azure may not have counted yet: held, accepted,
 * or spent after since_ms. One that is about to be intended holds nothing. */
int tn_spend_in_scope(struct tn_db *db, const char *scope, int64_t since_ms, struct tn_money *sum, struct tn_err *err);

#endif
