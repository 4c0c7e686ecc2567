/* Partner Center, what it sells of reservations: see partner_catalogue.h. */
#include "simulator/partner_catalogue.h"

#include <stdio.h>
#include <string.h>

#include "simulator/partner_center.h"
#include "simulator/partner_item.h"
#include "simulator/state.h"

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static bool is_one_of(const char *word, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        if (tn_id_equal(words[i], word))
            return true;
    }
    return false;
}

/* The country of the query; NULL: the refusal is written. */
static const char *country_of(struct tn_sim_call *call)
{
    const char *country = tn_sim_call_query(call, "country");
    if (country && strlen(country) == 2)
        return country;
    tn_sim_partner_error(call, 400, 800002, "The query's country is missing, or not two letters.");
    return NULL;
}

/* The product that the path names, as the first of its SKUs. False: the refusal is written. */
static bool named_product(struct tn_sim_call *call, struct tn_sim_item *item)
{
    if (!country_of(call))
        return false;
    if (tn_sim_item_numbered(call->params[0], 1, item))
        return true;
    tn_sim_partner_error(call, 404, 400013, "The product '%.40s' was not found.", call->params[0]);
    return false;
}

static bool named_sku(struct tn_sim_call *call, struct tn_sim_item *item)
{
    if (!named_product(call, item))
        return false;
    if (tn_sim_item_find(call->params[0], call->params[1], item))
        return true;
    tn_sim_partner_error(call, 404, 400013, "The product '%.40s' has no SKU '%.40s'.", call->params[0],
                         call->params[1]);
    return false;
}

static bool is_for_plan(const struct tn_sim_call *call)
{
    const char *scope = tn_sim_call_query(call, "reservationScope");
    return scope && tn_id_equal(scope, "AzurePlan");
}

/* Which of the reservations a view shows: a type, "" for all, NULL for none of them. */
static const char *type_in_view(const char *view)
{
    static const struct {
        const char *view, *type;
    } views[] = {
        {"AzureReservations", ""},
        {"AzureReservationsVM", "VirtualMachines"},
        {"AzureReservationsSQL", "SqlDatabases"},
        {"AzureReservationsCosmosDb", "CosmosDb"},
    };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (tn_id_equal(views[i].view, view))
            return views[i].type;
    }
    return NULL;
}

/* False: the refusal is written. A partner sells to companies only: what else is offered nobody tells. */
static bool read_view(struct tn_sim_call *call, const char **type)
{
    static const char *const others[] = {"Azure",
                                         "MicrosoftAzure",
                                         "OnlineServices",
                                         "Software",
                                         "SoftwareSUSELinux",
                                         "SoftwarePerpetual",
                                         "SoftwareSubscriptions",
                                         NULL};
    const char *view = tn_sim_call_query(call, "targetView"), *segment = tn_sim_call_query(call, "targetSegment");
    if (!country_of(call))
        return false;
    *type = view ? type_in_view(view) : NULL;
    if (!view)
        tn_sim_partner_error(call, 400, 800002, "The query's targetView is missing.");
    else if (segment && !tn_id_equal(segment, "commercial"))
        tn_sim_partner_error(call, 403, 400030, "The segment '%.40s' is not allowed.", segment);
    else if (!*type && !is_one_of(view, others))
        tn_sim_partner_error(call, 403, 400036, "The view '%.40s' is not allowed.", view);
    else
        return true;
    return false;
}

/* ---- products and SKUs ------------------------------------------------------------------------------------------ */

