/*
 * A ledger that may not be whole (a restored backup, a cut file): before anything new is sent, everything that is open in it is
 * looked at, for what followed may have happened and be lost.
 *
 *   open effects of all runs ─▶ look at each ─┬▶ gone as our effect would leave it ─▶ judged: succeeded
 *                                             ├▶ what it was to make is there ─▶ judged: accepted, and followed
 *                                             ├▶ a purchase that cannot be found ─▶ judged: failed; it may have been made
 *                                             │  under an id that is lost with the ledger's end, and is not made again
 *                                             └▶ anything else ─▶ noted; a fresh quote decides later
 *   … all of them ─▶ the ledger is trusted again, with name and reason in the audit ─▶ the pass begins
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/follow.h"
#include "azure/look.h"
#include "workflow/pass.h"

#define LOOK_TRIES 5
#define TRY_AGAIN_MS 2000

struct open_effect {
    struct open_effect *next;
    enum tn_effect_state state;
    int64_t attempt, quantity;
    char key[80], customer[256];
    const struct tn_operation *op;
    struct tn_aim aim;
    char *subject, *request; /* owned; NULL */
    char *snapshot;          /* owned; NULL: it had not been sent */
};

struct tn_pass_trust {
    struct tn_run *run;
    void (*on_trusted)(struct tn_run *run);
    struct open_effect *effects; /* still to be looked at; the first is at work */
    struct tn_look look;
    struct tn_timer timer;
    struct tn_ledger_work work;
    bool work_pending, abandoned;
    int tries;
    char evidence[256];
    enum tn_effect_state verdict; /* TN_EFFECT_UNKNOWN: none */
    struct tn_buf poll;           /* of an accepted one: JSON */
};

static void look_at_next(struct tn_pass_trust *trust);

static void drop_first(struct tn_pass_trust *trust)
{
    struct open_effect *effect = trust->effects;
    trust->effects = effect->next;
    tn_aim_deinit(&effect->aim);
    free(effect->subject);
    free(effect->request);
    free(effect->snapshot);
    free(effect);
}

static void destroy(struct tn_pass_trust *trust)
{
    while (trust->effects)
        drop_first(trust);
    tn_look_release(&trust->look);
    tn_buf_deinit(&trust->poll);
    trust->run->trust = NULL;
    free(trust);
}

void tn_pass_trust_free(struct tn_run *run, bool ledger_closed)
{
    struct tn_pass_trust *trust = run->trust;
    if (!trust)
        return;
    tn_timer_stop(run->setup.loop, &trust->timer);
    tn_look_cancel(&trust->look);
    trust->abandoned = true;
    if (!trust->work_pending || ledger_closed)
        destroy(trust);
}

static void submit(struct tn_pass_trust *trust,
                   int (*work)(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err),
                   void (*done)(struct tn_ledger_work *work))
{
    trust->work = (struct tn_ledger_work){.run = work, .done = done};
    trust->work_pending = true;
    tn_ledger_submit(trust->run->setup.ledger, &trust->work);
}

static bool returned(struct tn_pass_trust *trust)
{
    struct tn_run *run = trust->run;
    struct tn_err err = trust->work.err;
    trust->work_pending = false;
    if (!trust->abandoned && err.code == 0)
        return true;
    tn_pass_trust_free(run, false);
    if (err.code < 0)
        tn_pass_fail(run, &err);
    tn_pass_kick(run);
    return false;
}

/* ---- the verdict on the whole ledger ---------------------------------------------------------------------------- */

static int store_trust(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_trust *trust = tn_container_of(work, struct tn_pass_trust, work);
    return tn_ledger_trust(db, trust->run->actor, "every open effect was looked at before going on", err);
}

static void on_trust_stored(struct tn_ledger_work *work)
{
    struct tn_pass_trust *trust = tn_container_of(work, struct tn_pass_trust, work);
    struct tn_run *run = trust->run;
    if (!returned(trust))
        return;
    void (*on_trusted)(struct tn_run *) = trust->on_trusted;
    destroy(trust);
    on_trusted(run);
}

/* ---- one effect ------------------------------------------------------------------------------------------------- */

