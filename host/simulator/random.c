/* Seeded randomness: see random.h. */
#include "simulator/random.h"

#include <stdio.h>

uint64_t tn_sim_random_next(struct tn_sim_random *random)
{
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t tn_sim_random_between(struct tn_sim_random *random, int64_t least, int64_t most)
{
    uint64_t span = (uint64_t)(most - least) + 1;
    return least + (int64_t)(tn_sim_random_next(random) % span);
}

bool tn_sim_random_chance(struct tn_sim_random *random, double probability)
{
    double unit = (double)(tn_sim_random_next(random) >> 11) * 0x1p-53;
    return unit < probability;
}

void tn_sim_random_guid(struct tn_sim_random *random, char guid[TN_GUID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t halves[2] = {tn_sim_random_next(random), tn_sim_random_next(random)};
    halves[0] = (halves[0] & 0xffffffffffff0fffu) | 0x4000u;
    halves[1] = (halves[1] & 0x3fffffffffffffffu) | 0x8000000000000000u;
    char *at = guid;
    for (int nibble = 0; nibble < 32; nibble++) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20)
            *at++ = '-';
        *at++ = digits[(halves[nibble / 16] >> (60 - 4 * (nibble % 16))) & 15];
    }
    *at = '\0';
}

struct tn_sim_random tn_sim_random_part(uint64_t seed, uint64_t part)
{
    struct tn_sim_random random = {seed};
    random.state = tn_sim_random_next(&random) ^ (part * 0xd6e8feb86659fd93u);
    random.state = tn_sim_random_next(&random);
    return random;
}
