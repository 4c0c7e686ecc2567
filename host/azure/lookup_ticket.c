/* Looking up what a ticket needs: see lookup_ticket.h. */
#include "azure/lookup_ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/modules/fields.h"

#define KEPT_MS 3600000 /* ids change, but not while a run asks for many tickets */

static void forget_ids(struct tn_ticket_facts *facts)
{
    free(facts->service);
    free(facts->classification);
    facts->service = facts->classification = NULL;
    facts->about = NULL;
}

void tn_ticket_facts_deinit(struct tn_ticket_facts *facts)
{
    forget_ids(facts);
    tn_support_contact_deinit(&facts->contact);
}

/* ---- what it is about -------------------------------------------------------------------------------------------- */

/* Sets an argument to the id of the record of that name. */
static void take_id(struct tn_lookup *lookup, const struct tn_call *list, const char *argument, const char *name)
{
    struct tn_call *call = lookup->call;
    if (lookup->err.code < 0)
        return;
    for (size_t page = 0; page < list->page_count; page++) {
        struct tn_json items = tn_call_items(list->op, tn_json_root(list->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
            const char *id = tn_json_string(it.value, "id", NULL);
            const char *found = tn_json_string(it.value, "properties.displayName", NULL);
            if (!id || !found || strcasecmp(found, name) != 0)
                continue;
            tn_values_set_text(call->op, &call->values, (size_t)tn_argument_index(call->op, argument), id,
                               &lookup->err);
            return;
        }
    }
    tn_err_set(&lookup->err, TENURE_ENOENT,
               "%s.%s: support knows no %s '%s' any more: look with `tenure call %s.%s`, and give its id as %s",
               call->op->module, call->op->name, argument, name, list->op->module, list->op->name, argument);
}

/* Without memory for what is kept it is looked up again. */
static void read_service(struct tn_lookup *lookup, const struct tn_call *list)
{
    struct tn_ticket_facts *facts = tn_engine_ticket_facts(lookup->engine);
    take_id(lookup, list, "service", lookup->call->op->about->service);
    if (lookup->err.code < 0)
        return;
    forget_ids(facts);
    facts->service = strdup(tn_call_argument(lookup->call, "service")->text);
}

/* A script's own service says nothing about the one that is kept. */
static void read_classification(struct tn_lookup *lookup, const struct tn_call *list)
{
    struct tn_ticket_facts *facts = tn_engine_ticket_facts(lookup->engine);
    const struct tn_about *about = lookup->call->op->about;
    take_id(lookup, list, "classification", about->classification);
    const char *service = tn_call_argument(lookup->call, "service")->text;
    if (lookup->err.code < 0 || !facts->service || strcmp(facts->service, service) != 0)
        return;
    free(facts->classification);
    facts->classification = strdup(tn_call_argument(lookup->call, "classification")->text);
    facts->about = facts->classification ? about : NULL;
    facts->found_ms = tn_loop_now_ms(tn_engine_loop(lookup->engine));
}

/* 1: both ids are as they were found before; 0: they are not known. */
static int take_kept(struct tn_lookup *lookup, struct tn_err *err)
{
    struct tn_call *call = lookup->call;
    const struct tn_ticket_facts *facts = tn_engine_ticket_facts(lookup->engine);
    int64_t age_ms = tn_loop_now_ms(tn_engine_loop(lookup->engine)) - facts->found_ms;
    if (facts->about != call->op->about || age_ms > KEPT_MS)
        return 0;
    int rc = tn_values_set_text(call->op, &call->values, (size_t)tn_argument_index(call->op, "service"), facts->service,
                                err);
    if (rc == TENURE_OK)
        rc = tn_values_set_text(call->op, &call->values, (size_t)tn_argument_index(call->op, "classification"),
                                facts->classification, err);
    return rc < 0 ? rc : 1;
}

/* rc as tn_lookup_start(). */
static int look_for_subject(struct tn_lookup *lookup, struct tn_err *err)
{
    const struct tn_argument_value *service = tn_call_argument(lookup->call, "service"),
                                   *classification = tn_call_argument(lookup->call, "classification");
    struct tn_errand errand = {.op = tn_operation_find("support", "services")};
    if (service->given && classification->given)
        return 0;
    int rc = service->given || classification->given ? 0 : take_kept(lookup, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (!service->given)
        return tn_lookup_ask(lookup, &errand, read_service, err);
    errand.op = tn_operation_find("support", "problem_classifications");
    errand.id = service->text;
    return tn_lookup_ask(lookup, &errand, read_classification, err);
}

/* ---- whether it is there ----------------------------------------------------------------------------------------- */

static void read_there(struct tn_lookup *lookup, const struct tn_call *errand)
{
    lookup->asked_there = true;
    if (lookup->err.http_status == 404)
        lookup->err = (struct tn_err){0};
    if (lookup->err.code < 0 || errand->err.code < 0)
        return;
    struct tn_json ticket = tn_json_root(errand->pages[0]);
    const char *number = tn_json_string(ticket, "properties.supportTicketId", NULL);
    const char *status = tn_json_string(ticket, "properties.status", NULL);
    const char *id = tn_json_string(ticket, "id", NULL);
    struct tn_field_value portal = {0};
    tn_field_set_portal(&portal, tn_engine_cloud(lookup->engine)->portal, id ? id : "");
    snprintf(lookup->there, sizeof lookup->there, "support was asked already: ticket %.40s%s%.40s; go on in it: %.200s",
             number ? number : "without a number", status ? " is " : "", status ? status : "", portal.text);
}

static int look_whether_there(struct tn_lookup *lookup, struct tn_err *err)
{
    const struct tn_call *call = lookup->call;
    const struct tn_argument_value *subscription = tn_call_argument(call, "subscription");
    char name[TN_THING_TEXT];
    call->op->name_thing(call, name);
    struct tn_errand errand = {.op = tn_operation_find(call->op->module, call->op->found_by),
                               .id = name,
                               .option = "subscription",
                               .value = subscription->given ? subscription->text : NULL};
    return tn_lookup_ask(lookup, &errand, read_there, err);
}

int tn_lookup_ticket(struct tn_lookup *lookup, struct tn_err *err)
{
    const struct tn_operation *op = lookup->call->op;
    int rc = op->about ? look_for_subject(lookup, err) : 0;
    if (rc == 0 && op->found_by && lookup->whether_there && !lookup->asked_there)
        rc = look_whether_there(lookup, err);
    return rc;
}
