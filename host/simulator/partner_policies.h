/*
 * Partner Center, self-serve policies: what customers may buy by themselves. At most one for each. For users only.
 */
#ifndef TN_SIMULATOR_PARTNER_POLICIES_H
#define TN_SIMULATOR_PARTNER_POLICIES_H

#include "simulator/call.h"

void tn_sim_partner_policies(struct tn_sim_call *call);
void tn_sim_partner_grant_policy(struct tn_sim_call *call);
void tn_sim_partner_revoke_policy(struct tn_sim_call *call);

#endif
