/*
 * One effect's way through the protocol.
 *
 *   plan:   a script asks ─▶ recorded with its quote (planned, or refused) ─▶ the script goes on
 *
 *   apply:  a script asks ─▶ ledger: what do we know? ─┬▶ final ─▶ the script sees it again
 *                                                      ├▶ accepted ─▶ follow
 *                                                      ├▶ intended, unknown ─▶ parked: the script never sees it
 *                                                      └▶ approved
 *           ─▶ turn ─▶ fresh quote ─▶ INTENT (durable) ─▶ send once ─▶ OUTCOME (durable) ─▶ follow ─▶ SETTLED (durable)
 * ─▶ script ▲                                          │ └─────────── proof that nothing happened ──┘  at most 5
 * attempts
 *
 * Whoever holds a permit (the intent's row) and nobody else sends, once. When its script is gone the effect goes on to
 * its outcome by itself: what has left cannot be called back.
 */
#include "workflow/effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "workflow/pass.h"

#define MAX_ATTEMPTS 5
#define MAX_SENDING 64
#define QUOTE_FRESH_MS 60000
#define SEND_WITHIN_MS 30000

enum phase {
    PHASE_LEDGER, /* asking or telling the ledger before anything was sent */
    PHASE_TURN,   /* waiting for a turn, or for the next attempt */
    PHASE_QUOTE,
    PHASE_COMMITTED, /* from the intent's transaction to the outcome's: must not be forgotten */
    PHASE_FOLLOW
};

struct tn_pass_effect {
    struct tn_run *run;
    struct tn_pass_customer *customer;
    struct tn_call *call;               /* the script's; NULL once it is gone */
    struct tn_pass_effect *prev, *next; /* of the run's effects */
    struct tn_pass_effect *turn_next;
    enum phase phase;
    const struct tn_operation *op;
    char key[TN_DIGEST_TEXT];
    struct tn_quote quote; /* the latest */
    char *reason, *step;
    char subject[160], subject_name[128];
    struct tn_buf quote_json, request_json, poll_json, outcome_json, orders_json;
    struct tn_call inner; /* quote or send */
    bool inner_active, has_turn, work_pending, abandoned, found, refused;
    struct tn_follow follow;
    bool following;
    struct tn_timer timer;
    struct tn_ledger_work work;
    struct tn_intent intent;
    struct tn_outcome_row record;
    struct tn_effect_row plan_row;
    /* what the ledger had */
    enum tn_effect_state state;
    int64_t attempt;
    char code[64], message[512], request_id[64];
    struct tn_amounts planned, actual;
    bool same_place; /* planned by the very item that asks now */
};

static void ask_ledger(struct tn_pass_effect *effect);
static void take_turn(struct tn_pass_effect *effect);
static void start_quote(struct tn_pass_effect *effect);
static void start_follow(struct tn_pass_effect *effect);

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void free_effect(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    if (effect->prev)
        effect->prev->next = effect->next;
    else
        run->effects = effect->next;
    if (effect->next)
        effect->next->prev = effect->prev;
    tn_values_deinit(&effect->inner.values);
    tn_call_release(&effect->inner);
    tn_buf_deinit(&effect->quote_json);
    tn_buf_deinit(&effect->request_json);
    tn_buf_deinit(&effect->poll_json);
    tn_buf_deinit(&effect->outcome_json);
    tn_buf_deinit(&effect->orders_json);
    free(effect->reason);
    free(effect->step);
    free(effect);
}

static void leave_queue(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    struct tn_pass_effect **at = &run->turn_first, *last = NULL;
    while (*at && *at != effect) {
        last = *at;
        at = &(*at)->turn_next;
    }
    if (!*at)
        return;
    *at = effect->turn_next;
    if (run->turn_last == effect)
        run->turn_last = last;
}

/* Stop whatever it waits for outside the ledger. */
static void let_go(struct tn_pass_effect *effect)
{
    struct tn_caller *engine = tn_engine_caller(effect->run->setup.engine);
    leave_queue(effect);
    tn_timer_stop(effect->run->setup.loop, &effect->timer);
    if (effect->inner_active)
        engine->cancel(engine, &effect->inner);
    effect->inner_active = false;
    tn_follow_cancel(&effect->follow);
    effect->following = false;
    if (effect->has_turn)
        effect->run->effects_sending--;
    effect->has_turn = false;
}

