/* What tenure.reservations answers with, field by field. Facts: the Microsoft.Capacity REST reference 2022-11-01. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/modules/capacity.h"
#include "azure/modules/fields.h"

/* ---- fields made of several members ------------------------------------------------------------------------------ */

static int compute_portal(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err)
{
    struct tn_field_value id = {0};
    int rc = tn_capacity_reservation_id(field, raw, &id, err);
    if (rc < 0 || !id.present)
        return rc;
    tn_field_set_portal(value, tn_json_base(raw), id.text);
    return TENURE_OK;
}

static int compute_scope(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    (void)field;
    (void)err;
    static const char *const paths[] = {"properties.userFriendlyAppliedScopeType", "properties.appliedScopeType", NULL};
    return tn_field_first_text(raw, paths, value);
}

static int compute_used(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    (void)field, (void)err;
    double longest = 0;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(raw, "properties.utilization.aggregates"));
         tn_json_next(&it);) {
        double days, used;
        if (!tn_json_double(it.value, "grain", &days) || !tn_json_double(it.value, "value", &used) || days <= longest)
            continue;
        longest = days;
        value->number = used;
        value->present = true;
    }
    return TENURE_OK;
}

/* What of the rolling refund limit is left, before this refund. */
static int compute_limit_left(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                              struct tn_err *err)
{
    (void)field;
    struct tn_money limit, consumed;
    int has_limit = tn_json_money(raw, "properties.policyResult.properties.maxRefundLimit", &limit, err);
    int has_consumed = tn_json_money(raw, "properties.policyResult.properties.consumedRefundsTotal", &consumed, err);
    if (has_limit < 0 || has_consumed < 0)
        return has_limit < 0 ? has_limit : has_consumed;
    if (!has_limit || !has_consumed)
        return TENURE_OK;
    value->present = true;
    return tn_money_sub(&value->money, &limit, &consumed, err);
}

#define POLICY_ERRORS "properties.policyResult.properties.policyErrors"

static int compute_allowed(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                           struct tn_err *err)
{
    (void)field;
    (void)err;
    value->present = true;
    value->boolean = tn_json_length(tn_json_find(raw, POLICY_ERRORS)) == 0;
    return TENURE_OK;
}

static int compute_refusal_code(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                                struct tn_err *err)
{
    (void)field, (void)err;
    const char *code = tn_json_string(raw, "code", NULL);
    tn_field_set_text(value, code && *code ? code : TN_POLICY_NO_CODE);
    return TENURE_OK;
}

static int compute_refusal(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                           struct tn_err *err)
{
    (void)field, (void)err;
    char text[sizeof value->buffer];
    bool kept = false;
    tn_json_bool(raw, TN_POLICY_KEPT, &kept);
    if (!tn_policy_tell_nothing(raw, text))
        tn_policy_explain(tn_json_string(raw, "code", NULL), tn_json_string(raw, "message", NULL), kept, text,
                          sizeof text);
    tn_field_set_text(value, text);
    return TENURE_OK;
}

