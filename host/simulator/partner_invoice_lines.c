/* Partner Center, the lines of invoices: see partner_invoice_lines.h. */
#include "simulator/partner_invoice_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/capacity.h"
#include "simulator/partner_center.h"
#include "simulator/partner_charges.h"
#include "simulator/partner_invoices.h"
#include "simulator/partner_item.h"
#include "simulator/partner_orders.h"
#include "simulator/partner_subscriptions.h"
#include "simulator/state.h"

#define SIZE_MOST 2000
/* A place in the list: the customer, and which of its charges. */
#define CHARGE_BITS 24
#define PLACE_AT(customer, charge) ((int64_t)(customer) << CHARGE_BITS | (charge))

/* What is asked for, and how far it has come. */
struct query {
    struct tn_json_writer *w;
    const struct tn_simulator *simulator;
    bool unbilled; /* not as the lines of an invoice */
    int64_t month;
    const struct tn_sim_currency *currency; /* NULL: any */
    struct tn_sim_page page;
    const struct tn_sim_customer *customer;
    int64_t place; /* of the charge that comes next */
    int64_t written;
    int64_t more; /* the place of the first that is not on this page; 0: there is none */
};

/* ---- one line --------------------------------------------------------------------------------------------------- */

static void kv_time(struct tn_json_writer *w, const char *key, int64_t seconds)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, key, tn_time_format(seconds, text));
}

static void kv_coins(struct tn_json_writer *w, const char *key, const struct tn_sim_currency *currency, int64_t coins)
{
    struct tn_money money = tn_sim_currency_money(currency, coins);
    tn_jw_key(w, key);
    tn_jw_amount(w, &money);
}

static void write_parties(const struct query *query)
{
    struct tn_json_writer *w = query->w;
    char invoice[TN_SIM_INVOICE_TEXT];
    tn_jw_kv_string(w, "partnerId", query->simulator->world.partner->id);
    tn_jw_kv_string(w, "customerId", query->customer->id);
    tn_jw_kv_string(w, "customerName", query->customer->name);
    tn_jw_kv_string(w, "customerDomainName", query->customer->domain);
    tn_jw_kv_string(w, "customerCountry", query->customer->country);
    tn_sim_invoice_id(query->month, query->customer->currency, invoice);
    if (!query->unbilled)
        tn_jw_kv_string(w, "invoiceNumber", invoice);
}

/* What was sold, and by which order. */
static void write_sale(const struct query *query, const struct tn_sim_order *order)
{
    char id[TN_SIM_PARTNER_ORDER_TEXT], alternate[TN_SIM_PARTNER_ORDER_TEXT], subscription[TN_GUID_TEXT];
    struct tn_json_writer *w = query->w;
    struct tn_sim_item item;
    tn_sim_partner_order_id(order, id);
    tn_sim_partner_order_alternate(order, alternate);
    tn_jw_kv_string(w, "orderId", id);
    tn_jw_kv_string(w, "alternateId", alternate);
    kv_time(w, "orderDate", order->purchased);
    if (tn_sim_item_of(order->first, &item)) {
        tn_jw_kv_string(w, "productId", item.product_id);
        tn_jw_kv_string(w, "skuId", item.sku_id);
    }
    tn_jw_kv_string(w, "skuName", order->first->sku);
    tn_jw_kv_string(w, "productName", order->first->description);
    tn_jw_kv_string(w, "publisherName", "Microsoft");
    tn_sim_partner_subscription_id(order->customer, subscription);
    tn_jw_kv_string(w, "subscriptionId", subscription);
    tn_jw_kv_string(w, "subscriptionDescription", order->name);
    tn_jw_kv_string(w, "reservationOrderId", order->id);
    tn_jw_kv_string(w, "termAndBillingCycle", order->years == 3 ? "3 Years" : "1 Year");
    tn_jw_kv_string(w, "billingFrequency", order->monthly ? "Monthly" : "");
}

/* Charges add up in one direction, credits in the other. There is no tax here. */
static void write_money(const struct query *query, const struct tn_sim_charge *charge)
{
    const struct tn_sim_currency *currency = query->customer->currency;
    int64_t coins = charge->credit ? -charge->coins : charge->coins;
    struct tn_json_writer *w = query->w;
    tn_jw_kv_string(w, "chargeType", charge->credit ? "Cancel" : "New");
    kv_coins(w, "unitPrice", currency, charge->coins / charge->quantity);
    kv_coins(w, "effectiveUnitPrice", currency, charge->coins / charge->quantity);
    tn_jw_kv_int(w, "quantity", charge->quantity);
    tn_jw_kv_int(w, "billableQuantity", charge->quantity);
    kv_coins(w, "subtotal", currency, coins);
    tn_jw_kv_int(w, "taxTotal", 0);
    kv_coins(w, "totalForCustomer", currency, coins);
    tn_jw_kv_string(w, "currency", currency->code);
    tn_jw_kv_string(w, "pricingCurrency", tn_sim_currencies[0].code);
    kv_time(w, "chargeStartDate", charge->at);
    kv_time(w, "chargeEndDate", charge->order->expires);
}

