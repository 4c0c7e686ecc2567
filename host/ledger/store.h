/*
 * What a transaction can do: the rows of the ledger and the transitions between them.
 *
 * All functions run on the ledger thread, inside the work submitted to it, and see the transaction of their own group.
 * Times are wall milliseconds since 1970 UTC, given by the ledger's clock and never earlier than the newest stored one.
 * Ids are kept as given and compared without regard to ASCII case. JSON columns are texts made by base/json_write.
 * Strings handed to row callbacks are borrowed until the callback returns; a callback that returns non-zero stops the
 * walk, and the walk returns that value.
 *
 * Messages, reasons, evidence, quotes, snapshots, answers, event bodies and what effects ask for, as it is told, go through
 * base/redact.h on their way in. What a run needs to go on (requests, inputs, records, items, values, places to poll) is kept as given.
 */
#ifndef TN_LEDGER_STORE_H
#define TN_LEDGER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_write.h"
#include "base/money.h"

struct tn_db;

int64_t tn_db_now_ms(struct tn_db *db); /* the transaction's time */

/* ---- runs ------------------------------------------------------------------------------------------------------- */

/* state: planning planned applying done stopped interrupted */
struct tn_run_row {
    const char *id;       /* "r-20260201-7f3a": short enough to type, unique in the ledger */
    const char *workflow; /* its name */
    const char *file;     /* absolute path of the workflow file; NULL for call and exec */
    const char *digest;   /* of workflow and scripts, as hexadecimal digits */
    const char *state;
    const char *actor;                        /* who started it: user@machine */
    const char *request;                      /* JSON: cloud, inputs, selection … whatever apply needs to go on */
    const char *reason;                       /* why it was stopped or interrupted; NULL */
    const char *worker;                       /* who works on it now; NULL: nobody */
    int64_t created_ms, planned_ms, ended_ms; /* 0: not yet */
    bool has_effects;                         /* the workflow may change something */
    const char *hash;                         /* of the plan, hexadecimal digits; NULL: none yet */
    int64_t expires_ms;                       /* when the plan may no longer be approved; 0: never */
    int64_t may_follow;                       /* effects that may follow from outcomes of the plan's own */
};
int tn_run_insert(struct tn_db *db, const struct tn_run_row *run, struct tn_err *err);
int tn_run_find(struct tn_db *db, const char *id, int (*on_row)(void *arg, const struct tn_run_row *run), void *arg,
                struct tn_err *err); /* id may be a unique prefix; TENURE_ENOENT names what was asked for */
int tn_run_list(struct tn_db *db, int64_t limit, int (*on_row)(void *arg, const struct tn_run_row *run), void *arg,
                struct tn_err *err); /* newest first; limit 0: all */
int tn_run_set_state(struct tn_db *db, const char *id, const char *state, const char *reason, struct tn_err *err);

/* Become the worker of a run. TENURE_EBUSY, naming the process, while another live worker has it. A dead worker's claim
 * is taken over; its effects left `intended` become `unknown` (counted in *left). */
int tn_run_claim(struct tn_db *db, const char *id, int64_t *left, struct tn_err *err);
/* Whether it could be claimed now: TENURE_EBUSY as above, and nothing is changed. */
int tn_run_claimable(struct tn_db *db, const char *id, struct tn_err *err);
int tn_run_release(struct tn_db *db, const char *id, struct tn_err *err);

/* ---- plans ------------------------------------------------------------------------------------------------------ */

/* A digest over the run's effects as they are planned, in order of their keys, and over basis: the caller's digest of
 * everything else the plan rests on. Effects that were refused have no part in it; those past planned count as they
 * were planned, so that the hash stays the same while the plan is carried out. What each asks for is part of it. */
int tn_plan_hash(struct tn_db *db, const char *run, const char *basis, char hash[65], struct tn_err *err);

/* The plan is made. TENURE_EINVAL when the run is past planning. */
int tn_run_set_plan(struct tn_db *db, const char *run, const char *hash, int64_t expires_ms, int64_t may_follow,
                    struct tn_err *err);