static void discard(struct tn_pass_effect *effect, bool ledger_closed)
{
    let_go(effect);
    effect->abandoned = true;
    if (effect->customer && effect->customer->effect == effect)
        effect->customer->effect = NULL;
    if (!effect->work_pending || ledger_closed)
        free_effect(effect);
}

void tn_pass_effect_detach(struct tn_pass_effect *effect)
{
    effect->customer->effect = NULL;
    effect->call = NULL;
    if (effect->phase != PHASE_COMMITTED)
        discard(effect, false);
}

void tn_pass_effects_free(struct tn_run *run, bool ledger_closed)
{
    struct tn_pass_effect *next;
    for (struct tn_pass_effect *effect = run->effects; effect; effect = next) {
        next = effect->next;
        discard(effect, ledger_closed);
    }
}

bool tn_pass_effects_open(const struct tn_run *run)
{
    for (const struct tn_pass_effect *effect = run->effects; effect; effect = effect->next) {
        if (effect->work_pending || (effect->phase == PHASE_COMMITTED && !effect->abandoned))
            return true;
    }
    return false;
}

static void submit(struct tn_pass_effect *effect,
                   int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                   void (*done)(struct tn_ledger_work *work))
{
    effect->work = (struct tn_ledger_work){.run = work, .done = done};
    effect->work_pending = true;
    tn_ledger_submit(effect->run->setup.ledger, &effect->work);
}

/* The transaction is back. False: nothing is left to do with this effect. */
static bool returned(struct tn_pass_effect *effect)
{
    effect->work_pending = false;
    if (effect->work.err.code < 0)
        tn_pass_fail(effect->run, &effect->work.err);
    if (!effect->abandoned && effect->work.err.code == 0)
        return true;
    struct tn_run *run = effect->run;
    discard(effect, false);
    tn_pass_kick(run);
    return false;
}

/* ---- answering the script --------------------------------------------------------------------------------------- */

static void fill_outcome(const struct tn_pass_effect *effect, struct tn_outcome *outcome)
{
    enum tn_effect_state state = effect->state;
    *outcome = (struct tn_outcome){
        .state = state,
        .ok = state == TN_EFFECT_PLANNED || state == TN_EFFECT_SUCCEEDED || state == TN_EFFECT_PARTIAL,
        .amounts = state == TN_EFFECT_SUCCEEDED || state == TN_EFFECT_PARTIAL ? effect->actual : effect->planned,
    };
    snprintf(outcome->code, sizeof outcome->code, "%s", effect->code);
    snprintf(outcome->message, sizeof outcome->message, "%s", effect->message);
    snprintf(outcome->request_id, sizeof outcome->request_id, "%s", effect->request_id);
    snprintf(outcome->subject, sizeof outcome->subject, "%s", effect->subject);
}

/* The effect has an outcome that the script may see; it ends here. */
static void answer(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    struct tn_call *call = effect->call;
    if (call) {
        call->outcome = calloc(1, sizeof *call->outcome);
        if (call->outcome)
            fill_outcome(effect, call->outcome);
        else
            tn_err_no_memory(&call->err);
        effect->call = NULL;
    }
    discard(effect, false);
    tn_pass_report(run);
    if (call)
        call->done(call);
    tn_pass_kick(run);
}

static void answer_refused(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                           const char *message)
{
    effect->state = state;
    snprintf(effect->code, sizeof effect->code, "%s", code);
    snprintf(effect->message, sizeof effect->message, "%s", message);
    answer(effect);
}

/* Its outcome is not known: the script never sees it, its item waits. */
static void park(struct tn_pass_effect *effect)
{
    struct tn_pass_customer *customer = effect->call ? effect->customer : NULL;
    struct tn_run *run = effect->run;
    effect->call = NULL;
    discard(effect, false);
    tn_pass_report(run);
    if (customer && !tn_pass_stopping(run))
        tn_pass_customer_park(customer);
    tn_pass_kick(run);
}

/* ---- plan ------------------------------------------------------------------------------------------------------- */

static struct tn_amounts amounts_of(const struct tn_quote *quote)
{
    return (struct tn_amounts){
        .has_back = quote->has_back, .back = quote->back, .has_worth = quote->has_worth, .worth = quote->worth};
}

