/* Partner Center, the single things that are sold: see partner_item.h. */
#include "simulator/partner_item.h"

#include <stdio.h>
#include <string.h>

#include "simulator/state.h"

static void write_product_id(const struct tn_sim_product *product, char id[TN_SIM_PRODUCT_TEXT])
{
    snprintf(id, TN_SIM_PRODUCT_TEXT, "DZSIM%07u", (unsigned)(product - tn_sim_products + 1) % 10000000u);
}

static const struct tn_sim_product *find_product(const char *id)
{
    char known[TN_SIM_PRODUCT_TEXT];
    for (const struct tn_sim_product *product = tn_sim_products; product->type; product++) {
        write_product_id(product, known);
        if (tn_id_equal(known, id))
            return product;
    }
    return NULL;
}

/* Two terms in each region. */
static bool make_item(const struct tn_sim_product *product, unsigned number, struct tn_sim_item *item)
{
    unsigned regions = 0;
    while (tn_sim_regions[regions])
        regions++;
    if (number < 1 || number > 2 * regions)
        return false;
    *item = (struct tn_sim_item){.product = product, .region = tn_sim_regions[(number - 1) / 2]};
    item->years = number % 2 ? 1 : 3;
    write_product_id(product, item->product_id);
    snprintf(item->sku_id, sizeof item->sku_id, "%04u", number % 10000u);
    return true;
}

bool tn_sim_item_numbered(const char *product_id, unsigned number, struct tn_sim_item *item)
{
    const struct tn_sim_product *product = find_product(product_id);
    return product && make_item(product, number, item);
}

void tn_sim_item_first(const struct tn_sim_product *product, struct tn_sim_item *item)
{
    (void)make_item(product, 1, item);
}

bool tn_sim_item_find(const char *product_id, const char *sku_id, struct tn_sim_item *item)
{
    for (unsigned number = 1; tn_sim_item_numbered(product_id, number, item); number++) {
        if (tn_id_equal(item->sku_id, sku_id))
            return true;
    }
    return false;
}

bool tn_sim_item_ordered(const char *catalog_item_id, struct tn_sim_item *item)
{
    char product[TN_SIM_PRODUCT_TEXT], sku[TN_SIM_SKU_TEXT];
    const char *first = strchr(catalog_item_id, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    if (!second || first - catalog_item_id >= TN_SIM_PRODUCT_TEXT || second - first > TN_SIM_SKU_TEXT)
        return false;
    snprintf(product, sizeof product, "%.*s", (int)(first - catalog_item_id), catalog_item_id);
    snprintf(sku, sizeof sku, "%.*s", (int)(second - first - 1), first + 1);
    return tn_sim_item_find(product, sku, item);
}

bool tn_sim_item_of(const struct tn_sim_reservation *reservation, struct tn_sim_item *item)
{
    const struct tn_sim_product *product = tn_sim_product_find(reservation->sku);
    for (unsigned number = 1; product && make_item(product, number, item); number++) {
        if (item->years == reservation->order->years && strcmp(item->region, reservation->region) == 0)
            return true;
    }
    return false;
}

/* A text as digits and capitals that are always the same. */
static void fingerprint(const char *text, char hex[TN_DIGEST_TEXT])
{
    tn_digest(hex, text, strlen(text));
    for (char *at = hex; *at; at++)
        *at = (char)(*at >= 'a' ? *at - 0x20 : *at);
}

void tn_sim_item_id(const struct tn_simulator *simulator, const struct tn_sim_item *item, const char *country,
                    bool azure_plan, char id[TN_SIM_ITEM_TEXT])
{
    char text[128], hex[TN_DIGEST_TEXT], place[3];
    snprintf(place, sizeof place, "%s", country);
    tn_id_fold(place);
    snprintf(text, sizeof text, "availability of %s:%s in %s for %s at %lld", item->product_id, item->sku_id, place,
             azure_plan ? "a plan" : "a subscription",
             (long long)(simulator->price_permille ? simulator->price_permille : 1000));
    fingerprint(text, hex);
    snprintf(id, TN_SIM_ITEM_TEXT, "%s:%s:D%.11s", item->product_id, item->sku_id, hex);
}

/* One in sixteen. */
bool tn_sim_item_sold_out(const struct tn_sim_item *item)
{
    char text[128], hex[TN_DIGEST_TEXT];
    snprintf(text, sizeof text, "inventory of %s in %s", item->product->sku, item->region);
    fingerprint(text, hex);
    return hex[0] == '0';
}

bool tn_sim_item_monthly(const struct tn_sim_item *item)
{
    return item->product->refundable; /* the software plans are paid upfront, and cannot be given back */
}
