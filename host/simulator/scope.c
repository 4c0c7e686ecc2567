/* Scopes: see scope.h. */
#include "simulator/scope.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
