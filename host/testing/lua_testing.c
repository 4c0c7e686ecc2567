/* tenure.testing: the module itself. Its functions of C are in the lua_ files beside this one; testing.lua dresses
 * them. */
#include "testing/internal.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "tenure.testing"
#define BUFFER "tenure.testing.buffer"

/* ---- what the other files use ----------------------------------------------------------------------------------- */

void tn_testing_new_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close)
{
    if (luaL_newmetatable(L, name)) {
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__close");
        if (methods) {
            lua_newtable(L); /* apart from the metatable, so that nobody reaches __gc */
            luaL_setfuncs(L, methods, 0);
            lua_setfield(L, -2, "__index");
        }
    }
    lua_pop(L, 1);
}

static int m_free_buffer(lua_State *L)
{
    tn_buf_deinit(luaL_checkudata(L, 1, BUFFER));
    return 0;
}

struct tn_buf *tn_testing_push_buffer(lua_State *L)
{
    struct tn_buf *buf = lua_newuserdatauv(L, sizeof *buf, 0);
    *buf = (struct tn_buf){0};
    tn_testing_new_type(L, BUFFER, NULL, m_free_buffer);
    luaL_setmetatable(L, BUFFER);
    return buf;
}

/* "file:line: " of the first caller that is Lua, but not testing.lua. */
static void push_place(lua_State *L)
{
    lua_Debug caller;
    for (int level = 1; lua_getstack(L, level, &caller); level++) {
        lua_getinfo(L, "Sl", &caller);
        if (caller.currentline > 0 && strcmp(caller.short_src, MODULE) != 0) {
            lua_pushfstring(L, "%s:%d: ", caller.short_src, caller.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

int tn_testing_raise(lua_State *L, const struct tn_err *err)
{
    push_place(L);
    lua_pushstring(L, err->msg);
    lua_concat(L, 2);
    return lua_error(L);
}

void tn_testing_run_embedded(lua_State *L, const char *name, int nargs)
{
    const struct tn_embedded *file = tn_embedded_testing;
    while (file->name && strcmp(file->name, name) != 0)
        file++;
    const char *chunk = strcmp(name, "testing.lua") == 0 ? "=" MODULE : "=tenure test";
    if (!file->name || luaL_loadbufferx(L, file->data, file->len, chunk, "t") != LUA_OK)
        luaL_error(L, "%s: %s", name, file->name ? lua_tostring(L, -1) : "not built in");
    lua_insert(L, -(nargs + 1));
    lua_call(L, nargs, 1);
}

/* ---- functions of its own --------------------------------------------------------------------------------------- */

static int k_sleep(lua_State *L, int status, lua_KContext context)
{
    struct tn_testing_wait *wait = lua_touserdata(L, 2);
    (void)status, (void)context;
    return wait->timed_out ? 0 : tn_testing_wait_park(L, wait, k_sleep);
}

static int l_sleep(lua_State *L) /* sleep(ms) */
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    lua_settop(L, 1);
    tn_testing_wait_push(L, tn_testing_of(L)->loop, NULL, ms);
    return k_sleep(L, LUA_OK, 0);
}

static int l_fail(lua_State *L) /* fail(text): raise it with the place in the spec */
{
    push_place(L);
    luaL_checkstring(L, 1);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    return lua_error(L);
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* The list NAME=value as a table, into the field "environment" of the table on top. */
static void set_environment(lua_State *L, const char *const *environment)
{
    lua_newtable(L);
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals)
            continue;
        lua_pushlstring(L, *environment, (size_t)(equals - *environment));
        lua_pushstring(L, equals + 1);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "environment");
}

/* A child may start in another folder, so a path to the command must not depend on ours. */
static void set_command(lua_State *L, const char *command)
{
    char *absolute = command && strchr(command, '/') ? realpath(command, NULL) : NULL;
    char path[PATH_MAX];
    if (absolute && strlen(absolute) < sizeof path)
        command = strcpy(path, absolute);
    free(absolute);
    lua_pushstring(L, command);
    lua_setfield(L, -2, "command");
}

void tn_testing_open_module(lua_State *L, struct tn_testing *testing, const struct tn_testing_setup *setup)
{
    static const luaL_Reg functions[] = {{"sleep", l_sleep}, {"fail", l_fail}, {NULL, NULL}};
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_newtable(L);
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
    tn_testing_open_exchange(L, testing);
    tn_testing_open_files(L, testing);
    tn_testing_open_process(L, testing);
    tn_testing_open_server(L, testing);
    tn_testing_open_simulator(L, testing);
    set_command(L, setup->command);
    set_environment(L, setup->environment);
    tn_testing_run_embedded(L, "testing.lua", 1);
    lua_setfield(L, -2, MODULE);
    lua_pop(L, 1);
}
