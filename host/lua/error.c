/* Structured errors: what reads raise, with the place of the script that called. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "lua/value.h"
#include "lua/view.h"

#define ERROR "tenure.error"

const struct tn_lua_error *tn_error_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, ERROR);
}

bool tn_lua_place(lua_State *L, char *place, size_t size)
{
    lua_Debug at;
    *place = '\0';
    for (int level = 0; level < 20 && lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sl", &at);
        if (at.currentline > 0) {
            snprintf(place, size, "%s:%d", at.short_src, at.currentline);
            return true;
        }
    }
    return false;
}

int tn_lua_raise(lua_State *L, const struct tn_err *err)
{
    struct tn_lua_error *error = lua_newuserdatauv(L, sizeof *error, 0);
    *error = (struct tn_lua_error){.err = *err};
    luaL_setmetatable(L, ERROR);
    tn_lua_place(L, error->place, sizeof error->place);
    return lua_error(L);
}

static int mt_index(lua_State *L)
{
    static const char *const names[] = {"code", "message", "status", "request_id", "retryable", NULL};
    const struct tn_lua_error *error = luaL_checkudata(L, 1, ERROR);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "code") == 0)
        lua_pushstring(L, tn_err_name(&error->err));
    else if (strcmp(name, "message") == 0)
        lua_pushstring(L, error->err.msg);
    else if (strcmp(name, "retryable") == 0)
        lua_pushboolean(L, error->err.retryable);
    else if (strcmp(name, "status") == 0 && error->err.http_status)
        lua_pushinteger(L, error->err.http_status);
    else if (strcmp(name, "request_id") == 0 && error->err.request_id[0])
        lua_pushstring(L, error->err.request_id);
    else if (strcmp(name, "status") == 0 || strcmp(name, "request_id") == 0)
        lua_pushnil(L);
    else
        return tn_lua_unknown_name(L, "error", name, names);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "an error is read-only");
}

static int mt_tostring(lua_State *L)
{
    const struct tn_lua_error *error = luaL_checkudata(L, 1, ERROR);
    lua_pushfstring(L, "%s%s%s", error->place, *error->place ? ": " : "", error->err.msg);
    return 1;
}

/* "failed: " .. err */
static int mt_concat(lua_State *L)
{
    for (int i = 1; i <= 2; i++) {
        luaL_argexpected(L, lua_isstring(L, i) || tn_error_test(L, i), i, "text or error");
        luaL_tolstring(L, i, NULL);
    }
    lua_concat(L, 2);
    return 1;
}

void tn_error_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__index", mt_index},
                                    {"__newindex", mt_newindex},
                                    {"__tostring", mt_tostring},
                                    {"__concat", mt_concat},
                                    {NULL, NULL}};
    tn_kind_open(L, ERROR, meta);
}
