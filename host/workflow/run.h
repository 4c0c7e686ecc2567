/*
 * Runs: one going through a workflow's customers, to plan or to apply.
 *
 * A run is re-entered from the ledger: what has ended in a pass is stored and not run again in it. Plan records effects
 * with their quotes and sends nothing; apply carries out what is approved.
 *
 *   customers ─▶ where ─▶ for each customer, `concurrency` at once
 *                           └▶ for each step: each ─▶ for each item: when ─▶ script ─┬▶ reads: the service
 *                                                                                    └▶ effects: plan records them,
 *                                                                                       apply carries them out
 */
#ifndef TN_WORKFLOW_RUN_H
#define TN_WORKFLOW_RUN_H

#include "azure/call.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "loop/loop.h"
#include "workflow/script.h"
#include "workflow/table.h"
#include "workflow/workflow.h"

struct tn_run;

/* One sum per currency; borrowed. */
struct tn_run_money {
    struct tn_money *list;
    size_t count;
};

struct tn_run_progress {
    enum tn_pass pass;
    size_t customers, ended;         /* of this pass */
    uint64_t planned, refused;       /* effects, plan */
    uint64_t sent, settled, unknown; /* effects, apply */
    struct tn_run_money back, pay;   /* planned, or moved so far */
    int64_t elapsed_ms;
};

struct tn_run_setup {
    struct tn_loop *loop;
    struct tn_engine *engine;
    struct tn_ledger *ledger;
    const struct tn_script_ops *scripts;
    lua_State *documents;               /* for documents that no script sees */
    const struct tn_workflow *workflow; /* borrowed until tn_run_free() */
    const char *inputs;                 /* JSON, as tn_inputs_resolve() writes it */
    const struct tn_tables *tables;     /* of the inputs; borrowed; NULL: none */
    const char *request;                /* JSON kept with the run: what apply needs to find all of this again */
    const char *actor;
    const char *const *customers; /* narrows: tenant ids or domains; NULL: not narrowed */
    size_t customer_count;
    const char *const *again; /* narrows: ids of an earlier run's customers; those that are gone are left out */
    size_t again_count;
    const char *const *only; /* narrows: ids, domains or names */
    size_t only_count;
    int64_t concurrency; /* 0: what the workflow says */
    const char *partner_tenant;
    int64_t quiet_ms;    /* how long evidence that nothing happened must hold before an effect is tried again */
    bool settle_by_hand; /* it never is tried again by itself */
    bool no_wait;        /* unknown outcomes are not waited for: they stay as they are */
    /* callbacks come from the loop */
    void (*on_progress)(void *arg,
                        const struct tn_run_progress *progress); /* at most ten times a second; may be NULL */
    tn_script_log on_log;                                        /* may be NULL */
    void (*on_warning)(void *arg, const char *text);             /* something a person should know; may be NULL */
    void (*on_notice)(void *arg, const char *text);              /* how it goes on; may be NULL */
    void (*done)(void *arg,
                 const struct tn_err *err); /* once; err->code 0: the pass has ended; see the ledger for how */
    void *arg;
};

/* Begin a plan: makes the run. Strings of setup are copied, objects borrowed. done() tells of everything that goes
 * wrong later; what is wrong at once is returned. */
int tn_run_plan(const struct tn_run_setup *setup, struct tn_run **out, struct tn_err *err);

/* Begin an apply of a run in the ledger. setup->workflow is the run's own. */
int tn_run_apply(const struct tn_run_setup *setup, const char *id, struct tn_run **out, struct tn_err *err);

const char *tn_run_id(const struct tn_run *run);

/* Interrupt, resumably: nothing new begins, effects already sent are awaited for at most wait_ms. done() follows with
 * TENURE_ECANCELED. */
void tn_run_interrupt(struct tn_run *run, int64_t wait_ms);

/* The cloud cannot be reached any more, err says how: the customers cannot help it, so nobody fails. A plan ends with
 * err; an apply is interrupted at once, resumably, and effects that were accepted stay so. */
void tn_run_lost(struct tn_run *run, const struct tn_err *err);

/* After done(), or, with what is under way abandoned, after its ledger was closed (transactions point into the run).
 * NULL is fine. */
void tn_run_free(struct tn_run *run);

#endif
