/* Arrays that grow: see array.h. */
#include "base/array.h"

#include <stdlib.h>

void *tn_array_grow(void *array, size_t count, size_t element_bytes)
{
    if (count & (count - 1))
        return array;
    return realloc(array, (count ? count * 2 : 1) * element_bytes);
}
