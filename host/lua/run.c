/*
 * Runs: what a task of ours does, from the compiled chunk to the answer. See run.h.
 *
 *   on_main ── protects ──▶ evaluate ─┬─ where, when ─▶ true, false or nil
 *                                     ├─ each ────────▶ items
 *                                     └─ run ─▶ load the script once per scope ─▶ call it with ctx ─▶ value
 */
#include "lua/run.h"

#include <stdio.h>

#include "lua/answer.h"
#include "lua/confine.h"
#include "lua/ctx.h"
#include "lua/expression.h"
#include "lua/operation.h"
#include "lua/output.h"
#include "lua/scope.h"
#include "lua/value.h"

/* Stack of evaluate and what continues it: the run, then what a call gave. */
enum { SLOT_RUN = 1, SLOT_RESULT };

static struct tn_script_run *run_of(lua_State *L)
{
    return lua_touserdata(L, SLOT_RUN);
}

/* ---- scripts ----------------------------------------------------------------------------------------------------- */

static const char *script_path(const struct tn_script_run *run)
{
    return run->scope->state->workflow->steps[run->step].run;
}

static int k_ran(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    tn_answer_value(L, run_of(L)->job, SLOT_RESULT, script_path(run_of(L)));
    return 0;
}

/* The script's function is at SLOT_RESULT. */
static int call_script(lua_State *L)
{
    struct tn_script_run *run = run_of(L);
    tn_with_push(L, run->step);
    tn_ctx_push(L, run);
    lua_callk(L, 1, 1, 0, k_ran);
    return k_ran(L, LUA_OK, 0);
}

/* The chunk has run: what it returned is at SLOT_RESULT. */
static int k_loaded(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    struct tn_script_run *run = run_of(L);
    if (!lua_isfunction(L, SLOT_RESULT))
        return luaL_error(L, "%s: must return a function(ctx), returned %s", script_path(run),
                          lua_isnil(L, SLOT_RESULT) ? "nil" : luaL_typename(L, SLOT_RESULT));
    if (run->checking)
        return 0;
    tn_lua_push_scope_table(L, run->scope, TN_SCOPE_FUNCTIONS);
    lua_pushvalue(L, SLOT_RESULT);
    lua_rawseti(L, -2, (lua_Integer)run->step + 1);
    lua_settop(L, SLOT_RESULT);
    return call_script(L);
}

/* Each scope runs the chunk of a step once and keeps the function. */
static int evaluate_script(lua_State *L)
{
    struct tn_script_run *run = run_of(L);
    tn_lua_push_scope_table(L, run->scope, TN_SCOPE_FUNCTIONS);
    if (lua_rawgeti(L, -1, (lua_Integer)run->step + 1) == LUA_TFUNCTION) {
        lua_replace(L, SLOT_RESULT);
        lua_settop(L, SLOT_RESULT);
        return call_script(L);
    }
    lua_settop(L, SLOT_RUN);
    tn_lua_push_shared(L, TN_SHARED_SCRIPTS);
    lua_getfield(L, -1, script_path(run));
    lua_replace(L, SLOT_RESULT);
    tn_lua_push_scope(L, run->scope, TN_SCOPE_ENV);
    lua_callk(L, 1, 1, 0, k_loaded);
    return k_loaded(L, LUA_OK, 0);
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

static int k_evaluated(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    struct tn_script_run *run = run_of(L);
    const struct tn_script_state *state = run->scope->state;
    const struct tn_workflow *workflow = state->workflow;
    if (run->what == TN_SCRIPT_EACH) {
        char where[300];
        snprintf(where, sizeof where, "%s:%d", state->file, workflow->steps[run->step].each.line);
        tn_answer_items(L, run->job, SLOT_RESULT, where);
        tn_lua_push_scope_table(L, run->scope, TN_SCOPE_ITEMS);
        lua_pushvalue(L, SLOT_RESULT);
        lua_rawseti(L, -2, (lua_Integer)run->step + 1);
        return 0;
    }
    if (!lua_isnil(L, SLOT_RESULT) && !lua_isboolean(L, SLOT_RESULT))
        return luaL_error(L, "%s:%d: '%s' must be true, false or nil, not a %s", state->file,
                          run->what == TN_SCRIPT_WHERE ? workflow->customers.where.line
                                                       : workflow->steps[run->step].when.line,
                          run->what == TN_SCRIPT_WHERE ? "where" : "when", luaL_typename(L, SLOT_RESULT));
    run->job->truth = lua_isnil(L, SLOT_RESULT) ? -1 : lua_toboolean(L, SLOT_RESULT);
    return 0;
}

static int evaluate(lua_State *L)
{
    struct tn_script_run *run = run_of(L);
    if (run->what == TN_SCRIPT_RUN)
        return evaluate_script(L);
    tn_expression_push(L, run->what, run->step);
    if (lua_isnil(L, SLOT_RESULT)) { /* where there is no condition, all is well */
        run->job->truth = 1;
        return 0;
    }
    lua_callk(L, 1, 1, 0, k_evaluated);
    return k_evaluated(L, LUA_OK, 0);
}

/* ---- the task ---------------------------------------------------------------------------------------------------- */

/* Its error is a text that takes no script to make, or is made under the same budget. */
static int describe_protected(lua_State *L)
{
    tn_answer_error(L, lua_touserdata(L, 1), 2, lua_tostring(L, 3));
    return 0;
}

static int k_main(lua_State *L, int status, lua_KContext context)
{
    struct tn_script_run *run = (struct tn_script_run *)context;
    if (status == LUA_OK || status == LUA_YIELD || tn_lua_must_unwind(L, status))
        return 0;
    struct tn_err *err = &run->job->err;
    run->job->result = TN_SCRIPT_ERROR;
    if (status == LUA_ERRMEM) {
        tn_err_no_memory(err);
        return 0;
    }
    lua_pushcfunction(L, describe_protected);
    lua_pushlightuserdata(L, err);
    lua_pushvalue(L, -3);
    lua_pushstring(L, run->raised);
    if (lua_pcall(L, 3, 0, 0) != LUA_OK)
        tn_err_set(err, TENURE_ESCRIPT, "the script raised an error that cannot be shown: its __tostring failed");
    return 0;
}

/* Only a text that Lua made says where it was raised. */
static int note_place(lua_State *L)
{
    struct tn_script_run *run = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_type(L, 1) != LUA_TSTRING)
        tn_lua_place(L, run->raised, sizeof run->raised);
    return 1;
}

