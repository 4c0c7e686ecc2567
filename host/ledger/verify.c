/*
 * Verifying the audit: is the chain what was sealed, does it reach the head outside, and does money agree with the
 * effects? Whether those, runs and approvals are what the events say is verify_rows.c.
 *
 * Each sealed event carries the hash it was chained to, so that one that was changed is told from one whose
 * neighbour is gone. What was rewritten with all hashes that follow shows only against a head kept outside.
 */
#include "ledger/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/audit.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"
#include "ledger/guard.h"

#define LISTED 100

struct verify {
    struct tn_verify shared;
    int64_t events, sealed;
    struct tn_audit_head last;     /* as walked so far */
    int64_t unsealed, unsealed_at; /* since the latest sealed one, and where the first of them is */
    bool gap;                      /* the neighbour before is not the one that was sealed before */
    struct tn_head_file file;
};

/* ---- problems --------------------------------------------------------------------------------------------------- */

void tn_verify_problem(struct tn_verify *verify, const char *what, const struct tn_event_row *event, const char *fmt,
                       ...)
{
    static const struct tn_event_row nowhere;
    char message[512], at[TN_TIME_TEXT];
    va_list args;
    if (verify->problems++ >= LISTED)
        return;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (!event)
        event = &nowhere;
    tn_jw_object(verify->w);
    tn_jw_kv_string(verify->w, "what", what);
    tn_jw_kv_int(verify->w, "number", event->number);
    tn_jw_kv_int(verify->w, "seq", event->seq);
    tn_jw_kv_string(verify->w, "kind", event->kind);
    tn_jw_kv_string(verify->w, "at", event->at_ms > 0 ? tn_time_format(event->at_ms / 1000, at) : NULL);
    tn_jw_kv_string(verify->w, "run", event->run);
    tn_jw_kv_string(verify->w, "effect", event->effect);
    tn_jw_kv_string(verify->w, "message", message);
    tn_jw_object_end(verify->w);
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

/* Numbers are missing before this event: gone, or somewhere else? */
static int check_gap(struct verify *verify, const struct tn_event_row *event)
{
    int64_t first = verify->last.number + 1, missing = event->number - first, elsewhere = 0;
    if (missing <= 0 || verify->shared.problems >= LISTED)
        return TENURE_OK;
    int rc = tn_db_number(verify->shared.db, verify->shared.err, &elsewhere,
                          "SELECT count(*) FROM event WHERE number BETWEEN $1 AND $2",
                          TN_BIND(tn_int(first), tn_int(event->number - 1)));
    if (rc < 0)
        return rc;
    if (elsewhere < missing)
        tn_verify_problem(&verify->shared, "removed", event,
                          "%" PRId64 " of the events %" PRId64 " to %" PRId64 " are gone from before this one",
                          missing - elsewhere, first, event->number - 1);
    if (elsewhere > 0)
        tn_verify_problem(&verify->shared, "reordered", event,
                          "%" PRId64 " of the events %" PRId64 " to %" PRId64 " do not stand before this one",
                          elsewhere, first, event->number - 1);
    return TENURE_OK;
}

static void check_unsealed(struct verify *verify)
{
    if (verify->unsealed == 0)
        return;
    const struct tn_event_row event = {.seq = verify->unsealed_at};
    tn_verify_problem(&verify->shared, "inserted", &event,
                      "%" PRId64 " events that were never sealed stand between sealed ones", verify->unsealed);
    verify->unsealed = 0;
}

static int check_sealed(struct verify *verify, const struct tn_event_row *event)
{
    char hash[TN_DIGEST_TEXT];
    const char *prev = event->prev_hash ? event->prev_hash : "", *own = event->hash ? event->hash : "";
    bool behind = event->number <= verify->last.number, follows = event->number == verify->last.number + 1;
    check_unsealed(verify);
    int rc = check_gap(verify, event);
    if (rc == TENURE_OK)
        rc = tn_audit_hash(hash, prev, event, verify->shared.err);
    if (rc < 0)
        return rc;
    if (behind)
        tn_verify_problem(&verify->shared, "reordered", event, "it stands after event %" PRId64, verify->last.number);
    else if (strcmp(hash, own) != 0)
        tn_verify_problem(&verify->shared, "changed", event, "its text, kind, time or ids are not what was sealed");
    else if (follows && !verify->gap && strcmp(prev, verify->last.hash) != 0)
        tn_verify_problem(&verify->shared, "changed", event,
                          "the event before it is not the one it was sealed after: that one was replaced");
    verify->gap = behind || strcmp(hash, own) != 0; /* what follows cannot be blamed on its own neighbour */
    if (!behind) {
        verify->last.number = event->number;
        snprintf(verify->last.hash, sizeof verify->last.hash, "%s", own);
    }
    if (event->number == verify->file.head.number && strcmp(own, verify->file.head.hash) != 0)
        tn_verify_problem(&verify->shared, "head", event,
                          "it is not the event that the head file names: the chain was written anew");
    return TENURE_OK;
}

static int on_event(void *arg, const struct tn_event_row *event)
{
    struct verify *verify = arg;
    verify->events++;
    if (event->number > 0) {
        verify->sealed++;
        return check_sealed(verify, event);
    }
    if (verify->unsealed++ == 0)
        verify->unsealed_at = event->seq;
    return 0;
}

static int walk_chain(struct verify *verify)
{
    int rc = tn_audit_origin(verify->shared.db, NULL, verify->last.hash, verify->shared.err);
    return rc < 0 ? rc : tn_audit_export(verify->shared.db, NULL, on_event, verify, verify->shared.err);
}

static const char *check_head(struct verify *verify)
{
    char id[TN_GUID_TEXT] = "", origin[TN_DIGEST_TEXT];
    const struct tn_head_file *file = &verify->file;
    if (file->found == TN_HEAD_MISSING) {
        tn_verify_problem(&verify->shared, "head", NULL,
                          "the head file is missing: whether the end was cut off cannot be told");
        return "missing";
    }
    if (file->found == TN_HEAD_UNREADABLE) {
        tn_verify_problem(&verify->shared, "head", NULL, "the head file cannot be read");
        return "unreadable";
    }
    tn_audit_origin(verify->shared.db, id, origin, NULL);
    if (!tn_id_equal(id, file->ledger)) {
        tn_verify_problem(&verify->shared, "head", NULL, "the head file is of another ledger (%s)", file->ledger);
        return "another";
    }
    if (file->head.number == 0 && strcmp(file->head.hash, origin) != 0)
        tn_verify_problem(&verify->shared, "head", NULL, "the head file does not begin as this ledger's chain does");
    if (file->head.number > verify->last.number) {
        const struct tn_event_row event = {.number = verify->last.number + 1};
        tn_verify_problem(&verify->shared, "cut", &event,
                          "the events %" PRId64 " to %" PRId64 " that the head file knows are gone from the end",
                          verify->last.number + 1, file->head.number);
        return "beyond";
    }
    return file->head.number == verify->last.number ? "agrees" : "behind";
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

/* Spend must be where the effect's state puts it, at the amounts the effect has. */
static int walk_spend(struct tn_verify *verify)
{
    struct tn_rows rows;
    int rc = tn_db_select(
        verify->db, &rows, verify->err,
        "SELECT effect.key, effect.run, effect.state, coalesce(spend.state, 'none') FROM effect"
        " LEFT JOIN spend ON spend.effect = effect.key WHERE CASE"
        " WHEN effect.state IN ('intended', 'unknown') THEN coalesce(spend.state, '') <> 'held'"
        " WHEN effect.state IN ('accepted', 'succeeded', 'partial') THEN coalesce(spend.state, '') <> 'spent'"
        /* A person settled it, and nobody told what it came to. */
        " OR NOT (effect.code = '" TN_EFFECT_SETTLED "' AND actual_back IS NULL AND actual_pay IS NULL"
        " AND actual_worth IS NULL) AND ("
        " coalesce(spend.back, '') <> coalesce(actual_back, '') OR coalesce(spend.pay, '') <> coalesce(actual_pay, "
        "'')"
        " OR coalesce(spend.worth, '') <> coalesce(actual_worth, ''))"
        " ELSE coalesce(spend.state, 'released') <> 'released' END ORDER BY effect.key",
        NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, verify->err)) > 0) {
        const struct tn_event_row event = {.effect = tn_rows_text(&rows, 0), .run = tn_rows_text(&rows, 1)};
        tn_verify_problem(verify, "money", &event, "it is %s, but what it holds or spent (%s) does not agree with that",
                          tn_rows_text(&rows, 2), tn_rows_text(&rows, 3));
    }
    tn_rows_end(&rows);
    return rc;
}

