/*
 * Applying an effect, from its intent on: sent once, its outcome recorded, followed until it has settled. See
 * pass_effect.h.
 */
#include "workflow/pass_effect.h"

#include <stdio.h>
#include <string.h>

#include "base/killpoint.h"

#define MAX_ATTEMPTS 5

/* ---- sending and recording -------------------------------------------------------------------------------------- */

static int store_record(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    return tn_effect_record(db, &effect->record, err);
}

static void on_recorded(struct tn_ledger_work *work);

/* Of what was done in part only that has moved: what was planned would be told for what never was. */
static void read_moved(struct tn_pass_effect *effect)
{
    struct tn_json_doc *doc = NULL;
    struct tn_money back, pay;
    if (!effect->op->moved || !effect->outcome_json.len ||
        tn_json_parse(effect->run->setup.documents, effect->outcome_json.data, effect->outcome_json.len, 0, &doc,
                      NULL) < 0)
        return;
    if (effect->op->moved(tn_json_root(doc), &back, &pay)) {
        effect->actual.has_back = effect->actual.has_pay = true;
        effect->actual.back = back;
        effect->actual.pay = pay;
    }
    tn_json_close(doc);
}

static void record(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code, const char *message)
{
    if (state == TN_EFFECT_PARTIAL)
        read_moved(effect);
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
    tn_pass_effect_submit(effect, store_record, on_recorded);
}

/* One amount of the answer beside the one that was held; one that it leaves out stays as it was quoted and accepted. */
static void read_amount(struct tn_pass_effect *effect, struct tn_json body, const char *path, bool *has,
                        struct tn_money *actual)
{
    struct tn_money told;
    struct tn_err err = {0};
    char now[TN_MONEY_TEXT], held[TN_MONEY_TEXT];
    int order = 0;
    int rc = tn_json_money(body, path, &told, &err);
    if (rc == 0)
        return;
    if (rc > 0 && tn_money_sign(&told) < 0)
        rc = tn_err_set(&err, TENURE_EPROTO, "%s %s is negative", tn_money_amount(&told, now), told.currency);
    else if (rc > 0 && *has)
        rc = tn_money_compare(&order, &told, actual, &err);
    if (rc < 0) {
        snprintf(effect->surprise, sizeof effect->surprise, "the answer's %s cannot be what was quoted: %.150s", path,
                 err.msg);
        return;
    }
    if (order > 0)
        snprintf(effect->surprise, sizeof effect->surprise,
                 "the answer's %s is %s %s, more than the %s that were quoted", path, tn_money_amount(&told, now),
                 told.currency, tn_money_amount(actual, held));
    *actual = told;
    *has = true;
}

static void read_actual(struct tn_pass_effect *effect, struct tn_json body)
{
    effect->actual = effect->intent.amounts;
    effect->surprise[0] = '\0';
    if (!effect->op->quoted_by)
        return;
    read_amount(effect, body, "properties.billingRefundAmount", &effect->actual.has_back, &effect->actual.back);
    read_amount(effect, body, "properties.pricingRefundAmount", &effect->actual.has_worth, &effect->actual.worth);
}

/* Whether a complete 2xx answer is the end of it, or only the beginning. */
static bool goes_on(const struct tn_pass_effect *effect, const struct tn_call *inner)
{
    switch (effect->op->long_running) {
    case TN_LRO_ORDER:
    case TN_LRO_PURCHASE:
        return true;
    case TN_LRO_OPERATION:
        return inner->location || effect->aim.session[0];
    case TN_LRO_ORDERS:
        return true;
    default:
        return false;
    }
}

static bool is_among(const char *const *codes, const char *code)
{
    for (; codes && *codes; codes++) {
        if (strcasecmp(*codes, code) == 0)
            return true;
    }
    return false;
}

bool tn_pass_effect_repeats(const struct tn_pass_effect *effect)
{
    return effect->op->class == TN_CLASS_NAMED && !effect->run->setup.settle_by_hand;
}

/* Nobody knows whether it was done. */
static void record_doubt(struct tn_pass_effect *effect, const struct tn_call *inner, const char *code,
                         const char *message)
{
    bool named = effect->op->class == TN_CLASS_NAMED;
    bool busy = is_among(effect->op->busy, code);
    if (named && inner->http_status == 409 && !effect->doubted && !busy) { /* refused as things are, and not done */
        record(effect, TN_EFFECT_FAILED, code, message);
        return;
    }
    effect->doubted = true;
    /* A conflict names somebody else's operation: what then happens to the order is not proof of ours. */
    record(effect, TN_EFFECT_UNKNOWN, inner->http_status == 409 ? TN_PASS_CONFLICT : code, message);
}

