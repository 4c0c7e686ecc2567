/* Text files built into the binary (see cmake/embed.cmake): tables that end with a NULL name. */
#ifndef TN_BASE_EMBEDDED_H
#define TN_BASE_EMBEDDED_H

#include <stddef.h>

struct tn_embedded {
    const char *name; /* file name without its folder */
    const char *data; /* NUL-terminated */
    size_t len;
};

#endif
