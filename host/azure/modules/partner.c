/*
 * tenure.partner: what a partner sees and buys at Partner Center for its customers. Facts: the Partner Center REST
 * reference. Reservations are given back in Azure, not here.
 *
 * Its effects are all named: each attempt of one carries the same MS-RequestId, by which Partner Center knows a request
 * that it was sent before ("Partner Center REST headers"), and what they act on takes them once: a cart is bought once
 * (800065), a policy exists once (600041), a registration may be asked for again. So a doubt is met by asking again.
 *
 * What a checkout costs nobody tells: neither carts nor orders have a price ("Cart resources", "Order resources"). Its
 * amounts are absent, and only a guard on its count lets it happen.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/fields.h"
#include "azure/modules/modules.h"
#include "azure/modules/partner_records.h"
#include "net/url.h"

#define CUSTOMER "/customers/{customer}"
#define ARGUMENT_CUSTOMER                                                                      \
    {                                                                                          \
        "customer", TN_TYPE_CUSTOMER, true, TN_IN_PATH, NULL, NULL,                            \
            "customer, tenant id or default domain; in a run it is the run's own unless given" \
    }
#define ARGUMENT_COUNTRY                                                                               \
    {                                                                                                  \
        "country", TN_TYPE_STRING, true, TN_IN_QUERY, "country", NULL, "where it is sold, two letters" \
    }
#define ARGUMENT_PRODUCT                                                          \
    {                                                                             \
        "product", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "product, or its id" \
    }
#define ARGUMENT_AZURE_PLAN                                                                                \
    {                                                                                                      \
        "azure_plan", TN_TYPE_BOOLEAN, false, TN_IN_QUERY, NULL, NULL,                                     \
            "true: for a subscription under an Azure plan, which is sold something else than MS-AZR-0145P" \
    }

/* ---- queries and bodies ------------------------------------------------------------------------------------------ */

static int check_country(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const char *country = tn_values_get(op, values, "country")->text;
    if (strlen(country) == 2 && isalpha((unsigned char)country[0]) && isalpha((unsigned char)country[1]))
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: country is '%.80s', but takes two letters, such as DE", op->module,
                      op->name, country);
}

static int put_plan(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                    struct tn_err *err)
{
    (void)err;
    if (tn_values_get(op, values, "azure_plan")->boolean)
        tn_url_put_query(url, "reservationScope", "AzurePlan");
    return TENURE_OK;
}

static int put_products(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                        struct tn_err *err)
{
    const struct tn_argument_value *view = tn_values_get(op, values, "view");
    tn_url_put_query(url, "targetView", view->given ? view->text : "AzureReservations");
    return put_plan(op, values, url, err);
}

static void put_text(const struct tn_operation *op, const struct tn_values *values, const char *argument,
                     const char *member, struct tn_json_writer *w)
{
    const struct tn_argument_value *value = tn_values_get(op, values, argument);
    if (value->given)
        tn_jw_kv_string(w, member, value->text);
}

