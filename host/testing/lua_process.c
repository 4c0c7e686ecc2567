/* tenure.testing: child processes. child.c does the work; this file translates. */
#include "testing/child.h"
#include "testing/internal.h"

#include <string.h>

#define PROCESS "tenure.testing.process"

struct lua_process {
    struct tn_child *child;         /* owned; NULL once closed */
    struct tn_testing_wait *waiter; /* the call that waits for it; NULL: none */
    struct tn_loop *loop;
};

static struct lua_process *check_open(lua_State *L)
{
    struct lua_process *u = luaL_checkudata(L, 1, PROCESS);
    luaL_argcheck(L, u->child, 1, "process is closed");
    return u;
}

static void on_changed(void *arg)
{
    struct lua_process *u = arg;
    tn_testing_wait_wake(u->waiter);
}

/* The strings of the list at index as a NULL-ended array, in a userdata on top of L; they live while the list does. */
static char **push_strings(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Unsigned count = lua_rawlen(L, index);
    char **strings = lua_newuserdatauv(L, (count + 1) * sizeof *strings, 0);
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "argument %d is a %s, not a string", (int)i, luaL_typename(L, -1));
        strings[i] = (char *)lua_tostring(L, -1); /* execvp() and libuv read only */
        lua_pop(L, 1);
    }
    strings[count] = NULL;
    return strings;
}

/* spawn(arguments, environment, folder, input) -> process; arguments[1] is the program */
static int l_spawn(lua_State *L)
{
    struct tn_testing *testing = tn_testing_of(L);
    struct tn_child_options options = {.changed = on_changed};
    lua_settop(L, 4);
    options.folder = luaL_optstring(L, 3, NULL);
    options.input = luaL_optlstring(L, 4, NULL, &options.input_len);
    options.arguments = push_strings(L, 1);
    options.environment = push_strings(L, 2);
    luaL_argcheck(L, options.arguments[0], 1, "no program");
    struct lua_process *u = lua_newuserdatauv(L, sizeof *u, 0);
    *u = (struct lua_process){.loop = testing->loop};
    luaL_setmetatable(L, PROCESS);
    options.arg = u;
    struct tn_err err = {0};
    if (tn_child_start(testing->loop, &options, &u->child, &err) < 0)
        return tn_testing_raise(L, &err);
    return 1;
}

static int raise_overflow(lua_State *L)
{
    struct tn_err err = {0};
    tn_err_set(&err, TENURE_ERANGE, "a command printed more than %u MiB and was killed", TN_CHILD_MAX_OUTPUT >> 20);
    return tn_testing_raise(L, &err);
}

/* Stack of both waits: process, timeout, wait. */
static struct tn_testing_wait *push_wait(lua_State *L)
{
    struct lua_process *u = check_open(L);
    lua_Integer timeout_ms = luaL_checkinteger(L, 2);
    lua_settop(L, 2);
    return tn_testing_wait_push(L, u->loop, &u->waiter, timeout_ms);
}

static void push_buffer(lua_State *L, const struct tn_buf *text)
{
    lua_pushlstring(L, tn_buf_text(text), text->len);
}

static int k_wait(lua_State *L, int status, lua_KContext context)
{
    struct lua_process *u = check_open(L);
    struct tn_testing_wait *wait = lua_touserdata(L, 3);
    (void)status, (void)context;
    if (tn_child_overflowed(u->child))
        return raise_overflow(L);
    bool ended = tn_child_ended(u->child);
    if (!ended && !wait->timed_out)
        return tn_testing_wait_park(L, wait, k_wait);
    lua_pushboolean(L, ended);
    push_buffer(L, tn_child_output(u->child));
    push_buffer(L, tn_child_errors(u->child));
    if (!ended)
        return 3;
    if (tn_child_signal(u->child)) {
        lua_pushnil(L);
        lua_pushinteger(L, tn_child_signal(u->child));
    } else {
        lua_pushinteger(L, tn_child_code(u->child));
        lua_pushnil(L);
    }
    return 5;
}

/* process:wait(timeout_ms) -> ended, stdout, stderr [, code, signal]: one of the last two; ended is false when time is
 * up */
static int m_wait(lua_State *L)
{
    push_wait(L);
    return k_wait(L, LUA_OK, 0);
}

static int k_line(lua_State *L, int status, lua_KContext context)
{
    struct lua_process *u = check_open(L);
    struct tn_testing_wait *wait = lua_touserdata(L, 3);
    const char *line;
    size_t len;
    (void)status, (void)context;
    if (tn_child_overflowed(u->child))
        return raise_overflow(L);
    int found = tn_child_line(u->child, &line, &len);
    if (found == 0 && !wait->timed_out)
        return tn_testing_wait_park(L, wait, k_line);
    if (found > 0)
        lua_pushlstring(L, line, len);
    else if (found < 0)
        lua_pushnil(L);
    else
        lua_pushboolean(L, false);
    return 1;
}

/* process:line(timeout_ms) -> the next line of its output, nil when there is none left, false when time is up */
static int m_line(lua_State *L)
{
    push_wait(L);
    return k_line(L, LUA_OK, 0);
}

static int check_signal(lua_State *L, int arg)
{
    static const char *const names[] = {"SIGHUP",  "SIGINT",  "SIGKILL", "SIGTERM", "SIGSTOP",
                                        "SIGCONT", "SIGUSR1", "SIGUSR2", NULL};
    static const int numbers[] = {SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGSTOP, SIGCONT, SIGUSR1, SIGUSR2};
    if (lua_isinteger(L, arg))
        return (int)lua_tointeger(L, arg);
    return numbers[luaL_checkoption(L, arg, NULL, names)];
}

static int m_kill(lua_State *L) /* process:kill(signal) */
{
    struct lua_process *u = check_open(L);
    struct tn_err err = {0};
    if (tn_child_kill(u->child, check_signal(L, 2), &err) < 0)
        return tn_testing_raise(L, &err);
    return 0;
}

static int m_pid(lua_State *L)
{
    lua_pushinteger(L, tn_child_pid(check_open(L)->child));
    return 1;
}

static int m_close(lua_State *L) /* also __gc and __close: twice is harmless */
{
    struct lua_process *u = luaL_checkudata(L, 1, PROCESS);
    tn_child_free(u->child);
    u->child = NULL;
    tn_testing_wait_release(&u->waiter);
    return 0;
}

void tn_testing_open_process(lua_State *L, struct tn_testing *testing)
{
    static const luaL_Reg functions[] = {{"spawn", l_spawn}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"wait", m_wait}, {"line", m_line},   {"kill", m_kill},
                                       {"pid", m_pid},   {"close", m_close}, {NULL, NULL}};
    tn_testing_new_type(L, PROCESS, methods, m_close);
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
}
