/* Details of customers: see details.h. */
#include "workflow/details.h"

#include <stdlib.h>

#include "azure/operation.h"

#define AT_ONCE 64

struct detail {
    struct tn_details *details;
    struct tn_call call;
    size_t index;
    bool active;
};

struct tn_details {
    struct tn_details_setup setup;
    struct detail slots[AT_ONCE];
    struct tn_job job;
    size_t next, under_way;
    struct tn_err err;
};

static void on_one(struct tn_call *call);

static int ask(struct detail *slot, struct tn_err *err)
{
    struct tn_details *details = slot->details;
    const struct tn_details_setup *setup = &details->setup;
    slot->index = details->next++;
    slot->call = (struct tn_call){
        .op = tn_operation_find("customers", "get"), .L = setup->documents, .done = on_one, .owner = slot};
    int rc = tn_values_set_text(slot->call.op, &slot->call.values, 0, setup->id_of(setup->arg, slot->index), err);
    if (rc < 0)
        return rc;
    struct tn_caller *caller = tn_engine_caller(setup->engine);
    slot->active = true;
    details->under_way++;
    caller->start(caller, &slot->call);
    return TENURE_OK;
}

static void give_back(struct detail *slot)
{
    tn_call_release(&slot->call);
    tn_values_deinit(&slot->call.values);
    slot->call = (struct tn_call){0};
}

/* Fills the free slots; at the end, or after an error once nothing is under way any more, says so. */
static void go_on(struct tn_job *job)
{
    struct tn_details *details = tn_container_of(job, struct tn_details, job);
    for (size_t i = 0; i < AT_ONCE && details->err.code == 0 && details->next < details->setup.count; i++) {
        if (!details->slots[i].active && ask(&details->slots[i], &details->err) < 0)
            give_back(&details->slots[i]);
    }
    if (details->under_way == 0)
        details->setup.on_end(details->setup.arg, &details->err);
}

static void on_one(struct tn_call *call)
{
    struct detail *slot = call->owner;
    struct tn_details *details = slot->details;
    slot->active = false;
    details->under_way--;
    struct tn_json customer = {0};
    if (call->err.code == 0 && call->page_count)
        customer = tn_json_root(call->pages[0]);
    if (details->err.code == 0)
        details->setup.on_one(details->setup.arg, slot->index, customer, &call->err, &details->err);
    give_back(slot);
    tn_job_post(tn_engine_loop(details->setup.engine), &details->job, go_on);
}

int tn_details_start(const struct tn_details_setup *setup, struct tn_details **out, struct tn_err *err)
{
    struct tn_details *details = calloc(1, sizeof *details);
    if (!details)
        return tn_err_no_memory(err);
    details->setup = *setup;
    for (size_t i = 0; i < AT_ONCE; i++)
        details->slots[i].details = details;
    tn_job_post(tn_engine_loop(setup->engine), &details->job, go_on);
    *out = details;
    return TENURE_OK;
}

void tn_details_free(struct tn_details *details)
{
    if (!details)
        return;
    struct tn_caller *caller = tn_engine_caller(details->setup.engine);
    for (size_t i = 0; i < AT_ONCE; i++) {
        if (details->slots[i].active)
            caller->cancel(caller, &details->slots[i].call);
        give_back(&details->slots[i]);
    }
    tn_job_cancel(tn_engine_loop(details->setup.engine), &details->job);
    free(details);
}
