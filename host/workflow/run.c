/* Runs: the whole pass. See run.h; the parts are in pass.h. */
#include "workflow/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "workflow/pass.h"

#define DEFAULT_CONCURRENCY 64
#define PROGRESS_MS 100

/* ---- small lists ------------------------------------------------------------------------------------------------ */

bool tn_run_strings_has(const struct tn_run_strings *list, const char *text)
{
    for (; list; list = list->next) {
        if (strcmp(list->text, text) == 0)
            return true;
    }
    return false;
}

int tn_run_strings_add(struct tn_run_strings **list, const char *text)
{
    size_t len = strlen(text) + 1;
    struct tn_run_strings *entry = malloc(sizeof *entry + len);
    if (!entry)
        return TENURE_ENOMEM;
    memcpy(entry->text, text, len);
    entry->next = *list;
    *list = entry;
    return TENURE_OK;
}

void tn_run_strings_free(struct tn_run_strings **list)
{
    while (*list) {
        struct tn_run_strings *entry = *list;
        *list = entry->next;
        free(entry);
    }
}

/* ---- progress --------------------------------------------------------------------------------------------------- */

static void on_progress_timer(struct tn_timer *timer)
{
    struct tn_run *run = tn_container_of(timer, struct tn_run, progress_timer);
    run->progress.customers = run->customer_count;
    run->progress.ended = run->ended;
    run->progress.pass = run->pass;
    run->progress.elapsed_ms = tn_loop_now_ms(run->setup.loop) - run->started_ms;
    run->setup.on_progress(run->setup.arg, &run->progress);
}

void tn_pass_report(struct tn_run *run)
{
    if (run->setup.on_progress && !run->finished && !tn_timer_running(&run->progress_timer))
        tn_timer_start(run->setup.loop, &run->progress_timer, PROGRESS_MS, on_progress_timer);
}

/* Progress is a courtesy: what cannot be added up is left out of it, never of the ledger. */
static void add_money(struct tn_run_money *sums, const struct tn_money *money)
{
    for (size_t i = 0; i < sums->count; i++) {
        if (strcmp(sums->list[i].currency, money->currency) == 0) {
            tn_money_add(&sums->list[i], &sums->list[i], money, NULL);
            return;
        }
    }
    struct tn_money *list = tn_array_grow(sums->list, sums->count, sizeof *list);
    if (!list)
        return;
    sums->list = list;
    list[sums->count++] = *money;
}

void tn_pass_add_money(struct tn_run *run, const struct tn_amounts *amounts)
{
    if (amounts->has_back)
        add_money(&run->progress.back, &amounts->back);
    if (amounts->has_pay)
        add_money(&run->progress.pay, &amounts->pay);
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

bool tn_pass_stopping(const struct tn_run *run)
{
    return run->interrupted || run->err.code < 0 || (run->pass == TN_PASS_PLAN && run->guard_reached);
}

static void call_done(struct tn_run *run)
{
    struct tn_err err = run->err;
    if (err.code == 0 && run->lost[0])
        tn_err_set(&err, TENURE_ECANCELED, "%s: given up; `tenure resume %s` goes on where it stopped", run->lost,
                   run->id);
    else if (err.code == 0 && run->interrupted)
        tn_err_set(&err, TENURE_ECANCELED,
                   run->pass == TN_PASS_PLAN ? "run %s was interrupted while it was planned: make a new plan"
                                             : "interrupted; `tenure apply %s` goes on where it stopped",
                   run->id);
    run->finished = true;
    tn_timer_stop(run->setup.loop, &run->progress_timer);
    tn_timer_stop(run->setup.loop, &run->interrupt_timer);
    if (!run->done_called) {
        run->done_called = true;
        run->setup.done(run->setup.arg, &err);
    }
}

int64_t tn_pass_followers(const struct tn_run *run, const char *step)
{
    const struct tn_workflow *workflow = run->setup.workflow;
    int64_t count = 0;
    for (size_t i = 0; i < workflow->step_count; i++) {
        const char *follows = workflow->steps[i].follows;
        count += follows && strcmp(follows, step) == 0 && !run->off[i];
    }
    return count;
}

struct following {
    const struct tn_run *run;
    int64_t count;
};

static int count_following(void *arg, const struct tn_effect_row *effect)
{
    struct following *following = arg;
    if (effect->state == TN_EFFECT_PLANNED || tn_pass_limit_refused(effect))
        following->count += tn_pass_followers(following->run, effect->step);
    return 0;
}

/* How many outcomes there will be that a step may answer with an effect which nobody can plan yet. */
static int count_may_follow(struct tn_db *db, const struct tn_run *run, int64_t *count, struct tn_err *err)
{
    struct following following = {.run = run};
    int rc = tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_PLANNED | 1u << TN_EFFECT_REFUSED, count_following,
                            &following, err);
    *count = following.count;
    return rc < 0 ? rc : TENURE_OK;
}

