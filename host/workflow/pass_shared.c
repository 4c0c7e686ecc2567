/*
 * The steps of a run that belong to no customer: `before`, once ahead of all of them, and `after`, once when all have
 * ended. And what `after` reads: the rows of the run's outputs, a page at a time.
 *
 * They go the way of a customer's steps (pass_customer.c) with nobody as the customer: their items are in the ledger, so
 * that a pass that is gone on with does not run them again. They act as the partner and change nothing. Nothing can be
 * built on a `before` that failed: it stops the run, and is not stored, so that going on tries it again. One of `after`
 * that fails is an item that failed.
 */
#include <stdlib.h>
#include <string.h>

#include "workflow/pass.h"

#define PAGE_ROWS 500

void tn_workflow_part(const struct tn_workflow *workflow, enum tn_part part, size_t *from, size_t *to)
{
    size_t i = 0;
    while (i < workflow->step_count && workflow->steps[i].part != part)
        i++;
    *from = i;
    while (i < workflow->step_count && workflow->steps[i].part == part)
        i++;
    *to = i;
}

static bool has_part(const struct tn_run *run, enum tn_part part)
{
    size_t from, to;
    tn_workflow_part(run->setup.workflow, part, &from, &to);
    return from < to;
}

static int make(struct tn_run *run, enum tn_part part, struct tn_err *err)
{
    /* before the rows of all customers, or behind them */
    struct tn_customer_row nobody = {.id = "", .record = "", .seq = part == TN_PART_BEFORE ? -1 : INT64_MAX};
    run->shared = calloc(1, sizeof *run->shared);
    if (!run->shared)
        return tn_err_no_memory(err);
    int rc = tn_pass_customer_init(run->shared, run, &nobody, err);
    if (rc < 0) {
        free(run->shared);
        run->shared = NULL;
        return rc;
    }
    run->shared->part = part;
    run->shared->active = true;
    return TENURE_OK;
}

static bool start(struct tn_run *run, enum tn_part part)
{
    struct tn_err err = {0};
    if (!has_part(run, part))
        return false;
    if (make(run, part, &err) < 0)
        tn_pass_fail(run, &err);
    else
        tn_pass_customer_start(run->shared);
    return true;
}

bool tn_pass_before_start(struct tn_run *run, void (*then)(struct tn_run *run))
{
    run->after_before = then;
    return start(run, TN_PART_BEFORE);
}

/* With an outcome unknown somebody has not ended. */
static bool all_ended(const struct tn_run *run)
{
    bool ended = run->left_out == 0 && !run->guard_reached && run->ended == run->customer_count;
    for (size_t i = 0; i < run->customer_count && ended; i++)
        ended = strcmp(run->customers[i].state, "waiting") != 0;
    return ended;
}

bool tn_pass_after_start(struct tn_run *run)
{
    if (run->shared)
        return true;
    if (run->after_started || !all_ended(run))
        return false;
    run->after_started = true;
    return start(run, TN_PART_AFTER);
}

void tn_pass_shared_ended(struct tn_run *run)
{
    bool before = run->shared->part == TN_PART_BEFORE;
    tn_pass_shared_free(run);
    if (before)
        run->after_before(run);
    else
        tn_pass_kick(run);
}

void tn_pass_shared_free(struct tn_run *run)
{
    if (!run->shared)
        return;
    tn_pass_customer_deinit(run->shared);
    free(run->shared);
    run->shared = NULL;
}

void tn_pass_shared_failed(struct tn_pass_customer *shared, const struct tn_err *why)
{
    static const char *const names[] = {[TN_PART_BEFORE] = "before", [TN_PART_AFTER] = "after"};
    struct tn_err err = *why;
    tn_err_prefix(&err, "step '%s' of '%s'", shared->run->setup.workflow->steps[shared->step].id, names[shared->part]);
    tn_pass_fail(shared->run, &err);
}

/* ---- reading outputs -------------------------------------------------------------------------------------------- */

static int on_row(void *arg, const char *row)
{
    struct tn_pass_page *page = arg;
    tn_buf_put(&page->rows, row, strlen(row) + 1);
    page->count++;
    return 0;
}

static int read_page(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *shared = tn_container_of(work, struct tn_pass_customer, work);
    struct tn_pass_page *page = &shared->page;
    tn_buf_reset(&page->rows);
    page->count = 0;
    int rc = tn_output_each(db, shared->run->id, page->output, &page->place, PAGE_ROWS, on_row, page, err);
    return rc == TENURE_OK && page->rows.failed ? tn_err_no_memory(err) : rc;
}

static void on_page(struct tn_ledger_work *work)
{
    struct tn_pass_customer *shared = tn_pass_customer_returned(work);
    struct tn_script_page *asked = shared ? shared->page.asked : NULL;
    if (!asked)
        return;
    shared->page.asked = NULL;
    asked->place = shared->page.place;
    asked->last = shared->page.count < PAGE_ROWS;
    asked->rows = shared->page.rows;
    shared->page.rows = (struct tn_buf){0};
    asked->done(asked);
}

/* Its script waits, so no other transaction of the step is under way. */
static void start_page(struct tn_script_reader *reader, struct tn_script_page *asked)
{
    struct tn_pass_customer *shared = tn_container_of(reader, struct tn_pass_customer, reader);
    shared->page.asked = asked;
    shared->page.output = asked->output;
    shared->page.place = asked->place;
    tn_pass_customer_submit(shared, read_page, on_page);
}

static void cancel_page(struct tn_script_reader *reader, struct tn_script_page *asked)
{
    struct tn_pass_customer *shared = tn_container_of(reader, struct tn_pass_customer, reader);
    if (shared->page.asked == asked)
        shared->page.asked = NULL;
}

const struct tn_script_reader tn_pass_reader = {start_page, cancel_page};
