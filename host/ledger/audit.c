/*
 * The audit chain: see audit.h.
 *
 * Transitions write their events unsealed; the ledger's thread seals them in batches:
 *
 *   hash(n) = SHA-256( hash(n - 1) ‖ {"at":…,"body":"…","effect":"…","kind":"…","number":n,"run":"…","seq":…} )
 *
 * Sealing happens inside a write transaction, so of several processes one at a time goes on with the one chain. After
 * the commit the head goes to a file outside. A ledger that does not reach up to that file, or is another one at that
 * place, was cut, restored from a backup or changed: it is suspect, and nothing is sent from it until every effect that
 * is open in it has been looked at and a person has said so.
 */
#include "ledger/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"

#define SEAL_BATCH 1000

/* ---- the chain -------------------------------------------------------------------------------------------------- */

int tn_audit_origin(struct tn_db *db, char id[TN_GUID_TEXT], char hash[TN_DIGEST_TEXT], struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, "SELECT value FROM meta WHERE name = 'ledger'", NULL, 0);
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc == 0)
        return tn_err_set(err, TENURE_EIO, "the ledger '%s' has no id: it was changed by hand or is damaged", db->path);
    if (rc < 0)
        return rc;
    const char *text = tn_rows_text(&rows, 0);
    if (id)
        snprintf(id, TN_GUID_TEXT, "%s", text ? text : "");
    tn_digest(hash, text ? text : "", text ? strlen(text) : 0);
    tn_rows_end(&rows);
    return TENURE_OK;
}

/* Where the newest sealed event was when it was last looked for: still the newest when what follows it is not sealed. */
static int was_newest(struct tn_db *db, bool *still, struct tn_err *err)
{
    struct tn_rows rows;
    int64_t next = 0;
    *still = false;
    int rc = tn_db_select(db, &rows, err, "SELECT number FROM event WHERE seq >= $1 ORDER BY seq LIMIT 2",
                          TN_BIND(tn_int(db->sealed_seq)));
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc;
    bool same = tn_rows_int(&rows, 0) == db->sealed_number;
    rc = tn_rows_next(&rows, err);
    if (rc > 0)
        next = tn_rows_int(&rows, 0);
    tn_rows_end(&rows);
    *still = same && next == 0;
    return rc < 0 ? rc : TENURE_OK;
}

/* By place, not by number: what is not sealed yet stands at the end, and is little. */
int tn_audit_head(struct tn_db *db, struct tn_audit_head *head, int64_t *seq, struct tn_err *err)
{
    struct tn_rows rows;
    bool still = false;
    *head = (struct tn_audit_head){0};
    if (seq)
        *seq = 0;
    int rc = db->sealed_seq > 0 ? was_newest(db, &still, err) : TENURE_OK;
    if (rc == TENURE_OK)
        rc =
            still
                ? tn_db_select(db, &rows, err, "SELECT number, hash, seq FROM event WHERE seq = $1",
                               TN_BIND(tn_int(db->sealed_seq)))
                : tn_db_select(db, &rows, err,
                               "SELECT number, hash, seq FROM event WHERE number IS NOT NULL ORDER BY seq DESC LIMIT 1",
                               NULL, 0);
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc < 0 ? rc : tn_audit_origin(db, NULL, head->hash, err);
    const char *hash = tn_rows_text(&rows, 1);
    head->number = db->sealed_number = tn_rows_int(&rows, 0);
    snprintf(head->hash, sizeof head->hash, "%s", hash ? hash : "");
    db->sealed_seq = tn_rows_int(&rows, 2);
    if (seq)
        *seq = db->sealed_seq;
    tn_rows_end(&rows);
    return TENURE_OK;
}

static void put_text(struct tn_json_writer *w, const char *name, const char *text)
{
    if (text)
        tn_jw_kv_string(w, name, text);
}

int tn_audit_hash(char hash[TN_DIGEST_TEXT], const char *prev_hash, const struct tn_event_row *event,
                  struct tn_err *err)
{
    struct tn_buf bytes = {0};
    struct tn_json_writer w;
    tn_buf_puts(&bytes, prev_hash);
    tn_jw_init(&w, &bytes);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "at", event->at_ms);
    put_text(&w, "body", event->body);
    put_text(&w, "effect", event->effect);
    put_text(&w, "kind", event->kind);
    tn_jw_kv_int(&w, "number", event->number);
    put_text(&w, "run", event->run);
    tn_jw_kv_int(&w, "seq", event->seq);
    tn_jw_object_end(&w);
    if (!bytes.failed)
        tn_digest(hash, bytes.data, bytes.len);
    int rc = bytes.failed ? tn_err_no_memory(err) : TENURE_OK;
    tn_buf_deinit(&bytes);
    return rc;
}

