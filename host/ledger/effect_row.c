/*
 * Effects as rows: finding them, walking over them, and writing one as JSON.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/database.h"
#include "ledger/effect.h"

/* state stands first, so that a walk passes over the others' long texts without reading them. */
#define EFFECT_COLUMNS                                                                                                 \
    "SELECT effect.state, key, effect.run, customer, customer_name, step, item, operation, subject, subject_name, "    \
    "orders,"                                                                                                          \
    " quantity, attempt, planned_back, planned_pay, planned_worth, actual_back, actual_pay, actual_worth, code, "      \
    "message,"                                                                                                         \
    " request, quote, snapshot, poll, outcome, correlation, request_id, worker, planned, changed, evidence, send_by, " \
    "boot, intended, probed, called, asks, place FROM effect"

static void read_amounts(struct tn_rows *rows, int first, struct tn_amounts *amounts)
{
    amounts->has_back = tn_rows_amount(rows, first, &amounts->back);
    amounts->has_pay = tn_rows_amount(rows, first + 1, &amounts->pay);
    amounts->has_worth = tn_rows_amount(rows, first + 2, &amounts->worth);
}

static void read_effect(struct tn_rows *rows, enum tn_effect_state state, struct tn_effect_row *effect)
{
    *effect = (struct tn_effect_row){
        .key = tn_rows_text(rows, 1),
        .run = tn_rows_text(rows, 2),
        .customer = tn_rows_text(rows, 3),
        .customer_name = tn_rows_text(rows, 4),
        .step = tn_rows_text(rows, 5),
        .item = tn_rows_int(rows, 6),
        .operation = tn_rows_text(rows, 7),
        .subject = tn_rows_text(rows, 8),
        .subject_name = tn_rows_text(rows, 9),
        .orders = tn_rows_text(rows, 10),
        .quantity = tn_rows_int(rows, 11),
        .state = state,
        .attempt = tn_rows_int(rows, 12),
        .code = tn_rows_text(rows, 19),
        .message = tn_rows_text(rows, 20),
        .request = tn_rows_text(rows, 21),
        .quote = tn_rows_text(rows, 22),
        .snapshot = tn_rows_text(rows, 23),
        .poll = tn_rows_text(rows, 24),
        .outcome = tn_rows_text(rows, 25),
        .correlation = tn_rows_text(rows, 26),
        .request_id = tn_rows_text(rows, 27),
        .worker = tn_rows_text(rows, 28),
        .planned_ms = tn_rows_int(rows, 29),
        .changed_ms = tn_rows_int(rows, 30),
        .evidence = tn_rows_text(rows, 31),
        .send_by_awake_ms = tn_rows_int(rows, 32),
        .intended_ms = tn_rows_int(rows, 34),
        .probed_ms = tn_rows_int(rows, 35),
        .called = tn_rows_text(rows, 36),
        .asks = tn_rows_text(rows, 37),
        .place = tn_rows_text(rows, 38),
        .opened_awake_ms = rows->db->opened_awake_ms,
    };
    const char *boot = tn_rows_text(rows, 33);
    effect->same_boot = boot && *boot && strcmp(boot, rows->db->boot_id) == 0;
    read_amounts(rows, 13, &effect->planned);
    read_amounts(rows, 16, &effect->actual);
}

/* Calls on_row for the row the walk stands on, if its state is among those asked for (0: all). A row that cannot be
 * read whole is never shown. */
static int show_row(struct tn_rows *rows, unsigned states, int (*on_row)(void *arg, const struct tn_effect_row *effect),
                    void *arg, struct tn_err *err)
{
    struct tn_db *db = rows->db;
    const char *name = tn_rows_text(rows, 0);
    enum tn_effect_state state = tn_effect_state_of(name ? name : "");
    if (state == TN_EFFECT_STATE_COUNT)
        tn_db_fail(db, TENURE_EIO, "the ledger '%s' holds an effect in a state that does not exist", db->path);
    else if (states != 0 && !(states & (1u << state)))
        return 0;
    struct tn_effect_row effect;
    if (db->failed.code == TENURE_OK)
        read_effect(rows, state, &effect);
    if (db->failed.code < 0)
        return tn_err_set(err, db->failed.code, "%s", db->failed.msg);
    return on_row(arg, &effect);
}

/* Wall time has no part in it: a clock that jumps must not shorten it. On another boot, or where no boot can be told,
 * it counts from when this process opened the ledger. */
