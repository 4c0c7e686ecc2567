/*
 * What a run asks of the room that knows Lua: compile what the workflow names, and evaluate it for a customer.
 *
 * Calls point downwards only, so host/lua gives the run this struct of functions. A state is one Lua state, made for
 * one run; a scope is one customer in one pass (or nobody, in `before` and `after`): a fresh environment with its ctx. Evaluations are tasks: job->done()
 * comes from the loop, once, unless the job was cancelled. One scope evaluates one job at a time; a state serves many
 * scopes at once.
 */
#ifndef TN_WORKFLOW_SCRIPT_H
#define TN_WORKFLOW_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "azure/call.h"
#include "base/err.h"
#include "json/json.h"
#include "loop/loop.h"
#include "workflow/table.h"
#include "workflow/workflow.h"

struct tn_script_state;
struct tn_script_scope;

/* A line a script logged (ctx.log, print). text has no control characters; fields is a JSON object or NULL. */
typedef void (*tn_script_log)(void *arg, const char *customer, const char *step, const char *text, const char *fields);

struct tn_script_setup {
    struct tn_loop *loop;
    const struct tn_workflow
        *workflow;                  /* borrowed for the life of the state: limits, permissions, package root, steps */
    const char *inputs;             /* JSON object, as tn_inputs_resolve writes it */
    const struct tn_tables *tables; /* of the inputs; NULL: none */
    const char *run, *month;        /* ctx.run: id, and "2026-02" */
    const char *portal;             /* of the run's cloud, static; NULL: the public one's */
    tn_script_log log;
    void *log_arg;
};

/* A page of an output's rows, asked for by a script of `after`. */
struct tn_script_page {
    const char *output;
    struct tn_output_place place; /* behind which it begins; goes on with it */
    void (*done)(struct tn_script_page *page);
    /* the answer */
    struct tn_buf rows; /* JSON objects, each with its NUL; owned */
    bool last;
};

/* Whoever has the outputs. done() comes from the loop, unless the page was cancelled; a run that stops never answers. */
struct tn_script_reader {
    void (*start)(struct tn_script_reader *reader, struct tn_script_page *page);
    void (*cancel)(struct tn_script_reader *reader, struct tn_script_page *page);
};

struct tn_script_scope_setup {
    enum tn_part part;               /* whose steps it runs */
    struct tn_script_reader *reader; /* of outputs; NULL but for `after` */
    struct tn_json customer;         /* raw body of the customer record, in a document of any state */
    const size_t *rows; /* ctx.rows: numbers of the customer's rows, from 0, of the table that customers.rows names */
    size_t row_count;
    int64_t now_s;            /* ctx.now */
    struct tn_caller *caller; /* every primitive of this scope's scripts goes here */
    uint64_t bound_to;        /* quotes made in this scope carry it, mixed with the step's number */
    uint64_t random_seed;     /* of math.random, from run and customer */
};

enum tn_script_what { TN_SCRIPT_WHERE, TN_SCRIPT_EACH, TN_SCRIPT_WHEN, TN_SCRIPT_RUN };

enum tn_script_result {
    TN_SCRIPT_VALUE,   /* it returned: truth, items or value are set */
    TN_SCRIPT_SKIPPED, /* ctx.skip(code, detail) */
    TN_SCRIPT_FAILED,  /* ctx.fail(code, detail) */
    TN_SCRIPT_ERROR    /* it raised, or went over its budget (err.code TENURE_EBUDGET): err names file and line */
};

/* One element of an `each` list: its JSON (a record's is {"$record": "reservation", "raw": {…}}) and what a person
 * calls it. */
struct tn_script_item {
    char *json, *label; /* owned by the job; label may be NULL */
};

struct tn_script_job {
    void (*done)(struct tn_script_job *job);
    void *owner;
    /* the answer, valid until release */
    enum tn_script_result result;
    struct tn_err err;
    int truth;                    /* WHERE, WHEN: 1 true, 0 false, -1 nil */
    char code[64];                /* SKIPPED, FAILED */
    char *detail;                 /* SKIPPED, FAILED: text, or NULL; owned */
    char *value;                  /* RUN: JSON of what the script returned, NULL for nil; owned */
    struct tn_buf outputs;        /* RUN: a line for each row it wrote, whatever became of it: NAME, a tab, JSON */
    size_t outputs_whole;         /* bytes of them that are whole rows */
    struct tn_script_item *items; /* EACH; owned */
    size_t item_count;
    /* its own */
    struct tn_script_run *running;
};

struct tn_script_ops {
    /* Opens the state and compiles every expression and script of the workflow. Syntax errors and scripts that do not
     * return a function are TENURE_EINVAL with "file:line: …". */
    int (*state_new)(const struct tn_script_setup *setup, struct tn_script_state **out, struct tn_err *err);
    void (*state_free)(struct tn_script_state *state);      /* scopes first */
    lua_State *(*documents)(struct tn_script_state *state); /* where this state's documents live (the state itself) */

    int (*scope_new)(struct tn_script_state *state, const struct tn_script_scope_setup *setup,
                     struct tn_script_scope **out, struct tn_err *err);
    void (*scope_free)(struct tn_script_scope *scope); /* cancels its job; NULL is fine */

    /* Items of a step as the ledger has them, instead of evaluating `each` again. JSON as given in tn_script_item. */
    int (*restore_items)(struct tn_script_scope *scope, size_t step, const char *const *items, size_t count,
                         struct tn_err *err);
    /* What became of an item, for ctx.steps.ID[i] = {item, state, code, value}. value_json may be NULL. */
    int (*item_ended)(struct tn_script_scope *scope, size_t step, size_t item, const char *state, const char *code,
                      const char *value_json, struct tn_err *err);

    /* Evaluate. step is ignored for WHERE; item is an index into the step's items for WHEN and RUN, SIZE_MAX for a step
     * without each. After EACH the items stay in the scope. */
    void (*start)(struct tn_script_scope *scope, enum tn_script_what what, size_t step, size_t item,
                  struct tn_script_job *job);
    void (*cancel)(struct tn_script_job *job);  /* no done() after this; no-op when not under way */
    void (*release)(struct tn_script_job *job); /* free the answer */
};

#endif
