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

#include "base/id.h"
#include "workflow/pass.h"

enum restored { ITEM_WAITING, ITEM_ENDED };

/* An item of `when: false`: counted, but not worth a person's time. */
#define NOT_SELECTED "not-selected"

static void next_step(struct tn_pass_customer *customer);
static void next_item(struct tn_pass_customer *customer);
static void begin_items(struct tn_pass_customer *customer);

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

static void submit(struct tn_pass_customer *customer,
                   int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                   void (*done)(struct tn_ledger_work *work))
{
    customer->work = (struct tn_ledger_work){.run = work, .done = done};
    customer->work_pending = true;
    tn_ledger_submit(customer->run->setup.ledger, &customer->work);
}

/* The transaction is back. NULL: the run is over for this customer (the ledger failed, or everything stops). */
static struct tn_pass_customer *returned(struct tn_ledger_work *work)
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

/* What apply no longer asked for: counted and listed, not left open. */
static int withdraw_row(void *arg, const struct tn_effect_row *effect)
{
    return tn_run_strings_add(arg, effect->key);
}

static int withdraw_rest(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err)
{
    struct tn_run_strings *keys = NULL;
    int rc = tn_effect_each(db, customer->run->id, customer->id, 1u << TN_EFFECT_APPROVED, withdraw_row, &keys, err);
    for (struct tn_run_strings *key = keys; key && rc == TENURE_OK; key = key->next)
        rc = tn_effect_drop(db, key->text, TN_EFFECT_WITHDRAWN, "not-asked", "the workflow did not ask for it again",
                            err);
    tn_run_strings_free(&keys);
    return rc;
}

static int store_end(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    bool whole = strcmp(customer->state, "done") == 0 && !customer->failed_items;
    if (run->pass == TN_PASS_APPLY && whole) {
        int rc = withdraw_rest(db, customer, err);
        if (rc < 0)
            return rc;
    }
    bool failed = customer->err.code < 0;
    return tn_customer_set(db, run->id, customer->id, run->pass, customer->state, 0,
                           failed ? tn_err_name(&customer->err) : NULL, failed ? customer->err.msg : NULL, err);
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
    tn_pass_report(run);
    if (returned(work))
        tn_pass_kick(run);
}

static void end(struct tn_pass_customer *customer, const char *state)
{
    close_scope(customer);
    customer->state = state;
    submit(customer, store_end, on_end_stored);
}

/* No token, no rights, no consent: a class of its own, which says nothing about the workflow. */
static bool is_unreachable(const struct tn_err *err)
{
    return err->code == TENURE_EAUTH || err->code == TENURE_EUNREACHABLE || err->http_status == 401 ||
           err->http_status == 403;
}

static void end_with_error(struct tn_pass_customer *customer, const struct tn_err *err)
{
    customer->err = *err;
    end(customer, is_unreachable(err) ? "unreachable" : "failed");
}

/* ---- items ------------------------------------------------------------------------------------------------------ */

static int store_item_end(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    return tn_item_end(db, &customer->ending, err);
}

static size_t script_item(const struct tn_pass_customer *customer)
{
    return step_of(customer)->each.text ? customer->item : SIZE_MAX;
}

static void on_item_stored(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = returned(work);
    if (!customer)
        return;
    const struct tn_script_ops *scripts = customer->run->setup.scripts;
    struct tn_err err = {0};
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
    customer->failed_items += strcmp(state, "failed") == 0;
    submit(customer, store_item_end, on_item_stored);
}

static void on_script(struct tn_script_job *job)
{
    struct tn_pass_customer *customer = job->owner;
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
    while (customer->item < customer->item_count && customer->restored[customer->item] == ITEM_ENDED)
        customer->item++;
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

/* ---- what the host knows of the reservations -------------------------------------------------------------------- */

struct known_subject {
    char reservation[37];
    char text[128];
};

const char *tn_pass_customer_subject(const struct tn_pass_customer *customer, const char *reservation)
{
    for (size_t i = 0; i < customer->known_count; i++) {
        if (tn_id_equal(customer->known[i].reservation, reservation))
            return customer->known[i].text;
    }
    return "";
}

static void know_one(struct tn_pass_customer *customer, const char *item)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err ignored = {0};
    char order[37];
    if (!item || tn_json_parse(customer->run->setup.documents, item, strlen(item), 0, &doc, &ignored) < 0)
        return;
    struct known_subject *known = &customer->known[customer->known_count];
    const char *kind = tn_json_string(tn_json_root(doc), "$record", NULL);
    struct tn_json raw = tn_json_find(tn_json_root(doc), "raw");
    const char *id = tn_json_string(raw, "id", NULL), *sku = tn_json_string(raw, "sku.name", NULL);
    const char *region = tn_json_string(raw, "location", NULL);
    if (kind && strcmp(kind, "reservation") == 0 && id && tn_reservation_id_parse(id, order, known->reservation)) {
        snprintf(known->text, sizeof known->text, "%s%s%s", sku ? sku : "", region ? ", " : "", region ? region : "");
        customer->known_count++;
    }
    tn_json_close(doc);
}

