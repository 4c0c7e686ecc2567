/*
 * Seeded randomness: the same seed gives the same numbers on every machine (splitmix64). Not for secrets.
 */
#ifndef TN_SIMULATOR_RANDOM_H
#define TN_SIMULATOR_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct tn_sim_random {
    uint64_t state;
};

uint64_t tn_sim_random_next(struct tn_sim_random *random);
int64_t tn_sim_random_between(struct tn_sim_random *random, int64_t least, int64_t most); /* both included */
bool tn_sim_random_chance(struct tn_sim_random *random, double probability);
void tn_sim_random_guid(struct tn_sim_random *random, char guid[TN_GUID_TEXT]);

/* A seed of its own for a part of the world: the n-th customer is the same whatever came before it. */
struct tn_sim_random tn_sim_random_part(uint64_t seed, uint64_t part);

#endif
