/* Partner Center, orders: see partner_orders.h. */
#include "simulator/partner_orders.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/capacity.h"
#include "simulator/partner_center.h"
#include "simulator/partner_item.h"
#include "simulator/state.h"

/* ---- ids -------------------------------------------------------------------------------------------------------- */

static const struct tn_sim_order *first_of(const struct tn_sim_order *order)
{
    return order->sold_with ? order->sold_with : order;
}

/* The reservation order's digits backwards: its own, and no GUID. */
void tn_sim_partner_order_id(const struct tn_sim_order *order, char id[TN_SIM_PARTNER_ORDER_TEXT])
{
    const char *guid = first_of(order)->id;
    size_t len = 0;
    for (size_t i = strlen(guid); i-- > 0;) {
        if (guid[i] != '-')
            id[len++] = guid[i];
    }
    snprintf(id + len, TN_SIM_PARTNER_ORDER_TEXT - len, "1");
}

void tn_sim_partner_order_alternate(const struct tn_sim_order *order, char id[TN_SIM_PARTNER_ORDER_TEXT])
{
    snprintf(id, TN_SIM_PARTNER_ORDER_TEXT, "%s", first_of(order)->id + TN_GUID_TEXT - 13);
}

int64_t tn_sim_partner_order_line(const struct tn_sim_order *order)
{
    int64_t number = 0;
    for (const struct tn_sim_order *one = first_of(order); one != order; one = one->next)
        number += first_of(one) == first_of(order);
    return number;
}

