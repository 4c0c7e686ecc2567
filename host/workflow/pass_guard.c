/*
 * Guards over the whole run, as a pass goes on: effects in flight, customers that fail or cannot be reached.
 *
 *   an effect asks for its permit ─▶ as many are in flight as may be ─▶ it waits ─▶ one has settled ─▶ it asks again
 *
 *   a customer ends ─▶ too many failed or were unreachable? ─▶ nothing new begins ─▶ what was sent settles ─▶ stopped
 *
 * The ledger counts both, so that they hold over processes and resumes. A plan that reaches a guard ends at once, for it has
 * sent nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/pass_effect.h"

/* ---- effects in flight ------------------------------------------------------------------------------------------ */

void tn_pass_flight_wait(struct tn_pass_effect *effect)
{
    struct tn_run *run = effect->run;
    effect->phase = PHASE_TURN;
    tn_pass_effect_queue(&run->flight, effect);
    run->flight_count++;
    tn_pass_kick(run); /* it may be the last that could go on */
}

void tn_pass_flight_settled(struct tn_run *run)
{
    struct tn_pass_effect *effect = run->flight.first;
    if (!effect || tn_pass_stopping(run))
        return;
    tn_pass_effect_leave_queue(effect);
    tn_pass_effect_ask_again(effect);
}

void tn_pass_flight_freed(struct tn_run *run)
{
    run->flight_freed++;
    tn_pass_flight_settled(run);
}

bool tn_pass_flight_stuck(const struct tn_run *run)
{
    if (!run->flight_count || run->active != run->flight_count || tn_pass_probes_open(run))
        return false;
    for (const struct tn_pass_effect *effect = run->effects; effect; effect = effect->next) {
        if (effect->phase == PHASE_COMMITTED || effect->following)
            return false;
    }
    return true;
}

/* Those in flight stay so for longer than this pass, for instance until a person settles them, or until the customer that
 * waits here comes to the one that it has in flight itself: the others wait for the next pass, or for the end of this. */
void tn_pass_flight_give_up(struct tn_run *run)
{
    struct tn_pass_effect *effect = run->flight.first, *next;
    run->flight = (struct tn_pass_queue){0};
    run->flight_count = 0;
    for (; effect; effect = next) {
        next = effect->queue_next;
        effect->customer->flight_short = run->flight_freed + 1;
        tn_pass_effect_park(effect);
    }
}

bool tn_pass_flight_retry(struct tn_run *run)
{
    bool any = false;
    for (size_t i = 0; i < run->customer_count && !run->guard_reached; i++) {
        struct tn_pass_customer *customer = &run->customers[i];
        if (!customer->flight_short || !customer->ended || run->flight_freed < customer->flight_short)
            continue;
        customer->flight_short = 0;
        tn_pass_customer_reenter(run, customer->id);
        any = any || !customer->ended;
    }
    return any;
}

/* ---- how customers end ------------------------------------------------------------------------------------------ */

void tn_pass_guard_reached(struct tn_run *run, const char *message)
{
    if (run->guard_reached)
        return;
    run->guard_reached = true;
    /* The reason a run stopped with tells a guard from an error by its first word. */
    bool named = strncmp(message, "guard ", 6) == 0 || strncmp(message, "no guard ", 9) == 0;
    snprintf(run->stop, sizeof run->stop, "%s%s", named ? "" : "guard of what was quoted: ", message);
    tn_pass_kick(run);
}

bool tn_pass_guard_wants(const struct tn_pass_customer *customer, const char *state)
{
    struct tn_run *run = customer->run;
    const struct tn_workflow *workflow = run->setup.workflow;
    bool bad = strcmp(state, "failed") == 0 || strcmp(state, "unreachable") == 0 || customer->failed_items ||
               customer->effect_failed;
    if (strcmp(state, "waiting") == 0)
        return false; /* it goes on when a verdict comes */
    run->final_ends++;
    run->bad_ends += bad;
    if (!run->bad_ends || run->guard_reached)
        return false;
    for (size_t i = 0; i < workflow->guard_count; i++) {
        const struct tn_guard_row *guard = &workflow->guards[i];
        bool share = guard->kind == TN_GUARD_FAILURES || guard->kind == TN_GUARD_UNREACHABLE;
        /* A good end reaches it only by being the one that makes them enough; who is entered again was counted before. */
        int64_t least = guard->of_at_least, ends = (int64_t)run->final_ends;
        if (share && (bad || (ends >= least && ends <= least + (int64_t)run->entered_again)))
            return true;
    }
    return false;
}

static int judge(struct tn_db *db, const struct tn_run *run, struct tn_guard_shares *shares, struct tn_err *err)
{
    int rc = tn_guard_shares(db, run->id, run->pass, shares, err);
    return rc < 0 ? rc : shares->failures_reached || shares->unreachable_reached;
}

int tn_pass_guard_weigh(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    struct tn_guard_shares shares;
    const struct tn_run *run = customer->run;
    int rc = judge(db, run, &shares, err);
    if (rc <= 0)
        return rc;
    rc = run->pass == TN_PASS_APPLY ? tn_guard_shares_keep(db, run->id, &shares, err) : TENURE_OK;
    if (rc < 0 || customer->stop)
        return rc;
    customer->stop = strdup(shares.message);
    return customer->stop ? TENURE_OK : tn_err_no_memory(err);
}

static int on_open(void *arg, const struct tn_effect_row *effect)
{
    struct tn_run_strings **open = arg;
    return tn_run_strings_has(*open, effect->customer) ? 0 : tn_run_strings_add(open, effect->customer);
}

int tn_pass_guard_resume(struct tn_db *db, struct tn_run *run, struct tn_err *err)
{
    struct tn_guard_shares shares;
    int rc = judge(db, run, &shares, err);
    if (rc < 0)
        return rc;
    run->final_ends = (size_t)shares.ended;
    run->bad_ends = (size_t)(shares.failed + shares.unreachable);
    run->guard_reached = rc > 0;
    if (run->guard_reached)
        snprintf(run->stop, sizeof run->stop, "%s", shares.message);
    /* Also where no guard is reached yet: one may be before these customers have their turn. */
    rc =
        tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_ACCEPTED | 1u << TN_EFFECT_UNKNOWN, on_open, &run->open, err);
    return rc < 0 && err->code == 0 ? tn_err_no_memory(err) : rc;
}

static int on_approved(void *arg, const struct tn_effect_row *effect)
{
    return tn_run_strings_add(arg, effect->key);
}

int tn_pass_guard_refuse_rest(struct tn_db *db, const struct tn_run *run, struct tn_err *err)
{
    struct tn_run_strings *keys = NULL;
    int rc = tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_APPROVED, on_approved, &keys, err);
    if (rc < 0 && err->code == 0)
        tn_err_no_memory(err);
    for (struct tn_run_strings *key = keys; key && rc == TENURE_OK; key = key->next)
        rc = tn_effect_drop(db, key->text, TN_EFFECT_REFUSED, "guard", run->stop, err);
    tn_run_strings_free(&keys);
    return rc;
}