/* This attempt did nothing. The one before may have: it may even be what this one was refused for. */
static void record_refusal(struct tn_pass_effect *effect, const struct tn_call *inner, const char *code,
                           const char *message)
{
    if (effect->doubted)
        record_doubt(effect, inner, code, message);
    else
        record(effect, TN_EFFECT_FAILED, code, message);
}

/* It was done at once: all of it, as far as its items say. */
static void record_end(struct tn_pass_effect *effect, struct tn_json body)
{
    switch (effect->op->ended ? effect->op->ended(body) : TN_ENDED_WELL) {
    case TN_ENDED_PARTLY:
        record(effect, TN_EFFECT_PARTIAL, "partly",
               "a part of it was done, and a part was not, as tenure why tells line by line");
        break;
    case TN_ENDED_BADLY:
        record(effect, TN_EFFECT_FAILED, "not-done",
               "the service answered, and did nothing of it, as tenure why tells line by line");
        break;
    default:
        record(effect, TN_EFFECT_SUCCEEDED, "", "");
    }
}

static void on_accepted(struct tn_pass_effect *effect, struct tn_call *inner)
{
    struct tn_json_writer w;
    struct tn_json body = {0};
    tn_buf_reset(&effect->outcome_json);
    if (inner->page_count) {
        body = tn_json_root(inner->pages[0]);
        tn_pass_effect_keep_json(&effect->outcome_json, body);
    }
    if (tn_pass_request_other(effect, body)) {
        record(effect, TN_EFFECT_UNKNOWN, "other-answer", "the service answered about another reservation");
        return;
    }
    if (effect->op->long_running == TN_LRO_OPERATION && inner->http_status == 202 && !goes_on(effect, inner)) {
        record_doubt(effect, inner, "no-location",
                     "the service accepted it without saying where to ask how it goes on");
        return;
    }
    char code[64] = "", message[256] = "";
    enum tn_told told = effect->op->tell ? effect->op->tell(body, code, message) : TN_TOLD_DONE;
    if (told == TN_TOLD_NOT_DONE) {
        record(effect, TN_EFFECT_FAILED, code, message);
        return;
    }
    if (told == TN_TOLD_NOTHING) {
        record_doubt(effect, inner, "no-answer", "the service accepted it without saying what became of it");
        return;
    }
    read_actual(effect, body);
    tn_pass_limit_take(effect->customer, effect->op, &effect->actual);
    if (!goes_on(effect, inner)) {
        record_end(effect, body);
        return;
    }
    tn_buf_reset(&effect->poll_json);
    tn_jw_init(&w, &effect->poll_json);
    tn_follow_write_poll(&effect->aim, inner, &w);
    record(effect, TN_EFFECT_ACCEPTED, "", "");
}

/* It is so already, by us or by somebody else: there is nothing left to do. */
static bool is_already(const struct tn_call *inner, const char *code)
{
    bool absent = inner->fate == TN_FATE_FAILED && inner->http_status == 404; /* a torn 404 says nothing */
    if (inner->fate == TN_FATE_DONE || !inner->http_status)
        return false;
    return is_among(inner->op->already, code) || (inner->op->absent_is_done && absent);
}

static void on_sent(struct tn_call *inner)
{
    struct tn_pass_effect *effect = inner->owner;
    char code[64], message[512];
    TN_KILL_POINT("K9");
    snprintf(code, sizeof code, "%s", inner->err.code < 0 ? tn_err_name(&inner->err) : "");
    snprintf(message, sizeof message, "%.511s", inner->err.msg);
    snprintf(effect->request_id, sizeof effect->request_id, "%s", inner->request_id);
    effect->inner_active = false;
    tn_pass_effect_give_turn_back(effect);
    if (is_already(inner, code)) {
        record(effect, TN_EFFECT_SUCCEEDED, code, message);
        tn_pass_effect_end_call(effect);
        return;
    }
    switch (inner->fate) {
    case TN_FATE_DONE:
        on_accepted(effect, inner);
        break;
    case TN_FATE_NOT_DONE:
        if (effect->attempt < MAX_ATTEMPTS && !effect->doubted)
            record(effect, TN_EFFECT_APPROVED, code, message);
        else
            record_refusal(effect, inner, code, message);
        break;
    case TN_FATE_FAILED:
        record_refusal(effect, inner, code, message);
        break;
    default:
        record_doubt(effect, inner, code, message);
    }
    tn_pass_effect_end_call(effect);
}

void tn_pass_effect_send(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    int rc = tn_pass_request_give(effect, &effect->inner, &err);
    effect->attempt = effect->intent.attempt;
    if (rc < 0) {
        tn_pass_effect_give_turn_back(effect);
        record(effect, TN_EFFECT_FAILED, tn_err_name(&err), err.msg);
        return;
    }
    effect->run->progress.sent++;
    tn_pass_effect_call(effect, effect->op, effect->intent.correlation, on_sent);
}

