/* The records of tenure.partner: see partner_records.h. Facts: the Partner Center REST reference. */
#include "azure/modules/partner_records.h"

#include <stdio.h>

#include "azure/modules/fields.h"

/* ---- customers' subscriptions ------------------------------------------------------------------------------------ */

static const struct tn_field subscription_fields[] = {
    {.name = "id",
     .path = "id",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "Partner Center's id, which only its own operations take"},
    {.name = "subscription",
     .path = "entitlementId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the Azure subscription; absent for licenses"},
    {.name = "name", .path = "friendlyName", .type = TN_TYPE_STRING, .column = true, .doc = "display name"},
    {.name = "offer", .path = "offerId", .type = TN_TYPE_ID, .doc = "MS-AZR-0145P, MS-AZR-0017G …"},
    {.name = "offer_name",
     .path = "offerName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Microsoft Azure, Azure plan …"},
    {.name = "status",
     .path = "status",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "active, suspended, pending, deleted"},
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_INTEGER, .doc = "how many"},
    {.name = "unit", .path = "unitType", .type = TN_TYPE_STRING, .doc = "Usage-based, Licenses …"},
    {.name = "billing", .path = "billingType", .type = TN_TYPE_STRING, .doc = "usage or license"},
    {.name = "billing_cycle", .path = "billingCycle", .type = TN_TYPE_STRING, .doc = "monthly, annual …"},
    {.name = "term", .path = "termDuration", .type = TN_TYPE_STRING, .doc = "P1M, P1Y …"},
    {.name = "renew", .path = "autoRenewEnabled", .type = TN_TYPE_BOOLEAN, .doc = "renews by itself"},
    {.name = "created", .path = "creationDate", .type = TN_TYPE_DATE, .doc = "when it was made"},
    {.name = "expires",
     .path = "commitmentEndDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it ends; Azure's never do: year 9999"},
    {.name = "order", .path = "orderId", .type = TN_TYPE_ID, .doc = "Partner Center's order"},
    {.name = NULL},
};
const struct tn_record tn_record_subscription = {"subscription", subscription_fields,
                                                 "A subscription of a customer (Partner Center)"};

static const struct tn_field registration_fields[] = {
    {.name = "subscription",
     .path = "subscriptionId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "Partner Center's id"},
    {.name = "status",
     .path = "status",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "registered, registering or notregistered; its case varies"},
    {.name = NULL},
};
const struct tn_record tn_record_registration = {
    "registration", registration_fields, "Whether reservations can be bought for a subscription (Partner Center)"};

/* ---- what can be bought ------------------------------------------------------------------------------------------ */

static const struct tn_field product_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "of the product"},
    {.name = "title", .path = "title", .type = TN_TYPE_STRING, .column = true, .doc = "for people"},
    {.name = "description", .path = "description", .type = TN_TYPE_STRING, .doc = "for people, longer"},
    {.name = "type", .path = "productType.id", .type = TN_TYPE_STRING, .column = true, .doc = "AzureReservations …"},
    {.name = "publisher", .path = "publisherName", .type = TN_TYPE_STRING, .column = true, .doc = "who makes it"},
    {.name = NULL},
};
const struct tn_record tn_record_product = {"product", product_fields, "A product of the catalogue (Partner Center)"};

static const struct tn_field sku_fields[] = {
    {.name = "product", .path = "productId", .type = TN_TYPE_ID, .doc = "id of the product"},
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "of the SKU, within its product"},
    {.name = "title", .path = "title", .type = TN_TYPE_STRING, .column = true, .doc = "for people"},
    {.name = "arm_sku",
     .path = "dynamicAttributes.armSkuName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what Azure calls it, e.g. Standard_D2s_v3"},
    {.name = "region",
     .path = "dynamicAttributes.armRegionName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "where"},
    {.name = "duration",
     .path = "dynamicAttributes.duration",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "1Year, 3Years …"},
    {.name = "minimum", .path = "minimumQuantity", .type = TN_TYPE_INTEGER, .doc = "how many at least"},
    {.name = "maximum", .path = "maximumQuantity", .type = TN_TYPE_INTEGER, .doc = "how many at most"},
    {.name = "trial", .path = "isTrial", .type = TN_TYPE_BOOLEAN, .doc = "whether it is one"},
    {.name = "billing_cycles", .path = "supportedBillingCycles", .type = TN_TYPE_LIST, .doc = "one_time, monthly …"},
    {.name = "prerequisites",
     .path = "purchasePrerequisites",
     .type = TN_TYPE_LIST,
     .doc = "InventoryCheck: partner.inventory; AzureSubscriptionRegistration: partner.registration"},
    {.name = "inventory_variables",
     .path = "inventoryVariables",
     .type = TN_TYPE_LIST,
     .doc = "what the inventory check wants to know"},
    {.name = "provisioning_variables",
     .path = "provisioningVariables",
     .type = TN_TYPE_LIST,
     .doc = "what a cart wants to know"},
    {.name = NULL},
};
const struct tn_record tn_record_sku = {"sku", sku_fields, "A variant of a product (Partner Center)"};