static void write_product(struct tn_json_writer *w, const struct tn_sim_item *item, const char *country)
{
    char uri[96];
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", item->product_id);
    tn_jw_kv_string(w, "title", item->product->description);
    tn_jw_kv_string(w, "description", item->product->description);
    tn_jw_key(w, "productType");
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", "AzureReservations");
    tn_jw_kv_string(w, "displayName", "Azure Reservations");
    tn_jw_object_end(w);
    tn_jw_kv_bool(w, "isMicrosoftProduct", true);
    tn_jw_kv_string(w, "publisherName", "Microsoft");
    tn_jw_key(w, "links");
    tn_jw_object(w);
    snprintf(uri, sizeof uri, "/products/%s/skus?country=%.2s", item->product_id, country);
    tn_sim_partner_link(w, "skus", uri, NULL);
    snprintf(uri, sizeof uri, "/products/%s?country=%.2s", item->product_id, country);
    tn_sim_partner_link(w, "self", uri, NULL);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

void tn_sim_partner_products(struct tn_sim_call *call)
{
    const char *type = NULL;
    struct tn_sim_item item;
    int64_t count = 0;
    if (!read_view(call, &type))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (const struct tn_sim_product *one = tn_sim_products; type && one->type; one++) {
        if (*type && strcmp(type, one->type) != 0)
            continue;
        tn_sim_item_first(one, &item);
        write_product(&w, &item, tn_sim_call_query(call, "country"));
        count++;
    }
    tn_jw_array_end(&w);
    tn_jw_kv_int(&w, "totalCount", count);
    tn_sim_partner_attributes(&w, "Collection", NULL);
    tn_jw_object_end(&w);
}

void tn_sim_partner_product(struct tn_sim_call *call)
{
    struct tn_sim_item item;
    if (!named_product(call, &item))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    write_product(&w, &item, tn_sim_call_query(call, "country"));
}

static void write_words(struct tn_json_writer *w, const char *key, const char *const *words)
{
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (size_t i = 0; words[i]; i++)
        tn_jw_string(w, words[i]);
    tn_jw_array_end(w);
}

static const char *duration(const struct tn_sim_item *item)
{
    return item->years == 3 ? "3Years" : "1Year";
}

/* What buying it takes, and what it is made of. */
static void write_needs(struct tn_json_writer *w, const struct tn_sim_item *item)
{
    static const char *const before[] = {"InventoryCheck", "AzureSubscriptionRegistration", NULL};
    static const char *const inventory[] = {"CustomerId", "AzureSubscriptionId", "ArmRegionName", NULL};
    static const char *const provisioning[] = {"Scope", "SubscriptionId", "Duration", NULL};
    const char *const cycles[] = {"one_time", tn_sim_item_monthly(item) ? "monthly" : NULL, NULL};
    tn_jw_kv_int(w, "minimumQuantity", 1);
    tn_jw_kv_int(w, "maximumQuantity", TN_SIM_ITEM_MOST);
    tn_jw_kv_bool(w, "isTrial", false);
    write_words(w, "supportedBillingCycles", cycles);
    write_words(w, "purchasePrerequisites", before);
    write_words(w, "inventoryVariables", inventory);
    write_words(w, "provisioningVariables", provisioning);
    tn_jw_key(w, "dynamicAttributes");
    tn_jw_object(w);
    tn_jw_kv_string(w, "armSkuName", item->product->sku);
    tn_jw_kv_string(w, "armRegionName", item->region);
    tn_jw_kv_string(w, "duration", duration(item));
    tn_jw_object_end(w);
}

static void write_sku(struct tn_json_writer *w, const struct tn_sim_item *item, const char *country)
{
    char text[160];
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", item->sku_id);
    tn_jw_kv_string(w, "productId", item->product_id);
    snprintf(text, sizeof text, "%s, %s, %s", item->product->description, item->region, duration(item));
    tn_jw_kv_string(w, "title", text);
    write_needs(w, item);
    tn_jw_key(w, "links");
    tn_jw_object(w);
    snprintf(text, sizeof text, "/products/%s/skus/%s/availabilities?country=%.2s", item->product_id, item->sku_id,
             country);
    tn_sim_partner_link(w, "availabilities", text, NULL);
    snprintf(text, sizeof text, "/products/%s/skus/%s?country=%.2s", item->product_id, item->sku_id, country);
    tn_sim_partner_link(w, "self", text, NULL);
    tn_jw_object_end(w);
    tn_sim_partner_attributes(w, "Sku", NULL);
    tn_jw_object_end(w);
}

void tn_sim_partner_skus(struct tn_sim_call *call)
{
    struct tn_sim_item item;
    unsigned count = 0;
    if (!named_product(call, &item))
        return;
    while (tn_sim_item_numbered(call->params[0], count + 1, &item))
        count++;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, count);
    for (unsigned number = 1; tn_sim_item_numbered(call->params[0], number, &item); number++)
        write_sku(&w, &item, tn_sim_call_query(call, "country"));
    tn_sim_partner_items_end(&w);
}

void tn_sim_partner_sku(struct tn_sim_call *call)
{
    struct tn_sim_item item;
    if (!named_sku(call, &item))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    write_sku(&w, &item, tn_sim_call_query(call, "country"));
}

/* ---- availabilities --------------------------------------------------------------------------------------------- */

static void write_availability(struct tn_json_writer *w, const struct tn_sim_item *item, const char *country,
                               const char *id)
{
    const struct tn_sim_country *known = tn_sim_country_find(country);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", strrchr(id, ':') + 1);
    tn_jw_kv_string(w, "productId", item->product_id);
    tn_jw_kv_string(w, "skuId", item->sku_id);
    tn_jw_kv_string(w, "catalogItemId", id);
    tn_jw_key(w, "defaultCurrency");
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", known ? known->currency : "USD");
    tn_jw_object_end(w);
    tn_jw_kv_string(w, "segment", "commercial");
    tn_jw_kv_string(w, "country", country);
    tn_jw_kv_bool(w, "isPurchasable", true);
    tn_jw_kv_bool(w, "isRenewable", true);
    tn_jw_key(w, "terms");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "duration", item->years == 3 ? "P3Y" : "P1Y");
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

void tn_sim_partner_availabilities(struct tn_sim_call *call)
{
    struct tn_sim_item item;
    char id[TN_SIM_ITEM_TEXT];
    if (!named_sku(call, &item))
        return;
    const char *country = tn_sim_call_query(call, "country");
    tn_sim_item_id(call->simulator, &item, country, is_for_plan(call), id);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_partner_items(&w, 1);
    write_availability(&w, &item, country, id);
    tn_sim_partner_items_end(&w);
}
