/*
 * Names that reservations are given: what asks for one may be asked for again, under the same name, and no harm is done.
 * The service's book of it: each request that it took on, and what is seen of it when.
 */
#ifndef TESTS_SCHEDULES_CHANGES_H
#define TESTS_SCHEDULES_CHANGES_H

#include <stddef.h>

#include "world.h"

#define MOST_CHANGES 256

/* One that was taken on. */
struct change {
    char correlation[40], reservation[37], name[40];
    bool failed; /* in the end: nothing has changed */
    int64_t settled_ms;
};

struct changes {
    struct change list[MOST_CHANGES];
    size_t count;
};

/* NULL: the book is full. */
struct change *changes_add(struct changes *changes, const char *reservation, const char *name, const char *correlation,
                           int64_t settled_ms);

/* What a reservation is called then; "": nobody gave it a name. */
const char *changes_name(const struct changes *changes, const char *reservation, int64_t at_ms);

/* Something is under way that is to change it. */
bool changes_open(const struct changes *changes, const char *reservation, int64_t at_ms);

#endif