/* planned → approved for all effects of a run, or for the given keys only; writes the approval with the plan's hash.
 * Refused with TENURE_EINVAL, and nothing is approved then, when the plan was never finished (tn_plan_missing); with
 * err->name "plan-changed" when it is another than the one approved, and "plan-expired" when its time is over. */
struct tn_approval {
    const char *run;
    const char *plan_hash; /* what was approved; NULL: whatever the plan is */
    const char *actor, *reason;
    const char *const *keys; /* NULL: all */
    size_t key_count;
};
int tn_plan_approve(struct tn_db *db, const struct tn_approval *approval, int64_t *approved, struct tn_err *err);
/* Says that a run has no plan that could be approved or applied, and what to do: TENURE_EINVAL. state, reason: the run's,
 * reason may be NULL. A run has a plan once it was `planned` (tn_run_row.planned_ms). */
int tn_plan_missing(const char *run, const char *state, const char *reason, struct tn_err *err);
/* Whether a run may be applied that was approved in time: TENURE_EINVAL and "plan-expired" when its plan's time is over and
 * nothing of it was ever begun (it is `planned`, no effect was ever intended). */
int tn_plan_check_begin(struct tn_db *db, const char *run, struct tn_err *err);
/* How many effects may follow in an apply that has not begun and was approved; else 0. */
int tn_plan_following(struct tn_db *db, const char *run, int64_t *count, struct tn_err *err);

/* ---- customers -------------------------------------------------------------------------------------------------- */

enum tn_pass { TN_PASS_PLAN, TN_PASS_APPLY };

/* state: waiting running done skipped unreachable failed */
struct tn_customer_row {
    const char *run, *id, *name, *domain;
    const char *record;         /* JSON: the customer record's raw body */
    const char *state;          /* of the pass asked about */
    const char *code, *message; /* why unreachable, failed or skipped, or of its failed items; NULL */
    int64_t seq;                /* order of the fan-out */
    int64_t now_s;              /* ctx.now of the pass asked about; 0: not begun */
};
#define TN_CUSTOMER_ITEMS_FAILED "items-failed" /* the code of one that is done, but for items that failed */
int tn_customer_insert(struct tn_db *db, const struct tn_customer_row *customer, struct tn_err *err);
int tn_customer_set(struct tn_db *db, const char *run, const char *id, enum tn_pass pass, const char *state,
                    int64_t now_s, const char *code, const char *message, struct tn_err *err); /* now_s 0: keep */
/* Apply is to enter it, although it has nothing to carry out; no change where it was entered before. */
int tn_customer_enter(struct tn_db *db, const char *run, const char *id, struct tn_err *err);
/* All customers of a run in order. For TN_PASS_APPLY only those with effects to carry out, to follow or to find out about
 * (approved, intended, accepted, unknown) or begun and not ended in that pass. */
int tn_customer_each(struct tn_db *db, const char *run, enum tn_pass pass,
                     int (*on_row)(void *arg, const struct tn_customer_row *customer), void *arg, struct tn_err *err);

/* Customers by how they ended: those whose latest pass left them in one of these states (NULL-ended), in order; "failed"
 * also picks those with an item or an effect that failed. Rows show that latest state. TENURE_EINVAL: no such state. */
int tn_customer_select(struct tn_db *db, const char *run, const char *const *states,
                       int (*on_row)(void *arg, const struct tn_customer_row *customer), void *arg, struct tn_err *err);

/* ---- contents: what a run was told in files --------------------------------------------------------------------- */

/* Keep a text that the run was told as name; equal ones are kept once. */
int tn_content_keep(struct tn_db *db, const char *run, const char *name, const char *text, size_t len,
                    struct tn_err *err);
int tn_content_each(struct tn_db *db, const char *run, int (*on_row)(void *arg, const char *name, const char *text),
                    void *arg, struct tn_err *err);

/* ---- steps: the unit of replay ---------------------------------------------------------------------------------- */

