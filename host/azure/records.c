/*
 * The records, field by field.
 *
 * Sources: the Microsoft.Capacity REST reference, version 2022-11-01 (reservations, orders, quotes), and the Partner
 * Center REST reference (customers). All of Azure's enumerations are open: values are passed on as they come.
 */
#include <stdio.h>
#include <string.h>

#include "azure/record.h"
#include "azure/values.h"
#include "base/id.h"

/* ---- made of several members ------------------------------------------------------------------------------------ */

static void set_text(struct tn_field_value *value, const char *text)
{
    snprintf(value->buffer, sizeof value->buffer, "%s", text);
    value->text = value->buffer;
    value->text_len = strlen(value->buffer);
    value->present = true;
}

/* The id without the "/revisions/{n}" that a split or a history adds to it. */
static int compute_reservation_id(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                                  struct tn_err *err)
{
    (void)field;
    (void)err;
    char order[37], reservation[37], id[160];
    const char *text = tn_json_string(raw, "id", NULL);
    if (!text || !tn_reservation_id_parse(text, order, reservation) || !order[0] || !reservation[0])
        return TENURE_OK;
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", order, reservation);
    set_text(value, id);
    return TENURE_OK;
}

static int compute_order_of(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                            struct tn_err *err)
{
    (void)field;
    (void)err;
    char order[37], reservation[37];
    const char *text = tn_json_string(raw, "id", NULL);
    if (text && tn_reservation_id_parse(text, order, reservation) && order[0])
        set_text(value, order);
    return TENURE_OK;
}

/* Assumption: the portal opens any resource id this way; no public document promises it for reservations. */
static int compute_portal(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err)
{
    struct tn_field_value id = {0};
    int rc = compute_reservation_id(field, raw, &id, err);
    if (rc < 0 || !id.present)
        return rc;
    char link[256];
    snprintf(link, sizeof link, "https://portal.azure.com/#resource%.160s/overview", id.text);
    set_text(value, link);
    return TENURE_OK;
}

static int first_text(struct tn_json raw, const char *const *paths, struct tn_field_value *value)
{
    for (; *paths; paths++) {
        const char *text = tn_json_string(raw, *paths, NULL);
        if (text && *text) {
            set_text(value, text);
            break;
        }
    }
    return TENURE_OK;
}

static int compute_scope(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    (void)field;
    (void)err;
    static const char *const paths[] = {"properties.userFriendlyAppliedScopeType", "properties.appliedScopeType", NULL};
    return first_text(raw, paths, value);
}

static int first_date(const struct tn_field *field, struct tn_json raw, const char *const *paths,
                      struct tn_field_value *value, struct tn_err *err)
{
    for (; *paths; paths++) {
        enum tn_json_type type = tn_json_type_of(raw, *paths);
        if (type == TN_JSON_ABSENT || type == TN_JSON_NULL)
            continue;
        if (!tn_json_time(raw, *paths, &value->integer))
            return tn_err_set(err, TENURE_EPROTO, "the answer's %s is not a time (%s)", field->name, *paths);
        value->present = true;
        break;
    }
    return TENURE_OK;
}

static int compute_purchased(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                             struct tn_err *err)
{
    static const char *const paths[] = {"properties.purchaseDateTime", "properties.purchaseDate", NULL};
    return first_date(field, raw, paths, value, err);
}

static int compute_expires(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                           struct tn_err *err)
{
    static const char *const paths[] = {"properties.expiryDateTime", "properties.expiryDate", NULL};
    return first_date(field, raw, paths, value, err);
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

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static const struct tn_field customer_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "tenant id of the customer"},
    {.name = "domain",
     .path = "companyProfile.domain",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "default domain"},
    {.name = "name",
     .path = "companyProfile.companyName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "company name"},
    {.name = "relationship",
     .path = "relationshipToPartner",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "reseller, advisor …; only resellers' customers can be transacted for"},
    {.name = "country",
     .path = "billingProfile.defaultAddress.country",
     .type = TN_TYPE_STRING,
     .doc = "two letters; only where details were fetched"},
    {.name = "currency",
     .path = "billingProfile.currency",
     .type = TN_TYPE_STRING,
     .doc = "billing currency; only where details were fetched and the service reports it"},
    {.name = "delegated",
     .path = "allowDelegatedAccess",
     .type = TN_TYPE_BOOLEAN,
     .doc = "whether the partner may act in the tenant; only where details were fetched"},
    {.name = "data",
     .path = TN_JOIN_MEMBER,
     .type = TN_TYPE_DATA,
     .doc = "what the workflow's `join` says of it; a name that no column has is an error"},
    {.name = NULL},
};
const struct tn_record tn_record_customer = {"customer", customer_fields, "A customer of the partner (Partner Center)"};

