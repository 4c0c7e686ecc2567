/*
 * Partner Center: the single things that are sold of reservations, and their ids.
 *
 * A product is one row of the catalogue, a SKU of it is a region and a term. What is ordered is an availability, and that
 * depends on the country and on the kind of subscription, and is another one after prices moved.
 */
#ifndef TN_SIMULATOR_PARTNER_ITEM_H
#define TN_SIMULATOR_PARTNER_ITEM_H

#include "simulator/world.h"

struct tn_simulator;

#define TN_SIM_PRODUCT_TEXT 13 /* of an id, NUL included */
#define TN_SIM_SKU_TEXT 5
#define TN_SIM_ITEM_TEXT 40   /* of "product:sku:availability" */
#define TN_SIM_ITEM_MOST 1000 /* units of it in one line of a cart */

/* One thing to buy. The ids are those it is shown with. */
struct tn_sim_item {
    char product_id[TN_SIM_PRODUCT_TEXT], sku_id[TN_SIM_SKU_TEXT];
    const struct tn_sim_product *product;
    const char *region;
    int years;
};

/* The product's SKU of that number, from 1. False: it has no more, or there is no such product. */
bool tn_sim_item_numbered(const char *product_id, unsigned number, struct tn_sim_item *item);

void tn_sim_item_first(const struct tn_sim_product *product, struct tn_sim_item *item); /* the SKU of number 1 */

/* By "sku" of a "product", or by both in a catalogItemId, be it still sold or not. False: there is none. */
bool tn_sim_item_find(const char *product_id, const char *sku_id, struct tn_sim_item *item);
bool tn_sim_item_ordered(const char *catalog_item_id, struct tn_sim_item *item);

/* What a reservation is a reservation of. False: nothing that is in the catalogue. */
bool tn_sim_item_of(const struct tn_sim_reservation *reservation, struct tn_sim_item *item);

/* Its catalogItemId as it is sold now in a country for that kind of subscription. */
void tn_sim_item_id(const struct tn_simulator *simulator, const struct tn_sim_item *item, const char *country,
                    bool azure_plan, char id[TN_SIM_ITEM_TEXT]);

bool tn_sim_item_sold_out(const struct tn_sim_item *item); /* the same in every world */
bool tn_sim_item_monthly(const struct tn_sim_item *item);  /* whether it may be paid month by month */

#endif