/* What the plan's hash stands for beside its effects: the bytes of workflow and scripts, inputs, guards and selection. */
static int store_plan(struct tn_db *db, const struct tn_run *run, struct tn_err *err)
{
    const struct tn_workflow *workflow = run->setup.workflow;
    struct tn_buf text = {0};
    char basis[TN_DIGEST_TEXT], hash[TN_DIGEST_TEXT];
    tn_buf_printf(&text, "%s %s", workflow->digest, run->request);
    if (text.failed)
        return tn_err_no_memory(err);
    tn_digest(basis, text.data, text.len);
    tn_buf_deinit(&text);
    int64_t may_follow = 0;
    int rc = tn_pass_limit_settle(db, run, err);
    if (rc == TENURE_OK)
        rc = count_may_follow(db, run, &may_follow, err);
    if (rc == TENURE_OK)
        rc = tn_plan_hash(db, run->id, basis, hash, err);
    int64_t expires_ms = tn_db_now_ms(db) + workflow->expires_s * 1000;
    return rc < 0 ? rc : tn_run_set_plan(db, run->id, hash, expires_ms, may_follow, err);
}

static int on_any_effect(void *arg, const struct tn_effect_row *effect)
{
    (void)effect;
    *(bool *)arg = true;
    return 1;
}

/* A plan in which nothing was asked for has nothing to approve: it is done. */
static int find_any_effect(struct tn_db *db, const struct tn_run *run, bool *any, struct tn_err *err)
{
    int rc = tn_effect_each(db, run->id, NULL, 0, on_any_effect, any, err);
    return rc < 0 ? rc : TENURE_OK;
}

/* An effect was accepted, and this pass could not follow it to its end: another must. */
static int find_unfollowed(struct tn_db *db, const struct tn_run *run, const char **state, const char **reason,
                           struct tn_err *err)
{
    bool any = false;
    int rc = tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_ACCEPTED, on_any_effect, &any, err);
    if (rc >= 0 && any && strcmp(*state, "interrupted") != 0) {
        *state = "interrupted";
        if (!*reason)
            *reason = "not every effect that was accepted could be followed to its end";
    }
    return rc < 0 ? rc : TENURE_OK;
}

