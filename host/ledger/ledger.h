/*
 * The ledger: the durable store of runs, customers, steps, effects, guards and events.
 *
 * One thread per ledger runs every transaction: the loop submits a piece of work, the thread runs what has queued
 * inside one BEGIN IMMEDIATE, each piece in a SAVEPOINT of its own, commits once, and posts the results back. So the
 * loop never waits for a disk, and a thousand effects do not pay a thousand fsyncs.
 *
 *   loop ── tn_ledger_submit ──▶ queue ──▶ ledger thread: BEGIN, run(db), run(db) …, COMMIT ──▶ done() on the loop
 *
 * Between the groups, at most once a second and only after something happened, it seals events into the audit chain.
 *
 * done() means durable. What run() does to the database is in store.h; SQL is spoken only in this room.
 */
#ifndef TN_LEDGER_LEDGER_H
#define TN_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct tn_ledger;
struct tn_db; /* an open transaction, on the ledger thread; see store.h */

/* url: a path or "sqlite:PATH"; NULL: $XDG_STATE_HOME/tenure/ledger.db (environment is looked up by the caller, who
 * passes the path). Creates file (0600), folder (0700) and schema. Each refusal is one sentence naming the file: not a
 * ledger, from a newer version, not writable, on a network file system, less than 64 MB free (TENURE_ENOSPC),
 * postgres:// (TENURE_ENOTSUP). */
int tn_ledger_open(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err);

/* The same for whoever only submits works that read. Where the disk is full nothing is written, nor made beside the file;
 * then the ledger is tn_ledger_read_only(), and works that write fail. */
int tn_ledger_open_to_read(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err);
bool tn_ledger_read_only(const struct tn_ledger *ledger);

/* The same without a thread: works run in a job of the loop, which waits for the disk meanwhile, and only the loop's
 * clock counts. For whoever wants everything to happen in one order only. */
int tn_ledger_open_threadless(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err);

/* Finish what was submitted (without calling done), checkpoint, close. NULL is fine. */
void tn_ledger_close(struct tn_ledger *ledger);

/* "user@machine" as the actor of the events this process writes; copied. Before the first work is submitted. */
int tn_ledger_set_actor(struct tn_ledger *ledger, const char *actor, struct tn_err *err);

/* Whether the ledger may not be the one its head file knows: restored from a backup, cut off, changed. It can be read
 * and probed; no intent gets a permit before tn_ledger_trust() (store.h). */
bool tn_ledger_suspect(const struct tn_ledger *ledger);
#define TN_SUSPICION_TEXT 768
char *tn_ledger_suspicion(const struct tn_ledger *ledger, char text[TN_SUSPICION_TEXT]); /* why, and what to do; "" */

const char *tn_ledger_path(const struct tn_ledger *ledger);   /* for messages */
const char *tn_ledger_worker(const struct tn_ledger *ledger); /* id of this process as a worker of this ledger */

struct tn_ledger_work {
    /* On the ledger thread, exactly once, also when no transaction could begin: then whatever it asks of db fails with
     * the reason. Negative: its savepoint is rolled back, and err says why. */
    int (*run)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err);
    /* On the loop, once, after the commit. err.code is 0, what run() answered, or why the commit failed (then nothing
     * of the whole group happened). NULL: nobody waits; the work frees itself in run() or lives elsewhere. */
    void (*done)(struct tn_ledger_work *work);
    bool reads; /* run() only looks: no lock is needed, so it works while another process is stopped in the middle */
    struct tn_err err;
    /* its own */
    struct tn_ledger_work *next;
};

/* Strings and structs that run() reads belong to the submitter and must stay until done(). In order of submission. */
void tn_ledger_submit(struct tn_ledger *ledger, struct tn_ledger_work *work);

/* True while submitted work has not come back: its owner must not go away yet. */
bool tn_ledger_busy(const struct tn_ledger *ledger);

/* How much was done since it was opened: works per group says how well commits are shared. */
struct tn_ledger_counts {
    uint64_t works, groups;
};
struct tn_ledger_counts tn_ledger_counts(const struct tn_ledger *ledger);

#endif
