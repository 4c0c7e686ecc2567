/*
 * Plans: the hash they are known by, how long they may be approved, and their approval.
 *
 * Whoever approves says which plan they saw; an approval of another one, of one that was never finished, or of one whose
 * time is over, changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/killpoint.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"

/* ---- the hash --------------------------------------------------------------------------------------------------- */

static void add_text(struct tn_buf *buf, const char *text)
{
    tn_buf_printf(buf, "%zu:", text ? strlen(text) : 0);
    tn_buf_puts(buf, text ? text : "");
}

/* hash := digest(hash ‖ the effect), so that a plan of any size needs one row at a time. */
static int add_effect(struct tn_rows *rows, int columns, char hash[TN_DIGEST_TEXT], struct tn_buf *scratch,
                      struct tn_err *err)
{
    const char *asks = tn_rows_text(rows, columns); /* NULL: planned by an older tenure, whose hash is without */
    tn_buf_reset(scratch);
    tn_buf_puts(scratch, hash);
    for (int i = 0; i < columns; i++)
        add_text(scratch, tn_rows_text(rows, i));
    if (asks)
        add_text(scratch, asks);
    if (scratch->failed)
        return tn_err_no_memory(err);
    tn_digest(hash, scratch->data, scratch->len);
    return TENURE_OK;
}

int tn_plan_hash(struct tn_db *db, const char *run, const char *basis, char hash[65], struct tn_err *err)
{
    struct tn_rows rows;
    struct tn_buf scratch = {0};
    char sum[TN_DIGEST_TEXT];
    tn_digest(sum, basis, strlen(basis));
    int rc =
        tn_db_select(db, &rows, err,
                     "SELECT key, customer, step, operation, subject, orders, CAST(quantity AS TEXT), planned_back,"
                     " planned_pay, planned_worth, asks FROM effect WHERE run = $1 AND in_plan = 1 ORDER BY key",
                     TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        rc = add_effect(&rows, 10, sum, &scratch, err);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    tn_buf_deinit(&scratch);
    if (rc == 0)
        memcpy(hash, sum, sizeof sum);
    return rc;
}

int tn_run_set_plan(struct tn_db *db, const char *run, const char *hash, int64_t expires_ms, int64_t may_follow,
                    struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "UPDATE run SET plan_hash = $2, expires = $3, may_follow = $4"
                       " WHERE id = $1 AND state IN ('planning', 'planned')",
                       TN_BIND(tn_text(run), tn_text(hash), tn_int(expires_ms), tn_int(may_follow)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EINVAL, "run %s is not being planned (any more): its plan cannot be changed",
                          run);
    if (rc < 0)
        return rc;
    char expires[TN_TIME_TEXT];
    const struct tn_event_fact facts[] = {
        {"actor", db->actor, 0},
        {"expires", expires_ms > 0 ? tn_time_format(expires_ms / 1000, expires) : NULL, 0},
        {"hash", hash, 0},
        {"may_follow", NULL, may_follow},
        {0}};
    rc = tn_event_note(db, run, "plan", NULL, facts, err);
    TN_KILL_POINT("K1");
    return rc;
}

/* ---- approval --------------------------------------------------------------------------------------------------- */

static int refuse(struct tn_err *err, const char *name, const char *run, const char *what)
{
    if (err)
        snprintf(err->name, sizeof err->name, "%s", name);
    return tn_err_set(err, TENURE_EINVAL, "the plan of run %s %s: make a new one with tenure plan", run, what);
}

int tn_plan_missing(const char *run, const char *state, const char *reason, struct tn_err *err)
{
    if (strcmp(state, "planning") == 0)
        return tn_err_set(
            err, TENURE_EINVAL,
            "run %s is still being planned: wait for that, or if nothing works on it any more, make a new "
            "one with `tenure plan`",
            run);
    if (strcmp(state, "done") == 0)
        return tn_err_set(err, TENURE_EINVAL, "run %s changes nothing, so it has no plan, and nothing to approve", run);
    bool reasoned = reason && *reason;
    return tn_err_set(err, TENURE_EINVAL,
                      "run %s did not get as far as a plan (%s%s%.300s): make a new one with `tenure plan`", run, state,
                      reasoned ? ": " : "", reasoned ? reason : "");
}

/* hash: the plan's own, for the record; "" when it has none. */
static int check_plan(struct tn_db *db, const struct tn_approval *approval, char hash[TN_DIGEST_TEXT],
                      int64_t *expires_ms, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, "SELECT plan_hash, expires, planned, state, reason FROM run WHERE id = $1",
                          TN_BIND(tn_text(approval->run)));
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc == 0)
        return tn_err_set(err, TENURE_ENOENT, "there is no run '%.80s' in the ledger '%s': tenure runs lists them",
                          approval->run, db->path);
    if (rc < 0)
        return rc;
    const char *text = tn_rows_text(&rows, 0);
    *expires_ms = tn_rows_int(&rows, 1);
    snprintf(hash, TN_DIGEST_TEXT, "%s", text ? text : "");
    if (tn_rows_int(&rows, 2) == 0)
        rc = tn_plan_missing(approval->run, tn_rows_text(&rows, 3), tn_rows_text(&rows, 4), err);
    tn_rows_end(&rows);
    if (rc < 0)
        return rc;
    if (approval->plan_hash && !tn_id_equal(approval->plan_hash, hash))
        return refuse(err, "plan-changed", approval->run, "is not the one that was approved");
    return TENURE_OK;
}