static const struct tn_field term_fields[] = {
    {.name = "duration", .path = "duration", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y, P3Y …"},
    {.name = "billing_cycle",
     .path = "billingCycle",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "one_time, monthly …"},
    {.name = NULL},
};
static const struct tn_record tn_record_term = {"availability_term", term_fields, "For how long something is sold"};

static const struct tn_field availability_fields[] = {
    {.name = "item",
     .path = "catalogItemId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "what a cart takes; changes over time: fetch it just before"},
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "of the availability"},
    {.name = "product", .path = "productId", .type = TN_TYPE_ID, .doc = "id of the product"},
    {.name = "sku", .path = "skuId", .type = TN_TYPE_ID, .doc = "id of the SKU"},
    {.name = "terms",
     .path = "terms",
     .type = TN_TYPE_LIST,
     .record = &tn_record_term,
     .column = true,
     .doc = "for how long"},
    {.name = "purchasable",
     .path = "isPurchasable",
     .type = TN_TYPE_BOOLEAN,
     .column = true,
     .doc = "whether it can be bought"},
    {.name = "renewable",
     .path = "isRenewable",
     .type = TN_TYPE_BOOLEAN,
     .column = true,
     .doc = "whether it can be renewed"},
    {.name = "segment", .path = "segment", .type = TN_TYPE_STRING, .column = true, .doc = "commercial …"},
    {.name = "currency",
     .path = "defaultCurrency.code",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what it is sold in"},
    {.name = "country", .path = "country", .type = TN_TYPE_STRING, .doc = "where it is sold"},
    {.name = NULL},
};
const struct tn_record tn_record_availability = {"availability", availability_fields,
                                                 "How a SKU is sold in a country (Partner Center)"};

static const struct tn_field inventory_restriction_fields[] = {
    {.name = "reason",
     .path = "reasonCode",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "e.g. NotAvailableForSubscription"},
    {.name = "description", .path = "description", .type = TN_TYPE_STRING, .column = true, .doc = "for people"},
    {.name = "type", .path = "properties.type", .type = TN_TYPE_STRING, .doc = "Location …"},
    {.name = "values", .path = "properties.values", .type = TN_TYPE_STRING, .doc = "which of them"},
    {.name = NULL},
};
static const struct tn_record tn_record_inventory_restriction = {"inventory_restriction", inventory_restriction_fields,
                                                                 "Why something cannot be bought"};

static const struct tn_field inventory_fields[] = {
    {.name = "product", .path = "productId", .type = TN_TYPE_ID, .column = true, .doc = "id of the product"},
    {.name = "sku", .path = "skuId", .type = TN_TYPE_ID, .column = true, .doc = "id of the SKU"},
    {.name = "restricted",
     .path = "isRestricted",
     .type = TN_TYPE_BOOLEAN,
     .column = true,
     .doc = "true: it cannot be bought now"},
    {.name = "restrictions",
     .path = "restrictions",
     .type = TN_TYPE_LIST,
     .record = &tn_record_inventory_restriction,
     .column = true,
     .doc = "why not"},
    {.name = NULL},
};
const struct tn_record tn_record_inventory = {"inventory", inventory_fields,
                                              "Whether a SKU can be bought for a subscription (Partner Center)"};

/* ---- what was bought --------------------------------------------------------------------------------------------- */

static const struct tn_field line_fields[] = {
    {.name = "line", .path = "lineItemNumber", .type = TN_TYPE_INTEGER, .column = true, .doc = "its number, from 0"},
    {.name = "item",
     .path = "offerId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "product:sku:availability, or the offer"},
    {.name = "name", .path = "friendlyName", .type = TN_TYPE_STRING, .column = true, .doc = "display name"},
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "term", .path = "termDuration", .type = TN_TYPE_STRING, .column = true, .doc = "P1Y, P3Y …"},
    {.name = "subscription",
     .path = "subscriptionId",
     .type = TN_TYPE_ID,
     .doc = "Partner Center's id of what it became"},
    {.name = NULL},
};
static const struct tn_record tn_record_line = {"partner_order_line", line_fields, "A line of an order"};

static const struct tn_field partner_order_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "of the order, at Partner Center"},
    {.name = "alternate", .path = "alternateId", .type = TN_TYPE_ID, .doc = "its short id"},
    {.name = "customer", .path = "referenceCustomerId", .type = TN_TYPE_ID, .doc = "tenant id"},
    {.name = "created", .path = "creationDate", .type = TN_TYPE_DATE, .column = true, .doc = "when it was made"},
    {.name = "status",
     .path = "status",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "completed, pending, cancelled, unknown"},
    {.name = "billing_cycle",
     .path = "billingCycle",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "one_time, monthly …"},
    {.name = "currency", .path = "currencyCode", .type = TN_TYPE_STRING, .column = true, .doc = "it is billed in"},
    {.name = "lines", .path = "lineItems", .type = TN_TYPE_LIST, .record = &tn_record_line, .doc = "what was ordered"},
    {.name = NULL},
};
const struct tn_record tn_record_partner_order = {"partner_order", partner_order_fields,
                                                  "An order of the partner for a customer (Partner Center)"};

