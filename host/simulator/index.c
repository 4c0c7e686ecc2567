/* Index by GUID: see index.h. Linear probing; removal shifts back, so that there are no tombstones. */
#include "simulator/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"

struct key {
    uint64_t high, low;
};

static bool parse_key(const char *guid, struct key *key)
{
    if (!tn_guid_valid(guid, strlen(guid)))
        return false;
    uint64_t halves[2] = {0, 0};
    int nibble = 0;
    for (const char *at = guid; *at; at++) {
        if (*at == '-')
            continue;
        uint64_t value = *at <= '9' ? (uint64_t)(*at - '0') : (uint64_t)((*at | 0x20) - 'a' + 10);
        halves[nibble / 16] = halves[nibble / 16] << 4 | value;
        nibble++;
    }
    *key = (struct key){halves[0], halves[1]};
    return true;
}

static size_t home(const struct tn_sim_index *index, uint64_t high, uint64_t low)
{
    uint64_t hash = (high ^ (low * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;
    return (size_t)(hash >> 20) & (index->cap - 1);
}

/* The slot that holds the key, or the empty one where it would go. */
static struct tn_sim_index_slot *slot_of(const struct tn_sim_index *index, const struct key *key)
{
    size_t at = home(index, key->high, key->low);
    while (index->slots[at].value && (index->slots[at].high != key->high || index->slots[at].low != key->low))
        at = (at + 1) & (index->cap - 1);
    return &index->slots[at];
}

void *tn_sim_index_find(const struct tn_sim_index *index, const char *guid)
{
    struct key key;
    if (!index->cap || !parse_key(guid, &key))
        return NULL;
    return slot_of(index, &key)->value;
}

static bool grow(struct tn_sim_index *index)
{
    struct tn_sim_index bigger = {.cap = index->cap ? index->cap * 2 : 64, .count = index->count};
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < index->cap; i++) {
        struct key key = {index->slots[i].high, index->slots[i].low};
        if (index->slots[i].value)
            *slot_of(&bigger, &key) = index->slots[i];
    }
    free(index->slots);
    *index = bigger;
    return true;
}

bool tn_sim_index_put(struct tn_sim_index *index, const char *guid, void *value)
{
    struct key key;
    if (!parse_key(guid, &key))
        return false;
    if (index->count * 3 >= index->cap * 2 && !grow(index))
        return false;
    struct tn_sim_index_slot *slot = slot_of(index, &key);
    index->count += !slot->value;
    *slot = (struct tn_sim_index_slot){key.high, key.low, value};
    return true;
}

void tn_sim_index_remove(struct tn_sim_index *index, const char *guid)
{
    struct key key;
    if (!index->cap || !parse_key(guid, &key))
        return;
    struct tn_sim_index_slot *slot = slot_of(index, &key);
    if (!slot->value)
        return;
    size_t mask = index->cap - 1, hole = (size_t)(slot - index->slots);
    index->count--;
    for (size_t at = (hole + 1) & mask; index->slots[at].value; at = (at + 1) & mask) {
        size_t wanted = home(index, index->slots[at].high, index->slots[at].low);
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            index->slots[hole] = index->slots[at];
            hole = at;
        }
    }
    index->slots[hole].value = NULL;
}

void tn_sim_index_deinit(struct tn_sim_index *index)
{
    free(index->slots);
    *index = (struct tn_sim_index){0};
}