static int store_seen(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_trust *trust = tn_container_of(work, struct tn_pass_trust, work);
    const struct open_effect *effect = trust->effects;
    if (trust->verdict == TN_EFFECT_UNKNOWN)
        return tn_effect_probed(db, effect->key, effect->attempt, NULL, trust->evidence, err);
    struct tn_judgement judgement = {.key = effect->key,
                                     .attempt = effect->attempt,
                                     .state = trust->verdict,
                                     .by = "probe",
                                     .code = trust->verdict == TN_EFFECT_FAILED ? "maybe-bought" : NULL,
                                     .evidence = trust->evidence,
                                     .poll = trust->poll.len ? trust->poll.data : NULL};
    return tn_effect_judge(db, &judgement, err);
}

static void on_seen_stored(struct tn_ledger_work *work)
{
    struct tn_pass_trust *trust = tn_container_of(work, struct tn_pass_trust, work);
    if (!returned(trust))
        return;
    drop_first(trust);
    look_at_next(trust);
}

static enum tn_effect_state maybe_bought(struct tn_pass_trust *trust)
{
    snprintf(
        trust->evidence, sizeof trust->evidence,
        "nobody can tell whether it was bought, as the ledger is not whole: look at the customer's orders, and if it "
        "was not, plan it again under another name");
    return TN_EFFECT_FAILED;
}

static enum tn_effect_state judge_by(struct tn_pass_trust *trust, enum tn_evidence evidence)
{
    struct tn_json_writer w;
    if (evidence == TN_EVIDENCE_HAPPENED)
        return TN_EFFECT_SUCCEEDED;
    if (evidence == TN_EVIDENCE_ACCEPTED) {
        tn_jw_init(&w, &trust->poll);
        tn_follow_write_poll(&trust->effects->aim, NULL, &w);
        return TN_EFFECT_ACCEPTED;
    }
    bool bought = trust->effects->op->probe == TN_PROBE_ORDER && evidence == TN_EVIDENCE_NOTHING;
    return bought ? maybe_bought(trust) : TN_EFFECT_UNKNOWN;
}

/* What was sent is compared with its snapshot. What had not been sent has none: then only a reservation that is gone as a
 * whole return leaves it counts as done. */
static enum tn_effect_state judge(struct tn_pass_trust *trust, struct tn_err *err)
{
    const struct open_effect *effect = trust->effects;
    const char *seen = tn_buf_text(&trust->look.json);
    enum tn_evidence evidence = TN_EVIDENCE_UNCLEAR;
    if (effect->snapshot || effect->op->probe == TN_PROBE_ORDER) {
        tn_look_compare(trust->look.L, effect->snapshot, seen, &effect->aim, &evidence, trust->evidence, err);
        return judge_by(trust, evidence);
    }
    bool gone = effect->op->leaves == TN_LEAVES_REST && tn_look_gone(&trust->look, effect->quantity);
    snprintf(trust->evidence, sizeof trust->evidence,
             "after the ledger was found not to be whole: the reservation is %s",
             gone ? "cancelled, with the quantity that was to be returned" : "not gone as this return would leave it");
    return gone ? TN_EFFECT_SUCCEEDED : TN_EFFECT_UNKNOWN;
}

static void try_again(struct tn_timer *timer)
{
    look_at_next(tn_container_of(timer, struct tn_pass_trust, timer));
}

static void on_looked(struct tn_look *look)
{
    struct tn_pass_trust *trust = tn_container_of(look, struct tn_pass_trust, look);
    struct tn_run *run = trust->run;
    struct tn_err err = look->err;
    if (err.code < 0 && err.http_status != 404 && ++trust->tries < LOOK_TRIES &&
        tn_timer_start(run->setup.loop, &trust->timer, TRY_AGAIN_MS, try_again) == TENURE_OK)
        return;
    trust->tries = 0;
    trust->verdict = TN_EFFECT_UNKNOWN;
    tn_buf_reset(&trust->poll);
    if (err.code < 0)
        snprintf(trust->evidence, sizeof trust->evidence, "it could not be looked at: %.200s", err.msg);
    else
        trust->verdict = judge(trust, &err);
    if (trust->effects->state == TN_EFFECT_ACCEPTED) /* it is, and goes on being followed */
        trust->verdict = TN_EFFECT_UNKNOWN;
    submit(trust, store_seen, on_seen_stored);
}