struct seal {
    int64_t seq;
    char hash[TN_DIGEST_TEXT];
};

/* The hashes are worked out first: sealing changes what the walk goes over. */
static int hash_batch(struct tn_db *db, const struct tn_audit_head *head, int64_t after, struct seal *seals,
                      struct tn_err *err)
{
    struct tn_rows rows;
    int count = 0;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT seq, kind, effect, run, body, at FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
                          TN_BIND(tn_int(after), tn_int(SEAL_BATCH)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const struct tn_event_row event = {.seq = tn_rows_int(&rows, 0),
                                           .number = head->number + count + 1,
                                           .kind = tn_rows_text(&rows, 1),
                                           .effect = tn_rows_text(&rows, 2),
                                           .run = tn_rows_text(&rows, 3),
                                           .body = tn_rows_text(&rows, 4),
                                           .at_ms = tn_rows_int(&rows, 5)};
        seals[count].seq = event.seq;
        rc = tn_audit_hash(seals[count].hash, count ? seals[count - 1].hash : head->hash, &event, err);
        if (rc < 0)
            break;
        count++;
    }
    tn_rows_end(&rows);
    if (db->failed.code < 0)
        return tn_err_set(err, db->failed.code, "%s", db->failed.msg);
    return rc < 0 ? rc : count;
}

int tn_audit_seal_some(struct tn_db *db, struct tn_err *err)
{
    struct tn_audit_head head;
    int64_t after;
    int rc = tn_audit_head(db, &head, &after, err);
    if (rc < 0)
        return rc;
    struct seal *seals = calloc(SEAL_BATCH, sizeof *seals);
    if (!seals)
        return tn_err_no_memory(err);
    int count = hash_batch(db, &head, after, seals, err);
    for (int i = 0; rc >= 0 && i < count; i++)
        rc = tn_db_run(db, err, "UPDATE event SET number = $2, prev_hash = $3, hash = $4 WHERE seq = $1",
                       TN_BIND(tn_int(seals[i].seq), tn_int(head.number + i + 1),
                               tn_text(i ? seals[i - 1].hash : head.hash), tn_text(seals[i].hash)));
    if (rc >= 0 && count > 0) {
        db->sealed = true;
        db->sealed_number = head.number + count;
        db->sealed_seq = seals[count - 1].seq;
    }
    free(seals);
    if (count < 0)
        return count;
    return rc < 0 ? rc : count == SEAL_BATCH;
}

int tn_audit_unsealed(struct tn_db *db, struct tn_err *err)
{
    struct tn_audit_head head;
    int64_t after, seq;
    int rc = tn_audit_head(db, &head, &after, err);
    if (rc < 0)
        return rc;
    return tn_db_number(db, err, &seq, "SELECT seq FROM event WHERE seq > $1 LIMIT 1", TN_BIND(tn_int(after)));
}

/* ---- the head file ---------------------------------------------------------------------------------------------- */

/* The hash of the event with this number, walking back from the newest: the file is never far behind. 0: not there. */
static int hash_of_number(struct tn_db *db, int64_t number, char hash[TN_DIGEST_TEXT], struct tn_err *err)
{
    struct tn_rows rows;
    int found = 0;
    int rc = tn_db_select(db, &rows, err, "SELECT number, hash FROM event WHERE number IS NOT NULL ORDER BY seq DESC",
                          NULL, 0);
    if (rc < 0)
        return rc;
    while (!found && (rc = tn_rows_next(&rows, err)) > 0) {
        const char *text = tn_rows_text(&rows, 1);
        found = tn_rows_int(&rows, 0) == number;
        if (found)
            snprintf(hash, TN_DIGEST_TEXT, "%s", text ? text : "");
    }
    tn_rows_end(&rows);
    return rc < 0 ? rc : found;
}

#define GO_ON                                                                                                         \
    ": nothing is sent until every open effect was looked at, which the next `tenure apply` does first and notes in " \
    "the audit trail"

