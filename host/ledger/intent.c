/*
 * Intents: the permit to send, which is a row that is made once.
 *
 * In one transaction: the run is ours, the effect is approved, its orders and its name are free in every run, the guards
 * have room.
 * Then the amounts are held, the orders locked, the attempt counted. Only once that is durable may the holder send.
 */
#include "ledger/intent.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/killpoint.h"
#include "ledger/audit.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/name.h"
#include "ledger/order.h"
#include "ledger/spend.h"

/* Each attempt has an id of its own, the same wherever it is worked out: a probe looks for it in Azure's logs. */
static void correlate(const char *key, int64_t attempt, char correlation[40])
{
    char name[512], guid[TN_GUID_TEXT];
    snprintf(name, sizeof name, "%.480s/%lld", key, (long long)attempt);
    tn_id_fold(name);
    tn_guid_derive(guid, name);
    snprintf(correlation, 40, "%s", guid);
}

static int refuse(struct tn_db *db, struct tn_intent *intent, enum tn_verdict verdict, const char *code,
                  struct tn_err *err)
{
    intent->verdict = verdict;
    intent->code = code;
    return tn_effect_drop(db, intent->key, TN_EFFECT_REFUSED, code, intent->message, err);
}

/* The money of one thing comes back once. Reads lag behind, so that a quote and a look may still show what another run
 * has returned a moment ago; the ledger does not. 1: no other effect brought it back; 0: one did. */
