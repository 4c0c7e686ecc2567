/*
 * /_simulator/…: the truth for tests, and the faults. Needs no token.
 */
#ifndef TN_SIMULATOR_CONTROL_H
#define TN_SIMULATOR_CONTROL_H

#include "simulator/call.h"

void tn_sim_control_effects(struct tn_sim_call *call);
void tn_sim_control_state(struct tn_sim_call *call);
void tn_sim_control_world(struct tn_sim_call *call);
void tn_sim_control_faults(struct tn_sim_call *call);
void tn_sim_control_set_faults(struct tn_sim_call *call);

void tn_sim_control_error(struct tn_sim_call *call, int status, const char *message);

#endif
