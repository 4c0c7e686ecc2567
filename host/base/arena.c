/* Arena: see arena.h. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 4096

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct tn_arena {
    struct block *blocks; /* the newest first: the only one that still gives out pieces */
};

struct tn_arena *tn_arena_new(void)
{
    return calloc(1, sizeof(struct tn_arena));
}

void tn_arena_free(struct tn_arena *arena)
{
    if (!arena)
        return;
    while (arena->blocks) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}

void *tn_arena_alloc(struct tn_arena *arena, size_t count, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size && count > SIZE_MAX / 4 / size)
        return NULL;
    size_t bytes = (count * size + align) / align * align; /* at least one unit: no two pieces share an address */
    struct block *block = arena->blocks;
    if (!block || block->size - block->used < bytes) {
        size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        block = calloc(1, sizeof *block + room);
        if (!block)
            return NULL;
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *piece = block->bytes + block->used;
    block->used += bytes;
    return piece;
}

char *tn_arena_text(struct tn_arena *arena, const char *text, size_t len)
{
    char *copy = tn_arena_alloc(arena, len + 1, 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}