/* state: waiting done skipped failed */
struct tn_item_row {
    const char *run, *customer, *step;
    enum tn_pass pass;
    int64_t index;     /* from 0; a step without each has one item */
    const char *item;  /* JSON of the each element; NULL without each */
    const char *label; /* what a person calls it, e.g. the reservation's id; NULL */
    const char *state;
    const char *code, *detail; /* of skip and fail, or the error; NULL */
    const char *value;         /* JSON the script returned; NULL */
};
/* The list that `each` gave, once per pass: all items of one step in one go, state waiting. count 0 is remembered too.
 */
int tn_items_store(struct tn_db *db, const struct tn_item_row *items, size_t count, const char *run,
                   const char *customer, const char *step, enum tn_pass pass, struct tn_err *err);
int tn_item_end(struct tn_db *db, const struct tn_item_row *item, struct tn_err *err);
/* *known: whether the list was stored at all in this pass. */
int tn_items_each(struct tn_db *db, const char *run, const char *customer, const char *step, enum tn_pass pass,
                  bool *known, int (*on_row)(void *arg, const struct tn_item_row *item), void *arg, struct tn_err *err);

/* What ran in apply while one of its effects was not approved, and now is, is to run again there, without the rows that it
 * wrote. In the transaction of the approval. */
int tn_items_reopen_approved(struct tn_db *db, const char *run, struct tn_err *err);
/* The same for what has ended well of one step of apply, since it builds on what has run again. customer "": nobody's. */
int tn_step_reopen(struct tn_db *db, const char *run, const char *customer, const char *step, struct tn_err *err);
/* Whether the item that run, customer, step, pass and index name is here and has not ended. */
int tn_item_waits(struct tn_db *db, const struct tn_item_row *item, bool *waits, struct tn_err *err);

/* ---- outputs: rows that scripts wrote ----------------------------------------------------------------------------- */

/* In the transaction that ends its item. */
struct tn_output_row {
    const char *run, *name, *customer, *step;
    enum tn_pass pass;
    int64_t index;   /* of the item */
    int64_t place;   /* rows are read in its order, and then as they were written */
    const char *row; /* JSON object */
};
int tn_output_add(struct tn_db *db, const struct tn_output_row *row, struct tn_err *err);

/* The rows of an output behind a place, which moves on with each; of a customer that apply has entered only those of that
 * pass. */
struct tn_output_place {
    int64_t place, seq;
};
#define TN_OUTPUT_BEGIN \
    {                   \
        -1, 0           \
    }
int tn_output_each(struct tn_db *db, const char *run, const char *name, struct tn_output_place *after, int64_t limit,
                   int (*on_row)(void *arg, const char *row), void *arg, struct tn_err *err);

/* The outputs of a run that have rows, by name. */
int tn_outputs_count(struct tn_db *db, const char *run, int (*on_output)(void *arg, const char *name, int64_t rows),
                     void *arg, struct tn_err *err);

/* ---- effects ---------------------------------------------------------------------------------------------------- */

enum tn_effect_state {
    TN_EFFECT_PLANNED,
    TN_EFFECT_APPROVED,
    TN_EFFECT_INTENDED,
    TN_EFFECT_ACCEPTED,
    TN_EFFECT_SUCCEEDED,
    TN_EFFECT_PARTIAL,
    TN_EFFECT_FAILED,
    TN_EFFECT_UNKNOWN,
    TN_EFFECT_REFUSED,
    TN_EFFECT_WITHDRAWN,
    TN_EFFECT_STATE_COUNT
};
const char *tn_effect_state_name(enum tn_effect_state state); /* "planned" … */
bool tn_effect_state_final(enum tn_effect_state state);       /* succeeded partial failed refused withdrawn */

/* Amounts of an effect; one that Azure did not report is not there, never zero. */
struct tn_amounts {
    bool has_back, has_pay, has_worth;
    struct tn_money back;  /* billing currency, comes back to the partner's account */
    struct tn_money pay;   /* billing currency, has to be paid */
    struct tn_money worth; /* pricing currency (USD), counts against Azure's refund limit */
};

