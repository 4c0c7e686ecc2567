/* A bounded store: see store.h. */
#include "simulator/store.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct tn_sim_store *store)
{
    size_t cap = store->cap ? store->cap * 2 : 64;
    void **ring = realloc(store->ring, cap * sizeof *ring);
    if (!ring)
        return false;
    store->ring = ring;
    store->cap = cap;
    return true;
}

static void *add_new(struct tn_sim_store *store, const void *entry)
{
    if (store->count == store->cap && !grow(store))
        return NULL;
    void *kept = malloc(store->entry_bytes);
    if (!kept)
        return NULL;
    memcpy(kept, entry, store->entry_bytes);
    if (!tn_sim_index_put(&store->index, kept, kept)) {
        free(kept);
        return NULL;
    }
    store->ring[store->count++] = kept;
    return kept;
}

void *tn_sim_store_add(struct tn_sim_store *store, const void *entry)
{
    if (store->count < store->max)
        return add_new(store, entry);
    void *kept = store->ring[store->oldest];
    store->oldest = (store->oldest + 1) % store->max;
    tn_sim_index_remove(&store->index, kept);
    memcpy(kept, entry, store->entry_bytes);
    /* One was just taken out, so the index need not grow. */
    return tn_sim_index_put(&store->index, kept, kept) ? kept : NULL;
}

void *tn_sim_store_find(const struct tn_sim_store *store, const char *id)
{
    return tn_sim_index_find(&store->index, id);
}

void tn_sim_store_deinit(struct tn_sim_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        free(store->ring[i]);
    free(store->ring);
    tn_sim_index_deinit(&store->index);
    store->ring = NULL;
    store->count = store->cap = store->oldest = 0;
}