const char *tn_sim_partner_order_status(const struct tn_sim_order *order, int64_t at_ms)
{
    const struct tn_sim_change *as = tn_sim_history_at(&order->history, at_ms);
    const char *status = as && as->state == TN_SIM_FAILED ? "cancelled" : as ? "pending" : NULL;
    for (; as; as = as->older) {
        if (as->state == TN_SIM_SUCCEEDED || as->state == TN_SIM_CANCELLED || as->state == TN_SIM_EXPIRED)
            return "completed"; /* whatever became of it later */
    }
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_line(struct tn_json_writer *w, const struct tn_simulator *simulator, const struct tn_sim_order *order)
{
    char id[TN_SIM_ITEM_TEXT] = "", uri[96];
    struct tn_sim_item item;
    bool known = order->first && tn_sim_item_of(order->first, &item);
    if (known)
        tn_sim_item_id(simulator, &item, order->customer->country, order->customer->azure_plan, id);
    tn_jw_object(w);
    tn_jw_kv_int(w, "lineItemNumber", tn_sim_partner_order_line(order));
    tn_jw_kv_string(w, "offerId", order->catalog_item ? order->catalog_item : known ? id : NULL);
    tn_jw_kv_string(w, "termDuration", order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "friendlyName", order->name);
    tn_jw_kv_int(w, "quantity", order->quantity);
    tn_jw_key(w, "links");
    tn_jw_object(w);
    if (known) {
        snprintf(uri, sizeof uri, "/products/%s/skus/%s?country=%s", item.product_id, item.sku_id,
                 order->customer->country);
        tn_sim_partner_link(w, "sku", uri, NULL);
    }
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void write_links(struct tn_json_writer *w, const struct tn_sim_order *first, const char *id)
{
    char uri[160];
    tn_jw_key(w, "links");
    tn_jw_object(w);
    snprintf(uri, sizeof uri, "/customers/%s/orders/%s/provisioningstatus", first->customer->id, id);
    tn_sim_partner_link(w, "provisioningStatus", uri, NULL);
    snprintf(uri, sizeof uri, "/customers/%s/orders/%s", first->customer->id, id);
    tn_sim_partner_link(w, "self", uri, NULL);
    tn_jw_object_end(w);
}

void tn_sim_partner_order_write(struct tn_json_writer *w, const struct tn_simulator *simulator,
                                const struct tn_sim_order *first, int64_t at_ms)
{
    char id[TN_SIM_PARTNER_ORDER_TEXT], alternate[TN_SIM_PARTNER_ORDER_TEXT], when[TN_TIME_TEXT];
    tn_sim_partner_order_id(first, id);
    tn_sim_partner_order_alternate(first, alternate);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_string(w, "alternateId", alternate);
    tn_jw_kv_string(w, "referenceCustomerId", first->customer->id);
    tn_jw_kv_string(w, "billingCycle", first->monthly ? "monthly" : "one_time");
    tn_jw_kv_string(w, "currencyCode", first->customer->currency->code);
    tn_jw_key(w, "lineItems");
    tn_jw_array(w);
    for (const struct tn_sim_order *one = first; one; one = one->next) {
        if (first_of(one) == first)
            write_line(w, simulator, one);
    }
    tn_jw_array_end(w);
    tn_jw_kv_string(w, "creationDate", tn_time_format(first->purchased, when));
    tn_jw_kv_string(w, "status", tn_sim_partner_order_status(first, at_ms));
    write_links(w, first, id);
    tn_sim_partner_attributes(w, "Order", NULL);
    tn_jw_object_end(w);
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

/* A new order is not in the list before it was provided. */
static bool is_listed(const struct tn_sim_order *order, int64_t at_ms)
{
    const char *status = tn_sim_partner_order_status(order, at_ms);
    return first_of(order) == order && status && strcmp(status, "pending") != 0;
}

void tn_sim_partner_orders(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    const char *billing = tn_sim_call_query(call, "billingType");
    if (!customer)
        return;
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    bool shown = !billing || tn_id_equal(billing, "onetime"); /* reservations are that, also when paid monthly */
    int64_t count = 0;
    for (const struct tn_sim_order *one = customer->first_order; one && shown; one = one->next)
        count += is_listed(one, sight.at_ms);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, count);
    for (const struct tn_sim_order *one = customer->first_order; one && shown; one = one->next) {
        if (is_listed(one, sight.at_ms))
            tn_sim_partner_order_write(&w, call->simulator, one, sight.at_ms);
    }
    tn_sim_partner_items_end(&w);
}

/* The order that the path names; NULL: the refusal is written. */
static const struct tn_sim_order *named_order(struct tn_sim_call *call, struct tn_sim_sight sight)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    char id[TN_SIM_PARTNER_ORDER_TEXT];
    if (!customer)
        return NULL;
    for (const struct tn_sim_order *one = customer->first_order; one; one = one->next) {
        tn_sim_partner_order_id(one, id);
        if (tn_id_equal(id, call->params[1]) && tn_sim_partner_order_status(one, sight.at_ms))
            return first_of(one);
    }
    tn_sim_partner_error(call, 404, 20000, "The customer has no order '%.60s'.", call->params[1]);
    return NULL;
}

void tn_sim_partner_order(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    const struct tn_sim_order *order = named_order(call, sight);
    if (!order)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_buf_puts(&call->answer->body, TN_SIM_BYTE_ORDER_MARK);
    tn_sim_partner_order_write(&w, call->simulator, order, sight.at_ms);
}

static void write_provisioning(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t at_ms)
{
    const char *status = tn_sim_partner_order_status(order, at_ms);
    const char *word = strcmp(status, "completed") == 0 ? "Fulfilled"
                       : strcmp(status, "pending") == 0 ? "PrefulfillmentPending"
                                                        : "Unfulfilled";
    tn_jw_object(w);
    tn_jw_kv_int(w, "lineItemNumber", tn_sim_partner_order_line(order));
    tn_jw_kv_string(w, "status", word);
    tn_jw_key(w, "quantityProvisioningInformation");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_int(w, "quantity", order->quantity);
    tn_jw_kv_string(w, "status", word);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

void tn_sim_partner_provisioning(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    const struct tn_sim_order *first = named_order(call, sight);
    if (!first)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (const struct tn_sim_order *one = first; one; one = one->next) {
        if (first_of(one) == first)
            write_provisioning(&w, one, sight.at_ms);
    }
    tn_jw_array_end(&w);
    tn_sim_partner_attributes(&w, "Collection", NULL);
    tn_jw_object_end(&w);
}
