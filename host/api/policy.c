/* Policy: see policy.h. */
#include "api/policy.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

#include "api/embedded.h"
#include "json/json.h"

/* Upvalues: the embedded file, its path. */
static int load_file(lua_State *L)
{
    const struct tn_embedded *file = lua_touserdata(L, lua_upvalueindex(1));
    const char *path = lua_tostring(L, lua_upvalueindex(2));
    if (strcmp(strrchr(path, '.'), ".lua") != 0) {
        lua_pushlstring(L, file->data, file->len);
        return 1;
    }
    lua_pushfstring(L, "=%s", path);
    if (luaL_loadbufferx(L, file->data, file->len, lua_tostring(L, -1), "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    return 1;
}

/* Compiled when they are first asked for. */
static void preload(lua_State *L, const char *folder, const struct tn_embedded *file)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (; file->name; file++) {
        lua_pushfstring(L, "%s.", folder);
        lua_pushlstring(L, file->name, strcspn(file->name, "."));
        lua_concat(L, 2);
        lua_pushlightuserdata(L, (void *)file);
        lua_pushfstring(L, "%s/%s", folder, file->name);
        lua_pushcclosure(L, load_file, 2);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
}

void tn_policy_open(lua_State *L)
{
    luaL_openlibs(L);
    tn_json_prepare(L);
    preload(L, "render", tn_embedded_render);
    preload(L, "report", tn_embedded_report);
}

void tn_policy_require(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

void tn_policy_decode(lua_State *L, const char *json, size_t len)
{
    struct tn_err err = {0};
    if (tn_json_decode(L, json, len, 0, &err) < 0)
        luaL_error(L, "the host's own text: %s", err.msg);
}

static int l_next(lua_State *L)
{
    struct tn_policy_list *list = lua_touserdata(L, lua_upvalueindex(1));
    if (list->at >= list->values.len)
        return 0;
    const char *json = list->values.data + list->at;
    size_t len = strlen(json);
    list->at += len + 1;
    tn_policy_decode(L, json, len);
    return 1;
}

void tn_policy_push_next(lua_State *L, struct tn_policy_list *list)
{
    lua_pushlightuserdata(L, list);
    lua_pushcclosure(L, l_next, 1);
}
