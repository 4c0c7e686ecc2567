/*
 * Applying an effect, up to its intent: what the ledger knows, a turn, a fresh quote, the permit. See pass_effect.h.
 */
#include "workflow/pass_effect.h"

#include <stdio.h>
#include <string.h>

#define MAX_SENDING 64
#define QUOTE_FRESH_MS 60000
#define SEND_WITHIN_MS 2000 /* from the intent: a permit that was slept over is given back */

static void start_quote(struct tn_pass_effect *effect);
static void start_look(struct tn_pass_effect *effect);

/* ---- refusing before anything was sent -------------------------------------------------------------------------- */

static int store_drop(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    return tn_effect_drop(db, effect->key, TN_EFFECT_REFUSED, effect->code, effect->message, err);
}

static void on_dropped(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!tn_pass_effect_returned(effect))
        return;
    effect->state = TN_EFFECT_REFUSED;
    effect->run->progress.refused++;
    tn_pass_effect_answer(effect);
}

/* What may have happened already cannot be refused any more: it stays unknown, and listed. */
static void drop(struct tn_pass_effect *effect, const char *code, const char *message)
{
    if (effect->state == TN_EFFECT_UNKNOWN) {
        tn_pass_effect_park(effect);
        return;
    }
    snprintf(effect->code, sizeof effect->code, "%s", code);
    snprintf(effect->message, sizeof effect->message, "%s", message);
    effect->phase = PHASE_LEDGER;
    tn_pass_effect_submit(effect, store_drop, on_dropped);
}

/* ---- apply: what do we know? ------------------------------------------------------------------------------------ */

static int on_known(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    effect->found = true;
    effect->state = row->state;
    effect->attempt = row->attempt;
    effect->doubted = row->state == TN_EFFECT_UNKNOWN;
    effect->planned = row->planned;
    effect->planned_ms = row->planned_ms;
    effect->actual = row->actual;
    snprintf(effect->code, sizeof effect->code, "%s", row->code ? row->code : "");
    snprintf(effect->message, sizeof effect->message, "%s", row->message ? row->message : "");
    snprintf(effect->request_id, sizeof effect->request_id, "%s", row->request_id ? row->request_id : "");
    tn_buf_reset(&effect->poll_json);
    tn_buf_puts(&effect->poll_json, row->poll ? row->poll : "");
    tn_buf_reset(&effect->approved_json);
    tn_buf_puts(&effect->approved_json, row->request ? row->request : "{}");
    tn_buf_reset(&effect->outcome_json);
    tn_buf_puts(&effect->outcome_json, row->outcome ? row->outcome : "");
    return 0;
}

/* It answers an outcome that the plan could not know: within its guard it is as good as planned and approved. */
static int let_follow(struct tn_db *db, struct tn_pass_effect *effect, struct tn_err *err)
{
    const char *message = NULL, *refusal = tn_pass_effect_refusal(effect, &message);
    tn_pass_effect_fill_row(effect, refusal ? TN_EFFECT_REFUSED : TN_EFFECT_PLANNED, refusal, message);
    int rc = tn_effect_follow(db, &effect->plan_row, effect->follows, err);
    return rc < 0 ? rc : tn_effect_find(db, effect->key, on_known, effect, err);
}

static int find_known(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    int rc = tn_effect_find(db, effect->key, on_known, effect, err);
    if (rc < 0 || effect->found)
        return rc;
    if (effect->follows)
        return let_follow(db, effect, err);
    /* New since the plan: listed, not done. */
    tn_pass_effect_fill_row(effect, TN_EFFECT_REFUSED, "not-in-plan",
                            "the plan that was approved does not have it: make a new plan");
    return tn_effect_plan(db, &effect->plan_row, &effect->refused, err);
}

