/*
 * World files: exact customers and reservations, in YAML. What an entry leaves out is filled in from the seed.
 *
 *   customers:
 *     - {id: kowalski, country: PL, refunded: 49990 USD, reservations: [{id: r1, utilization: 1%, worth: 22.50 USD}]}
 *
 * A customer with `azure: plan` has its subscription in an Azure plan; else it is of the older kind, which is sold other
 * availabilities.
 */
#ifndef TN_SIMULATOR_WORLD_FILE_H
#define TN_SIMULATOR_WORLD_FILE_H

#include "simulator/world.h"

/* TENURE_EINVAL with file:line:column for what is wrong with it; TENURE_ENOENT, TENURE_EIO, TENURE_ENOMEM. */
int tn_sim_world_file_load(struct tn_sim_world *world, const char *path, struct tn_err *err);

#endif
