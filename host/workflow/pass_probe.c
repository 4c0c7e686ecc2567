/*
 * Probes: what became of an effect whose outcome nobody knows.
 *
 *   unknown ─▶ look ─┬▶ it happened ─▶ judged at once: succeeded
 *              ▲     ├▶ something moves ─▶ look again later
 *              │     ├▶ nothing happened ─▶ quiet time over? ─no─▶ look again when it is
 *              │     │                             └yes─▶ seen twice, a read-lag apart ─▶ judged: approved again
 *              │     └▶ something else changed ─▶ after the quiet time, seen twice: listed for a person
 *              └──── waiting: a timer
 *
 * What the caller names is not looked at: its customer's script asks for it again (pass_apply.c).
 *
 * That it happened counts at once; that it did not counts only when no request of ours can arrive any more and two reads
 * agree. A verdict leads the customer through its steps again; until then its script has seen nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/answer.h"
#include "azure/follow.h"
#include "azure/look.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/killpoint.h"
#include "base/text.h"
#include "workflow/pass.h"

#define FIRST_WAIT_MS 500
#define LONGEST_WAIT_MS 60000
#define LONGEST_READ_LAG_MS 30000
#define DENIALS_MOST 6            /* in a row: then the customer is out of reach */
#define TELL_AFTER_MS 500         /* several doubts make one line */
#define TELL_AGAIN_MS (60 * 1000) /* later than was said */

struct tn_pass_probe {
    struct tn_run *run;
    struct tn_pass_probe *prev, *next;
    char key[TN_DIGEST_TEXT];
    char customer[256];
    char *snapshot;           /* owned; NULL: none was taken */
    char *subject, *request;  /* owned; NULL */
    struct tn_effect_row row; /* its numbers; texts are not kept */
    const struct tn_operation *op;
    struct tn_aim aim;
    struct tn_look look;
    struct tn_timer timer;
    struct tn_ledger_work work;
    bool work_pending, abandoned, found, conflict, waits; /* waits: for the end of its quiet time */
    int64_t wait_ms;
    enum tn_evidence last;
    int agreeing; /* looks in a row, after the quiet time, that said the same */
    int denials;  /* looks in a row that we had no right to */
    char evidence[256];
    struct tn_buf poll; /* where an accepted one is followed: JSON */
    struct tn_judgement judgement;
};

static void look_again(struct tn_timer *timer);

static void unlink_and_free(struct tn_pass_probe *probe)
{
    if (probe->prev)
        probe->prev->next = probe->next;
    else
        probe->run->probes = probe->next;
    if (probe->next)
        probe->next->prev = probe->prev;
    tn_look_release(&probe->look);
    tn_aim_deinit(&probe->aim);
    tn_buf_deinit(&probe->poll);
    free(probe->snapshot);
    free(probe->subject);
    free(probe->request);
    free(probe);
}

static void discard(struct tn_pass_probe *probe, bool ledger_closed)
{
    tn_timer_stop(probe->run->setup.loop, &probe->timer);
    tn_look_cancel(&probe->look);
    probe->abandoned = true;
    if (!probe->work_pending || ledger_closed)
        unlink_and_free(probe);
}

void tn_pass_probes_free(struct tn_run *run, bool ledger_closed)
{
    struct tn_pass_probe *next;
    tn_timer_stop(run->setup.loop, &run->waiting_timer);
    for (struct tn_pass_probe *probe = run->probes; probe; probe = next) {
        next = probe->next;
        discard(probe, ledger_closed);
    }
}

bool tn_pass_probes_open(const struct tn_run *run)
{
    return run->probes;
}

static void submit(struct tn_pass_probe *probe,
                   int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                   void (*done)(struct tn_ledger_work *work))
{
    probe->work = (struct tn_ledger_work){.run = work, .done = done};
    probe->work_pending = true;
    tn_ledger_submit(probe->run->setup.ledger, &probe->work);
}

