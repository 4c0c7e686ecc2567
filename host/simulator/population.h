/*
 * The made-up population: plausible customers and reservations, the same for the same seed and day.
 */
#ifndef TN_SIMULATOR_POPULATION_H
#define TN_SIMULATOR_POPULATION_H

#include "simulator/random.h"
#include "simulator/world.h"

/* Adds so many customers of so many reservations each. TENURE_ENOMEM. */
int tn_sim_population_add(struct tn_sim_world *world, int64_t customers, int64_t reservations, struct tn_err *err);

/* The pieces, for whoever fills in what a world file leaves out. */
const struct tn_sim_country *tn_sim_population_country(struct tn_sim_random *random);
const struct tn_sim_product *tn_sim_population_product(struct tn_sim_random *random);
const char *tn_sim_population_region(struct tn_sim_random *random, const char *home);
void tn_sim_population_busy(struct tn_sim_random *random, struct tn_sim_reservation *reservation); /* well used */

#endif