static int store_end(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run *run = tn_container_of(work, struct tn_run, work);
    const char *state = "done";
    const char *reason = NULL;
    if (run->err.code < 0) {
        state = "stopped";
        reason = run->err.msg;
    } else if (run->interrupted) {
        state = "interrupted";
        reason = run->lost[0] ? run->lost : NULL;
    } else if (run->guard_reached) {
        state = "stopped";
        reason = run->stop;
    } else if (run->pass == TN_PASS_PLAN && tn_workflow_has_effects(run->setup.workflow)) {
        state = "planned";
    }
    bool any = false;
    int rc = TENURE_OK;
    if (strcmp(state, "planned") == 0)
        rc = find_any_effect(db, run, &any, err);
    if (rc == TENURE_OK && any)
        rc = store_plan(db, run, err);
    else if (strcmp(state, "planned") == 0)
        state = "done";
    if (rc == TENURE_OK && reason == run->stop && run->pass == TN_PASS_APPLY)
        rc = tn_pass_guard_refuse_rest(db, run, err);
    if (rc == TENURE_OK && run->pass == TN_PASS_APPLY)
        rc = find_unfollowed(db, run, &state, &reason, err);
    if (rc == TENURE_OK)
        rc = tn_run_set_state(db, run->id, state, reason, err);
    return rc < 0 ? rc : tn_run_release(db, run->id, err);
}

static void on_end_stored(struct tn_ledger_work *work)
{
    struct tn_run *run = tn_container_of(work, struct tn_run, work);
    if (work->err.code < 0 && run->err.code == 0)
        run->err = work->err;
    call_done(run);
}

/* Everything is quiet: write down how it ended. */
static void finish(struct tn_run *run)
{
    if (run->finishing)
        return;
    run->finishing = true;
    if (!run->claimed) {
        call_done(run);
        return;
    }
    run->work = (struct tn_ledger_work){.run = store_end, .done = on_end_stored};
    tn_ledger_submit(run->setup.ledger, &run->work);
}

void tn_pass_fail(struct tn_run *run, const struct tn_err *err)
{
    if (run->err.code == 0)
        run->err = *err;
    tn_pass_kick(run);
}

/* ---- fan-out ---------------------------------------------------------------------------------------------------- */

static size_t concurrency_of(const struct tn_run *run)
{
    if (run->setup.concurrency > 0)
        return (size_t)run->setup.concurrency;
    return run->setup.workflow->concurrency > 0 ? (size_t)run->setup.workflow->concurrency : DEFAULT_CONCURRENCY;
}

/* A customer that is left: its script goes, its transaction under way has to come back first. */
static bool abandon_customers(struct tn_run *run)
{
    bool quiet = true;
    for (size_t i = 0; i < run->customer_count; i++) {
        struct tn_pass_customer *customer = &run->customers[i];
        if (!customer->active)
            continue;
        tn_pass_customer_abandon(customer);
        quiet = quiet && !customer->work_pending;
    }
    if (run->shared) {
        tn_pass_customer_abandon(run->shared);
        quiet = quiet && !run->shared->work_pending;
    }
    return quiet;
}

/* After a guard only those go on whose effects were sent before. */
static void start_next(struct tn_run *run)
{
    struct tn_pass_customer *customer = &run->customers[run->next++];
    if (run->guard_reached && !tn_run_strings_has(run->open, customer->id)) {
        run->left_out++;
        return;
    }
    run->active++;
    customer->active = true;
    tn_pass_customer_start(customer);
}

static void on_step_job(struct tn_job *job)
{
    struct tn_run *run = tn_container_of(job, struct tn_run, step_job);
    if (run->finishing)
        return;
    if (tn_pass_stopping(run)) {
        tn_population_free(run->population, false);
        run->population = NULL;
        bool quiet = abandon_customers(run);
        tn_pass_probes_free(run, false);
        tn_pass_trust_free(run, false);
        if (quiet && !run->trust && !tn_pass_effects_open(run) && !tn_pass_probes_open(run))
            finish(run);
        return;
    }
    if (run->population || run->trust || run->shared)
        return;
    size_t limit = concurrency_of(run);
    while (run->next < run->customer_count && (run->active < limit || tn_pass_flight_stuck(run)))
        start_next(run);
    if (run->next == run->customer_count && tn_pass_flight_stuck(run))
        tn_pass_flight_give_up(run);
    bool all_ended = run->ended + run->left_out == run->customer_count && !tn_pass_probes_open(run);
    if (all_ended && !tn_pass_flight_retry(run) && !tn_pass_after_start(run))
        finish(run);
}

