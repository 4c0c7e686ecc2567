/*
 * A ledger in a folder of its own, and calling into it as if it were not asynchronous.
 */
#ifndef TESTS_LEDGER_LAB_H
#define TESTS_LEDGER_LAB_H

#include "ledger/ledger.h"
#include "ledger/store.h"
#include "loop/loop.h"

struct lab {
    char folder[256], path[512];
    struct tn_loop *loop;
    struct tn_ledger *ledger;
    struct tn_err err; /* of the latest call */
};

void lab_make(struct lab *lab);                       /* the folder only */
int lab_open(struct lab *lab);                        /* the ledger in it; code in lab->err */
void lab_start(struct lab *lab);                      /* both; exits when it cannot, as those that follow do */
void lab_start_run(struct lab *lab, const char *cap); /* … with run r-1 and its guard (see lab_guard) */
void lab_open_at(struct lab *lab, const char *path);  /* a ledger that is somebody else's */
void lab_close(struct lab *lab);
void lab_remove(struct lab *lab); /* closes, and deletes the folder with everything in it */

/* The wall clock of a ledger that lab_start_clocked() opened; begins at 1,000,000. */
extern int64_t lab_wall_ms;
void lab_start_clocked(struct lab *lab);

/* One piece of work on the ledger thread; returns its code once it is durable. */
typedef int (*lab_fn)(struct tn_db *db, void *arg, struct tn_err *err);
int lab_do(struct lab *lab, lab_fn fn, void *arg);

struct lab_work {
    struct tn_ledger_work work;
    lab_fn fn;
    void *arg;
    bool done;
    int order; /* the how-manieth done() this was */
};
void lab_submit(struct lab *lab, struct lab_work *works, size_t count);

/* Works that run in one group, since the thread is held up until all are submitted. They come back before this does. */
void lab_do_together(struct lab *lab, struct lab_work *works, size_t count);

void lab_settle(struct lab *lab); /* step the loop until nothing is under way */

/* ---- rows, with everything unimportant filled in ------------------------------------------------------------------
 */

struct tn_money lab_money(const char *text);  /* "12.30 EUR" */
int lab_run(struct lab *lab, const char *id); /* inserted, state planned, claimed */

/* Guards of operation "refund". cap: "count=5", "worth=100 USD", "back=10 EUR"; over the whole run: "in_flight=5" */
int lab_guard(struct lab *lab, const char *run, const char *cap);

/* Plan a refund of customer "c1" with order = key; back and worth as texts or NULL. */
int lab_plan(struct lab *lab, const char *run, const char *key, const char *back, const char *worth);
/* The same, of an effect that was given a name: its digest, or NULL. */
int lab_plan_named(struct lab *lab, const char *run, const char *key, const char *named);
int lab_approve(struct lab *lab, const char *run);
int lab_drop(struct lab *lab, const char *key, enum tn_effect_state state);
int lab_claim(struct lab *lab, int64_t *left); /* run r-1; left: how many a dead worker left, or NULL */
enum tn_verdict lab_intend(struct lab *lab, const char *key, const char *back, const char *worth,
                           struct tn_intent *out);
int lab_record(struct lab *lab, const char *key, int64_t attempt, enum tn_effect_state state, const char *back,
               const char *worth);
enum tn_effect_state lab_state(struct lab *lab, const char *key); /* TN_EFFECT_STATE_COUNT: no such effect */
void lab_why(struct lab *lab, const char *key, char text[256]);   /* "CODE: MESSAGE" */
int64_t lab_number(struct lab *lab, const char *sql);             /* asked with another connection */
void lab_text(struct lab *lab, const char *sql, char text[256]);
char *lab_summary(struct lab *lab, const char *run); /* free() it; NULL on error */

/* ---- audit --------------------------------------------------------------------------------------------------------
 */

/* A ledger in a folder with a run of three refunds: a succeeded, b is unknown, c is approved. All events are sealed. */
void lab_story(struct lab *lab);
void lab_seal(struct lab *lab);
int lab_seal_in(struct tn_db *db, void *head, struct tn_err *err); /* as a work; head: a struct tn_audit_head */
char *lab_verify(struct lab *lab, const char *head_file);          /* what verifying says; free() it */
bool lab_is_sound(struct lab *lab);                                /* says on stderr why it is not */
void lab_head_name(const struct lab *lab, char name[600]);
void lab_copy_head(const struct lab *lab, char copy[600]);
void lab_copy_file(const char *from, const char *to);

#endif