/* Words the suspicion and names what it rests on, so that trusting one says nothing about the next. */
static void suspect(struct tn_db *db, const struct tn_head_file *file, const struct tn_audit_head *head)
{
    const char *names[] = {[TN_HEAD_MISSING] = "missing", [TN_HEAD_UNREADABLE] = "unreadable"};
    if (file->found == TN_HEAD_READ)
        snprintf(db->claimed, sizeof db->claimed, "%s:%" PRId64 ":%s", file->ledger, file->head.number,
                 file->head.hash);
    else
        snprintf(db->claimed, sizeof db->claimed, "%s@%" PRId64, names[file->found], head->number);
    if (file->found != TN_HEAD_READ)
        snprintf(db->suspicion, sizeof db->suspicion,
                 "the audit head '%s.head' is %s, so nobody can tell whether the ledger is whole" GO_ON, db->path,
                 names[file->found]);
    else if (file->head.number > head->number)
        snprintf(db->suspicion, sizeof db->suspicion,
                 "the audit head '%s.head' knows %" PRId64 " events, the ledger only %" PRId64
                 ": it came from a backup, or its end was cut off" GO_ON,
                 db->path, file->head.number, head->number);
    else
        snprintf(db->suspicion, sizeof db->suspicion,
                 "the ledger is not the one its audit head '%s.head' knows (event %" PRId64
                 " is another): it was changed or replaced" GO_ON,
                 db->path, file->head.number);
}

/* 1: the chain reaches the file's head and is the same there. */
static int agrees(struct tn_db *db, const struct tn_head_file *file, const struct tn_audit_head *head,
                  struct tn_err *err)
{
    char id[TN_GUID_TEXT], hash[TN_DIGEST_TEXT];
    int rc = tn_audit_origin(db, id, hash, err);
    if (rc < 0)
        return rc;
    if (file->found != TN_HEAD_READ || !tn_id_equal(file->ledger, id) || file->head.number > head->number)
        return 0;
    if (file->head.number > 0) {
        rc = hash_of_number(db, file->head.number, hash, err);
        if (rc <= 0)
            return rc;
    }
    return strcmp(hash, file->head.hash) == 0;
}

/* Someone who cuts the end off while we run must not be covered by our next head. */
static int check_before(struct tn_db *db, struct tn_head_file *file, struct tn_audit_head *head, struct tn_err *err)
{
    char *path = tn_head_path(db->path);
    if (!path)
        return tn_err_no_memory(err);
    tn_head_read(path, file);
    free(path);
    int rc = tn_audit_head(db, head, NULL, err);
    if (rc == TENURE_OK)
        rc = file->found == TN_HEAD_READ && !*db->suspicion ? agrees(db, file, head, err) : 1;
    if (rc == 0) {
        suspect(db, file, head);
        db->suspect_since_ms = tn_db_now_ms(db);
    }
    return rc;
}

int tn_audit_publish(struct tn_db *db, struct tn_err *err)
{
    struct tn_head_file file;
    struct tn_audit_head head;
    char id[TN_GUID_TEXT], origin[TN_DIGEST_TEXT];
    int rc = tn_audit_trusted(db, err);
    if (rc > 0)
        rc = check_before(db, &file, &head, err);
    if (rc <= 0)
        return rc;
    bool force = *db->suspicion; /* trusted again: the file is behind us, not ahead */
    rc = tn_audit_origin(db, id, origin, err);
    if (rc == TENURE_OK)
        rc = tn_head_write(db->path, id, &head, force, err);
    if (rc == TENURE_OK)
        *db->suspicion = '\0';
    return rc;
}

/* The file is read before the chain: both only grow, so a file that is ahead was ahead. */
static int compare(struct tn_db *db, const char *path, struct tn_head_file *file, struct tn_audit_head *head,
                   struct tn_err *err)
{
    tn_head_read(path, file);
    int rc = tn_audit_head(db, head, NULL, err);
    if (rc < 0)
        return rc;
    if (file->found == TN_HEAD_MISSING && head->number > 0)
        tn_head_read(path, file); /* it may have been made, and filled, only just now */
    return file->found == TN_HEAD_MISSING && head->number == 0 ? 1 : agrees(db, file, head, err);
}