/* The sums over a guard's spend, put into sum->used. */
static int add_spend(struct tn_verify *verify, struct tn_guard_set *sums)
{
    struct tn_rows rows;
    int rc = tn_db_select(verify->db, &rows, verify->err,
                          "SELECT back, pay, worth FROM effect JOIN spend ON spend.effect = effect.key"
                          " WHERE effect.run = $1 AND effect.operation = $2 AND spend.state IN ('held', 'spent')",
                          TN_BIND(tn_text(sums->run), tn_text(sums->operation)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, verify->err)) > 0) {
        struct tn_amounts amounts = {0};
        amounts.has_back = tn_rows_amount(&rows, 0, &amounts.back);
        amounts.has_pay = tn_rows_amount(&rows, 1, &amounts.pay);
        amounts.has_worth = tn_rows_amount(&rows, 2, &amounts.worth);
        rc = tn_guards_add(sums, &amounts, verify->err);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

static void compare_guard(struct tn_verify *verify, const struct tn_guard_row *is, const struct tn_guard_row *should)
{
    char text[TN_MONEY_TEXT], other[TN_MONEY_TEXT];
    const struct tn_event_row event = {.run = is->run};
    int order = 0;
    if (!tn_guard_sums(is))
        return;
    if (is->kind == TN_GUARD_COUNT && is->count_used != should->count_used)
        tn_verify_problem(verify, "guard", &event, "%s.count has %" PRId64 " used, its effects come to %" PRId64,
                          is->operation, is->count_used, should->count_used);
    if (is->kind == TN_GUARD_COUNT || (tn_money_compare(&order, &is->used, &should->used, NULL) == 0 && order == 0))
        return;
    tn_verify_problem(verify, "guard", &event, "%s.%s has %s %s used, its effects come to %s", is->operation,
                      tn_guard_kind_name(is->kind), tn_money_amount(&is->used, text), is->used.currency,
                      tn_money_amount(&should->used, other));
}

static int check_guards(struct tn_verify *verify, const char *run, const char *operation)
{
    struct tn_guard_set guards, sums;
    int rc = tn_guards_load(verify->db, &guards, run, operation, verify->err);
    if (rc < 0)
        return rc;
    sums = guards;
    tn_guards_clear(&sums);
    rc = add_spend(verify, &sums);
    for (size_t i = 0; rc >= 0 && i < guards.count; i++)
        compare_guard(verify, &guards.guards[i], &sums.guards[i]);
    return rc;
}

static int walk_guards(struct tn_verify *verify)
{
    struct tn_rows rows;
    int rc = tn_db_select(verify->db, &rows, verify->err,
                          "SELECT DISTINCT run, operation FROM guard WHERE operation <> '' ORDER BY run, operation",
                          NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, verify->err)) > 0) {
        rc = check_guards(verify, tn_rows_text(&rows, 0), tn_rows_text(&rows, 1));
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

static int check_in_flight(struct tn_verify *verify)
{
    struct tn_rows rows;
    int rc = tn_db_select(verify->db, &rows, verify->err,
                          "SELECT run, used_count, (SELECT count(*) FROM effect WHERE effect.run = guard.run"
                          " AND state IN ('intended', 'accepted', 'unknown')) FROM guard WHERE kind = 'in_flight'",
                          NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, verify->err)) > 0) {
        const struct tn_event_row event = {.run = tn_rows_text(&rows, 0)};
        if (tn_rows_int(&rows, 1) != tn_rows_int(&rows, 2))
            tn_verify_problem(verify, "guard", &event, "in_flight counts %" PRId64 " effects, there are %" PRId64,
                              tn_rows_int(&rows, 1), tn_rows_int(&rows, 2));
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static void write_head(struct tn_json_writer *w, const struct tn_audit_head *head)
{
    tn_jw_kv_int(w, "number", head->number);
    tn_jw_kv_string(w, "hash", *head->hash ? head->hash : NULL);
}

static int write_all(struct verify *verify, const char *head_file)
{
    tn_jw_object(verify->shared.w);
    tn_jw_key(verify->shared.w, "problems");
    tn_jw_array(verify->shared.w);
    int rc = walk_chain(verify);
    const char *state = check_head(verify);
    if (rc == TENURE_OK)
        rc = tn_verify_rows(&verify->shared);
    if (rc == TENURE_OK)
        rc = walk_spend(&verify->shared);
    if (rc == TENURE_OK)
        rc = walk_guards(&verify->shared);
    if (rc == TENURE_OK)
        rc = check_in_flight(&verify->shared);
    tn_jw_array_end(verify->shared.w);
    tn_jw_kv_int(verify->shared.w, "problems_total", verify->shared.problems);
    tn_jw_kv_int(verify->shared.w, "events", verify->events);
    tn_jw_kv_int(verify->shared.w, "sealed", verify->sealed);
    tn_jw_kv_int(verify->shared.w, "unsealed", verify->events - verify->sealed);
    tn_jw_key(verify->shared.w, "head");
    tn_jw_object(verify->shared.w);
    write_head(verify->shared.w, &verify->last);
    tn_jw_object_end(verify->shared.w);
    tn_jw_key(verify->shared.w, "head_file");
    tn_jw_object(verify->shared.w);
    tn_jw_kv_string(verify->shared.w, "path", head_file);
    tn_jw_kv_string(verify->shared.w, "state", state);
    write_head(verify->shared.w, &verify->file.head);
    tn_jw_object_end(verify->shared.w);
    tn_jw_kv_bool(verify->shared.w, "sound", rc == TENURE_OK && verify->shared.problems == 0);
    tn_jw_object_end(verify->shared.w);
    return rc;
}

int tn_audit_verify(struct tn_db *db, const char *head_file, struct tn_json_writer *w, bool *sound, struct tn_err *err)
{
    struct verify verify = {.shared = {.db = db, .err = err, .w = w}};
    char *beside = head_file ? NULL : tn_head_path(db->path);
    *sound = false;
    if (!head_file && !beside)
        return tn_err_no_memory(err);
    const char *path = head_file ? head_file : beside;
    tn_head_read(path, &verify.file);
    int rc = write_all(&verify, path);
    *sound = rc == TENURE_OK && verify.shared.problems == 0;
    free(beside);
    return rc;
}
