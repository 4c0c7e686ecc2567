/*
 * An index by GUID: a hash table from the 36 characters of a GUID, in either case, to whatever carries it.
 */
#ifndef TN_SIMULATOR_INDEX_H
#define TN_SIMULATOR_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tn_sim_index_slot {
    uint64_t high, low;
    void *value; /* NULL: empty */
};

/* Zeroed before first use. Borrows its values. */
struct tn_sim_index {
    struct tn_sim_index_slot *slots;
    size_t cap, count; /* cap is a power of two */
};

void *tn_sim_index_find(const struct tn_sim_index *index, const char *guid);      /* NULL: not there, or not a GUID */
bool tn_sim_index_put(struct tn_sim_index *index, const char *guid, void *value); /* false: out of memory */
void tn_sim_index_remove(struct tn_sim_index *index, const char *guid);
void tn_sim_index_deinit(struct tn_sim_index *index);

#endif
