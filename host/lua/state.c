/* Lua states of runs: opening, closing, and calling into them safely. See state.h. */
#include "lua/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/confine.h"

#define DEFAULT_CPU_MS 2000
#define DEFAULT_MEMORY_BYTES (INT64_C(64) << 20)

/* Raised to end a script. What it is does not matter: everybody looks at the run's flags. */
static char unwind_mark;

bool tn_lua_must_unwind(lua_State *L, int status)
{
    struct tn_script_state *state = tn_lua_state(L);
    struct tn_script_run *run = state->running;
    bool failed = status != LUA_OK && status != LUA_YIELD;
    state->heap.granting = false;
    if (!run)
        return false;
    if (status == LUA_ERRMEM && run->budget.denied && !run->budget.killed)
        run->budget.killed = TN_KILLED_MEMORY;
    return run->budget.killed || (failed && run->ending);
}

int tn_lua_unwind(lua_State *L)
{
    lua_pushlightuserdata(L, &unwind_mark);
    return lua_error(L);
}

int tn_lua_protect(struct tn_script_state *state, lua_CFunction function, void *arg, struct tn_err *err)
{
    lua_State *L = state->L;
    if (!lua_checkstack(L, LUA_MINSTACK))
        return tn_err_no_memory(err);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, arg);
    int status = lua_pcall(L, 1, 0, 0);
    if (status == LUA_OK)
        return TENURE_OK;
    int rc;
    if (status == LUA_ERRMEM)
        rc = tn_err_no_memory(err);
    else
        rc = tn_err_set(err, TENURE_EINVAL, "%s",
                        lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "unknown error");
    lua_pop(L, 1);
    return rc;
}

void tn_lua_push_shared(lua_State *L, enum tn_shared which)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, tn_lua_state(L)->shared[which]);
}

void tn_lua_set_shared(lua_State *L, enum tn_shared which)
{
    tn_lua_state(L)->shared[which] = luaL_ref(L, LUA_REGISTRYINDEX);
}

struct tn_script_run *tn_lua_run(lua_State *L)
{
    struct tn_script_run *run = tn_lua_state(L)->running;
    if (!run)
        luaL_error(L, "this can be called only while a step runs");
    return run;
}

void tn_lua_push_scope(lua_State *L, const struct tn_script_scope *scope, enum tn_scope_slot slot)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, scope->table);
    lua_rawgeti(L, -1, slot);
    lua_remove(L, -2);
}

void tn_lua_push_scope_table(lua_State *L, const struct tn_script_scope *scope, enum tn_scope_slot slot)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, scope->table);
    if (lua_rawgeti(L, -1, slot) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, slot);
    }
    lua_remove(L, -2);
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

/* Messages name the workflow by its path below the package root, where it lies there. */
static void name_file(struct tn_script_state *state)
{
    const char *file = state->workflow->file, *root = state->workflow->root;
    if (!file)
        file = state->workflow->name ? state->workflow->name : "workflow";
    size_t len = root ? strlen(root) : 0;
    if (len > 0 && strncmp(file, root, len) == 0 && file[len] == '/')
        file += len + 1;
    snprintf(state->file, sizeof state->file, "%s", file);
}

static int prepare(lua_State *L)
{
    tn_json_prepare(L);
    tn_lua_confine(L);
    return 0;
}

int tn_lua_open(const struct tn_script_setup *setup, struct tn_script_state **out, struct tn_err *err)
{
    struct tn_script_state *state = calloc(1, sizeof *state);
    if (!state)
        return tn_err_no_memory(err);
    state->loop = setup->loop;
    state->workflow = setup->workflow;
    state->log = setup->log;
    state->log_arg = setup->log_arg;
    state->cpu_ms = setup->workflow->cpu_ms ? setup->workflow->cpu_ms : DEFAULT_CPU_MS;
    state->memory_bytes = setup->workflow->memory_bytes ? setup->workflow->memory_bytes : DEFAULT_MEMORY_BYTES;
    name_file(state);
    state->L = lua_newstate(tn_heap_allocate, &state->heap);
    if (!state->L) {
        tn_lua_close(state);
        return tn_err_no_memory(err);
    }
    state->tasks.owner = state;
    tn_task_state_attach(state->L, &state->tasks);
    tn_budget_hook(state->L);
    int rc = tn_lua_protect(state, prepare, NULL, err);
    if (rc < 0) {
        tn_lua_close(state);
        return rc;
    }
    *out = state;
    return TENURE_OK;
}

void tn_lua_close(struct tn_script_state *state)
{
    if (!state)
        return;
    if (state->L)
        lua_close(state->L);
    tn_heap_deinit(&state->heap);
    free(state);
}
