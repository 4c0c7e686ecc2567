/*
 * The machine's disk under SQLite, which keeps what is in memory (storage.h). The few calls by which the ledger touches
 * files itself are in calls.h.
 *
 * A process that has ended writes nothing any more, wherever it was; a disk may be full or broken for a while; with the
 * power goes what was written and not synced. Nothing really waits for a disk: a sync is only noted.
 */
#ifndef TESTS_SCHEDULES_DISK_H
#define TESTS_SCHEDULES_DISK_H

#include "world.h"

struct process;

#define DISK_OWN "schedules-own" /* SQLite's name for the disk as the test itself sees it: nothing is wrong with it */

void disk_install(void);               /* once: becomes SQLite's default */
void disk_format(struct world *world); /* an empty disk */

/* Whose calls are coming now; NULL: the test's own, which are left alone. */
void disk_serve(struct process *process);

/* What was not synced is gone, all of it or a part. Everybody has let go of the files. */
void disk_lose_power(struct world *world);

#endif
