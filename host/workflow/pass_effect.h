/*
 * One effect's way through the protocol.
 *
 *   plan:   a script asks ─▶ recorded with its quote (planned, or refused) ─▶ the script goes on
 *
 *   apply:  a script asks ─▶ ledger: what do we know? ─┬▶ final ─▶ the script sees it again
 *                                                      ├▶ accepted ─▶ follow
 *                                                      ├▶ intended, unknown ─▶ parked: the script never sees it
 *                                                      └▶ approved ─┐
 *             ┌────────────────────────────────────────────────────┘
 *             └▶ turn ─▶ fresh quote ─▶ INTENT (durable) ─▶ send once ─▶ OUTCOME (durable) ─▶ follow ─▶ SETTLED ─▶ script
 *                 ▲                                                       │
 *                 └── proof that nothing happened, at most 5 attempts ────┘
 *
 * Whoever holds a permit (the intent's row) and nobody else sends, once. When its script is gone the effect goes on to
 * its outcome by itself: what has left cannot be called back.
 *
 * pass_effect.c has an effect's life and its answers to the script, pass_request.c what it asks for and acts on,
 * pass_asks.c how that is told to whoever approves it, pass_plan.c the plan, pass_apply.c all that comes before the intent, pass_send.c what comes after it, pass_quote.c quotes, kept for the ledger and answered from it. Nobody outside these
 * includes this.
 */
#ifndef TN_WORKFLOW_PASS_EFFECT_H
#define TN_WORKFLOW_PASS_EFFECT_H

#include "azure/follow.h"
#include "azure/look.h"
#include "azure/lookup.h"
#include "azure/policy.h"
#include "base/id.h"
#include "workflow/effect.h"
#include "workflow/pass.h"

enum tn_pass_phase {
    PHASE_LEDGER, /* asking or telling the ledger before anything was sent */
    PHASE_TURN,   /* waiting for a turn, or for the next attempt */
    PHASE_QUOTE,
    PHASE_COMMITTED, /* from the intent's transaction to the outcome's: must not be forgotten */
    PHASE_FOLLOW
};

struct tn_pass_effect {
    struct tn_run *run;
    struct tn_pass_customer *customer;
    struct tn_call *call;               /* the script's; NULL once it is gone */
    struct tn_pass_effect *prev, *next; /* of the run's effects */
    struct tn_pass_effect *queue_next;  /* for a turn, or for one in flight to settle */
    enum tn_pass_phase phase;
    const struct tn_operation *op;
    char key[TN_DIGEST_TEXT], repeat[TN_GUID_TEXT]; /* repeat: made of the key, the same in all attempts */
    struct tn_values values;                        /* what the script asked for; owned, but for the quote */
    struct tn_quote *quote;                         /* the latest, of an effect that takes one; a reference, or NULL */
    struct tn_returned one;                /* the reservation, or only the order, that it acts on; "": neither */
    struct tn_aim aim;                     /* all that it acts on */
    char veto[TN_POLICY_CODE], *veto_text; /* of a rule that is against it without a quote; "", NULL; text: owned */
    char named[TN_DIGEST_TEXT];            /* by the name it was given with `once`, over all runs; "" */
    char once[64];                         /* the name that its thing gets from that; "" */
    char *step, *place;                    /* place: of the script's line that asks for it; NULL */
    const char *follows;                   /* the step whose outcomes it may answer; borrowed, NULL: none */
    char subject[160], subject_name[128];
    char *called;       /* the name that people gave what it acts on; owned; NULL: not known */
    char surprise[256]; /* more money than was quoted: the run stops; "" */
    struct tn_buf quote_json, asked_json, request_json, asks_json, poll_json, outcome_json, orders_json;
    struct tn_buf approved_json; /* the request, as the ledger has it */
    struct tn_look look;         /* at the order, before the intent */
    struct tn_call inner;        /* quote or send */
    struct tn_lookup lookup;     /* of what its call leaves open */
    bool inner_active, has_turn, work_pending, abandoned, found, refused;
    struct tn_follow follow;
    bool following;
    struct tn_timer timer;
    struct tn_ledger_work work;
    struct tn_intent intent;
    int64_t send_by_boot_ms; /* the permit ends, also when the machine sleeps */
    struct tn_outcome_row record;
    struct tn_effect_row plan_row;
    /* what the ledger had */
    enum tn_effect_state state;
    int64_t attempt, planned_ms;
    char code[64], message[512], request_id[64];
    struct tn_amounts planned, actual;
    bool moved;      /* looked at once more already, because it had changed meanwhile */
    bool doubted;    /* an earlier attempt may have done it: that this one is refused says nothing of that */
    bool same_place; /* planned by the very item that asks now */
};

/* ---- pass_effect.c ---------------------------------------------------------------------------------------------- */

/* NULL: out of memory. It is in the run's list; tn_pass_effect_discard() ends it. */
struct tn_pass_effect *tn_pass_effect_make(struct tn_pass_customer *customer, struct tn_call *call);

