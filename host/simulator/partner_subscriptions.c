/* Partner Center, a customer's subscriptions: see partner_subscriptions.h. */
#include "simulator/partner_subscriptions.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/operation.h"
#include "simulator/partner_center.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define STARTED "2022-03-01T00:00:00Z"

/* What Partner Center sells: Azure, and what must not be taken for it. */
enum kind { AZURE, LICENSES, KINDS };

/* Partner Center's own id, which is not that of the Azure subscription behind it. */
static void id_of(const struct tn_sim_customer *customer, enum kind kind, char id[TN_GUID_TEXT])
{
    char seedling[96];
    snprintf(seedling, sizeof seedling, "%s sold to %s", kind == AZURE ? "Azure" : "licenses", customer->id);
    tn_guid_derive(id, seedling);
}

void tn_sim_partner_subscription_id(const struct tn_sim_customer *customer, char id[TN_GUID_TEXT])
{
    id_of(customer, AZURE, id);
}

/* Every second customer has licenses too. */
static bool has(const struct tn_sim_customer *customer, enum kind kind)
{
    return kind == AZURE || customer->id[TN_GUID_TEXT - 2] % 2 == 0;
}

/* What the path names of this customer. False: the refusal is written. */
static bool named_subscription(struct tn_sim_call *call, const struct tn_sim_customer *customer, enum kind *kind)
{
    char id[TN_GUID_TEXT];
    for (*kind = AZURE; *kind < KINDS; (*kind)++) {
        id_of(customer, *kind, id);
        if (has(customer, *kind) && tn_id_equal(id, call->params[1]))
            return true;
    }
    tn_sim_partner_error(call, 404, 20003, "The customer has no subscription '%.40s'.", call->params[1]);
    return false;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void write_offer(struct tn_json_writer *w, const struct tn_sim_customer *customer, enum kind kind)
{
    bool plan = customer->azure_plan;
    if (kind == AZURE)
        tn_jw_kv_string(w, "entitlementId", customer->subscription);
    tn_jw_kv_string(w, "offerId", kind == LICENSES ? "MS-SIM-MAIL" : plan ? "MS-AZR-0017G" : "MS-AZR-0145P");
    tn_jw_kv_string(w, "offerName", kind == LICENSES ? "Mail and Calendar" : plan ? "Azure plan" : "Microsoft Azure");
    tn_jw_kv_string(w, "friendlyName", kind == LICENSES ? "Mail and Calendar" : customer->name);
    tn_jw_kv_int(w, "quantity", kind == AZURE ? 1 : 25);
    tn_jw_kv_string(w, "unitType", kind == AZURE ? "Usage-based" : "Licenses");
    tn_jw_kv_string(w, "creationDate", STARTED);
    tn_jw_kv_string(w, "effectiveStartDate", STARTED);
    tn_jw_kv_string(w, "commitmentEndDate", kind == AZURE ? "9999-12-31T00:00:00Z" : "2099-03-01T00:00:00Z");
    tn_jw_kv_string(w, "status", "active");
    tn_jw_kv_bool(w, "autoRenewEnabled", kind == LICENSES);
    tn_jw_kv_string(w, "billingType", kind == AZURE ? "usage" : "license");
    tn_jw_kv_string(w, "billingCycle", kind == AZURE ? "unknown" : "monthly");
    tn_jw_kv_string(w, "contractType", "subscription");
}

static void write_subscription(struct tn_json_writer *w, const struct tn_sim_customer *customer, enum kind kind)
{
    char id[TN_GUID_TEXT], etag[TN_GUID_TEXT + 8];
    id_of(customer, kind, id);
    snprintf(etag, sizeof etag, "\"%.36s\"", id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    write_offer(w, customer, kind);
    tn_sim_partner_self(w, "/customers/%s/subscriptions/%s", customer->id, id);
    tn_sim_partner_attributes(w, "Subscription", etag);
    tn_jw_object_end(w);
}

void tn_sim_partner_subscriptions(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    if (!customer)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, has(customer, LICENSES) ? 2 : 1);
    if (has(customer, LICENSES))
        write_subscription(&w, customer, LICENSES);
    write_subscription(&w, customer, AZURE);
    tn_sim_partner_items_end(&w);
}

void tn_sim_partner_subscription(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    enum kind kind;
    if (!customer || !named_subscription(call, customer, &kind))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    write_subscription(&w, customer, kind);
}

/* ---- registration ----------------------------------------------------------------------------------------------- */

struct registering {
    struct tn_sim_operation operation;
    struct tn_sim_customer *customer;
    size_t seq; /* in the book */
    bool fails;
};

bool tn_sim_is_registered(const struct tn_sim_customer *customer)
{
    bool from_the_beginning = customer->first && customer->first->history.born.at_ms == TN_SIM_ALWAYS;
    return from_the_beginning || customer->registration == TN_SIM_REGISTERED;
}

static void on_settled(struct tn_sim_operation *operation)
{
    struct registering *registering = tn_container_of(operation, struct registering, operation);
    registering->customer->registration = registering->fails ? TN_SIM_UNREGISTERED : TN_SIM_REGISTERED;
    tn_sim_book_settle(&operation->simulator->book, registering->seq, registering->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* False: out of memory. */
static bool begin(struct tn_sim_call *call, struct tn_sim_customer *customer)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_effect effect = tn_sim_partner_effect(call, customer, "register", "pending");
    struct registering *registering =
        tn_sim_operation_begin(simulator, sizeof *registering, simulator->settle_ms, on_settled);
    if (!registering)
        return false;
    registering->customer = customer;
    registering->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    effect.quantity = 1;
    registering->seq = tn_sim_book_add(&simulator->book, &effect);
    customer->registration = TN_SIM_REGISTERING;
    return registering->seq > 0;
}

void tn_sim_partner_register(struct tn_sim_call *call)
{
    struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    enum kind kind;
    if (!customer || !named_subscription(call, customer, &kind))
        return;
    if (kind != AZURE) {
        tn_sim_partner_error(call, 400, 800011, "The subscription '%s' is not an Azure subscription.", call->params[1]);
        return;
    }
    /* Whoever is registered, or about to be, may ask again: nothing changes. */
    bool idle = !tn_sim_is_registered(customer) && customer->registration == TN_SIM_UNREGISTERED;
    if (idle && !begin(call, customer)) {
        call->answer->body.failed = true;
        return;
    }
    call->answer->status = 202;
    tn_sim_answer_header(call->answer, "Location", "/customers/%s/subscriptions/%s/registrationstatus", customer->id,
                         call->params[1]);
}

void tn_sim_partner_registration(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    enum kind kind;
    if (!customer || !named_subscription(call, customer, &kind))
        return;
    bool registering = kind == AZURE && customer->registration == TN_SIM_REGISTERING;
    bool registered = kind == AZURE && tn_sim_is_registered(customer);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "subscriptionId", call->params[1]);
    tn_jw_kv_string(&w, "status", registered ? "Registered" : registering ? "Registering" : "NotRegistered");
    tn_sim_partner_attributes(&w, "SubscriptionRegistrationStatus", NULL);
    tn_jw_object_end(&w);
}
