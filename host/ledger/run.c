/*
 * Runs, and who works on them.
 */
#include "ledger/run.h"

#include <stdio.h>
#include <string.h>

#include "ledger/database.h"
#include "ledger/event.h"
#include "ledger/intent.h"
#include "ledger/store.h"
#include "ledger/worker.h"

#define RUN_COLUMNS                                                                                                   \
    "SELECT id, workflow, file, digest, state, actor, request, reason, worker, created, planned, ended, has_effects," \
    " plan_hash, expires, may_follow FROM run"

static const char *const states[] = {"planning", "planned", "applying", "done", "stopped", "interrupted", NULL};

static int check_state(const char *state, struct tn_err *err)
{
    for (const char *const *name = states; *name; name++) {
        if (strcmp(*name, state) == 0)
            return TENURE_OK;
    }
    return tn_err_set(err, TENURE_EINVAL, "'%s' is no state of a run", state);
}

int tn_run_insert(struct tn_db *db, const struct tn_run_row *run, struct tn_err *err)
{
    int rc = check_state(run->state, err);
    if (rc < 0)
        return rc;
    int64_t now_ms = tn_db_now_ms(db);
    rc = tn_db_run(
        db, err,
        "INSERT INTO run (id, workflow, file, digest, state, actor, request, reason, worker, created, planned, ended,"
        " has_effects, plan_hash, expires, may_follow)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10, 0, $11, NULL, 0, 0) ON CONFLICT (id) DO NOTHING",
        TN_BIND(tn_text(run->id), tn_text(run->workflow), tn_text(run->file), tn_text(run->digest ? run->digest : ""),
                tn_text(run->state), tn_text(run->actor ? run->actor : ""), tn_text(run->request),
                tn_redacted(db, run->reason), tn_int(now_ms), tn_int(strcmp(run->state, "planned") == 0 ? now_ms : 0),
                tn_int(run->has_effects)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EBUSY, "there is a run '%s' in the ledger '%s' already", run->id, db->path);
    if (rc < 0)
        return rc;
    const struct tn_event_fact facts[] = {{"actor", run->actor, 0},
                                          {"digest", run->digest, 0},
                                          {"state", run->state, 0},
                                          {"workflow", run->workflow, 0},
                                          {0}};
    return tn_event_note(db, run->id, "run", NULL, facts, err);
}

static void read_run(struct tn_rows *rows, struct tn_run_row *run)
{
    *run = (struct tn_run_row){
        .id = tn_rows_text(rows, 0),
        .workflow = tn_rows_text(rows, 1),
        .file = tn_rows_text(rows, 2),
        .digest = tn_rows_text(rows, 3),
        .state = tn_rows_text(rows, 4),
        .actor = tn_rows_text(rows, 5),
        .request = tn_rows_text(rows, 6),
        .reason = tn_rows_text(rows, 7),
        .worker = tn_rows_text(rows, 8),
        .created_ms = tn_rows_int(rows, 9),
        .planned_ms = tn_rows_int(rows, 10),
        .ended_ms = tn_rows_int(rows, 11),
        .has_effects = tn_rows_int(rows, 12) != 0,
        .hash = tn_rows_text(rows, 13),
        .expires_ms = tn_rows_int(rows, 14),
        .may_follow = tn_rows_int(rows, 15),
    };
}

static int no_run(struct tn_db *db, const char *id, struct tn_err *err)
{
    return tn_err_set(err, TENURE_ENOENT, "there is no run '%.80s' in the ledger '%s': tenure runs lists them", id,
                      db->path);
}

/* The one whole id that is meant: itself, or the only one that begins so. */
static int complete_id(struct tn_db *db, const char *id, char whole[128], struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT id FROM run WHERE substr(id, 1, length($1)) = $1 COLLATE nocase"
                          " ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 2",
                          TN_BIND(tn_text(id)));
    if (rc < 0)
        return rc;
    int found = 0;
    char other[128] = "";
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        snprintf(found == 0 ? whole : other, 128, "%s", tn_rows_text(&rows, 0));
        found++;
    }
    if (rc < 0)
        return rc;
    if (found == 0 || !*id)
        return no_run(db, id, err);
    if (found > 1 && strlen(whole) != strlen(id))
        return tn_err_set(err, TENURE_EINVAL, "'%.80s' begins several runs, among them %s and %s: give more of the id",
                          id, whole, other);
    return TENURE_OK;
}