static void write_line(const struct query *query, const struct tn_sim_charge *charge)
{
    tn_jw_object(query->w);
    write_parties(query);
    write_sale(query, charge->order);
    write_money(query, charge);
    tn_jw_kv_string(query->w, "invoiceLineItemType", "billing_line_items");
    tn_jw_kv_string(query->w, "billingProvider", "one_time");
    tn_sim_partner_attributes(query->w, "OneTimeInvoiceLineItem", NULL);
    tn_jw_object_end(query->w);
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void on_charge(void *arg, const struct tn_sim_charge *charge)
{
    struct query *query = arg;
    int64_t place = query->place++;
    if (place < query->page.from || query->more || tn_sim_month_of(charge->at) != query->month)
        return;
    if (query->written == query->page.size) {
        query->more = place;
        return;
    }
    write_line(query, charge);
    query->written++;
}

static void write_lines(struct query *query, struct tn_sim_sight sight)
{
    const struct tn_sim_world *world = &query->simulator->world;
    size_t begin = (size_t)(query->page.from >> CHARGE_BITS);
    for (size_t i = begin; i < world->customer_count && !query->more; i++) {
        query->customer = world->customers[i];
        query->place = PLACE_AT(i, 0);
        if (!query->currency || query->currency == query->customer->currency)
            tn_sim_charges(query->customer, sight, on_charge, query);
    }
}

static bool is_word(const struct tn_sim_call *call, const char *name, const char *word)
{
    const char *value = tn_sim_call_query(call, name);
    return value && tn_id_equal(value, word);
}

/* Whose month and currency: an invoice's, or those of what is not billed yet. False: the refusal is written. */
static bool read_invoice(struct tn_sim_call *call, struct tn_sim_sight sight, struct query *query)
{
    const char *code = tn_sim_call_query(call, "currencycode");
    const struct tn_sim_currency *asked = tn_sim_currencies;
    query->unbilled = tn_id_equal(call->params[0], "unbilled");
    if (query->unbilled) {
        query->month = tn_sim_month_of(sight.now_seconds) - is_word(call, "period", "previous");
    } else if (!tn_sim_invoice_read(call->params[0], &query->month, &query->currency) ||
               query->month > tn_sim_month_of(sight.now_seconds)) {
        tn_sim_partner_invoice_unknown(call);
        return false;
    }
    while (code && asked->code[0] && !tn_id_equal(asked->code, code))
        asked++;
    if (code && query->currency && asked != query->currency)
        query->month = -1; /* nothing on this invoice is in that currency */
    if (code)
        query->currency = asked;
    return true;
}

/* The same list again, as links have it: without /v1. */
static void put_uri(const struct tn_sim_call *call, const struct query *query, struct tn_buf *uri)
{
    const char *code = tn_sim_call_query(call, "currencycode");
    tn_buf_printf(uri, "/invoices/%s/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=%lld",
                  call->params[0], (long long)query->page.size);
    if (code)
        tn_buf_printf(uri, "&currencycode=%s", query->currency->code);
    if (is_word(call, "period", "previous"))
        tn_buf_puts(uri, "&period=previous");
}

void tn_sim_partner_invoice_lines(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct query query = {.simulator = call->simulator};
    struct tn_buf uri = {0};
    if (!tn_sim_call_query(call, "provider") || !tn_sim_call_query(call, "invoicelineitemtype")) {
        tn_sim_partner_error(call, 400, 800002, "The query's provider or invoicelineitemtype is missing.");
        return;
    }
    if (!tn_sim_partner_page(call, SIZE_MOST, SIZE_MOST, &query.page) || !read_invoice(call, sight, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_buf_puts(&call->answer->body, TN_SIM_BYTE_ORDER_MARK);
    query.w = &w;
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    /* Reservations are bought once; what is used up is billed by others. */
    if (is_word(call, "provider", "onetime") && is_word(call, "invoicelineitemtype", "billinglineitems"))
        write_lines(&query, sight);
    tn_jw_array_end(&w);
    tn_jw_kv_int(&w, "totalCount", query.written);
    put_uri(call, &query, &uri);
    tn_sim_partner_seek(&w, tn_buf_text(&uri), query.more > 0, query.more);
    tn_sim_partner_attributes(&w, "Collection", NULL);
    tn_jw_object_end(&w);
    w.out->failed |= uri.failed;
    tn_buf_deinit(&uri);
}
