/*
 * Microsoft.Capacity, splits and merges: one reservation becomes two, or two become one. No money moves.
 *
 *   POST ─200─▶ sources Pending ─settle─┬─▶ sources Cancelled (Split, Merged), the new ones there
 *        │                              └─(fail_operation)─▶ sources as they were, nothing new
 *        └▶ Location: 202 until then, the array of all three afterwards
 *
 * The answer to the POST shows the revisions that there will be, as Azure's does, which answers only when it is done.
 */
#ifndef TN_SIMULATOR_SPLIT_H
#define TN_SIMULATOR_SPLIT_H

#include "simulator/call.h"

void tn_sim_reservations_split(struct tn_sim_call *call);
void tn_sim_reservations_merge(struct tn_sim_call *call);
void tn_sim_reservations_split_result(struct tn_sim_call *call);
void tn_sim_reservations_merge_result(struct tn_sim_call *call);

#endif
