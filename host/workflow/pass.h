/*
 * Inside a run: what run.c (the whole pass), population.c (who takes part), pass_customer.c (one customer's way through
 * the steps) and pass_effect.h (one effect's way through the protocol) share. Nobody else includes this.
 */
#ifndef TN_WORKFLOW_PASS_H
#define TN_WORKFLOW_PASS_H

#include "azure/call.h"
#include "azure/quote.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "workflow/effect.h"
#include "workflow/rows.h"
#include "workflow/run.h"
#include "workflow/script.h"

struct tn_pass_effect;
struct tn_population;

/* What is known of Azure's refund limit of a customer, in USD: from the first quote of the pass. */
struct tn_pass_limit {
    bool known;
    struct tn_money whole, left;
    struct tn_money taken;     /* worth planned so far, or sent and perhaps not counted by Azure */
    struct tn_pass_sent *sent; /* of which it is made, the latest first */
};

/* One item of a step. state: as the ledger has it from before; NULL: still to do. All owned. */
struct tn_pass_item {
    char *json, *label, *state, *code, *value;
};

/* A page of an output that a script of `after` asked for. */
struct tn_pass_page {
    struct tn_script_page *asked; /* NULL: nobody waits for it any more */
    const char *output;
    struct tn_output_place place;
    struct tn_buf rows;
    int64_t count;
};

/* One customer in one pass; or nobody, for the steps of `before` and `after` (pass_shared.c). */
struct tn_pass_customer {
    struct tn_run *run;
    char *id, *name, *domain, *record; /* owned; record is the raw body's JSON */
    int64_t seq, now_s;
    enum tn_part part;              /* whose steps these are */
    struct tn_caller caller;        /* what its scripts call through */
    struct tn_script_reader reader; /* of `after`: the run's outputs */
    struct tn_pass_page page;
    struct tn_script_scope *scope;
    struct tn_script_job job;
    struct tn_ledger_work work; /* one transaction at a time */
    bool work_pending;
    size_t step, step_end;      /* step_end: behind the last of its part */
    struct tn_pass_item *items; /* of the step at hand */
    size_t item, item_count;
    bool list_known;
    struct tn_pass_quote *quotes;             /* bodies of the quotes its running item got */
    void (*quote_done)(struct tn_call *call); /* whoever waits for the quote that is being asked for, */
    char *quote_asked;                        /* and what that is for; owned */
    struct tn_pass_effect *effect;            /* the one its script waits for; NULL */
    struct tn_item_row ending;                /* the item that is being stored */
    bool ending_open;                         /* it failed, and one of its effects is not settled: it is not stored */
    struct tn_run_strings *keys; /* effects asked for by the item that runs: a second time is a mistake of the script */
    bool ran;                    /* something of it was run in this walk, not only found in the ledger */
    bool told_unapproved;        /* the item that runs was told that an effect of it is not approved */
    bool replaying;              /* apply: an earlier process got as far as an intent for this customer */
    size_t parked;               /* items whose effect's outcome is unknown */
    size_t failed_items;
    bool effect_failed; /* apply: one of its effects, whatever its script made of that */
    struct tn_pass_limit limit;
    bool weigh; /* its end may reach a guard of the whole run */
    char *stop; /* the guard that its end has reached, in its words; owned, NULL: none */
    /* Its effect gave up waiting for the flight: from this flight_freed on it may begin again; 0: none did. */
    uint64_t flight_short;
    bool active, waiting_for_azure, ended, again; /* again: a verdict came while it was still at work */
    const char *state;                            /* what it ends with */
    struct tn_err err;                            /* why, when unreachable or failed */
};

/* A short list of owned strings. */
struct tn_run_strings {
    struct tn_run_strings *next;
    char text[];
};
bool tn_run_strings_has(const struct tn_run_strings *list, const char *text);
int tn_run_strings_add(struct tn_run_strings **list, const char *text);
void tn_run_strings_free(struct tn_run_strings **list);