static int check_time(struct tn_db *db, const char *run, int64_t expires_ms, struct tn_err *err)
{
    if (expires_ms == 0 || tn_db_now_ms(db) < expires_ms)
        return TENURE_OK;
    char when[TN_TIME_TEXT], what[80];
    snprintf(what, sizeof what, "expired at %s", tn_time_format(expires_ms / 1000, when));
    return refuse(err, "plan-expired", run, what);
}

/* What was approved in time goes on however long it takes once any of it was begun, as nobody could approve it again, and
 * what was sent must be followed. Of what was never begun nothing is lost by a new plan. */
int tn_plan_check_begin(struct tn_db *db, const char *run, struct tn_err *err)
{
    int64_t expires_ms = 0; /* 0 also when it was begun */
    int rc = tn_db_number(db, err, &expires_ms,
                          "SELECT expires FROM run WHERE id = $1 AND state = 'planned'"
                          " AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.run = run.id AND attempt > 0)",
                          TN_BIND(tn_text(run)));
    return rc < 0 ? rc : check_time(db, run, expires_ms, err);
}

static int approve_one(struct tn_db *db, const struct tn_approval *approval, const char *key, struct tn_err *err)
{
    int rc = tn_db_run(
        db, err, "UPDATE effect SET state = 'approved', changed = $3 WHERE key = $1 AND run = $2 AND state = 'planned'",
        TN_BIND(tn_text(key), tn_text(approval->run), tn_int(tn_db_now_ms(db))));
    if (rc <= 0)
        return rc;
    const struct tn_transition transition = {.key = key,
                                             .run = approval->run,
                                             .from = TN_EFFECT_PLANNED,
                                             .to = TN_EFFECT_APPROVED,
                                             .said = {.actor = approval->actor, .reason = approval->reason}};
    int noted = tn_effect_note(db, &transition, err);
    return noted < 0 ? noted : rc;
}

/* The keys are read first: approving changes what the walk would go over. */
static int approve_all(struct tn_db *db, const struct tn_approval *approval, int64_t *approved, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, "SELECT key FROM effect WHERE run = $1 AND state = 'planned' ORDER BY key",
                          TN_BIND(tn_text(approval->run)));
    if (rc < 0)
        return rc;
    struct tn_buf keys = {0};
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const char *key = tn_rows_text(&rows, 0);
        tn_buf_put(&keys, key ? key : "", key ? strlen(key) + 1 : 1);
    }
    if (rc == 0 && keys.failed)
        rc = tn_err_no_memory(err);
    for (size_t at = 0; rc >= 0 && at < keys.len; at += strlen(keys.data + at) + 1) {
        rc = approve_one(db, approval, keys.data + at, err);
        *approved += rc > 0;
    }
    tn_buf_deinit(&keys);
    return rc;
}

