/* Tasks: see task.h. */
#include "loop/task.h"

#include <assert.h>
#include <lauxlib.h>
#include <string.h>

static char wait_mark;

void *tn_task_wait_mark(void)
{
    return &wait_mark;
}

void tn_task_state_attach(lua_State *main, struct tn_task_state *shared)
{
    memcpy(lua_getextraspace(main), &shared, sizeof shared);
}

struct tn_task_state *tn_task_state_of(lua_State *L)
{
    struct tn_task_state *shared;
    memcpy(&shared, lua_getextraspace(L), sizeof shared);
    return shared;
}

struct tn_task *tn_task_current(lua_State *L)
{
    struct tn_task_state *shared = tn_task_state_of(L);
    return shared ? shared->current : NULL;
}

static void end(struct tn_task *task, int status, int nresults)
{
    task->ended = true;
    task->ops->ended(task, task->co, status, nresults); /* may free the task */
}

static void resume(struct tn_job *job)
{
    struct tn_task *task = tn_container_of(job, struct tn_task, job);
    struct tn_task_state *shared = tn_task_state_of(task->main);
    int nargs = task->nargs, nresults = 0;
    task->nargs = 0;
    task->running = true;
    shared->current = task;
    if (task->ops->entering)
        task->ops->entering(task);
    int status = lua_resume(task->co, task->main, nargs, &nresults);
    if (task->ops->leaving)
        task->ops->leaving(task);
    shared->current = NULL;
    task->running = false;
    if (status == LUA_YIELD) {
        lua_pop(task->co, nresults);
        /* Not parked on an op: a stray coroutine.yield at the task's top level. Let it run on in the next step. */
        if (!task->waiting_for)
            tn_job_post(task->loop, &task->job, resume);
        return;
    }
    end(task, status, nresults);
}

void tn_task_start(struct tn_task *task, struct tn_loop *loop, const struct tn_task_ops *ops, lua_State *L, int nargs)
{
    lua_State *co = lua_newthread(L);
    lua_insert(L, -(nargs + 2)); /* below the function and its arguments */
    lua_xmove(L, co, nargs + 1);
    int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pop(L, 1);
    *task = (struct tn_task){.ops = ops, .loop = loop, .main = main, .co = co, .anchor = anchor, .nargs = nargs};
    tn_job_post(loop, &task->job, resume);
}

/* Runs the pending closes of a thread. No task is current meanwhile: what they do is not the doing of one that kills.
 */
static void close_thread(struct tn_task *task)
{
    struct tn_task_state *shared = tn_task_state_of(task->main);
    struct tn_task *current = shared->current;
    shared->current = NULL;
    lua_resetthread(task->co);
    shared->current = current;
}

void tn_task_kill(struct tn_task *task)
{
    if (!task->co || task->ended)
        return;
    assert(!task->running);
    task->ended = true;
    tn_job_cancel(task->loop, &task->job);
    if (task->waiting_for)
        tn_op_abandon(task->waiting_for);
    close_thread(task);
}

void tn_task_free(struct tn_task *task)
{
    if (!task->co)
        return;
    assert(task->ended);
    tn_job_cancel(task->loop, &task->job);
    /* Releases what a failed task still held open; after a return there is nothing. */
    close_thread(task);
    luaL_unref(task->main, LUA_REGISTRYINDEX, task->anchor);
    task->co = NULL;
}

int tn_op_await(lua_State *L, struct tn_op *op, lua_KFunction k)
{
    if (op->done)
        return k(L, LUA_OK, 0);
    struct tn_task *task = tn_task_current(L);
    if (!task || !lua_isyieldable(L))
        return luaL_error(L, "this waits, and cannot be called from here: not from a sort comparator, a gsub callback, "
                             "__tostring or while a module loads");
    op->task = task;
    task->waiting_for = op;
    lua_pushlightuserdata(L, tn_task_wait_mark());
    return lua_yieldk(L, 1, 0, k);
}

void tn_op_finish(struct tn_op *op)
{
    assert(!op->done);
    op->done = true;
    struct tn_task *task = op->task;
    op->task = NULL;
    if (!task)
        return;
    task->waiting_for = NULL;
    tn_job_post(task->loop, &task->job, resume);
}

void tn_op_abandon(struct tn_op *op)
{
    if (op->task)
        op->task->waiting_for = NULL;
    op->task = NULL;
}