/* What was approved is done, or nothing: under a name that it was given a script could ask for anything. */
static void go_on(struct tn_pass_effect *effect)
{
    char names[160], message[256];
    struct tn_err err = {0};
    int rc = tn_pass_request_compare(effect, names, sizeof names, &err);
    if (rc < 0) {
        tn_pass_effect_fail(effect, &err);
    } else if (rc > 0) {
        snprintf(message, sizeof message, "it is not asked for as it was approved: another %s; make a new plan", names);
        drop(effect, "drift", message);
    } else {
        tn_pass_effect_take_turn(effect);
    }
}

/* Nobody knows what became of it. */
static void repeat(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    if (!tn_pass_effect_repeats(effect)) {
        tn_pass_effect_park(effect);
        return;
    }
    run->progress.unknown -= run->progress.unknown > 0;
    go_on(effect);
}

static void on_known_found(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!tn_pass_effect_returned(effect))
        return;
    if (!effect->found) {
        tn_pass_effect_refuse(effect, TN_EFFECT_REFUSED, "not-in-plan", effect->plan_row.message);
        return;
    }
    switch (effect->state) {
    case TN_EFFECT_PLANNED:
        if (effect->customer)
            effect->customer->told_unapproved = true;
        tn_pass_effect_refuse(effect, TN_EFFECT_REFUSED, "not-approved", "it is in the plan, but was not approved");
        break;
    case TN_EFFECT_APPROVED:
        go_on(effect);
        break;
    case TN_EFFECT_ACCEPTED:
        tn_pass_effect_follow(effect);
        break;
    case TN_EFFECT_UNKNOWN:
        repeat(effect);
        break;
    case TN_EFFECT_INTENDED:
        tn_pass_effect_park(effect);
        break;
    default:
        tn_pass_effect_answer(effect);
    }
}

void tn_pass_effect_apply(struct tn_pass_effect *effect)
{
    if (effect->customer)
        effect->follows = effect->run->setup.workflow->steps[effect->customer->step].follows;
    effect->phase = PHASE_LEDGER;
    tn_pass_effect_submit(effect, find_known, on_known_found);
}

/* ---- turn and quote --------------------------------------------------------------------------------------------- */

/* Turns are taken before the intent, so that nothing queues between it and the request. */
static void grant_turn(struct tn_pass_effect *effect)
{
    effect->has_turn = true;
    effect->run->effects_sending++;
    start_quote(effect);
}

void tn_pass_effect_ask_again(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    effect->phase = PHASE_TURN;
    if (run->effects_sending < MAX_SENDING)
        grant_turn(effect);
    else
        tn_pass_effect_queue(&run->turns, effect);
}

void tn_pass_effect_take_turn(struct tn_pass_effect *effect)
{
    effect->phase = PHASE_TURN;
    bool in_flight = effect->state == TN_EFFECT_UNKNOWN;
    if (effect->run->flight.first && !in_flight) /* others wait for less to be: it is not asked for before them */
        tn_pass_flight_wait(effect);
    else
        tn_pass_effect_ask_again(effect);
}

void tn_pass_effect_give_turn_back(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    if (!effect->has_turn)
        return;
    effect->has_turn = false;
    run->effects_sending--;
    struct tn_pass_effect *waiting = run->turns.first;
    if (!waiting || tn_pass_stopping(run))
        return;
    tn_pass_effect_leave_queue(waiting);
    grant_turn(waiting);
}

/* The inner call is over: take what it owns of ours, so that it can be used again. */
void tn_pass_effect_end_call(struct tn_pass_effect *effect)
{
    effect->inner_active = false;
    tn_call_release(&effect->inner);
    tn_values_deinit(&effect->inner.values);
}