/* The transaction is back. False: nothing is left to do with this probe. */
static bool returned(struct tn_pass_probe *probe)
{
    struct tn_run *run = probe->run;
    bool moved_on = probe->work.err.code == TENURE_EBUSY;
    probe->work_pending = false;
    if (probe->work.err.code < 0 && !moved_on)
        tn_pass_fail(run, &probe->work.err);
    if (!probe->abandoned && probe->work.err.code == 0)
        return true;
    discard(probe, false);
    tn_pass_kick(run);
    return false;
}

/* ---- verdicts --------------------------------------------------------------------------------------------------- */

static int store_judgement(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    return tn_effect_judge(db, &probe->judgement, err);
}

static void on_judged(struct tn_ledger_work *work)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    struct tn_run *run = probe->run;
    char customer[sizeof probe->customer];
    if (!returned(probe))
        return;
    snprintf(customer, sizeof customer, "%s", probe->customer);
    discard(probe, false);
    run->progress.unknown -= run->progress.unknown > 0;
    tn_pass_flight_freed(run);
    tn_pass_customer_reenter(run, customer);
    tn_pass_report(run);
    tn_pass_kick(run);
}

static void judge(struct tn_pass_probe *probe, enum tn_effect_state state)
{
    struct tn_json_writer w;
    tn_buf_reset(&probe->poll);
    tn_jw_init(&w, &probe->poll);
    if (state == TN_EFFECT_ACCEPTED)
        tn_follow_write_poll(&probe->aim, NULL, &w);
    probe->judgement = (struct tn_judgement){.key = probe->key,
                                             .attempt = probe->row.attempt,
                                             .state = state,
                                             .by = "probe",
                                             .evidence = probe->evidence,
                                             .poll = probe->poll.len ? probe->poll.data : NULL};
    submit(probe, store_judgement, on_judged);
}

/* ---- looking without deciding ----------------------------------------------------------------------------------- */

static int store_probed(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    return tn_effect_probed(db, probe->key, probe->row.attempt, NULL, probe->evidence, err);
}

static void on_given_up(struct tn_ledger_work *work)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    struct tn_run *run = probe->run;
    if (!returned(probe))
        return;
    discard(probe, false);
    tn_pass_kick(run);
}

/* What no probe settles stays unknown, with what was seen, for a person. */
static void give_up(struct tn_pass_probe *probe)
{
    submit(probe, store_probed, on_given_up);
}

static void wait(struct tn_pass_probe *probe, int64_t ms)
{
    if (tn_timer_start(probe->run->setup.loop, &probe->timer, ms, look_again) < 0)
        give_up(probe);
}

static void wait_longer(struct tn_pass_probe *probe)
{
    int64_t ms = probe->wait_ms;
    probe->wait_ms = ms * 2 > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : ms * 2;
    wait(probe, ms);
}

static int64_t quiet_left(const struct tn_pass_probe *probe)
{
    const struct tn_clock *clock = tn_loop_clock(probe->run->setup.loop);
    return tn_effect_quiet_left_ms(&probe->row, clock->monotonic_ms(clock->arg), probe->run->setup.quiet_ms);
}

