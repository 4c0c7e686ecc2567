/*
 * SQLite's connections to one file, of one thread: their locks, and the index of the log, which they share and which goes
 * with the last of them. What SQLite asks of it is said at sqlite3_io_methods in its header.
 */
#ifndef TESTS_SCHEDULES_CONNECTIONS_H
#define TESTS_SCHEDULES_CONNECTIONS_H

#include <stdbool.h>

struct stored;

/* One of them; its owner's storage. */
struct connection {
    struct stored *stored;
    struct connection *next;
    int lock; /* on the file: SQLITE_LOCK_… */
    bool has_index;
    unsigned shared, exclusive; /* locks on the index, as bits */
};

void connection_open(struct connection *connection, struct stored *stored);
void connection_close(struct connection *connection); /* lets go of all its locks */

/* SQLITE_OK or SQLITE_BUSY: nobody waits. */
int connection_lock(struct connection *connection, int lock);
void connection_unlock(struct connection *connection, int lock);
bool connection_reserved(const struct connection *connection); /* by anybody */

void connection_index_map(struct connection *connection, int region, int size, bool extend, void volatile **map);
int connection_index_lock(struct connection *connection, int offset, int count, int flags);
void connection_index_unmap(struct connection *connection);

#endif