void tn_pass_effect_call(struct tn_pass_effect *effect, const struct tn_operation *op, const char *correlation,
                         void (*done)(struct tn_call *call))
{
    struct tn_caller *engine = tn_engine_caller(effect->run->setup.engine);
    struct tn_values values = effect->inner.values;
    effect->inner = (struct tn_call){.op = op,
                                     .values = values,
                                     .tenant = op->service == TN_SERVICE_ARM ? effect->customer->id : NULL,
                                     .once = effect->once[0] ? effect->once : NULL,
                                     .correlation = correlation,
                                     .repeat = correlation ? effect->repeat : NULL,
                                     .send_by_boot_ms = correlation ? effect->send_by_boot_ms : 0,
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

/* Somebody else got to it between our question and our intent: look again at what it is now, once. */
static void moved_meanwhile(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    if (!effect->moved) {
        effect->moved = true;
        tn_pass_effect_apply(effect);
        return;
    }
    tn_err_set(&err, TENURE_EBUSY, "%s", effect->intent.message);
    tn_pass_fail(effect->run, &err);
}

/* The intent's transaction has refused it already. */
static void refuse_by_ledger(struct tn_pass_effect *effect)
{
    effect->run->progress.refused++;
    tn_pass_effect_refuse(effect, TN_EFFECT_REFUSED, effect->intent.code ? effect->intent.code : "guard",
                          effect->intent.message);
}

/* The ledger became suspect while we worked with it: nothing more is sent, the next apply looks through it first. */
static void stop_suspect(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    struct tn_err err = {0};
    tn_err_set(&err, TENURE_EIO, "%s", effect->intent.message);
    tn_pass_effect_discard(effect, false);
    tn_pass_fail(run, &err);
}

static void on_intended(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    bool permit = work->err.code == 0 && effect->intent.verdict == TN_VERDICT_PERMIT;
    if (!permit)
        effect->phase = PHASE_LEDGER; /* nothing will be sent */
    if (!tn_pass_effect_returned(effect))
        return;
    switch (effect->intent.verdict) {
    case TN_VERDICT_PERMIT:
        tn_pass_effect_send(effect);
        break;
    case TN_VERDICT_WAIT:
        tn_pass_effect_give_turn_back(effect);
        tn_pass_flight_wait(effect);
        break;
    case TN_VERDICT_GUARD:
        tn_pass_guard_reached(run, effect->intent.message);
        refuse_by_ledger(effect);
        break;
    case TN_VERDICT_LOCKED:
    case TN_VERDICT_REFUSED:
        refuse_by_ledger(effect);
        break;
    case TN_VERDICT_SUSPECT:
        stop_suspect(effect);
        break;
    default:
        moved_meanwhile(effect);
    }
}

static void intend(struct tn_pass_effect *effect)
{
    const struct tn_clock *clock = tn_loop_clock(effect->run->setup.loop);
    effect->intent = (struct tn_intent){
        .key = effect->key,
        .repeats = tn_pass_effect_repeats(effect),
        .request = tn_buf_text(&effect->request_json),
        .snapshot = effect->look.json.len ? effect->look.json.data : NULL,
        .amounts = tn_pass_effect_amounts(effect->quote),
        .send_by_awake_ms = clock->monotonic_ms(clock->arg) + SEND_WITHIN_MS,
        .scope = effect->op->counts_in_limit ? effect->customer->id : NULL, /* of a partner's customer: its tenant */
        .has_limit_left = effect->quote && effect->quote->has_limit_left &&
                          effect->quote->has_worth, /* without worth: Azure judges */
        .quiet_ms = effect->run->setup.quiet_ms,
    };
    if (effect->intent.has_limit_left)
        effect->intent.limit_left = tn_pass_limit_left(effect->customer, effect->quote);
    effect->send_by_boot_ms = clock->boottime_ms(clock->arg) + SEND_WITHIN_MS;
    effect->phase = PHASE_COMMITTED;
    tn_pass_effect_submit(effect, store_intent, on_intended);
}

/* Everything stops, or a guard was reached: this effect does not begin; what was sent before is to settle. True: it is
 * dealt with. */
static bool held_back(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    if (tn_pass_stopping(run)) {
        tn_pass_effect_discard(effect, false);
        tn_pass_kick(run);
        return true;
    }
    if (run->guard_reached && effect->state != TN_EFFECT_UNKNOWN) {
        drop(effect, "guard", run->stop);
        return true;
    }
    return false;
}

/* All that is to be known before it is known: nothing may have drifted. expires_s: when what it takes away ends. */
static void weigh_drift(struct tn_pass_effect *effect, int64_t expires_s)
{
    struct tn_run *run = effect->run;
    struct tn_amounts fresh = tn_pass_effect_amounts(effect->quote);
    char drift[256];
    if (tn_drift_found(&run->setup.workflow->tolerance, &effect->planned, &fresh, effect->planned_ms / 1000,
                       tn_loop_wall_ms(run->setup.loop) / 1000, expires_s, drift))
        drop(effect, "drift", drift);
    else if (!held_back(effect))
        intend(effect);
}

/* What the order looks like just before: later it tells whether our effect happened. */
static void on_looked(struct tn_look *look)
{
    struct tn_pass_effect *effect = tn_container_of(look, struct tn_pass_effect, look);
    if (look->err.code < 0)
        tn_pass_effect_fail(effect, &look->err);
    else if (!tn_look_settled(look))
        drop(effect, "order-moving", "another operation is under way on its order");
    else if (!tn_look_live(look))
        drop(effect, "not-in-effect", "the reservation is not in effect any more, or something is under way with it");
    else
        weigh_drift(effect, look->expires_s);
}

static void with_quote(struct tn_pass_effect *effect)
{
    const char *message = NULL, *refusal = tn_pass_effect_refusal(effect, &message);
    if (held_back(effect))
        return;
    tn_pass_limit_see(effect->customer, effect->quote);
    if (refusal) {
        drop(effect, refusal, message);
        return;
    }
    if (effect->op->probe == TN_PROBE_ORDER) /* which is not there yet: it takes nothing away */
        weigh_drift(effect, 0);
    else
        start_look(effect);
}

static void start_look(struct tn_pass_effect *effect)
{
    effect->look = (struct tn_look){.tenant = effect->customer->id,
                                    .aim = &effect->aim,
                                    .before = true,
                                    .L = effect->run->setup.documents,
                                    .done = on_looked,
                                    .json = effect->look.json};
    tn_look_start(effect->run->setup.engine, &effect->look);
}

void tn_pass_effect_keep_json(struct tn_buf *buf, struct tn_json value)
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
        tn_quote_unref(effect->quote);
        effect->quote = tn_quote_ref(inner->quote);
        tn_pass_request_renew(effect, &err);
    }
    tn_pass_effect_end_call(effect);
    if (err.code < 0)
        tn_pass_effect_fail(effect, &err);
    else
        with_quote(effect);
}

