/*
 * math and os of scripts: Lua's own, but random numbers come from the scope's seed (the same run and customer draw the
 * same ones, whoever runs beside them), and the time of os is the scope's now.
 */
#include <lauxlib.h>
#include <lualib.h>

#include "lua/confine.h"
#include "lua/state.h"

/* ---- random: xoshiro256 ------------------------------------------------------------------------------------------ */

static uint64_t rotate_left(uint64_t value, int by)
{
    return (value << by) | (value >> (64 - by));
}

static uint64_t next_random(uint64_t state[4])
{
    uint64_t result = rotate_left(state[1] * 5, 7) * 9, shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

/* A number from 0 to limit, each as likely: draws again what is over. */
static uint64_t random_up_to(uint64_t state[4], uint64_t limit)
{
    uint64_t mask = limit;
    for (int by = 1; by < 64; by *= 2)
        mask |= mask >> by;
    uint64_t drawn;
    do {
        drawn = next_random(state) & mask;
    } while (drawn > limit);
    return drawn;
}

/* math.random() in [0, 1), math.random(m) from 1 to m, math.random(m, n) from m to n */
static int l_random(lua_State *L)
{
    uint64_t *state = tn_lua_run(L)->scope->random;
    lua_Integer low = 1, high;
    switch (lua_gettop(L)) {
    case 0:
        lua_pushnumber(L, (lua_Number)(next_random(state) >> 11) * 0x1p-53);
        return 1;
    case 1:
        high = luaL_checkinteger(L, 1);
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default:
        return luaL_error(L, "wrong number of arguments to 'random'");
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    uint64_t drawn = random_up_to(state, (uint64_t)high - (uint64_t)low);
    lua_pushinteger(L, (lua_Integer)(drawn + (uint64_t)low));
    return 1;
}

int tn_luaopen_math(lua_State *L)
{
    static const char *const names[] = {"abs",   "acos", "asin", "atan", "ceil",       "cos",        "deg",  "exp",
                                        "floor", "fmod", "huge", "log",  "maxinteger", "mininteger", "modf", "pi",
                                        "rad",   "sin",  "sqrt", "tan",  "tointeger",  "type",       "ult",  NULL};
    static const char *const metered[] = {"max", "min", NULL}; /* texts of digits are numbers to them */
    lua_newtable(L);
    tn_lua_borrow(L, -1, luaopen_math, names, false);
    tn_lua_borrow(L, -1, luaopen_math, metered, true);
    lua_pushcfunction(L, l_random);
    lua_setfield(L, -2, "random");
    return 1;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* os.time([table]): without one, the scope's now */
static int l_time(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_pushinteger(L, tn_lua_run(L)->scope->now_s);
        return 1;
    }
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* os.date([format [, time]]): without a time, of the scope's now */
static int l_date(lua_State *L)
{
    size_t len;
    luaL_optlstring(L, 1, "%c", &len);
    luaL_argcheck(L, len <= 200, 1, "format is too long");
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_pushinteger(L, tn_lua_run(L)->scope->now_s);
        lua_replace(L, 2);
    }
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static void wrap(lua_State *L, const char *name, lua_CFunction wrapper)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, name);
}

int tn_luaopen_os(lua_State *L)
{
    static const char *const names[] = {"clock", "date", "difftime", "time", NULL};
    lua_newtable(L);
    tn_lua_borrow(L, -1, luaopen_os, names, false);
    wrap(L, "time", l_time);
    wrap(L, "date", l_date);
    return 1;
}
