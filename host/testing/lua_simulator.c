/* tenure.testing: simulators in the loop of the specs. */
#include "testing/internal.h"

#include <limits.h>

#include "simulator/simulator.h"

#define SIMULATOR "tenure.testing.simulator"

struct lua_simulator {
    struct tn_simulator *simulator; /* owned; NULL once stopped */
};

static lua_Integer integer_field(lua_State *L, const char *name, lua_Integer otherwise)
{
    if (lua_getfield(L, 1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return otherwise;
    }
    int is_integer;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer)
        luaL_error(L, "'%s' is a %s, not a whole number", name, luaL_typename(L, -1));
    lua_pop(L, 1);
    return value;
}

static const char *string_field(lua_State *L, const char *name) /* lives while the table does */
{
    lua_getfield(L, 1, name);
    const char *value = lua_tostring(L, -1);
    lua_pop(L, 1);
    return value;
}

static bool flag_field(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

/* simulator{customers, reservations, seed, world, latency, settle, faults, tls} -> simulator, the line it prints when ready.
 * world is a path, faults is JSON text. */
static int l_simulator(lua_State *L)
{
    struct tn_testing *testing = tn_testing_of(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    char folder[PATH_MAX]; /* of the certificate, if any */
    struct tn_simulator_options options = {
        .customers = integer_field(L, "customers", -1),
        .reservations = integer_field(L, "reservations", -1),
        .seed = (uint64_t)integer_field(L, "seed", 1),
        .world = string_field(L, "world"),
        .latency_ms = integer_field(L, "latency", 0),
        .settle_ms = integer_field(L, "settle", -1),
        .faults = string_field(L, "faults"),
        .tls = flag_field(L, "tls"),
        .folder = folder,
    };
    struct lua_simulator *u = lua_newuserdatauv(L, sizeof *u, 0);
    u->simulator = NULL;
    luaL_setmetatable(L, SIMULATOR);
    struct tn_err err = {0};
    if (options.tls && tn_folder_make(&testing->folder, folder, &err) < 0)
        return tn_testing_raise(L, &err);
    if (tn_simulator_start(testing->loop, &options, &u->simulator, &err) < 0)
        return tn_testing_raise(L, &err);
    lua_pushstring(L, tn_simulator_ready(u->simulator));
    return 2;
}

static int m_close(lua_State *L) /* also __gc and __close: twice is harmless */
{
    struct lua_simulator *u = luaL_checkudata(L, 1, SIMULATOR);
    tn_simulator_stop(u->simulator);
    u->simulator = NULL;
    return 0;
}

void tn_testing_open_simulator(lua_State *L, struct tn_testing *testing)
{
    static const luaL_Reg functions[] = {{"simulator", l_simulator}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"close", m_close}, {NULL, NULL}};
    tn_testing_new_type(L, SIMULATOR, methods, m_close);
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
}
