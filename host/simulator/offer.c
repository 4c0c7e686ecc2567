/* Microsoft.Capacity, what can be had: see offer.h. */
#include "simulator/offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/route.h"
#include "simulator/scope.h"
#include "simulator/state.h"

#define CATALOG_PAGE 50
#define SKU_TEXT 64

/* ---- the catalogue ---------------------------------------------------------------------------------------------- */

/* One product in one region: what is offered is each of them in each. */
struct offer {
    const struct tn_sim_product *product;
    const char *region;
};

struct query {
    const char *type, *location; /* NULL: any */
    int64_t skip, take;
    bool paged; /* and its terms are spelled p1Y */
};

static bool read_query(struct tn_sim_call *call, struct query *query)
{
    *query = (struct query){.take = CATALOG_PAGE, .paged = strcmp(tn_sim_arm_version(call), "2022-11-01") >= 0};
    query->type = tn_sim_call_query(call, "reservedResourceType");
    query->location = tn_sim_call_query(call, "location");
    bool good = tn_sim_call_number(call, "$skip", &query->skip) && tn_sim_call_number(call, "$take", &query->take);
    if (!good || query->take < 1) {
        tn_sim_arm_error(call, 400, "BadRequest", "The $skip or $take is not a number of products.");
        return false;
    }
    if (query->take > CATALOG_PAGE)
        query->take = CATALOG_PAGE;
    if (!tn_sim_call_query(call, "$filter"))
        return true;
    tn_sim_arm_error(call, 400, "BadRequest", "The simulator does not filter its catalogue by $filter: leave it out.");
    return false;
}

/* Products of other publishers than Microsoft are not sold here. */
static bool selected(struct tn_sim_call *call, const struct query *query, const struct offer *offer)
{
    return (!query->type || tn_id_equal(query->type, offer->product->type)) &&
           (!query->location || tn_id_equal(query->location, offer->region)) &&
           !tn_sim_call_query(call, "publisherId") && !tn_sim_call_query(call, "offerId") &&
           !tn_sim_call_query(call, "planId");
}

static void write_property(struct tn_json_writer *w, const char *name, const char *value)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", name);
    tn_jw_kv_string(w, "value", value);
    tn_jw_object_end(w);
}

/* "Standard_D4s_v5" is of the group "Ds_v5 Series" with four cores, which are its ratio in it. */
static void write_flexibility(struct tn_json_writer *w, const char *sku)
{
    char group[SKU_TEXT], cores[SKU_TEXT];
    size_t digits = strcspn(sku, "0123456789"), count = strspn(sku + digits, "0123456789");
    const char *series = strchr(sku, '_');
    series = series && series < sku + digits ? series + 1 : sku;
    snprintf(cores, sizeof cores, "%.*s", (int)count, sku + digits);
    snprintf(group, sizeof group, "%.*s%s Series", (int)(sku + digits - series), series, sku + digits + count);
    write_property(w, "Cores", cores);
    write_property(w, "vCpu", cores);
    write_property(w, "ReservationsAutofitGroup", group);
    write_property(w, "ReservationsAutofitRatio", cores);
}

static void write_properties(struct tn_json_writer *w, const struct tn_sim_product *product)
{
    char meter[TN_GUID_TEXT], seedling[SKU_TEXT + 16];
    snprintf(seedling, sizeof seedling, "meter of %s", product->sku);
    tn_guid_derive(meter, seedling);
    tn_jw_key(w, "skuProperties");
    tn_jw_array(w);
    if (product->flexible)
        write_flexibility(w, product->sku);
    write_property(w, "ProductTitle", product->description);
    write_property(w, "SkuDisplayName", product->sku);
    write_property(w, "MeterId", meter);
    tn_jw_array_end(w);
}

/* Plans and prices by term. The price is taken to be that of one unit and the whole term, in US dollars. */
static void write_terms(struct tn_json_writer *w, const struct offer *offer, bool lower)
{
    static const int years[] = {1, 3};
    static const char *const terms[] = {"P1Y", "P3Y"}, *const keys[] = {"p1Y", "p3Y"};
    tn_jw_key(w, "terms");
    tn_jw_array(w);
    for (int i = 0; i < 2; i++)
        tn_jw_string(w, terms[i]);
    tn_jw_array_end(w);
    tn_jw_key(w, "billingPlans");
    tn_jw_object(w);
    for (int i = 0; i < 2; i++) {
        tn_jw_key(w, lower ? keys[i] : terms[i]);
        tn_jw_array(w);
        tn_jw_string(w, "Upfront");
        if (offer->product->refundable) /* the others are paid at once */
            tn_jw_string(w, "Monthly");
        tn_jw_array_end(w);
    }
    tn_jw_object_end(w);
    tn_jw_key(w, "msrp");
    tn_jw_object(w);
    for (int i = 0; i < 2; i++)
        tn_sim_amount_write(w, lower ? keys[i] : terms[i], &tn_sim_currencies[0],
                            tn_sim_product_cents(offer->product, offer->region, years[i]));
    tn_jw_object_end(w);
}

