/* The allocator of a Lua state: every block carries the number of the budget that pays for it. See budget.h. */
#include <stdlib.h>
#include <string.h>

#include "lua/budget.h"
#include "lua/state.h"

/* Bytes after which the clock is looked at, however few instructions it took to ask for them. */
#define BYTES_BETWEEN_CHECKS (4u << 20)

/* What an item may ask for in all, as a multiple of its memory limit: bounds what only churns. */
#define CHURN_FACTOR 256u

#define GENERATION_MAX 0x7fffffffu
#define LONG_STRING_BYTES (32u << 10)

/* In front of every block. Eight bytes, which is what Lua's own types and ours need to be aligned to. */
struct header {
    uint32_t owner;
    uint32_t generation : 31;
    uint32_t long_string : 1; /* it is one, of a class above 0 */
};

struct tn_heap_owner {
    struct tn_budget *budget; /* NULL: free */
    uint32_t generation;      /* blocks of an earlier user of this number belong to nobody */
    uint32_t next_free;
};

static struct tn_budget *find_owner(const struct tn_heap *heap, const struct header *header)
{
    if (header->owner == 0)
        return NULL;
    const struct tn_heap_owner *owner = &heap->owners[header->owner];
    return owner->generation == header->generation ? owner->budget : NULL;
}

static void credit(struct tn_heap *heap, const struct header *header, size_t bytes)
{
    struct tn_budget *budget = find_owner(heap, header);
    if (budget)
        budget->memory_used -= bytes < budget->memory_used ? bytes : budget->memory_used;
    heap->used_bytes -= bytes;
}

static void charge(struct tn_heap *heap, const struct header *header, size_t bytes)
{
    struct tn_budget *budget = find_owner(heap, header);
    if (budget)
        budget->memory_used += bytes;
    heap->used_bytes += bytes;
}

/* Whether the running item may have so many bytes more. */
static bool may_grow(struct tn_heap *heap, size_t bytes)
{
    struct tn_budget *budget = heap->charged;
    if (!budget || heap->granting)
        return true;
    size_t ceiling = budget->memory_limit + budget->memory_limit / 4;
    if (bytes <= ceiling && budget->memory_used <= ceiling - bytes)
        return true;
    budget->denied = true;
    if (heap->thread) /* by the time somebody sees the error the script is unwound */
        tn_budget_note_place(heap->thread, budget);
    return false;
}

/* Makes the hook of the running coroutine come at its next instruction. lua_sethook() may be called at any time. */
static void hurry(struct tn_heap *heap)
{
    if (heap->hurried || !heap->thread)
        return;
    heap->hurried = true;
    lua_sethook(heap->thread, lua_gethook(heap->thread), LUA_MASKCOUNT, 1);
}

static void hurry_when_due(struct tn_heap *heap, size_t bytes)
{
    const struct tn_budget *budget = heap->charged;
    heap->unchecked_bytes += bytes;
    bool due = heap->unchecked_bytes > BYTES_BETWEEN_CHECKS || budget->memory_used > budget->memory_limit ||
               budget->churned / CHURN_FACTOR > budget->memory_limit;
    if (due)
        hurry(heap);
}

static void pay(struct tn_heap *heap, struct header *header, size_t old_bytes, size_t bytes)
{
    struct tn_budget *budget = heap->charged;
    credit(heap, header, old_bytes);
    if (budget && bytes > old_bytes) { /* who makes it grow takes it over */
        header->owner = budget->owner;
        header->generation = heap->owners[budget->owner].generation & GENERATION_MAX;
        budget->churned += bytes - old_bytes;
    }
    charge(heap, header, bytes);
    if (budget && bytes > old_bytes)
        hurry_when_due(heap, bytes - old_bytes);
}

/* ---- long strings ------------------------------------------------------------------------------------------------ */

static int class_of(size_t bytes)
{
    int class = 0;
    for (size_t fits = LONG_STRING_BYTES; fits < bytes && class < TN_STRING_CLASSES - 1; fits *= 2)
        class ++;
    return class;
}

