/* What is to be bought: see purchase.h. */
#include "azure/modules/purchase.h"

#include <stdio.h>
#include <string.h>

const char *const tn_purchase_terms[] = {"P1Y", "P3Y", "P5Y", NULL};
const char *const tn_purchase_plans[] = {"Upfront", "Monthly", NULL};

static const char *const savings_plan_terms[] = {"P1Y", "P3Y", NULL};

/* Named after the only operation that has tables in its arguments. */
const struct tn_operation tn_purchase_row = {
    .module = "reservations",
    .name = "quote_exchange",
    .path = "",
    .arguments = {TN_PURCHASE_ARGUMENTS},
    .check = tn_purchase_check,
};
const struct tn_operation tn_savings_plan_row = {
    .module = "reservations",
    .name = "quote_exchange",
    .path = "",
    .arguments = {{"commitment", TN_TYPE_MONEY, true, TN_IN_BODY, NULL, NULL, "to be paid for each hour"},
                  {"term", TN_TYPE_STRING, true, TN_IN_BODY, NULL, savings_plan_terms, "how long"},
                  {"billing_plan", TN_TYPE_STRING, false, TN_IN_BODY, NULL, tn_purchase_plans, "Upfront unless given"},
                  {"billing_scope", TN_TYPE_SUBSCRIPTION, true, TN_IN_BODY, NULL, NULL, "subscription that is billed"},
                  {"name", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "display name"},
                  {"scope", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL,
                   "Shared, or the id of a subscription, a resource group or a management group"}},
    .check = tn_purchase_check,
};

int tn_purchase_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    return tn_capacity_check_scope(op, values, err);
}

/* A member of ours as a member of Azure's; nothing where it is not given. */
static void put_text(struct tn_json ours, const char *name, struct tn_json_writer *w, const char *key)
{
    const char *text = tn_json_string(ours, name, NULL);
    if (text)
        tn_jw_kv_string(w, key, text);
}