static int write_approval(struct tn_db *db, const struct tn_approval *approval, const char *hash, int64_t approved,
                          struct tn_err *err)
{
    int rc = tn_db_run(
        db, err, "INSERT INTO approval (run, plan_hash, actor, at, reason, effects) VALUES ($1, $2, $3, $4, $5, $6)",
        TN_BIND(tn_text(approval->run), tn_text(*hash ? hash : NULL), tn_text(approval->actor ? approval->actor : ""),
                tn_int(tn_db_now_ms(db)), tn_redacted(db, approval->reason), tn_int(approved)));
    if (rc < 0)
        return rc;
    const struct tn_event_fact facts[] = {{"actor", approval->actor, 0},
                                          {"effects", NULL, approved},
                                          {"hash", *hash ? hash : NULL, 0},
                                          {"reason", approval->reason, 0},
                                          {0}};
    return tn_event_note(db, approval->run, "approval", NULL, facts, err);
}

/* A plan may have nothing to carry out but what is to follow, which its approval covers: 1, until it has one. */
static int only_follows(struct tn_db *db, const struct tn_approval *approval, struct tn_err *err)
{
    int64_t follows = 0;
    if (approval->keys)
        return 0;
    int rc = tn_db_number(db, err, &follows,
                          "SELECT may_follow FROM run WHERE id = $1 AND state = 'planned'"
                          " AND NOT EXISTS (SELECT 1 FROM approval WHERE approval.run = run.id)",
                          TN_BIND(tn_text(approval->run)));
    return rc < 0 ? rc : follows > 0;
}

int tn_plan_following(struct tn_db *db, const char *run, int64_t *count, struct tn_err *err)
{
    *count = 0;
    int rc = tn_db_number(db, err, count,
                          "SELECT may_follow FROM run WHERE id = $1 AND state = 'planned'"
                          " AND EXISTS (SELECT 1 FROM approval WHERE approval.run = run.id)",
                          TN_BIND(tn_text(run)));
    return rc < 0 ? rc : TENURE_OK;
}

/* When all of it was approved before, an expired plan is no matter here: tn_plan_check_begin() looks at that. */
int tn_plan_approve(struct tn_db *db, const struct tn_approval *approval, int64_t *approved, struct tn_err *err)
{
    char hash[TN_DIGEST_TEXT];
    int64_t expires_ms = 0;
    *approved = 0;
    int rc = check_plan(db, approval, hash, &expires_ms, err);
    for (size_t i = 0; rc >= 0 && approval->keys && i < approval->key_count; i++) {
        rc = approve_one(db, approval, approval->keys[i], err);
        *approved += rc > 0;
    }
    if (rc >= 0 && !approval->keys)
        rc = approve_all(db, approval, approved, err);
    int decided = rc >= 0 && *approved == 0 ? only_follows(db, approval, err) : rc < 0 ? rc : 1;
    if (decided > 0)
        decided = check_time(db, approval->run, expires_ms, err) < 0 ? err->code : 1;
    if (decided > 0 && *approved > 0)
        decided = tn_items_reopen_approved(db, approval->run, err) < 0 ? err->code : 1;
    if (decided <= 0)
        return decided;
    return write_approval(db, approval, hash, *approved, err);
}

int tn_effect_follow(struct tn_db *db, const struct tn_effect_row *effect, const char *follows, struct tn_err *err)
{
    bool refused;
    char reason[160];
    snprintf(reason, sizeof reason, "it follows step %s", follows);
    const struct tn_approval approval = {.run = effect->run, .actor = db->actor, .reason = reason};
    int rc = tn_effect_plan(db, effect, &refused, err);
    if (rc < 0 || refused || effect->state != TN_EFFECT_PLANNED)
        return rc;
    rc = tn_db_run(db, err, "UPDATE effect SET in_plan = 0 WHERE key = $1", TN_BIND(tn_text(effect->key)));
    if (rc >= 0)
        rc = approve_one(db, &approval, effect->key, err);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_effect_approve(struct tn_db *db, const char *run, const char *const *keys, size_t key_count, const char *actor,
                      const char *reason, int64_t *approved, struct tn_err *err)
{
    const struct tn_approval approval = {
        .run = run, .actor = actor, .reason = reason, .keys = keys, .key_count = key_count};
    return tn_plan_approve(db, &approval, approved, err);
}
