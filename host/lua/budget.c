/* Budgets: looking at the clock, and ending who is over. See budget.h. */
#include "lua/budget.h"

#include <stdio.h>
#include <time.h>

#include "lua/state.h"
#include "lua/value.h"

#define INSTRUCTIONS_BETWEEN_CHECKS 1000
#define WORK_BETWEEN_CHECKS 200000 /* small steps of our own C functions: well under a millisecond */

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t thread_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void tn_budget_enter(struct tn_heap *heap, struct tn_budget *budget, lua_State *co)
{
    budget->entered_ns = thread_ns();
    heap->charged = budget;
    heap->thread = co;
    heap->granting = false;
    tn_budget_hasten(co);
}

void tn_budget_leave(struct tn_heap *heap)
{
    heap->charged->cpu_used_ns += thread_ns() - heap->charged->entered_ns;
    heap->charged = NULL;
    heap->thread = NULL;
}

void tn_budget_note_place(lua_State *L, struct tn_budget *budget)
{
    char place[TN_PLACE_TEXT];
    if (tn_lua_place(L, place, sizeof place))
        snprintf(budget->where, sizeof budget->where, "%s: ", place);
}

static enum tn_kill judge(lua_State *L, struct tn_budget *budget)
{
    if (budget->cpu_used_ns + thread_ns() - budget->entered_ns > budget->cpu_limit_ns)
        return TN_KILLED_CPU;
    if (tn_budget_churned(budget))
        return TN_KILLED_CHURN;
    if (budget->memory_used <= budget->memory_limit)
        return TN_ALIVE;
    lua_gc(L, LUA_GCCOLLECT, 0); /* what it threw away does not count */
    return budget->memory_used > budget->memory_limit ? TN_KILLED_MEMORY : TN_ALIVE;
}

void tn_budget_check(lua_State *L)
{
    struct tn_heap *heap = &tn_lua_state(L)->heap;
    struct tn_budget *budget = heap->charged;
    if (!budget)
        return;
    heap->unchecked_work = 0;
    heap->unchecked_bytes = 0;
    if (!budget->killed) {
        budget->killed = judge(L, budget);
        if (budget->killed)
            tn_budget_note_place(L, budget);
    }
    if (budget->killed)
        tn_lua_unwind(L);
}

void tn_budget_spend(lua_State *L, uint64_t steps)
{
    struct tn_heap *heap = &tn_lua_state(L)->heap;
    heap->unchecked_work += steps;
    if (heap->unchecked_work > WORK_BETWEEN_CHECKS)
        tn_budget_check(L);
}

static int instructions_between_calls(const struct tn_heap *heap)
{
    int count = INSTRUCTIONS_BETWEEN_CHECKS >> (heap->longest < 10 ? heap->longest : 10);
    return heap->hurried || count == 0 ? 1 : count;
}

void tn_budget_hasten(lua_State *L)
{
    int count = instructions_between_calls(&tn_lua_state(L)->heap);
    if (lua_gethookcount(L) > count)
        lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, count);
}

/* Whether any time has passed since the last look. Costs a few nanoseconds; the thread's own clock is a system call. */
static bool time_passed(struct tn_heap *heap)
{
    int64_t now_ns = read_clock(CLOCK_MONOTONIC_COARSE), before_ns = heap->looked_ns;
    heap->looked_ns = now_ns;
    return now_ns != before_ns;
}

/* Comes every so many instructions, at the next one when memory grew fast, and at each one once the script is killed.
 */
static void on_count(lua_State *L, lua_Debug *at)
{
    (void)at;
    struct tn_heap *heap = &tn_lua_state(L)->heap;
    heap->granting = false;
    bool killed = heap->charged && heap->charged->killed, hurried = heap->hurried;
    heap->hurried = false;
    int count = killed ? 1 : instructions_between_calls(heap);
    if (killed || lua_gethookcount(L) != count)
        lua_sethook(L, on_count, LUA_MASKCOUNT, count);
    if (killed || hurried || time_passed(heap))
        tn_budget_check(L);
}

void tn_budget_hook(lua_State *L)
{
    lua_sethook(L, on_count, LUA_MASKCOUNT, instructions_between_calls(&tn_lua_state(L)->heap));
}

int tn_budget_error(const struct tn_budget *budget, struct tn_err *err)
{
    double seconds = (double)budget->cpu_limit_ns / 1e9, megabytes = (double)budget->memory_limit / (1 << 20);
    switch (budget->killed) {
    case TN_KILLED_CPU:
        return tn_err_set(err, TENURE_EBUDGET,
                          "%sused more than %g s of CPU for one item: raise limits.cpu or do less per item",
                          budget->where, seconds);
    case TN_KILLED_CANCELED:
        return tn_err_set(err, TENURE_ECANCELED, "%scanceled", budget->where);
    case TN_KILLED_CHURN:
        return tn_err_set(
            err, TENURE_EBUDGET,
            "%sasked again and again for memory, far more than the %g MB of one item: raise limits.memory or "
            "do less per item",
            budget->where, megabytes);
    default:
        return tn_err_set(err, TENURE_EBUDGET,
                          "%sused more than %g MB of memory for one item: raise limits.memory or do less per item",
                          budget->where, megabytes);
    }
}
