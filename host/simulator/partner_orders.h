/*
 * Partner Center, orders. Each reservation order is an order there too, or a line of one: what a checkout bought
 * together is one order.
 *
 * That reservations which the partner did not sell have an order as well is more than Partner Center would show.
 */
#ifndef TN_SIMULATOR_PARTNER_ORDERS_H
#define TN_SIMULATOR_PARTNER_ORDERS_H

#include "simulator/call.h"
#include "simulator/world.h"

#define TN_SIM_PARTNER_ORDER_TEXT 40

/* The id of the order that a reservation order is in, the number of its line, and the shorter id it has besides. */
void tn_sim_partner_order_id(const struct tn_sim_order *order, char id[TN_SIM_PARTNER_ORDER_TEXT]);
int64_t tn_sim_partner_order_line(const struct tn_sim_order *order);
void tn_sim_partner_order_alternate(const struct tn_sim_order *order, char id[TN_SIM_PARTNER_ORDER_TEXT]);

/* "pending" until it was provided, then "completed"; "cancelled": that went wrong. NULL: it did not exist yet. */
const char *tn_sim_partner_order_status(const struct tn_sim_order *order, int64_t at_ms);

/* The order that begins with this reservation order. */
void tn_sim_partner_order_write(struct tn_json_writer *w, const struct tn_simulator *simulator,
                                const struct tn_sim_order *first, int64_t at_ms);

void tn_sim_partner_orders(struct tn_sim_call *call);
void tn_sim_partner_order(struct tn_sim_call *call);
void tn_sim_partner_provisioning(struct tn_sim_call *call);

#endif
