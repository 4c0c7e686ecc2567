/*
 * Outcomes: what became of an attempt.
 *
 * Recorded by compare-and-set on (key, attempt), whoever works on the run by now: what a sender knows is a fact. Money
 * and orders follow in the same transaction.
 */
#include <string.h>

#include "base/killpoint.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"
#include "ledger/order.h"
#include "ledger/spend.h"

static enum tn_spend_state spend_of(enum tn_effect_state state)
{
    switch (state) {
    case TN_EFFECT_APPROVED:
    case TN_EFFECT_FAILED:
        return TN_SPEND_RELEASED;
    case TN_EFFECT_UNKNOWN:
        return TN_SPEND_HELD;
    default:
        return TN_SPEND_SPENT;
    }
}

static bool recordable(enum tn_effect_state state)
{
    return state == TN_EFFECT_APPROVED || state == TN_EFFECT_ACCEPTED || state == TN_EFFECT_SUCCEEDED ||
           state == TN_EFFECT_PARTIAL || state == TN_EFFECT_FAILED || state == TN_EFFECT_UNKNOWN;
}

/* 1: go on, 0: it is recorded so already, negative: it contradicts what is known. */
static int check(const struct tn_outcome_row *outcome, const struct tn_effect_brief *effect, struct tn_err *err)
{
    if (outcome->attempt != effect->attempt || effect->attempt == 0)
        return tn_err_set(
            err, TENURE_EBUSY, "effect %s: an outcome of attempt %lld cannot be recorded, it is %s at attempt %lld",
            outcome->key, (long long)outcome->attempt, tn_effect_state_name(effect->state), (long long)effect->attempt);
    if (outcome->state == effect->state &&
        (tn_effect_state_final(effect->state) || effect->state == TN_EFFECT_APPROVED))
        return 0;
    if (!recordable(outcome->state) || !tn_effect_may_become(effect->state, outcome->state))
        return tn_err_set(err, TENURE_EBUSY, "effect %s: attempt %lld is %s and cannot become %s", outcome->key,
                          (long long)outcome->attempt, tn_effect_state_name(effect->state),
                          tn_effect_state_name(outcome->state));
    return 1;
}

/* A person who says that a part happened does not say how much money that was: the guards go on counting what was
 * planned, but nobody knows the real amounts. They stay unknown when what is partial is accepted as it is. */
static bool untold(const struct tn_outcome_row *outcome, enum tn_effect_state from, const struct tn_said *said)
{
    return said->actor && !outcome->has_actual && (outcome->state == TN_EFFECT_PARTIAL || from == TN_EFFECT_PARTIAL);
}

/* A new attempt asks for its own place to poll; otherwise what is not given is kept. actual NULL: nobody told, those of
 * before stay. */
static int update(struct tn_db *db, const struct tn_outcome_row *outcome, enum tn_effect_state from,
                  const struct tn_amounts *actual, struct tn_err *err)
{
    static const struct tn_amounts none = {0};
    bool spent = spend_of(outcome->state) == TN_SPEND_SPENT, kept = !actual;
    actual = actual ? actual : &none;
    int rc = tn_db_run(
        db, err,
        "UPDATE effect SET state = $4, code = $5, message = $6, outcome = coalesce($7, outcome), poll = coalesce($8, "
        "poll),"
        " request_id = coalesce($9, request_id), changed = $13,"
        " actual_back = CASE WHEN $14 = 1 THEN actual_back ELSE $10 END,"
        " actual_pay = CASE WHEN $14 = 1 THEN actual_pay ELSE $11 END,"
        " actual_worth = CASE WHEN $14 = 1 THEN actual_worth ELSE $12 END"
        " WHERE key = $1 AND attempt = $2 AND state = $3",
        TN_BIND(tn_text(outcome->key), tn_int(outcome->attempt), tn_text(tn_effect_state_name(from)),
                tn_text(tn_effect_state_name(outcome->state)), tn_text(outcome->code),
                tn_redacted(db, outcome->message), tn_redacted(db, outcome->outcome), tn_text(outcome->poll),
                tn_text(outcome->request_id), tn_amount(spent && actual->has_back, &actual->back),
                tn_amount(spent && actual->has_pay, &actual->pay),
                tn_amount(spent && actual->has_worth, &actual->worth), tn_int(tn_db_now_ms(db)), tn_int(kept)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EINTERNAL, "effect %s changed under its outcome", outcome->key);
    return rc < 0 ? rc : TENURE_OK;
}

/* More money than was held: a fact, so it is kept, and said. */
static int note_excess(struct tn_db *db, const struct tn_outcome_row *outcome, const char *run,
                       const struct tn_spend_change *change, struct tn_err *err)
{
    if (!change->over_held && !change->crossed)
        return TENURE_OK;
    const struct tn_event_fact facts[] = {
        {"attempt", NULL, outcome->attempt}, {"guard", change->crossed ? "crossed" : "kept", 0}, {0}};
    return tn_event_note(db, run, "over-held", outcome->key, facts, err);
}

int tn_outcome_move(struct tn_db *db, const struct tn_outcome_row *outcome, const struct tn_effect_brief *effect,
                    const struct tn_said *said, struct tn_err *err)
{
    struct tn_guard_set guards;
    struct tn_spend_change change;
    enum tn_spend_state spend = spend_of(outcome->state);
    const struct tn_amounts *actual = outcome->has_actual && spend == TN_SPEND_SPENT ? &outcome->actual : NULL;
    const struct tn_amounts *amounts = untold(outcome, effect->state, said) ? NULL : &change.amounts;
    int rc = tn_guards_load(db, &guards, effect->run, effect->operation, err);
    if (rc == TENURE_OK)
        rc = tn_spend_move(db, &guards, outcome->key, spend, actual, &change, err);
    if (rc == TENURE_OK)
        rc = tn_guards_fly(db, &guards, effect->state, outcome->state, err);
    if (rc == TENURE_OK)
        rc = update(db, outcome, effect->state, amounts, err);
    if (rc == TENURE_OK && tn_effect_state_final(outcome->state))
        rc = tn_orders_unlock(db, outcome->key, err);
    if (rc < 0)
        return rc;
    const struct tn_transition transition = {.key = outcome->key,
                                             .run = effect->run,
                                             .from = effect->state,
                                             .to = outcome->state,
                                             .attempt = outcome->attempt,
                                             .amounts = amounts,
                                             .code = outcome->code,
                                             .message = outcome->message,
                                             .correlation = *effect->correlation ? effect->correlation : NULL,
                                             .request_id = outcome->request_id,
                                             .said = *said};
    rc = tn_effect_note(db, &transition, err);
    return rc < 0 ? rc : note_excess(db, outcome, effect->run, &change, err);
}

int tn_effect_record(struct tn_db *db, const struct tn_outcome_row *outcome, struct tn_err *err)
{
    struct tn_effect_brief effect;
    int rc = tn_effect_brief_init(db, outcome->key, &effect, err);
    if (rc < 0)
        return rc;
    rc = check(outcome, &effect, err);
    if (rc > 0)
        rc = tn_outcome_move(db, outcome, &effect, &(struct tn_said){0}, err);
    tn_effect_brief_deinit(&effect);
    TN_KILL_POINT("K10");
    return rc;
}