static int on_main(lua_State *L)
{
    struct tn_script_run *run = lua_touserdata(L, 1);
    lua_KContext context = (lua_KContext)run;
    run->raised[0] = '\0';
    lua_pushlightuserdata(L, run);
    lua_pushcclosure(L, note_place, 1);
    lua_insert(L, 1);
    lua_pushcfunction(L, evaluate);
    lua_insert(L, 2);
    return k_main(L, lua_pcallk(L, 1, 0, 1, context, k_main), context);
}

static void enter(struct tn_script_run *run, lua_State *co)
{
    struct tn_script_state *state = run->scope->state;
    state->running = run;
    tn_budget_enter(&state->heap, &run->budget, co);
}

static void leave(struct tn_script_run *run)
{
    struct tn_script_state *state = run->scope->state;
    tn_budget_leave(&state->heap);
    state->running = NULL;
    if (run->budget.killed || run->budget.cpu_used_ns <= run->budget.cpu_limit_ns)
        return;
    run->budget.killed = TN_KILLED_CPU; /* it ended, or began to wait, before the hook could look */
    tn_budget_note_place(run->task.co, &run->budget);
}

static void on_entering(struct tn_task *task)
{
    struct tn_script_run *run = tn_container_of(task, struct tn_script_run, task);
    enter(run, task->co);
}

static void on_leaving(struct tn_task *task)
{
    leave(tn_container_of(task, struct tn_script_run, task));
}

/* Lets go of everything but the answer. */
static void clean_up(struct tn_script_run *run)
{
    struct tn_script_state *state = run->scope->state;
    tn_wait_close(run->wait);
    tn_output_page_close(run->page);
    tn_task_free(&run->task);
    bool bloated = run->budget.killed == TN_KILLED_MEMORY || run->budget.killed == TN_KILLED_CHURN;
    tn_budget_close(&state->heap, &run->budget);
    if (run->job)
        run->job->running = NULL;
    run->job = NULL;
    if (bloated)
        lua_gc(state->L, LUA_GCCOLLECT, 0); /* its neighbours shall not live beside what it left */
}

static void on_ended(struct tn_task *task, lua_State *L, int status, int nresults)
{
    (void)L, (void)nresults;
    struct tn_script_run *run = tn_container_of(task, struct tn_script_run, task);
    struct tn_script_job *job = run->job;
    if (run->budget.killed) {
        job->result = TN_SCRIPT_ERROR;
        tn_budget_error(&run->budget, &job->err);
    } else if (status != LUA_OK) {
        job->result = TN_SCRIPT_ERROR;
        tn_err_no_memory(&job->err);
    }
    clean_up(run);
    job->done(job); /* may free the scope */
}

static const struct tn_task_ops task_ops = {.entering = on_entering, .leaving = on_leaving, .ended = on_ended};