struct tn_pass_queue {
    struct tn_pass_effect *first, *last;
};

struct tn_run {
    struct tn_run_setup setup; /* strings in it point at copies below */
    char id[48], month[8];
    char *inputs, *request, *actor, *partner_tenant;
    enum tn_pass pass;
    struct tn_script_state *scripts;
    struct tn_population *population;         /* while customers are being found; NULL otherwise */
    struct tn_rows_of *rows;                  /* whose the rows are; NULL where nobody has any */
    struct tn_pass_customer *shared;          /* at the steps of `before` or `after`; NULL: not there */
    void (*after_before)(struct tn_run *run); /* what goes on when `before` has ended */
    bool after_started;
    struct tn_pass_customer *customers;
    size_t customer_count, next, active, ended;
    struct tn_pass_effect *effects; /* sent or about to be, attached or not */
    size_t effects_sending;         /* turns taken */
    struct tn_pass_trust *trust;    /* while a ledger that may not be whole is looked through */
    struct tn_pass_probe *probes;   /* of effects whose outcome is unknown */
    struct tn_timer waiting_timer;  /* until it is said how long they wait; */
    int64_t waiting_told_ms;        /* what was said, on the loop's clock; 0: nothing yet */
    bool *off;                      /* by step: switched off by an input; owned */
    struct tn_run_strings *unknown; /* keys of those that an earlier process left, until they are probed */
    struct tn_pass_queue turns;     /* effects that wait for a turn */
    struct tn_pass_queue flight;    /* effects that wait for one of those in flight to settle */
    size_t flight_count;
    uint64_t flight_freed;       /* effects of this pass that are in flight no more, ever */
    struct tn_run_strings *open; /* customers with effects that an earlier process sent and did not see the end of */
    size_t final_ends, bad_ends; /* customers that ended, and of them those that failed or could not be reached */
    size_t entered_again;        /* customers that had ended in an earlier process */
    size_t left_out;             /* customers not begun because a guard was reached */
    char stop[512];              /* the guard that was reached, in its words */
    char lost[512];              /* why the cloud cannot be reached any more; "": it can */
    struct tn_ledger_work work;
    struct tn_job step_job;
    struct tn_timer progress_timer, interrupt_timer;
    struct tn_run_progress progress;
    int64_t started_ms;
    bool claimed, interrupted, guard_reached, finishing, finished, done_called;
    struct tn_err err; /* the first thing that stopped the run */
};

/* Stop the run for a reason of its own (the ledger failed, a `where` raised): the first one counts. */
void tn_pass_fail(struct tn_run *run, const struct tn_err *err);

/* Look again at what can go on: start customers, or finish. From the loop. */
void tn_pass_kick(struct tn_run *run);
bool tn_pass_stopping(const struct tn_run *run);
void tn_pass_report(struct tn_run *run); /* progress changed */
void tn_pass_add_money(struct tn_run *run, const struct tn_amounts *amounts);
/* How many steps that are part of this run follow that one. */
int64_t tn_pass_followers(const struct tn_run *run, const char *step);

/* ---- population.c: who takes part ------------------------------------------------------------------------------- */

/* Find the customers of a plan: the source, narrowed, where; they are in the ledger and in run->customers when
 * on_ready comes. */
void tn_population_start(struct tn_run *run, void (*on_ready)(struct tn_run *run));
void tn_population_free(struct tn_population *population, bool ledger_closed);

/* ---- pass_customer.c -------------------------------------------------------------------------------------------- */

int tn_pass_customer_init(struct tn_pass_customer *customer, struct tn_run *run, const struct tn_customer_row *row,
                          struct tn_err *err);