/* Without a quote there is no money to ask about. What is named may be asked for twice, so that nothing has to be noted
 * to compare with. */
static void start_unquoted(struct tn_pass_effect *effect)
{
    if (held_back(effect))
        return;
    if (effect->veto[0] && effect->attempt == 0) /* what was sent already may be why a rule is against it now */
        drop(effect, effect->veto, effect->veto_text);
    else if (effect->op->class == TN_CLASS_NAMED)
        intend(effect);
    else
        start_look(effect);
}

/* The script's quote counts while it is fresh; a session does not live long, and prices move. */
static void start_quote(struct tn_pass_effect *effect)
{
    struct tn_err err = {0};
    if (!effect->op->quoted_by) {
        start_unquoted(effect);
        return;
    }
    int64_t age_ms = tn_loop_now_ms(effect->run->setup.loop) - effect->quote->made_ms;
    if (effect->attempt == 0 && age_ms < QUOTE_FRESH_MS && !effect->quote->replayed) {
        with_quote(effect);
        return;
    }
    effect->phase = PHASE_QUOTE;
    if (tn_values_copy(&effect->inner.values, effect->quote->asked, &err) < 0)
        tn_pass_effect_fail(effect, &err);
    else
        tn_pass_effect_call(effect, effect->quote->op, NULL, on_quoted);
}
