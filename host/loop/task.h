/*
 * Tasks: Lua coroutines that the loop resumes.
 *
 * A script reads as straight-line code; underneath, a primitive that has to wait parks its task on a struct tn_op and
 * yields to the loop, which resumes it once the op has finished. Only the loop resumes, never a callback: an op may
 * finish before its caller has yielded.
 *
 *   tn_task_start ─▶ running ─┬─ tn_op_await ─▶ parked ── tn_op_finish ─▶ queued ─▶ running
 *                             └─ return, error, tn_task_kill ─▶ ended (once)
 *
 * A script's own coroutines pass the yield of a primitive up to their task (see host/lua).
 */
#ifndef TN_LOOP_TASK_H
#define TN_LOOP_TASK_H

#include <lua.h>

#include "loop/loop.h"

struct tn_task;

/* What a task's owner wants to hear. ended is required, the others may be NULL. */
struct tn_task_ops {
    /* The task is about to run, and has just stopped running: charge budgets, set the current task. */
    void (*entering)(struct tn_task *task);
    void (*leaving)(struct tn_task *task);
    /* It has ended, once. status is LUA_OK (nresults values on top of L) or a Lua error status (the error on top of L).
     * The stack of L is the owner's to read until it calls tn_task_free, which it may do here. */
    void (*ended)(struct tn_task *task, lua_State *L, int status, int nresults);
};

struct tn_task {
    const struct tn_task_ops *ops;
    struct tn_loop *loop;
    lua_State *main; /* the state's main thread, where the coroutine is anchored */
    lua_State *co;
    int anchor; /* registry reference of co */
    int nargs;  /* values on co for the next resume */
    struct tn_job job;
    struct tn_op *waiting_for;
    bool running, ended;
};

/* The function and its nargs arguments are on top of L; they move to the new coroutine. task is zeroed storage of the
 * owner. It first runs in the loop's next step. May raise a Lua error (memory). */
void tn_task_start(struct tn_task *task, struct tn_loop *loop, const struct tn_task_ops *ops, lua_State *L, int nargs);

/* End a parked or queued task: its pending closes run, ops->ended is NOT called. No-op once ended. Never called on the
 * task that is running: that one raises instead. */
void tn_task_kill(struct tn_task *task);

/* Forget the coroutine. The task has ended or been killed. */
void tn_task_free(struct tn_task *task);

/* What all coroutines of one Lua state share. Attached to the main thread once, before it makes any coroutine; Lua
 * copies the pointer into each (its extra space). Borrowed for the life of the state. */
struct tn_task_state {
    struct tn_task *current; /* the task that runs now; NULL between steps */
    void *owner;             /* whatever the owner of the state wants to find from an L */
};
void tn_task_state_attach(lua_State *main, struct tn_task_state *shared);
struct tn_task_state *tn_task_state_of(lua_State *L);

/* The task that runs L now: L itself or the coroutine of the script's that a task resumed. NULL outside tasks. */
struct tn_task *tn_task_current(lua_State *L);

/* A primitive that waits yields this one light userdata. A coroutine.resume for scripts that sees it yields it on. */
void *tn_task_wait_mark(void);

/* One wait. It lives in a userdata of the waiting call, in a to-be-closed slot, so that return, error, kill and
 * collection all end in the same clean-up. Zeroed before use. */
struct tn_op {
    bool done;
    struct tn_err err;
    struct tn_task *task; /* parked here; NULL before await and after finish */
};

/* Park the current task until the op is finished; continue in k. Returns through lua_yieldk or k itself when done
 * already. Raises when the caller cannot yield ("a primitive cannot be called from a sort comparator"). */
int tn_op_await(lua_State *L, struct tn_op *op, lua_KFunction k);

/* The outcome is in; op->err was filled before. Exactly once per op. Queues the task that waits, if one does. */
void tn_op_finish(struct tn_op *op);

/* Clean-up of a wait that is abandoned (kill, error): nobody will be resumed for it. */
void tn_op_abandon(struct tn_op *op);

#endif
