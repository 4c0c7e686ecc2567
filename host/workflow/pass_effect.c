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
    tn_aim_deinit(&effect->aim);
    tn_buf_deinit(&effect->follow.answer);
    tn_quote_unref(effect->quote);
    tn_buf_deinit(&effect->quote_json);
    tn_buf_deinit(&effect->asked_json);
    tn_buf_deinit(&effect->request_json);
    tn_buf_deinit(&effect->asks_json);
    tn_buf_deinit(&effect->approved_json);
    tn_buf_deinit(&effect->poll_json);
    tn_buf_deinit(&effect->outcome_json);
    tn_buf_deinit(&effect->orders_json);
    tn_values_deinit(&effect->values);
    free(effect->veto_text);
    free(effect->called);
    free(effect->place);
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
    tn_lookup_cancel(&effect->lookup);
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

/* What it does, or did, one by one: as its quote says, later as its answer does. Nothing where that says nothing. */
static void write_lines(const struct tn_pass_effect *effect, struct tn_buf *lines)
{
    struct tn_json_doc *doc = NULL;
    struct tn_json_writer w;
    if (effect->state == TN_EFFECT_PLANNED && effect->quote && effect->quote->lines)
        tn_buf_puts(lines, effect->quote->lines);
    if (effect->state == TN_EFFECT_PLANNED || !effect->op->write_lines || !effect->outcome_json.len ||
        tn_json_parse(effect->run->setup.documents, effect->outcome_json.data, effect->outcome_json.len, 0, &doc,
                      NULL) < 0)
        return;
    tn_jw_init(&w, lines);
    effect->op->write_lines(tn_json_root(doc), &w);
    tn_json_close(doc);
}

static void fill_outcome(const struct tn_pass_effect *effect, size_t answer_len, const struct tn_buf *lines,
                         struct tn_outcome *outcome)
{
    enum tn_effect_state state = effect->state;
    bool done = state == TN_EFFECT_SUCCEEDED || state == TN_EFFECT_PARTIAL;
    outcome->state = state;
    outcome->ok = state == TN_EFFECT_PLANNED || done;
    outcome->amounts = done ? effect->actual : effect->planned;
    outcome->record = effect->op->record;
    outcome->tells_lines = effect->op->write_lines;
    outcome->answer_len = answer_len;
    outcome->lines_len = lines->len;
    if (answer_len)
        memcpy(outcome->answer, effect->outcome_json.data, answer_len);
    if (lines->len)
        memcpy(outcome->answer + answer_len + 1, lines->data, lines->len);
    bool told = state != TN_EFFECT_PLANNED; /* what was doubted of one that is planned is for whoever approves it */
    snprintf(outcome->code, sizeof outcome->code, "%s", told ? effect->code : "");
    snprintf(outcome->message, sizeof outcome->message, "%s", told ? effect->message : "");
    snprintf(outcome->request_id, sizeof outcome->request_id, "%s", effect->request_id);
    snprintf(outcome->subject, sizeof outcome->subject, "%s", effect->subject);
}

static struct tn_outcome *make_outcome(const struct tn_pass_effect *effect)
{
    struct tn_buf lines = {0};
    bool done = effect->state == TN_EFFECT_SUCCEEDED || effect->state == TN_EFFECT_PARTIAL;
    size_t answer_len = done && effect->op->record ? effect->outcome_json.len : 0;
    write_lines(effect, &lines);
    struct tn_outcome *outcome = lines.failed ? NULL : calloc(1, sizeof *outcome + answer_len + 1 + lines.len + 1);
    if (outcome)
        fill_outcome(effect, answer_len, &lines, outcome);
    tn_buf_deinit(&lines);
    return outcome;
}