static void put_flexible(struct tn_json ours, struct tn_json_writer *w)
{
    bool flexible;
    if (!tn_json_bool(ours, "flexible", &flexible))
        return;
    tn_jw_key(w, "reservedResourceProperties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "instanceFlexibility", flexible ? "On" : "Off");
    tn_jw_object_end(w);
}

void tn_purchase_write(struct tn_json ours, const char *tenant, struct tn_json_writer *w)
{
    int64_t quantity;
    bool renew;
    const char *scope = tn_json_string(ours, "scope", NULL);
    tn_jw_object(w);
    tn_jw_key(w, "sku");
    tn_jw_object(w);
    put_text(ours, "sku", w, "name");
    tn_jw_object_end(w);
    put_text(ours, "region", w, "location");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    put_text(ours, "type", w, "reservedResourceType");
    put_text(ours, "billing_scope", w, "billingScopeId");
    put_text(ours, "term", w, "term");
    put_text(ours, "billing_plan", w, "billingPlan");
    if (tn_json_int(ours, "quantity", &quantity))
        tn_jw_kv_int(w, "quantity", quantity);
    put_text(ours, "name", w, "displayName");
    if (scope)
        tn_capacity_write_scope(scope, tenant, w);
    if (tn_json_bool(ours, "renew", &renew))
        tn_jw_kv_bool(w, "renew", renew);
    put_flexible(ours, w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

/* Upfront is said by saying nothing, monthly by a period. */
static void put_savings_plan_period(struct tn_json ours, struct tn_json_writer *w)
{
    const char *plan = tn_json_string(ours, "billing_plan", NULL);
    if (plan && strcmp(plan, "Monthly") == 0)
        tn_jw_kv_string(w, "billingPlan", "P1M");
}

static void put_commitment(struct tn_json ours, struct tn_json_writer *w)
{
    struct tn_money money;
    if (tn_json_money(ours, "commitment", &money, NULL) <= 0)
        return;
    tn_jw_key(w, "commitment");
    tn_jw_object(w);
    tn_jw_kv_string(w, "currencyCode", money.currency);
    tn_jw_key(w, "amount");
    tn_jw_amount(w, &money);
    tn_jw_kv_string(w, "grain", "Hourly");
    tn_jw_object_end(w);
}

/* Reservations have their one scope in a list, savings plans by what it is the id of. */
static void put_savings_plan_scope(const char *scope, const char *tenant, struct tn_json_writer *w)
{
    const char *group = strchr(scope + 1, '/');
    group = group ? strchr(group + 1, '/') : NULL; /* behind /subscriptions/{guid} */
    if (strcmp(tn_capacity_scope_type(scope), "Single") != 0) {
        tn_capacity_write_scope(scope, tenant, w);
        return;
    }
    tn_jw_kv_string(w, "appliedScopeType", "Single");
    tn_jw_key(w, "appliedScopeProperties");
    tn_jw_object(w);
    tn_jw_kv_string(w, group ? "resourceGroupId" : "subscriptionId", scope);
    tn_jw_object_end(w);
}

void tn_savings_plan_write(struct tn_json ours, const char *tenant, struct tn_json_writer *w)
{
    const char *scope = tn_json_string(ours, "scope", NULL);
    tn_jw_object(w);
    tn_jw_key(w, "sku");
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", "Compute_Savings_Plan");
    tn_jw_object_end(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    put_text(ours, "name", w, "displayName");
    put_text(ours, "billing_scope", w, "billingScopeId");
    put_text(ours, "term", w, "term");
    put_savings_plan_period(ours, w);
    if (scope)
        put_savings_plan_scope(scope, tenant, w);
    put_commitment(ours, w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

int tn_purchase_write_values(const struct tn_operation *op, const struct tn_values *values, const char *tenant,
                             lua_State *L, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_buf ours = {0};
    struct tn_json_writer to_ours;
    struct tn_json_doc *doc = NULL;
    tn_jw_init(&to_ours, &ours);
    tn_values_write(op, values, &to_ours);
    int rc = ours.failed ? tn_err_no_memory(err) : tn_json_parse(L, ours.data, ours.len, 0, &doc, err);
    if (rc == TENURE_OK)
        tn_purchase_write(tn_json_root(doc), tenant, w);
    tn_json_close(doc);
    tn_buf_deinit(&ours);
    return rc;
}

/* ---- back into the words of scripts ------------------------------------------------------------------------------ */

static const char *scope_of(struct tn_json body)
{
    static const char *const paths[] = {"properties.appliedScopeProperties.managementGroupId",
                                        "properties.appliedScopeProperties.resourceGroupId",
                                        "properties.appliedScopeProperties.subscriptionId", NULL};
    const char *type = tn_json_string(body, "properties.appliedScopeType", NULL);
    if (type && strcasecmp(type, "Shared") == 0)
        return "Shared";
    struct tn_json_iter it = tn_json_each(tn_json_find(body, "properties.appliedScopes"));
    const char *scope = tn_json_next(&it) ? tn_json_string(it.value, "", NULL) : NULL;
    for (const char *const *path = paths; !scope && *path; path++)
        scope = tn_json_string(body, *path, NULL);
    return scope;
}

/* A reservation has it among its properties, a purchase one level below. */
static const char *flexibility_of(struct tn_json body)
{
    const char *word = tn_json_string(body, "properties.instanceFlexibility", NULL);
    return word ? word : tn_json_string(body, "properties.reservedResourceProperties.instanceFlexibility", NULL);
}

void tn_purchase_write_ours(struct tn_json body, struct tn_json_writer *w)
{
    int64_t quantity;
    bool renew;
    const char *scope = scope_of(body), *flexibility = flexibility_of(body);
    tn_jw_object(w);
    put_text(body, "sku.name", w, "sku");
    put_text(body, "properties.reservedResourceType", w, "type");
    put_text(body, "location", w, "region");
    put_text(body, "properties.term", w, "term");
    put_text(body, "properties.billingPlan", w, "billing_plan");
    put_text(body, "properties.billingScopeId", w, "billing_scope");
    if (tn_json_int(body, "properties.quantity", &quantity))
        tn_jw_kv_int(w, "quantity", quantity);
    put_text(body, "properties.displayName", w, "name");
    if (scope)
        tn_jw_kv_string(w, "scope", scope);
    if (tn_json_bool(body, "properties.renew", &renew))
        tn_jw_kv_bool(w, "renew", renew);
    if (flexibility)
        tn_jw_kv_bool(w, "flexible", strcasecmp(flexibility, "On") == 0);
    tn_jw_object_end(w);
}

void tn_savings_plan_write_ours(struct tn_json body, struct tn_json_writer *w)
{
    struct tn_money commitment;
    const char *scope = scope_of(body), *period = tn_json_string(body, "properties.billingPlan", NULL);
    tn_jw_object(w);
    if (tn_json_money(body, "properties.commitment", &commitment, NULL) > 0)
        tn_jw_kv_money(w, "commitment", &commitment);
    put_text(body, "properties.term", w, "term");
    tn_jw_kv_string(w, "billing_plan", period ? "Monthly" : "Upfront");
    put_text(body, "properties.billingScopeId", w, "billing_scope");
    put_text(body, "properties.displayName", w, "name");
    if (scope)
        tn_jw_kv_string(w, "scope", scope);
    tn_jw_object_end(w);
}