struct tn_effect_row {
    const char
        *key; /* digest: run, customer, step, operation, ids, arguments that change the result; or run and named */
    const char *named; /* digest: customer, operation, the name that it was given with `once`, of which one is ever sent
                        * over all runs; NULL */
    const char *run, *customer, *customer_name, *step;
    int64_t item;
    const char *operation;    /* unique over all modules: "refund" */
    const char *subject;      /* id of what it acts on, e.g. the reservation's full id */
    const char *subject_name; /* what the host knows of it from Azure: product, region; never script-made text */
    const char *called;       /* the name that people gave it, from Azure: anybody's text; NULL: not known */
    /* JSON array of what is asked for, as it is told: {"name": an argument, "value": what it was given, "before": what Azure
     * said that it is now, where that is known, "called": what people call the thing the value names}; without a value,
     * what goes away. As planned, and part of the plan's hash. NULL: of an older tenure. */
    const char *asks;
    const char *place;  /* of the script's line that asks for it; NULL */
    const char *orders; /* JSON array of the order ids it touches */
    int64_t quantity;   /* 0: has none */
    enum tn_effect_state state;
    int64_t attempt;                   /* intents written so far */
    struct tn_amounts planned, actual; /* actual: once accepted */
    const char *code, *message;        /* why refused, failed or unknown; NULL */
    const char *request;               /* JSON: the arguments, enough to send it again */
    const char *quote;                 /* JSON: the quote's raw body the plan rests on */
    const char *snapshot;              /* JSON: what Azure looked like just before the intent; NULL */
    const char *poll;                  /* JSON: where to ask how it goes on; NULL */
    const char *outcome;               /* JSON: the answer's body; NULL */
    const char *correlation;           /* GUID sent along, from key and attempt; NULL before the first intent */
    const char *request_id;            /* Azure's id of the accepted request; NULL */
    const char *worker;                /* who wrote the latest intent; NULL */
    const char *evidence;              /* what the latest probe saw, or a person knew; NULL */
    int64_t planned_ms, changed_ms;
    int64_t intended_ms, probed_ms; /* wall time of the latest intent and probe; 0: none */
    int64_t send_by_awake_ms;       /* of the latest intent, on the monotonic clock of its boot */
    int64_t opened_awake_ms;        /* when this process opened the ledger, on the present boot's */
    bool same_boot;                 /* both count from the same boot */
};

/* How long it must still be left alone before "it did not happen" can be believed: quiet_ms after the last moment at
 * which it may have been sent; on another boot anew from when the ledger was opened. It counts on CLOCK_MONOTONIC, which
 * stands still while the machine sleeps: what waits to leave the machine sleeps with it, and leaves when it wakes. */
int64_t tn_effect_quiet_left_ms(const struct tn_effect_row *effect, int64_t now_awake_ms, int64_t quiet_ms);

/* Record a planned effect (state planned, or refused with code and message). It counts against the guards' planned
 * sums; where one would be crossed it is recorded as refused (*refused true) with code "guard", or "per-customer" where
 * it is the customer's, and a message naming the guard; with code "duplicate", and a message naming the run, where its
 * name is used up. TENURE_EBUSY: the key exists already. */
int tn_effect_plan(struct tn_db *db, const struct tn_effect_row *effect, bool *refused, struct tn_err *err);

/* In apply: an effect that answers outcomes of another step, which the plan could not have but for its guards. Recorded as
 * with tn_effect_plan() and, unless that refused it, approved: the approval of the plan covers what may follow. */
int tn_effect_follow(struct tn_db *db, const struct tn_effect_row *effect, const char *follows, struct tn_err *err);

int tn_effect_find(struct tn_db *db, const char *key, int (*on_row)(void *arg, const struct tn_effect_row *effect),
                   void *arg, struct tn_err *err); /* *no* row: returns 0 without calling on_row */
/* customer NULL: all of the run; states: bit mask (1u << state), 0: all. In order of customer and item. */
int tn_effect_each(struct tn_db *db, const char *run, const char *customer, unsigned states,
                   int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg, struct tn_err *err);

