/*
 * Judgements: what becomes of an attempt whose sender cannot tell, by a probe's evidence or a person's decision.
 *
 * Only what nobody else can still change is judged: unknown, or intended by a process that is dead; and only by
 * whoever may have the run. The sender's own knowledge comes by tn_effect_record() and is taken even after a verdict.
 */
#include <stdio.h>
#include <string.h>

#include "base/killpoint.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"
#include "ledger/run.h"
#include "ledger/worker.h"

static int moved_on(const char *key, int64_t attempt, const struct tn_effect_brief *effect, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EBUSY,
                      "effect %s: attempt %lld cannot be judged (any more), it is %s at attempt %lld: look again", key,
                      (long long)attempt, tn_effect_state_name(effect->state), (long long)effect->attempt);
}

/* An intent may be judged once its sender is dead. Ours is not: the answer may be on its way to this process. */
static int check_sender(struct tn_db *db, const char *key, const struct tn_effect_brief *effect, struct tn_err *err)
{
    struct tn_rows rows;
    char sender[64] = "";
    int rc = tn_db_select(db, &rows, err, "SELECT worker FROM effect WHERE key = $1", TN_BIND(tn_text(key)));
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc < 0)
        return rc;
    const char *worker = rc > 0 ? tn_rows_text(&rows, 0) : NULL;
    snprintf(sender, sizeof sender, "%s", worker ? worker : "");
    tn_rows_end(&rows);
    if (strcmp(sender, db->worker) == 0)
        return tn_err_set(err, TENURE_EBUSY, "effect %s is being sent by this very process: wait for its answer", key);
    return tn_worker_alive(db->path, sender) ? tn_run_busy(db, effect->run, sender, err) : TENURE_OK;
}

static int check_judgement(struct tn_db *db, const struct tn_judgement *judgement, const struct tn_effect_brief *effect,
                           struct tn_err *err)
{
    char holder[64];
    bool lost = *db->suspicion && effect->state == TN_EFFECT_APPROVED; /* what followed may not be in this ledger */
    if (judgement->attempt != effect->attempt ||
        (effect->state != TN_EFFECT_UNKNOWN && effect->state != TN_EFFECT_INTENDED && !lost))
        return moved_on(judgement->key, judgement->attempt, effect, err);
    int rc = tn_run_check_holder(db, effect->run, holder, err);
    if (rc < 0)
        return rc;
    return effect->state == TN_EFFECT_INTENDED ? check_sender(db, judgement->key, effect, err) : TENURE_OK;
}

static int keep_evidence(struct tn_db *db, const char *key, const char *evidence, bool probed, struct tn_err *err)
{
    int rc = tn_db_run(
        db, err, "UPDATE effect SET evidence = $2, probed = CASE WHEN $3 = 1 THEN $4 ELSE probed END WHERE key = $1",
        TN_BIND(tn_text(key), tn_redacted(db, evidence), tn_int(probed), tn_int(tn_db_now_ms(db))));
    return rc < 0 ? rc : TENURE_OK;
}

/* What a person reads beside a state that is not simply good. */
static const char *message_for(enum tn_effect_state state, const char *evidence)
{
    return state == TN_EFFECT_FAILED || state == TN_EFFECT_PARTIAL ? evidence : NULL;
}

static int judge(struct tn_db *db, const struct tn_judgement *judgement, const struct tn_effect_brief *effect,
                 struct tn_err *err)
{
    const struct tn_outcome_row outcome = {.key = judgement->key,
                                           .attempt = judgement->attempt,
                                           .state = judgement->state,
                                           .has_actual = judgement->has_actual,
                                           .actual = judgement->actual,
                                           .code = judgement->code,
                                           .message = message_for(judgement->state, judgement->evidence),
                                           .outcome = judgement->outcome,
                                           .poll = judgement->poll,
                                           .request_id = judgement->request_id};
    const struct tn_said said = {.by = judgement->by ? judgement->by : "probe", .evidence = judgement->evidence};
    int rc = tn_outcome_move(db, &outcome, effect, &said, err);
    return rc < 0 ? rc : keep_evidence(db, judgement->key, judgement->evidence, true, err);
}

int tn_effect_judge(struct tn_db *db, const struct tn_judgement *judgement, struct tn_err *err)
{
    bool verdict = judgement->state != TN_EFFECT_UNKNOWN && judgement->state != TN_EFFECT_INTENDED;
    if (!verdict || !tn_effect_may_become(TN_EFFECT_UNKNOWN, judgement->state))
        return tn_err_set(err, TENURE_EINVAL, "a probe cannot find that an effect is %s",
                          tn_effect_state_name(judgement->state));
    if (!judgement->evidence || !*judgement->evidence)
        return tn_err_set(err, TENURE_EINVAL, "effect %s: a verdict needs its evidence", judgement->key);
    struct tn_effect_brief effect;
    int rc = tn_effect_brief_init(db, judgement->key, &effect, err);
    if (rc < 0)
        return rc;
    rc = check_judgement(db, judgement, &effect, err);
    if (rc >= 0)
        rc = judge(db, judgement, &effect, err);
    tn_effect_brief_deinit(&effect);
    TN_KILL_POINT("K13");
    return rc;
}