void tn_pass_kick(struct tn_run *run)
{
    if (!run->finishing)
        tn_job_post(run->setup.loop, &run->step_job, on_step_job);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static int open_scripts(struct tn_run *run, struct tn_err *err)
{
    struct tn_script_setup setup = {
        .loop = run->setup.loop,
        .workflow = run->setup.workflow,
        .inputs = run->inputs,
        .tables = run->setup.tables,
        .run = run->id,
        .month = run->month,
        .portal = tn_engine_cloud(run->setup.engine)->portal,
        .log = run->setup.on_log,
        .log_arg = run->setup.arg,
    };
    return run->setup.scripts->state_new(&setup, &run->scripts, err);
}

static int open_rows(struct tn_run *run, struct tn_err *err)
{
    const char *name = run->setup.workflow->customers.rows;
    const struct tn_table *table = name && run->setup.tables ? tn_tables_find(run->setup.tables, name) : NULL;
    if (!name)
        return TENURE_OK;
    if (!table)
        return tn_err_set(err, TENURE_EINVAL, "run %s has no table '%s', whose rows its customers are to have", run->id,
                          name);
    return tn_rows_of_new(table, &run->rows, err);
}

/* The parts of a run that plan and apply have in common. On failure everything is freed. */
static int find_switched_off(struct tn_run *run, struct tn_err *err)
{
    const struct tn_workflow *workflow = run->setup.workflow;
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(run->setup.documents, run->inputs, strlen(run->inputs), 0, &doc, err);
    if (rc == TENURE_OK && !(run->off = calloc(workflow->step_count + 1, sizeof *run->off)))
        rc = tn_err_no_memory(err);
    for (size_t i = 0; rc == TENURE_OK && i < workflow->step_count; i++)
        run->off[i] = tn_step_switched_off(&workflow->steps[i], tn_json_root(doc));
    tn_json_close(doc);
    return rc;
}

static int make(const struct tn_run_setup *setup, enum tn_pass pass, const char *id, struct tn_run **out,
                struct tn_err *err)
{
    struct tn_run *run = calloc(1, sizeof *run);
    if (!run)
        return tn_err_no_memory(err);
    run->setup = *setup;
    run->pass = pass;
    run->started_ms = tn_loop_now_ms(setup->loop);
    char now[TN_TIME_TEXT];
    tn_time_format(tn_loop_wall_ms(setup->loop) / 1000, now);
    snprintf(run->month, sizeof run->month, "%.7s", now);
    snprintf(run->id, sizeof run->id, "%s", id);
    if (!tn_text_copy(&run->inputs, setup->inputs) || !tn_text_copy(&run->request, setup->request) ||
        !tn_text_copy(&run->actor, setup->actor) || !tn_text_copy(&run->partner_tenant, setup->partner_tenant)) {
        tn_run_free(run);
        return tn_err_no_memory(err);
    }
    int rc = find_switched_off(run, err);
    if (rc == TENURE_OK)
        rc = open_rows(run, err);
    if (rc == TENURE_OK)
        rc = open_scripts(run, err);
    if (rc < 0) {
        tn_run_free(run);
        return rc;
    }
    *out = run;
    return TENURE_OK;
}

/* "r-20260201-7f3a9c": the day, for people, and enough chance that two never meet. */
static void make_id(const struct tn_run_setup *setup, char id[48])
{
    char now[TN_TIME_TEXT];
    tn_time_format(tn_loop_wall_ms(setup->loop) / 1000, now);
    snprintf(id, 48, "r-%.4s%.2s%.2s-%08llx", now, now + 5, now + 8, (unsigned long long)(tn_random64() & 0xffffffffu));
}

static int store_begin(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run *run = tn_container_of(work, struct tn_run, work);
    const struct tn_workflow *workflow = run->setup.workflow;
    struct tn_run_row row = {
        .id = run->id,
        .workflow = workflow->name,
        .file = workflow->file,
        .digest = workflow->digest,
        .state = "planning",
        .actor = run->actor,
        .request = run->request,
        .has_effects = tn_workflow_has_effects(workflow),
    };
    int64_t left = 0;
    int rc = tn_run_insert(db, &row, err);
    for (size_t i = 0; rc == TENURE_OK && run->setup.tables && i < run->setup.tables->count; i++) {
        const struct tn_table *table = &run->setup.tables->list[i];
        rc = tn_content_keep(db, run->id, table->name, table->text, table->len, err);
    }
    for (size_t i = 0; rc == TENURE_OK && i < workflow->guard_count; i++) {
        struct tn_guard_row guard = workflow->guards[i];
        guard.run = run->id;
        rc = tn_guard_insert(db, &guard, err);
    }
    return rc < 0 ? rc : tn_run_claim(db, run->id, &left, err);
}

static void on_population(struct tn_run *run)
{
    tn_pass_report(run);
    tn_pass_kick(run);
}

static void begin_apply(struct tn_run *run)
{
    for (const struct tn_run_strings *key = run->unknown; key && !run->setup.no_wait; key = key->next)
        tn_pass_probe_start(run, key->text);
    tn_run_strings_free(&run->unknown);
    tn_pass_kick(run);
}

/* `before` has ended, or there is none. */
static void begin_customers(struct tn_run *run)
{
    if (run->pass == TN_PASS_PLAN && !tn_pass_stopping(run))
        tn_population_start(run, on_population);
    else if (run->pass == TN_PASS_APPLY && tn_ledger_suspect(run->setup.ledger) && !tn_pass_stopping(run))
        tn_pass_trust_start(run, begin_apply);
    else
        begin_apply(run);
}

static void on_begun(struct tn_ledger_work *work)
{
    struct tn_run *run = tn_container_of(work, struct tn_run, work);
    if (work->err.code < 0) {
        tn_pass_fail(run, &work->err);
        return;
    }
    run->claimed = true;
    if (tn_pass_stopping(run) || !tn_pass_before_start(run, begin_customers))
        begin_customers(run);
}

int tn_run_plan(const struct tn_run_setup *setup, struct tn_run **out, struct tn_err *err)
{
    char id[48];
    struct tn_run *run;
    make_id(setup, id);
    int rc = make(setup, TN_PASS_PLAN, id, &run, err);
    if (rc < 0)
        return rc;
    run->work = (struct tn_ledger_work){.run = store_begin, .done = on_begun};
    tn_ledger_submit(setup->ledger, &run->work);
    *out = run;
    return TENURE_OK;
}

/* ---- apply: the customers come from the ledger ------------------------------------------------------------------ */

struct loading {
    struct tn_run *run;
    struct tn_err *err;
};

static int on_customer_row(void *arg, const struct tn_customer_row *row)
{
    struct loading *loading = arg;
    struct tn_run *run = loading->run;
    struct tn_pass_customer *customers = tn_array_grow(run->customers, run->customer_count, sizeof *customers);
    if (!customers)
        return tn_err_no_memory(loading->err);
    run->customers = customers;
    run->entered_again += strcmp(row->state, "waiting") != 0 && strcmp(row->state, "running") != 0;
    int rc = tn_pass_customer_init(&run->customers[run->customer_count], run, row, loading->err);
    if (rc == TENURE_OK)
        run->customer_count++;
    return rc;
}

static int on_unknown(void *arg, const struct tn_effect_row *effect)
{
    return tn_run_strings_add(arg, effect->key);
}

/* Customers go on: what was done when all had ended is to be done again, when they have. */
static int reopen_after(struct tn_db *db, const struct tn_run *run, struct tn_err *err)
{
    const struct tn_workflow *workflow = run->setup.workflow;
    int rc = TENURE_OK;
    for (size_t i = 0; run->customer_count && i < workflow->step_count && rc == TENURE_OK; i++) {
        if (workflow->steps[i].part == TN_PART_AFTER)
            rc = tn_step_reopen(db, run->id, "", workflow->steps[i].id, err);
    }
    return rc;
}

static int load_apply(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run *run = tn_container_of(work, struct tn_run, work);
    struct loading loading = {.run = run, .err = err};
    int64_t left = 0;
    int rc = tn_run_claim(db, run->id, &left, err);
    if (rc == TENURE_OK)
        rc = tn_run_set_state(db, run->id, "applying", NULL, err);
    if (rc == TENURE_OK)
        rc = tn_pass_limit_enter(db, run, err);
    if (rc == TENURE_OK)
        rc = tn_customer_each(db, run->id, TN_PASS_APPLY, on_customer_row, &loading, err);
    if (rc == TENURE_OK)
        rc = reopen_after(db, run, err);
    if (rc == TENURE_OK)
        rc = tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_UNKNOWN, on_unknown, &run->unknown, err);
    return rc < 0 ? rc : tn_pass_guard_resume(db, run, err);
}

