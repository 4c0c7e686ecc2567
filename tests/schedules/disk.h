/*
 * The machine's disk: a shim under SQLite, and under the few calls by which the ledger touches files itself.
 *
 * A process that has ended writes nothing any more, wherever it was; a disk may be full or broken for a while; with the
 * power goes what was written and not synced. Nothing really waits for a disk: fsync is only noted.
 */
#ifndef TESTS_SCHEDULES_DISK_H
#define TESTS_SCHEDULES_DISK_H

#include "world.h"

struct process;

/* What of SQLite's own lies below: all its connections are in one process, so that locks and the log's index need no help
 * of the kernel. */
#define DISK_BELOW "unix-excl"

void disk_install(void);               /* once: becomes SQLite's default */
void disk_format(struct world *world); /* an empty disk, but for the ledger's ballast */

/* Whose calls are coming now; NULL: the test's own, which are left alone. */
void disk_serve(struct process *process);

/* What was not synced is gone, all of it or a part. Everybody has let go of the files. */
void disk_lose_power(struct world *world);

#endif
