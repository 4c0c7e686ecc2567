/* Queries: see query.h. They need no run and no workflow: the state has one without steps. */
#include "lua/query.h"

#include <stdlib.h>
#include <string.h>

#include "azure/record_write.h"
#include "base/id.h"
#include "lua/expression.h"
#include "lua/state.h"
#include "lua/value.h"

struct tn_query {
    struct tn_workflow workflow; /* no steps; the usual limits */
    struct tn_script_state *state;
    struct tn_script_scope scope;
    const struct tn_record *record;
    const char *text; /* borrowed while it opens */
};

static char it_key, chunk_key, environment_key; /* in the registry */

/* ---- names ------------------------------------------------------------------------------------------------------- */

static int unknown_name(lua_State *L, const struct tn_query *query, const char *name)
{
    const char *close = query->record ? tn_record_suggest(query->record, name) : NULL;
    return close ? luaL_error(L, "unknown name '%s' (did you mean '%s'?)", name, close)
                 : luaL_error(L, "unknown name '%s'", name);
}

static int mt_index(lua_State *L)
{
    const struct tn_query *query = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "it") == 0) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &it_key);
        return 1;
    }
    if (strcmp(name, "now") == 0) {
        lua_pushinteger(L, query->scope.now_s);
        return 1;
    }
    if (query->record && tn_record_field(query->record, name)) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &it_key);
        lua_getfield(L, -1, name);
        return 1;
    }
    tn_lua_push_shared(L, TN_SHARED_BASE);
    lua_pushvalue(L, 2);
    return lua_rawget(L, -2) != LUA_TNIL ? 1 : unknown_name(L, query, name);
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "a query cannot set '%s'", luaL_checkstring(L, 2));
}

static int open_protected(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__index", mt_index}, {"__newindex", mt_newindex}, {NULL, NULL}};
    struct tn_query *query = lua_touserdata(L, 1);
    tn_value_open(L);
    lua_newtable(L);
    luaL_newlibtable(L, meta);
    lua_pushlightuserdata(L, query);
    luaL_setfuncs(L, meta, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &environment_key);
    tn_expression_compile(L, 1, query->text);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &chunk_key);
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

struct asking {
    struct tn_query *query;
    struct tn_json value;
    struct tn_buf *instead;
    struct tn_err *err;
    int answer;
};

/* Records within what the query made are written as `call` writes them. */
static int write_kind(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_record *record = tn_record_test(L, index);
    struct tn_json_doc *doc;
    if (!record)
        return tn_value_write(L, index, w, err);
    tn_record_push_raw(L, index);
    int rc = tn_json_wrap(L, -1, &doc, err);
    if (rc < 0)
        return rc;
    rc = tn_record_write(record, tn_json_root(doc), w, err);
    tn_json_close(doc);
    return rc < 0 ? rc : 1;
}

/* What the expression gave is on top. */
static int read_answer(lua_State *L, struct asking *asking)
{
    struct tn_json_writer w;
    if (lua_isnil(L, -1) || lua_isboolean(L, -1))
        return lua_toboolean(L, -1) ? TN_QUERY_KEEPS : TN_QUERY_DROPS;
    tn_jw_init(&w, asking->instead);
    int rc = tn_json_encode(L, -1, TN_VALUE_MAX_BYTES, write_kind, &w, asking->err);
    if (rc == TENURE_OK && asking->instead->failed)
        rc = tn_err_no_memory(asking->err);
    return rc < 0 ? rc : TN_QUERY_REPLACES;
}

static int ask_protected(lua_State *L)
{
    struct asking *asking = lua_touserdata(L, 1);
    const struct tn_record *record = asking->query->record;
    tn_value_copy_json(L, asking->value);
    if (record && lua_istable(L, -1))
        tn_record_push(L, -1, record);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &it_key);
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk_key);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &environment_key);
    int status = lua_pcall(L, 1, 1, 0);
    if (tn_lua_must_unwind(L, status))
        return 0;
    asking->answer = status == LUA_OK ? read_answer(L, asking)
                                      : tn_err_set(asking->err, TENURE_EINVAL, "%s", luaL_tolstring(L, -1, NULL));
    return 0;
}

int tn_query_ask(struct tn_query *query, struct tn_json value, struct tn_buf *instead, struct tn_err *err)
{
    struct tn_script_state *state = query->state;
    struct tn_script_run *run = &query->scope.run;
    struct asking asking = {.query = query, .value = value, .instead = instead, .err = err};
    run->budget = (struct tn_budget){0};
    tn_json_set_base(state->L, tn_json_base(value));
    int rc = tn_budget_open(&state->heap, &run->budget, state->cpu_ms, state->memory_bytes, err);
    if (rc < 0)
        return rc;
    state->running = run;
    tn_budget_enter(&state->heap, &run->budget, state->L);
    rc = tn_lua_protect(state, ask_protected, &asking, err);
    tn_budget_leave(&state->heap);
    state->running = NULL;
    if (run->budget.killed)
        rc = tn_budget_error(&run->budget, err);
    tn_budget_close(&state->heap, &run->budget);
    return rc < 0 ? rc : asking.answer;
}

/* ---- doors ------------------------------------------------------------------------------------------------------- */

int tn_query_new(struct tn_loop *loop, const char *text, const struct tn_record *record, struct tn_query **out,
                 struct tn_err *err)
{
    struct tn_query *query = calloc(1, sizeof *query);
    if (!query)
        return tn_err_no_memory(err);
    query->workflow.name = "--query";
    query->record = record;
    query->text = text;
    const struct tn_script_setup setup = {.loop = loop, .workflow = &query->workflow};
    int rc = tn_lua_open(&setup, &query->state, err);
    if (rc == TENURE_OK) {
        query->scope.state = query->state;
        query->scope.now_s = tn_loop_wall_ms(loop) / 1000;
        query->scope.random[0] = 1; /* the same numbers each time: a query is repeated as it was */
        query->scope.run.scope = &query->scope;
        query->scope.run.cannot_wait = true;
        rc = tn_lua_protect(query->state, open_protected, query, err);
    }
    if (rc < 0) {
        tn_query_free(query);
        return rc;
    }
    *out = query;
    return TENURE_OK;
}

void tn_query_free(struct tn_query *query)
{
    if (!query)
        return;
    tn_lua_close(query->state);
    free(query);
}