/* Why a quote cannot be acted on; NULL when it can. */
static const char *quote_refusal(const struct tn_quote *quote, const char **message)
{
    if (!quote->allowed) {
        *message = quote->refusal_text;
        return quote->refusal;
    }
    if (!quote->has_back) {
        *message = "the service did not say how much comes back";
        return "no-amount";
    }
    return NULL;
}

static void fill_plan_row(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                          const char *message)
{
    const struct tn_pass_customer *customer = effect->customer;
    effect->planned = amounts_of(&effect->quote);
    effect->plan_row = (struct tn_effect_row){
        .key = effect->key,
        .run = effect->run->id,
        .customer = customer->id,
        .customer_name = customer->name[0] ? customer->name : customer->domain,
        .step = effect->step,
        .item = (int64_t)customer->item,
        .operation = effect->op->name,
        .subject = effect->subject,
        .subject_name = effect->subject_name,
        .orders = tn_buf_text(&effect->orders_json),
        .quantity = effect->quote.quantity,
        .state = state,
        .planned = effect->planned,
        .code = code,
        .message = message,
        .request = tn_buf_text(&effect->request_json),
        .quote = effect->quote_json.len ? effect->quote_json.data : NULL,
    };
}

static int on_planned_before(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    effect->state = row->state;
    effect->same_place = row->item == effect->plan_row.item && strcmp(row->step, effect->step) == 0;
    snprintf(effect->code, sizeof effect->code, "%s", row->code ? row->code : "");
    snprintf(effect->message, sizeof effect->message, "%s", row->message ? row->message : "");
    effect->planned = row->planned;
    return 0;
}

/* A pass that was interrupted asks again for what it had planned already: that is the same effect, not a second one. */
static int store_plan(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    effect->found = false;
    int rc = tn_effect_plan(db, &effect->plan_row, &effect->refused, err);
    if (rc != TENURE_EBUSY)
        return rc;
    *err = (struct tn_err){0};
    effect->found = true;
    return tn_effect_find(db, effect->key, on_planned_before, effect, err);
}

static void on_plan_stored(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    if (!returned(effect))
        return;
    if (effect->found && !effect->same_place) {
        answer_refused(effect, TN_EFFECT_REFUSED, "duplicate",
                       "this run asks for the same effect at another place already");
        return;
    }
    if (!effect->found) {
        effect->state = effect->plan_row.state;
        if (effect->refused) {
            effect->state = TN_EFFECT_REFUSED;
            snprintf(effect->code, sizeof effect->code, "guard");
            snprintf(effect->message, sizeof effect->message, "a guard of the workflow would be crossed");
        } else if (effect->plan_row.code) {
            snprintf(effect->code, sizeof effect->code, "%s", effect->plan_row.code);
            snprintf(effect->message, sizeof effect->message, "%s", effect->plan_row.message);
        }
    }
    run->progress.planned += effect->state == TN_EFFECT_PLANNED;
    run->progress.refused += effect->state == TN_EFFECT_REFUSED;
    if (effect->state == TN_EFFECT_PLANNED && effect->planned.has_back)
        tn_pass_add_money(run, &effect->planned.back);
    answer(effect);
}

static void plan_effect(struct tn_pass_effect *effect)
{
    const char *message = NULL, *refusal = quote_refusal(&effect->quote, &message);
    fill_plan_row(effect, refusal ? TN_EFFECT_REFUSED : TN_EFFECT_PLANNED, refusal, message);
    submit(effect, store_plan, on_plan_stored);
}

/* ---- apply: what do we know? ------------------------------------------------------------------------------------ */

static int on_known(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    effect->found = true;
    effect->state = row->state;
    effect->attempt = row->attempt;
    effect->planned = row->planned;
    effect->actual = row->actual;
    snprintf(effect->code, sizeof effect->code, "%s", row->code ? row->code : "");
    snprintf(effect->message, sizeof effect->message, "%s", row->message ? row->message : "");
    snprintf(effect->request_id, sizeof effect->request_id, "%s", row->request_id ? row->request_id : "");
    tn_buf_reset(&effect->poll_json);
    tn_buf_puts(&effect->poll_json, row->poll ? row->poll : "");
    return 0;
}