int64_t tn_effect_quiet_left_ms(const struct tn_effect_row *effect, int64_t now_awake_ms, int64_t quiet_ms)
{
    int64_t from_ms = effect->same_boot ? effect->send_by_awake_ms : effect->opened_awake_ms;
    int64_t left_ms = from_ms + quiet_ms - now_awake_ms;
    return left_ms > 0 ? left_ms : 0;
}

int tn_effect_find(struct tn_db *db, const char *key, int (*on_row)(void *arg, const struct tn_effect_row *effect),
                   void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, EFFECT_COLUMNS " WHERE key = $1", TN_BIND(tn_text(key)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc > 0)
        rc = show_row(&rows, 0, on_row, arg, err);
    tn_rows_end(&rows);
    return rc;
}

int tn_effect_each(struct tn_db *db, const char *run, const char *customer, unsigned states,
                   int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc =
        customer
            ? tn_db_select(db, &rows, err,
                           EFFECT_COLUMNS " WHERE effect.run = $1 AND customer = $2 ORDER BY item, planned, key",
                           TN_BIND(tn_text(run), tn_text(customer)))
            : tn_db_select(db, &rows, err,
                           EFFECT_COLUMNS " LEFT JOIN customer AS c ON c.run = effect.run AND c.id = effect.customer"
                                          " WHERE effect.run = $1 ORDER BY c.seq, customer, item, planned, key",
                           TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        rc = show_row(&rows, states, on_row, arg, err);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

int tn_effect_each_open(struct tn_db *db, int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg,
                        struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(
        db, &rows, err, EFFECT_COLUMNS " WHERE effect.state IN " TN_OPEN_STATES " ORDER BY effect.run, customer, item",
        NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        rc = show_row(&rows, 0, on_row, arg, err);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

static void write_amounts(struct tn_json_writer *w, const char *name, const struct tn_amounts *amounts)
{
    tn_jw_key(w, name);
    if (!amounts->has_back && !amounts->has_pay && !amounts->has_worth) {
        tn_jw_null(w);
        return;
    }
    tn_jw_object(w);
    if (amounts->has_back)
        tn_jw_kv_money(w, "back", &amounts->back);
    if (amounts->has_pay)
        tn_jw_kv_money(w, "pay", &amounts->pay);
    if (amounts->has_worth)
        tn_jw_kv_money(w, "worth", &amounts->worth);
    tn_jw_object_end(w);
}

static void write_time(struct tn_json_writer *w, const char *name, int64_t ms)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, name, ms > 0 ? tn_time_format(ms / 1000, text) : NULL);
}

void tn_effect_write(const struct tn_effect_row *effect, struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "key", effect->key);
    tn_jw_kv_string(w, "run", effect->run);
    tn_jw_kv_string(w, "customer", effect->customer);
    tn_jw_kv_string(w, "customer_name", effect->customer_name);
    tn_jw_kv_string(w, "step", effect->step);
    tn_jw_kv_int(w, "item", effect->item);
    tn_jw_kv_string(w, "operation", effect->operation);
    tn_jw_kv_string(w, "subject", effect->subject);
    tn_jw_kv_string(w, "subject_name", effect->subject_name);
    tn_jw_kv_string(w, "called", effect->called);
    tn_jw_kv_json(w, "asks", effect->asks);
    tn_jw_kv_string(w, "place", effect->place);
    tn_jw_key(w, "quantity");
    if (effect->quantity)
        tn_jw_int(w, effect->quantity);
    else
        tn_jw_null(w);
    tn_jw_kv_string(w, "state", tn_effect_state_name(effect->state));
    tn_jw_kv_int(w, "attempt", effect->attempt);
    write_amounts(w, "planned", &effect->planned);
    write_amounts(w, "actual", &effect->actual);
    tn_jw_kv_string(w, "code", effect->code);
    tn_jw_kv_string(w, "message", effect->message);
    tn_jw_kv_string(w, "evidence", effect->evidence);
    tn_jw_kv_string(w, "correlation", effect->correlation);
    tn_jw_kv_string(w, "request_id", effect->request_id);
    write_time(w, "planned_at", effect->planned_ms);
    write_time(w, "intended_at", effect->intended_ms);
    write_time(w, "probed_at", effect->probed_ms);
    write_time(w, "changed_at", effect->changed_ms);
    tn_jw_object_end(w);
}
