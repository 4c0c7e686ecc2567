/*
 * Microsoft.Capacity, changes of a reservation that cost nothing: its name, scope, flexibility, renewal; archiving.
 *
 *   PATCH ─200─▶ two revisions: one in progress, one with the new settings
 *         └202─▶ Pending ─settle─▶ Succeeded, with the new settings or (fail_operation) the old ones: "updates": "async"
 */
#ifndef TN_SIMULATOR_UPDATE_H
#define TN_SIMULATOR_UPDATE_H

#include "simulator/call.h"
#include "simulator/world.h"

void tn_sim_reservations_available_scopes(struct tn_sim_call *call);
void tn_sim_reservations_update(struct tn_sim_call *call);
void tn_sim_reservations_update_result(struct tn_sim_call *call);
void tn_sim_reservations_archive(struct tn_sim_call *call);
void tn_sim_reservations_unarchive(struct tn_sim_call *call);

/* From now on it has these settings, and the state that the change says. False: out of memory, nothing changed. */
bool tn_sim_reservation_set(struct tn_simulator *simulator, struct tn_sim_reservation *reservation,
                            const struct tn_sim_settings *settings, struct tn_sim_change change);

#endif
