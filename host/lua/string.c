/*
 * The string library of scripts: what a hook cannot interrupt is bounded or charged by its length, format shows no
 * addresses, and there is no dump.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/state.h"

/* string.rep(text, count [, separator]): no longer than an item may have memory */
static int l_rep(lua_State *L)
{
    size_t len, separator_len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_len);
    if (count <= 0 || len + separator_len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t limit = (size_t)tn_lua_state(L)->memory_bytes;
    if ((lua_Unsigned)count > limit / (len + separator_len))
        return luaL_error(L, "string.rep: the result would be larger than the memory of an item");
    size_t total = (size_t)count * len + (size_t)(count - 1) * separator_len;
    tn_budget_spend(L, total / 8 + (uint64_t)count);
    luaL_Buffer result;
    char *at = luaL_buffinitsize(L, &result, total);
    for (lua_Integer i = 0; i < count; i++) {
        if (i > 0 && separator_len > 0) {
            memcpy(at, separator, separator_len);
            at += separator_len;
        }
        memcpy(at, text, len);
        at += len;
    }
    luaL_pushresultsize(&result, total);
    return 1;
}

/* Makes text of the arguments that "%s" will print, so that Lua's own never sees a table or a function. */
static void prepare_format_arguments(lua_State *L, const char *format, size_t len)
{
    int argument = 1, count = lua_gettop(L);
    const char *end = format + len;
    for (const char *c = format; c < end; c++) {
        if (*c != '%')
            continue;
        if (++c >= end)
            return;
        if (*c == '%')
            continue;
        while (c < end && strchr("-+ #0123456789.", *c))
            c++;
        argument++;
        if (c < end && *c == 'p')
            luaL_error(L, "string.format: %%p is not supported in scripts");
        if (c < end && *c == 's' && argument <= count) {
            tn_lua_tostring(L, argument, NULL);
            lua_replace(L, argument);
        }
    }
}

static int l_format(lua_State *L)
{
    size_t len;
    const char *format = luaL_checklstring(L, 1, &len);
    tn_budget_spend(L, len);
    prepare_format_arguments(L, format, len);
    tn_lua_charge_texts(L);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

int tn_luaopen_string(lua_State *L)
{
    static const char *const metered[] = {"byte",    "char",   "lower", "pack", "packsize",
                                          "reverse", "unpack", "upper", NULL};
    static const char *const as_they_are[] = {"format", "len", "sub", NULL};
    lua_newtable(L);
    tn_lua_borrow(L, -1, luaopen_string, metered, true);
    tn_lua_borrow(L, -1, luaopen_string, as_they_are, false);
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, l_format, 1);
    lua_setfield(L, -2, "format");
    lua_pushcfunction(L, l_rep);
    lua_setfield(L, -2, "rep");
    tn_lua_add_patterns(L);
    return 1;
}

int tn_luaopen_utf8(lua_State *L)
{
    static const char *const metered[] = {"char", "codepoint", "len", "offset", NULL};
    static const char *const as_they_are[] = {"charpattern", "codes", NULL};
    lua_newtable(L);
    tn_lua_borrow(L, -1, luaopen_utf8, metered, true);
    tn_lua_borrow(L, -1, luaopen_utf8, as_they_are, false);
    return 1;
}
