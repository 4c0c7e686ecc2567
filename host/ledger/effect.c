/*
 * Effects: their states, and how they come into the ledger and are dropped.
 *
 * Every transition is a compare-and-set on the row (state and attempt) and writes an event in the same transaction.
 * What touches money, the permit to send and its outcome, is in intent.c and outcome.c; approval is in plan.c.
 */
#include "ledger/effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/database.h"
#include "ledger/event.h"
#include "ledger/guard.h"
#include "ledger/name.h"
#include "ledger/order.h"

static const char *const names[TN_EFFECT_STATE_COUNT] = {
    [TN_EFFECT_PLANNED] = "planned",     [TN_EFFECT_APPROVED] = "approved",   [TN_EFFECT_INTENDED] = "intended",
    [TN_EFFECT_ACCEPTED] = "accepted",   [TN_EFFECT_SUCCEEDED] = "succeeded", [TN_EFFECT_PARTIAL] = "partial",
    [TN_EFFECT_FAILED] = "failed",       [TN_EFFECT_UNKNOWN] = "unknown",     [TN_EFFECT_REFUSED] = "refused",
    [TN_EFFECT_WITHDRAWN] = "withdrawn",
};

#define KEY_MAX 200 /* characters */
#define BIT(state) (1u << (TN_EFFECT_##state))

/*
 * The whole life of an effect. approved again after an intent means that this attempt is known not to have happened;
 * should its sender know better after all, that is a fact and is taken (approved → accepted …), since refusing it would
 * send again.
 */
static const unsigned may_become[TN_EFFECT_STATE_COUNT] = {
    [TN_EFFECT_PLANNED] = BIT(APPROVED) | BIT(REFUSED) | BIT(WITHDRAWN),
    [TN_EFFECT_APPROVED] = BIT(INTENDED) | BIT(REFUSED) | BIT(WITHDRAWN) | /* late news of the attempt: */
                           BIT(ACCEPTED) | BIT(SUCCEEDED) | BIT(PARTIAL) | BIT(FAILED) | BIT(UNKNOWN),
    [TN_EFFECT_INTENDED] = BIT(APPROVED) | BIT(ACCEPTED) | BIT(SUCCEEDED) | BIT(PARTIAL) | BIT(FAILED) | BIT(UNKNOWN),
    [TN_EFFECT_ACCEPTED] =
        BIT(ACCEPTED) | BIT(SUCCEEDED) | BIT(PARTIAL) | BIT(FAILED), /* itself: a newer place to poll */
    [TN_EFFECT_UNKNOWN] = BIT(INTENDED) |                            /* what names its thing, and is asked for again: */
                          BIT(UNKNOWN) | BIT(APPROVED) | BIT(ACCEPTED) | BIT(SUCCEEDED) | BIT(PARTIAL) | BIT(FAILED),
};

const char *tn_effect_state_name(enum tn_effect_state state)
{
    return state < TN_EFFECT_STATE_COUNT ? names[state] : "in no known state";
}

bool tn_effect_state_final(enum tn_effect_state state)
{
    return may_become[state] == 0;
}

bool tn_effect_may_become(enum tn_effect_state from, enum tn_effect_state to)
{
    return may_become[from] & (1u << to);
}

enum tn_effect_state tn_effect_state_of(const char *name)
{
    size_t state = 0;
    while (state < TN_EFFECT_STATE_COUNT && strcmp(names[state], name) != 0)
        state++;
    return (enum tn_effect_state)state;
}

/* ---- what a transition needs ------------------------------------------------------------------------------------ */

