/*
 * The Lua state of a run, its scopes and the evaluations under way: what the files of host/lua share.
 *
 *   struct tn_script_state ── one lua_State: shared base, compiled chunks, heap
 *     struct tn_script_scope ── a customer in a pass: environment, loaded modules, items, steps
 *       struct tn_script_run ── the evaluation under way: task, budget, the wait it is parked on
 */
#ifndef TN_LUA_STATE_H
#define TN_LUA_STATE_H

#include <lauxlib.h>
#include <lua.h>

#include "loop/task.h"
#include "lua/budget.h"
#include "workflow/script.h"

/* Values that all scopes share, kept in the registry. */
enum tn_shared {
    TN_SHARED_BASE,        /* the allow-listed globals; out of scripts' reach */
    TN_SHARED_ENV_META,    /* metatable of every scope's environment */
    TN_SHARED_EXPRESSIONS, /* compiled: [1] where, [2 * step + 2] each, [2 * step + 3] when (step from 0) */
    TN_SHARED_WITH,        /* [step + 1]: functions of the step's ${{ … }}, in the order of the file */
    TN_SHARED_EXPRESSION_ENV,
    TN_SHARED_SCRIPTS,    /* compiled chunks by path */
    TN_SHARED_PACKAGES,   /* compiled modules of the package by name */
    TN_SHARED_MODULES,    /* tenure.* by name */
    TN_SHARED_INPUTS,     /* view */
    TN_SHARED_ROWS,       /* list of the rows that customers have; empty where none do */
    TN_SHARED_RUN,        /* view */
    TN_SHARED_STEP_NAMES, /* lists of step ids, by part + 1 */
    TN_SHARED_BEFORE,     /* content of ctx.before, of all scopes */
    TN_SHARED_CTX,        /* functions of ctx */
    TN_SHARED_COUNT
};

struct tn_script_state {
    struct tn_task_state tasks; /* owner: this */
    struct tn_heap heap;
    lua_State *L;
    struct tn_loop *loop;
    const struct tn_workflow *workflow;
    tn_script_log log;
    void *log_arg;
    char file[256]; /* the workflow's, as messages name it */
    int64_t cpu_ms, memory_bytes;
    struct tn_script_run *running; /* whose script runs now; NULL between steps */
    int shared[TN_SHARED_COUNT];   /* registry references */
};

/* Fields of a scope's table in the registry. */
enum tn_scope_slot {
    TN_SCOPE_ENV = 1,
    TN_SCOPE_CUSTOMER,
    TN_SCOPE_LOADED,    /* modules by name */
    TN_SCOPE_FUNCTIONS, /* [step + 1]: what the script returned */
    TN_SCOPE_ITEMS,     /* [step + 1]: list */
    TN_SCOPE_STEPS,     /* content of ctx.steps */
    TN_SCOPE_ROWS,      /* content of ctx.rows; nil where customers have none */
    TN_SCOPE_SLOTS = TN_SCOPE_ROWS
};

struct tn_wait;
struct tn_output_page;

struct tn_script_run {
    struct tn_task task;
    struct tn_script_scope *scope;
    struct tn_script_job *job; /* NULL: none under way */
    enum tn_script_what what;
    size_t step, item;
    struct tn_budget budget;
    unsigned protected_calls;    /* open within each other */
    bool ending;                 /* skip or fail was called: nothing catches that */
    bool cannot_wait;            /* inside something that cannot yield, e.g. a sort comparator */
    bool checking;               /* the chunk is tried out while the state opens */
    char raised[160];            /* where what is no text was raised; "" */
    struct tn_wait *wait;        /* the primitive it is parked on */
    struct tn_output_page *page; /* … or the page of an output */
    struct tn_job not_started;   /* tells job->done() why it could not begin */
};

struct tn_script_scope {
    struct tn_script_state *state;
    struct tn_caller *caller;
    enum tn_part part;
    struct tn_script_reader *reader; /* NULL but in `after` */
    int64_t now_s;
    uint64_t bound_to;
    uint64_t random[4];
    int table;          /* registry reference */
    char customer[128]; /* its id; "" where there is none: the profile's own tenant */
    struct tn_script_run run;
};

/* The state behind any of its threads. */
static inline struct tn_script_state *tn_lua_state(lua_State *L)
{
    return tn_task_state_of(L)->owner;
}

int tn_lua_open(const struct tn_script_setup *setup, struct tn_script_state **out, struct tn_err *err);
void tn_lua_close(struct tn_script_state *state); /* NULL is fine */

/* Run a light C function on the main thread with arg as its light userdata; a Lua error becomes err. Leaves nothing. */
int tn_lua_protect(struct tn_script_state *state, lua_CFunction function, void *arg, struct tn_err *err);

void tn_lua_push_shared(lua_State *L, enum tn_shared which);
void tn_lua_set_shared(lua_State *L, enum tn_shared which); /* pops the value; once each */

/* The run whose script calls; raises outside one. */
struct tn_script_run *tn_lua_run(lua_State *L);

void tn_lua_push_scope(lua_State *L, const struct tn_script_scope *scope, enum tn_scope_slot slot);
/* The same, but the slot gets an empty table first where it has none. */
void tn_lua_push_scope_table(lua_State *L, const struct tn_script_scope *scope, enum tn_scope_slot slot);

/* ---- endings that a script cannot catch -------------------------------------------------------------------------- */

/* Whether a call of a script's that ended with status must not go on: killed, skipped or failed. */
bool tn_lua_must_unwind(lua_State *L, int status);
int tn_lua_unwind(lua_State *L); /* raises */

#endif