/* tn_plan_approve() of whatever the plan is. *approved: how many. */
int tn_effect_approve(struct tn_db *db, const char *run, const char *const *keys, size_t key_count, const char *actor,
                      const char *reason, int64_t *approved, struct tn_err *err);

/* The permit to send: approved → intended, attempt + 1, amounts held against the guards, its orders locked: all or
 * nothing. PERMIT is made once per attempt, and only its holder sends, and only after done() came with err.code 0.
 * With `repeats` also unknown → intended: what it may have done already is held and locked, and nothing is asked of the
 * guards a second time, nor can it be refused. */
enum tn_verdict {
    TN_VERDICT_PERMIT,
    TN_VERDICT_GUARD, /* a guard would be crossed: the effect is now refused(guard); message names the guard */
    TN_VERDICT_LOCKED, /* another effect on one of its orders is open, has brought back its subject's money already, or has
                         * used up its name: refused(order-busy, back-already, duplicate); message names the run */
    TN_VERDICT_NOT_NOW, /* not approved (any more), or the run is not ours: nothing changed; message says its state */
    TN_VERDICT_WAIT,    /* as many effects are in flight as the run may have: nothing changed, ask again later */
    TN_VERDICT_REFUSED, /* it alone does not fit: the effect is now refused with code "limit" or "per-customer" */
    TN_VERDICT_SUSPECT  /* the ledger may not be whole: nothing changed, and nothing is sent before tn_ledger_trust() */
};
struct tn_intent {
    const char *key;
    bool repeats;              /* it names its thing, so that a doubt is met by asking again */
    const char *snapshot;      /* JSON or NULL */
    const char *request;       /* JSON of what will be sent */
    struct tn_amounts amounts; /* of the fresh quote */
    int64_t send_by_awake_ms;  /* CLOCK_MONOTONIC; stored with the boot id, for the quiet time */
    const char *scope;         /* the billing scope its refund counts in; NULL: none */
    bool has_limit_left;       /* what Azure says is left of the scope's limit, as fresh as the quote. What is held, */
    struct tn_money
        limit_left;   /* accepted, or was spent less than quiet_ms ago in that scope, in any run, Azure may not */
    int64_t quiet_ms; /* count yet: it is taken off before the worth has to fit */
    /* answers */
    enum tn_verdict verdict;
    const char
        *code; /* of what was refused: "guard" "no-cap" "order-busy" "back-already" "limit" "per-customer"; else NULL */
    int64_t attempt;
    char correlation[40];
    char message[512];
};
int tn_effect_intend(struct tn_db *db, struct tn_intent *intent, struct tn_err *err);

/* What became of attempt n, recorded by compare-and-set on (key, attempt); valid whoever works on the run, for the
 * sender's knowledge is a fact. held → spent at the actual amounts for accepted and the states after it; released for
 * approved (not done: another attempt may follow) and failed; kept held for unknown. Orders are unlocked in final
 * states only. */
struct tn_outcome_row {
    const char *key;
    int64_t attempt;
    enum tn_effect_state state; /* approved accepted succeeded partial failed unknown */
    bool has_actual;
    struct tn_amounts actual;
    const char *code, *message, *outcome, *poll, *request_id;
};
int tn_effect_record(struct tn_db *db, const struct tn_outcome_row *outcome, struct tn_err *err);

/* A verdict on an attempt whose sender cannot tell: from unknown, or from intended by a worker that is dead, and while
 * the ledger is suspect also from approved, since what followed may be lost. Money and orders follow as with an outcome; approved means that nothing happened and another attempt may follow. TENURE_EBUSY
 * when the effect has moved on, its sender lives, or another live process has its run. */
struct tn_judgement {
    const char *key;
    int64_t attempt;
    enum tn_effect_state state; /* accepted succeeded partial failed approved */
    const char *by;             /* "probe" */
    const char *evidence;       /* one sentence: what was seen; required */
    const char *code, *outcome, *poll, *request_id;
    bool has_actual;
    struct tn_amounts actual;
};
int tn_effect_judge(struct tn_db *db, const struct tn_judgement *judgement, struct tn_err *err);

/* A probe looked at attempt n and decided nothing: what it saw is kept for a person. No event when it saw the same
 * before. */
