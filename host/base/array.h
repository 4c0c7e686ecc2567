/*
 * Arrays that grow.
 */
#ifndef TN_BASE_ARRAY_H
#define TN_BASE_ARRAY_H

#include <stddef.h>

/* The array with room for one more element after count of them; NULL: no memory, and it is as it was. It starts out as
 * NULL and grows by this alone, one element at a time: its room doubles whenever the count is a power of two. */
void *tn_array_grow(void *array, size_t count, size_t element_bytes);

#endif
