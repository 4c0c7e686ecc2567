/*
 * Events: what happened, in order, for the audit.
 *
 * A transition writes its event in its own transaction, unsealed; number and hashes come when the chain is sealed.
 */
#include "ledger/event.h"

#include "base/json_write.h"
#include "ledger/database.h"
#include "ledger/store.h"

int tn_event_insert(struct tn_db *db, const char *run, const char *kind, const char *effect_key, const char *body,
                    struct tn_err *err)
{
    int rc = tn_db_run(db, err, "INSERT INTO event (kind, effect, run, body, at) VALUES ($1, $2, $3, $4, $5)",
                       TN_BIND(tn_text(kind), tn_text(effect_key), tn_text(run), tn_text(body ? body : "{}"),
                               tn_int(tn_db_now_ms(db))));
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
