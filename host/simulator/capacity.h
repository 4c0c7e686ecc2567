/*
 * Microsoft.Capacity, the reads: orders, reservations, revisions.
 */
#ifndef TN_SIMULATOR_CAPACITY_H
#define TN_SIMULATOR_CAPACITY_H

#include "simulator/call.h"
#include "simulator/world.h"

void tn_sim_reservations_list(struct tn_sim_call *call);
void tn_sim_orders_list(struct tn_sim_call *call);
void tn_sim_orders_get(struct tn_sim_call *call);
void tn_sim_orders_reservations(struct tn_sim_call *call);
void tn_sim_reservations_get(struct tn_sim_call *call);
void tn_sim_reservations_revisions(struct tn_sim_call *call);

/* The order that the path names, for this call's tenant; NULL: the refusal is written. */
struct tn_sim_order *tn_sim_capacity_order(struct tn_sim_call *call);

#endif