static int compute_revision(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                            struct tn_err *err)
{
    (void)field;
    (void)err;
    const char *id = tn_json_string(raw, "id", NULL), *slash = id ? strrchr(id, '/') : NULL;
    char *end = NULL;
    long long number = slash ? strtoll(slash + 1, &end, 10) : 0;
    value->present = slash && end != slash + 1 && !*end;
    value->integer = number;
    return TENURE_OK;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static const struct tn_flag capability_flags[] = {
    {"refund", "ApiReturnEnabled"}, {"exchange", "ApiExchangeEnabled"}, {NULL, NULL}};

static const struct tn_field reservation_fields[] = {
    {.name = "id",
     .compute = tn_capacity_reservation_id,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id of the reservation"},
    {.name = "order", .compute = tn_capacity_order_of, .type = TN_TYPE_ID, .doc = "GUID of its order"},
    {.name = "name", .path = "properties.displayName", .type = TN_TYPE_STRING, .column = true, .doc = "display name"},
    {.name = "sku",
     .path = "sku.name",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what is reserved, e.g. Standard_D2s_v3"},
    {.name = "type",
     .path = "properties.reservedResourceType",
     .type = TN_TYPE_STRING,
     .doc = "VirtualMachines, SqlDatabases …"},
    {.name = "region", .path = "location", .type = TN_TYPE_STRING, .column = true, .doc = "absent for global products"},
    {.name = "quantity", .path = "properties.quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "term", .path = "properties.term", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y, P3Y or P5Y"},
    {.name = "billing_plan", .path = "properties.billingPlan", .type = TN_TYPE_STRING, .doc = "Upfront or Monthly"},
    {.name = "billing_scope",
     .path = "properties.billingScopeId",
     .type = TN_TYPE_ID,
     .doc = "subscription that is billed"},
    {.name = "scope",
     .compute = compute_scope,
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Shared, Single, ResourceGroup, ManagementGroup"},
    {.name = "scopes",
     .path = "properties.appliedScopes",
     .type = TN_TYPE_LIST,
     .doc = "ids it applies to; absent when shared"},
    {.name = "state",
     .path = "properties.provisioningState",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Succeeded, Cancelled, Expired …"},
    {.name = "status",
     .path = "properties.displayProvisioningState",
     .type = TN_TYPE_STRING,
     .doc = "what the portal shows: Succeeded, Expiring, NoBenefit …"},
    {.name = "purchased", .compute = tn_capacity_purchased, .type = TN_TYPE_DATE, .doc = "when it was bought"},
    {.name = "expires", .compute = tn_capacity_expires, .type = TN_TYPE_DATE, .column = true, .doc = "when it ends"},
    {.name = "renew", .path = "properties.renew", .type = TN_TYPE_BOOLEAN, .doc = "renews by itself"},
    {.name = "flexible",
     .compute = tn_capacity_flexible,
     .type = TN_TYPE_BOOLEAN,
     .doc = "spreads over the sizes of its family; absent for what is no virtual machine"},
    {.name = "review", .path = "properties.reviewDateTime", .type = TN_TYPE_DATE, .doc = "when to review it"},
    {.name = "utilization",
     .path = "properties.utilization.aggregates",
     .type = TN_TYPE_KEYED,
     .key = "grain",
     .value = "value",
     .doc = "percent used over the last [1], [7] and [30] days"},
    {.name = "used",
     .compute = compute_used,
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "percent used over the most days reported: 30, else 7, else 1"},
    {.name = "can",
     .path = "properties.capabilities",
     .type = TN_TYPE_FLAGS,
     .flags = capability_flags,
     .doc = "what the service accepts; only lists of all reservations report it"},
    {.name = "portal", .compute = compute_portal, .type = TN_TYPE_STRING, .doc = "link to the portal's page"},
    {.name = NULL},
};
const struct tn_record tn_record_reservation = {"reservation", reservation_fields,
                                                "A reservation (Microsoft.Capacity)"};

static const struct tn_field refusal_fields[] = {
    {.name = "code",
     .compute = compute_refusal_code,
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "fixed word, e.g. RefundLimitExceeded; unexplained where the service gives none"},
    {.name = "message",
     .compute = compute_refusal,
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "for people: the service's text where it has one, and what to do instead"},
    {.name = NULL},
};
const struct tn_record tn_record_refusal = {"refusal", refusal_fields, "Why the service would refuse"};

static const struct tn_field refund_quote_fields[] = {
    {.name = "reservation",
     .compute = tn_capacity_reservation_id,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id"},
    {.name = "quantity",
     .path = "properties.quantity",
     .type = TN_TYPE_INTEGER,
     .column = true,
     .doc = "how many would be returned"},
    {.name = "back",
     .path = "properties.billingRefundAmount",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "comes back to the partner's account, in the billing currency"},
    {.name = "worth",
     .path = "properties.pricingRefundAmount",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "the same in USD, which counts against the refund limit"},
    {.name = "limit_left",
     .compute = compute_limit_left,
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "USD of the rolling limit not used yet"},
    {.name = "allowed",
     .compute = compute_allowed,
     .type = TN_TYPE_BOOLEAN,
     .column = true,
     .doc = "false: see refusals"},
    {.name = "refusals",
     .path = POLICY_ERRORS,
     .type = TN_TYPE_LIST,
     .record = &tn_record_refusal,
     .column = true,
     .always = true,
     .doc = "why not; empty where it would not"},
    TN_FIELD_ASKED,
    TN_FIELD_DOUBTS,
    {.name = NULL},
};
const struct tn_record tn_record_refund_quote = {"quote", refund_quote_fields, "What a refund would be worth"};

static const struct tn_field revision_fields[] = {
    {.name = "revision",
     .compute = compute_revision,
     .type = TN_TYPE_INTEGER,
     .column = true,
     .doc = "its number, rising"},
    {.name = "id", .compute = tn_capacity_reservation_id, .type = TN_TYPE_ID, .doc = "full id of the reservation"},
    {.name = "since",
     .path = "properties.effectiveDateTime",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "since when it was so"},
    {.name = "state",
     .path = "properties.provisioningState",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Succeeded, Cancelled, PendingBilling …"},
    {.name = "quantity", .path = "properties.quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "status",
     .path = "properties.extendedStatusInfo.statusCode",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Pending marks an operation that is under way"},
    {.name = "message",
     .path = "properties.extendedStatusInfo.message",
     .type = TN_TYPE_STRING,
     .doc = "the service's text for people"},
    {.name = NULL},
};
const struct tn_record tn_record_revision = {"revision", revision_fields, "A reservation as it was at a time"};

static const struct tn_field available_scope_fields[] = {
    {.name = "scope", .path = "scope", .type = TN_TYPE_ID, .column = true, .doc = "the id that was asked about"},
    {.name = "valid", .path = "valid", .type = TN_TYPE_BOOLEAN, .column = true, .doc = "whether it could be the scope"},
    {.name = NULL},
};
const struct tn_record tn_record_available_scope = {"available_scope", available_scope_fields,
                                                    "Whether a reservation could have a scope"};