/* The effect has an outcome that the script may see; it ends here. */
void tn_pass_effect_answer(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    struct tn_call *call = effect->call;
    if (effect->state == TN_EFFECT_FAILED)
        effect->customer->effect_failed = true;
    if (call) {
        call->outcome = make_outcome(effect);
        if (!call->outcome)
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
    if (!quote)
        return (struct tn_amounts){0};
    return (struct tn_amounts){.has_back = quote->has_back,
                               .back = quote->back,
                               .has_pay = quote->has_pay,
                               .pay = quote->pay,
                               .has_worth = quote->has_worth,
                               .worth = quote->worth};
}

const char *tn_pass_effect_refusal(const struct tn_pass_effect *effect, const char **message)
{
    const struct tn_quote *quote = effect->quote;
    if (effect->veto[0]) {
        *message = effect->veto_text;
        return effect->veto;
    }
    if (effect->lookup.there[0]) {
        *message = effect->lookup.there;
        return "asked-already";
    }
    if (effect->op->untold_money && !tn_workflow_counts(effect->run->setup.workflow, effect->op)) {
        *message = "nobody tells what it costs, so that only a cap by count can cover it: give it a guard, for example "
                   "checkout: {count: 5}, or --cap count=5";
        return "no-cap";
    }
    if (!quote)
        return NULL;
    if (!quote->allowed) {
        *message = quote->refusal_text;
        return quote->refusal;
    }
    if ((effect->op->moves & TN_MOVES_BACK) && !quote->has_back) {
        *message = "the service did not say how much comes back";
        return "no-amount";
    }
    if ((effect->op->moves & TN_MOVES_PAY) && !quote->has_pay) {
        *message = "the service did not say how much has to be paid";
        return "no-amount";
    }
    return NULL;
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

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
    effect->step = strdup(run->setup.workflow->steps[customer->step].id);
    effect->place = call->place ? strdup(call->place) : NULL;
    if (!effect->step || (call->place && !effect->place)) {
        free_effect(effect);
        return NULL;
    }
    return effect;
}

static void fail_call(struct tn_call *call, const struct tn_err *err)
{
    call->err = *err;
    tn_err_prefix(&call->err, "%s.%s", call->op->module, call->op->name);
    call->done(call);
}

/* An effect that takes a quote was looked at with that. */
static int ask_rules(struct tn_pass_effect *effect, struct tn_err *err)
{
    const struct tn_run *run = effect->run;
    char found[TN_POLICY_TEXT], text[sizeof effect->message];
    int64_t now_s = tn_loop_wall_ms(run->setup.loop) / 1000;
    int rc = tn_policy_judge(effect->op, &effect->values, now_s, run->setup.documents, effect->veto, found, err);
    if (rc <= 0)
        return rc;
    tn_policy_explain(effect->veto, found, false, text, sizeof text);
    effect->veto_text = strdup(text);
    return effect->veto_text ? TENURE_OK : tn_err_no_memory(err);
}

/* What it acts on is known: it is this effect and no other. */
static void begin(struct tn_pass_effect *effect)
{
    struct tn_pass_customer *customer = effect->customer;
    struct tn_run *run = effect->run;
    struct tn_call *call = effect->call;
    struct tn_err err = {0};
    int rc = tn_engine_check(run->setup.engine, effect->op, &err);
    if (rc == TENURE_OK)
        rc = tn_pass_request_take(effect, call, &err);
    if (rc == TENURE_OK)
        rc = ask_rules(effect, &err);
    if (rc == TENURE_OK && tn_run_strings_has(customer->keys, effect->key))
        rc = tn_err_set(&err, TENURE_EINVAL, "this item asked for the very same effect before");
    else if (rc == TENURE_OK && tn_run_strings_add(&customer->keys, effect->key) < 0)
        rc = tn_err_no_memory(&err);
    if (rc < 0) {
        customer->effect = NULL;
        free_effect(effect);
        fail_call(call, &err);
        return;
    }
    if (run->pass == TN_PASS_PLAN)
        tn_pass_effect_plan(effect);
    else
        tn_pass_effect_apply(effect);
}

/* Whom support answers is the same for all customers: without that a plan stops, rather than tell it of each. */
static void fail_lookup(struct tn_pass_effect *effect, const struct tn_err *err)
{
    struct tn_run *run = effect->run;
    if (run->pass == TN_PASS_PLAN && strcmp(err->name, TN_SUPPORT_CONTACT_MISSING) == 0)
        tn_pass_fail(run, err); /* its script goes with its customer */
    else
        tn_pass_effect_fail(effect, err);
}

/* Whatever its call leaves open, one after the other. */
static void look_up(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    int rc = tn_lookup_start(&effect->lookup, effect->run->setup.engine, effect->call, &err);
    if (rc < 0)
        fail_lookup(effect, &err);
    else if (rc == 0)
        begin(effect);
}

static void on_looked_up(struct tn_lookup *lookup)
{
    struct tn_pass_effect *effect = tn_container_of(lookup, struct tn_pass_effect, lookup);
    struct tn_err err = lookup->err;
    if (err.code < 0)
        tn_pass_effect_fail(effect, &err);
    else
        look_up(effect);
}

void tn_pass_effect_start(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_err err = {0};
    struct tn_pass_effect *effect = tn_pass_effect_make(customer, call);
    if (!effect) {
        tn_err_no_memory(&err);
        fail_call(call, &err);
        return;
    }
    customer->effect = effect;
    effect->phase = PHASE_QUOTE;
    effect->lookup.done = on_looked_up;
    effect->lookup.whether_there = true;
    look_up(effect);
}
