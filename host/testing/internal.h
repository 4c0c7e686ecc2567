/* What the files of this room share. */
#ifndef TN_TESTING_INTERNAL_H
#define TN_TESTING_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <signal.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "base/list.h"
#include "loop/task.h"
#include "testing/folder.h"
#include "testing/testing.h"

struct tn_testing {
    struct tn_loop *loop;
    struct tn_http *http;
    void (*done)(void *arg, int failures, const struct tn_err *err);
    void *arg;
    lua_State *L;
    struct tn_task_state shared;
    struct tn_task task;      /* busted */
    struct tn_link *handlers; /* tasks, each of which serves one connection of a spec's server */
    struct tn_job finish;
    struct tn_folder folder;
    sigset_t signals_before; /* the thread's mask: SIGPIPE is blocked while specs talk to pipes and sockets */
    int failures;
    struct tn_err err;
};

extern const struct tn_embedded tn_embedded_testing[]; /* specs.lua, testing.lua */

/* The module tenure.testing, into package.loaded. arguments as in the setup. May raise. */
void tn_testing_open_module(lua_State *L, struct tn_testing *testing, const struct tn_testing_setup *setup);

/* Its parts: functions of C that testing.lua dresses, set in the table on top of L. Upvalue 1 is the struct tn_testing.
 */
void tn_testing_open_exchange(lua_State *L, struct tn_testing *testing);
void tn_testing_open_files(lua_State *L, struct tn_testing *testing);
void tn_testing_open_process(lua_State *L, struct tn_testing *testing);
void tn_testing_open_server(lua_State *L, struct tn_testing *testing);
void tn_testing_open_simulator(lua_State *L, struct tn_testing *testing);

void tn_testing_end_handlers(struct tn_testing *testing);

static inline struct tn_testing *tn_testing_of(lua_State *L) /* in functions with the upvalue */
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Run an embedded file; its nargs arguments are on top of L, its one result replaces them. May raise. */
void tn_testing_run_embedded(lua_State *L, const char *name, int nargs);

/* Raise the error's sentence, with the place in the spec that called. */
int tn_testing_raise(lua_State *L, const struct tn_err *err);

/* A metatable with these methods and m_close as __gc and __close; leaves nothing on L. */
void tn_testing_new_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close);

/* A buffer on top of L, freed with it. */
struct tn_buf *tn_testing_push_buffer(lua_State *L);

/* ---- waits ------------------------------------------------------------------------------------------------------ */

/* A wait that is woken when something may have changed; its continuation looks, and parks again if it was nothing. */
struct tn_testing_wait {
    struct tn_op op;
    struct tn_timer timer;
    struct tn_loop *loop;
    struct tn_testing_wait **place; /* where what is waited for finds it; NULL: nowhere */
    bool timed_out;
};

/* On top of L, in a to-be-closed slot. place is empty, or the call raises: one task waits for a thing at a time. */
struct tn_testing_wait *tn_testing_wait_push(lua_State *L, struct tn_loop *loop, struct tn_testing_wait **place,
                                             int64_t timeout_ms);
int tn_testing_wait_park(lua_State *L, struct tn_testing_wait *wait, lua_KFunction k);
void tn_testing_wait_wake(struct tn_testing_wait *wait); /* NULL is fine */

/* What was waited for is gone: wake the wait and forget it. */
void tn_testing_wait_release(struct tn_testing_wait **place);

#endif
