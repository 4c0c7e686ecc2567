/*
 * One process of the program: the real engine, opened, stepped, and killed wherever the schedule says.
 */
#ifndef TESTS_SCHEDULES_PROCESS_H
#define TESTS_SCHEDULES_PROCESS_H

#include <stddef.h>

#include "base/err.h"
#include "workflow/workflow.h"
#include "world.h"

enum crash {
    CRASH_NEVER,
    CRASH_STEP,   /* between two steps of the loop */
    CRASH_WRITE,  /* instead of a write to the disk */
    CRASH_SYNC,   /* instead of a sync */
    CRASH_SYNCED, /* after one, before anybody hears of it */
    CRASH_SEND,   /* instead of sending an effect */
    CRASH_SENT,   /* an effect has just left */
    CRASH_ANSWER, /* an effect's answer has come and is not looked at yet */
    CRASHES,
};
extern const char *const crash_names[CRASHES];

struct process;

struct process_plan {
    int number;
    enum crash crash;
    int64_t after; /* so many of these points are passed before */
    const struct tn_workflow *workflow;
    int64_t concurrency;
    bool manual, no_wait;
};

/* Open the ledger and everything else. False: err says why; there is nothing to close. */
struct process *process_open(struct world *world, const struct process_plan *plan, struct tn_err *err);

/* Make a plan, or approve all of one and carry it out. process_over() tells when it has ended. */
void process_plan(struct process *process);
void process_apply(struct process *process, const char *run);
void process_audit(struct process *process);
/* A person records what became of the unknown outcomes of a run: whatever the service's books say. */
void process_settle(struct process *process, const char *run);
void process_interrupt(struct process *process);

const char *process_run(const struct process *process);
bool process_over(const struct process *process, const struct tn_err **err);
bool process_is_too_late(const struct tn_err *err); /* the plan expired (the clock jumped) before it was approved */

/* One step of its loop. */
void process_step(struct process *process);
int process_wait_ms(const struct process *process);           /* until it has something to do; 0: now; -1: never */
void process_stop(struct process *process, int64_t until_ms); /* SIGSTOP, and SIGCONT at that time */

/* The end: in order, or, when it is dead already, with everything as it lies. */
void process_close(struct process *process);

/* ---- for the disk and the wire ---------------------------------------------------------------------------------- */

bool process_is_dead(const struct process *process);
void process_kill(struct process *process);
/* A point at which it may be made to end. True: it is dead, and what it was about to do does not happen. */
bool process_reaches(struct process *process, enum crash point);
int process_disk_trouble(struct process *process, bool sync); /* 0, ENOSPC, EIO */
void process_random(struct process *process, void *bytes, size_t len);
struct world *process_world(const struct process *process);
struct tn_loop *process_loop(const struct process *process);
const char *process_worker(const struct process *process);
int process_number(const struct process *process);

#endif
