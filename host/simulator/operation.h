/*
 * What was accepted and goes on by itself until it has settled: returns, purchases, exchanges.
 *
 * Each is a struct that begins with this one. The simulator's list owns them: whoever ends one must not touch it again.
 */
#ifndef TN_SIMULATOR_OPERATION_H
#define TN_SIMULATOR_OPERATION_H

#include "base/list.h"
#include "loop/loop.h"
#include "simulator/world.h"

struct tn_simulator;

struct tn_sim_operation {
    struct tn_link link;
    struct tn_timer timer;
    struct tn_simulator *simulator;
    void (*step)(struct tn_sim_operation *operation); /* its time has come: goes on or ends it */
};

/* A zeroed struct of so many bytes whose first step is due then; NULL: out of memory. */
void *tn_sim_operation_begin(struct tn_simulator *simulator, size_t bytes, int64_t after_ms,
                             void (*step)(struct tn_sim_operation *operation));
void tn_sim_operation_go_on(struct tn_sim_operation *operation, int64_t after_ms); /* from its step only */
void tn_sim_operation_end(struct tn_sim_operation *operation);

/* Forget those that have not settled: the simulator ends. */
void tn_sim_operations_stop(struct tn_simulator *simulator);
size_t tn_sim_operations_count(const struct tn_simulator *simulator);

/* From now on it is in that state. status and message as in a change. False: out of memory, nothing changed. */
bool tn_sim_change_state(struct tn_simulator *simulator, struct tn_sim_history *history, enum tn_sim_state state,
                         const char *status, const char *message);

#endif
