/* Read-only views: see view.h. */
#include "lua/view.h"

#include <lauxlib.h>
#include <string.h>

#include "base/id.h"
#include "lua/value.h"

#define VIEW "tenure.view"

struct view {
    const char *name;
    bool strict;
};

enum { VALUE_CONTENT = 1, VALUE_KNOWN };

bool tn_view_is(lua_State *L, int index)
{
    return luaL_testudata(L, index, VIEW);
}

void tn_view_push_content(lua_State *L, int index)
{
    lua_getiuservalue(L, index, VALUE_CONTENT);
}

size_t tn_view_length(lua_State *L, int index)
{
    lua_getiuservalue(L, index, VALUE_CONTENT);
    size_t length = lua_rawlen(L, -1);
    lua_pop(L, 1);
    return length;
}

/* Replaces the content on top. */
static void put_view(lua_State *L, const char *name, bool strict)
{
    struct view *view = lua_newuserdatauv(L, sizeof *view, strict ? VALUE_KNOWN : VALUE_CONTENT);
    *view = (struct view){.name = name, .strict = strict};
    luaL_setmetatable(L, VIEW);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, VALUE_CONTENT);
}

void tn_view_wrap(lua_State *L, const char *name)
{
    if (lua_type(L, -1) == LUA_TTABLE)
        put_view(L, name, false);
}

void tn_view_strict(lua_State *L, const char *name)
{
    lua_insert(L, -2);
    put_view(L, name, true);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, VALUE_KNOWN);
}

int tn_lua_unknown_name(lua_State *L, const char *name, const char *key, const char *const *names)
{
    const char *close = names ? tn_closest(key, names) : NULL;
    if (close)
        return luaL_error(L, "%s: there is no '%s' (did you mean '%s'?)", name, key, close);
    return luaL_error(L, "%s: there is no '%s'", name, key);
}

/* Raises unless the list of known names has the key. */
static void check_known(lua_State *L, const struct view *view, int index, const char *key)
{
    const char *names[65];
    size_t count = 0;
    lua_getiuservalue(L, index, VALUE_KNOWN);
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
        const char *name = lua_tostring(L, -1); /* the list keeps it */
        lua_pop(L, 1);
        if (strcmp(name, key) == 0) {
            lua_pop(L, 1);
            return;
        }
        if (count < 64)
            names[count++] = name;
    }
    lua_pop(L, 1);
    names[count] = NULL;
    tn_lua_unknown_name(L, view->name, key, names);
}

static int mt_index(lua_State *L)
{
    const struct view *view = luaL_checkudata(L, 1, VIEW);
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, VALUE_CONTENT);
    lua_pushvalue(L, 2);
    lua_rawget(L, 3);
    if (lua_isnil(L, -1) && view->strict && lua_type(L, 2) == LUA_TSTRING) {
        check_known(L, view, 1, lua_tostring(L, 2));
        lua_pushnil(L);
    }
    tn_view_wrap(L, view->name);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    const struct view *view = luaL_checkudata(L, 1, VIEW);
    return luaL_error(L, "%s is read-only", view->name);
}

static int mt_len(lua_State *L)
{
    luaL_checkudata(L, 1, VIEW);
    lua_pushinteger(L, (lua_Integer)tn_view_length(L, 1));
    return 1;
}

int tn_view_next(lua_State *L)
{
    const struct view *view = luaL_checkudata(L, 1, VIEW);
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, VALUE_CONTENT);
    lua_insert(L, 2);
    if (!lua_next(L, 2))
        return 0;
    tn_view_wrap(L, view->name);
    return 2;
}

static int mt_pairs(lua_State *L)
{
    luaL_checkudata(L, 1, VIEW);
    lua_pushcfunction(L, tn_view_next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* Views of the same table are the same to a script. */
static int mt_eq(lua_State *L)
{
    bool equal = tn_view_is(L, 1) && tn_view_is(L, 2);
    if (equal) {
        tn_view_push_content(L, 1);
        tn_view_push_content(L, 2);
        equal = lua_rawequal(L, -1, -2);
    }
    lua_pushboolean(L, equal);
    return 1;
}

static int mt_tostring(lua_State *L)
{
    const struct view *view = luaL_checkudata(L, 1, VIEW);
    lua_pushstring(L, view->name);
    return 1;
}

void tn_view_open(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__index", mt_index}, {"__newindex", mt_newindex}, {"__len", mt_len}, {"__pairs", mt_pairs},
        {"__eq", mt_eq},       {"__tostring", mt_tostring}, {NULL, NULL}};
    tn_kind_open(L, VIEW, meta);
    luaL_getmetatable(L, VIEW);
    lua_pushliteral(L, "read-only table"); /* what messages call it */
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
}
