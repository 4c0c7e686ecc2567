/*
 * Workers: which process works on what, and whether it still lives.
 *
 * Every open ledger holds an exclusive flock on a file of its own, LEDGER.worker-ID. The kernel lets go of it when the
 * process ends, however it ends, and keeps it while the process is only stopped: held means alive, free or gone means
 * dead. No lease, no heartbeat, no timer.
 */
#ifndef TN_LEDGER_WORKER_H
#define TN_LEDGER_WORKER_H

#include <stdbool.h>

#include "base/err.h"

struct tn_db;
struct tn_worker;

int tn_worker_open(const char *ledger_path, struct tn_worker **out, struct tn_err *err);
void tn_worker_close(struct tn_worker *worker); /* lets go and removes the file; NULL is fine */
const char *tn_worker_id(const struct tn_worker *worker);

/* Whether the worker with this id holds its lock. When that cannot be told, it counts as alive. */
bool tn_worker_alive(const char *ledger_path, const char *id);

/* Remove the files of dead workers that no run and no intended effect names any more. Needs no transaction: nobody can
 * begin to name a dead one. */
void tn_worker_sweep(struct tn_db *db);

/* Inside a transaction: make sure our row is there; forget those that nothing names any more. */
int tn_worker_enrol(struct tn_db *db, struct tn_err *err);

/* "process 4711 on machine eins" for messages, from the worker's row. */
void tn_worker_describe(struct tn_db *db, const char *id, char text[128]);

#endif