static int start_protected(lua_State *L)
{
    struct tn_script_run *run = lua_touserdata(L, 1);
    lua_pushcfunction(L, on_main);
    lua_pushlightuserdata(L, run);
    tn_task_start(&run->task, run->scope->state->loop, &task_ops, L, 1);
    return 0;
}

static void on_not_started(struct tn_job *job)
{
    struct tn_script_run *run = tn_container_of(job, struct tn_script_run, not_started);
    struct tn_script_job *asked = run->job;
    clean_up(run);
    asked->done(asked);
}

void tn_run_start(struct tn_script_run *run)
{
    struct tn_script_state *state = run->scope->state;
    struct tn_err *err = &run->job->err;
    run->ending = run->cannot_wait = run->checking = false;
    run->protected_calls = 0;
    run->wait = NULL;
    run->page = NULL;
    run->task = (struct tn_task){0};
    run->budget = (struct tn_budget){0};
    run->job->result = TN_SCRIPT_VALUE;
    if (tn_budget_open(&state->heap, &run->budget, state->cpu_ms, state->memory_bytes, err) == TENURE_OK &&
        tn_lua_protect(state, start_protected, run, err) == TENURE_OK)
        return;
    run->job->result = TN_SCRIPT_ERROR;
    tn_job_post(state->loop, &run->not_started, on_not_started);
}

void tn_run_cancel(struct tn_script_run *run)
{
    if (!run->job)
        return;
    struct tn_script_state *state = run->scope->state;
    tn_job_cancel(state->loop, &run->not_started);
    tn_wait_close(run->wait);
    tn_output_page_close(run->page);
    if (run->task.co) {
        /* What a script would do in __close is over before it begins; what we hold is released. */
        enter(run, run->task.co);
        run->budget.killed = TN_KILLED_CANCELED;
        lua_sethook(run->task.co, lua_gethook(run->task.co), LUA_MASKCOUNT, 1);
        tn_task_kill(&run->task);
        leave(run);
    }
    clean_up(run);
}

/* ---- trying out a chunk ------------------------------------------------------------------------------------------ */

struct checking {
    struct tn_script_run *run;
    struct tn_err *err;
    int rc;
};

/* Runs evaluate in a coroutine of its own, as a task would, but at once: nothing in it can wait. */
static int check_protected(lua_State *L)
{
    struct checking *checking = lua_touserdata(L, 1);
    struct tn_script_run *run = checking->run;
    lua_State *co = lua_newthread(L);
    int nresults;
    lua_pushcfunction(co, evaluate);
    lua_pushlightuserdata(co, run);
    run->task.co = co;
    enter(run, co);
    int status = lua_resume(co, L, 1, &nresults);
    tn_lua_must_unwind(co, status); /* tells a refused allocation from one that failed */
    const struct tn_lua_error *raised = status == LUA_OK ? NULL : tn_error_test(co, -1);
    if (status != LUA_OK && !run->budget.killed && lua_type(co, -1) == LUA_TSTRING)
        checking->rc = tn_err_set(checking->err, TENURE_EINVAL, "%s", lua_tostring(co, -1));
    else if (raised && !run->budget.killed)
        checking->rc = tn_err_set(checking->err, TENURE_EINVAL, "%s%s%s", raised->place, *raised->place ? ": " : "",
                                  raised->err.msg);
    else if (status != LUA_OK && !run->budget.killed)
        checking->rc = tn_err_set(checking->err, TENURE_EINVAL, "%s: raised a %s while it was loaded", script_path(run),
                                  luaL_typename(co, -1));
    lua_resetthread(co);
    leave(run);
    run->task.co = NULL;
    if (run->budget.killed) {
        tn_budget_error(&run->budget, checking->err);
        checking->rc = checking->err->code = TENURE_EINVAL;
    }
    return 0;
}

int tn_run_check(struct tn_script_state *state, size_t step, struct tn_err *err)
{
    struct tn_script_scope scope = {.state = state, .table = LUA_NOREF, .random = {1}};
    struct tn_script_run *run = &scope.run;
    *run = (struct tn_script_run){
        .scope = &scope, .what = TN_SCRIPT_RUN, .step = step, .item = SIZE_MAX, .checking = true};
    struct checking checking = {.run = run, .err = err};
    int rc = tn_lua_protect(state, tn_scope_make_bare, &scope, err);
    if (rc == TENURE_OK)
        rc = tn_budget_open(&state->heap, &run->budget, state->cpu_ms, state->memory_bytes, err);
    if (rc == TENURE_OK) {
        run->checking = true;
        rc = tn_lua_protect(state, check_protected, &checking, err);
    }
    tn_budget_close(&state->heap, &run->budget);
    luaL_unref(state->L, LUA_REGISTRYINDEX, scope.table);
    return rc < 0 ? rc : checking.rc;
}