static void note_string(struct tn_heap *heap, struct header *header, size_t bytes)
{
    int class = class_of(bytes);
    header->long_string = 1;
    heap->strings[class]++;
    if (class <= heap->longest)
        return;
    heap->longest = class;
    hurry(heap);
}

static void forget_string(struct tn_heap *heap, size_t bytes)
{
    heap->strings[class_of(bytes)]--;
    while (heap->longest > 0 && heap->strings[heap->longest] == 0)
        heap->longest--;
}

/* ---- the allocator ----------------------------------------------------------------------------------------------- */

static void release(struct tn_heap *heap, struct header *header, size_t bytes)
{
    if (!header)
        return;
    credit(heap, header, bytes);
    if (header->long_string)
        forget_string(heap, bytes);
    free(header);
}

void *tn_heap_allocate(void *arg, void *block, size_t old_bytes, size_t bytes)
{
    struct tn_heap *heap = arg;
    struct header *header = block ? (struct header *)block - 1 : NULL;
    bool long_string = !block && old_bytes == LUA_TSTRING && bytes > LONG_STRING_BYTES;
    if (!block)
        old_bytes = 0; /* it was the kind of object */
    if (bytes == 0) {
        release(heap, header, old_bytes);
        return NULL;
    }
    if (bytes > SIZE_MAX - sizeof *header || (bytes > old_bytes && !may_grow(heap, bytes - old_bytes)))
        return NULL;
    struct header *moved = realloc(header, bytes + sizeof *header);
    if (!moved)
        return NULL;
    if (!header)
        *moved = (struct header){0};
    pay(heap, moved, old_bytes, bytes);
    if (long_string)
        note_string(heap, moved, bytes);
    return moved + 1;
}

void tn_heap_deinit(struct tn_heap *heap)
{
    free(heap->owners);
    *heap = (struct tn_heap){0};
}

/* ---- owners ------------------------------------------------------------------------------------------------------ */

static int grow_owners(struct tn_heap *heap, struct tn_err *err)
{
    uint32_t count = heap->owner_count ? heap->owner_count * 2 : 16;
    struct tn_heap_owner *owners = realloc(heap->owners, count * sizeof *owners);
    if (!owners)
        return tn_err_no_memory(err);
    memset(owners + heap->owner_count, 0, (count - heap->owner_count) * sizeof *owners);
    uint32_t first = heap->owner_count ? heap->owner_count : 1;
    for (uint32_t i = count - 1; i >= first; i--) {
        owners[i].next_free = heap->free_owner;
        heap->free_owner = i;
    }
    heap->owners = owners;
    heap->owner_count = count;
    return TENURE_OK;
}

int tn_budget_open(struct tn_heap *heap, struct tn_budget *budget, int64_t cpu_ms, int64_t memory_bytes,
                   struct tn_err *err)
{
    if (heap->free_owner == 0 && grow_owners(heap, err) < 0)
        return err->code;
    uint32_t number = heap->free_owner;
    struct tn_heap_owner *owner = &heap->owners[number];
    heap->free_owner = owner->next_free;
    owner->budget = budget;
    owner->generation = (owner->generation + 1) & GENERATION_MAX;
    *budget =
        (struct tn_budget){.cpu_limit_ns = cpu_ms * 1000000, .memory_limit = (size_t)memory_bytes, .owner = number};
    return TENURE_OK;
}

void tn_budget_close(struct tn_heap *heap, struct tn_budget *budget)
{
    if (budget->owner == 0)
        return;
    struct tn_heap_owner *owner = &heap->owners[budget->owner];
    owner->budget = NULL;
    owner->next_free = heap->free_owner;
    heap->free_owner = budget->owner;
    budget->owner = 0;
}

bool tn_budget_churned(const struct tn_budget *budget)
{
    return budget->churned / CHURN_FACTOR > budget->memory_limit;
}
