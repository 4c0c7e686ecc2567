/*
 * Microsoft.Capacity, the reads: orders, reservations, their history.
 */
#ifndef TN_SIMULATOR_CAPACITY_H
#define TN_SIMULATOR_CAPACITY_H

#include "simulator/call.h"
#include "simulator/capacity_write.h"
#include "simulator/world.h"

void tn_sim_reservations_list(struct tn_sim_call *call); /* of the whole tenant */
void tn_sim_reservations_of_order(struct tn_sim_call *call);
void tn_sim_reservations_get(struct tn_sim_call *call);
void tn_sim_reservations_history(struct tn_sim_call *call);
void tn_sim_orders_list(struct tn_sim_call *call);
void tn_sim_orders_get(struct tn_sim_call *call);

/* Now, or a moment ago where the fault `stale` says so. */
struct tn_sim_sight tn_sim_capacity_sight(struct tn_sim_call *call);

/* Now, or a moment ago where the fault `stale` says so. */
struct tn_sim_sight tn_sim_capacity_sight(struct tn_sim_call *call);

/* The order that the path names, for this call's tenant; NULL: the refusal is written. */
struct tn_sim_order *tn_sim_capacity_order(struct tn_sim_call *call);

/* The reservation that the path names, which exists for whoever looks then; NULL: the refusal is written. */
struct tn_sim_reservation *tn_sim_capacity_reservation(struct tn_sim_call *call, struct tn_sim_sight sight);

#endif
