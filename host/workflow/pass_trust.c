/*
 * A ledger that may not be whole (a restored backup, a cut file): before anything new is sent, everything that is open in it is
 * looked at, for what followed may have happened and be lost.
 *
 *   open effects of all runs ─▶ look at each ─┬▶ gone as our effect would leave it ─▶ judged: succeeded
 *                                             └▶ anything else ─▶ noted; a fresh quote decides later
 *   … all of them ─▶ the ledger is trusted again, with name and reason in the audit ─▶ the pass begins
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/look.h"
#include "workflow/pass.h"

#define LOOK_TRIES 5
#define TRY_AGAIN_MS 2000

struct open_effect {
    struct open_effect *next;
    enum tn_effect_state state;
    int64_t attempt, quantity;
    char key[80], customer[256], order[37], reservation[37];
    enum tn_leaves leaves;
    bool named;     /* the caller named its thing */
    char *snapshot; /* owned; NULL: it had not been sent */
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
    bool happened;
};

static void look_at_next(struct tn_pass_trust *trust);

static void drop_first(struct tn_pass_trust *trust)
{
    struct open_effect *effect = trust->effects;
    trust->effects = effect->next;
    free(effect->snapshot);
    free(effect);
}

static void destroy(struct tn_pass_trust *trust)
{
    while (trust->effects)
        drop_first(trust);
    tn_look_release(&trust->look);
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
    if (!trust->happened)
        return tn_effect_probed(db, effect->key, effect->attempt, NULL, trust->evidence, err);
    struct tn_judgement judgement = {.key = effect->key,
                                     .attempt = effect->attempt,
                                     .state = TN_EFFECT_SUCCEEDED,
                                     .by = "probe",
                                     .evidence = trust->evidence};
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

/* What was sent is compared with its snapshot. What had not been sent has none: then only a reservation that is gone as a
 * whole return leaves it counts as done. */
static bool judge(struct tn_pass_trust *trust, struct tn_err *err)
{
    const struct open_effect *effect = trust->effects;
    const char *seen = tn_buf_text(&trust->look.json);
    enum tn_evidence evidence = TN_EVIDENCE_UNCLEAR;
    if (effect->snapshot) {
        const struct tn_look_ours ours = {effect->reservation, effect->leaves, effect->quantity};
        tn_look_compare(trust->look.L, effect->snapshot, seen, &ours, &evidence, trust->evidence, err);
        return evidence == TN_EVIDENCE_HAPPENED;
    }
    bool gone = effect->leaves == TN_LEAVES_REST && tn_look_gone(&trust->look, effect->quantity);
    snprintf(trust->evidence, sizeof trust->evidence,
             "after the ledger was found not to be whole: the reservation is %s",
             gone ? "cancelled, with the quantity that was to be returned" : "not gone as this return would leave it");
    return gone;
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
    trust->happened = false;
    if (err.code < 0)
        snprintf(trust->evidence, sizeof trust->evidence, "it could not be looked at: %.200s", err.msg);
    else
        trust->happened = judge(trust, &err);
    submit(trust, store_seen, on_seen_stored);
}

static void look_at_next(struct tn_pass_trust *trust)
{
    const struct open_effect *effect = trust->effects;
    if (!effect) {
        submit(trust, store_trust, on_trust_stored);
        return;
    }
    if (!effect->reservation[0] || effect->named) {
        trust->happened = false;
        snprintf(trust->evidence, sizeof trust->evidence, "%s",
                 effect->named ? "it names its thing, so that it may be asked for again"
                               : "there is no reservation to look at");
        submit(trust, store_seen, on_seen_stored);
        return;
    }
    struct tn_buf json = trust->look.json;
    trust->look =
        (struct tn_look){.tenant = effect->customer, .L = trust->run->setup.documents, .done = on_looked, .json = json};
    memcpy(trust->look.order, effect->order, sizeof effect->order);
    memcpy(trust->look.reservation, effect->reservation, sizeof effect->reservation);
    tn_look_start(trust->run->setup.engine, &trust->look);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static int on_open(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_trust *trust = arg;
    struct open_effect *effect = calloc(1, sizeof *effect);
    if (!effect)
        return TENURE_ENOMEM;
    effect->next = trust->effects;
    trust->effects = effect;
    const struct tn_operation *op = tn_effect_by_name(row->operation);
    effect->named = op && op->class == TN_CLASS_NAMED;
    effect->leaves = op ? op->leaves : TN_LEAVES_REST;
    effect->state = row->state;
    effect->attempt = row->attempt;
    effect->quantity = row->quantity;
    snprintf(effect->key, sizeof effect->key, "%s", row->key);
    snprintf(effect->customer, sizeof effect->customer, "%s", row->customer);
    if (!row->subject || !tn_reservation_id_parse(row->subject, effect->order, effect->reservation))
        effect->order[0] = effect->reservation[0] = '\0';
    effect->snapshot = row->snapshot ? strdup(row->snapshot) : NULL;
    return row->snapshot && !effect->snapshot ? TENURE_ENOMEM : TENURE_OK;
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
