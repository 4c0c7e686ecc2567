/* tenure.orders: reservation orders. Facts: the Microsoft.Capacity REST reference 2022-11-01. */
#include <string.h>

#include "azure/modules/exchange.h"
#include "azure/modules/purchase.h"
#include "base/id.h"

static const struct tn_field order_reservation_fields[] = {
    {.name = "id",
     .compute = tn_capacity_reservation_id,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id of the reservation"},
    {.name = "order", .compute = tn_capacity_order_of, .type = TN_TYPE_ID, .doc = "GUID of its order"},
    {.name = NULL},
};
const struct tn_record tn_record_order_reservation = {"order_reservation", order_reservation_fields,
                                                      "A reservation as its order names it"};

static const struct tn_field payment_fields[] = {
    {.name = "due", .path = "dueDate", .type = TN_TYPE_DATE, .column = true, .doc = "when it is to be paid"},
    {.name = "paid", .path = "paymentDate", .type = TN_TYPE_DATE, .column = true, .doc = "when it was paid"},
    {.name = "pays",
     .path = "billingCurrencyTotal",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "in the billing currency; absent for later payments"},
    {.name = "worth", .path = "pricingCurrencyTotal", .type = TN_TYPE_MONEY, .column = true, .doc = "in USD"},
    {.name = "status",
     .path = "status",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Succeeded, Failed, Scheduled or Cancelled"},
    {.name = NULL},
};
static const struct tn_record tn_record_payment = {"payment", payment_fields, "One payment for an order"};

static const struct tn_field order_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id of the order"},
    {.name = "order", .compute = tn_capacity_order_of, .type = TN_TYPE_ID, .column = true, .doc = "its GUID"},
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
    {.name = "expires", .compute = tn_capacity_expires, .type = TN_TYPE_DATE, .column = true, .doc = "when it ends"},
    {.name = "reservations",
     .path = "properties.reservations",
     .type = TN_TYPE_LIST,
     .record = &tn_record_order_reservation,
     .doc = "its reservations, returned and split ones too"},
    {.name = "payments",
     .path = "properties.planInformation.transactions",
     .type = TN_TYPE_LIST,
     .record = &tn_record_payment,
     .doc = "made and due; only orders.get reports them"},
    {.name = "next_payment",
     .path = "properties.planInformation.nextPaymentDueDate",
     .type = TN_TYPE_DATE,
     .doc = "when the next one is due"},
    {.name = NULL},
};
const struct tn_record tn_record_order = {"order", order_fields, "A reservation order (Microsoft.Capacity)"};

static const struct tn_field purchase_quote_fields[] = {
    {.name = "title",
     .path = "properties.skuTitle",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what would be bought, in the service's words"},
    {.name = "pay",
     .path = "properties.billingCurrencyTotal",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "for the whole term, in the billing currency"},
    {.name = "worth",
     .path = "properties.pricingCurrencyTotal",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "the same in USD"},
    TN_FIELD_DOUBTS,
    {.name = "tax_included", .path = "properties.isTaxIncluded", .type = TN_TYPE_BOOLEAN, .doc = "in both"},
    {.name = "partner_billed",
     .path = "properties.isBillingPartnerManaged",
     .type = TN_TYPE_BOOLEAN,
     .doc = "the partner is billed for it"},
    {.name = "payments",
     .path = "properties.paymentSchedule",
     .type = TN_TYPE_LIST,
     .record = &tn_record_payment,
     .doc = "of a monthly plan, as they would be due"},
    {.name = NULL},
};
static const struct tn_record tn_record_purchase_quote = {"purchase_quote", purchase_quote_fields,
                                                          "What a purchase would cost"};

static const struct tn_record *const records[] = {&tn_record_order, &tn_record_order_reservation, &tn_record_payment,
                                                  &tn_record_purchase_quote, NULL};

/* ---- bodies ----------------------------------------------------------------------------------------------------- */

static int build_price(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    return tn_purchase_write_values(call->op, &call->values, call->tenant, call->L, w, err);
}

/* The very body that was priced. */
static int build_purchase(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_quote *quote = tn_call_argument(call, "quote")->quote;
    return tn_purchase_write_values(quote->op, quote->asked, call->tenant, call->L, w, err);
}

static int check_directory(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const char *destination = tn_values_get(op, values, "destination")->text;
    if (tn_guid_valid(destination, strlen(destination)))
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: destination is '%.80s', but takes a tenant's id, a GUID", op->module,
                      op->name, destination);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static const struct tn_operation operations[] = {
    {
        .module = "orders",
        .name = "list",
        .method = "GET",
        .path = TN_CAPACITY "/reservationOrders",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .record = &tn_record_order,
        .paging = TN_PAGING_NEXT_LINK,
        .doc = "All reservation orders of the customer's tenant that the caller can see.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, List",
    },
    {
        .module = "orders",
        .name = "get",
        .method = "GET",
        .path = TN_CAPACITY_ORDER "?%24expand=schedule",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_ARGUMENT_ORDER},
        .record = &tn_record_order,
        .doc = "One reservation order, with its payments.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, Get",
    },
    {
        .module = "orders",
        .name = "quote_purchase",
        .method = "POST",
        .path = TN_CAPACITY "/calculatePrice",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_PURCHASE_ARGUMENTS},
        .record = &tn_record_purchase_quote,
        .build_body = build_price,
        .check = tn_purchase_check,
        .policy = TN_POLICY_PURCHASE,
        .read_quote = tn_quote_read_purchase,
        .doc = "What a purchase would cost. Nothing changes; the price is good for some minutes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, Calculate",
    },
    {
        .module = "orders",
        .name = "purchase",
        .method = "PUT",
        .path = TN_CAPACITY "/reservationOrders/{quote.order}",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"quote", TN_TYPE_QUOTE, true, TN_IN_BODY, NULL, NULL,
                       "what orders.quote_purchase answered with"}},
        .record = &tn_record_order,
        .long_running = TN_LRO_PURCHASE,
        .probe = TN_PROBE_ORDER,
        .moves = TN_MOVES_PAY,
        .write_lines = tn_purchase_write_lines,
        .build_body = build_purchase,
        .quoted_by = "quote_purchase",
        .takes_once = true,
        .doc = "Buy what was quoted, as an order of its own.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, Purchase",
    },
    {
        .module = "orders",
        .name = "change_directory",
        .method = "POST",
        .path = TN_CAPACITY_ORDER "/changeDirectory",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {TN_ARGUMENT_ORDER,
                      {"destination", TN_TYPE_STRING, true, TN_IN_BODY, "destinationTenantId", NULL,
                       "id of the tenant that it moves to"}},
        .probe = TN_PROBE_GONE,
        .check = check_directory,
        .ended = tn_move_ended,
        .write_lines = tn_move_write_lines,
        .doc = "Move an order with its reservations to another directory. Roles on it are to be granted anew there.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, Change Directory",
    },
    {.module = NULL},
};

const struct tn_module tn_module_orders = {"orders", operations, records, "Reservation orders (Microsoft.Capacity)"};