int tn_run_find(struct tn_db *db, const char *id, int (*on_row)(void *arg, const struct tn_run_row *run), void *arg,
                struct tn_err *err)
{
    char whole[128] = "";
    int rc = complete_id(db, id, whole, err);
    if (rc < 0)
        return rc;
    struct tn_rows rows;
    rc = tn_db_select(db, &rows, err, RUN_COLUMNS " WHERE id = $1", TN_BIND(tn_text(whole)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc < 0 ? rc : no_run(db, id, err);
    struct tn_run_row run;
    read_run(&rows, &run);
    rc = on_row(arg, &run);
    tn_rows_end(&rows);
    return rc;
}

int tn_run_list(struct tn_db *db, int64_t limit, int (*on_row)(void *arg, const struct tn_run_row *run), void *arg,
                struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, RUN_COLUMNS " ORDER BY created DESC, id DESC LIMIT $1",
                          TN_BIND(tn_int(limit > 0 ? limit : INT64_MAX)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_run_row run;
        read_run(&rows, &run);
        rc = on_row(arg, &run);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

int tn_run_set_state(struct tn_db *db, const char *id, const char *state, const char *reason, struct tn_err *err)
{
    int rc = check_state(state, err);
    if (rc < 0)
        return rc;
    bool planned = strcmp(state, "planned") == 0;
    bool ended = strcmp(state, "done") == 0 || strcmp(state, "stopped") == 0 || strcmp(state, "interrupted") == 0;
    int64_t now_ms = tn_db_now_ms(db);
    rc = tn_db_run(
        db, err,
        "UPDATE run SET state = $2, reason = $3, ended = $4, planned = CASE WHEN $5 = 1 THEN $6 ELSE planned END"
        " WHERE id = $1",
        TN_BIND(tn_text(id), tn_text(state), tn_redacted(db, reason), tn_int(ended ? now_ms : 0), tn_int(planned),
                tn_int(now_ms)));
    if (rc <= 0)
        return rc < 0 ? rc : no_run(db, id, err);
    const struct tn_event_fact facts[] = {{"reason", reason, 0}, {"state", state, 0}, {"worker", db->worker, 0}, {0}};
    return tn_event_note(db, id, "run", NULL, facts, err);
}

/* ---- claims ----------------------------------------------------------------------------------------------------- */

int tn_run_busy(struct tn_db *db, const char *id, const char *worker, struct tn_err *err)
{
    char who[128];
    tn_worker_describe(db, worker, who);
    return tn_err_set(err, TENURE_EBUSY,
                      "run %s is being worked on by %s: wait for it, or end that process and try again", id, who);
}

int tn_run_check_holder(struct tn_db *db, const char *id, char holder[64], struct tn_err *err)
{
    struct tn_rows rows;
    int rc =
        tn_db_select(db, &rows, err, "SELECT worker FROM run WHERE id = $1" TN_DB_FOR_UPDATE, TN_BIND(tn_text(id)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc < 0 ? rc : no_run(db, id, err);
    const char *worker = tn_rows_text(&rows, 0);
    snprintf(holder, 64, "%s", worker ? worker : "");
    tn_rows_end(&rows);
    if (*holder && strcmp(holder, db->worker) != 0 && tn_worker_alive(db->path, holder))
        return tn_run_busy(db, id, holder, err);
    return 1;
}

/* Only the sender of an attempt may judge it while it lives. The first other worker with something under way that
 * lives. */
static int check_senders(struct tn_db *db, const char *id, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT DISTINCT worker FROM effect WHERE run = $1 AND state = 'intended' AND worker <> $2",
                          TN_BIND(tn_text(id), tn_text(db->worker)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const char *worker = tn_rows_text(&rows, 0);
        if (worker && tn_worker_alive(db->path, worker)) {
            rc = tn_run_busy(db, id, worker, err);
            break;
        }
    }
    tn_rows_end(&rows);
    return rc;
}

int tn_run_claimable(struct tn_db *db, const char *id, struct tn_err *err)
{
    char holder[64] = "";
    int rc = tn_run_check_holder(db, id, holder, err);
    return rc > 0 ? check_senders(db, id, err) : rc;
}

int tn_run_claim(struct tn_db *db, const char *id, int64_t *left, struct tn_err *err)
{
    char holder[64] = "";
    int rc = tn_run_check_holder(db, id, holder, err);
    if (rc > 0)
        rc = check_senders(db, id, err);
    if (rc < 0)
        return rc;
    rc = tn_effects_left_behind(db, id, left, err);
    if (rc < 0 || strcmp(holder, db->worker) == 0)
        return rc;
    rc = tn_db_run(db, err, "UPDATE run SET worker = $2 WHERE id = $1", TN_BIND(tn_text(id), tn_text(db->worker)));
    if (rc > 0)
        rc = tn_worker_enrol(db, err);
    if (rc < 0)
        return rc;
    const struct tn_event_fact facts[] = {
        {"from", *holder ? holder : NULL, 0}, {"unknown", NULL, left ? *left : 0}, {"worker", db->worker, 0}, {0}};
    return tn_event_note(db, id, "claim", NULL, facts, err);
}

int tn_run_release(struct tn_db *db, const char *id, struct tn_err *err)
{
    int rc = tn_db_run(db, err, "UPDATE run SET worker = NULL WHERE id = $1 AND worker = $2",
                       TN_BIND(tn_text(id), tn_text(db->worker)));
    if (rc <= 0)
        return rc;
    const struct tn_event_fact facts[] = {{"worker", db->worker, 0}, {0}};
    return tn_event_note(db, id, "release", NULL, facts, err);
}
