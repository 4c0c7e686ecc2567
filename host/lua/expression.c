/* Expressions: see expression.h. */
#include "lua/expression.h"

#include <lauxlib.h>
#include <string.h>

#include "base/id.h"
#include "lua/ctx.h"
#include "lua/load.h"
#include "lua/state.h"
#include "lua/view.h"

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool module_permitted(const struct tn_workflow *workflow, const char *module)
{
    const struct tn_module *found = tn_module_find(module);
    for (const struct tn_operation *op = found ? found->operations : NULL; op && op->module; op++) {
        if (tn_workflow_permits(workflow, op))
            return true;
    }
    return false;
}

/* Pushes a module of that name when there is one and it may be seen here. */
static bool push_module(lua_State *L, const struct tn_script_run *run, const char *name)
{
    tn_lua_push_shared(L, TN_SHARED_MODULES);
    lua_pushfstring(L, "tenure.%s", name);
    if (lua_rawget(L, -2) != LUA_TUSERDATA) {
        lua_pop(L, 2);
        return false;
    }
    if (run->what != TN_SCRIPT_EACH)
        luaL_error(L, "'%s' can be asked only in 'each' and in scripts, not in 'where', 'when' or ${{ }}", name);
    if (!module_permitted(tn_lua_state(L)->workflow, name))
        luaL_error(L, "'%s' is not permitted: name what is used under 'permissions', e.g. %s:list", name, name);
    lua_remove(L, -2);
    return true;
}

static int unknown_name(lua_State *L, const char *name)
{
    const char *names[96];
    size_t count = 0;
    for (; tn_ctx_data_names[count]; count++)
        names[count] = tn_ctx_data_names[count];
    for (const struct tn_module *const *module = tn_modules; *module && count < 48; module++)
        names[count++] = (*module)->name;
    tn_lua_push_shared(L, TN_SHARED_BASE);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (count < 95)
            names[count++] = lua_tostring(L, -1); /* the base keeps it */
    }
    names[count] = NULL;
    const char *close = tn_closest(name, names);
    return close ? luaL_error(L, "unknown name '%s' (did you mean '%s'?)", name, close)
                 : luaL_error(L, "unknown name '%s'", name);
}

static int mt_index(lua_State *L)
{
    const struct tn_script_run *run = tn_lua_run(L);
    const char *name = luaL_checkstring(L, 2);
    if (tn_ctx_push_data(L, run, name))
        return 1;
    tn_lua_push_shared(L, TN_SHARED_BASE);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL)
        return 1;
    return push_module(L, run, name) ? 1 : unknown_name(L, name);
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "an expression cannot set '%s'", luaL_checkstring(L, 2));
}

/* One environment serves all scopes: it looks at whose run it is. */
static void open_environment(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__index", mt_index}, {"__newindex", mt_newindex}, {NULL, NULL}};
    lua_newtable(L);
    luaL_newlib(L, meta);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    tn_lua_set_shared(L, TN_SHARED_EXPRESSION_ENV);
}

void tn_expression_push_environment(lua_State *L)
{
    tn_lua_push_shared(L, TN_SHARED_EXPRESSION_ENV);
}

/* ---- compiling --------------------------------------------------------------------------------------------------- */

/* What people write who know another language. */
static const char *find_hint(const char *text)
{
    static const char *const spellings[][2] = {{"!=", "Lua writes ~= for !="},
                                               {"&&", "Lua writes and for &&"},
                                               {"||", "Lua writes or for ||"},
                                               {"!", "Lua writes not for !"},
                                               {NULL, NULL}};
    for (size_t i = 0; spellings[i][0]; i++) {
        if (strstr(text, spellings[i][0]))
            return spellings[i][1];
    }
    return strchr(text, '=') && !strstr(text, "==") ? "Lua writes == to compare" : NULL;
}

void tn_expression_compile(lua_State *L, int line, const char *text)
{
    if (tn_lua_compile_expression(L, tn_lua_state(L)->file, line, text) == LUA_OK)
        return;
    const char *hint = find_hint(text);
    if (hint)
        lua_pushfstring(L, "%s (%s)", lua_tostring(L, -1), hint);
    lua_error(L);
}

static lua_Integer place_of(enum tn_script_what what, size_t step)
{
    if (what == TN_SCRIPT_WHERE)
        return 1;
    return 2 * (lua_Integer)step + (what == TN_SCRIPT_EACH ? 2 : 3);
}

static void compile_at(lua_State *L, const struct tn_expression *expression, lua_Integer place)
{
    if (!expression->text)
        return;
    tn_expression_compile(L, expression->line, expression->text);
    lua_rawseti(L, -2, place);
}

void tn_expressions_open(lua_State *L)
{
    const struct tn_workflow *workflow = tn_lua_state(L)->workflow;
    open_environment(L);
    lua_newtable(L);
    compile_at(L, &workflow->customers.where, place_of(TN_SCRIPT_WHERE, 0));
    for (size_t i = 0; i < workflow->step_count; i++) {
        compile_at(L, &workflow->steps[i].each, place_of(TN_SCRIPT_EACH, i));
        compile_at(L, &workflow->steps[i].when, place_of(TN_SCRIPT_WHEN, i));
    }
    tn_lua_set_shared(L, TN_SHARED_EXPRESSIONS);
}

void tn_expression_push(lua_State *L, enum tn_script_what what, size_t step)
{
    tn_lua_push_shared(L, TN_SHARED_EXPRESSIONS);
    lua_rawgeti(L, -1, place_of(what, step));
    lua_remove(L, -2);
    tn_expression_push_environment(L);
}