/* ---- nothing decided -------------------------------------------------------------------------------------------- */

/* 1: the same as what was seen before. */
static int seen_before(struct tn_db *db, const char *key, const char *evidence, struct tn_err *err)
{
    int64_t count = 0;
    int rc = tn_db_number(db, err, &count, "SELECT count(*) FROM effect WHERE key = $1 AND evidence = $2",
                          TN_BIND(tn_text(key), tn_redacted(db, evidence)));
    return rc < 0 ? rc : count > 0;
}

static int note_probe(struct tn_db *db, const char *key, const struct tn_effect_brief *effect, const char *code,
                      const char *evidence, struct tn_err *err)
{
    const struct tn_event_fact facts[] = {{"actor", db->actor, 0},
                                          {"attempt", NULL, effect->attempt},
                                          {"code", code, 0},
                                          {"evidence", evidence, 0},
                                          {"state", tn_effect_state_name(effect->state), 0},
                                          {"worker", db->worker, 0},
                                          {0}};
    return tn_event_note(db, effect->run, "probe", key, facts, err);
}

int tn_effect_probed(struct tn_db *db, const char *key, int64_t attempt, const char *code, const char *evidence,
                     struct tn_err *err)
{
    struct tn_effect_brief effect;
    int rc = tn_effect_brief_init(db, key, &effect, err);
    if (rc < 0)
        return rc;
    if (attempt != effect.attempt || tn_effect_state_final(effect.state))
        rc = moved_on(key, attempt, &effect, err);
    int same = rc < 0 ? rc : seen_before(db, key, evidence, err);
    rc = same < 0 ? same : keep_evidence(db, key, evidence, true, err);
    if (rc == TENURE_OK && !same)
        rc = note_probe(db, key, &effect, code, evidence, err);
    tn_effect_brief_deinit(&effect);
    return rc;
}

/* ---- a person --------------------------------------------------------------------------------------------------- */

static int impossible(const struct tn_effect_brief *effect, enum tn_effect_state state, struct tn_err *err)
{
    const char *is = tn_effect_state_name(effect->state), *wanted = tn_effect_state_name(state);
    if (effect->state == TN_EFFECT_PARTIAL)
        return tn_err_set(err, TENURE_EINVAL,
                          "this %s is partial and cannot be settled as %s: settle it as succeeded to accept it as it "
                          "is, and make a new plan for the rest",
                          effect->operation, wanted);
    if (effect->state == TN_EFFECT_UNKNOWN)
        return tn_err_set(err, TENURE_EINVAL,
                          "a person cannot settle an effect as %s: say succeeded, partial, failed, or approved when "
                          "nothing happened and it shall be tried again",
                          wanted);
    return tn_err_set(err, TENURE_EINVAL, "this %s is %s: only what is unknown or partial needs a person's decision",
                      effect->operation, is);
}

static bool may_settle(enum tn_effect_state from, enum tn_effect_state to)
{
    if (from == TN_EFFECT_PARTIAL)
        return to == TN_EFFECT_SUCCEEDED;
    return from == TN_EFFECT_UNKNOWN &&
           (to == TN_EFFECT_SUCCEEDED || to == TN_EFFECT_PARTIAL || to == TN_EFFECT_FAILED || to == TN_EFFECT_APPROVED);
}

static int settle(struct tn_db *db, const char *key, const struct tn_effect_brief *effect, enum tn_effect_state state,
                  const struct tn_said *said, struct tn_err *err)
{
    char message[512], holder[64];
    if (!may_settle(effect->state, state))
        return impossible(effect, state, err);
    int rc = tn_run_check_holder(db, effect->run, holder, err);
    if (rc < 0)
        return rc;
    snprintf(message, sizeof message, "settled by %.100s: %.380s", said->actor, said->reason);
    const struct tn_outcome_row outcome = {
        .key = key, .attempt = effect->attempt, .state = state, .code = TN_EFFECT_SETTLED, .message = message};
    rc = tn_outcome_move(db, &outcome, effect, said, err);
    return rc < 0 ? rc : keep_evidence(db, key, message, false, err);
}

int tn_effect_settle(struct tn_db *db, const char *key, enum tn_effect_state state, const char *actor,
                     const char *reason, struct tn_err *err)
{
    if (!actor || !*actor || !reason || !*reason)
        return tn_err_set(err, TENURE_EINVAL, "a person's decision needs a name and a reason");
    struct tn_effect_brief effect;
    int rc = tn_effect_brief_init(db, key, &effect, err);
    if (rc < 0)
        return rc;
    const struct tn_said said = {.by = "person", .actor = actor, .reason = reason};
    rc = settle(db, key, &effect, state, &said, err);
    tn_effect_brief_deinit(&effect);
    TN_KILL_POINT("K13");
    return rc;
}
