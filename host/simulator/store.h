/*
 * A bounded store of things that carry a GUID and are asked for by it: tokens, sessions. The oldest make room.
 */
#ifndef TN_SIMULATOR_STORE_H
#define TN_SIMULATOR_STORE_H

#include "simulator/index.h"

/* Entries are plain structs that begin with `char id[TN_GUID_TEXT]`. */
struct tn_sim_store {
    size_t entry_bytes, max; /* set by the owner; the rest is zeroed before first use */
    void **ring;
    size_t count, cap, oldest;
    struct tn_sim_index index;
};

void *tn_sim_store_add(struct tn_sim_store *store, const void *entry); /* keeps a copy; NULL: out of memory */
void *tn_sim_store_find(const struct tn_sim_store *store, const char *id);
void tn_sim_store_deinit(struct tn_sim_store *store);

#endif