void tn_pass_customer_deinit(struct tn_pass_customer *customer);
void tn_pass_customer_start(struct tn_pass_customer *customer);
/* Let go of the script that runs; what it had sent goes on by itself. */
void tn_pass_customer_abandon(struct tn_pass_customer *customer);
/* One of its effects has got its verdict: walk through its steps again, from the first item that has not ended. */
void tn_pass_customer_reenter(struct tn_run *run, const char *id);
/* The outcome of the running item's effect is unknown: the script never sees it. */
void tn_pass_customer_park(struct tn_pass_customer *customer);
/* A document of a customer's record for a scope. NULL on failure, err set. */
struct tn_json_doc *tn_pass_record_doc(struct tn_run *run, const char *record, struct tn_err *err);
uint64_t tn_pass_seed(const char *run, const char *customer);

/* A transaction of its own, one at a time. */
void tn_pass_customer_submit(struct tn_pass_customer *customer,
                             int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                             void (*done)(struct tn_ledger_work *work));
/* It is back. NULL: the run is over for this customer (the ledger failed, or everything stops). */
struct tn_pass_customer *tn_pass_customer_returned(struct tn_ledger_work *work);

/* ---- pass_end.c: how items and customers end -------------------------------------------------------------------- */

/* On the ledger thread: the customer has ended with its state and err. */
int tn_pass_end_store(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err);
/* The same for its item that is ending; ending_open: it is not stored, for an effect of it is open. */
int tn_pass_end_store_item(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err);
/* Says that the item failed while it is not known what became of an effect of it. */
void tn_pass_end_warn_open(const struct tn_pass_customer *customer);

/* ---- pass_shared.c: the steps that are nobody's ----------------------------------------------------------------- */

/* False: there are none, and then() was not called. */
bool tn_pass_before_start(struct tn_run *run, void (*then)(struct tn_run *run));
/* True: they are at work now. False: there is nothing to be done (any more, or in this pass). */
bool tn_pass_after_start(struct tn_run *run);
void tn_pass_shared_ended(struct tn_run *run);
void tn_pass_shared_failed(struct tn_pass_customer *shared, const struct tn_err *why);
void tn_pass_shared_free(struct tn_run *run); /* nothing of it may be under way */
extern const struct tn_script_reader tn_pass_reader;

/* ---- pass_items.c: the items of the step at hand ------------------------------------------------------------------
 */

void tn_pass_items_clear(struct tn_pass_customer *customer);
int tn_pass_items_take(struct tn_pass_customer *customer, struct tn_script_job *job,
                       struct tn_err *err);                                      /* what `each` gave */
int tn_pass_items_single(struct tn_pass_customer *customer, struct tn_err *err); /* a step without `each` */
int tn_pass_items_store(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err);
int tn_pass_items_load(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err); /* sets list_known */
int tn_pass_items_restore(struct tn_pass_customer *customer,
                          struct tn_err *err); /* into the scope, with what ended before */

/* A record among the items, or among them as the value of an entry of `steps.ID`: what Azure said of a thing, never
 * what a script says of it. Whoever found it closes doc. */
struct tn_pass_thing {
    struct tn_json_doc *doc; /* NULL: not found */
    const struct tn_record *record;
    struct tn_json raw;
};
/* By its id, or the last part of one; the item at hand before all others. False: none of them, and doc is NULL. */
bool tn_pass_items_find(const struct tn_pass_customer *customer, const char *id, struct tn_pass_thing *thing);

/* ---- pass_effect.c ------------------------------------------------------------------------------------------------
 */

/* A script asks for an effect. call->done() comes from the loop with call->outcome, or never when it is parked. */
void tn_pass_effect_start(struct tn_pass_customer *customer, struct tn_call *call);
void tn_pass_effect_detach(struct tn_pass_effect *effect); /* its script is gone */
/* Let go of all that can be: what waits for the ledger stays until that has come back, unless the ledger is closed. */
void tn_pass_effects_free(struct tn_run *run, bool ledger_closed);
bool tn_pass_effects_open(const struct tn_run *run); /* sent and not yet recorded */