/* Forget it, once its transaction is back (or the ledger closed). The row in the ledger is what counts. */
void tn_pass_effect_discard(struct tn_pass_effect *effect, bool ledger_closed);

void tn_pass_effect_submit(struct tn_pass_effect *effect,
                           int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                           void (*done)(struct tn_ledger_work *work));
/* The transaction is back. False: nothing is left to do with this effect, it is gone. */
bool tn_pass_effect_returned(struct tn_pass_effect *effect);

/* The effect has an outcome that the script may see; it ends here. */
void tn_pass_effect_answer(struct tn_pass_effect *effect);
void tn_pass_effect_refuse(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                           const char *message);

/* It could not even be tried, for a reason that says nothing about it (network, rights, a 5xx of a read): its script gets
 * the error, the item fails, and what was approved is withdrawn with it. */
void tn_pass_effect_fail(struct tn_pass_effect *effect, const struct tn_err *err);

/* Its outcome is not known: the script never sees it, its item waits. */
void tn_pass_effect_park(struct tn_pass_effect *effect);

struct tn_amounts tn_pass_effect_amounts(const struct tn_quote *quote); /* NULL: none */
/* Why the effect's quote cannot be acted on; NULL when it can, or when it needs none. */
const char *tn_pass_effect_refusal(const struct tn_pass_effect *effect, const char **message);

#define TN_REQUEST_ASKED \
    "asked" /* the first member of the request of an effect that takes a quote: what that was for */

/* ---- pass_request.c --------------------------------------------------------------------------------------------- */

/* The argument that names the order or the reservation that an effect without a quote acts on; -1: none does. */
int tn_pass_request_place(const struct tn_operation *op, const struct tn_values *values);

/* Take what the script asked for: its arguments, what they act on, its key. Negative: err is set. */
int tn_pass_request_take(struct tn_pass_effect *effect, const struct tn_call *call, struct tn_err *err);

/* It has a fresh quote: what was asked for is the same. Negative: err is set. */
int tn_pass_request_renew(struct tn_pass_effect *effect, struct tn_err *err);

/* Whether it asks for something else than what the ledger has under its key: 1, and names are those of the arguments that
 * differ, "title, description"; 0: the same. Negative: err is set. */
int tn_pass_request_compare(const struct tn_pass_effect *effect, char *names, size_t size, struct tn_err *err);

/* Give the effect's own call what it is to be sent with. Negative: err is set. */
int tn_pass_request_give(struct tn_pass_effect *effect, struct tn_call *call, struct tn_err *err);

/* Whether an answer is about something else than what the effect acts on. */
bool tn_pass_request_other(const struct tn_pass_effect *effect, struct tn_json body);

/* ---- pass_asks.c ------------------------------------------------------------------------------------------------ */

/* What it asks for, as it is told: fills asks_json, subject_name and called. once: the name it was given; NULL. Negative:
 * err is set. */
int tn_pass_asks_take(struct tn_pass_effect *effect, const char *once, struct tn_err *err);

/* ---- pass_plan.c ------------------------------------------------------------------------------------------------ */

void tn_pass_effect_plan(struct tn_pass_effect *effect);
/* The row of an effect that the ledger does not have yet. */
void tn_pass_effect_fill_row(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                             const char *message);

/* ---- pass_apply.c ----------------------------------------------------------------------------------------------- */

void tn_pass_effect_apply(struct tn_pass_effect *effect); /* ask the ledger what is known, and go on from there */
void tn_pass_effect_take_turn(struct tn_pass_effect *effect);
void tn_pass_effect_give_turn_back(struct tn_pass_effect *effect);
/* The same, for one that has waited until something in flight settled. */
void tn_pass_effect_ask_again(struct tn_pass_effect *effect);
void tn_pass_effect_queue(struct tn_pass_queue *queue, struct tn_pass_effect *effect);
void tn_pass_effect_leave_queue(struct tn_pass_effect *effect); /* whichever it stands in */
/* The effect's own call to the service: a quote, or the effect itself. */
void tn_pass_effect_call(struct tn_pass_effect *effect, const struct tn_operation *op, const char *correlation,
                         void (*done)(struct tn_call *call));
void tn_pass_effect_end_call(struct tn_pass_effect *effect);
void tn_pass_effect_keep_json(struct tn_buf *buf, struct tn_json value);

/* ---- pass_quote.c ----------------------------------------------------------------------------------------------- */

/* Of this quote, for the ledger: what was asked for, and the body as the service sent it. Empty when it is not known. */
void tn_pass_quote_kept(const struct tn_pass_customer *customer, const struct tn_quote *quote, struct tn_buf *asked,
                        struct tn_buf *body);

/* ---- pass_send.c ------------------------------------------------------------------------------------------------ */

void tn_pass_effect_send(struct tn_pass_effect *effect); /* its intent is durable, and we hold the permit */
void tn_pass_effect_follow(struct tn_pass_effect *effect);

/* It names its thing, so that a doubt is met by asking again; not where a person is to settle every doubt. */
bool tn_pass_effect_repeats(const struct tn_pass_effect *effect);

#endif
