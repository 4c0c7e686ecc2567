/* Locks and the log's index, among connections: see connections.h. */
#include "connections.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "storage.h"

#define MOST_REGIONS 64

struct connections {
    struct connection *first;
    void *index[MOST_REGIONS];
};

void connection_open(struct connection *connection, struct stored *stored)
{
    if (!stored->connections)
        stored->connections = calloc(1, sizeof *stored->connections);
    if (!stored->connections)
        abort();
    *connection = (struct connection){.stored = stored, .next = stored->connections->first};
    stored->connections->first = connection;
    storage_open(stored);
}

void connection_close(struct connection *connection)
{
    struct connections *all = connection->stored->connections;
    struct connection **at = &all->first;
    connection_index_unmap(connection);
    while (*at && *at != connection)
        at = &(*at)->next;
    *at = connection->next;
    if (!all->first) {
        connection->stored->connections = NULL;
        free(all);
    }
    storage_close(connection->stored);
}

/* ---- on the file ------------------------------------------------------------------------------------------------ */

static int highest_of_others(const struct connection *own)
{
    int highest = SQLITE_LOCK_NONE;
    for (const struct connection *other = own->stored->connections->first; other; other = other->next) {
        if (other != own && other->lock > highest)
            highest = other->lock;
    }
    return highest;
}

int connection_lock(struct connection *connection, int lock)
{
    int highest = highest_of_others(connection);
    if (connection->lock >= lock)
        return SQLITE_OK;
    if (highest >= SQLITE_LOCK_PENDING || (highest >= SQLITE_LOCK_RESERVED && lock >= SQLITE_LOCK_RESERVED))
        return SQLITE_BUSY;
    bool waits = lock == SQLITE_LOCK_EXCLUSIVE && highest >= SQLITE_LOCK_SHARED;
    connection->lock = waits ? SQLITE_LOCK_PENDING : lock;
    return waits ? SQLITE_BUSY : SQLITE_OK;
}

void connection_unlock(struct connection *connection, int lock)
{
    if (connection->lock > lock)
        connection->lock = lock;
}

bool connection_reserved(const struct connection *connection)
{
    return connection->lock >= SQLITE_LOCK_RESERVED || highest_of_others(connection) >= SQLITE_LOCK_RESERVED;
}

/* ---- on the log's index ----------------------------------------------------------------------------------------- */

void connection_index_map(struct connection *connection, int region, int size, bool extend, void volatile **map)
{
    void **index = connection->stored->connections->index;
    if (region >= MOST_REGIONS)
        abort();
    connection->has_index = true;
    if (!index[region] && extend && !(index[region] = calloc(1, (size_t)size)))
        abort();
    *map = index[region];
}

int connection_index_lock(struct connection *connection, int offset, int count, int flags)
{
    unsigned slots = ((1u << count) - 1) << offset;
    if (flags & SQLITE_SHM_UNLOCK) {
        connection->shared &= ~slots;
        connection->exclusive &= ~slots;
        return SQLITE_OK;
    }
    for (const struct connection *other = connection->stored->connections->first; other; other = other->next) {
        unsigned held = other->exclusive | (flags & SQLITE_SHM_EXCLUSIVE ? other->shared : 0);
        if (other != connection && held & slots)
            return SQLITE_BUSY;
    }
    if (flags & SQLITE_SHM_EXCLUSIVE)
        connection->exclusive |= slots;
    else
        connection->shared |= slots;
    return SQLITE_OK;
}

void connection_index_unmap(struct connection *connection)
{
    struct connections *all = connection->stored->connections;
    bool wanted = false;
    connection->has_index = false;
    connection->shared = connection->exclusive = 0;
    for (const struct connection *other = all->first; other; other = other->next)
        wanted = wanted || other->has_index;
    for (int i = 0; i < MOST_REGIONS && !wanted && all->index[i]; i++) {
        free(all->index[i]);
        all->index[i] = NULL;
    }
}
