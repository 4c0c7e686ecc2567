/* Scopes: see scope.h. */
#include "simulator/scope.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/arm.h"
#include "simulator/state.h"

#define SUBSCRIPTIONS "/subscriptions/"
#define RESOURCE_GROUPS "/resourceGroups/"
#define MANAGEMENT_GROUPS "/providers/Microsoft.Management/managementGroups/"

/* What follows a prefix, whatever its case; NULL: it begins otherwise. */
static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncasecmp(text, prefix, len) == 0 ? text + len : NULL;
}

static bool is_name(const char *text)
{
    return *text && !strchr(text, '/');
}

bool tn_sim_scope_parse(const char *id, enum tn_sim_scope *scope)
{
    const size_t guid_len = TN_GUID_TEXT - 1;
    if (strlen(id) >= TN_SIM_SCOPE_TEXT)
        return false;
    const char *group = after(id, MANAGEMENT_GROUPS), *subscription = after(id, SUBSCRIPTIONS);
    if (group) {
        *scope = TN_SIM_MANAGEMENT_GROUP;
        return is_name(group);
    }
    if (!subscription || strlen(subscription) < guid_len || !tn_guid_valid(subscription, guid_len))
        return false;
    const char *rest = subscription + guid_len;
    *scope = *rest ? TN_SIM_RESOURCE_GROUP : TN_SIM_SINGLE;
    if (!*rest)
        return true;
    rest = after(rest, RESOURCE_GROUPS);
    return rest && is_name(rest);
}

bool tn_sim_scope_belongs(const struct tn_sim_world *world, const struct tn_sim_customer *customer, const char *id)
{
    char subscription[TN_GUID_TEXT];
    enum tn_sim_scope scope;
    if (!tn_sim_scope_parse(id, &scope))
        return false;
    if (scope == TN_SIM_MANAGEMENT_GROUP)
        return true;
    snprintf(subscription, sizeof subscription, "%s", id + strlen(SUBSCRIPTIONS));
    return tn_sim_subscription_find(world, subscription) == customer;
}

void tn_sim_scope_format(const struct tn_sim_reservation *reservation, const struct tn_sim_settings *settings,
                         char text[TN_SIM_SCOPE_TEXT])
{
    if (settings->scope == TN_SIM_SHARED)
        text[0] = '\0';
    else if (settings->scope_id)
        snprintf(text, TN_SIM_SCOPE_TEXT, "%s", settings->scope_id);
    else
        snprintf(text, TN_SIM_SCOPE_TEXT, SUBSCRIPTIONS "%s", reservation->order->customer->subscription);
}

const char *tn_sim_scope_type(enum tn_sim_scope scope)
{
    return scope == TN_SIM_RESOURCE_GROUP ? "Single" : tn_sim_scope_friendly(scope);
}

const char *tn_sim_scope_friendly(enum tn_sim_scope scope)
{
    static const char *const names[] = {"Shared", "Single", "ResourceGroup", "ManagementGroup"};
    return names[scope];
}

/* ---- as a request gives them ------------------------------------------------------------------------------------ */

/* The one scope of a Single reservation, from either of the places it may stand in; NULL: the refusal is written. */
static const char *single_scope(struct tn_sim_call *call, struct tn_json properties)
{
    struct tn_json scopes = tn_json_find(properties, "appliedScopes");
    const char *id = tn_json_string(properties, "appliedScopeProperties.resourceGroupId", NULL);
    if (!id)
        id = tn_json_string(properties, "appliedScopeProperties.subscriptionId", NULL);
    for (struct tn_json_iter it = tn_json_each(scopes); tn_json_next(&it);)
        id = tn_json_string(it.value, "", NULL);
    if (tn_json_length(scopes) > 1)
        tn_sim_arm_error(call, 400, "InvalidSingleAppliedScopesCount",
                         "A reservation whose appliedScopeType is Single has exactly one applied scope.");
    else if (!id)
        tn_sim_arm_error(call, 400, "MissingAppliedScopesForSingle",
                         "A reservation whose appliedScopeType is Single needs a scope in appliedScopes.");
    else
        return id;
    return NULL;
}

/* What the discount may not be moved to is refused with one code. Whether a management group of another tenant is
 * refused so, nobody knows. */
static bool scope_allowed(struct tn_sim_call *call, const char *id, bool group, enum tn_sim_scope *scope)
{
    if (tn_sim_scope_belongs(&call->simulator->world, call->customer, id) && tn_sim_scope_parse(id, scope) &&
        (*scope == TN_SIM_MANAGEMENT_GROUP) == group)
        return true;
    tn_sim_arm_error(call, 400, "AppliedScopesNotAssociatedWithCommerceAccount",
                     "The scope '%.200s' is not associated with the commerce account of the reservation.", id);
    return false;
}

static bool read_management_group(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *id = tn_json_string(properties, "appliedScopeProperties.managementGroupId", NULL);
    const char *tenant = tn_json_string(properties, "appliedScopeProperties.tenantId", NULL);
    if (!id || (tenant && !tn_id_equal(tenant, call->customer->id))) {
        tn_sim_arm_error(call, 400, id ? "AppliedScopesNotAssociatedWithCommerceAccount" : "BadRequest",
                         "The appliedScopeType ManagementGroup needs a managementGroupId of this tenant in "
                         "appliedScopeProperties.");
        return false;
    }
    settings->scope_id = id;
    return scope_allowed(call, id, true, &settings->scope);
}

static bool read_shared(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    if (tn_json_length(tn_json_find(properties, "appliedScopes")) > 0) {
        tn_sim_arm_error(call, 400, "BadRequest", "A reservation whose appliedScopeType is Shared has no scopes.");
        return false;
    }
    settings->scope = TN_SIM_SHARED;
    settings->scope_id = NULL;
    return true;
}

bool tn_sim_scope_named(struct tn_json properties)
{
    return tn_json_type_of(properties, "appliedScopeType") > TN_JSON_NULL ||
           tn_json_type_of(properties, "appliedScopeProperties") > TN_JSON_NULL ||
           tn_json_length(tn_json_find(properties, "appliedScopes")) > 0;
}

bool tn_sim_scope_read(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *type = tn_json_string(properties, "appliedScopeType", NULL);
    if (!tn_sim_scope_named(properties))
        return true;
    if (!type)
        type = tn_sim_scope_type(settings->scope);
    if (tn_id_equal(type, "Shared"))
        return read_shared(call, properties, settings);
    if (tn_id_equal(type, "ManagementGroup"))
        return read_management_group(call, properties, settings);
    if (!tn_id_equal(type, "Single")) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent",
                         "The appliedScopeType '%.40s' is none of Shared, Single, ManagementGroup.", type);
        return false;
    }
    settings->scope_id = single_scope(call, properties);
    return settings->scope_id && scope_allowed(call, settings->scope_id, false, &settings->scope);
}
