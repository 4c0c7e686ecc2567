/*
 * Events: what happened, in order, for the audit.
 *
 * A transition writes its event in its own transaction, unsealed; number and hashes come when the chain is sealed.
 */
#include "ledger/event.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/database.h"

int tn_event_insert(struct tn_db *db, const char *run, const char *kind, const char *effect_key, const char *body,
                    struct tn_err *err)
{
    int rc = tn_db_run(db, err, "INSERT INTO event (kind, effect, run, body, at) VALUES ($1, $2, $3, $4, $5)",
                       TN_BIND(tn_text(kind), tn_text(effect_key), tn_text(run), tn_redacted(db, body ? body : "{}"),
                               tn_int(tn_db_now_ms(db))));
    db->events_written = true;
    return rc < 0 ? rc : TENURE_OK;
}

int tn_event_note(struct tn_db *db, const char *run, const char *kind, const char *effect_key,
                  const struct tn_event_fact *facts, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    tn_jw_object(&w);
    for (; facts->name; facts++) {
        if (facts->text)
            tn_jw_kv_string(&w, facts->name, facts->text);
        else if (facts->number)
            tn_jw_kv_int(&w, facts->name, facts->number);
    }
    tn_jw_object_end(&w);
    int rc = text.failed ? tn_err_no_memory(err) : tn_event_insert(db, run, kind, effect_key, text.data, err);
    tn_buf_deinit(&text);
    return rc;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

int tn_audit_export(struct tn_db *db, const char *run, int (*on_event)(void *arg, const struct tn_event_row *event),
                    void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = run ? tn_db_select(db, &rows, err, TN_EVENT_COLUMNS " WHERE run = $1 ORDER BY seq", TN_BIND(tn_text(run)))
                 : tn_db_select(db, &rows, err, TN_EVENT_COLUMNS " ORDER BY seq", NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_event_row event;
        rc = tn_event_read(&rows, &event, err);
        if (rc == TENURE_OK)
            rc = on_event(arg, &event);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

int tn_event_read(struct tn_rows *rows, struct tn_event_row *event, struct tn_err *err)
{
    *event = (struct tn_event_row){
        .seq = tn_rows_int(rows, 0),
        .number = tn_rows_int(rows, 1),
        .kind = tn_rows_text(rows, 2),
        .run = tn_rows_text(rows, 3),
        .effect = tn_rows_text(rows, 4),
        .body = tn_rows_text(rows, 5),
        .at_ms = tn_rows_int(rows, 6),
        .prev_hash = tn_rows_text(rows, 7),
        .hash = tn_rows_text(rows, 8),
    };
    if (rows->db->failed.code < 0)
        return tn_err_set(err, rows->db->failed.code, "%s", rows->db->failed.msg);
    return TENURE_OK;
}

void tn_event_write(const struct tn_event_row *event, struct tn_json_writer *w)
{
    char at[TN_TIME_TEXT];
    tn_jw_object(w);
    tn_jw_kv_string(w, "at", tn_time_format(event->at_ms / 1000, at));
    tn_jw_kv_int(w, "at_ms", event->at_ms);
    tn_jw_kv_string(w, "kind", event->kind);
    tn_jw_kv_string(w, "run", event->run);
    tn_jw_kv_string(w, "effect", event->effect);
    tn_jw_key(w, "body");
    tn_jw_raw(w, event->body, strlen(event->body));
    tn_jw_kv_int(w, "seq", event->seq);
    tn_jw_key(w, "number");
    if (event->number > 0)
        tn_jw_int(w, event->number);
    else
        tn_jw_null(w);
    tn_jw_kv_string(w, "prev_hash", event->prev_hash);
    tn_jw_kv_string(w, "hash", event->hash);
    tn_jw_object_end(w);
}