static int find_known(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    int rc = tn_effect_find(db, effect->key, on_known, effect, err);
    if (rc < 0 || effect->found)
        return rc;
    /* New since the plan: listed, not done. */
    fill_plan_row(effect, TN_EFFECT_REFUSED, "not-in-plan",
                  "the plan that was approved does not have it: make a new plan");
    return tn_effect_plan(db, &effect->plan_row, &effect->refused, err);
}

static void on_known_found(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!returned(effect))
        return;
    if (!effect->found) {
        answer_refused(effect, TN_EFFECT_REFUSED, "not-in-plan", effect->plan_row.message);
        return;
    }
    switch (effect->state) {
    case TN_EFFECT_PLANNED:
        answer_refused(effect, TN_EFFECT_REFUSED, "not-approved", "it is in the plan, but was not approved");
        break;
    case TN_EFFECT_APPROVED:
        take_turn(effect);
        break;
    case TN_EFFECT_ACCEPTED:
        start_follow(effect);
        break;
    case TN_EFFECT_INTENDED:
    case TN_EFFECT_UNKNOWN:
        park(effect);
        break;
    default:
        answer(effect);
    }
}

static void ask_ledger(struct tn_pass_effect *effect)
{
    effect->phase = PHASE_LEDGER;
    submit(effect, find_known, on_known_found);
}

/* ---- refusing before anything was sent -------------------------------------------------------------------------- */

static int store_drop(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    return tn_effect_drop(db, effect->key, TN_EFFECT_REFUSED, effect->code, effect->message, err);
}

static void on_dropped(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!returned(effect))
        return;
    effect->state = TN_EFFECT_REFUSED;
    effect->run->progress.refused++;
    answer(effect);
}

static void drop(struct tn_pass_effect *effect, const char *code, const char *message)
{
    snprintf(effect->code, sizeof effect->code, "%s", code);
    snprintf(effect->message, sizeof effect->message, "%s", message);
    effect->phase = PHASE_LEDGER;
    submit(effect, store_drop, on_dropped);
}

/* ---- turn and quote --------------------------------------------------------------------------------------------- */

/* Turns are taken before the intent, so that nothing queues between it and the request. */
static void grant_turn(struct tn_pass_effect *effect)
{
    effect->has_turn = true;
    effect->run->effects_sending++;
    start_quote(effect);
}

static void take_turn(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    effect->phase = PHASE_TURN;
    if (run->effects_sending < MAX_SENDING) {
        grant_turn(effect);
        return;
    }
    effect->turn_next = NULL;
    if (run->turn_last)
        run->turn_last->turn_next = effect;
    else
        run->turn_first = effect;
    run->turn_last = effect;
}

static void give_turn_back(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    if (!effect->has_turn)
        return;
    effect->has_turn = false;
    run->effects_sending--;
    struct tn_pass_effect *waiting = run->turn_first;
    if (!waiting || tn_pass_stopping(run))
        return;
    leave_queue(waiting);
    grant_turn(waiting);
}

/* The inner call is over: take what it owns of ours, so that it can be used again. */
static void clear_inner(struct tn_pass_effect *effect)
{
    effect->inner_active = false;
    tn_call_release(&effect->inner);
    tn_values_deinit(&effect->inner.values);
}

static void start_inner(struct tn_pass_effect *effect, const struct tn_operation *op, const char *correlation,
                        void (*done)(struct tn_call *call))
{
    struct tn_caller *engine = tn_engine_caller(effect->run->setup.engine);
    struct tn_values values = effect->inner.values;
    effect->inner = (struct tn_call){.op = op,
                                     .values = values,
                                     .tenant = effect->customer->id,
                                     .correlation = correlation,
                                     .L = effect->run->setup.documents,
                                     .done = done,
                                     .owner = effect};
    effect->inner_active = true;
    engine->start(engine, &effect->inner);
}

static int store_intent(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    return tn_effect_intend(db, &effect->intent, err);
}

static void on_intended(struct tn_ledger_work *work);

static void intend(struct tn_pass_effect *effect)
{
    const struct tn_clock *clock = tn_loop_clock(effect->run->setup.loop);
    effect->intent = (struct tn_intent){
        .key = effect->key,
        .request = tn_buf_text(&effect->request_json),
        .amounts = amounts_of(&effect->quote),
        .send_by_boot_ms = clock->boottime_ms(clock->arg) + SEND_WITHIN_MS,
    };
    effect->phase = PHASE_COMMITTED;
    submit(effect, store_intent, on_intended);
}

