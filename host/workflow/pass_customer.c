/*
 * One customer's way through the steps of a pass.
 *
 *   begin ─▶ step: list known? ─yes─▶ restore ─┐
 *              ▲         └no─▶ each ─▶ store ──┤
 *              │                               ▼
 *              │            next item: when ─▶ script ─▶ store its end
 *              └── after the last item ◀───────┘
 *
 * Items run one after another, customers at once. Each arrow that ends in "store" waits for the ledger, so that what is
 * in the ledger is always a prefix of what happened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/answer.h"
#include "base/id.h"
#include "workflow/pass.h"

/* An item of `when: false`: counted, but not worth a person's time. */
#define NOT_SELECTED "not-selected"

static void next_step(struct tn_pass_customer *customer);
static void next_item(struct tn_pass_customer *customer);

static const struct tn_workflow *workflow_of(const struct tn_pass_customer *customer)
{
    return customer->run->setup.workflow;
}

static const struct tn_step *step_of(const struct tn_pass_customer *customer)
{
    return &workflow_of(customer)->steps[customer->step];
}

uint64_t tn_pass_seed(const char *run, const char *customer)
{
    char text[160], digest[TN_DIGEST_TEXT], half[17] = "";
    snprintf(text, sizeof text, "%s/%s", run, customer);
    tn_digest(digest, text, strlen(text));
    memcpy(half, digest, 16);
    return strtoull(half, NULL, 16);
}

struct tn_json_doc *tn_pass_record_doc(struct tn_run *run, const char *record, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    tn_json_parse(run->setup.documents, record, strlen(record), 0, &doc, err);
    return doc;
}

/* ---- transactions: one at a time -------------------------------------------------------------------------------- */

void tn_pass_customer_submit(struct tn_pass_customer *customer,
                             int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                             void (*done)(struct tn_ledger_work *work))
{
    customer->work = (struct tn_ledger_work){.run = work, .done = done};
    customer->work_pending = true;
    tn_ledger_submit(customer->run->setup.ledger, &customer->work);
}

