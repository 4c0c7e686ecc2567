/*
 * What one item may use of CPU and memory, and the heap of a Lua state that charges it.
 *
 * CPU is thread time, summed over all of an item's resumes. Memory is what its living blocks take: every block
 * remembers whose it is, so that one item's greed is never charged to a neighbour in the same state. An item over its
 * budget is killed: from then on every instruction of its raises, and nothing of ours lets a script catch that.
 *
 *            limit          limit + 25 %
 *   granted ───┼─ granted, then ─┼─ refused: "not enough memory", and killed
 *              │ collected; what │
 *              │ is left over    │
 *              │ the limit kills │
 */
#ifndef TN_LUA_BUDGET_H
#define TN_LUA_BUDGET_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum tn_kill { TN_ALIVE, TN_KILLED_CPU, TN_KILLED_MEMORY, TN_KILLED_CHURN, TN_KILLED_CANCELED };

struct tn_budget {
    int64_t cpu_limit_ns, cpu_used_ns;
    int64_t entered_ns;  /* thread time when it was entered; meaningful while it is charged */
    size_t memory_limit; /* bytes */
    size_t memory_used;  /* bytes of its living blocks */
    uint64_t churned;    /* bytes it ever asked for */
    uint32_t owner;      /* its number on the heap; 0: none */
    bool denied;         /* the heap refused it memory */
    enum tn_kill killed;
    char where[100]; /* "scripts/x.lua:12: " where it was when it was killed; "" */
};

struct tn_heap_owner;

/* A string's class is how often 32 KB double until it fits: some instructions go through all of it (a < b), so the
 * longer the longest is, the fewer of them pass between two calls of the hook. */
#define TN_STRING_CLASSES 32

struct tn_heap {
    struct tn_heap_owner *owners; /* by number; 0 is nobody */
    uint32_t owner_count, free_owner;
    size_t used_bytes;
    struct tn_budget *charged;           /* whose script runs now; NULL: nobody pays, nothing is refused */
    lua_State *thread;                   /* the coroutine that runs now, whose hook is hurried when memory grows fast */
    bool granting;                       /* a primitive of ours runs: never refuse, charge only */
    bool hurried;                        /* its hook was told to come at the next instruction */
    size_t unchecked_bytes;              /* asked for since the last check */
    uint64_t unchecked_work;             /* spent since the last check: see tn_budget_spend */
    int64_t looked_ns;                   /* coarse time of the last look at the clock */
    uint32_t strings[TN_STRING_CLASSES]; /* living ones, by class; but for class 0 */
    int longest;                         /* class of the longest living string */
};

void *tn_heap_allocate(void *heap, void *block, size_t old_bytes, size_t bytes); /* a lua_Alloc */
void tn_heap_deinit(struct tn_heap *heap);                                       /* after lua_close */

/* Give a budget its number on the heap, and take it away again. TENURE_ENOMEM. */
int tn_budget_open(struct tn_heap *heap, struct tn_budget *budget, int64_t cpu_ms, int64_t memory_bytes,
                   struct tn_err *err);
void tn_budget_close(struct tn_heap *heap, struct tn_budget *budget);

/* Between these the budget is charged for what co does. */
void tn_budget_enter(struct tn_heap *heap, struct tn_budget *budget, lua_State *co);
void tn_budget_leave(struct tn_heap *heap);

/* Every thread of a state gets this hook, by inheritance from the main one. */
void tn_budget_hook(lua_State *L);

/* The hook of a thread that runs from now on comes as often as it has to. */
void tn_budget_hasten(lua_State *L);

/* A C function of ours that is about to do (or did) so many small steps which no hook interrupts. Raises when over. */
void tn_budget_spend(lua_State *L, uint64_t steps);

/* Remember the line of the script that is at it, for the message. Allocates nothing: the heap may call it. */
void tn_budget_note_place(lua_State *L, struct tn_budget *budget);

/* Look at the clock and at memory now; raises when the script has to end. */
void tn_budget_check(lua_State *L);

/* Whether it asked for far more than it may hold at once. */
bool tn_budget_churned(const struct tn_budget *budget);

/* Sentence for TENURE_EBUDGET. */
int tn_budget_error(const struct tn_budget *budget, struct tn_err *err);

#endif
