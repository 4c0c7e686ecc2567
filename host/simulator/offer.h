/*
 * Microsoft.Capacity, what can be had: the catalogue of a subscription, the orders that apply to it, the operations.
 */
#ifndef TN_SIMULATOR_OFFER_H
#define TN_SIMULATOR_OFFER_H

#include "simulator/call.h"

void tn_sim_catalog_list(struct tn_sim_call *call); /* since 2022-11-01 in pages; before, all of it as a bare array */
void tn_sim_applied_list(struct tn_sim_call *call);
void tn_sim_operations_list(struct tn_sim_call *call);

#endif
