/*
 * What must hold. Asked at every commit, at every effect that leaves, and when all is over; it reads the ledger by a
 * connection of its own and the service's books, and trusts nobody else.
 */
#ifndef TESTS_SCHEDULES_ORACLE_H
#define TESTS_SCHEDULES_ORACLE_H

#include "ledger/store.h"
#include "world.h"

struct process;

/* An effect is about to leave: a durable intent of this very process must allow it, now. */
void oracle_sent(struct world *world, const struct process *process, const char *correlation);

/* Somebody has committed: guards and locks. run: the one that is worked on; NULL: none is any more. */
void oracle_committed(struct world *world, const char *run);

/* All is over: every effect against the books, and the audit. */
void oracle_over(struct world *world);

/* Whether a run has ended, and nothing in it is open that a further apply could do something about. */
bool oracle_run_over(struct world *world, const char *run);

/* Whether it was ever approved. */
bool oracle_run_approved(struct world *world, const char *run);

/* What became of the latest attempt of an effect, when nothing of it is on its way any more. False: it is not out yet. */
bool oracle_truth(const struct world *world, const char *key, int64_t attempt, enum tn_effect_state *state);

#endif
