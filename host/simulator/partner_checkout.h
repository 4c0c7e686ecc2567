/*
 * Partner Center, checkout: a cart becomes orders, one for each group of its lines, and each line a reservation.
 *
 * A group with a line that something stands against is refused, the others are bought all the same.
 */
#ifndef TN_SIMULATOR_PARTNER_CHECKOUT_H
#define TN_SIMULATOR_PARTNER_CHECKOUT_H

#include "simulator/call.h"

void tn_sim_partner_checkout(struct tn_sim_call *call);

#endif
