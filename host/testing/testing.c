/* `tenure test`: see testing.h. One Lua state, one task for busted, one more for each connection to a spec's server. */
#include "testing/testing.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json/json.h"
#include "testing/internal.h"

/* libuv writes to pipes and sockets whose other end may be gone. Its thread's own business: no handler, no process-wide
 * setting; libuv gives children a clean mask. */
static void block_sigpipe(struct tn_testing *testing)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &testing->signals_before);
}

static void restore_sigpipe(struct tn_testing *testing)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    if (!sigismember(&testing->signals_before, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &(struct timespec){0}) > 0)
            ; /* one that came meanwhile would arrive with the unblocking */
    pthread_sigmask(SIG_SETMASK, &testing->signals_before, NULL);
}

/* Ends all that specs started. No-op the second time. */
static void shut(struct tn_testing *testing)
{
    if (!testing->L)
        return;
    tn_testing_end_handlers(testing);
    tn_task_kill(&testing->task);
    tn_task_free(&testing->task);
    lua_close(testing->L); /* closes simulators, processes, servers */
    testing->L = NULL;
    tn_folder_remove(&testing->folder);
    restore_sigpipe(testing);
}

/* ---- the task --------------------------------------------------------------------------------------------------- */

static void on_finish(struct tn_job *job)
{
    struct tn_testing *testing = tn_container_of(job, struct tn_testing, finish);
    shut(testing);
    testing->done(testing->arg, testing->failures, testing->err.code ? &testing->err : NULL); /* may free testing */
}

/* The results of specs.lua: how many failed; or nil and why nothing was run. */
static void on_ended(struct tn_task *task, lua_State *L, int status, int nresults)
{
    struct tn_testing *testing = tn_container_of(task, struct tn_testing, task);
    const char *text = lua_tostring(L, -1);
    if (status != LUA_OK)
        tn_err_set(&testing->err, TENURE_ESCRIPT, "busted failed: %s", text ? text : "it raised a value without text");
    else if (nresults == 1)
        testing->failures = (int)lua_tointeger(L, -1);
    else
        tn_err_set(&testing->err, TENURE_EINVAL, "%s", text ? text : "busted did not run");
    tn_job_post(testing->loop, &testing->finish, on_finish);
}

/* ---- starting --------------------------------------------------------------------------------------------------- */

static void push_list(lua_State *L, const char *const *strings)
{
    lua_newtable(L);
    for (lua_Integer i = 1; strings && *strings; strings++, i++) {
        lua_pushstring(L, *strings);
        lua_rawseti(L, -2, i);
    }
}

/* Arguments: the struct tn_testing, its setup. */
static int prepare_protected(lua_State *L)
{
    struct tn_testing *testing = lua_touserdata(L, 1);
    const struct tn_testing_setup *setup = lua_touserdata(L, 2);
    luaL_openlibs(L);
    tn_json_prepare(L);
    tn_testing_open_module(L, testing, setup);
    return 0;
}

static int require_busted(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "busted.core");
    lua_call(L, 1, 0);
    return 0;
}

static int start_protected(lua_State *L)
{
    static const struct tn_task_ops ops = {.ended = on_ended};
    struct tn_testing *testing = lua_touserdata(L, 1);
    const struct tn_testing_setup *setup = lua_touserdata(L, 2);
    lua_pushlightuserdata(L, tn_task_wait_mark());
    tn_testing_run_embedded(L, "specs.lua", 1);
    push_list(L, setup->paths);
    push_list(L, setup->arguments);
    tn_task_start(&testing->task, testing->loop, &ops, L, 2);
    return 0;
}

static int call(struct tn_testing *testing, lua_CFunction function, const struct tn_testing_setup *setup, int code,
                const char *what, struct tn_err *err)
{
    lua_State *L = testing->L;
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, testing);
    lua_pushlightuserdata(L, (void *)setup);
    if (lua_pcall(L, 2, 0, 0) == LUA_OK)
        return TENURE_OK;
    const char *text = lua_tostring(L, -1);
    size_t line = text ? strcspn(text, "\n") : 0;
    tn_err_set(err, code, "%s: %.*s", what, (int)line, text ? text : "");
    lua_pop(L, 1);
    return code;
}

static int prepare(struct tn_testing *testing, const struct tn_testing_setup *setup, struct tn_err *err)
{
    tn_task_state_attach(testing->L, &testing->shared);
    int rc = call(testing, prepare_protected, setup, TENURE_EINTERNAL, "prepare specs", err);
    if (rc == TENURE_OK)
        rc = call(testing, require_busted, setup, TENURE_ENOTSUP,
                  "specs run in busted, which is not installed here (Debian: apt-get install lua-busted)", err);
    if (rc == TENURE_OK)
        rc = call(testing, start_protected, setup, TENURE_EINTERNAL, "start specs", err);
    return rc;
}

static const char *temporary_folder(const char *const *environment)
{
    for (; environment && *environment; environment++)
        if (strncmp(*environment, "TMPDIR=", 7) == 0)
            return *environment + 7;
    return NULL;
}

int tn_testing_start(const struct tn_testing_setup *setup, struct tn_testing **out, struct tn_err *err)
{
    struct tn_testing *testing = calloc(1, sizeof *testing);
    if (!testing)
        return tn_err_no_memory(err);
    testing->loop = setup->loop;
    testing->http = setup->http;
    testing->done = setup->done;
    testing->arg = setup->arg;
    tn_folder_init(&testing->folder, temporary_folder(setup->environment));
    testing->L = luaL_newstate();
    if (!testing->L) {
        free(testing);
        return tn_err_no_memory(err);
    }
    block_sigpipe(testing);
    int rc = prepare(testing, setup, err);
    if (rc < 0)
        tn_testing_free(testing);
    else
        *out = testing;
    return rc;
}

void tn_testing_free(struct tn_testing *testing)
{
    if (!testing)
        return;
    shut(testing);
    tn_job_cancel(testing->loop, &testing->finish);
    free(testing);
}