static void write_offer(struct tn_json_writer *w, const struct offer *offer, bool lower)
{
    const char *sku = offer->product->sku, *size = strchr(sku, '_');
    tn_jw_object(w);
    tn_jw_kv_string(w, "resourceType", offer->product->type);
    tn_jw_kv_string(w, "name", sku);
    tn_jw_kv_string(w, "tier", "Standard");
    tn_jw_kv_string(w, "size", size ? size + 1 : sku);
    write_terms(w, offer, lower);
    tn_jw_key(w, "locations");
    tn_jw_array(w);
    tn_jw_string(w, offer->region);
    tn_jw_array_end(w);
    write_properties(w, offer->product);
    tn_jw_key(w, "restrictions");
    tn_jw_array(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

/* The page that the query asks for, into an open array; returns how many there are in all. */
static int64_t write_offers(struct tn_sim_call *call, struct tn_json_writer *w, const struct query *query)
{
    int64_t count = 0;
    for (const struct tn_sim_product *product = tn_sim_products; product->type; product++) {
        for (size_t i = 0; tn_sim_regions[i]; i++) {
            struct offer offer = {product, tn_sim_regions[i]};
            if (!selected(call, query, &offer))
                continue;
            if (!query->paged || (count >= query->skip && count < query->skip + query->take))
                write_offer(w, &offer, query->paged);
            count++;
        }
    }
    return count;
}

void tn_sim_catalog_list(struct tn_sim_call *call)
{
    struct query query;
    if (!tn_sim_arm_subscription(call, call->params[0]) || !read_query(call, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    if (query.paged) {
        tn_jw_object(&w);
        tn_jw_key(&w, "value");
    }
    tn_jw_array(&w);
    int64_t count = write_offers(call, &w, &query);
    tn_jw_array_end(&w);
    if (!query.paged)
        return;
    tn_jw_kv_int(&w, "totalItems", count);
    if (query.skip + query.take < count)
        tn_sim_arm_next_link(call, &w, "$skip", query.skip + query.take);
    tn_jw_object_end(&w);
}

/* ---- orders that apply ------------------------------------------------------------------------------------------- */

/* A group of subscriptions holds all of the customer's, for all that is known here. */
static bool applies_to(const struct tn_sim_reservation *reservation, const struct tn_sim_change *as,
                       const char *subscription)
{
    const struct tn_sim_settings *settings = tn_sim_settings_as(reservation, as);
    char scope[TN_SIM_SCOPE_TEXT], prefix[TN_GUID_TEXT + 16];
    if (as->state != TN_SIM_SUCCEEDED)
        return false;
    if (settings->scope == TN_SIM_SHARED || settings->scope == TN_SIM_MANAGEMENT_GROUP)
        return true;
    tn_sim_scope_format(reservation, settings, scope);
    snprintf(prefix, sizeof prefix, "/subscriptions/%.36s", subscription);
    scope[strlen(prefix)] = '\0'; /* a scope with a subscription is at least as long */
    return tn_id_equal(scope, prefix);
}

static bool order_applies(const struct tn_sim_order *order, struct tn_sim_sight sight, const char *subscription)
{
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        const struct tn_sim_change *as = tn_sim_history_at(&one->history, sight.at_ms);
        if (as && applies_to(one, as, subscription))
            return true;
    }
    return false;
}

void tn_sim_applied_list(struct tn_sim_call *call)
{
    const char *subscription = call->params[0];
    char text[160];
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    if (!tn_sim_arm_subscription(call, call->params[0]))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    snprintf(text, sizeof text, "/subscriptions/%s/providers/microsoft.capacity/AppliedReservations/default",
             subscription);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", text);
    tn_jw_kv_string(&w, "name", "default");
    tn_jw_kv_string(&w, "type", "Microsoft.Capacity/AppliedReservations");
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_key(&w, "reservationOrderIds");
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_order *order = call->customer->first_order; order; order = order->next) {
        snprintf(text, sizeof text, "/providers/Microsoft.Capacity/reservationorders/%s", order->id);
        if (order_applies(order, sight, subscription))
            tn_jw_string(&w, text);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

/* The first row of those that need the same right speaks for them. */
static bool is_first(const struct tn_sim_route *route)
{
    for (const struct tn_sim_route *other = tn_sim_routes; other < route; other++) {
        if (other->action && strcmp(other->action, route->action) == 0)
            return false;
    }
    return true;
}

void tn_sim_operations_list(struct tn_sim_call *call)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_route *route = tn_sim_routes; route->method; route++) {
        if (!route->action || strncmp(route->action, "Microsoft.Capacity/", 19) != 0 || !is_first(route))
            continue;
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "name", route->action);
        tn_jw_kv_bool(&w, "isDataAction", false);
        tn_jw_key(&w, "display");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "provider", "Microsoft Capacity");
        tn_jw_kv_string(&w, "resource", "Reservations");
        tn_jw_kv_string(&w, "operation", route->operation);
        tn_jw_kv_string(&w, "description", "What the operation of this name needs.");
        tn_jw_object_end(&w);
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}
