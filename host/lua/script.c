/* The struct of functions that runs get: see workflow/script.h. */
#include "lua/script.h"

#include <string.h>

#include "lua/answer.h"
#include "lua/ctx.h"
#include "lua/expression.h"
#include "lua/load.h"
#include "lua/operation.h"
#include "lua/output.h"
#include "lua/run.h"
#include "lua/scope.h"
#include "lua/value.h"
#include "lua/view.h"

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* Pushes the rows of a table as a list of strict views: a column that it has not is an error. name outlives us. */
static void push_table(lua_State *L, const struct tn_table *table, const char *name)
{
    struct tn_table_row row;
    lua_Integer count = 0;
    tn_table_begin(table, &row);
    tn_value_decode(L, row.names, row.names_len);
    lua_newtable(L);
    while (tn_table_next(table, &row)) {
        tn_value_decode(L, row.json, row.json_len);
        lua_pushvalue(L, -3);
        tn_view_strict(L, name);
        lua_rawseti(L, -2, ++count);
    }
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* Puts each table in the place of what stands for it in the inputs on top; and keeps the rows that customers have. */
static void open_tables(lua_State *L, const struct tn_script_setup *setup)
{
    const struct tn_workflow *workflow = setup->workflow;
    lua_newtable(L);
    for (size_t i = 0; setup->tables && i < workflow->input_count; i++) {
        const char *name = workflow->inputs[i].name;
        const struct tn_table *table = tn_tables_find(setup->tables, name);
        if (workflow->inputs[i].type != TN_INPUT_TABLE || !table)
            continue;
        push_table(L, table, name);
        if (workflow->customers.rows && strcmp(workflow->customers.rows, name) == 0) {
            lua_pushvalue(L, -1);
            lua_replace(L, -3);
        }
        lua_setfield(L, -3, name);
    }
    tn_lua_set_shared(L, TN_SHARED_ROWS);
}

static void open_inputs(lua_State *L, const struct tn_script_setup *setup)
{
    const struct tn_workflow *workflow = setup->workflow;
    const char *json = setup->inputs ? setup->inputs : "{}";
    tn_value_decode(L, json, strlen(json));
    open_tables(L, setup);
    lua_createtable(L, (int)workflow->input_count, 0);
    for (size_t i = 0; i < workflow->input_count; i++) {
        lua_pushstring(L, workflow->inputs[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    tn_view_strict(L, "inputs");
    tn_lua_set_shared(L, TN_SHARED_INPUTS);
}

static void open_run(lua_State *L, const struct tn_script_setup *setup)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, setup->run);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, setup->month);
    lua_setfield(L, -2, "month");
    lua_createtable(L, 2, 0);
    lua_pushstring(L, "id");
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, "month");
    lua_rawseti(L, -2, 2);
    tn_view_strict(L, "run");
    tn_lua_set_shared(L, TN_SHARED_RUN);
}

/* A list for each part, and an empty one behind them. */
static void push_step_names(lua_State *L, const struct tn_workflow *workflow)
{
    lua_createtable(L, TN_PART_COUNT + 1, 0);
    for (int part = 0; part <= TN_PART_COUNT; part++) {
        size_t from = 0, to = 0;
        lua_newtable(L);
        if (part < TN_PART_COUNT)
            tn_workflow_part(workflow, (enum tn_part)part, &from, &to);
        for (size_t i = from; i < to; i++) {
            lua_pushstring(L, workflow->steps[i].id);
            lua_rawseti(L, -2, (lua_Integer)(i - from) + 1);
        }
        lua_rawseti(L, -2, part + 1);
    }
}

static void open_scripts(lua_State *L, const struct tn_workflow *workflow)
{
    push_step_names(L, workflow);
    lua_newtable(L);
    for (size_t i = 0; i < workflow->step_count; i++) {
        const struct tn_step *step = &workflow->steps[i];
        if (lua_getfield(L, -1, step->run) == LUA_TNIL) {
            if (tn_lua_compile(L, step->run, step->run_source, step->run_len) != LUA_OK)
                lua_error(L);
            lua_setfield(L, -3, step->run);
        }
        lua_pop(L, 1);
    }
    tn_lua_set_shared(L, TN_SHARED_SCRIPTS);
    tn_lua_set_shared(L, TN_SHARED_STEP_NAMES);
}

static int open_protected(lua_State *L)
{
    const struct tn_script_setup *setup = lua_touserdata(L, 1);
    tn_value_open(L);
    tn_ctx_open(L);
    tn_modules_open(L);
    lua_newtable(L);
    tn_lua_set_shared(L, TN_SHARED_PACKAGES);
    lua_newtable(L);
    tn_lua_set_shared(L, TN_SHARED_BEFORE);
    tn_outputs_open(L);
    open_inputs(L, setup);
    open_run(L, setup);
    open_scripts(L, setup->workflow);
    tn_expressions_open(L);
    tn_with_open(L);
    return 0;
}

static int state_new(const struct tn_script_setup *setup, struct tn_script_state **out, struct tn_err *err)
{
    struct tn_script_state *state;
    int rc = tn_lua_open(setup, &state, err);
    if (rc < 0)
        return rc;
    tn_json_set_base(state->L, setup->portal);
    rc = tn_lua_protect(state, open_protected, (void *)setup, err);
    for (size_t i = 0; rc == TENURE_OK && i < setup->workflow->step_count; i++)
        rc = tn_run_check(state, i, err);
    if (rc < 0) {
        tn_lua_close(state);
        return rc;
    }
    *out = state;
    return TENURE_OK;
}

static lua_State *documents(struct tn_script_state *state)
{
    return state->L;
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

static void start(struct tn_script_scope *scope, enum tn_script_what what, size_t step, size_t item,
                  struct tn_script_job *job)
{
    struct tn_script_run *run = &scope->run;
    job->result = TN_SCRIPT_VALUE;
    job->err = (struct tn_err){0};
    job->truth = 0;
    job->code[0] = '\0';
    job->detail = job->value = NULL;
    job->outputs = (struct tn_buf){0};
    job->outputs_whole = 0;
    job->items = NULL;
    job->item_count = 0;
    job->running = run;
    run->job = job;
    run->what = what;
    run->step = what == TN_SCRIPT_WHERE ? 0 : step;
    run->item = item;
    tn_run_start(run);
}

static void cancel(struct tn_script_job *job)
{
    if (!job->running)
        return;
    tn_run_cancel(job->running);
    tn_answer_release(job);
}

const struct tn_script_ops tn_script_lua = {
    .state_new = state_new,
    .state_free = tn_lua_close,
    .documents = documents,
    .scope_new = tn_scope_new,
    .scope_free = tn_scope_free,
    .restore_items = tn_scope_restore_items,
    .item_ended = tn_scope_item_ended,
    .start = start,
    .cancel = cancel,
    .release = tn_answer_release,
};