static bool copy_text(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

void tn_effect_brief_deinit(struct tn_effect_brief *brief)
{
    free(brief->run);
    free(brief->customer);
    free(brief->operation);
    free(brief->orders);
    free(brief->named);
    free(brief->run_worker);
}

static int read_brief(struct tn_db *db, struct tn_rows *rows, struct tn_effect_brief *brief, struct tn_err *err)
{
    bool copied = copy_text(&brief->run, tn_rows_text(rows, 0));
    copied = copy_text(&brief->operation, tn_rows_text(rows, 1)) && copied;
    copied = copy_text(&brief->orders, tn_rows_text(rows, 2)) && copied;
    copied = copy_text(&brief->run_worker, tn_rows_text(rows, 3)) && copied;
    const char *state = tn_rows_text(rows, 4);
    brief->state = tn_effect_state_of(state ? state : "");
    brief->attempt = tn_rows_int(rows, 5);
    brief->planned.has_back = tn_rows_amount(rows, 6, &brief->planned.back);
    brief->planned.has_pay = tn_rows_amount(rows, 7, &brief->planned.pay);
    brief->planned.has_worth = tn_rows_amount(rows, 8, &brief->planned.worth);
    copied = copy_text(&brief->customer, tn_rows_text(rows, 10)) && copied;
    copied = copy_text(&brief->named, tn_rows_text(rows, 11)) && copied;
    const char *correlation = tn_rows_text(rows, 9);
    snprintf(brief->correlation, sizeof brief->correlation, "%s", correlation ? correlation : "");
    if (db->failed.code < 0)
        return tn_err_set(err, db->failed.code, "%s", db->failed.msg);
    if (!copied)
        return tn_err_no_memory(err);
    if (brief->state == TN_EFFECT_STATE_COUNT)
        return tn_err_set(err, TENURE_EIO, "the ledger '%s' holds an effect in a state that does not exist", db->path);
    return TENURE_OK;
}

int tn_effect_brief_init(struct tn_db *db, const char *key, struct tn_effect_brief *brief, struct tn_err *err)
{
    *brief = (struct tn_effect_brief){0};
    struct tn_rows rows;
    int rc = tn_db_select(
        db, &rows, err,
        "SELECT effect.run, operation, orders, run.worker, effect.state, attempt, planned_back, planned_pay,"
        " planned_worth, correlation, customer, named FROM effect LEFT JOIN run ON run.id = effect.run WHERE key = $1",
        TN_BIND(tn_text(key)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc == 0)
        return tn_err_set(err, TENURE_ENOENT, "there is no effect '%.80s' in the ledger '%s'", key, db->path);
    if (rc > 0)
        rc = read_brief(db, &rows, brief, err);
    tn_rows_end(&rows);
    if (rc < 0)
        tn_effect_brief_deinit(brief);
    return rc;
}

int tn_effect_note(struct tn_db *db, const struct tn_transition *transition, struct tn_err *err)
{
    static const struct tn_amounts none;
    static const struct tn_effect_row nothing;
    const struct tn_amounts *amounts = transition->amounts ? transition->amounts : &none;
    const struct tn_effect_row *planned = transition->planned ? transition->planned : &nothing;
    const struct tn_bound back = tn_amount(amounts->has_back, &amounts->back);
    const struct tn_bound pay = tn_amount(amounts->has_pay, &amounts->pay);
    const struct tn_bound worth = tn_amount(amounts->has_worth, &amounts->worth);
    const struct tn_event_fact facts[] = {
        {"actor", transition->said.actor ? transition->said.actor : db->actor, 0},
        {"attempt", NULL, transition->attempt},
        {"back", amounts->has_back ? back.amount : NULL, 0},
        {"by", transition->said.by, 0},
        {"called", planned->called, 0},
        {"code", transition->code, 0},
        {"correlation", transition->correlation, 0},
        {"customer", planned->customer, 0},
        {"customer_name", planned->customer_name, 0},
        {"evidence", transition->said.evidence, 0},
        {"from", transition->from == transition->to ? NULL : tn_effect_state_name(transition->from), 0},
        {"message", transition->message, 0},
        {"operation", planned->operation, 0},
        {"pay", amounts->has_pay ? pay.amount : NULL, 0},
        {"quantity", NULL, planned->quantity},
        {"reason", transition->said.reason, 0},
        {"request_id", transition->request_id, 0},
        {"state", tn_effect_state_name(transition->to), 0},
        {"subject", planned->subject, 0},
        {"subject_name", planned->subject_name, 0},
        {"worker", db->worker, 0},
        {"worth", amounts->has_worth ? worth.amount : NULL, 0},
        {0},
    };
    return tn_event_note(db, transition->run, "effect", transition->key, facts, err);
}

int tn_amounts_check(const struct tn_amounts *amounts, const char *operation, struct tn_err *err)
{
    if ((amounts->has_back && tn_money_sign(&amounts->back) < 0) ||
        (amounts->has_pay && tn_money_sign(&amounts->pay) < 0) ||
        (amounts->has_worth && tn_money_sign(&amounts->worth) < 0))
        return tn_err_set(err, TENURE_EINVAL, "%s: an amount below zero cannot be planned or sent", operation);
    return TENURE_OK;
}

/* ---- planning --------------------------------------------------------------------------------------------------- */

static int insert_effect(struct tn_db *db, const struct tn_effect_row *effect, enum tn_effect_state state,
                         const char *code, const char *message, struct tn_err *err)
{
    const struct tn_amounts *planned = &effect->planned;
    int64_t now_ms = tn_db_now_ms(db);
    return tn_db_run(
        db, err,
        "INSERT INTO effect (key, run, customer, step, item, operation, state, attempt, planned_back, planned_pay,"
        " planned_worth, code, message, customer_name, subject, subject_name, orders, quantity, send_by,"
        " intended, probed, planned, changed, in_plan, request, quote, called, asks, place, named) VALUES ($1, $2, $3, "
        "$4,"
        " $5, $6, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 0, 0, $18, $18, $19, $20, $21, $22, $23, "
        "$24,"
        " $25)"
        " ON CONFLICT (key) DO NOTHING",
        TN_BIND(tn_text(effect->key), tn_text(effect->run), tn_text(effect->customer), tn_text(effect->step),
                tn_int(effect->item), tn_text(effect->operation), tn_text(tn_effect_state_name(state)),
                tn_amount(planned->has_back, &planned->back), tn_amount(planned->has_pay, &planned->pay),
                tn_amount(planned->has_worth, &planned->worth), tn_text(code), tn_redacted(db, message),
                tn_text(effect->customer_name), tn_text(effect->subject), tn_text(effect->subject_name),
                tn_text(effect->orders), tn_int(effect->quantity), tn_int(now_ms), tn_int(state == TN_EFFECT_PLANNED),
                tn_text(effect->request), tn_redacted(db, effect->quote), tn_text(effect->called),
                tn_redacted(db, effect->asks), tn_text(effect->place), tn_text(effect->named)));
}

static int key_taken(struct tn_db *db, const struct tn_effect_row *effect, struct tn_err *err)
{
    struct tn_effect_brief other;
    int rc = tn_effect_brief_init(db, effect->key, &other, err);
    if (rc < 0)
        return rc;
    rc = tn_err_set(err, TENURE_EBUSY, "this %s is in the ledger already: %s in run %s", effect->operation,
                    tn_effect_state_name(other.state), other.run);
    tn_effect_brief_deinit(&other);
    return rc;
}

/* What speaks against planning it: its code, with the words for it; *against NULL: nothing does. */
static int weigh(struct tn_db *db, const struct tn_effect_row *effect, const struct tn_guard_set *guards,
                 const char **against, char message[512], struct tn_err *err)
{
    int rc = tn_name_free(db, effect->named, effect->key, message, err);
    *against = rc == 0 ? "duplicate" : NULL;
    if (rc > 0)
        *against = tn_guards_check(db, guards, TN_GUARD_PLANNED, &effect->planned, message);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_effect_plan(struct tn_db *db, const struct tn_effect_row *effect, bool *refused, struct tn_err *err)
{
    *refused = false;
    if (effect->state != TN_EFFECT_PLANNED && effect->state != TN_EFFECT_REFUSED)
        return tn_err_set(err, TENURE_EINVAL, "an effect is planned or refused at first, not %s",
                          tn_effect_state_name(effect->state));
    if (!*effect->key || strlen(effect->key) > KEY_MAX)
        return tn_err_set(err, TENURE_EINVAL, "the key of an effect has 1 to %d characters", KEY_MAX);
    struct tn_guard_set guards;
    int rc = tn_amounts_check(&effect->planned, effect->operation, err);
    if (rc == TENURE_OK)
        rc = tn_orders_check(effect->orders, err);
    if (rc == TENURE_OK)
        rc = tn_guards_load(db, &guards, effect->run, effect->operation, err);
    if (rc == TENURE_OK)
        rc = tn_guards_load_customer(db, &guards, TN_GUARD_PLANNED, effect->customer, err);
    if (rc < 0)
        return rc;
    enum tn_effect_state state = effect->state;
    const char *code = effect->code, *text = effect->message, *against = NULL;
    char message[512];
    if (state == TN_EFFECT_PLANNED)
        rc = weigh(db, effect, &guards, &against, message, err);
    if (rc < 0)
        return rc;
    if (against) {
        state = TN_EFFECT_REFUSED;
        code = against;
        text = message;
    }
    rc = insert_effect(db, effect, state, code, text, err);
    if (rc == 0)
        return key_taken(db, effect, err);
    if (rc > 0)
        rc = TENURE_OK;
    if (rc == TENURE_OK && state == TN_EFFECT_PLANNED)
        rc = tn_guards_move(db, &guards, TN_GUARD_PLANNED, NULL, &effect->planned, NULL, err);
    const struct tn_transition transition = {.key = effect->key,
                                             .run = effect->run,
                                             .from = state,
                                             .to = state,
                                             .amounts = &effect->planned,
                                             .code = code,
                                             .message = text,
                                             .planned = effect};
    if (rc == TENURE_OK)
        rc = tn_effect_note(db, &transition, err);
    *refused = rc == TENURE_OK && state == TN_EFFECT_REFUSED && effect->state == TN_EFFECT_PLANNED;
    return rc;
}

/* ---- dropping ------------------------------------------------------------------------------------------------------ */

/* What leaves the plan before it was approved makes room in the guards' planned sums for others. */
static int unplan(struct tn_db *db, const struct tn_effect_brief *effect, struct tn_err *err)
{
    struct tn_guard_set guards;
    int rc = tn_guards_load(db, &guards, effect->run, effect->operation, err);
    return rc < 0 ? rc : tn_guards_move(db, &guards, TN_GUARD_PLANNED, &effect->planned, NULL, NULL, err);
}

static int drop(struct tn_db *db, const char *key, const struct tn_effect_brief *effect, enum tn_effect_state state,
                const char *code, const char *message, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "UPDATE effect SET state = $4, code = $5, message = $6, changed = $7,"
                       " in_plan = CASE WHEN state = 'planned' THEN 0 ELSE in_plan END"
                       " WHERE key = $1 AND state = $2 AND attempt = $3",
                       TN_BIND(tn_text(key), tn_text(tn_effect_state_name(effect->state)), tn_int(effect->attempt),
                               tn_text(tn_effect_state_name(state)), tn_text(code), tn_redacted(db, message),
                               tn_int(tn_db_now_ms(db))));
    if (rc <= 0)
        return rc;
    rc = tn_orders_unlock(db, key, err);
    if (rc >= 0 && effect->state == TN_EFFECT_PLANNED)
        rc = unplan(db, effect, err);
    if (rc < 0)
        return rc;
    const struct tn_transition transition = {.key = key,
                                             .run = effect->run,
                                             .from = effect->state,
                                             .to = state,
                                             .attempt = effect->attempt,
                                             .code = code,
                                             .message = message};
    return tn_effect_note(db, &transition, err);
}

/* Also after an attempt that did not happen: approved means that nothing is under way. */
int tn_effect_drop(struct tn_db *db, const char *key, enum tn_effect_state state, const char *code, const char *message,
                   struct tn_err *err)
{
    if (state != TN_EFFECT_REFUSED && state != TN_EFFECT_WITHDRAWN)
        return tn_err_set(err, TENURE_EINVAL, "an effect is dropped as refused or withdrawn, not as %s",
                          tn_effect_state_name(state));
    struct tn_effect_brief effect;
    int rc = tn_effect_brief_init(db, key, &effect, err);
    if (rc < 0)
        return rc;
    if (effect.state == TN_EFFECT_PLANNED || effect.state == TN_EFFECT_APPROVED)
        rc = drop(db, key, &effect, state, code, message, err);
    tn_effect_brief_deinit(&effect);
    return rc < 0 ? rc : TENURE_OK;
}