/* ---- carts -------------------------------------------------------------------------------------------------------- */

static const struct tn_field cart_line_fields[] = {
    {.name = "line", .path = "id", .type = TN_TYPE_INTEGER, .column = true, .doc = "its number, from 0"},
    {.name = "item", .path = "catalogItemId", .type = TN_TYPE_ID, .column = true, .doc = "product:sku:availability"},
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "currency", .path = "currencyCode", .type = TN_TYPE_STRING, .doc = "it will be billed in"},
    {.name = "billing_cycle", .path = "billingCycle", .type = TN_TYPE_STRING, .doc = "one_time, monthly …"},
    {.name = "term", .path = "termDuration", .type = TN_TYPE_STRING, .doc = "P1Y, P3Y …"},
    {.name = "name", .path = "friendlyName", .type = TN_TYPE_STRING, .doc = "display name"},
    {.name = "subscription",
     .path = "provisioningContext.subscriptionId",
     .type = TN_TYPE_ID,
     .doc = "GUID of the Azure subscription it is for"},
    {.name = "group",
     .path = "orderGroup",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "lines of one group are bought as one order, or not at all"},
    {.name = "error_code",
     .path = "error.errorCode",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what stands against buying it; absent: nothing"},
    {.name = "error", .path = "error.errorDescription", .type = TN_TYPE_STRING, .doc = "the same for people"},
    {.name = NULL},
};
static const struct tn_record tn_record_cart_line = {"cart_line", cart_line_fields, "A line of a cart"};

static const struct tn_field cart_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "of the cart: what a checkout takes"},
    {.name = "status", .path = "status", .type = TN_TYPE_STRING, .column = true, .doc = "Active, or Ordered"},
    {.name = "created", .path = "creationTimestamp", .type = TN_TYPE_DATE, .doc = "when it was made"},
    {.name = "expires",
     .path = "expirationTimestamp",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it is gone, if it was not bought: some 15 minutes after it was made"},
    {.name = "lines",
     .path = "lineItems",
     .type = TN_TYPE_LIST,
     .record = &tn_record_cart_line,
     .column = true,
     .doc = "what would be bought; what it costs is told nowhere"},
    {.name = NULL},
};
const struct tn_record tn_record_cart = {"cart", cart_fields, "What is about to be bought (Partner Center)"};

void tn_partner_code(struct tn_json refusal, char code[64])
{
    int64_t number;
    const char *text = tn_json_string(refusal, "code", NULL);
    code[0] = '\0';
    if (text)
        snprintf(code, 64, "%s", text);
    else if (tn_json_int(refusal, "code", &number))
        snprintf(code, 64, "%lld", (long long)number);
}

static int compute_code(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    char code[64];
    (void)field, (void)err;
    tn_partner_code(raw, code);
    if (code[0])
        tn_field_set_text(value, code);
    return TENURE_OK;
}

