/* tenure.usage: how reservations were used, what to buy, what was paid. Facts: the Microsoft.Consumption REST reference
 * 2023-05-01. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "azure/modules/capacity.h"
#include "azure/modules/fields.h"
#include "net/url.h"

#define VERSION "2023-05-01"
#define OF(what) "/providers/Microsoft.Consumption/" what
#define BILLING_ACCOUNT "/providers/Microsoft.Billing/billingAccounts/{billing_account}"
#define BILLING_PROFILE BILLING_ACCOUNT "/billingProfiles/{billing_profile}"
#define SUBSCRIPTION "/subscriptions/{subscription}"
#define MAX_BYTES ((size_t)24 << 20) /* the service ends at 12 MB, as it counts them */

/* ---- fields made of several members ------------------------------------------------------------------------------ */

static int compute_ratio(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    static const char *const paths[] = {"properties.instanceFlexibilityRatio", NULL};
    return tn_field_first_number(field, raw, paths, value, err);
}

static int compute_sku(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                       struct tn_err *err)
{
    (void)field, (void)err;
    static const char *const paths[] = {"properties.skuName", "sku", NULL};
    return tn_field_first_text(raw, paths, value);
}

static int compute_region(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err)
{
    (void)field, (void)err;
    static const char *const paths[] = {"properties.location", "location", NULL};
    return tn_field_first_text(raw, paths, value);
}

/* "Last60Days", or 60. */
static int compute_look_back(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                             struct tn_err *err)
{
    (void)field, (void)err;
    const char *text = tn_json_string(raw, "properties.lookBackPeriod", NULL);
    value->present = tn_json_int(raw, "properties.lookBackPeriod", &value->integer);
    text = text ? strpbrk(text, "0123456789") : NULL;
    for (; text && isdigit((unsigned char)*text) && value->integer < 10000; text++) {
        value->integer = value->integer * 10 + (*text - '0');
        value->present = true;
    }
    return TENURE_OK;
}

/* A cost is {"currency", "value"} in the bills of today, and a bare number in older ones, which name no currency. Both
 * are estimates with many places, so a number and not money. */