/* Room for count more; without it reservations merely go unnamed. */
static bool know_more(struct tn_pass_customer *customer, size_t count)
{
    struct known_subject *known = realloc(customer->known, (customer->known_count + count + 1) * sizeof *known);
    if (known)
        customer->known = known;
    return known;
}

/* ---- the list of a step ----------------------------------------------------------------------------------------- */

static int store_items(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    struct tn_item_row *rows = calloc(customer->item_count + 1, sizeof *rows);
    if (!rows)
        return tn_err_no_memory(err);
    bool each = step_of(customer)->each.text;
    for (size_t i = 0; i < customer->item_count; i++)
        rows[i] = (struct tn_item_row){.index = (int64_t)i,
                                       .item = each ? customer->job.items[i].json : NULL,
                                       .label = each ? customer->job.items[i].label : NULL};
    int rc =
        tn_items_store(db, rows, customer->item_count, run->id, customer->id, step_of(customer)->id, run->pass, err);
    free(rows);
    return rc;
}

static void on_items_stored(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = returned(work);
    if (!customer)
        return;
    customer->run->setup.scripts->release(&customer->job);
    begin_items(customer);
}

static void begin_items(struct tn_pass_customer *customer)
{
    if (!customer->restored)
        customer->restored = calloc(customer->item_count + 1, 1);
    if (!customer->restored) {
        struct tn_err err = {0};
        tn_err_no_memory(&err);
        end_with_error(customer, &err);
        return;
    }
    customer->item = 0;
    next_item(customer);
}

static void on_each(struct tn_script_job *job)
{
    struct tn_pass_customer *customer = job->owner;
    if (job->result != TN_SCRIPT_VALUE) {
        struct tn_err err = job->err;
        if (err.code == 0)
            tn_err_set(&err, TENURE_ESCRIPT, "%s: `each` cannot skip or fail", step_of(customer)->id);
        customer->run->setup.scripts->release(job);
        end_with_error(customer, &err);
        return;
    }
    customer->item_count = job->item_count;
    bool roomy = know_more(customer, job->item_count);
    for (size_t i = 0; roomy && i < job->item_count; i++)
        know_one(customer, job->items[i].json);
    submit(customer, store_items, on_items_stored);
}

/* ---- what the ledger already has of a step ---------------------------------------------------------------------- */

struct stored_items {
    struct tn_pass_customer *customer;
    struct stored_item {
        char *item, *state, *code, *value;
    } * list;
    size_t count, cap;
};