int tn_effect_probed(struct tn_db *db, const char *key, int64_t attempt, const char *code, const char *evidence,
                     struct tn_err *err);

#define TN_EFFECT_SETTLED "settled" /* the code of what a person decided */

/* A person's decision: unknown → succeeded, partial, failed or approved (nothing happened, try again); partial →
 * succeeded (it is accepted as it is). Anything else is TENURE_EINVAL and changes nothing. TENURE_EBUSY while another
 * live process has the run. */
int tn_effect_settle(struct tn_db *db, const char *key, enum tn_effect_state state, const char *actor,
                     const char *reason, struct tn_err *err);

/* planned, approved → refused (drift, not in the plan …) or withdrawn, before any intent. Nothing when it is past that. */
int tn_effect_drop(struct tn_db *db, const char *key, enum tn_effect_state state, const char *code, const char *message,
                   struct tn_err *err);

/* ---- guards ----------------------------------------------------------------------------------------------------- */

enum tn_guard_kind {
    TN_GUARD_COUNT, /* of one operation, over the run or per customer */
    TN_GUARD_BACK,
    TN_GUARD_PAY,
    TN_GUARD_WORTH,
    TN_GUARD_IN_FLIGHT, /* over the whole run: effects sent and not final */
    TN_GUARD_FAILURES,  /* over the whole run: shares of the customers that ended; kept here, judged by the engine */
    TN_GUARD_UNREACHABLE
};
struct tn_guard_row {
    const char *run;
    const char *operation; /* "" or NULL: over the whole run */
    enum tn_guard_kind kind;
    bool per_customer;                 /* the cap is each customer's; its sums are not shown here */
    int64_t count;                     /* TN_GUARD_COUNT, TN_GUARD_IN_FLIGHT: the cap */
    int64_t share_ppm, of_at_least;    /* TN_GUARD_FAILURES, TN_GUARD_UNREACHABLE: millionths; of how many at least */
    struct tn_money cap;               /* the others: amount and currency */
    int64_t count_planned, count_used; /* used: held and spent, or in flight; of a share 1: it was reached */
    struct tn_money planned, used;
};
/* Money that no cap covers is refused: an effect whose operation has an amount needs a worth guard (when its worth is
 * known) or a back/pay guard of its currency. */
int tn_guard_insert(struct tn_db *db, const struct tn_guard_row *guard, struct tn_err *err);
int tn_guard_each(struct tn_db *db, const char *run, int (*on_row)(void *arg, const struct tn_guard_row *guard),
                  void *arg, struct tn_err *err);

/* How the customers of a pass have ended so far, and whether that crosses the run's failures or unreachable guard: more
 * than the share of those ended, once enough have ended. One that is done, but with items or effects that failed, counts
 * as failed, as with tn_customer_select(). */
struct tn_guard_shares {
    int64_t ended, failed, unreachable; /* ended: done skipped unreachable failed */
    bool failures_reached, unreachable_reached;
    char message[512]; /* of what is reached; "" */
};
int tn_guard_shares(struct tn_db *db, const char *run, enum tn_pass pass, struct tn_guard_shares *shares,
                    struct tn_err *err);

/* Those of an apply that are reached stay so, however the other customers end: what had been stopped would begin again
 * in the next process. */
int tn_guard_shares_keep(struct tn_db *db, const char *run, const struct tn_guard_shares *shares, struct tn_err *err);

/* ---- events ----------------------------------------------------------------------------------------------------- */

/* Transitions write theirs by themselves; these are the others: decisions, warnings. body is JSON. */
int tn_event_insert(struct tn_db *db, const char *run, const char *kind, const char *effect_key, const char *body,
                    struct tn_err *err);

/* ---- audit: events sealed into a chain of hashes ---------------------------------------------------------------- */