static int back_already(struct tn_db *db, struct tn_intent *intent, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT other.run, other.operation, other.state FROM effect AS mine JOIN effect AS other"
                          " ON other.subject = mine.subject AND other.key <> mine.key WHERE mine.key = $1"
                          " AND mine.planned_back IS NOT NULL AND other.actual_back IS NOT NULL"
                          " AND other.state IN ('accepted', 'succeeded', 'partial')",
                          TN_BIND(tn_text(intent->key)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc < 0 ? rc : 1;
    snprintf(intent->message, sizeof intent->message, "run %s has done a %s of the same already (%s): make a new plan",
             tn_rows_text(&rows, 0), tn_rows_text(&rows, 1), tn_rows_text(&rows, 2));
    tn_rows_end(&rows);
    return 0;
}

/* The row of the permit. 1: it is made. */
static int write_permit(struct tn_db *db, const struct tn_intent *intent, const struct tn_effect_brief *effect,
                        const char *correlation, struct tn_err *err)
{
    return tn_db_run(db, err,
                     "UPDATE effect SET state = 'intended', attempt = $3, worker = $4, send_by = $5, boot = $6,"
                     " request = coalesce($7, request), snapshot = $8, correlation = $9, code = NULL, message = NULL,"
                     " poll = NULL, outcome = NULL, evidence = NULL, request_id = NULL, intended = $10, changed = $10"
                     " WHERE key = $1 AND state = $11 AND attempt = $2",
                     TN_BIND(tn_text(intent->key), tn_int(effect->attempt), tn_int(effect->attempt + 1),
                             tn_text(db->worker), tn_int(intent->send_by_awake_ms), tn_text(db->boot_id),
                             tn_text(intent->request), tn_redacted(db, intent->snapshot), tn_text(correlation),
                             tn_int(tn_db_now_ms(db)), tn_text(tn_effect_state_name(effect->state))));
}

static int permit(struct tn_db *db, struct tn_intent *intent, const struct tn_effect_brief *effect,
                  struct tn_guard_set *guards, struct tn_err *err)
{
    struct tn_spend_change change;
    int64_t attempt = effect->attempt + 1;
    char correlation[40];
    correlate(intent->key, attempt, correlation);
    int rc = tn_orders_lock(db, effect->orders, intent->key, err);
    if (rc == TENURE_OK)
        rc = tn_spend_move(db, guards, intent->key, TN_SPEND_HELD, &intent->amounts, &change, err);
    if (rc == TENURE_OK && intent->scope)
        rc = tn_spend_set_scope(db, intent->key, intent->scope, err);
    if (rc == TENURE_OK)
        rc = tn_guards_fly(db, guards, effect->state, TN_EFFECT_INTENDED, err);
    if (rc == TENURE_OK)
        rc = write_permit(db, intent, effect, correlation, err);
    if (rc == 0) /* its state was seen in this very transaction */
        rc = tn_err_set(err, TENURE_EINTERNAL, "effect %s changed under its intent", intent->key);
    const struct tn_transition transition = {.key = intent->key,
                                             .run = effect->run,
                                             .from = effect->state,
                                             .to = TN_EFFECT_INTENDED,
                                             .attempt = attempt,
                                             .amounts = &intent->amounts,
                                             .correlation = correlation};
    if (rc > 0)
        rc = tn_effect_note(db, &transition, err);
    if (rc < 0)
        return rc;
    TN_KILL_POINT("K2");
    TN_KILL_NOTE("K3");
    intent->verdict = TN_VERDICT_PERMIT;
    intent->attempt = attempt;
    memcpy(intent->correlation, correlation, sizeof intent->correlation);
    return TENURE_OK;
}

/* Azure's own limit of the billing scope: 1 when there is room, also for what Azure may not have counted yet. */
static int limit_fits(struct tn_db *db, struct tn_intent *intent, struct tn_err *err)
{
    struct tn_money ours, needed;
    int order = 0;
    if (!intent->scope || !intent->has_limit_left)
        return 1;
    if (!intent->amounts.has_worth) {
        snprintf(intent->message, sizeof intent->message,
                 "what it is worth is not known, so nobody can tell whether it "
                 "fits Azure's refund limit");
        return 0;
    }
    ours = tn_money_zero(intent->limit_left.currency);
    int rc = tn_spend_in_scope(db, intent->scope, tn_db_now_ms(db) - intent->quiet_ms, &ours, err);
    if (rc == TENURE_OK)
        rc = tn_money_add(&needed, &ours, &intent->amounts.worth, err);
    if (rc == TENURE_OK)
        rc = tn_money_compare(&order, &needed, &intent->limit_left, err);
    if (rc < 0)
        return rc;
    char left[TN_MONEY_TEXT], taken[TN_MONEY_TEXT], more[TN_MONEY_TEXT];
    if (order > 0)
        snprintf(intent->message, sizeof intent->message,
                 "Azure's refund limit has %s %s left, %s of it are kept for refunds under way and of the last %lld "
                 "minutes, which Azure may not have counted yet, and this one needs %s: make a new plan for it then",
                 tn_money_amount(&intent->limit_left, left), intent->limit_left.currency, tn_money_amount(&ours, taken),
                 (long long)((intent->quiet_ms + 59999) / 60000), tn_money_amount(&intent->amounts.worth, more));
    return order <= 0;
}

/* Everything that may speak against it; the permit when nothing does. */
static int weigh(struct tn_db *db, struct tn_intent *intent, const struct tn_effect_brief *effect,
                 struct tn_guard_set *guards, struct tn_err *err)
{
    int rc = tn_orders_free(db, effect->orders, intent->key, intent->message, err);
    if (rc == 0)
        return refuse(db, intent, TN_VERDICT_LOCKED, "order-busy", err);
    if (rc > 0)
        rc = back_already(db, intent, err);
    if (rc == 0)
        return refuse(db, intent, TN_VERDICT_LOCKED, "back-already", err);
    if (rc > 0)
        rc = tn_name_free(db, effect->named, intent->key, intent->message, err);
    if (rc == 0)
        return refuse(db, intent, TN_VERDICT_LOCKED, "duplicate", err);
    if (rc > 0)
        rc = tn_guards_load_customer(db, guards, TN_GUARD_USED, effect->customer, err);
    if (rc < 0)
        return rc;
    const char *code = tn_guards_check(db, guards, TN_GUARD_USED, &intent->amounts, intent->message);
    if (code)
        return refuse(db, intent, strcmp(code, "per-customer") == 0 ? TN_VERDICT_REFUSED : TN_VERDICT_GUARD, code, err);
    rc = limit_fits(db, intent, err);
    if (rc == 0)
        return refuse(db, intent, TN_VERDICT_REFUSED, "limit", err);
    return rc < 0 ? rc : permit(db, intent, effect, guards, err);
}

/* The verdict is "not now" unless something better comes out. */
static int judge(struct tn_db *db, struct tn_intent *intent, const struct tn_effect_brief *effect, struct tn_err *err)
{
    size_t room = sizeof intent->message;
    if (!effect->run_worker || strcmp(effect->run_worker, db->worker) != 0) {
        snprintf(intent->message, room, "run %s is not worked on by this process (any more)", effect->run);
        return TENURE_OK;
    }
    bool repeats = intent->repeats && effect->state == TN_EFFECT_UNKNOWN;
    if (effect->state != TN_EFFECT_APPROVED && !repeats) {
        snprintf(intent->message, room, "this %s is %s", effect->operation, tn_effect_state_name(effect->state));
        return TENURE_OK;
    }
    struct tn_guard_set guards;
    int rc = tn_amounts_check(&intent->amounts, effect->operation, err);
    if (rc == TENURE_OK)
        rc = tn_guards_load(db, &guards, effect->run, effect->operation, err);
    if (rc < 0)
        return rc;
    if (repeats)
        return permit(db, intent, effect, &guards, err);
    if (tn_guards_full(&guards, intent->message)) {
        intent->verdict = TN_VERDICT_WAIT;
        return TENURE_OK;
    }
    return weigh(db, intent, effect, &guards, err);
}

int tn_effect_intend(struct tn_db *db, struct tn_intent *intent, struct tn_err *err)
{
    intent->verdict = TN_VERDICT_NOT_NOW; /* whatever goes wrong from here on is no permit */
    intent->attempt = 0;
    intent->code = NULL;
    intent->correlation[0] = intent->message[0] = '\0';
    int rc = tn_db_effects_allowed(db, err);
    if (rc < 0)
        return rc;
    rc = tn_audit_trusted(db, err);
    if (rc == 0) {
        intent->verdict = TN_VERDICT_SUSPECT;
        snprintf(intent->message, sizeof intent->message, "%.511s", db->suspicion);
    }
    if (rc <= 0)
        return rc;
    struct tn_effect_brief effect;
    rc = tn_effect_brief_init(db, intent->key, &effect, err);
    if (rc < 0)
        return rc;
    rc = judge(db, intent, &effect, err);
    tn_effect_brief_deinit(&effect);
    return rc;
}

/* ---- left behind ------------------------------------------------------------------------------------------------ */

static int leave_behind(struct tn_db *db, const char *run, const char *key, int64_t attempt, struct tn_err *err)
{
    static const char code[] = "worker-died";
    static const char message[] = "the process that sent it ended before its outcome was recorded";
    int rc =
        tn_db_run(db, err,
                  "UPDATE effect SET state = 'unknown', code = $3, message = $4, changed = $5"
                  " WHERE key = $1 AND state = 'intended' AND attempt = $2",
                  TN_BIND(tn_text(key), tn_int(attempt), tn_text(code), tn_text(message), tn_int(tn_db_now_ms(db))));
    if (rc <= 0)
        return rc;
    const struct tn_transition transition = {.key = key,
                                             .run = run,
                                             .from = TN_EFFECT_INTENDED,
                                             .to = TN_EFFECT_UNKNOWN,
                                             .attempt = attempt,
                                             .code = code,
                                             .message = message};
    int noted = tn_effect_note(db, &transition, err);
    return noted < 0 ? noted : rc;
}

int tn_effects_left_behind(struct tn_db *db, const char *run, int64_t *left, struct tn_err *err)
{
    int rc = 1;
    int64_t count = 0;
    while (rc > 0) { /* one at a time: each leaves the set that is asked for */
        struct tn_rows rows;
        char key[512] = "";
        int64_t attempt = 0;
        rc = tn_db_select(
            db, &rows, err,
            "SELECT key, attempt FROM effect WHERE run = $1 AND state = 'intended' AND worker <> $2 LIMIT 1",
            TN_BIND(tn_text(run), tn_text(db->worker)));
        if (rc == TENURE_OK)
            rc = tn_rows_next(&rows, err);
        if (rc > 0) {
            snprintf(key, sizeof key, "%s", tn_rows_text(&rows, 0));
            attempt = tn_rows_int(&rows, 1);
            tn_rows_end(&rows);
            rc = leave_behind(db, run, key, attempt, err);
            count += rc > 0;
        }
    }
    if (left)
        *left = count;
    return rc;
}