/* Since when this suspicion stands: a process that looks at effects and one that trusts need not be the same. */
static int remember(struct tn_db *db, struct tn_err *err)
{
    struct tn_rows rows;
    db->suspect_since_ms = 0;
    int rc = tn_db_select(db, &rows, err, "SELECT value FROM meta WHERE name = 'suspect'", NULL, 0);
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc > 0) {
        const char *value = tn_rows_text(&rows, 0), *space = value ? strchr(value, ' ') : NULL;
        if (space && strcmp(space + 1, db->claimed) == 0)
            db->suspect_since_ms = strtoll(value, NULL, 10);
        tn_rows_end(&rows);
    }
    if (rc < 0 || db->suspect_since_ms > 0)
        return rc < 0 ? rc : TENURE_OK;
    char value[200];
    db->suspect_since_ms = tn_db_now_ms(db);
    snprintf(value, sizeof value, "%" PRId64 " %s", db->suspect_since_ms, db->claimed);
    rc = tn_db_run(db, err,
                   "INSERT INTO meta (name, value) VALUES ('suspect', $1)"
                   " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                   TN_BIND(tn_text(value)));
    const struct tn_event_fact facts[] = {{"message", db->suspicion, 0}, {"worker", db->worker, 0}, {0}};
    return rc < 0 ? rc : tn_event_note(db, NULL, "suspect", NULL, facts, err);
}

int tn_audit_check(struct tn_db *db, struct tn_err *err)
{
    struct tn_head_file file;
    struct tn_audit_head head;
    char *path = tn_head_path(db->path);
    if (!path)
        return tn_err_no_memory(err);
    *db->suspicion = '\0';
    int rc = compare(db, path, &file, &head, err);
    free(path);
    if (rc < 0)
        return rc;
    if (rc > 0)
        return file.found == TN_HEAD_MISSING && !db->read_only ? tn_audit_publish(db, err) : TENURE_OK;
    suspect(db, &file, &head);
    if (db->read_only)
        return TENURE_OK; /* who can write it down does */
    rc = tn_audit_trusted(db, err);
    if (rc != 0)
        return rc < 0 ? rc : tn_audit_publish(db, err); /* somebody had trusted it and was killed before the file */
    rc = tn_db_begin(db, db->wall_ms, err);
    if (rc == TENURE_OK)
        rc = remember(db, err);
    if (rc == TENURE_OK)
        return tn_db_commit(db, err);
    db->ops->rollback(db);
    return rc;
}

/* ---- trust ------------------------------------------------------------------------------------------------------ */

int tn_audit_trusted(struct tn_db *db, struct tn_err *err)
{
    if (!*db->suspicion)
        return 1;
    int64_t count = 0;
    int rc = tn_db_number(db, err, &count, "SELECT count(*) FROM meta WHERE name = 'trusted' AND value = $1",
                          TN_BIND(tn_text(db->claimed)));
    return rc < 0 ? rc : count > 0;
}

static int check_probed(struct tn_db *db, struct tn_err *err)
{
    struct tn_rows rows;
    int64_t left = 0;
    int rc =
        tn_db_number(db, err, &left, "SELECT count(*) FROM effect WHERE state IN " TN_OPEN_STATES " AND probed < $1",
                     TN_BIND(tn_int(db->suspect_since_ms)));
    if (rc < 0 || left == 0)
        return rc < 0 ? rc : TENURE_OK;
    rc = tn_db_select(db, &rows, err,
                      "SELECT DISTINCT run FROM effect WHERE state IN " TN_OPEN_STATES
                      " AND probed < $1 ORDER BY run LIMIT 1",
                      TN_BIND(tn_int(db->suspect_since_ms)));
    if (rc == TENURE_OK)
        rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc;
    rc = tn_err_set(err, TENURE_EBUSY,
                    "%" PRId64 " open effects have not been probed since the ledger became suspect, the first in run "
                    "%s: resume it first",
                    left, tn_rows_text(&rows, 0));
    tn_rows_end(&rows);
    return rc;
}

int tn_ledger_trust(struct tn_db *db, const char *actor, const char *reason, struct tn_err *err)
{
    if (!actor || !*actor || !reason || !*reason)
        return tn_err_set(err, TENURE_EINVAL, "trusting a ledger again needs a name and a reason");
    int rc = tn_audit_trusted(db, err);
    if (rc > 0)
        return tn_err_set(err, TENURE_EINVAL, "the ledger '%s' is not suspect: there is nothing to trust", db->path);
    if (rc == 0)
        rc = check_probed(db, err);
    if (rc == TENURE_OK)
        rc = tn_db_run(db, err,
                       "INSERT INTO meta (name, value) VALUES ('trusted', $1)"
                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                       TN_BIND(tn_text(db->claimed)));
    if (rc < 0)
        return rc;
    db->sealed = true; /* the head file follows the commit */
    const struct tn_event_fact facts[] = {
        {"actor", actor, 0}, {"claimed", db->claimed, 0}, {"reason", reason, 0}, {"worker", db->worker, 0}, {0}};
    return tn_event_note(db, NULL, "trust", NULL, facts, err);
}