static void with_quote(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    const char *message = NULL, *refusal = quote_refusal(&effect->quote, &message);
    if (tn_pass_stopping(run)) {
        discard(effect, false);
        tn_pass_kick(run);
    } else if (run->guard_reached) {
        drop(effect, "guard", "a guard of this run was reached before it");
    } else if (refusal) {
        drop(effect, refusal, message);
    } else {
        intend(effect);
    }
}

static void keep_json(struct tn_buf *buf, struct tn_json value)
{
    struct tn_json_writer w;
    tn_buf_reset(buf);
    tn_jw_init(&w, buf);
    if (tn_json_write(value, &w, NULL) < 0)
        tn_buf_reset(buf);
}

static void on_quoted(struct tn_call *inner)
{
    struct tn_pass_effect *effect = inner->owner;
    struct tn_err err = inner->err;
    if (err.code == 0) {
        effect->quote = *inner->quote;
        keep_json(&effect->quote_json, tn_json_root(inner->pages[0]));
    }
    clear_inner(effect);
    if (err.code < 0)
        drop(effect, tn_err_name(&err), err.msg);
    else
        with_quote(effect);
}

/* The script's quote counts while it is fresh; a session does not live long, and prices move. */
static void start_quote(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    int64_t age_ms = tn_loop_now_ms(effect->run->setup.loop) - effect->quote.made_ms;
    if (effect->attempt == 0 && age_ms < QUOTE_FRESH_MS && !effect->quote.replayed) {
        with_quote(effect);
        return;
    }
    const struct tn_operation *op = tn_operation_find(effect->op->module, effect->op->quoted_by);
    char id[80];
    snprintf(id, sizeof id, "%s/%s", effect->quote.order, effect->quote.reservation);
    effect->phase = PHASE_QUOTE;
    int rc = tn_values_set_text(op, &effect->inner.values, 0, id, &err);
    if (rc == TENURE_OK)
        rc = tn_values_set_integer(op, &effect->inner.values, (size_t)tn_argument_index(op, "quantity"),
                                   effect->quote.quantity, &err);
    if (rc < 0)
        drop(effect, tn_err_name(&err), err.msg);
    else
        start_inner(effect, op, NULL, on_quoted);
}

/* ---- sending and recording -------------------------------------------------------------------------------------- */

static int store_record(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    return tn_effect_record(db, &effect->record, err);
}

static void on_recorded(struct tn_ledger_work *work);

static void record(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code, const char *message)
{
    snprintf(effect->code, sizeof effect->code, "%s", code);
    snprintf(effect->message, sizeof effect->message, "%s", message);
    effect->state = state;
    effect->record = (struct tn_outcome_row){
        .key = effect->key,
        .attempt = effect->attempt,
        .state = state,
        .has_actual = state == TN_EFFECT_ACCEPTED || state == TN_EFFECT_SUCCEEDED || state == TN_EFFECT_PARTIAL,
        .actual = effect->actual,
        .code = code[0] ? effect->code : NULL,
        .message = message[0] ? effect->message : NULL,
        .outcome = effect->outcome_json.len ? effect->outcome_json.data : NULL,
        .poll = effect->poll_json.len ? effect->poll_json.data : NULL,
        .request_id = effect->request_id[0] ? effect->request_id : NULL,
    };
    submit(effect, store_record, on_recorded);
}

/* The amounts of the answer; one that it leaves out stays as it was quoted and accepted. */
static void read_actual(struct tn_pass_effect *effect, struct tn_json body)
{
    struct tn_amounts actual = effect->intent.amounts;
    struct tn_money money;
    if (tn_json_money(body, "properties.billingRefundAmount", &money, NULL) > 0)
        actual.back = money;
    if (tn_json_money(body, "properties.pricingRefundAmount", &money, NULL) > 0) {
        actual.worth = money;
        actual.has_worth = true;
    }
    effect->actual = actual;
}