struct tn_event_row {
    int64_t seq;
    int64_t number; /* in the chain, from 1; 0: not sealed yet */
    const char *kind, *run, *effect;
    const char *body; /* JSON */
    int64_t at_ms;
    const char *prev_hash, *hash; /* NULL: not sealed yet */
};
/* Events in order; run NULL: all. */
int tn_audit_export(struct tn_db *db, const char *run, int (*on_event)(void *arg, const struct tn_event_row *event),
                    void *arg, struct tn_err *err);
void tn_event_write(const struct tn_event_row *event, struct tn_json_writer *w); /* one object, for JSON Lines */

/* The ledger seals by itself once a second, at open and at close, and keeps the head in LEDGER.head: number and hash of
 * the newest sealed event; number 0 and the hash that every chain begins with when there is none. Kept elsewhere too, in
 * a report for instance, it shows later that nothing was cut. *seq (may be NULL): the event's place. */
struct tn_audit_head {
    int64_t number;
    char hash[65];
};
int tn_audit_head(struct tn_db *db, struct tn_audit_head *head, int64_t *seq, struct tn_err *err);

/* Walks the chain, and compares its head with the file (NULL: LEDGER.head), the effects with their latest events, and
 * the sums of money with the effects. Writes one object: {events, sealed, unsealed, head {number, hash}, head_file
 * {path, state, number, hash}, problems [{what, number, seq, kind, at, run, effect, message}] (up to 100),
 * problems_total, sound}. what: changed removed reordered inserted cut head effect money guard. *sound: no problems. */
int tn_audit_verify(struct tn_db *db, const char *head_file, struct tn_json_writer *w, bool *sound, struct tn_err *err);

/* A suspect ledger (ledger.h) may be acted on again: recorded with name and reason, once every effect that is open in
 * it was judged or probed since it became suspect (TENURE_EBUSY before). TENURE_EINVAL when it is not suspect. */
int tn_ledger_trust(struct tn_db *db, const char *actor, const char *reason, struct tn_err *err);

/* Effects that are approved, intended, accepted or unknown, of all runs: what has to be probed before that. */
int tn_effect_each_open(struct tn_db *db, int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg,
                        struct tn_err *err);

/* ---- what a run looks like -------------------------------------------------------------------------------------- */

/* One object as `show -o json` prints it (run, state, customers, effects, may_follow, totals, back, pay), and for
 * people also: workflow, created, actor, reason, guards [{operation, kind, cap, planned, used}], by_currency
 * [{operation, currency, count, back, pay, worth, customers}], largest (up to 10 effects), refused and skipped by
 * code [{code, count, example}], unreachable and failed customers [{id, name, code, message}] (up to 50 each, with
 * totals), failed_items [{customer, step, item, label, code, detail}] (up to 50), unknown, partial and
 * failed_effects (up to 50 effects each; unknown are in a run that is over also those accepted and not settled),
 * exit_code (0 3 4 5 6 as the design's list, judged from the rows; 4 where it wholly drifted; that it was not
 * approved is the caller's). totals, back and pay: decimal strings by operation and billing currency: planned sums
 * while planning or planned, else accepted + succeeded + partial. back is what comes back, pay what has to be paid;
 * totals has back where an operation has it, else pay. */
int tn_summary_write(struct tn_db *db, const char *run, struct tn_json_writer *w, struct tn_err *err);

/* What the script of a run without a workflow (exec, call) gave back, onto json, as it is kept, and onto request what the
 * run was started with; nothing where it gave nothing, and for any other run. */
int tn_summary_result(struct tn_db *db, const char *run, struct tn_buf *json, struct tn_buf *request,
                      struct tn_err *err);

/* Everything about one customer (id, domain, name), effect (key, or at least 8 characters of its beginning) or
 * reservation (full id or last part) of a run: {run, about, id, customers, items, effects [{effect, orders, request,
 * quote, snapshot, poll, outcome}], approvals, events}, each in order of time. TENURE_ENOENT: nothing like it;
 * TENURE_EINVAL: it may be several. */
int tn_why_write(struct tn_db *db, const char *run, const char *id, struct tn_json_writer *w, struct tn_err *err);

/* One effect as -o jsonl prints it. */
void tn_effect_write(const struct tn_effect_row *effect, struct tn_json_writer *w);

#endif