static int build_inventory(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    const struct tn_values *values = &call->values;
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "TargetItems");
    tn_jw_array(w);
    tn_jw_object(w);
    put_text(op, values, "product", "ProductId", w);
    put_text(op, values, "sku", "SkuId", w);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_key(w, "InventoryContext");
    tn_jw_object(w);
    put_text(op, values, "customer", "customerId", w);
    put_text(op, values, "subscription", "azureSubscriptionId", w);
    put_text(op, values, "region", "armRegionName", w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* One line: what stands against it stands against the whole. */
static int build_cart(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    const struct tn_values *values = &call->values;
    const struct tn_argument_value *cycle = tn_call_argument(call, "billing_cycle"),
                                   *scope = tn_call_argument(call, "scope");
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "lineItems");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_int(w, "id", 0);
    put_text(op, values, "item", "catalogItemId", w);
    put_text(op, values, "name", "friendlyName", w);
    tn_jw_kv_int(w, "quantity", tn_call_argument(call, "quantity")->integer);
    tn_jw_kv_string(w, "billingCycle", cycle->given ? cycle->text : "one_time");
    put_text(op, values, "term", "termDuration", w);
    tn_jw_key(w, "provisioningContext");
    tn_jw_object(w);
    put_text(op, values, "subscription", "subscriptionId", w);
    tn_jw_kv_string(w, "scope", scope->given ? scope->text : "shared");
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* A cart is made (201) with whatever it is asked for; what stands against buying a line is said with the line ("Create a
 * cart": lineItems with error). Ours has one line, so that nothing of such a cart can be bought. */
static enum tn_told tell_cart(struct tn_json body, char code[64], char message[256])
{
    for (struct tn_json_iter line = tn_json_each(tn_json_find(body, "lineItems")); tn_json_next(&line);) {
        if (tn_json_type_of(line.value, "error") != TN_JSON_OBJECT)
            continue;
        const char *name = tn_json_string(line.value, "error.errorCode", NULL);
        const char *text = tn_json_string(line.value, "error.errorDescription", NULL);
        snprintf(code, 64, "%s", name ? name : "line-error");
        snprintf(message, 256, "nothing of the cart can be bought: %s",
                 text ? text : "its line has an error without words");
        return TN_TOLD_NOT_DONE;
    }
    return TN_TOLD_DONE;
}

/* "partial success is normal" ("Checkout a cart"): each group of lines becomes an order or a refusal. */
static enum tn_told tell_checkout(struct tn_json body, char code[64], char message[256])
{
    struct tn_json_iter refused = tn_json_each(tn_json_find(body, "orderErrors"));
    bool some_refused = tn_json_next(&refused);
    if (some_refused) {
        const char *text = tn_json_string(refused.value, "description", NULL);
        tn_partner_code(refused.value, code);
        snprintf(message, 256, "%s", text ? text : "");
    }
    if (tn_json_length(tn_json_find(body, "orders")))
        return TN_TOLD_DONE;
    return some_refused ? TN_TOLD_NOT_DONE : TN_TOLD_NOTHING;
}

static int build_policy(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *resource = tn_call_argument(call, "resource");
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "selfServeEntity");
    tn_jw_object(w);
    tn_jw_kv_string(w, "selfServeEntityType", "customer");
    put_text(call->op, &call->values, "customer", "tenantID", w);
    tn_jw_object_end(w);
    tn_jw_key(w, "grantor");
    tn_jw_object(w);
    tn_jw_kv_string(w, "grantorType", "billToPartner");
    tn_jw_kv_string(w, "tenantID", call->partner);
    tn_jw_object_end(w);
    tn_jw_key(w, "permissions");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "resource", resource->given ? resource->text : "AzureReservedInstances");
    tn_jw_kv_string(w, "action", "Purchase");
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static const char *const views[] = {"AzureReservations", "AzureReservationsVM", "AzureReservationsSQL",
                                    "AzureReservationsCosmosDb", NULL};
static const char *const billings[] = {"onetime", "recurring", NULL};
static const char *const periods[] = {"current", "previous", NULL};
static const char *const cycles[] = {"one_time", "monthly", "annual", NULL};
static const char *const cart_terms[] = {"P1M", "P1Y", "P3Y", NULL};
static const char *const cart_scopes[] = {"shared", "single", NULL};
static const char *const policy_resources[] = {"AzureReservedInstances", "AzureSavingsPlan", NULL};

/* "Partner Center REST error codes": 800065 cart already submitted; 800060 order in progress, 800064 cart being
 * processed: by an attempt of ours, or by somebody else. 600041 policy exists already; that 404 is what a policy that is
 * not there any more answers is our assumption. */
static const char *const bought_already[] = {"800065", NULL};
static const char *const being_bought[] = {"800060", "800064", NULL};
static const char *const granted_already[] = {"600041", NULL};

static const struct tn_operation operations[] = {
    {
        .module = "partner",
        .name = "subscriptions",
        .method = "GET",
        .path = CUSTOMER "/subscriptions",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {ARGUMENT_CUSTOMER},
        .record = &tn_record_subscription,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "The subscriptions of a customer.",
        .source = "Partner Center REST: Get all of a customer's subscriptions",
    },
    {
        .module = "partner",
        .name = "registration",
        .method = "GET",
        .path = CUSTOMER "/subscriptions/{subscription}/registrationstatus",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"subscription", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL,
                       "subscription, or Partner Center's id of it"},
                      ARGUMENT_CUSTOMER},
        .record = &tn_record_registration,
        .doc = "Whether reservations can be bought for a subscription already.",
        .source = "Partner Center REST: Get subscription registration status",
    },
    {
        .module = "partner",
        .name = "products",
        .method = "GET",
        .path = "/products",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {ARGUMENT_COUNTRY,
                      {"view", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, views, "AzureReservations unless given"},
                      {"segment", TN_TYPE_STRING, false, TN_IN_QUERY, "targetSegment", NULL,
                       "commercial, education, government or nonprofit"},
                      ARGUMENT_AZURE_PLAN},
        .record = &tn_record_product,
        .paging = TN_PAGING_LINKS_NEXT,
        .put_query = put_products,
        .check = check_country,
        .doc = "What reservations a partner can buy in a country.",
        .source = "Partner Center REST: Get a list of products (by country)",
    },
    {
        .module = "partner",
        .name = "skus",
        .method = "GET",
        .path = "/products/{product}/skus",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {ARGUMENT_PRODUCT, ARGUMENT_COUNTRY, ARGUMENT_AZURE_PLAN},
        .record = &tn_record_sku,
        .paging = TN_PAGING_LINKS_NEXT,
        .put_query = put_plan,
        .check = check_country,
        .doc = "The variants of a product.",
        .source = "Partner Center REST: Get a list of SKUs for a product (by country)",
    },
    {
        .module = "partner",
        .name = "availabilities",
        .method = "GET",
        .path = "/products/{product}/skus/{sku}/availabilities",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {ARGUMENT_PRODUCT,
                      {"sku", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "SKU, or its id"},
                      ARGUMENT_COUNTRY,
                      ARGUMENT_AZURE_PLAN},
        .record = &tn_record_availability,
        .paging = TN_PAGING_LINKS_NEXT,
        .put_query = put_plan,
        .check = check_country,
        .doc = "How a SKU is sold: the id that a cart takes is here.",
        .source = "Partner Center REST: Get a list of availabilities for a SKU (by country)",
    },
    {
        .module = "partner",
        .name = "inventory",
        .method = "POST",
        .path = "/extensions/product/checkInventory",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"product", TN_TYPE_ID, true, TN_IN_BODY, NULL, NULL, "product, or its id"},
                      {"sku", TN_TYPE_ID, false, TN_IN_BODY, NULL, NULL,
                       "SKU, or its id; all of the product unless given"},
                      {"subscription", TN_TYPE_SUBSCRIPTION, true, TN_IN_BODY, NULL, NULL,
                       "the Azure subscription it is for"},
                      {"region", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "westeurope …"},
                      ARGUMENT_COUNTRY,
                      {"customer", TN_TYPE_CUSTOMER, true, TN_IN_BODY, NULL, NULL,
                       "customer, tenant id or default domain; in a run it is the run's own unless given"}},
        .record = &tn_record_inventory,
        .paging = TN_PAGING_LINKS_NEXT,
        .build_body = build_inventory,
        .check = check_country,
        .doc = "Whether SKUs can be bought for a subscription now. Nothing changes.",
        .source = "Partner Center REST: Check inventory",
    },
    {
        .module = "partner",
        .name = "orders",
        .method = "GET",
        .path = CUSTOMER "/orders",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {ARGUMENT_CUSTOMER,
                      {"billing", TN_TYPE_STRING, false, TN_IN_QUERY, "billingType", billings, "of this kind only"}},
        .record = &tn_record_partner_order,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "The orders for a customer. A new one may take 15 minutes to appear.",
        .source = "Partner Center REST: Get all of a customer's orders",
    },
    {
        .module = "partner",
        .name = "order",
        .method = "GET",
        .path = CUSTOMER "/orders/{partner_order}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"partner_order", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "order of the partner, or its id"},
                      ARGUMENT_CUSTOMER},
        .record = &tn_record_partner_order,
        .doc = "One order for a customer.",
        .source = "Partner Center REST: Get an order by ID",
    },
    {
        .module = "partner",
        .name = "entitlements",
        .method = "GET",
        .path = CUSTOMER "/entitlements?entitlementType=reservedInstance&showExpiry=true",
        .service = TN_SERVICE_PARTNER_CENTER,
        .as_user = true,
        .arguments = {ARGUMENT_CUSTOMER},
        .record = &tn_record_entitlement,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "The reservations that a customer has from orders.",
        .source = "Partner Center REST: Get a collection of entitlements",
    },
    {
        .module = "partner",
        .name = "invoices",
        .method = "GET",
        .path = "/invoices",
        .service = TN_SERVICE_PARTNER_CENTER,
        .record = &tn_record_invoice,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "The invoices to the partner.",
        .source = "Partner Center REST: Get a collection of invoices",
    },
    {
        .module = "partner",
        .name = "invoice_lines",
        .method = "GET",
        .path = "/invoices/{invoice}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=2000",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"invoice", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "invoice, its number, or unbilled"},
                      {"currency", TN_TYPE_STRING, false, TN_IN_QUERY, "currencycode", NULL,
                       "three letters; needed for unbilled ones"},
                      {"period", TN_TYPE_STRING, false, TN_IN_QUERY, "period", periods,
                       "current or previous; for unbilled ones"}},
        .record = &tn_record_invoice_line,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "The lines of an invoice that are billed once, as reservations are: purchases and refunds by customer.",
        .source = "Partner Center REST: Get invoice line items",
    },
    {
        .module = "partner",
        .name = "policies",
        .method = "GET",
        .path = "/SelfServePolicy",
        .service = TN_SERVICE_PARTNER_CENTER,
        .as_user = true,
        .arguments = {{"customer", TN_TYPE_CUSTOMER, true, TN_IN_QUERY, "entity_id", NULL,
                       "customer, tenant id or default domain; in a run it is the run's own unless given"}},
        .record = &tn_record_policy,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "What a customer may buy by itself.",
        .source = "Partner Center REST: Get a list of self-serve policies",
    },
    {
        .module = "partner",
        .name = "cart",
        .method = "GET",
        .path = CUSTOMER "/carts/{cart}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"cart", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "cart, or its id"}, ARGUMENT_CUSTOMER},
        .record = &tn_record_cart,
        .doc = "One cart for a customer, with what stands against buying it.",
        .source = "Partner Center REST: Get a cart",
    },
    {
        .module = "partner",
        .name = "register",
        .method = "POST",
        .path = CUSTOMER "/subscriptions/{subscription}/registrations",
        .service = TN_SERVICE_PARTNER_CENTER,
        .class = TN_CLASS_NAMED,
        .arguments = {{"subscription", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL,
                       "subscription, or Partner Center's id of it"},
                      ARGUMENT_CUSTOMER},
        .long_running = TN_LRO_OPERATION,
        .doc = "Let reservations be bought for an Azure subscription.",
        .source = "Partner Center REST: Register a subscription",
    },
    {
        .module = "partner",
        .name = "create_cart",
        .method = "POST",
        .path = CUSTOMER "/carts",
        .service = TN_SERVICE_PARTNER_CENTER,
        .class = TN_CLASS_NAMED,
        .arguments = {{"item", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL,
                       "what partner.availabilities calls item: product:sku:availability"},
                      {"quantity", TN_TYPE_INTEGER, true, TN_IN_BODY, NULL, NULL, "how many"},
                      {"subscription", TN_TYPE_SUBSCRIPTION, true, TN_IN_BODY, NULL, NULL,
                       "the Azure subscription it is for"},
                      {"billing_cycle", TN_TYPE_STRING, false, TN_IN_BODY, NULL, cycles, "one_time unless given"},
                      {"term", TN_TYPE_STRING, false, TN_IN_BODY, NULL, cart_terms, "of what is sold with several"},
                      {"scope", TN_TYPE_STRING, false, TN_IN_BODY, NULL, cart_scopes, "shared unless given"},
                      {"name", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "display name"},
                      ARGUMENT_CUSTOMER},
        .record = &tn_record_cart,
        .build_body = build_cart,
        .tell = tell_cart,
        .doc = "Put a reservation into a new cart. Nothing is bought; the cart is gone after some 15 minutes.",
        .source = "Partner Center REST: Create a cart",
    },
    {
        .module = "partner",
        .name = "checkout",
        .method = "POST",
        .path = CUSTOMER "/carts/{cart}/checkout",
        .service = TN_SERVICE_PARTNER_CENTER,
        .class = TN_CLASS_NAMED,
        .arguments = {{"cart", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "cart, or its id"}, ARGUMENT_CUSTOMER},
        .record = &tn_record_checkout,
        .long_running = TN_LRO_ORDERS,
        .already = bought_already,
        .busy = being_bought,
        .tell = tell_checkout,
        .untold_money = true,
        .doc = "Buy what is in a cart. Nobody tells what it costs: it takes a guard on its count.",
        .source = "Partner Center REST: Checkout a cart; Get an order by ID",
    },
    {
        .module = "partner",
        .name = "grant_policy",
        .method = "POST",
        .path = "/SelfServePolicy",
        .service = TN_SERVICE_PARTNER_CENTER,
        .as_user = true,
        .names_partner = true,
        .class = TN_CLASS_NAMED,
        .arguments = {{"customer", TN_TYPE_CUSTOMER, true, TN_IN_BODY, NULL, NULL,
                       "customer, tenant id or default domain; in a run it is the run's own unless given"},
                      {"resource", TN_TYPE_STRING, false, TN_IN_BODY, NULL, policy_resources,
                       "AzureReservedInstances unless given"}},
        .record = &tn_record_policy,
        .build_body = build_policy,
        .already = granted_already,
        .doc = "Let a customer buy by itself, at the partner's expense.",
        .source = "Partner Center REST: Create a self-serve policy",
    },
    {
        .module = "partner",
        .name = "revoke_policy",
        .method = "DELETE",
        .path = "/SelfServePolicy/{policy}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .as_user = true,
        .class = TN_CLASS_NAMED,
        .arguments = {{"policy", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "policy, or its id"}},
        .absent_is_done = true,
        .doc = "Take back what a policy lets a customer buy by itself.",
        .source = "Partner Center REST: Delete a self-serve policy",
    },
    {.module = NULL},
};

const struct tn_module tn_module_partner = {"partner", operations, tn_partner_records,
                                            "Subscriptions, catalogue, carts, orders, invoices (Partner Center)"};