static void on_accepted(struct tn_pass_effect *effect, struct tn_call *inner)
{
    struct tn_json_writer w;
    struct tn_json body = {0};
    tn_buf_reset(&effect->outcome_json);
    if (inner->page_count) {
        body = tn_json_root(inner->pages[0]);
        keep_json(&effect->outcome_json, body);
    }
    read_actual(effect, body);
    tn_buf_reset(&effect->poll_json);
    tn_jw_init(&w, &effect->poll_json);
    tn_follow_write_poll(inner, &w);
    record(effect, TN_EFFECT_ACCEPTED, "", "");
}

static void on_sent(struct tn_call *inner)
{
    struct tn_pass_effect *effect = inner->owner;
    char code[64], message[512];
    snprintf(code, sizeof code, "%s", inner->err.code < 0 ? tn_err_name(&inner->err) : "");
    snprintf(message, sizeof message, "%.511s", inner->err.msg);
    snprintf(effect->request_id, sizeof effect->request_id, "%s", inner->request_id);
    effect->inner_active = false;
    give_turn_back(effect);
    switch (inner->fate) {
    case TN_FATE_DONE:
        on_accepted(effect, inner);
        break;
    case TN_FATE_NOT_DONE:
        record(effect, effect->attempt < MAX_ATTEMPTS ? TN_EFFECT_APPROVED : TN_EFFECT_FAILED, code, message);
        break;
    case TN_FATE_FAILED:
        record(effect, TN_EFFECT_FAILED, code, message);
        break;
    default:
        record(effect, TN_EFFECT_UNKNOWN, code, message);
    }
    clear_inner(effect);
}

static void send(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    int reason = tn_argument_index(effect->op, "reason");
    int rc = tn_values_set_quote(effect->op, &effect->inner.values, 0, &effect->quote, &err);
    if (rc == TENURE_OK && effect->reason)
        rc = tn_values_set_text(effect->op, &effect->inner.values, (size_t)reason, effect->reason, &err);
    effect->attempt = effect->intent.attempt;
    if (rc < 0) {
        give_turn_back(effect);
        record(effect, TN_EFFECT_FAILED, tn_err_name(&err), err.msg);
        return;
    }
    effect->run->progress.sent++;
    start_inner(effect, effect->op, effect->intent.correlation, on_sent);
}

static void on_intended(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    bool permit = work->err.code == 0 && effect->intent.verdict == TN_VERDICT_PERMIT;
    if (!permit)
        effect->phase = PHASE_LEDGER; /* nothing will be sent */
    if (!returned(effect))
        return;
    switch (effect->intent.verdict) {
    case TN_VERDICT_PERMIT:
        send(effect);
        break;
    case TN_VERDICT_GUARD:
        run->guard_reached = true;
        run->progress.refused++;
        answer_refused(effect, TN_EFFECT_REFUSED, "guard", effect->intent.message);
        break;
    case TN_VERDICT_LOCKED:
        run->progress.refused++;
        answer_refused(effect, TN_EFFECT_REFUSED, "order-busy", effect->intent.message);
        break;
    default:
        ask_ledger(effect); /* it has moved meanwhile: look again at what it is now */
    }
}

static void on_attempt_timer(struct tn_timer *timer)
{
    take_turn(tn_container_of(timer, struct tn_pass_effect, timer));
}

static void try_again_later(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    int64_t wait = tn_http_backoff_ms((uint32_t)effect->attempt, -1, tn_random64());
    effect->phase = PHASE_TURN;
    if (!effect->call || tn_pass_stopping(run)) {
        discard(effect, false);
        tn_pass_kick(run);
    } else if (tn_timer_start(run->setup.loop, &effect->timer, wait, on_attempt_timer) < 0) {
        struct tn_err err = {0};
        tn_err_no_memory(&err);
        tn_pass_fail(run, &err);
    }
}

static void on_recorded(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    if (work->err.code < 0)
        effect->phase = PHASE_LEDGER; /* it stays intended, and will be unknown: nothing more can be done here */
    if (!returned(effect))
        return;
    effect->phase = PHASE_LEDGER;
    switch (effect->state) {
    case TN_EFFECT_ACCEPTED:
        if (effect->call && !tn_pass_stopping(run)) {
            start_follow(effect);
        } else {
            discard(effect, false);
            tn_pass_kick(run);
        }
        break;
    case TN_EFFECT_APPROVED:
        try_again_later(effect);
        break;
    case TN_EFFECT_UNKNOWN:
        run->progress.unknown++;
        park(effect);
        break;
    default:
        run->progress.settled++;
        if (effect->state == TN_EFFECT_SUCCEEDED && effect->actual.has_back)
            tn_pass_add_money(run, &effect->actual.back);
        answer(effect);
    }
}