static const struct tn_field order_error_fields[] = {
    {.name = "group",
     .path = "orderGroupId",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "group of the cart's lines that was not bought"},
    {.name = "code", .compute = compute_code, .type = TN_TYPE_STRING, .column = true, .doc = "why not"},
    {.name = "message", .path = "description", .type = TN_TYPE_STRING, .column = true, .doc = "the same for people"},
    {.name = NULL},
};
static const struct tn_record tn_record_order_error = {"order_error", order_error_fields, "Why a group was not bought"};

static const struct tn_field checkout_fields[] = {
    {.name = "orders",
     .path = "orders",
     .type = TN_TYPE_LIST,
     .record = &tn_record_partner_order,
     .column = true,
     .doc = "what was bought, an order for each group of lines, as they were when they began"},
    {.name = "refused",
     .path = "orderErrors",
     .type = TN_TYPE_LIST,
     .record = &tn_record_order_error,
     .column = true,
     .doc = "groups that were not bought"},
    {.name = NULL},
};
const struct tn_record tn_record_checkout = {"checkout", checkout_fields, "What became of a cart (Partner Center)"};

/* The order that the entitlement became, in Azure. */
static int compute_reservation_order(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                                     struct tn_err *err)
{
    (void)field, (void)err;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(raw, "entitledArtifacts"));
         !value->present && tn_json_next(&it);) {
        static const char *const paths[] = {"resourceId", NULL};
        tn_field_first_text(it.value, paths, value);
    }
    return TENURE_OK;
}

static const struct tn_field portion_fields[] = {
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "status", .path = "status", .type = TN_TYPE_STRING, .column = true, .doc = "how those stand"},
    {.name = NULL},
};
static const struct tn_record tn_record_portion = {"entitlement_portion", portion_fields, "A part of an entitlement"};

static const struct tn_field entitlement_fields[] = {
    {.name = "reservation_order",
     .compute = compute_reservation_order,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the reservation order in Azure"},
    {.name = "order",
     .path = "referenceOrder.id",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "the order, at Partner Center"},
    {.name = "line", .path = "referenceOrder.lineItemId", .type = TN_TYPE_STRING, .doc = "its line"},
    {.name = "type", .path = "entitlementType", .type = TN_TYPE_STRING, .doc = "reservedinstance …; its case varies"},
    {.name = "product", .path = "productId", .type = TN_TYPE_ID, .column = true, .doc = "id of the product"},
    {.name = "sku", .path = "skuId", .type = TN_TYPE_ID, .column = true, .doc = "id of the SKU"},
    {.name = "quantity",
     .path = "quantity",
     .type = TN_TYPE_INTEGER,
     .column = true,
     .doc = "how many, without those not yet there or given away"},
    {.name = "portions",
     .path = "quantityDetails",
     .type = TN_TYPE_LIST,
     .record = &tn_record_portion,
     .doc = "how many of them stand how"},
    {.name = "expires", .path = "expiryDate", .type = TN_TYPE_DATE, .column = true, .doc = "when it ends"},
    {.name = NULL},
};
const struct tn_record tn_record_entitlement = {"entitlement", entitlement_fields,
                                                "What a customer has from an order (Partner Center)"};

/* ---- bills ------------------------------------------------------------------------------------------------------- */

static const struct tn_field invoice_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "its number"},
    {.name = "at", .path = "invoiceDate", .type = TN_TYPE_DATE, .column = true, .doc = "its date"},
    {.name = "from",
     .path = "billingPeriodStartDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "first day it is for"},
    {.name = "to", .path = "billingPeriodEndDate", .type = TN_TYPE_DATE, .column = true, .doc = "last day it is for"},
    {.name = "total",
     .path = "totalCharges",
     .currency = "currencyCode",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "what it comes to"},
    {.name = "paid",
     .path = "paidAmount",
     .currency = "currencyCode",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "what of it is paid"},
    {.name = "kind", .path = "invoiceType", .type = TN_TYPE_STRING, .column = true, .doc = "Recurring or OneTime"},
    {.name = "document",
     .path = "documentType",
     .type = TN_TYPE_STRING,
     .doc = "invoice, void_note or adjustment_note"},
    {.name = NULL},
};
const struct tn_record tn_record_invoice = {"invoice", invoice_fields, "An invoice to the partner (Partner Center)"};

