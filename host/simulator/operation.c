/* What was accepted and goes on by itself: see operation.h. */
#include "simulator/operation.h"

#include <stdlib.h>

#include "simulator/state.h"

static void on_due(struct tn_timer *timer)
{
    struct tn_sim_operation *operation = tn_container_of(timer, struct tn_sim_operation, timer);
    operation->step(operation);
}

void *tn_sim_operation_begin(struct tn_simulator *simulator, size_t bytes, int64_t after_ms,
                             void (*step)(struct tn_sim_operation *operation))
{
    struct tn_sim_operation *operation = calloc(1, bytes);
    if (!operation || tn_timer_start(simulator->loop, &operation->timer, after_ms, on_due) < 0) {
        free(operation);
        return NULL;
    }
    operation->simulator = simulator;
    operation->step = step;
    tn_link_enter(&simulator->operations, &operation->link);
    return operation;
}

void tn_sim_operation_go_on(struct tn_sim_operation *operation, int64_t after_ms)
{
    /* Its own timer has just left the heap, which therefore need not grow. */
    (void)tn_timer_start(operation->simulator->loop, &operation->timer, after_ms, on_due);
}

void tn_sim_operation_end(struct tn_sim_operation *operation)
{
    tn_link_leave(&operation->link);
    tn_timer_stop(operation->simulator->loop, &operation->timer);
    free(operation);
}

void tn_sim_operations_stop(struct tn_simulator *simulator)
{
    for (struct tn_link *link; (link = tn_link_take(&simulator->operations));)
        tn_sim_operation_end(tn_container_of(link, struct tn_sim_operation, link));
}

size_t tn_sim_operations_count(const struct tn_simulator *simulator)
{
    size_t count = 0;
    for (const struct tn_link *one = simulator->operations; one; one = one->next)
        count++;
    return count;
}

bool tn_sim_change_state(struct tn_simulator *simulator, struct tn_sim_history *history, enum tn_sim_state state,
                         const char *status, const char *message)
{
    struct tn_sim_change change = {.at_ms = tn_loop_now_ms(simulator->loop), .state = state, .status = status};
    change.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    change.message = message;
    return tn_sim_history_add(&simulator->world, history, &change);
}
