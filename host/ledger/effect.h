/*
 * Effects inside the ledger: the table of transitions, and what a transition needs to know of an effect.
 */
#ifndef TN_LEDGER_EFFECT_H
#define TN_LEDGER_EFFECT_H

#include "ledger/store.h"

/* What may still move, or be moved, outside: for SQL. */
#define TN_OPEN_STATES "('approved', 'intended', 'accepted', 'unknown')"

/* The customers of run $1 with an effect that failed, for SQL: they count as failed, however their steps ended. */
#define TN_EFFECT_FAILED_CUSTOMERS "(SELECT customer FROM effect WHERE run = $1 AND state = 'failed')"

bool tn_effect_may_become(enum tn_effect_state from, enum tn_effect_state to);
enum tn_effect_state tn_effect_state_of(const char *name); /* TN_EFFECT_STATE_COUNT: no such state */

/* Owned copies, so that the row may change meanwhile. */
struct tn_effect_brief {
    char *run, *customer, *operation, *orders; /* orders may be NULL */
    char *named;                               /* as in struct tn_effect_row; NULL */
    char *run_worker;                          /* who works on its run; NULL: nobody */
    enum tn_effect_state state;
    int64_t attempt;
    struct tn_amounts planned;
    char correlation[40];
};

/* TENURE_ENOENT when there is no such effect. On success the caller calls deinit. */
int tn_effect_brief_init(struct tn_db *db, const char *key, struct tn_effect_brief *brief, struct tn_err *err);
void tn_effect_brief_deinit(struct tn_effect_brief *brief);

/* Who says so, where it is not the sender of the attempt: a probe with its evidence, a person with a reason. */
struct tn_said {
    const char *by, *actor, *evidence, *reason;
};

/* The event that every transition writes. amounts: what it moves, NULL when nothing. */
struct tn_transition {
    const char *key, *run;
    enum tn_effect_state from, to;
    int64_t attempt;
    const struct tn_amounts *amounts;
    const char *code, *message, *correlation, *request_id;
    struct tn_said said;
    const struct tn_effect_row *planned; /* when it is planned: whose it is and what it acts on; else NULL */
};
int tn_effect_note(struct tn_db *db, const struct tn_transition *transition, struct tn_err *err);

/* The transition itself, once it is known to be allowed: state, money, orders and event. */
int tn_outcome_move(struct tn_db *db, const struct tn_outcome_row *outcome, const struct tn_effect_brief *effect,
                    const struct tn_said *said, struct tn_err *err);

/* No amount of an effect is below zero: it would make room in a guard. */
int tn_amounts_check(const struct tn_amounts *amounts, const char *operation, struct tn_err *err);

#endif
