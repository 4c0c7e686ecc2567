/*
 * The globals of scripts: Lua's harmless ones as they are, the others replaced.
 *
 * pcall and xpcall never catch the end of a script (killed, skipped, failed); setmetatable takes a copy, so that
 * nothing can be slipped in later; tostring and print show no addresses.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/ctx.h"
#include "lua/state.h"
#include "lua/view.h"

/* ---- protected calls --------------------------------------------------------------------------------------------- */

/* Protected calls within each other: each error passes through all that are open, so that a tower of them would cost more
 * than any budget sees. No sensible script comes near. */
#define NESTED_MAX 1000

static void enter_protected(lua_State *L)
{
    struct tn_script_run *run = tn_lua_state(L)->running;
    if (!run)
        return;
    if (run->protected_calls >= NESTED_MAX)
        luaL_error(L, "more than %d protected calls within each other", NESTED_MAX);
    run->protected_calls++;
}

static void leave_protected(lua_State *L)
{
    struct tn_script_run *run = tn_lua_state(L)->running;
    if (run && run->protected_calls > 0)
        run->protected_calls--;
}

static int k_pcall(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    leave_protected(L);
    if (tn_lua_must_unwind(L, status))
        return tn_lua_unwind(L);
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L); /* true, which waits at the bottom, and the results */
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int l_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    enter_protected(L);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return k_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, k_pcall), 0);
}

/* The handler has run: its one result follows false. */
static int k_handled(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    if (tn_lua_must_unwind(L, status))
        return tn_lua_unwind(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/* Stack: handler, true, results or error. The handler runs after unwinding, because hooks would be off within it. */
static int k_xpcall(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    leave_protected(L);
    if (tn_lua_must_unwind(L, status))
        return tn_lua_unwind(L);
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L) - 1;
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    return k_handled(L, lua_pcallk(L, 1, 1, 0, 0, k_handled), 0);
}

static int l_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    enter_protected(L);
    lua_pushvalue(L, 1); /* the function goes behind its handler and the true */
    lua_insert(L, 3);
    lua_pushvalue(L, 2);
    lua_replace(L, 1);
    lua_pushboolean(L, 1);
    lua_replace(L, 2);
    return k_xpcall(L, lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 0, 0, k_xpcall), 0);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

const char *tn_lua_tostring(lua_State *L, int index, size_t *len)
{
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "__tostring must return a string");
    } else if (type == LUA_TNUMBER || type == LUA_TSTRING) {
        lua_pushvalue(L, index);
    } else if (type == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
    } else if (type == LUA_TLIGHTUSERDATA) {
        lua_pushstring(L, "null");
    } else {
        lua_pushstring(L, lua_typename(L, type));
    }
    return lua_tolstring(L, -1, len);
}

static int l_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    tn_lua_tostring(L, 1, NULL);
    return 1;
}

static int l_print(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&text, '\t');
        tn_lua_tostring(L, i, NULL);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    size_t len;
    const char *line = lua_tolstring(L, -1, &len);
    tn_ctx_log_line(L, line, len, NULL);
    return 0;
}

/* A read-only table is a table to its reader. */
static int l_type(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, tn_view_is(L, 1) ? "table" : luaL_typename(L, 1));
    return 1;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Marks the metatables that setmetatable made: only they may be replaced, and do not make a table read-only. */
static char copied_mark;

static const char *const metafields[] = {"__index",  "__newindex", "__call",  "__eq",   "__lt",    "__le",   "__len",
                                         "__concat", "__tostring", "__pairs", "__name", "__close", "__add",  "__sub",
                                         "__mul",    "__div",      "__mod",   "__pow",  "__unm",   "__idiv", "__band",
                                         "__bor",    "__bxor",     "__shl",   "__shr",  "__bnot",  NULL};

static bool is_copied(lua_State *L, int metatable)
{
    bool copied = lua_rawgetp(L, metatable, &copied_mark) != LUA_TNIL;
    lua_pop(L, 1);
    return copied;
}

