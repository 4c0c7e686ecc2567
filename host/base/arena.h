/*
 * Arena: memory that is given out piece by piece and freed in one go.
 *
 * For what is built once and then only read: a loaded workflow, the world of a simulator. Pieces are zeroed and aligned
 * for any type.
 */
#ifndef TN_BASE_ARENA_H
#define TN_BASE_ARENA_H

#include <stddef.h>

struct tn_arena;

struct tn_arena *tn_arena_new(void);        /* NULL: no memory */
void tn_arena_free(struct tn_arena *arena); /* NULL is fine */

void *tn_arena_alloc(struct tn_arena *arena, size_t count, size_t size);   /* NULL: no memory; never for count 0 */
char *tn_arena_text(struct tn_arena *arena, const char *text, size_t len); /* a copy with its NUL; NULL: no memory */

#endif
