/*
 * Partner Center, carts: what is put together before it is bought.
 *
 *   create ─▶ Active ─┬─ update ─▶ Active, with other lines
 *                     ├─ checkout ─▶ Ordered
 *                     └─ too old ─▶ not found
 */
#ifndef TN_SIMULATOR_PARTNER_CART_H
#define TN_SIMULATOR_PARTNER_CART_H

#include "simulator/call.h"
#include "simulator/partner_item.h"

/* One thing in it. The texts live in the world. */
struct tn_sim_cart_line {
    bool known; /* the item is one of the catalogue's */
    struct tn_sim_item item;
    const char *catalog_item_id, *billing_cycle;
    const char *term, *name, *subscription; /* NULL: not said */
    const char *group;                      /* lines that succeed or fail together */
    int64_t quantity;
    bool shared;
    struct tn_sim_order *order; /* the reservation order it became; NULL: not bought, or refused */
};

struct tn_sim_cart {
    char id[TN_GUID_TEXT];
    struct tn_sim_customer *customer;
    int64_t created, modified, expires; /* seconds since 1970, to show */
    int64_t expires_ms;                 /* on the loop's clock: what counts */
    bool ordered;
    struct tn_sim_cart_line *lines;
    size_t count;
};

/* The customer's cart that the path names, which may be changed still or has been ordered; NULL: the refusal is
 * written. */
struct tn_sim_cart *tn_sim_partner_named_cart(struct tn_sim_call *call);

/* The code that buying this line would be refused with now, and why; 0: nothing stands against it. */
int tn_sim_cart_problem(const struct tn_simulator *simulator, const struct tn_sim_cart *cart,
                        const struct tn_sim_cart_line *line, const char **why);

void tn_sim_partner_create_cart(struct tn_sim_call *call);
void tn_sim_partner_cart(struct tn_sim_call *call);
void tn_sim_partner_update_cart(struct tn_sim_call *call);

#endif
