/*
 * Evaluating one thing for one scope: a task under a budget. See workflow/script.h for what is asked and answered.
 */
#ifndef TN_LUA_RUN_H
#define TN_LUA_RUN_H

#include "lua/state.h"

void tn_run_start(struct tn_script_run *run);
void tn_run_cancel(struct tn_script_run *run); /* no-op when none is under way */

/* Try out the chunk of a step, in a scope that is thrown away: it must return a function. */
int tn_run_check(struct tn_script_state *state, size_t step, struct tn_err *err);

#endif