/* Nothing to look at: its verdict, and why, are set. */
static bool needs_no_look(struct tn_pass_trust *trust)
{
    struct open_effect *effect = trust->effects;
    struct tn_err err = {0};
    trust->verdict = TN_EFFECT_UNKNOWN;
    tn_buf_reset(&trust->poll);
    if (effect->op->class == TN_CLASS_NAMED) {
        snprintf(trust->evidence, sizeof trust->evidence, "it names its thing, so that it may be asked for again");
        return true;
    }
    if (effect->op->probe == TN_PROBE_ORDER &&
        effect->state == TN_EFFECT_APPROVED) { /* its id is of a quote of the plan */
        trust->verdict = maybe_bought(trust);
        return true;
    }
    if (tn_aim_read(&effect->aim, trust->run->setup.documents, effect->op, effect->subject, effect->quantity,
                    effect->request, &err) == TENURE_OK &&
        tn_aim_known(&effect->aim))
        return false;
    snprintf(trust->evidence, sizeof trust->evidence, "there is nothing to look at");
    return true;
}

static void look_at_next(struct tn_pass_trust *trust)
{
    const struct open_effect *effect = trust->effects;
    if (!effect) {
        submit(trust, store_trust, on_trust_stored);
        return;
    }
    if (needs_no_look(trust)) {
        submit(trust, store_seen, on_seen_stored);
        return;
    }
    struct tn_buf json = trust->look.json;
    trust->look = (struct tn_look){.tenant = effect->customer,
                                   .aim = &effect->aim,
                                   .L = trust->run->setup.documents,
                                   .done = on_looked,
                                   .json = json};
    tn_look_start(trust->run->setup.engine, &trust->look);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static bool copy_text(const char *text, char **copy)
{
    *copy = text ? strdup(text) : NULL;
    return !text || *copy;
}

static int on_open(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_trust *trust = arg;
    struct open_effect *effect = calloc(1, sizeof *effect);
    if (!effect)
        return TENURE_ENOMEM;
    effect->next = trust->effects;
    trust->effects = effect;
    static const struct tn_operation unknown_to_us = {.class = TN_CLASS_ONCE};
    const struct tn_operation *op = tn_effect_by_name(row->operation);
    effect->op = op ? op : &unknown_to_us;
    effect->state = row->state;
    effect->attempt = row->attempt;
    effect->quantity = row->quantity;
    snprintf(effect->key, sizeof effect->key, "%s", row->key);
    snprintf(effect->customer, sizeof effect->customer, "%s", row->customer);
    return copy_text(row->subject, &effect->subject) && copy_text(row->request, &effect->request) &&
                   copy_text(row->snapshot, &effect->snapshot)
               ? TENURE_OK
               : TENURE_ENOMEM;
}

static int load(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    int rc = tn_effect_each_open(db, on_open, tn_container_of(work, struct tn_pass_trust, work), err);
    return rc < 0 && err->code == 0 ? tn_err_set(err, rc, "the ledger's open effects cannot be listed") : rc;
}

static void on_loaded(struct tn_ledger_work *work)
{
    struct tn_pass_trust *trust = tn_container_of(work, struct tn_pass_trust, work);
    if (returned(trust))
        look_at_next(trust);
}

void tn_pass_trust_start(struct tn_run *run, void (*on_trusted)(struct tn_run *run))
{
    char suspicion[TN_SUSPICION_TEXT];
    struct tn_pass_trust *trust = calloc(1, sizeof *trust);
    if (!trust) {
        struct tn_err err = {0};
        tn_err_no_memory(&err);
        tn_pass_fail(run, &err);
        return;
    }
    *trust = (struct tn_pass_trust){.run = run, .on_trusted = on_trusted};
    run->trust = trust;
    if (run->setup.on_warning)
        run->setup.on_warning(run->setup.arg, tn_ledger_suspicion(run->setup.ledger, suspicion));
    submit(trust, load, on_loaded);
}
