/* Assembling the base that all environments stand on. See confine.h. */
#include "lua/confine.h"

#include <lauxlib.h>
#include <lualib.h>

#include "lua/state.h"

/* ---- borrowing from Lua's own libraries -------------------------------------------------------------------------- */

void tn_lua_charge_texts(lua_State *L)
{
    uint64_t bytes = 0, first = lua_type(L, 1) == LUA_TSTRING ? lua_rawlen(L, 1) : 0;
    for (int i = lua_gettop(L); i > 1; i--) {
        if (lua_type(L, i) == LUA_TSTRING)
            bytes += lua_rawlen(L, i);
    }
    if (bytes > (uint64_t)tn_lua_state(L)->memory_bytes)
        luaL_error(L, "the arguments are longer together than the memory of an item");
    tn_budget_spend(L, first + bytes);
}

/* Runs a function of Lua's in our own frame, so that its messages still name it. */
static int l_metered(lua_State *L)
{
    tn_lua_charge_texts(L);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void tn_lua_borrow(lua_State *L, int index, lua_CFunction opener, const char *const *names, bool metered)
{
    index = lua_absindex(L, index);
    lua_pushcfunction(L, opener);
    lua_call(L, 0, 1);
    for (; *names; names++) {
        lua_getfield(L, -1, *names);
        if (metered)
            lua_pushcclosure(L, l_metered, 1);
        lua_setfield(L, index, *names);
    }
    lua_pop(L, 1);
}

/* ---- read-only stand-ins ----------------------------------------------------------------------------------------- */

static int mt_read_only(lua_State *L)
{
    return luaL_error(L, "this table is read-only");
}

/* pairs() over the contents of what is frozen */
static int mt_pairs(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1)); /* next */
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushnil(L);
    return 3;
}

static int next_pair(lua_State *L)
{
    lua_settop(L, 2);
    return lua_next(L, 1) ? 2 : 0;
}

/* pairs() would hand out the contents themselves; so it walks them by an upvalue that scripts cannot name. */
static int next_frozen(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_replace(L, 1);
    return next_pair(L);
}

void tn_lua_freeze(lua_State *L)
{
    lua_newtable(L); /* the stand-in */
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, mt_read_only);
    lua_setfield(L, -2, "__newindex");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, next_frozen, 1);
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, mt_pairs, 2);
    lua_setfield(L, -2, "__pairs");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* ---- the base ---------------------------------------------------------------------------------------------------- */

/* One string metatable for the whole state, locked. Without Lua's arithmetic: "10" + 1 is an error, as it should be
 * where money is counted. */
static void set_string_metatable(lua_State *L, int library)
{
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, library);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static void add_library(lua_State *L, int base, const char *name, lua_CFunction opener)
{
    lua_pushcfunction(L, opener);
    lua_call(L, 0, 1);
    if (opener == tn_luaopen_string)
        set_string_metatable(L, lua_gettop(L));
    tn_lua_freeze(L);
    lua_setfield(L, base, name);
}

void tn_lua_confine(lua_State *L)
{
    static const luaL_Reg libraries[] = {{"coroutine", tn_luaopen_coroutine},
                                         {"table", tn_luaopen_table},
                                         {"math", tn_luaopen_math},
                                         {"os", tn_luaopen_os},
                                         {"utf8", tn_luaopen_utf8},
                                         {"string", tn_luaopen_string},
                                         {NULL, NULL}};
    lua_pushcfunction(L, tn_luaopen_base);
    lua_call(L, 0, 1);
    int base = lua_gettop(L);
    for (const luaL_Reg *library = libraries; library->name; library++)
        add_library(L, base, library->name, library->func);
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, base);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    tn_lua_set_shared(L, TN_SHARED_ENV_META);
    tn_lua_set_shared(L, TN_SHARED_BASE);
    lua_newtable(L); /* what Lua's own openers put into the globals is forgotten */
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void tn_lua_push_environment(lua_State *L)
{
    lua_newtable(L);
    tn_lua_push_shared(L, TN_SHARED_ENV_META);
    lua_setmetatable(L, -2);
}