static int64_t read_lag(const struct tn_pass_probe *probe)
{
    int64_t lag = probe->run->setup.quiet_ms / 4;
    return lag > LONGEST_READ_LAG_MS ? LONGEST_READ_LAG_MS : lag;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

/* How many wait for the end of their quiet time, and how long until the last of them can be looked at for good. */
static size_t count_waiting(const struct tn_run *run, int64_t *longest_ms)
{
    size_t count = 0;
    *longest_ms = 0;
    for (const struct tn_pass_probe *probe = run->probes; probe; probe = probe->next) {
        int64_t ms = probe->waits ? quiet_left(probe) + read_lag(probe) : 0;
        count += probe->waits;
        *longest_ms = ms > *longest_ms ? ms : *longest_ms;
    }
    return count;
}

/* A person who sees nothing happen wants to know until when. The others go on meanwhile. */
static void on_waiting(struct tn_timer *timer)
{
    struct tn_run *run = tn_container_of(timer, struct tn_run, waiting_timer);
    char text[256], when[TN_TIME_TEXT];
    int64_t ms, now_ms = tn_loop_now_ms(run->setup.loop);
    size_t count = count_waiting(run, &ms);
    if (count == 0 || (run->waiting_told_ms && now_ms + ms < run->waiting_told_ms + TELL_AGAIN_MS))
        return;
    run->waiting_told_ms = now_ms + ms;
    tn_time_format((tn_loop_wall_ms(run->setup.loop) + ms + 999) / 1000, when);
    const char *verb = run->setup.settle_by_hand ? "listed for a person" : "settled";
    if (count == 1)
        snprintf(text, sizeof text,
                 "1 outcome is unknown and waits for its quiet time; it can be %s at %s, in %lld seconds", verb, when,
                 (long long)(ms + 999) / 1000);
    else
        snprintf(text, sizeof text,
                 "%zu outcomes are unknown and wait for their quiet time; the last can be %s at %s, in %lld seconds",
                 count, verb, when, (long long)(ms + 999) / 1000);
    run->setup.on_notice(run->setup.arg, text);
}

static void wait_quietly(struct tn_pass_probe *probe, int64_t left)
{
    struct tn_run *run = probe->run;
    int64_t ms = probe->wait_ms < left ? probe->wait_ms : left;
    probe->agreeing = 0;
    probe->wait_ms = probe->wait_ms * 2 > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : probe->wait_ms * 2;
    probe->waits = true;
    if (run->setup.on_notice && !tn_timer_running(&run->waiting_timer))
        tn_timer_start(run->setup.loop, &run->waiting_timer, TELL_AFTER_MS, on_waiting);
    wait(probe, ms);
}

/* Nothing happened, or something else did: believed only after the quiet time, and twice. */
static void doubt(struct tn_pass_probe *probe, enum tn_evidence evidence)
{
    int64_t left = quiet_left(probe);
    if (left > 0) {
        wait_quietly(probe, left);
        return;
    }
    probe->agreeing = probe->agreeing && evidence == probe->last ? probe->agreeing + 1 : 1;
    probe->last = evidence;
    if (probe->agreeing < 2)
        wait(probe, read_lag(probe));
    else if (evidence == TN_EVIDENCE_NOTHING && !probe->run->setup.settle_by_hand)
        judge(probe, TN_EFFECT_APPROVED);
    else
        give_up(probe);
}

/* An error of the look says nothing about the effect. */
static void look_failed(struct tn_pass_probe *probe, const struct tn_err *err)
{
    probe->denials = tn_answer_denied(err) ? probe->denials + 1 : 0;
    if (probe->denials < DENIALS_MOST) {
        wait_longer(probe);
        return;
    }
    snprintf(probe->evidence, sizeof probe->evidence, "it cannot be looked at: %.220s", err->msg);
    give_up(probe);
}

static void on_looked(struct tn_look *look)
{
    struct tn_pass_probe *probe = tn_container_of(look, struct tn_pass_probe, look);
    struct tn_err err = look->err;
    TN_KILL_POINT("K12");
    probe->waits = false;
    enum tn_evidence evidence = TN_EVIDENCE_UNCLEAR;
    if (err.code == 0)
        tn_look_compare(look->L, probe->snapshot, tn_buf_text(&look->json), &probe->aim, &evidence, probe->evidence,
                        &err);
    if (err.code < 0) {
        look_failed(probe, &err);
        return;
    }
    probe->denials = 0;
    switch (evidence) {
    case TN_EVIDENCE_HAPPENED:
        if (probe->conflict)
            give_up(probe); /* as likely the other operation that ours was refused for */
        else
            judge(probe, TN_EFFECT_SUCCEEDED);
        break;
    case TN_EVIDENCE_ACCEPTED: /* by an id that was made for it alone */
        judge(probe, TN_EFFECT_ACCEPTED);
        break;
    case TN_EVIDENCE_MOVING:
        probe->agreeing = 0;
        wait_longer(probe);
        break;
    default:
        doubt(probe, evidence);
    }
}

static void look_again(struct tn_timer *timer)
{
    struct tn_pass_probe *probe = tn_container_of(timer, struct tn_pass_probe, timer);
    struct tn_buf json = probe->look.json;
    probe->look = (struct tn_look){.tenant = probe->customer,
                                   .aim = &probe->aim,
                                   .L = probe->run->setup.documents,
                                   .done = on_looked,
                                   .json = json};
    tn_look_start(probe->run->setup.engine, &probe->look);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static int on_row(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_probe *probe = arg;
    probe->op = tn_effect_by_name(row->operation);
    probe->found = row->state == TN_EFFECT_UNKNOWN;
    probe->conflict = row->code && strcmp(row->code, TN_PASS_CONFLICT) == 0;
    snprintf(probe->customer, sizeof probe->customer, "%s", row->customer);
    probe->row = (struct tn_effect_row){.attempt = row->attempt,
                                        .quantity = row->quantity,
                                        .state = row->state,
                                        .send_by_awake_ms = row->send_by_awake_ms,
                                        .opened_awake_ms = row->opened_awake_ms,
                                        .same_boot = row->same_boot};
    bool whole = tn_text_copy(&probe->subject, row->subject) && tn_text_copy(&probe->request, row->request) &&
                 tn_text_copy(&probe->snapshot, row->snapshot);
    return whole ? 0 : TENURE_ENOMEM;
}

static int load(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    int rc = tn_effect_find(db, probe->key, on_row, probe, err);
    return rc < 0 && err->code == 0 ? tn_err_no_memory(err) : rc;
}

/* False: there is nothing to look at, or nothing to compare with; or err is set, which says nothing of that. */
static bool take_aim(struct tn_pass_probe *probe, struct tn_err *err)
{
    if (!probe->op || tn_aim_read(&probe->aim, probe->run->setup.documents, probe->op, probe->subject,
                                  probe->row.quantity, probe->request, err) < 0)
        return false;
    return tn_aim_known(&probe->aim) && (probe->snapshot || probe->op->probe == TN_PROBE_ORDER);
}

static void begin_looking(struct tn_pass_probe *probe)
{
    struct tn_run *run = probe->run;
    struct tn_err err = {0};
    bool known = take_aim(probe, &err);
    if (err.code == TENURE_ENOMEM) {
        discard(probe, false);
        tn_pass_fail(run, &err);
    } else if (!known) {
        bool plain = probe->op && probe->op->service == TN_SERVICE_PLAIN;
        snprintf(probe->evidence, sizeof probe->evidence, "%s",
                 plain ? "nothing shows whether it arrived: ask whoever runs that host, then say so with settle"
                       : "nothing was noted before it was sent to compare with");
        give_up(probe);
    } else {
        wait_longer(probe);
    }
}

static void on_loaded(struct tn_ledger_work *work)
{
    struct tn_pass_probe *probe = tn_container_of(work, struct tn_pass_probe, work);
    struct tn_run *run = probe->run;
    if (!returned(probe))
        return;
    bool repeats = probe->op && probe->op->class == TN_CLASS_NAMED && !run->setup.settle_by_hand;
    if (!probe->found || repeats) { /* it has moved on by itself, or will */
        discard(probe, false);
        tn_pass_kick(run);
    } else {
        begin_looking(probe);
    }
}

void tn_pass_probe_start(struct tn_run *run, const char *key)
{
    for (const struct tn_pass_probe *probe = run->probes; probe; probe = probe->next) {
        if (strcmp(probe->key, key) == 0)
            return;
    }
    struct tn_pass_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return; /* it stays unknown, and the next apply tries again */
    *probe = (struct tn_pass_probe){.run = run, .wait_ms = FIRST_WAIT_MS};
    snprintf(probe->key, sizeof probe->key, "%s", key);
    probe->next = run->probes;
    if (run->probes)
        run->probes->prev = probe;
    run->probes = probe;
    submit(probe, load, on_loaded);
}
