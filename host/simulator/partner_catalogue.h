/*
 * Partner Center, what it sells of reservations: products, their SKUs, their availabilities.
 */
#ifndef TN_SIMULATOR_PARTNER_CATALOGUE_H
#define TN_SIMULATOR_PARTNER_CATALOGUE_H

#include "simulator/call.h"

void tn_sim_partner_products(struct tn_sim_call *call);
void tn_sim_partner_product(struct tn_sim_call *call);
void tn_sim_partner_skus(struct tn_sim_call *call);
void tn_sim_partner_sku(struct tn_sim_call *call);
void tn_sim_partner_availabilities(struct tn_sim_call *call);

#endif