/* The code of an unknown effect that was answered 409. */
#define TN_PASS_CONFLICT "conflict"

/* ---- pass_probe.c ----------------------------------------------------------------------------------------------- */

/* Find out what became of an effect; a verdict leads its customer through its steps again. */
void tn_pass_probe_start(struct tn_run *run, const char *key);
bool tn_pass_probes_open(const struct tn_run *run);
void tn_pass_probes_free(struct tn_run *run, bool ledger_closed);

/* ---- pass_guard.c: guards over the whole run -------------------------------------------------------------------- */

/* As many effects are in flight as may be: this one asks again when one of them has settled. */
void tn_pass_flight_wait(struct tn_pass_effect *effect);
void tn_pass_flight_settled(struct tn_run *run); /* one of them may have */
void tn_pass_flight_freed(struct tn_run *run);   /* one of them has */
/* Nothing that is at work here could settle any of them. */
bool tn_pass_flight_stuck(const struct tn_run *run);
void tn_pass_flight_give_up(struct tn_run *run);
/* At the end: whoever gave up and would find room now begins again. False: nobody does. */
bool tn_pass_flight_retry(struct tn_run *run);

/* A guard over the whole run was reached: nothing new begins, what was sent settles. */
void tn_pass_guard_reached(struct tn_run *run, const char *message);
/* Whether the customer's end can reach one. On the loop, before it is stored. */
bool tn_pass_guard_wants(const struct tn_pass_customer *customer, const char *state);
/* Whether it did; its words are then in customer->stop. On the ledger thread, once its end is stored. */
int tn_pass_guard_weigh(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err);
/* What an earlier process found of this pass. On the ledger thread. */
int tn_pass_guard_resume(struct tn_db *db, struct tn_run *run, struct tn_err *err);
/* Refuse what is still to be done. On the ledger thread. */
int tn_pass_guard_refuse_rest(struct tn_db *db, const struct tn_run *run, struct tn_err *err);

/* ---- pass_limit.c: Azure's own refund limit --------------------------------------------------------------------- */

/* A quote of this customer came, before its effect counts. */
void tn_pass_limit_see(struct tn_pass_customer *customer, const struct tn_quote *quote); /* NULL: it needs none */
/* An effect was planned, or sent. */
void tn_pass_limit_take(struct tn_pass_customer *customer, const struct tn_operation *op,
                        const struct tn_amounts *amounts);
/* What is left by a fresh quote, with what it counts of ours added: the ledger takes that off again. */
struct tn_money tn_pass_limit_left(struct tn_pass_customer *customer, const struct tn_quote *quote);
void tn_pass_limit_free(struct tn_pass_customer *customer);
/* The plan is whole: refuse what goes beyond the limit. On the ledger thread. */
int tn_pass_limit_settle(struct tn_db *db, const struct tn_run *run, struct tn_err *err);
/* Whether that, or an intent, refused it. */
bool tn_pass_limit_refused(const struct tn_effect_row *effect);
/* Apply enters whoever has refusals by that alone which a step follows, once all of the plan is approved: when the script
 * of that step ran for the plan, there was nothing to follow yet. On the ledger thread. */
int tn_pass_limit_enter(struct tn_db *db, const struct tn_run *run, struct tn_err *err);

/* ---- pass_trust.c ----------------------------------------------------------------------------------------------- */

/* The ledger is suspect: look at everything open in it, and trust it again. */
void tn_pass_trust_start(struct tn_run *run, void (*on_trusted)(struct tn_run *run));
void tn_pass_trust_free(struct tn_run *run, bool ledger_closed);

/* ---- pass_quote.c ----------------------------------------------------------------------------------------------- */

/* A script asks for a quote: from the service, or, if this step already has an effect on it at or past `intended`, from the
 * ledger. */
void tn_pass_quote_start(struct tn_pass_customer *customer, struct tn_call *call);
void tn_pass_quotes_free(struct tn_pass_customer *customer);

#endif
