/* Partner Center, entitlements: see partner_entitlements.h. */
#include "simulator/partner_entitlements.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/capacity.h"
#include "simulator/partner_center.h"
#include "simulator/partner_item.h"
#include "simulator/partner_orders.h"
#include "simulator/scope.h"
#include "simulator/state.h"

/* A reservation that the customer has: neither given back nor still on its way. */
static bool is_held(const struct tn_sim_reservation *reservation, int64_t at_ms)
{
    const struct tn_sim_change *as = tn_sim_history_at(&reservation->history, at_ms);
    return as && (as->state == TN_SIM_SUCCEEDED || as->state == TN_SIM_EXPIRED);
}

/* How many units of an order the customer has. */
static int64_t held(const struct tn_sim_order *order, int64_t at_ms)
{
    int64_t quantity = 0;
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order)
        quantity += is_held(one, at_ms) ? one->quantity : 0;
    return quantity;
}

static void kv_time(struct tn_json_writer *w, const char *key, int64_t seconds)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, key, tn_time_format(seconds, text));
}

static void write_origin(struct tn_json_writer *w, const struct tn_sim_order *order)
{
    char id[TN_SIM_PARTNER_ORDER_TEXT], alternate[TN_SIM_PARTNER_ORDER_TEXT], line[24];
    struct tn_sim_item item;
    tn_sim_partner_order_id(order, id);
    tn_sim_partner_order_alternate(order, alternate);
    snprintf(line, sizeof line, "%lld", (long long)tn_sim_partner_order_line(order));
    tn_jw_key(w, "referenceOrder");
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_string(w, "lineItemId", line);
    tn_jw_kv_string(w, "alternateId", alternate);
    tn_jw_object_end(w);
    if (!tn_sim_item_of(order->first, &item))
        return;
    tn_jw_kv_string(w, "productId", item.product_id);
    tn_jw_kv_string(w, "skuId", item.sku_id);
}

static void write_artifact_link(struct tn_json_writer *w, const struct tn_sim_order *order)
{
    char uri[160];
    tn_jw_key(w, "entitledArtifacts");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "artifactType", "reservedinstance");
    tn_jw_kv_string(w, "resourceId", order->id);
    snprintf(uri, sizeof uri, "/v1/customers/%s/artifacts/reservedinstances/%s", order->customer->id, order->id);
    tn_sim_partner_link(w, "link", uri, NULL);
    tn_jw_key(w, "dynamicAttributes");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationType", order->first->type);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
}

static void write_entitlement(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t quantity,
                              bool show_expiry)
{
    tn_jw_object(w);
    tn_jw_key(w, "includedEntitlements");
    tn_jw_array(w);
    tn_jw_array_end(w);
    write_origin(w, order);
    tn_jw_kv_int(w, "quantity", quantity);
    tn_jw_key(w, "quantityDetails");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_int(w, "quantity", quantity);
    tn_jw_kv_string(w, "status", "Fulfilled");
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    write_artifact_link(w, order);
    tn_jw_kv_string(w, "entitlementType", "reservedinstance");
    if (show_expiry)
        kv_time(w, "expiryDate", order->expires);
    tn_jw_object_end(w);
}

/* The customer that the path names, for a user; NULL: the refusal is written. */
static const struct tn_sim_customer *customer_for_user(struct tn_sim_call *call)
{
    return tn_sim_partner_user(call) ? tn_sim_partner_customer(call) : NULL;
}

void tn_sim_partner_entitlements(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = customer_for_user(call);
    const char *type = tn_sim_call_query(call, "entitlementType"), *expiry = tn_sim_call_query(call, "showExpiry");
    if (!customer)
        return;
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    bool shown = !type || tn_id_equal(type, "reservedInstance"), show_expiry = expiry && tn_id_equal(expiry, "true");
    int64_t count = 0;
    for (const struct tn_sim_order *one = customer->first_order; one && shown; one = one->next)
        count += held(one, sight.at_ms) > 0;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, count);
    for (const struct tn_sim_order *one = customer->first_order; one && shown; one = one->next) {
        if (held(one, sight.at_ms) > 0)
            write_entitlement(&w, one, held(one, sight.at_ms), show_expiry);
    }
    tn_sim_partner_items_end(&w);
}

static void write_reservation(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, int64_t at_ms)
{
    const struct tn_sim_settings *settings =
        tn_sim_settings_as(reservation, tn_sim_history_at(&reservation->history, at_ms));
    char scope[TN_SIM_SCOPE_TEXT];
    tn_sim_scope_format(reservation, settings, scope);
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationId", reservation->id);
    tn_jw_kv_string(w, "scopeType", tn_sim_scope_type(settings->scope));
    tn_jw_kv_string(w, "displayName", settings->name);
    tn_jw_key(w, "appliedScopes");
    tn_jw_array(w);
    if (scope[0])
        tn_jw_string(w, scope);
    tn_jw_array_end(w);
    tn_jw_kv_int(w, "quantity", reservation->quantity);
    kv_time(w, "expiryDateTime", reservation->order->expires);
    kv_time(w, "effectiveDateTime", reservation->order->purchased);
    tn_jw_kv_string(w, "provisioningState", "Succeeded");
    tn_jw_object_end(w);
}

void tn_sim_partner_artifact(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = customer_for_user(call);
    if (!customer)
        return;
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    const struct tn_sim_order *order = tn_sim_order_find(&call->simulator->world, call->params[1]);
    if (!order || order->customer != customer || held(order, sight.at_ms) == 0) {
        tn_sim_partner_error(call, 404, 20000, "The customer has no reservations '%.60s'.", call->params[1]);
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "type", "reservedinstance");
    tn_jw_key(&w, "reservations");
    tn_jw_array(&w);
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        if (is_held(one, sight.at_ms))
            write_reservation(&w, one, sight.at_ms);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}
