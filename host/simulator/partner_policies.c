/* Partner Center, self-serve policies: see partner_policies.h. */
#include "simulator/partner_policies.h"

#include <stdio.h>
#include <string.h>

#include "simulator/partner_center.h"
#include "simulator/state.h"

/* What a policy may permit to be bought: a bit each, in a customer's policy. */
static const char *const resources[] = {"AzureReservedInstances", "AzureSavingsPlan", NULL};

static void write_policy(struct tn_json_writer *w, const struct tn_simulator *simulator,
                         const struct tn_sim_customer *customer)
{
    const char *partner = simulator->world.partner->id;
    char id[2 * TN_GUID_TEXT];
    snprintf(id, sizeof id, "%s_%s", partner, customer->id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_key(w, "selfServeEntity");
    tn_jw_object(w);
    tn_jw_kv_string(w, "selfServeEntityType", "customer");
    tn_jw_kv_string(w, "tenantID", customer->id);
    tn_jw_object_end(w);
    tn_jw_key(w, "grantor");
    tn_jw_object(w);
    tn_jw_kv_string(w, "grantorType", "billToPartner");
    tn_jw_kv_string(w, "tenantID", partner);
    tn_jw_object_end(w);
    tn_jw_key(w, "permissions");
    tn_jw_array(w);
    for (size_t i = 0; resources[i]; i++) {
        if (!(customer->policy & 1u << i))
            continue;
        tn_jw_object(w);
        tn_jw_kv_string(w, "resource", resources[i]);
        tn_jw_kv_string(w, "action", "Purchase");
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
    tn_sim_partner_attributes(w, "SelfServePolicy", customer->policy_etag);
    tn_jw_object_end(w);
}

/* ---- who it is about -------------------------------------------------------------------------------------------- */

static struct tn_sim_customer *customer_of(struct tn_sim_call *call, const char *id)
{
    struct tn_sim_world *world = &call->simulator->world;
    struct tn_sim_customer *customer = id ? tn_sim_customer_find(world, id) : NULL;
    if (customer && customer != world->partner)
        return customer;
    tn_sim_partner_error(call, 403, 20002, "There is no commerce relationship with the customer '%.40s'.",
                         id ? id : "");
    return NULL;
}

void tn_sim_partner_policies(struct tn_sim_call *call)
{
    const char *id = tn_sim_call_query(call, "entity_id");
    if (!tn_sim_partner_user(call))
        return;
    if (!id) {
        tn_sim_partner_error(call, 400, 800002, "The query's entity_id is missing.");
        return;
    }
    const struct tn_sim_customer *customer = customer_of(call, id);
    if (!customer)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, customer->policy ? 1 : 0);
    if (customer->policy)
        write_policy(&w, call->simulator, customer);
    tn_sim_partner_items_end(&w);
}

/* ---- grant ------------------------------------------------------------------------------------------------------ */

/* The bit of a permission; 0: it is none. */
static unsigned permission_bit(struct tn_json at)
{
    const char *resource = tn_json_string(at, "resource", NULL), *action = tn_json_string(at, "action", NULL);
    for (unsigned i = 0; resource && action && tn_id_equal(action, "Purchase") && resources[i]; i++) {
        if (tn_id_equal(resources[i], resource))
            return 1u << i;
    }
    return 0;
}

/* What the body permits; 0: the refusal is written. */
static unsigned read_permissions(struct tn_sim_call *call, struct tn_json root)
{
    const char *type = tn_json_string(root, "selfServeEntity.selfServeEntityType", NULL);
    const char *by = tn_json_string(root, "grantor.grantorType", NULL);
    const char *grantor = tn_json_string(root, "grantor.tenantID", NULL);
    unsigned policy = 0;
    bool good = type && tn_id_equal(type, "customer") && by && tn_id_equal(by, "billToPartner");
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "permissions")); good && tn_json_next(&it);) {
        unsigned bit = permission_bit(it.value);
        good = bit;
        policy |= bit;
    }
    if (!grantor || !tn_id_equal(grantor, call->simulator->world.partner->id))
        tn_sim_partner_error(call, 400, 800002, "The grantor's tenantID is not the partner's own tenant.");
    else if (!good || !policy)
        tn_sim_partner_error(call, 400, 800002,
                             "A policy lets a customer Purchase AzureReservedInstances or AzureSavingsPlan, as granted "
                             "by billToPartner.");
    else
        return policy;
    return 0;
}

/* False: out of memory. */
static bool book_policy(struct tn_sim_call *call, const struct tn_sim_customer *customer, const char *kind)
{
    struct tn_sim_effect effect = tn_sim_partner_effect(call, customer, kind, "succeeded");
    effect.quantity = 1;
    return tn_sim_book_add(&call->simulator->book, &effect) > 0;
}

void tn_sim_partner_grant_policy(struct tn_sim_call *call)
{
    struct tn_json root;
    if (!tn_sim_partner_user(call))
        return;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_partner_error(call, 400, 800002, "The request's body is not a JSON object.");
        return;
    }
    unsigned policy = read_permissions(call, root);
    struct tn_sim_customer *customer =
        policy ? customer_of(call, tn_json_string(root, "selfServeEntity.tenantID", NULL)) : NULL;
    if (!customer)
        return;
    if (customer->policy) {
        tn_sim_partner_error(call, 409, 600041, "A self-serve policy for the customer '%s' exists already.",
                             customer->id);
        return;
    }
    char tag[TN_GUID_TEXT];
    tn_sim_random_guid(&call->simulator->ids, tag);
    snprintf(customer->policy_etag, sizeof customer->policy_etag, "\"%s\"", tag);
    customer->policy = policy;
    if (!book_policy(call, customer, "grant_policy")) {
        call->answer->body.failed = true;
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 201);
    write_policy(&w, call->simulator, customer);
}

/* ---- revoke ----------------------------------------------------------------------------------------------------- */

/* No If-Match is asked for. No code is told for a policy that is not there: this is a neighbour's. */
void tn_sim_partner_revoke_policy(struct tn_sim_call *call)
{
    struct tn_sim_world *world = &call->simulator->world;
    const char *id = call->params[0];
    char partner[TN_GUID_TEXT];
    if (!tn_sim_partner_user(call))
        return;
    snprintf(partner, sizeof partner, "%s", id);
    struct tn_sim_customer *customer = NULL;
    if (strlen(id) == 2 * TN_GUID_TEXT - 1 && id[TN_GUID_TEXT - 1] == '_' && tn_id_equal(partner, world->partner->id))
        customer = tn_sim_customer_find(world, id + TN_GUID_TEXT);
    if (!customer || !customer->policy) {
        tn_sim_partner_error(call, 404, 600040, "There is no self-serve policy '%.80s'.", id);
        return;
    }
    customer->policy = 0;
    if (book_policy(call, customer, "revoke_policy"))
        call->answer->status = 204;
    else
        call->answer->body.failed = true;
}
