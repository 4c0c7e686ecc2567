/* Names of reservations: see changes.h. */
#include "changes.h"

#include <stdio.h>
#include <string.h>

struct change *changes_add(struct changes *changes, const char *reservation, const char *name, const char *correlation,
                           int64_t settled_ms)
{
    if (changes->count == MOST_CHANGES)
        return NULL;
    struct change *change = &changes->list[changes->count++];
    *change = (struct change){.settled_ms = settled_ms};
    snprintf(change->correlation, sizeof change->correlation, "%s", correlation);
    snprintf(change->reservation, sizeof change->reservation, "%s", reservation);
    snprintf(change->name, sizeof change->name, "%s", name);
    return change;
}

const char *changes_name(const struct changes *changes, const char *reservation, int64_t at_ms)
{
    const struct change *latest = NULL;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        if (strcmp(change->reservation, reservation) == 0 && !change->failed && change->settled_ms <= at_ms &&
            (!latest || change->settled_ms >= latest->settled_ms))
            latest = change;
    }
    return latest ? latest->name : "";
}

bool changes_open(const struct changes *changes, const char *reservation, int64_t at_ms)
{
    for (size_t i = 0; i < changes->count; i++) {
        if (strcmp(changes->list[i].reservation, reservation) == 0 && changes->list[i].settled_ms > at_ms)
            return true;
    }
    return false;
}
