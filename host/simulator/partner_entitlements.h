/*
 * Partner Center, entitlements: the reservations that a customer has, found without rights in its tenant. For users only.
 */
#ifndef TN_SIMULATOR_PARTNER_ENTITLEMENTS_H
#define TN_SIMULATOR_PARTNER_ENTITLEMENTS_H

#include "simulator/call.h"

void tn_sim_partner_entitlements(struct tn_sim_call *call);
void tn_sim_partner_artifact(struct tn_sim_call *call); /* what an entitlement's link leads to */

#endif
