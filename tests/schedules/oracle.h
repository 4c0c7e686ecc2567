/*
 * What must hold. Asked at every commit, at every effect that leaves, and when all is over; it reads the ledger by a
 * connection of its own and the service's books, and trusts nobody else.
 */
#ifndef TESTS_SCHEDULES_ORACLE_H
#define TESTS_SCHEDULES_ORACLE_H

#include "world.h"

struct process;

/* An effect is about to leave: a durable intent of this very process must allow it, now. */
void oracle_sent(struct world *world, const struct process *process, const char *correlation);

/* Somebody has committed: guards and locks. */
void oracle_committed(struct world *world);

/* All is over: every effect against the books, and the audit. */
void oracle_over(struct world *world);

/* Whether a run has come to its end ("done"); unknown outcomes may be left. */
bool oracle_run_done(struct world *world, const char *run);

bool oracle_run_approved(struct world *world, const char *run);

/* Let go of the ledger, so that what a process left behind is found as it left it. */
void oracle_close(void);

#endif
