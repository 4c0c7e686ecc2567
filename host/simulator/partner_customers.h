/*
 * Partner Center: the partner's customers.
 */
#ifndef TN_SIMULATOR_PARTNER_CUSTOMERS_H
#define TN_SIMULATOR_PARTNER_CUSTOMERS_H

#include "simulator/call.h"

void tn_sim_customers_list(struct tn_sim_call *call);
void tn_sim_customers_get(struct tn_sim_call *call);

#endif
