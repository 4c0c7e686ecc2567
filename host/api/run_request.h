/*
 * Requests that are about one run: plan, run, apply, exec, and effects by call.
 *
 *   plan ──▶ workflow, inputs, cloud, ledger ───────────────▶ the pass ─┐
 *   apply ─▶ the run's row ─▶ workflow, cloud ─▶ approve ─▶ the pass ─┤
 *                                                                      └▶ summary ─▶ rendered ─▶ result
 *
 * What a run needs to be found again is kept with it as one JSON object: cloud, inputs, selection, and for a run
 * without a workflow file its script.
 */
#ifndef TN_API_RUN_REQUEST_H
#define TN_API_RUN_REQUEST_H

#include "api/host.h"
#include "workflow/run.h"

struct tn_run_request {
    struct tn_request *request;
    struct tn_ledger *ledger;
    struct tn_connection *connection;
    struct tn_workflow *workflow;
    struct tn_diagnostics *problems;
    struct tn_yaml_doc *with;       /* ctx.with of exec */
    struct tn_buf inputs, kept;     /* JSON; kept: what the run is found again by */
    struct tn_tables tables;        /* among the inputs */
    const char **customers, **only; /* narrowing; each with its texts in one allocation */
    size_t customer_count, only_count;
    /* a plan made again for customers of an earlier run */
    char again[64];          /* that run; "": none */
    const char **states;     /* in which they were left; in one allocation */
    struct tn_buf again_ids; /* each with its NUL */
    const char **again_list; /* the same as a list */
    size_t again_count;
    bool accept_changes; /* apply: go on with a workflow that was changed since the plan */
    int64_t concurrency;
    char actor[320];
    struct tn_run *run;
    int64_t quiet_ms; /* see tn_run_setup */
    bool settle_by_hand;
    bool apply_after_plan; /* "yes": approve everything and go on */
    /* of the ledger's row, for apply */
    char id[64], state[32], digest[72];
    char *file, *stored;
    bool has_effects, has_plan, approve; /* has_plan: it was not interrupted or stopped before its plan was whole */
    /* the transaction under way */
    struct tn_ledger_work work;
    bool interrupted;
    int64_t approved, ready;     /* effects approved now; approved, under way or to follow */
    int64_t unended;             /* customers that a further apply takes up again */
    int64_t under_way, not_sent; /* of the summary: effects intended, approved */
    struct tn_buf summary, rows; /* JSON */
    struct tn_buf given_back;    /* JSON as it is kept; empty: nothing */
    struct tn_buf given_of;      /* JSON: what the run that gave it was started with */
    char reason[600];            /* why the run stopped, as the ledger has it; "" */
    int exit_code;
    uint64_t pending;
    struct tn_err pass_err; /* why the pass did not end by itself */
};

/* Read "cloud", "ledger", "customers", "only", "concurrency" and connect. */
int tn_run_request_begin(struct tn_run_request *state, struct tn_request *request, struct tn_err *err);

/* state->workflow and inputs are set: write what is kept and begin the plan. Inputs must be set. */
int tn_run_request_plan(struct tn_run_request *state, const char *cloud, const char *single_json, struct tn_err *err);

/* Find the run "run" names in the ledger and go on with it. */
int tn_run_request_apply(struct tn_run_request *state, const char *id, struct tn_err *err);

/* Gather and render what the ledger has of state->id, then finish the request. */
void tn_run_request_summarize(struct tn_run_request *state);

/* What the script of a run without a workflow gave back becomes the summary's last member, its records with the fields
 * that scripts see. What cannot be told so is left out: it is no reason to show nothing of the run. */
void tn_run_request_add_result(struct tn_run_request *state);

void tn_run_request_cancel(struct tn_request *request, bool again);
void tn_run_request_lost(struct tn_request *request, const struct tn_connection *connection, const struct tn_err *err);
void tn_run_request_end(struct tn_request *request);

/* The tables of a run in the ledger, into the state. On the ledger thread. */
int tn_run_request_tables(struct tn_db *db, struct tn_run_request *state, const char *run, struct tn_err *err);

/* The diagnostics of a workflow as one message. */
int tn_run_request_load(struct tn_run_request *state, const char *file, struct tn_err *err);

/* How unknown outcomes are treated, and whether there is whom support answers: told before anything is asked. */
int tn_run_request_profile(struct tn_run_request *state, struct tn_err *err);

/* Of a run that the ledger has: its workflow, inputs and cloud as it was planned with. TENURE_EINVAL when the workflow is
 * another one by now, or the request or the settings say another cloud or partner tenant. */
int tn_run_request_restore(struct tn_run_request *state, struct tn_err *err);

/* Make the workflow of a single script again from what was kept (NULL stays NULL). */
int tn_single_restore(struct tn_run_request *state, struct tn_json single, struct tn_err *err);

#endif