/* ---- following -------------------------------------------------------------------------------------------------- */

/* A customer that only waits for Azure does not count against the concurrency. */
static void set_waiting(struct tn_pass_effect *effect, bool waiting)
{
    struct tn_pass_customer *customer = effect->customer;
    if (customer->waiting_for_azure == waiting)
        return;
    customer->waiting_for_azure = waiting;
    if (waiting)
        effect->run->active--;
    else
        effect->run->active++;
    tn_pass_kick(effect->run);
}

static void on_followed(struct tn_follow *follow)
{
    struct tn_pass_effect *effect = tn_container_of(follow, struct tn_pass_effect, follow);
    effect->following = false;
    set_waiting(effect, false);
    if (follow->err.code < 0) {
        park(effect);
        return;
    }
    static const enum tn_effect_state states[] = {[TN_FOLLOW_SUCCEEDED] = TN_EFFECT_SUCCEEDED,
                                                  [TN_FOLLOW_PARTIAL] = TN_EFFECT_PARTIAL,
                                                  [TN_FOLLOW_FAILED] = TN_EFFECT_FAILED};
    record(effect, states[follow->result], follow->code, follow->message);
}

static void start_follow(struct tn_pass_effect *effect)
{
    effect->phase = PHASE_FOLLOW;
    effect->following = true;
    set_waiting(effect, true);
    effect->follow = (struct tn_follow){.op = effect->op,
                                        .tenant = effect->customer->id,
                                        .poll = tn_buf_text(&effect->poll_json),
                                        .L = effect->run->setup.documents,
                                        .done = on_followed};
    tn_follow_start(effect->run->setup.engine, &effect->follow);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

/* Run, customer, step, operation, ids and every argument that changes the result; ids fold case. */
static void make_key(struct tn_pass_effect *effect)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    tn_jw_array(&w);
    tn_jw_string(&w, effect->run->id);
    tn_jw_string(&w, effect->customer->id);
    tn_jw_string(&w, effect->step);
    tn_jw_string(&w, effect->op->name);
    tn_jw_string(&w, effect->quote.order);
    tn_jw_string(&w, effect->quote.reservation);
    tn_jw_int(&w, effect->quote.quantity);
    tn_jw_array_end(&w);
    if (text.data)
        tn_id_fold(text.data);
    tn_digest(effect->key, tn_buf_text(&text), text.len);
    tn_buf_deinit(&text);
}

static void write_request(struct tn_pass_effect *effect)
{
    struct tn_json_writer w;
    tn_jw_init(&w, &effect->request_json);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "order", effect->quote.order);
    tn_jw_kv_string(&w, "reservation", effect->quote.reservation);
    tn_jw_kv_int(&w, "quantity", effect->quote.quantity);
    tn_jw_kv_string(&w, "session", effect->quote.session);
    tn_jw_kv_string(&w, "reason", effect->reason);
    tn_jw_object_end(&w);
    tn_jw_init(&w, &effect->orders_json);
    tn_jw_array(&w);
    tn_jw_string(&w, effect->quote.order);
    tn_jw_array_end(&w);
}

static struct tn_pass_effect *make(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_run *run = customer->run;
    struct tn_pass_effect *effect = calloc(1, sizeof *effect);
    if (!effect)
        return NULL;
    *effect = (struct tn_pass_effect){.run = run, .customer = customer, .call = call, .op = call->op};
    effect->next = run->effects;
    if (run->effects)
        run->effects->prev = effect;
    run->effects = effect;
    const struct tn_argument_value *reason = tn_values_get(call->op, &call->values, "reason");
    effect->step = strdup(run->setup.workflow->steps[customer->step].id);
    effect->reason = reason->given ? strdup(reason->text) : NULL;
    if (!effect->step || (reason->given && !effect->reason)) {
        free_effect(effect);
        return NULL;
    }
    return effect;
}

static void fail_call(struct tn_call *call, int code, const char *text)
{
    tn_err_set(&call->err, code, "%s.%s: %s", call->op->module, call->op->name, text);
    call->done(call);
}

