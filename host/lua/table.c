/*
 * The table library of scripts: raw lengths only, so that no __len can send a loop of C round for ever, and every loop
 * is charged to the item's budget. Sorting is stable against a comparator that contradicts itself: it ends.
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/state.h"
#include "lua/view.h"

/* table.insert(t, [position,] value) */
static int l_insert(lua_State *L)
{
    tn_lua_check_writable(L, 1);
    lua_Integer last = (lua_Integer)lua_rawlen(L, 1) + 1, position = last;
    if (lua_gettop(L) == 3) {
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, position >= 1 && position <= last, 2, "position out of bounds");
        tn_budget_spend(L, (uint64_t)(last - position));
        for (lua_Integer i = last; i > position; i--) {
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(L, 1, position);
    return 0;
}

/* table.remove(t [, position]) -> what was there */
static int l_remove(lua_State *L)
{
    tn_lua_check_writable(L, 1);
    lua_Integer size = (lua_Integer)lua_rawlen(L, 1), position = luaL_optinteger(L, 2, size);
    if (position != size)
        luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
    lua_rawgeti(L, 1, position);
    if (position < size)
        tn_budget_spend(L, (uint64_t)(size - position));
    for (; position < size; position++) {
        lua_rawgeti(L, 1, position + 1);
        lua_rawseti(L, 1, position);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, position);
    return 1;
}

/* A table to read, or what a view shows, takes the place of the argument. */
static void check_readable(lua_State *L, int index)
{
    if (tn_view_is(L, index)) {
        tn_view_push_content(L, index);
        lua_replace(L, index);
    }
    luaL_checktype(L, index, LUA_TTABLE);
}

/* table.concat(t [, separator [, from [, to]]]) -> text */
static int l_concat(lua_State *L)
{
    check_readable(L, 1);
    size_t separator_len;
    const char *separator = luaL_optlstring(L, 2, "", &separator_len);
    lua_Integer from = luaL_optinteger(L, 3, 1), to = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (lua_Integer i = from; i <= to; i++) {
        lua_rawgeti(L, 1, i);
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return luaL_error(L, "invalid value (at index %I) in table for 'concat'", i);
        tn_budget_spend(L, 1 + (type == LUA_TSTRING ? lua_rawlen(L, -1) / 8 : 8));
        luaL_addvalue(&text);
        if (i < to)
            luaL_addlstring(&text, separator, separator_len);
        if (i == LUA_MAXINTEGER)
            break;
    }
    luaL_pushresult(&text);
    return 1;
}

/* table.pack(...) -> {n = count, …} */
static int l_pack(lua_State *L)
{
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

/* table.unpack(t [, from [, to]]) -> values; of a view, as it shows them */
static int l_unpack(lua_State *L)
{
    bool view = tn_view_is(L, 1);
    lua_Integer length = view ? (lua_Integer)tn_view_length(L, 1) : 0;
    if (!view) {
        luaL_checktype(L, 1, LUA_TTABLE);
        length = (lua_Integer)lua_rawlen(L, 1);
    }
    lua_Integer from = luaL_optinteger(L, 2, 1), to = luaL_optinteger(L, 3, length);
    if (from > to)
        return 0;
    lua_Unsigned count = (lua_Unsigned)to - (lua_Unsigned)from;
    if (count >= 1000000 || !lua_checkstack(L, (int)count + 1))
        return luaL_error(L, "too many results to unpack");
    tn_budget_spend(L, count);
    for (lua_Unsigned i = 0; i <= count; i++) {
        if (view)
            lua_geti(L, 1, from + (lua_Integer)i);
        else
            lua_rawgeti(L, 1, from + (lua_Integer)i);
    }
    return (int)count + 1;
}

/* table.move(t, from, to, at [, into]) -> into */
static int l_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3), at = luaL_checkinteger(L, 4);
    int into = lua_isnoneornil(L, 5) ? 1 : 5;
    tn_lua_check_writable(L, into); /* before a view gives way to what it shows */
    check_readable(L, 1);
    if (to < from) {
        lua_pushvalue(L, into);
        return 1;
    }
    luaL_argcheck(L, from > 0 || to < LUA_MAXINTEGER + from, 3, "too many elements to move");
    luaL_argcheck(L, at <= LUA_MAXINTEGER - (to - from), 4, "destination wrap around");
    lua_Integer count = to - from + 1;
    bool upwards = at > to || at <= from || (into != 1 && !lua_rawequal(L, 1, into));
    for (lua_Integer i = 0; i < count; i++) {
        lua_Integer offset = upwards ? i : count - 1 - i;
        tn_budget_spend(L, 4);
        lua_rawgeti(L, 1, from + offset);
        lua_rawseti(L, into, at + offset);
    }
    lua_pushvalue(L, into);
    return 1;
}

#define COMPARING_STEPS 20

/* ---- sort: a heap sort, whose number of comparisons no comparator can change ------------------------------------- */

/* Whether the value at a is less than the one at b (stack indices), by the comparator at 2 or by <. */
static bool is_less(lua_State *L, int a, int b)
{
    if (lua_isnil(L, 2)) {
        tn_budget_spend(L, COMPARING_STEPS + lua_rawlen(L, a)); /* texts are gone through, NUL by NUL at the worst */
        return lua_compare(L, a, b, LUA_OPLT);
    }
    tn_budget_spend(L, COMPARING_STEPS);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a - 1);
    lua_pushvalue(L, b - 2);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

/* Sinks the element at root of the heap t[1..last] to where it belongs. */
static void sift_down(lua_State *L, lua_Integer root, lua_Integer last)
{
    lua_rawgeti(L, 1, root);
    for (lua_Integer child; (child = 2 * root) <= last; root = child) {
        lua_rawgeti(L, 1, child);
        if (child < last) {
            lua_rawgeti(L, 1, child + 1);
            if (is_less(L, -2, -1)) {
                child++;
                lua_replace(L, -2);
            } else {
                lua_pop(L, 1);
            }
        }
        if (!is_less(L, -2, -1)) {
            lua_pop(L, 1);
            break;
        }
        lua_rawseti(L, 1, root);
    }
    lua_rawseti(L, 1, root);
}

/* table.sort(t [, less]) */
static int l_sort(lua_State *L)
{
    tn_lua_check_writable(L, 1);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_checkstack(L, 10, "");
    lua_Integer size = (lua_Integer)lua_rawlen(L, 1);
    for (lua_Integer root = size / 2; root >= 1; root--)
        sift_down(L, root, size);
    for (lua_Integer last = size; last > 1; last--) {
        lua_rawgeti(L, 1, 1);
        lua_rawgeti(L, 1, last);
        lua_rawseti(L, 1, 1);
        lua_rawseti(L, 1, last);
        sift_down(L, 1, last - 1);
    }
    return 0;
}

int tn_luaopen_table(lua_State *L)
{
    static const luaL_Reg functions[] = {{"insert", l_insert}, {"remove", l_remove}, {"concat", l_concat},
                                         {"pack", l_pack},     {"unpack", l_unpack}, {"move", l_move},
                                         {"sort", l_sort},     {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
