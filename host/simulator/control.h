/*
 * /_simulator/…: the truth for tests, the faults, what is served, and what changes in the world meanwhile. Needs no token.
 *
 * PUT /_simulator/world takes {"prices": 0.9, "no_consent": ["kowalski", …]}: from now on quotes, of returns as of
 * purchases, are nine tenths of what they would be (what was quoted before stays), and these customers, by id, domain
 * or the world file's name, give no new tokens. Each PUT sets the factor anew; consent that is gone stays gone.
 * {"support": {"answers": "It is done.", "closes": true}} is what support says in all tickets that are open, and whether
 * it closes them.
 * {"withhold_credits": ["r1", …]} keeps what comes back for these reservations, by id or the world file's name, off the
 * partner's invoices for good.
 */
#ifndef TN_SIMULATOR_CONTROL_H
#define TN_SIMULATOR_CONTROL_H

#include "simulator/call.h"

void tn_sim_control_effects(struct tn_sim_call *call);
void tn_sim_control_state(struct tn_sim_call *call);
void tn_sim_control_world(struct tn_sim_call *call);
void tn_sim_control_set_world(struct tn_sim_call *call);
void tn_sim_control_routes(struct tn_sim_call *call);
void tn_sim_control_faults(struct tn_sim_call *call);
void tn_sim_control_set_faults(struct tn_sim_call *call);

void tn_sim_control_error(struct tn_sim_call *call, int status, const char *message);

#endif