static const struct tn_flag capability_flags[] = {
    {"refund", "ApiReturnEnabled"}, {"exchange", "ApiExchangeEnabled"}, {NULL, NULL}};

static const struct tn_field reservation_fields[] = {
    {.name = "id",
     .compute = compute_reservation_id,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id of the reservation"},
    {.name = "order", .compute = compute_order_of, .type = TN_TYPE_ID, .doc = "GUID of its order"},
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
    {.name = "purchased", .compute = compute_purchased, .type = TN_TYPE_DATE, .doc = "when it was bought"},
    {.name = "expires", .compute = compute_expires, .type = TN_TYPE_DATE, .column = true, .doc = "when it ends"},
    {.name = "renew", .path = "properties.renew", .type = TN_TYPE_BOOLEAN, .doc = "renews by itself"},
    {.name = "utilization",
     .path = "properties.utilization.aggregates",
     .type = TN_TYPE_KEYED,
     .key = "grain",
     .value = "value",
     .doc = "percent used over the last [1], [7] and [30] days"},
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

static const struct tn_field order_reservation_fields[] = {
    {.name = "id",
     .compute = compute_reservation_id,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id of the reservation"},
    {.name = "order", .compute = compute_order_of, .type = TN_TYPE_ID, .doc = "GUID of its order"},
    {.name = NULL},
};
const struct tn_record tn_record_order_reservation = {"order_reservation", order_reservation_fields,
                                                      "A reservation as its order names it"};

static const struct tn_field order_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id of the order"},
    {.name = "order", .compute = compute_order_of, .type = TN_TYPE_ID, .column = true, .doc = "its GUID"},
    {.name = "name", .path = "properties.displayName", .type = TN_TYPE_STRING, .column = true, .doc = "display name"},
    {.name = "state",
     .path = "properties.provisioningState",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Succeeded, Pending, Cancelled …"},
    {.name = "quantity",
     .path = "properties.originalQuantity",
     .type = TN_TYPE_INTEGER,
     .column = true,
     .doc = "as bought"},
    {.name = "term", .path = "properties.term", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y, P3Y or P5Y"},
    {.name = "billing_plan",
     .path = "properties.billingPlan",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Upfront or Monthly"},
    {.name = "created", .path = "properties.createdDateTime", .type = TN_TYPE_DATE, .doc = "when it was made"},
    {.name = "expires", .compute = compute_expires, .type = TN_TYPE_DATE, .column = true, .doc = "when it ends"},
    {.name = "reservations",
     .path = "properties.reservations",
     .type = TN_TYPE_LIST,
     .record = &tn_record_order_reservation,
     .doc = "its reservations, returned and split ones too"},
    {.name = NULL},
};
const struct tn_record tn_record_order = {"order", order_fields, "A reservation order (Microsoft.Capacity)"};

static const struct tn_field refusal_fields[] = {
    {.name = "code",
     .path = "code",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "fixed word, e.g. RefundLimitExceeded"},
    {.name = "message",
     .path = "message",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "the service's text for people"},
    {.name = NULL},
};
const struct tn_record tn_record_refusal = {"refusal", refusal_fields, "Why the service would refuse"};

static const struct tn_field refund_quote_fields[] = {
    {.name = "reservation", .compute = compute_reservation_id, .type = TN_TYPE_ID, .column = true, .doc = "full id"},
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
    {.name = "refusals", .path = POLICY_ERRORS, .type = TN_TYPE_LIST, .record = &tn_record_refusal, .doc = "why not"},
    {.name = NULL},
};
const struct tn_record tn_record_refund_quote = {"quote", refund_quote_fields, "What a refund would be worth"};

const struct tn_record *const tn_records[] = {&tn_record_customer,
                                              &tn_record_reservation,
                                              &tn_record_order,
                                              &tn_record_refund_quote,
                                              &tn_record_refusal,
                                              &tn_record_order_reservation,
                                              NULL};
