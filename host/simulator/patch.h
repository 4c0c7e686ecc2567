/*
 * What a PATCH asks of a reservation: its settings as they are now, but for those that the body names.
 */
#ifndef TN_SIMULATOR_PATCH_H
#define TN_SIMULATOR_PATCH_H

#include "simulator/call.h"
#include "simulator/world.h"

/* The settings as they are to be; their texts live in the world. False: the refusal is written. */
bool tn_sim_patch_read(struct tn_sim_call *call, const struct tn_sim_reservation *reservation,
                       struct tn_sim_settings *settings);

#endif
