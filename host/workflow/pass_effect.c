/* An effect's life, its beginning, and its answers to the script: see pass_effect.h. */
#include "workflow/pass_effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    tn_look_release(&effect->look);
    tn_buf_deinit(&effect->quote_json);
    tn_buf_deinit(&effect->request_json);
    tn_buf_deinit(&effect->poll_json);
    tn_buf_deinit(&effect->outcome_json);
    tn_buf_deinit(&effect->orders_json);
    free(effect->reason);
    free(effect->step);
    free(effect);
}

void tn_pass_effect_queue(struct tn_pass_queue *queue, struct tn_pass_effect *effect)
{
    effect->queue_next = NULL;
    if (queue->last)
        queue->last->queue_next = effect;
    else
        queue->first = effect;
    queue->last = effect;
}

static bool leave(struct tn_pass_queue *queue, struct tn_pass_effect *effect)
{
    struct tn_pass_effect **at = &queue->first, *last = NULL;
    while (*at && *at != effect) {
        last = *at;
        at = &(*at)->queue_next;
    }
    if (!*at)
        return false;
    *at = effect->queue_next;
    if (queue->last == effect)
        queue->last = last;
    return true;
}

void tn_pass_effect_leave_queue(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    leave(&run->turns, effect);
    if (leave(&run->flight, effect))
        run->flight_count--;
}

/* Stop whatever it waits for outside the ledger. */
static void let_go(struct tn_pass_effect *effect)
{
    struct tn_caller *engine = tn_engine_caller(effect->run->setup.engine);
    tn_pass_effect_leave_queue(effect);
    tn_timer_stop(effect->run->setup.loop, &effect->timer);
    if (effect->inner_active)
        engine->cancel(engine, &effect->inner);
    effect->inner_active = false;
    tn_look_cancel(&effect->look);
    tn_follow_cancel(&effect->follow);
    effect->following = false;
}

void tn_pass_effect_discard(struct tn_pass_effect *effect, bool ledger_closed)
{
    let_go(effect);
    effect->abandoned = true;
    if (!ledger_closed)
        tn_pass_effect_give_turn_back(effect);
    if (effect->customer && effect->customer->effect == effect)
        effect->customer->effect = NULL;
    struct tn_run *run = effect->run;
    if (!effect->work_pending || ledger_closed)
        free_effect(effect);
    if (!ledger_closed)
        tn_pass_flight_settled(run);
}

void tn_pass_effect_detach(struct tn_pass_effect *effect)
{
    effect->customer->effect = NULL;
    effect->call = NULL;
    if (effect->phase != PHASE_COMMITTED)
        tn_pass_effect_discard(effect, false);
}

void tn_pass_effects_free(struct tn_run *run, bool ledger_closed)
{
    struct tn_pass_effect *next;
    for (struct tn_pass_effect *effect = run->effects; effect; effect = next) {
        next = effect->next;
        tn_pass_effect_discard(effect, ledger_closed);
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

void tn_pass_effect_submit(struct tn_pass_effect *effect,
                           int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                           void (*done)(struct tn_ledger_work *work))
{
    effect->work = (struct tn_ledger_work){.run = work, .done = done};
    effect->work_pending = true;
    tn_ledger_submit(effect->run->setup.ledger, &effect->work);
}

/* The transaction is back. False: nothing is left to do with this effect. */
bool tn_pass_effect_returned(struct tn_pass_effect *effect)
{
    effect->work_pending = false;
    if (effect->work.err.code < 0)
        tn_pass_fail(effect->run, &effect->work.err);
    if (!effect->abandoned && effect->work.err.code == 0)
        return true;
    struct tn_run *run = effect->run;
    tn_pass_effect_discard(effect, false);
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
void tn_pass_effect_answer(struct tn_pass_effect *effect)
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
    tn_pass_effect_discard(effect, false);
    tn_pass_report(run);
    if (call)
        call->done(call);
    tn_pass_kick(run);
}

void tn_pass_effect_refuse(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                           const char *message)
{
    effect->state = state;
    snprintf(effect->code, sizeof effect->code, "%s", code);
    snprintf(effect->message, sizeof effect->message, "%s", message);
    tn_pass_effect_answer(effect);
}

/* Its outcome is not known: the script never sees it, its item waits. */
void tn_pass_effect_fail(struct tn_pass_effect *effect, const struct tn_err *err)
{
    struct tn_run *run = effect->run;
    struct tn_call *call = effect->call;
    effect->call = NULL;
    if (call)
        call->err = *err;
    tn_pass_effect_discard(effect, false);
    if (call)
        call->done(call);
    tn_pass_kick(run);
}

void tn_pass_effect_park(struct tn_pass_effect *effect)
{
    struct tn_pass_customer *customer = effect->call ? effect->customer : NULL;
    struct tn_run *run = effect->run;
    effect->call = NULL;
    tn_pass_effect_discard(effect, false);
    tn_pass_report(run);
    if (customer && !tn_pass_stopping(run))
        tn_pass_customer_park(customer);
    tn_pass_kick(run);
}

/* ---- quotes ----------------------------------------------------------------------------------------------------- */

struct tn_amounts tn_pass_effect_amounts(const struct tn_quote *quote)
{
    return (struct tn_amounts){
        .has_back = quote->has_back, .back = quote->back, .has_worth = quote->has_worth, .worth = quote->worth};
}

const char *tn_pass_effect_quote_refusal(const struct tn_quote *quote, const char **message)
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

void tn_pass_effect_write_request(struct tn_pass_effect *effect)
{
    struct tn_json_writer w;
    tn_buf_reset(&effect->request_json);
    tn_jw_init(&w, &effect->request_json);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "order", effect->quote.order);
    tn_jw_kv_string(&w, "reservation", effect->quote.reservation);
    tn_jw_kv_int(&w, "quantity", effect->quote.quantity);
    tn_jw_kv_string(&w, "session", effect->quote.session);
    tn_jw_kv_string(&w, "reason", effect->reason);
    tn_jw_object_end(&w);
}

static void write_orders(struct tn_pass_effect *effect)
{
    struct tn_json_writer w;
    tn_jw_init(&w, &effect->orders_json);
    tn_jw_array(&w);
    tn_jw_string(&w, effect->quote.order);
    tn_jw_array_end(&w);
}

struct tn_pass_effect *tn_pass_effect_make(struct tn_pass_customer *customer, struct tn_call *call)
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
    struct tn_pass_effect *effect = tn_pass_effect_make(customer, call);
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
    tn_pass_effect_write_request(effect);
    write_orders(effect);
    tn_pass_quote_body(customer, effect->quote.session, &effect->quote_json);
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
        tn_pass_effect_plan(effect);
    else
        tn_pass_effect_apply(effect);
}
