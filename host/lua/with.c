/*
 * The `with` of a step: a tree of YAML whose texts may hold ${{ … }}, compiled once and evaluated for each item.
 *
 * Compiled it is a tree of Lua: a table for each mapping, list and template, with its kind at [0]; anything else stands
 * for itself, and null for nil.
 *
 *   {[0] = KIND_MAPPING, key, node, key, node …}   {[0] = KIND_LIST, node …}
 *   {[0] = KIND_WHOLE, chunk}                      {[0] = KIND_TEXT, text or chunk …}
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/expression.h"
#include "lua/state.h"
#include "lua/value.h"
#include "lua/view.h"
#include "workflow/template.h"

enum kind { KIND_MAPPING = 1, KIND_LIST, KIND_WHOLE, KIND_TEXT };

#define TEMPLATE "tenure.template"

/* ---- compiling --------------------------------------------------------------------------------------------------- */

static void push_compiled(lua_State *L, const struct tn_yaml *node);

static void push_node(lua_State *L, enum kind kind)
{
    lua_newtable(L);
    lua_pushinteger(L, kind);
    lua_rawseti(L, -2, 0);
}

static int mt_template_gc(lua_State *L)
{
    tn_template_deinit(luaL_checkudata(L, 1, TEMPLATE));
    return 0;
}

/* A template in a userdata: compiling its pieces may raise. */
static struct tn_template *push_template(lua_State *L, const struct tn_yaml *scalar)
{
    struct tn_err err = {0};
    struct tn_template *template = lua_newuserdatauv(L, sizeof *template, 0);
    memset(template, 0, sizeof *template);
    if (luaL_newmetatable(L, TEMPLATE)) {
        lua_pushcfunction(L, mt_template_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    if (tn_template_parse(tn_lua_state(L)->workflow, scalar, template, &err) < 0)
        luaL_error(L, "%s:%d: %s", tn_lua_state(L)->file, template->error_line ? template->error_line : scalar->line,
                   err.msg);
    return template;
}

static void push_compiled_template(lua_State *L, const struct tn_yaml *scalar)
{
    const struct tn_template *template = push_template(L, scalar);
    push_node(L, template->whole ? KIND_WHOLE : KIND_TEXT);
    for (size_t i = 0; i < template->count; i++) {
        const struct tn_template_piece *piece = &template->pieces[i];
        if (piece->is_expression)
            tn_expression_compile(L, piece->line, piece->text);
        else
            lua_pushlstring(L, piece->text, piece->len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_remove(L, -2);
}

/* Plain scalars have the types of YAML's core schema. */
static void push_compiled_scalar(lua_State *L, const struct tn_yaml *node)
{
    bool boolean;
    long long integer;
    double number;
    if (strstr(node->text, "${{"))
        push_compiled_template(L, node);
    else if (tn_yaml_is_null(node))
        tn_json_push_null(L);
    else if (tn_yaml_as_bool(node, &boolean))
        lua_pushboolean(L, boolean);
    else if (tn_yaml_as_int(node, &integer))
        lua_pushinteger(L, integer);
    else if (tn_yaml_as_double(node, &number))
        lua_pushnumber(L, number);
    else
        lua_pushlstring(L, node->text, node->len);
}

/* Depth is bounded by the YAML room. */
static void push_compiled(lua_State *L, const struct tn_yaml *node)
{
    luaL_checkstack(L, 8, "with");
    if (node->kind == TN_YAML_SCALAR) {
        push_compiled_scalar(L, node);
        return;
    }
    lua_Integer count = 0;
    push_node(L, node->kind == TN_YAML_MAPPING ? KIND_MAPPING : KIND_LIST);
    for (const struct tn_yaml *child = node->first; child; child = child->next) {
        if (node->kind == TN_YAML_MAPPING) {
            lua_pushlstring(L, child->key->text, child->key->len);
            lua_rawseti(L, -2, ++count);
        }
        push_compiled(L, child);
        lua_rawseti(L, -2, ++count);
    }
}

void tn_with_open(lua_State *L)
{
    const struct tn_workflow *workflow = tn_lua_state(L)->workflow;
    lua_newtable(L);
    for (size_t i = 0; i < workflow->step_count; i++) {
        if (workflow->steps[i].with)
            push_compiled(L, workflow->steps[i].with);
        else
            push_node(L, KIND_MAPPING);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    tn_lua_set_shared(L, TN_SHARED_WITH);
}

/* ---- evaluating -------------------------------------------------------------------------------------------------- */

static void evaluate(lua_State *L);

/* Calls the chunk on top and leaves its value in its place. */
static void call_chunk(lua_State *L)
{
    tn_expression_push_environment(L);
    lua_call(L, 1, 1);
}

/* The text that the pieces of the node on top make. */
static void evaluate_text(lua_State *L)
{
    int node = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, node);
    lua_pushliteral(L, "");
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, node, i) == LUA_TFUNCTION) {
            call_chunk(L);
            if (lua_isnil(L, -1))
                luaL_error(L, "with: an expression inside a text is nil");
            tn_lua_tostring(L, -1, NULL);
            lua_remove(L, -2);
        }
        lua_concat(L, 2);
    }
}

static void evaluate_mapping(lua_State *L)
{
    int node = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, node);
    lua_createtable(L, 0, (int)count / 2);
    for (lua_Integer i = 1; i < count; i += 2) {
        lua_rawgeti(L, node, i);
        lua_rawgeti(L, node, i + 1);
        evaluate(L);
        if (tn_json_is_null(L, -1)) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        lua_rawset(L, -3);
    }
}

static void evaluate_list(lua_State *L)
{
    int node = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, node);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, node, i);
        evaluate(L);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            tn_json_push_null(L);
        }
        lua_rawseti(L, -2, i);
    }
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
}

/* Puts what the node on top stands for in its place. */
static void evaluate(lua_State *L)
{
    if (!lua_istable(L, -1))
        return;
    luaL_checkstack(L, 8, "with");
    lua_rawgeti(L, -1, 0);
    lua_Integer kind = lua_tointeger(L, -1);
    lua_pop(L, 1);
    switch (kind) {
    case KIND_MAPPING:
        evaluate_mapping(L);
        break;
    case KIND_LIST:
        evaluate_list(L);
        break;
    case KIND_TEXT:
        evaluate_text(L);
        break;
    default:
        lua_rawgeti(L, -1, 1);
        call_chunk(L);
    }
    lua_remove(L, -2);
}

void tn_with_push(lua_State *L, size_t step)
{
    tn_lua_push_shared(L, TN_SHARED_WITH);
    lua_rawgeti(L, -1, (lua_Integer)step + 1);
    lua_remove(L, -2);
    int node = lua_gettop(L);
    lua_newtable(L); /* the names it has, whether their values are nil or not */
    for (lua_Integer i = 1; lua_rawgeti(L, node, i) == LUA_TSTRING; i += 2)
        lua_rawseti(L, -2, (i + 1) / 2);
    lua_pop(L, 1);
    lua_pushvalue(L, node);
    evaluate(L);
    lua_insert(L, -2);
    tn_view_strict(L, "with");
    lua_remove(L, node);
}