static int compute_cost(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    static const char *const saved[] = {"properties.netSavings.value", "properties.netSavings", NULL};
    static const char *const without[] = {"properties.costWithNoReservedInstances.value",
                                          "properties.costWithNoReservedInstances", NULL};
    static const char *const with[] = {"properties.totalCostWithReservedInstances.value",
                                       "properties.totalCostWithReservedInstances", NULL};
    const char *const *paths = strcmp(field->name, "saves") == 0       ? saved
                               : strcmp(field->name, "cost_with") == 0 ? with
                                                                       : without;
    return tn_field_first_number(field, raw, paths, value, err);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static const struct tn_field summary_fields[] = {
    {.name = "day",
     .path = "properties.usageDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "the day, or the first of the month"},
    {.name = "order", .path = "properties.reservationOrderId", .type = TN_TYPE_ID, .doc = "GUID of the order"},
    {.name = "reservation",
     .path = "properties.reservationId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the reservation"},
    {.name = "sku", .path = "properties.skuName", .type = TN_TYPE_STRING, .column = true, .doc = "what is reserved"},
    {.name = "kind", .path = "properties.kind", .type = TN_TYPE_STRING, .doc = "Reservation …"},
    {.name = "utilization",
     .path = "properties.avgUtilizationPercentage",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "percent used, on average"},
    {.name = "lowest",
     .path = "properties.minUtilizationPercentage",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "percent used in the hour of least use"},
    {.name = "highest",
     .path = "properties.maxUtilizationPercentage",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "percent used in the hour of most use"},
    {.name = "used_hours",
     .path = "properties.usedHours",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "hours that were used"},
    {.name = "reserved_hours",
     .path = "properties.reservedHours",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "hours that were paid for"},
    {.name = "purchased",
     .path = "properties.purchasedQuantity",
     .type = TN_TYPE_NUMBER,
     .doc = "how many were bought; newer answers only"},
    {.name = "remaining",
     .path = "properties.remainingQuantity",
     .type = TN_TYPE_NUMBER,
     .doc = "how many are left; newer answers only"},
    {.name = "reserved",
     .path = "properties.totalReservedQuantity",
     .type = TN_TYPE_NUMBER,
     .doc = "how many are reserved; newer answers only"},
    {.name = "used",
     .path = "properties.usedQuantity",
     .type = TN_TYPE_NUMBER,
     .doc = "how many were used; newer answers only"},
    {.name = "utilized",
     .path = "properties.utilizedPercentage",
     .type = TN_TYPE_NUMBER,
     .doc = "percent of the quantity that was used; newer answers only"},
    {.name = NULL},
};
static const struct tn_record tn_record_summary = {
    "usage_summary", summary_fields, "How a reservation was used in a day or a month (Microsoft.Consumption)"};

static const struct tn_field detail_fields[] = {
    {.name = "day", .path = "properties.usageDate", .type = TN_TYPE_DATE, .column = true, .doc = "the day"},
    {.name = "order", .path = "properties.reservationOrderId", .type = TN_TYPE_ID, .doc = "GUID of the order"},
    {.name = "reservation",
     .path = "properties.reservationId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the reservation"},
    {.name = "sku",
     .path = "properties.skuName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what the resource is"},
    {.name = "resource",
     .path = "properties.instanceId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "id of the resource that used it"},
    {.name = "used_hours",
     .path = "properties.usedHours",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "hours that it used"},
    {.name = "reserved_hours",
     .path = "properties.reservedHours",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "hours that were paid for"},
    {.name = "reserved",
     .path = "properties.totalReservedQuantity",
     .type = TN_TYPE_NUMBER,
     .doc = "how many are reserved"},
    {.name = "kind", .path = "properties.kind", .type = TN_TYPE_STRING, .doc = "Reservation …"},
    {.name = "flexibility_group",
     .path = "properties.instanceFlexibilityGroup",
     .type = TN_TYPE_STRING,
     .doc = "sizes that share the benefit"},
    {.name = "flexibility_ratio",
     .compute = compute_ratio,
     .type = TN_TYPE_NUMBER,
     .doc = "how much of it this size takes"},
    {.name = NULL},
};
static const struct tn_record tn_record_detail = {
    "usage_detail", detail_fields, "What one resource used of a reservation in a day (Microsoft.Consumption)"};

static const struct tn_field recommendation_fields[] = {
    {.name = "sku", .compute = compute_sku, .type = TN_TYPE_STRING, .column = true, .doc = "what to reserve"},
    {.name = "region", .compute = compute_region, .type = TN_TYPE_STRING, .column = true, .doc = "where"},
    {.name = "type",
     .path = "properties.resourceType",
     .type = TN_TYPE_STRING,
     .doc = "virtualmachines …; kind modern only"},
    {.name = "term", .path = "properties.term", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y or P3Y"},
    {.name = "quantity",
     .path = "properties.recommendedQuantity",
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "how many"},
    {.name = "scope", .path = "properties.scope", .type = TN_TYPE_STRING, .column = true, .doc = "Single or Shared"},
    {.name = "saves",
     .compute = compute_cost,
     .type = TN_TYPE_NUMBER,
     .column = true,
     .doc = "estimate for the days looked back: a number, not money"},
    {.name = "currency",
     .path = "properties.netSavings.currency",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "of the estimates; kind legacy does not name it"},
    {.name = "cost_without",
     .compute = compute_cost,
     .type = TN_TYPE_NUMBER,
     .doc = "estimate of the cost without a reservation"},
    {.name = "cost_with", .compute = compute_cost, .type = TN_TYPE_NUMBER, .doc = "estimate of the cost with it"},
    {.name = "look_back",
     .compute = compute_look_back,
     .type = TN_TYPE_INTEGER,
     .doc = "days of use that it is made from"},
    {.name = "first_used", .path = "properties.firstUsageDate", .type = TN_TYPE_DATE, .doc = "when such use began"},
    {.name = "subscription",
     .path = "properties.subscriptionId",
     .type = TN_TYPE_ID,
     .doc = "GUID, where the scope is Single"},
    {.name = "meter", .path = "properties.meterId", .type = TN_TYPE_ID, .doc = "GUID of the meter"},
    {.name = "flexibility_group",
     .path = "properties.instanceFlexibilityGroup",
     .type = TN_TYPE_STRING,
     .doc = "sizes that share the benefit"},
    {.name = "flexibility_ratio",
     .compute = compute_ratio,
     .type = TN_TYPE_NUMBER,
     .doc = "how much of it this size takes"},
    {.name = "normalized_size",
     .path = "properties.normalizedSize",
     .type = TN_TYPE_STRING,
     .doc = "the size that counts one in its group"},
    {.name = "quantity_normalized",
     .path = "properties.recommendedQuantityNormalized",
     .type = TN_TYPE_NUMBER,
     .doc = "how many of that size"},
    {.name = "properties",
     .path = "properties.skuProperties",
     .type = TN_TYPE_LIST,
     .record = &tn_record_sku_property,
     .doc = "what the product is like"},
    {.name = "kind", .path = "kind", .type = TN_TYPE_STRING, .doc = "legacy or modern: how it is billed"},
    {.name = NULL},
};
static const struct tn_record tn_record_recommendation = {"recommendation", recommendation_fields,
                                                          "What to reserve, says the service (Microsoft.Consumption)"};

static const struct tn_field transaction_fields[] = {
    {.name = "at", .path = "properties.eventDate", .type = TN_TYPE_DATE, .column = true, .doc = "when it happened"},
    {.name = "event",
     .path = "properties.eventType",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Purchase, Refund, Cancel …"},
    {.name = "order",
     .path = "properties.reservationOrderId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the order"},
    {.name = "order_name",
     .path = "properties.reservationOrderName",
     .type = TN_TYPE_STRING,
     .doc = "its display name"},
    {.name = "sku", .path = "properties.armSkuName", .type = TN_TYPE_STRING, .column = true, .doc = "what is reserved"},
    {.name = "region", .path = "properties.region", .type = TN_TYPE_STRING, .doc = "where"},
    {.name = "term", .path = "properties.term", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y or P3Y"},
    {.name = "quantity", .path = "properties.quantity", .type = TN_TYPE_NUMBER, .column = true, .doc = "how many"},
    {.name = "amount",
     .path = "properties.amount",
     .currency = "properties.currency",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "what was charged; negative: what came back"},
    {.name = "billing_frequency",
     .path = "properties.billingFrequency",
     .type = TN_TYPE_STRING,
     .doc = "OneTime or Recurring"},
    {.name = "description",
     .path = "properties.description",
     .type = TN_TYPE_STRING,
     .doc = "the service's text for people"},
    {.name = "subscription",
     .path = "properties.purchasingSubscriptionGuid",
     .type = TN_TYPE_ID,
     .doc = "GUID of the subscription that bought it"},
    {.name = "subscription_name",
     .path = "properties.purchasingSubscriptionName",
     .type = TN_TYPE_STRING,
     .doc = "its name"},
    {.name = "billing_profile", .path = "properties.billingProfileId", .type = TN_TYPE_ID, .doc = "full id"},
    {.name = "billing_profile_name",
     .path = "properties.billingProfileName",
     .type = TN_TYPE_STRING,
     .doc = "its name"},
    {.name = "invoice", .path = "properties.invoice", .type = TN_TYPE_ID, .doc = "number of the invoice it is on"},
    {.name = "invoice_section",
     .path = "properties.invoiceSectionName",
     .type = TN_TYPE_STRING,
     .doc = "name of the section"},
    {.name = NULL},
};
static const struct tn_record tn_record_transaction = {"transaction", transaction_fields,
                                                       "A purchase, a payment or a refund (Microsoft.Consumption)"};

static const struct tn_record *const records[] = {&tn_record_summary, &tn_record_detail, &tn_record_recommendation,
                                                  &tn_record_transaction, NULL};

/* ---- queries ----------------------------------------------------------------------------------------------------- */

/* Billing profiles take the days as parameters of their own, everything else as a filter. */
static int put_days(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                    struct tn_err *err)
{
    if (!tn_values_get(op, values, "billing_profile")->given)
        return tn_filter_put_days(op, values, "properties/usageDate", url, err);
    static const char *const ends[][2] = {{"from", "startDate"}, {"through", "endDate"}};
    for (size_t i = 0; i < 2; i++) {
        const struct tn_argument_value *value = tn_values_get(op, values, ends[i][0]);
        char day[TN_VALUE_TEXT];
        if (value->given)
            tn_url_put_query(url, ends[i][1], tn_filter_day(value->integer, day));
    }
    return TENURE_OK;
}

static int check_days(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const struct tn_argument_value *from = tn_values_get(op, values, "from"),
                                   *through = tn_values_get(op, values, "through");
    char first[TN_VALUE_TEXT], last[TN_VALUE_TEXT];
    if (!from->given || !through->given || from->integer <= through->integer)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: from is %s, which is after through, %s", op->module, op->name,
                      tn_filter_day(from->integer, first), tn_filter_day(through->integer, last));
}

static int check_summaries(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    bool days = tn_values_get(op, values, "from")->given && tn_values_get(op, values, "through")->given;
    if (strcmp(tn_values_get(op, values, "grain")->text, "daily") == 0 && !days)
        return tn_err_set(err, TENURE_EINVAL, "usage.summaries: by the day it needs from and through");
    return check_days(op, values, err);
}

static int put_recommendations(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                               struct tn_err *err)
{
    static const char *const conditions[][2] = {{"scope", "properties/scope eq "},
                                                {"type", "properties/resourceType eq "},
                                                {"look_back", "properties/lookBackPeriod eq "}};
    struct tn_buf filter = {0};
    for (size_t i = 0; i < 3; i++) {
        const struct tn_argument_value *value = tn_values_get(op, values, conditions[i][0]);
        if (value->given)
            tn_filter_put(&filter, " AND ", conditions[i][1], value->text);
    }
    return tn_filter_finish(&filter, url, err);
}

static int put_transactions(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                            struct tn_err *err)
{
    return tn_filter_put_days(op, values, "properties/eventDate", url, err);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static const char *const grains[] = {"daily", "monthly", NULL};
static const char *const scopes[] = {"Single", "Shared", NULL};
static const char *const look_backs[] = {"Last7Days", "Last30Days", "Last60Days", NULL};

#define WHOSE_USE                                                                                     \
    {"reservation", TN_TYPE_RESERVATION, false, TN_IN_PATH, NULL, NULL, "of this reservation"},       \
        {"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL, "of all reservations of this order"}, \
        BILLING_ARGUMENTS
#define BILLING_ARGUMENTS                                                                                      \
    {"billing_account", TN_TYPE_ID, false, TN_IN_PATH, NULL, NULL, "of all that this account pays for"},       \
    {                                                                                                          \
        "billing_profile", TN_TYPE_ID, false, TN_IN_PATH, NULL, NULL, "of this profile of the billing account" \
    }
#define FROM(required)                                                       \
    {                                                                        \
        "from", TN_TYPE_DATE, required, TN_IN_QUERY, NULL, NULL, "first day" \
    }
#define THROUGH(required)                                                      \
    {                                                                          \
        "through", TN_TYPE_DATE, required, TN_IN_QUERY, NULL, NULL, "last day" \
    }

/* Billing is the partner's: its accounts are seen from the partner's tenant. */
#define USE_PATHS(what)                                                                                         \
    {                                                                                                           \
        {"reservation", TN_CAPACITY_RESERVATION OF(what), false}, {"order", TN_CAPACITY_ORDER OF(what), false}, \
            {"billing_profile", BILLING_PROFILE OF(what), true},                                                \
        {                                                                                                       \
            "billing_account", BILLING_ACCOUNT OF(what), true                                                   \
        }                                                                                                       \
    }

static const struct tn_operation operations[] = {
    {
        .module = "usage",
        .name = "summaries",
        .method = "GET",
        .paths = USE_PATHS("reservationSummaries"),
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {WHOSE_USE,
                      {"grain", TN_TYPE_STRING, true, TN_IN_QUERY, "grain", grains, "daily or monthly"},
                      FROM(false),
                      THROUGH(false)},
        .record = &tn_record_summary,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_days,
        .check = check_summaries,
        .max_body_bytes = MAX_BYTES,
        .doc = "How much of reservations was used, by the day or by the month.",
        .source = "Microsoft.Consumption REST 2023-05-01: Reservations Summaries, List",
    },
    {
        .module = "usage",
        .name = "details",
        .method = "GET",
        .paths = USE_PATHS("reservationDetails"),
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {WHOSE_USE, FROM(true), THROUGH(true)},
        .record = &tn_record_detail,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_days,
        .check = check_days,
        .max_body_bytes = MAX_BYTES,
        .doc =
            "Which resources used reservations, day by day. The service refuses answers over 12 MB: ask for few days.",
        .source = "Microsoft.Consumption REST 2023-05-01: Reservations Details, List",
    },
    {
        .module = "usage",
        .name = "recommendations",
        .method = "GET",
        .paths = {{"resource_group", SUBSCRIPTION "/resourceGroups/{resource_group}" OF("reservationRecommendations"),
                   false},
                  {"subscription", SUBSCRIPTION OF("reservationRecommendations"), false},
                  {"billing_profile", BILLING_PROFILE OF("reservationRecommendations"), true},
                  {"billing_account", BILLING_ACCOUNT OF("reservationRecommendations"), true}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"subscription", TN_TYPE_SUBSCRIPTION, false, TN_IN_PATH, NULL, NULL,
                       "for the use of this subscription"},
                      {"resource_group", TN_TYPE_ID, false, TN_IN_PATH, NULL, NULL,
                       "for the use of this group of the subscription"},
                      BILLING_ARGUMENTS,
                      {"scope", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, scopes, "Single unless given"},
                      {"type", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, NULL, "VirtualMachines unless given"},
                      {"look_back", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, look_backs, "Last7Days unless given"}},
        .record = &tn_record_recommendation,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_recommendations,
        .doc = "What the service recommends to reserve; an empty list when nothing.",
        .source = "Microsoft.Consumption REST 2023-05-01: Reservation Recommendations, List",
    },
    {
        .module = "usage",
        .name = "transactions",
        .method = "GET",
        .paths = {{"billing_profile", BILLING_PROFILE OF("reservationTransactions"), true},
                  {"billing_account", BILLING_ACCOUNT OF("reservationTransactions"), true}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {BILLING_ARGUMENTS, FROM(true), THROUGH(true)},
        .record = &tn_record_transaction,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_transactions,
        .check = check_days,
        .max_body_bytes = MAX_BYTES,
        .doc = "What was paid and what came back, for whole billing months; a refund is in the month of its purchase.",
        .source = "Microsoft.Consumption REST 2023-05-01: Reservation Transactions, List",
    },
    {.module = NULL},
};

const struct tn_module tn_module_usage = {"usage", operations, records,
                                          "Use of reservations, recommendations, payments (Microsoft.Consumption)"};