static bool has_raw_field(lua_State *L, int index, const char *name)
{
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    bool has = lua_rawget(L, index) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

void tn_lua_check_writable(lua_State *L, int index)
{
    if (tn_view_is(L, index))
        luaL_error(L, "this table is read-only");
    luaL_checktype(L, index, LUA_TTABLE);
    if (!lua_getmetatable(L, index))
        return;
    if (has_raw_field(L, -1, "__newindex") && !is_copied(L, lua_gettop(L)))
        luaL_error(L, "this table is read-only");
    lua_pop(L, 1);
}

static void check_name(lua_State *L)
{
    size_t len;
    const char *name = luaL_tolstring(L, -1, &len);
    bool plain = lua_type(L, -2) == LUA_TSTRING && len <= 64;
    for (size_t i = 0; i < len; i++)
        plain = plain && (unsigned char)name[i] >= 0x20 && name[i] != 0x7f;
    if (!plain)
        luaL_error(L, "__name must be a short text on one line");
    lua_pop(L, 1);
}

static int k_closed(lua_State *L, int status, lua_KContext context)
{
    (void)L, (void)status, (void)context;
    return 0;
}

/* Stands before a script's __close. Once the script is killed there is nothing more to run: the thread that the hook
 * ended has its hooks off for good, and what is closed in it could not be interrupted. */
static int mt_close(lua_State *L)
{
    if (tn_lua_must_unwind(L, LUA_OK))
        return 0;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_callk(L, lua_gettop(L) - 1, 0, 0, k_closed);
    return 0;
}

/* Pushes a private copy of the metatable at index, without what would reach around the confinement. */
static void push_copied_metatable(lua_State *L, int index)
{
    static const char *const refused[] = {"__gc", "__mode", NULL};
    for (const char *const *name = refused; *name; name++) {
        if (has_raw_field(L, index, *name))
            luaL_error(L, "setmetatable: %s is not supported in scripts", *name);
    }
    lua_newtable(L);
    for (const char *const *name = metafields; *name; name++) {
        lua_pushstring(L, *name);
        if (lua_rawget(L, index) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        if (strcmp(*name, "__name") == 0)
            check_name(L);
        if (strcmp(*name, "__close") == 0)
            lua_pushcclosure(L, mt_close, 1);
        lua_setfield(L, -2, *name);
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &copied_mark);
}

/* The metatable is copied here and now: fields added to it later have no effect. */
static int l_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    lua_settop(L, 2);
    if (lua_getmetatable(L, 1)) {
        if (!is_copied(L, 3))
            return luaL_error(L, "cannot change a protected metatable");
        lua_pop(L, 1);
    }
    if (lua_isnil(L, 2))
        lua_pushnil(L);
    else
        push_copied_metatable(L, 2);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int l_rawset(lua_State *L)
{
    tn_lua_check_writable(L, 1);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

static int l_next(lua_State *L)
{
    lua_settop(L, 2);
    if (tn_view_is(L, 1))
        return tn_view_next(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    return lua_next(L, 1) ? 2 : 0;
}

int tn_luaopen_base(lua_State *L)
{
    static const char *const harmless[] = {"assert", "error",  "ipairs", "pairs",    "rawequal",
                                           "rawget", "rawlen", "select", "tonumber", NULL};
    static const luaL_Reg own[] = {{"pcall", l_pcall},          {"xpcall", l_xpcall}, {"tostring", l_tostring},
                                   {"print", l_print},          {"type", l_type},     {"setmetatable", l_setmetatable},
                                   {"rawset", l_rawset},        {"next", l_next},     {"load", tn_lua_load},
                                   {"require", tn_lua_require}, {NULL, NULL}};
    lua_newtable(L);
    tn_lua_borrow(L, -1, luaopen_base, harmless, false);
    luaL_setfuncs(L, own, 0);
    return 1;
}