void tn_pass_effect_start(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_run *run = customer->run;
    struct tn_pass_effect *effect = make(customer, call);
    if (!effect) {
        fail_call(call, TENURE_ENOMEM, "out of memory");
        return;
    }
    effect->quote = *tn_values_get(call->op, &call->values, "quote")->quote;
    snprintf(effect->subject, sizeof effect->subject,
             "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", effect->quote.order,
             effect->quote.reservation);
    tn_pass_items_describe(customer, effect->quote.reservation, effect->subject_name, sizeof effect->subject_name);
    make_key(effect);
    write_request(effect);
    bool again = tn_run_strings_has(customer->keys, effect->key);
    bool short_of_memory = effect->request_json.failed || effect->orders_json.failed ||
                           (!again && tn_run_strings_add(&customer->keys, effect->key) < 0);
    if (again || short_of_memory) {
        free_effect(effect);
        fail_call(call, again ? TENURE_EINVAL : TENURE_ENOMEM,
                  again ? "this item asked for the very same effect before" : "out of memory");
        return;
    }
    customer->effect = effect;
    if (run->pass == TN_PASS_PLAN)
        plan_effect(effect);
    else
        ask_ledger(effect);
}

/* ---- quotes answered from the ledger ---------------------------------------------------------------------------- */

static int on_quoted_before(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    char order[37], reservation[37];
    const struct tn_argument_value *asked = tn_values_get(effect->op, &effect->call->values, "reservation");
    const struct tn_operation *op = tn_effect_by_name(row->operation);
    if (!row->quote || !op || !op->quoted_by || strcmp(op->quoted_by, effect->op->name) != 0 ||
        strcmp(row->step, effect->step) != 0 || !tn_reservation_id_parse(row->subject, order, reservation) ||
        !tn_id_equal(reservation, asked->text))
        return 0;
    effect->found = true;
    effect->quote.quantity = row->quantity;
    snprintf(effect->quote.order, sizeof effect->quote.order, "%s", order);
    tn_buf_reset(&effect->quote_json);
    tn_buf_puts(&effect->quote_json, row->quote);
    return 0;
}

static int find_quote(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    unsigned begun = 1u << TN_EFFECT_INTENDED | 1u << TN_EFFECT_ACCEPTED | 1u << TN_EFFECT_SUCCEEDED |
                     1u << TN_EFFECT_PARTIAL | 1u << TN_EFFECT_FAILED | 1u << TN_EFFECT_UNKNOWN;
    return tn_effect_each(db, effect->run->id, effect->customer->id, begun, on_quoted_before, effect, err);
}

/* Give the stored quote as if the service had just answered with it. */
static int replay_quote(struct tn_pass_effect *effect, struct tn_call *call, struct tn_err *err)
{
    struct tn_argument_value *asked = &call->values.of[tn_argument_index(call->op, "reservation")];
    asked->integer = effect->quote.quantity;
    if (!asked->order && !(asked->order = strdup(effect->quote.order)))
        return tn_err_no_memory(err);
    call->pages = calloc(1, sizeof(struct tn_json_doc *));
    call->quote = calloc(1, sizeof *call->quote);
    if (!call->pages || !call->quote)
        return tn_err_no_memory(err);
    int rc = tn_json_parse(call->L, tn_buf_text(&effect->quote_json), effect->quote_json.len, 0, &call->pages[0], err);
    if (rc < 0)
        return rc;
    call->page_count = 1;
    rc = tn_quote_read(call->op, &call->values, tn_json_root(call->pages[0]), call->quote, err);
    call->quote->replayed = true;
    call->quote->made_ms = tn_loop_now_ms(effect->run->setup.loop);
    return rc;
}

static void on_quote_found(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!returned(effect))
        return;
    struct tn_call *call = effect->call;
    struct tn_caller *engine = tn_engine_caller(effect->run->setup.engine);
    bool found = effect->found;
    if (found)
        replay_quote(effect, call, &call->err);
    effect->call = NULL;
    discard(effect, false);
    if (found)
        call->done(call);
    else
        engine->start(engine, call);
}

bool tn_pass_quote_start(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_pass_effect *effect = make(customer, call);
    if (!effect)
        return false;
    customer->effect = effect;
    submit(effect, find_quote, on_quote_found);
    return true;
}