int tn_run_apply(const struct tn_run_setup *setup, const char *id, struct tn_run **out, struct tn_err *err)
{
    struct tn_run *run;
    int rc = make(setup, TN_PASS_APPLY, id, &run, err);
    if (rc < 0)
        return rc;
    run->work = (struct tn_ledger_work){.run = load_apply, .done = on_begun};
    tn_ledger_submit(setup->ledger, &run->work);
    *out = run;
    return TENURE_OK;
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

const char *tn_run_id(const struct tn_run *run)
{
    return run->id;
}

static void on_interrupt_deadline(struct tn_timer *timer)
{
    struct tn_run *run = tn_container_of(timer, struct tn_run, interrupt_timer);
    tn_pass_effects_free(run, false);
    tn_pass_kick(run);
}

void tn_run_interrupt(struct tn_run *run, int64_t wait_ms)
{
    if (run->finishing)
        return;
    run->interrupted = true;
    if (tn_timer_start(run->setup.loop, &run->interrupt_timer, wait_ms, on_interrupt_deadline) < 0)
        tn_pass_effects_free(run, false);
    tn_pass_kick(run);
}

/* Everybody leaves now, not with the next job: the read that was given up must not fail its item any more. */
void tn_run_lost(struct tn_run *run, const struct tn_err *err)
{
    if (run->finishing || run->lost[0])
        return;
    snprintf(run->lost, sizeof run->lost, "%.511s", err->msg);
    if (run->pass == TN_PASS_PLAN)
        tn_pass_fail(run, err);
    else
        tn_run_interrupt(run, 0);
    on_step_job(&run->step_job);
}

void tn_run_free(struct tn_run *run)
{
    if (!run)
        return;
    struct tn_loop *loop = run->setup.loop;
    tn_job_cancel(loop, &run->step_job);
    tn_timer_stop(loop, &run->progress_timer);
    tn_timer_stop(loop, &run->interrupt_timer);
    tn_population_free(run->population, true);
    for (size_t i = 0; i < run->customer_count; i++)
        tn_pass_customer_abandon(&run->customers[i]);
    tn_pass_effects_free(run, true);
    tn_pass_probes_free(run, true);
    tn_pass_trust_free(run, true);
    tn_run_strings_free(&run->unknown);
    tn_run_strings_free(&run->open);
    for (size_t i = 0; i < run->customer_count; i++)
        tn_pass_customer_deinit(&run->customers[i]);
    tn_pass_shared_free(run);
    if (run->scripts)
        run->setup.scripts->state_free(run->scripts);
    tn_rows_of_free(run->rows);
    free(run->customers);
    free(run->progress.back.list);
    free(run->progress.pay.list);
    free(run->inputs);
    free(run->off);
    free(run->request);
    free(run->actor);
    free(run->partner_tenant);
    free(run);
}