struct tn_pass_customer *tn_pass_customer_returned(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    customer->work_pending = false;
    if (work->err.code < 0)
        tn_pass_fail(customer->run, &work->err);
    if (!tn_pass_stopping(customer->run))
        return customer;
    tn_pass_kick(customer->run);
    return NULL;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

static void close_scope(struct tn_pass_customer *customer)
{
    const struct tn_script_ops *scripts = customer->run->setup.scripts;
    if (customer->effect)
        tn_pass_effect_detach(customer->effect);
    if (!customer->scope)
        return;
    scripts->cancel(&customer->job);
    scripts->scope_free(customer->scope);
    customer->scope = NULL;
}

void tn_pass_customer_abandon(struct tn_pass_customer *customer)
{
    close_scope(customer);
    customer->active = false;
    if (customer->work_pending)
        customer->active = true; /* until its transaction is back */
}

static int store_end(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    return tn_pass_end_store(db, tn_container_of(work, struct tn_pass_customer, work), err);
}

static void on_end_stored(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    struct tn_run *run = customer->run;
    customer->active = false;
    customer->ended = true;
    if (!customer->waiting_for_azure)
        run->active--;
    run->ended++;
    if (customer->stop)
        tn_pass_guard_reached(run, customer->stop);
    tn_pass_report(run);
    if (!tn_pass_customer_returned(work))
        return;
    if (customer->again)
        tn_pass_customer_reenter(run, customer->id);
    tn_pass_kick(run);
}

void tn_pass_customer_reenter(struct tn_run *run, const char *id)
{
    struct tn_pass_customer *customer = NULL;
    for (size_t i = 0; i < run->customer_count && !customer; i++)
        customer = strcmp(run->customers[i].id, id) == 0 ? &run->customers[i] : NULL;
    if (!customer || tn_pass_stopping(run))
        return;
    customer->again = !customer->ended;
    if (customer->again || strcmp(customer->state, "waiting") != 0)
        return;
    customer->ended = false;
    customer->active = true;
    customer->replaying = true;
    customer->parked = customer->failed_items = 0;
    run->ended--;
    run->active++;
    tn_pass_customer_start(customer);
}

static void end(struct tn_pass_customer *customer, const char *state)
{
    close_scope(customer);
    if (customer->part != TN_PART_CUSTOMERS) {
        tn_pass_shared_ended(customer->run);
        return;
    }
    customer->state = state;
    customer->weigh = tn_pass_guard_wants(customer, state);
    tn_pass_customer_submit(customer, store_end, on_end_stored);
}

/* A class of its own, which says nothing about the workflow. */
static bool is_unreachable(const struct tn_err *err)
{
    return err->code == TENURE_EUNREACHABLE || tn_answer_denied(err);
}

static void end_with_error(struct tn_pass_customer *customer, const struct tn_err *err)
{
    if (customer->part != TN_PART_CUSTOMERS) {
        tn_pass_shared_failed(customer, err);
        return;
    }
    customer->err = *err;
    end(customer, is_unreachable(err) ? "unreachable" : "failed");
}

/* ---- items ------------------------------------------------------------------------------------------------------ */

static int store_item_end(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    return tn_pass_end_store_item(db, tn_container_of(work, struct tn_pass_customer, work), err);
}

static size_t script_item(const struct tn_pass_customer *customer)
{
    return step_of(customer)->each.text ? customer->item : SIZE_MAX;
}

static void on_item_stored(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_pass_customer_returned(work);
    if (!customer)
        return;
    if (customer->ending_open) {
        if (strcmp(customer->ending.state, "failed") == 0)
            tn_pass_end_warn_open(customer);
        tn_pass_customer_park(customer);
        return;
    }
    const struct tn_script_ops *scripts = customer->run->setup.scripts;
    struct tn_err err = {0};
    customer->failed_items += strcmp(customer->ending.state, "failed") == 0;
    int rc = scripts->item_ended(customer->scope, customer->step, script_item(customer), customer->ending.state,
                                 customer->ending.code, customer->ending.value, &err);
    scripts->release(&customer->job);
    if (rc < 0) {
        end_with_error(customer, &err);
        return;
    }
    customer->item++;
    next_item(customer);
}

/* Store how the item ended; the strings are the job's, which is released afterwards. */
static void end_item(struct tn_pass_customer *customer, const char *state, const char *code, const char *detail,
                     const char *value)
{
    customer->ending = (struct tn_item_row){.run = customer->run->id,
                                            .customer = customer->id,
                                            .step = step_of(customer)->id,
                                            .pass = customer->run->pass,
                                            .index = (int64_t)customer->item,
                                            .state = state,
                                            .code = code,
                                            .detail = detail,
                                            .value = value};
    customer->ending_open = false;
    tn_pass_customer_submit(customer, store_item_end, on_item_stored);
}

/* What the customers are to build on is not there. */
static void fail_before(struct tn_pass_customer *customer, struct tn_script_job *job)
{
    struct tn_err err = job->err;
    if (job->result == TN_SCRIPT_FAILED)
        tn_err_set(&err, TENURE_ESCRIPT, "%s%s%s", job->code, job->detail ? ": " : "", job->detail ? job->detail : "");
    customer->run->setup.scripts->release(job);
    tn_pass_shared_failed(customer, &err);
}

static void on_script(struct tn_script_job *job)
{
    struct tn_pass_customer *customer = job->owner;
    bool failed = job->result == TN_SCRIPT_FAILED || job->result == TN_SCRIPT_ERROR;
    if (failed && customer->part == TN_PART_BEFORE) {
        fail_before(customer, job);
        return;
    }
    switch (job->result) {
    case TN_SCRIPT_VALUE:
        end_item(customer, "done", NULL, NULL, job->value);
        break;
    case TN_SCRIPT_SKIPPED:
        end_item(customer, "skipped", job->code, job->detail, NULL);
        break;
    case TN_SCRIPT_FAILED:
        end_item(customer, "failed", job->code, job->detail, NULL);
        break;
    default:
        end_item(customer, "failed", tn_err_name(&job->err), job->err.msg, NULL);
    }
}

static void start_job(struct tn_pass_customer *customer, enum tn_script_what what,
                      void (*done)(struct tn_script_job *job))
{
    customer->job = (struct tn_script_job){.done = done, .owner = customer};
    customer->run->setup.scripts->start(customer->scope, what, customer->step, script_item(customer), &customer->job);
}

static void start_script(struct tn_pass_customer *customer)
{
    tn_run_strings_free(&customer->keys);
    tn_pass_quotes_free(customer);
    customer->ran = true;
    customer->told_unapproved = false;
    start_job(customer, TN_SCRIPT_RUN, on_script);
}

static void on_when(struct tn_script_job *job)
{
    struct tn_pass_customer *customer = job->owner;
    if (job->result != TN_SCRIPT_VALUE) {
        on_script(job);
        return;
    }
    bool selected = job->truth == 1;
    if (!selected) {
        end_item(customer, "skipped", NOT_SELECTED, NULL, NULL);
        return;
    }
    customer->run->setup.scripts->release(job);
    start_script(customer);
}

static void next_item(struct tn_pass_customer *customer)
{
    while (customer->item < customer->item_count && customer->items[customer->item].state)
        customer->item++; /* it ended in an earlier walk */
    if (customer->item == customer->item_count) {
        customer->step++;
        next_step(customer);
    } else if (step_of(customer)->when.text) {
        start_job(customer, TN_SCRIPT_WHEN, on_when);
    } else {
        start_script(customer);
    }
}

void tn_pass_customer_park(struct tn_pass_customer *customer)
{
    const struct tn_script_ops *scripts = customer->run->setup.scripts;
    scripts->cancel(&customer->job);
    scripts->release(&customer->job);
    customer->parked++;
    customer->item++;
    next_item(customer);
}

/* ---- the list of a step ----------------------------------------------------------------------------------------- */

static int store_items(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    return tn_pass_items_store(db, tn_container_of(work, struct tn_pass_customer, work), err);
}

static void on_items_stored(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_pass_customer_returned(work);
    if (customer)
        next_item(customer);
}

static void on_each(struct tn_script_job *job)
{
    struct tn_pass_customer *customer = job->owner;
    struct tn_err err = job->err;
    if (job->result != TN_SCRIPT_VALUE && err.code == 0)
        tn_err_set(&err, TENURE_ESCRIPT, "%s: `each` cannot skip or fail", step_of(customer)->id);
    if (err.code == 0)
        tn_pass_items_take(customer, job, &err);
    customer->run->setup.scripts->release(job);
    if (err.code < 0)
        end_with_error(customer, &err);
    else
        tn_pass_customer_submit(customer, store_items, on_items_stored);
}

/* A step that has ended, while one before it ran just now, was built on what is no longer so. */
static int load_items(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    int rc = TENURE_OK;
    if (customer->ran && customer->part == TN_PART_CUSTOMERS && run->pass == TN_PASS_APPLY)
        rc = tn_step_reopen(db, run->id, customer->id, step_of(customer)->id, err);
    return rc < 0 ? rc : tn_pass_items_load(db, customer, err);
}

static void on_items_loaded(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_pass_customer_returned(work);
    struct tn_err err = {0};
    if (!customer)
        return;
    bool each = step_of(customer)->each.text;
    if (customer->list_known)
        tn_pass_items_restore(customer, &err);
    else if (!each)
        tn_pass_items_single(customer, &err);
    if (err.code < 0)
        end_with_error(customer, &err);
    else if (customer->list_known)
        next_item(customer);
    else if (each)
        start_job(customer, TN_SCRIPT_EACH, on_each);
    else
        tn_pass_customer_submit(customer, store_items, on_items_stored);
}

static void next_step(struct tn_pass_customer *customer)
{
    tn_pass_items_clear(customer);
    while (customer->step < customer->step_end && customer->run->off[customer->step])
        customer->step++;
    /* What follows a step may build on its outcomes: with one of them unknown it has to wait. */
    if (customer->parked)
        end(customer, "waiting");
    else if (customer->step == customer->step_end)
        end(customer, "done");
    else
        tn_pass_customer_submit(customer, load_items, on_items_loaded);
}

/* ---- what scripts call ------------------------------------------------------------------------------------------ */

static void start_call(struct tn_caller *caller, struct tn_call *call)
{
    struct tn_pass_customer *customer = tn_container_of(caller, struct tn_pass_customer, caller);
    struct tn_run *run = customer->run;
    struct tn_caller *engine = tn_engine_caller(run->setup.engine);
    if (tn_workflow_check_call(run->setup.workflow, call, &call->err) < 0) {
        call->done(call);
        return;
    }
    if (customer->part != TN_PART_CUSTOMERS && call->op->class != TN_CLASS_READ) {
        tn_err_set(&call->err, TENURE_EPERM,
                   "%s.%s: what changes something belongs into 'steps': 'before' and 'after' only read",
                   call->op->module, call->op->name);
        call->done(call);
        return;
    }
    if (!call->tenant && call->op->service == TN_SERVICE_ARM && !tn_operation_as_partner(call->op, &call->values))
        call->tenant = customer->part == TN_PART_CUSTOMERS ? customer->id : run->partner_tenant;
    if (call->op->class != TN_CLASS_READ)
        tn_pass_effect_start(customer, call);
    else if (call->op->read_quote)
        tn_pass_quote_start(customer, call);
    else
        engine->start(engine, call);
}

/* An effect under way goes on by itself; its row in the ledger is what counts. */
static void cancel_call(struct tn_caller *caller, struct tn_call *call)
{
    struct tn_pass_customer *customer = tn_container_of(caller, struct tn_pass_customer, caller);
    struct tn_caller *engine = tn_engine_caller(customer->run->setup.engine);
    if (call->op->class != TN_CLASS_READ || customer->effect) {
        if (customer->effect)
            tn_pass_effect_detach(customer->effect);
        return;
    }
    engine->cancel(engine, call);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static int on_begun_effect(void *arg, const struct tn_effect_row *effect)
{
    struct tn_pass_customer *customer = arg;
    customer->replaying = true;
    customer->effect_failed = customer->effect_failed || effect->state == TN_EFFECT_FAILED;
    return 0;
}

static int store_begin(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    if (customer->part != TN_PART_CUSTOMERS)
        return TENURE_OK;
    unsigned begun =
        ~(1u << TN_EFFECT_PLANNED | 1u << TN_EFFECT_APPROVED | 1u << TN_EFFECT_REFUSED | 1u << TN_EFFECT_WITHDRAWN);
    if (run->pass == TN_PASS_APPLY) {
        int rc = tn_effect_each(db, run->id, customer->id, begun & ((1u << TN_EFFECT_STATE_COUNT) - 1), on_begun_effect,
                                customer, err);
        if (rc < 0)
            return rc;
    }
    return tn_customer_set(db, customer->run->id, customer->id, customer->run->pass, "running", customer->now_s, NULL,
                           NULL, err);
}

static void on_begun(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_pass_customer_returned(work);
    if (!customer)
        return;
    struct tn_run *run = customer->run;
    struct tn_err err = {0};
    bool somebody = customer->part == TN_PART_CUSTOMERS;
    struct tn_json_doc *doc = somebody ? tn_pass_record_doc(run, customer->record, &err) : NULL;
    size_t *rows = NULL, row_count = 0;
    if (doc && run->rows)
        tn_rows_of_find(run->rows, customer->id, customer->domain, &rows, &row_count, &err);
    if (err.code == 0) {
        struct tn_script_scope_setup setup = {
            .part = customer->part,
            .reader = customer->part == TN_PART_AFTER ? &customer->reader : NULL,
            .customer = doc ? tn_json_root(doc) : (struct tn_json){0},
            .rows = rows,
            .row_count = row_count,
            .now_s = customer->now_s,
            .caller = &customer->caller,
            .bound_to = tn_pass_seed(run->id, customer->id) | 1,
            .random_seed = tn_pass_seed(customer->id, run->id),
        };
        run->setup.scripts->scope_new(run->scripts, &setup, &customer->scope, &err);
    }
    tn_json_close(doc);
    free(rows);
    if (err.code < 0)
        end_with_error(customer, &err);
    else
        next_step(customer);
}

/* Effects of an earlier process whose outcome is open keep the customer's way; it is walked again from its first open
 * item. */
void tn_pass_customer_start(struct tn_pass_customer *customer)
{
    tn_workflow_part(workflow_of(customer), customer->part, &customer->step, &customer->step_end);
    customer->ran = false;
    if (!customer->now_s)
        customer->now_s = tn_loop_wall_ms(customer->run->setup.loop) / 1000;
    tn_pass_customer_submit(customer, store_begin, on_begun);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

int tn_pass_customer_init(struct tn_pass_customer *customer, struct tn_run *run, const struct tn_customer_row *row,
                          struct tn_err *err)
{
    *customer = (struct tn_pass_customer){
        .run = run,
        .id = copy(row->id),
        .name = copy(row->name ? row->name : ""),
        .domain = copy(row->domain ? row->domain : ""),
        .record = copy(row->record),
        .seq = row->seq,
        .now_s = row->now_s,
        .caller = {start_call, cancel_call},
        .reader = tn_pass_reader,
    };
    if (customer->id && customer->name && customer->domain && customer->record)
        return TENURE_OK;
    tn_pass_customer_deinit(customer);
    return tn_err_no_memory(err);
}

void tn_pass_customer_deinit(struct tn_pass_customer *customer)
{
    close_scope(customer);
    customer->run->setup.scripts->release(&customer->job);
    tn_run_strings_free(&customer->keys);
    tn_pass_quotes_free(customer);
    tn_pass_items_clear(customer);
    free(customer->id);
    free(customer->name);
    free(customer->domain);
    free(customer->record);
    free(customer->stop);
    tn_buf_deinit(&customer->page.rows);
    tn_pass_limit_free(customer);
    *customer = (struct tn_pass_customer){0};
}