static void free_stored(struct stored_items *stored)
{
    for (size_t i = 0; i < stored->count; i++) {
        free(stored->list[i].item);
        free(stored->list[i].state);
        free(stored->list[i].code);
        free(stored->list[i].value);
    }
    free(stored->list);
    free(stored);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static int on_stored_item(void *arg, const struct tn_item_row *row)
{
    struct stored_items *stored = arg;
    if (stored->count == stored->cap) {
        size_t cap = stored->cap ? stored->cap * 2 : 16;
        struct stored_item *list = realloc(stored->list, cap * sizeof *list);
        if (!list)
            return TENURE_ENOMEM;
        stored->list = list;
        stored->cap = cap;
    }
    stored->list[stored->count++] =
        (struct stored_item){copy(row->item), copy(row->state), copy(row->code), copy(row->value)};
    return TENURE_OK;
}

/* The rows of a step, read on the ledger thread and handed over through customer->loaded. */
static int load_items(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    struct stored_items *stored = calloc(1, sizeof *stored);
    if (!stored)
        return tn_err_no_memory(err);
    stored->customer = customer;
    int rc = tn_items_each(db, run->id, customer->id, step_of(customer)->id, run->pass, &customer->list_known,
                           on_stored_item, stored, err);
    if (rc < 0) {
        free_stored(stored);
        return err->code < 0 ? rc : tn_err_no_memory(err);
    }
    customer->loaded = stored;
    return TENURE_OK;
}

static int restore(struct tn_pass_customer *customer, const struct stored_items *stored, struct tn_err *err)
{
    const struct tn_script_ops *scripts = customer->run->setup.scripts;
    size_t step = customer->step;
    bool each = step_of(customer)->each.text;
    const char **items = calloc(stored->count + 1, sizeof *items);
    customer->restored = calloc(stored->count + 1, 1);
    if (!items || !customer->restored) {
        free(items);
        return tn_err_no_memory(err);
    }
    bool roomy = know_more(customer, stored->count);
    for (size_t i = 0; i < stored->count; i++) {
        items[i] = stored->list[i].item;
        if (roomy)
            know_one(customer, items[i]);
    }
    int rc = each ? scripts->restore_items(customer->scope, step, items, stored->count, err) : TENURE_OK;
    free(items);
    for (size_t i = 0; i < stored->count && rc == TENURE_OK; i++) {
        const struct stored_item *item = &stored->list[i];
        if (strcmp(item->state, "waiting") == 0)
            continue;
        customer->restored[i] = ITEM_ENDED;
        customer->failed_items += strcmp(item->state, "failed") == 0;
        rc = scripts->item_ended(customer->scope, step, each ? i : SIZE_MAX, item->state, item->code, item->value, err);
    }
    customer->item_count = stored->count;
    return rc;
}

static void on_items_loaded(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    struct stored_items *stored = customer->loaded;
    struct tn_err err = {0};
    int rc = TENURE_OK;
    customer->loaded = NULL;
    bool go_on = returned(work);
    if (go_on && customer->list_known)
        rc = restore(customer, stored, &err);
    if (stored)
        free_stored(stored);
    if (!go_on)
        return;
    if (rc < 0) {
        end_with_error(customer, &err);
    } else if (customer->list_known) {
        begin_items(customer);
    } else if (step_of(customer)->each.text) {
        start_job(customer, TN_SCRIPT_EACH, on_each);
    } else {
        customer->item_count = 1;
        submit(customer, store_items, on_items_stored);
    }
}

static void next_step(struct tn_pass_customer *customer)
{
    free(customer->restored);
    customer->restored = NULL;
    customer->item = customer->item_count = 0;
    /* What follows a step may build on its outcomes: with one of them unknown it has to wait. */
    if (customer->parked)
        end(customer, "waiting");
    else if (customer->step == workflow_of(customer)->step_count)
        end(customer, "done");
    else
        submit(customer, load_items, on_items_loaded);
}

/* ---- what scripts call ------------------------------------------------------------------------------------------ */

static void start_call(struct tn_caller *caller, struct tn_call *call)
{
    struct tn_pass_customer *customer = tn_container_of(caller, struct tn_pass_customer, caller);
    struct tn_run *run = customer->run;
    struct tn_caller *engine = tn_engine_caller(run->setup.engine);
    if (!tn_workflow_permits(run->setup.workflow, call->op)) {
        tn_err_set(&call->err, TENURE_EPERM, "%s.%s: the workflow does not permit it: add %s:%s to its permissions",
                   call->op->module, call->op->name, call->op->module, call->op->name);
        call->done(call);
        return;
    }
    if (!call->tenant && call->op->service == TN_SERVICE_ARM)
        call->tenant = customer->id;
    if (call->op->class != TN_CLASS_READ)
        tn_pass_effect_start(customer, call);
    else if (!call->op->makes_quote || !customer->replaying || !tn_pass_quote_start(customer, call))
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
    (void)effect;
    *(bool *)arg = true;
    return 0;
}

static int store_begin(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_customer *customer = tn_container_of(work, struct tn_pass_customer, work);
    const struct tn_run *run = customer->run;
    unsigned begun =
        ~(1u << TN_EFFECT_PLANNED | 1u << TN_EFFECT_APPROVED | 1u << TN_EFFECT_REFUSED | 1u << TN_EFFECT_WITHDRAWN);
    if (run->pass == TN_PASS_APPLY) {
        int rc = tn_effect_each(db, run->id, customer->id, begun & ((1u << TN_EFFECT_STATE_COUNT) - 1), on_begun_effect,
                                &customer->replaying, err);
        if (rc < 0)
            return rc;
    }
    return tn_customer_set(db, customer->run->id, customer->id, customer->run->pass, "running", customer->now_s, NULL,
                           NULL, err);
}

static void on_begun(struct tn_ledger_work *work)
{
    struct tn_pass_customer *customer = returned(work);
    if (!customer)
        return;
    struct tn_run *run = customer->run;
    struct tn_err err = {0};
    struct tn_json_doc *doc = tn_pass_record_doc(run, customer->record, &err);
    if (doc) {
        struct tn_script_scope_setup setup = {
            .customer = tn_json_root(doc),
            .now_s = customer->now_s,
            .caller = &customer->caller,
            .bound_to = tn_pass_seed(run->id, customer->id) | 1,
            .random_seed = tn_pass_seed(customer->id, run->id),
        };
        run->setup.scripts->scope_new(run->scripts, &setup, &customer->scope, &err);
    }
    tn_json_close(doc);
    if (err.code < 0)
        end_with_error(customer, &err);
    else
        next_step(customer);
}

/* Effects of an earlier process whose outcome is open keep the customer's way; it is walked again from its first open
 * item. */
void tn_pass_customer_start(struct tn_pass_customer *customer)
{
    if (!customer->now_s)
        customer->now_s = tn_loop_wall_ms(customer->run->setup.loop) / 1000;
    submit(customer, store_begin, on_begun);
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
    if (customer->loaded)
        free_stored(customer->loaded);
    free(customer->restored);
    free(customer->known);
    free(customer->id);
    free(customer->name);
    free(customer->domain);
    free(customer->record);
    *customer = (struct tn_pass_customer){0};
}
