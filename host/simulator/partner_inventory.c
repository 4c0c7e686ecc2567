/* Partner Center, inventory: see partner_inventory.h. */
#include "simulator/partner_inventory.h"

#include <stdio.h>
#include <string.h>

#include "simulator/partner_center.h"
#include "simulator/partner_item.h"
#include "simulator/state.h"

#define MOST_TARGETS 100

/* Its names are written both with a capital and without: Partner Center reads them in any case. */
static const char *text_of(struct tn_json at, const char *name, const char *capital)
{
    const char *text = tn_json_string(at, name, NULL);
    return text ? text : tn_json_string(at, capital, NULL);
}

/* Whether the context names a customer and an Azure subscription of its. False: the refusal is written. */
static bool context_good(struct tn_sim_call *call, struct tn_json root)
{
    struct tn_json context = tn_json_find(root, "InventoryContext");
    if (tn_json_type_of(context, "") == TN_JSON_ABSENT)
        context = tn_json_find(root, "inventoryContext");
    const char *id = text_of(context, "customerId", "CustomerId");
    const char *subscription = text_of(context, "azureSubscriptionId", "AzureSubscriptionId");
    const struct tn_sim_customer *customer = id ? tn_sim_customer_find(&call->simulator->world, id) : NULL;
    if (!customer || customer == call->simulator->world.partner)
        tn_sim_partner_error(call, 403, 20002, "The inventory context names no customer of the partner.");
    else if (!subscription || !tn_id_equal(subscription, customer->subscription))
        tn_sim_partner_error(call, 400, 800011, "The inventory context names no Azure subscription of the customer.");
    else
        return true;
    return false;
}

static void write_restriction(struct tn_json_writer *w, const struct tn_sim_item *item)
{
    char text[128];
    snprintf(text, sizeof text, "It is not to be had in the region '%s'.", item->region);
    tn_jw_object(w);
    tn_jw_kv_string(w, "reasonCode", "NotAvailableForSubscription");
    tn_jw_kv_string(w, "description", text);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "type", "Location");
    tn_jw_kv_string(w, "values", item->region);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void write_item(struct tn_json_writer *w, const struct tn_sim_item *item)
{
    bool restricted = tn_sim_item_sold_out(item);
    tn_jw_object(w);
    tn_jw_kv_string(w, "productId", item->product_id);
    tn_jw_kv_string(w, "skuId", item->sku_id);
    tn_jw_kv_bool(w, "isRestricted", restricted);
    tn_jw_key(w, "restrictions");
    tn_jw_array(w);
    if (restricted)
        write_restriction(w, item);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

/* One SKU, or all of the product where the target names none. */
static void write_target(struct tn_json_writer *w, const char *product, const char *sku)
{
    struct tn_sim_item item;
    for (unsigned number = 1; tn_sim_item_numbered(product, number, &item); number++) {
        if (!sku || tn_id_equal(sku, item.sku_id))
            write_item(w, &item);
    }
}

/* False: the refusal is written. */
static bool target_good(struct tn_sim_call *call, struct tn_json target)
{
    struct tn_sim_item item;
    const char *product = text_of(target, "productId", "ProductId");
    if (product && tn_sim_item_numbered(product, 1, &item))
        return true;
    tn_sim_partner_error(call, 404, 400013, "A target item names no product of reservations: '%.40s'.",
                         product ? product : "");
    return false;
}

void tn_sim_partner_inventory(struct tn_sim_call *call)
{
    struct tn_json root;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_partner_error(call, 400, 800002, "The request's body is not a JSON object.");
        return;
    }
    struct tn_json targets = tn_json_find(root, "TargetItems");
    if (tn_json_type_of(targets, "") == TN_JSON_ABSENT)
        targets = tn_json_find(root, "targetItems");
    size_t count = tn_json_length(targets);
    if (count < 1 || count > MOST_TARGETS) {
        tn_sim_partner_error(call, 400, 800002, "TargetItems is not a list of 1 to %d items.", MOST_TARGETS);
        return;
    }
    if (!context_good(call, root))
        return;
    for (struct tn_json_iter it = tn_json_each(targets); tn_json_next(&it);) {
        if (!target_good(call, it.value))
            return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_buf_puts(&call->answer->body, TN_SIM_BYTE_ORDER_MARK);
    tn_jw_array(&w);
    for (struct tn_json_iter it = tn_json_each(targets); tn_json_next(&it);)
        write_target(&w, text_of(it.value, "productId", "ProductId"), text_of(it.value, "skuId", "SkuId"));
    tn_jw_array_end(&w);
}
