/*
 * From a request to its answer: find the row, meet the faults, check who asks, do it.
 */
#ifndef TN_SIMULATOR_DISPATCH_H
#define TN_SIMULATOR_DISPATCH_H

#include "simulator/call.h"

/* Fills in the answer. True: the call was kept, to be done later; else it is the caller's to free. */
bool tn_sim_dispatch(struct tn_sim_call *call, struct tn_sim_answer *answer);

/* Forget the calls that were to be done later: the simulator ends. */
void tn_sim_deferred_stop(struct tn_simulator *simulator);

#endif