static void on_attempt_timer(struct tn_timer *timer)
{
    tn_pass_effect_take_turn(tn_container_of(timer, struct tn_pass_effect, timer));
}

static void try_again_later(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    int64_t wait = tn_http_backoff_ms((uint32_t)effect->attempt, -1, tn_random64());
    effect->phase = PHASE_TURN;
    if (effect->state == TN_EFFECT_APPROVED)
        tn_pass_flight_freed(run);
    if (!effect->call || tn_pass_stopping(run)) {
        tn_pass_effect_discard(effect, false);
        tn_pass_kick(run);
    } else if (tn_timer_start(run->setup.loop, &effect->timer, wait, on_attempt_timer) < 0) {
        struct tn_err err = {0};
        tn_err_no_memory(&err);
        tn_pass_fail(run, &err);
    }
}

/* What the caller names is simply asked for again, a few times; what became of anything else is looked for. */
static void stay_unknown(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    bool repeats = tn_pass_effect_repeats(effect);
    if (repeats && effect->attempt < MAX_ATTEMPTS) {
        try_again_later(effect);
        return;
    }
    run->progress.unknown++;
    if (!repeats && !run->setup.no_wait && !tn_pass_stopping(run))
        tn_pass_probe_start(run, effect->key);
    tn_pass_effect_park(effect);
}

static void on_recorded(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    TN_KILL_POINT("K11");
    if (work->err.code < 0)
        effect->phase = PHASE_LEDGER; /* it stays intended, and will be unknown: nothing more can be done here */
    if (!tn_pass_effect_returned(effect))
        return;
    effect->phase = PHASE_LEDGER;
    switch (effect->state) {
    case TN_EFFECT_ACCEPTED:
        if (effect->surprise[0])
            tn_pass_guard_reached(run, effect->surprise);
        if (effect->call && !tn_pass_stopping(run)) {
            tn_pass_effect_follow(effect);
        } else {
            tn_pass_effect_discard(effect, false);
            tn_pass_kick(run);
        }
        break;
    case TN_EFFECT_APPROVED:
        try_again_later(effect);
        break;
    case TN_EFFECT_UNKNOWN:
        stay_unknown(effect);
        break;
    default:
        run->progress.settled++;
        tn_pass_flight_freed(run);
        if (effect->state == TN_EFFECT_SUCCEEDED || effect->state == TN_EFFECT_PARTIAL)
            tn_pass_add_money(run, &effect->actual);
        tn_pass_effect_answer(effect);
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

/* It was accepted, and nobody knows how it went on. */
static void warn_unfollowed(const struct tn_pass_effect *effect, const struct tn_err *err)
{
    char text[1600];
    const struct tn_run *run = effect->run;
    snprintf(text, sizeof text, "customer %s (%s): a %s that was accepted cannot be followed: %s",
             effect->customer->name, effect->customer->id, effect->op->name, err->msg);
    if (run->setup.on_warning)
        run->setup.on_warning(run->setup.arg, text);
}

static void on_followed(struct tn_follow *follow)
{
    struct tn_pass_effect *effect = tn_container_of(follow, struct tn_pass_effect, follow);
    effect->following = false;
    set_waiting(effect, false);
    if (follow->answer.len) {
        tn_buf_reset(&effect->outcome_json);
        tn_buf_puts(&effect->outcome_json, follow->answer.data);
    }
    if (follow->err.code < 0) {
        warn_unfollowed(effect, &follow->err);
        tn_pass_effect_park(effect);
        return;
    }
    static const enum tn_effect_state states[] = {[TN_FOLLOW_SUCCEEDED] = TN_EFFECT_SUCCEEDED,
                                                  [TN_FOLLOW_PARTIAL] = TN_EFFECT_PARTIAL,
                                                  [TN_FOLLOW_FAILED] = TN_EFFECT_FAILED};
    record(effect, states[follow->result], follow->code, follow->message);
}

void tn_pass_effect_follow(struct tn_pass_effect *effect)
{
    effect->phase = PHASE_FOLLOW;
    effect->following = true;
    set_waiting(effect, true);
    tn_buf_deinit(&effect->follow.answer);
    effect->follow = (struct tn_follow){.op = effect->op,
                                        .tenant = effect->customer->id,
                                        .poll = tn_buf_text(&effect->poll_json),
                                        .shown_ms = effect->run->setup.quiet_ms,
                                        .L = effect->run->setup.documents,
                                        .done = on_followed};
    tn_follow_start(effect->run->setup.engine, &effect->follow);
}
