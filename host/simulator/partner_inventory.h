/*
 * Partner Center: whether what it sells is to be had in a region for a customer's subscription.
 */
#ifndef TN_SIMULATOR_PARTNER_INVENTORY_H
#define TN_SIMULATOR_PARTNER_INVENTORY_H

#include "simulator/call.h"

void tn_sim_partner_inventory(struct tn_sim_call *call);

#endif
