/* Inside the oracle: see oracle_shares.c. */
#ifndef TESTS_SCHEDULES_ORACLE_SHARES_H
#define TESTS_SCHEDULES_ORACLE_SHARES_H

#include "world.h"

/* Somebody who works on the run has committed. */
void oracle_check_shares(struct world *world, const char *run);

#endif