static const struct tn_field invoice_line_fields[] = {
    {.name = "customer", .path = "customerId", .type = TN_TYPE_ID, .doc = "tenant id"},
    {.name = "customer_name", .path = "customerName", .type = TN_TYPE_STRING, .column = true, .doc = "company name"},
    {.name = "domain", .path = "customerDomainName", .type = TN_TYPE_STRING, .doc = "its domain"},
    {.name = "charge",
     .path = "chargeType",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "New (a purchase), Cancel (a refund) …"},
    {.name = "order", .path = "orderId", .type = TN_TYPE_ID, .doc = "at Partner Center"},
    {.name = "ordered", .path = "orderDate", .type = TN_TYPE_DATE, .column = true, .doc = "when"},
    {.name = "reservation_order",
     .path = "reservationOrderId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the reservation order in Azure"},
    {.name = "product", .path = "productId", .type = TN_TYPE_ID, .doc = "id of the product"},
    {.name = "product_name", .path = "productName", .type = TN_TYPE_STRING, .doc = "for people"},
    {.name = "sku", .path = "skuId", .type = TN_TYPE_ID, .doc = "id of the SKU"},
    {.name = "sku_name", .path = "skuName", .type = TN_TYPE_STRING, .column = true, .doc = "for people"},
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_NUMBER, .column = true, .doc = "how many"},
    {.name = "subtotal",
     .path = "subtotal",
     .currency = "currency",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "without tax; negative: comes back"},
    {.name = "tax", .path = "taxTotal", .currency = "currency", .type = TN_TYPE_MONEY, .doc = "the tax on it"},
    {.name = "total",
     .path = "totalForCustomer",
     .currency = "currency",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "with tax; negative: comes back"},
    {.name = "from", .path = "chargeStartDate", .type = TN_TYPE_DATE, .doc = "first day it is for"},
    {.name = "to", .path = "chargeEndDate", .type = TN_TYPE_DATE, .doc = "last day it is for"},
    {.name = "term", .path = "termAndBillingCycle", .type = TN_TYPE_STRING, .doc = "for people"},
    {.name = "subscription", .path = "subscriptionId", .type = TN_TYPE_ID, .doc = "Partner Center's id"},
    {.name = "invoice", .path = "invoiceNumber", .type = TN_TYPE_ID, .doc = "that it is on; absent while unbilled"},
    {.name = NULL},
};
const struct tn_record tn_record_invoice_line = {"invoice_line", invoice_line_fields,
                                                 "A line of an invoice (Partner Center)"};

/* ---- what customers may do --------------------------------------------------------------------------------------- */

static const struct tn_field policy_permission_fields[] = {
    {.name = "resource",
     .path = "resource",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "AzureReservedInstances, AzureSavingsPlan"},
    {.name = "action", .path = "action", .type = TN_TYPE_STRING, .column = true, .doc = "Purchase"},
    {.name = NULL},
};
static const struct tn_record tn_record_policy_permission = {"policy_permission", policy_permission_fields,
                                                             "What a policy permits"};

static const struct tn_field policy_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "PARTNER_CUSTOMER, tenant ids"},
    {.name = "customer",
     .path = "selfServeEntity.tenantID",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "tenant id of who may buy"},
    {.name = "partner", .path = "grantor.tenantID", .type = TN_TYPE_ID, .doc = "tenant id of who pays"},
    {.name = "permissions",
     .path = "permissions",
     .type = TN_TYPE_LIST,
     .record = &tn_record_policy_permission,
     .column = true,
     .doc = "what may be bought"},
    {.name = "etag", .path = "attributes.etag", .type = TN_TYPE_STRING, .doc = "of this version"},
    {.name = NULL},
};
const struct tn_record tn_record_policy = {"policy", policy_fields,
                                           "What a customer may buy at the partner's expense (Partner Center)"};

const struct tn_record *const tn_partner_records[] = {&tn_record_subscription,
                                                      &tn_record_registration,
                                                      &tn_record_product,
                                                      &tn_record_sku,
                                                      &tn_record_availability,
                                                      &tn_record_term,
                                                      &tn_record_inventory,
                                                      &tn_record_inventory_restriction,
                                                      &tn_record_partner_order,
                                                      &tn_record_line,
                                                      &tn_record_cart,
                                                      &tn_record_cart_line,
                                                      &tn_record_checkout,
                                                      &tn_record_order_error,
                                                      &tn_record_entitlement,
                                                      &tn_record_portion,
                                                      &tn_record_invoice,
                                                      &tn_record_invoice_line,
                                                      &tn_record_policy,
                                                      &tn_record_policy_permission,
                                                      NULL};
