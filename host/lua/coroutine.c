/*
 * Coroutines of scripts. A primitive that waits in one passes its yield up to the task, which the loop resumes; the way
 * down again goes through k_resume. There is no coroutine.close: in Lua 5.4.4 a chain of them crashes.
 */
#include <lauxlib.h>

#include "lua/confine.h"
#include "lua/state.h"

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static int resume_on(lua_State *L, lua_State *co, int nargs, bool wrapped);

static int k_resume(lua_State *L, int status, lua_KContext wrapped)
{
    (void)status;
    lua_State *co = lua_tothread(L, 1);
    return resume_on(L, co, 0, wrapped);
}

static int resume_failed(lua_State *L, lua_State *co, bool wrapped)
{
    lua_xmove(co, L, 1); /* the error */
    if (wrapped)
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/* Runs co with the budget's hook and the right to wait as they are where L stands. */
static int run_coroutine(lua_State *L, lua_State *co, int nargs, int *nresults)
{
    struct tn_script_state *state = tn_lua_state(L);
    struct tn_script_run *run = state->running;
    lua_State *thread = state->heap.thread;
    bool cannot_wait = run && run->cannot_wait;
    state->heap.thread = co;
    tn_budget_hasten(co); /* it may have been made, or set aside, before a string was that long */
    if (run)
        run->cannot_wait = cannot_wait || !lua_isyieldable(L);
    int status = lua_resume(co, L, nargs, nresults);
    if (status != LUA_OK && status != LUA_YIELD)
        lua_resetthread(co); /* what it held open is closed now, not when it is collected */
    state->heap.thread = thread;
    tn_budget_hasten(L);
    if (run)
        run->cannot_wait = cannot_wait;
    return status;
}

/* L holds the coroutine at 1 and nothing else; its arguments are on co already. */
static int resume_on(lua_State *L, lua_State *co, int nargs, bool wrapped)
{
    int nresults = 0;
    int status = run_coroutine(L, co, nargs, &nresults);
    bool failed = status != LUA_OK && status != LUA_YIELD;
    if (tn_lua_must_unwind(L, status)) {
        if (failed)
            lua_settop(co, 0); /* else its error looks like a function that is yet to be started */
        return tn_lua_unwind(L);
    }
    if (failed)
        return resume_failed(L, co, wrapped);
    if (status == LUA_YIELD && nresults == 1 && lua_touserdata(co, -1) == tn_task_wait_mark()) {
        lua_pop(co, 1);
        lua_settop(L, 1);
        lua_pushlightuserdata(L, tn_task_wait_mark());
        return lua_yieldk(L, 1, wrapped, k_resume);
    }
    if (!lua_checkstack(L, nresults + 1)) {
        lua_pop(co, nresults);
        return luaL_error(L, "too many results to resume");
    }
    lua_xmove(co, L, nresults);
    if (wrapped)
        return nresults;
    lua_pushboolean(L, 1);
    lua_insert(L, -(nresults + 1));
    return nresults + 1;
}

static const char *status_of(lua_State *L, lua_State *co)
{
    lua_Debug at;
    if (L == co)
        return "running";
    switch (lua_status(co)) {
    case LUA_YIELD:
        return "suspended";
    case LUA_OK:
        if (lua_getstack(co, 0, &at))
            return "normal";
        return lua_gettop(co) == 0 ? "dead" : "suspended";
    default:
        return "dead";
    }
}

/* Moves the arguments behind the coroutine at 1 over to it; raises or answers false and why when it cannot go on. */
static int start_resume(lua_State *L, bool wrapped)
{
    lua_State *co = lua_tothread(L, 1);
    int nargs = lua_gettop(L) - 1;
    const char *status = status_of(L, co);
    if (status[0] != 's') { /* neither the running one, nor one that resumed it, nor one that has ended */
        const char *text =
            lua_pushfstring(L, "cannot resume %s coroutine", status[0] == 'd' ? "dead" : "non-suspended");
        if (wrapped)
            return luaL_error(L, "%s", text);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    if (!lua_checkstack(co, nargs + 1))
        return luaL_error(L, "too many arguments to resume");
    lua_xmove(L, co, nargs);
    return resume_on(L, co, nargs, wrapped);
}

static int l_resume(lua_State *L)
{
    check_coroutine(L);
    return start_resume(L, false);
}

static int l_wrapped(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    return start_resume(L, true);
}

static int l_create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L); /* with the hook of L */
    tn_budget_hook(co);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int l_wrap(lua_State *L)
{
    l_create(L);
    lua_pushcclosure(L, l_wrapped, 1);
    return 1;
}

/* The task's own coroutine belongs to the loop. */
static bool is_task(lua_State *L)
{
    struct tn_script_run *run = tn_lua_state(L)->running;
    return run && run->task.co == L;
}

static int l_yield(lua_State *L)
{
    if (is_task(L))
        return luaL_error(L, "attempt to yield from outside a coroutine");
    return lua_yield(L, lua_gettop(L));
}

static int l_isyieldable(lua_State *L)
{
    lua_pushboolean(L, lua_isyieldable(L) && !is_task(L));
    return 1;
}

static int l_running(lua_State *L)
{
    bool task = is_task(L);
    lua_pushthread(L);
    lua_pushboolean(L, task);
    return 2;
}

static int l_status(lua_State *L)
{
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

int tn_luaopen_coroutine(lua_State *L)
{
    static const luaL_Reg functions[] = {{"create", l_create},   {"resume", l_resume}, {"wrap", l_wrap},
                                         {"yield", l_yield},     {"status", l_status}, {"isyieldable", l_isyieldable},
                                         {"running", l_running}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
