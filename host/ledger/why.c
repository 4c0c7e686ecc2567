/*
 * Why: everything the ledger knows about one customer, effect or reservation of a run, for one page.
 *
 * What was asked for is looked up in this order: a customer by id, domain or name; an effect by its key or the
 * beginning of one; a reservation, as what effects act on or what items are called, by its whole id or its last part.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/event.h"

#define KEY_PREFIX_MIN 8

/* How $2 picks rows, for each kind of thing asked about. The last part of an id counts as the id. */
#define IS_OR_ENDS(column)                                                                                         \
    "(" column " = $2 COLLATE nocase OR substr(" column ", length(" column ") - length($2)) = ('/' || $2) COLLATE" \
    " nocase)"

enum about { ABOUT_CUSTOMER, ABOUT_EFFECT, ABOUT_RESERVATION, ABOUT_NOTHING };

static const struct {
    const char *name;
    const char *effects, *items; /* conditions on a row of effect or item */
} kinds[] = {
    [ABOUT_CUSTOMER] = {"customer", "effect.customer = $2", "item.customer = $2"},
    [ABOUT_EFFECT] = {"effect", "effect.key = $2",
                      "EXISTS (SELECT 1 FROM effect AS e WHERE e.key = $2 AND e.customer = item.customer"
                      " AND e.step = item.step AND e.item = item.position)"},
    [ABOUT_RESERVATION] = {"reservation", IS_OR_ENDS("effect.subject"), IS_OR_ENDS("item.label")},
};

struct why {
    struct tn_db *db;
    struct tn_err *err;
    struct tn_json_writer *w;
    char run[128];
    struct tn_buf request; /* the run's, JSON: its cloud says where links lead */
    char id[256];          /* as the ledger writes it */
    enum about about;
};

/* ---- what is meant ---------------------------------------------------------------------------------------------- */

/* The only row of a query over (run, id) becomes the id: 1, 0 none, negative. */
static int find_one(struct why *why, const char *id, const char *sql, const char *what)
{
    struct tn_rows rows;
    char found[256] = "";
    int count = 0;
    int rc = tn_db_select(why->db, &rows, why->err, sql, TN_BIND(tn_text(why->run), tn_text(id)));
    if (rc < 0)
        return rc;
    while (count < 2 && (rc = tn_rows_next(&rows, why->err)) > 0) {
        const char *text = tn_rows_text(&rows, 0);
        if (count++ == 0)
            snprintf(found, sizeof found, "%s", text ? text : "");
    }
    tn_rows_end(&rows);
    if (rc < 0)
        return rc;
    if (count > 1)
        return tn_err_set(why->err, TENURE_EINVAL,
                          "'%.80s' is more than one %s of run %s, among them %.80s: give its id", id, what, why->run,
                          found);
    if (count == 1)
        snprintf(why->id, sizeof why->id, "%s", found);
    return count;
}

static int any(struct why *why, const char *sql)
{
    int64_t one;
    return tn_db_number(why->db, why->err, &one, sql, TN_BIND(tn_text(why->run), tn_text(why->id)));
}

static int find_out(struct why *why, const char *id)
{
    snprintf(why->id, sizeof why->id, "%s", id);
    why->about = ABOUT_CUSTOMER;
    int rc = find_one(why, id,
                      "SELECT id FROM customer WHERE run = $1 AND (id = $2 OR domain = $2 COLLATE nocase"
                      " OR name = $2 COLLATE nocase) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 2",
                      "customer");
    if (rc == 0 && strlen(id) >= KEY_PREFIX_MIN) {
        why->about = ABOUT_EFFECT;
        rc = find_one(why, id,
                      "SELECT key FROM effect WHERE run = $1 AND substr(key, 1, length($2)) = $2 COLLATE nocase"
                      " ORDER BY key LIMIT 2",
                      "effect");
    }
    if (rc == 0) {
        why->about = ABOUT_RESERVATION;
        rc = any(why, "SELECT 1 FROM effect WHERE effect.run = $1 AND " IS_OR_ENDS("effect.subject") " LIMIT 1");
    }
    if (rc == 0)
        rc = any(why, "SELECT 1 FROM item WHERE item.run = $1 AND " IS_OR_ENDS("item.label") " LIMIT 1");
    if (rc == 0)
        return tn_err_set(
            why->err, TENURE_ENOENT,
            "run %s has no customer, effect or reservation '%.80s': tenure report %s --effects lists them", why->run,
            id, why->run);
    return rc;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_texts(struct tn_json_writer *w, struct tn_rows *rows, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        tn_jw_kv_string(w, names[i], tn_rows_text(rows, i));
}

/* An array of one object for each row; on_row writes its members. */
static int write_rows(struct why *why, const char *name, const char *sql,
                      void (*on_row)(struct tn_json_writer *w, struct tn_rows *rows))
{
    struct tn_rows rows;
    int rc = tn_db_select(why->db, &rows, why->err, sql, TN_BIND(tn_text(why->run), tn_text(why->id)));
    if (rc < 0)
        return rc;
    tn_jw_key(why->w, name);
    tn_jw_array(why->w);
    while ((rc = tn_rows_next(&rows, why->err)) > 0) {
        tn_jw_object(why->w);
        on_row(why->w, &rows);
        tn_jw_object_end(why->w);
    }
    tn_jw_array_end(why->w);
    return rc;
}

static void on_customer(struct tn_json_writer *w, struct tn_rows *rows)
{
    static const char *const names[] = {"id",           "name",        "domain",     "plan_state",   "plan_code",
                                        "plan_message", "apply_state", "apply_code", "apply_message"};
    write_texts(w, rows, names, 9);
}

static void on_item(struct tn_json_writer *w, struct tn_rows *rows)
{
    static const char *const names[] = {"customer", "step", "label", "state", "code", "detail"};
    write_texts(w, rows, names, 6);
    tn_jw_kv_string(w, "pass", tn_rows_int(rows, 6) == TN_PASS_PLAN ? "plan" : "apply");
    tn_jw_kv_int(w, "item", tn_rows_int(rows, 7));
    tn_jw_kv_json(w, "element", tn_rows_text(rows, 8));
    tn_jw_kv_json(w, "value", tn_rows_text(rows, 9));
}

static void write_time(struct tn_json_writer *w, const char *name, int64_t ms)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, name, ms > 0 ? tn_time_format(ms / 1000, text) : NULL);
}

static void on_approval(struct tn_json_writer *w, struct tn_rows *rows)
{
    static const char *const names[] = {"actor", "reason", "plan_hash"};
    write_texts(w, rows, names, 3);
    write_time(w, "at", tn_rows_int(rows, 3));
    tn_jw_kv_int(w, "effects", tn_rows_int(rows, 4));
}

static int on_effect(void *arg, const struct tn_effect_row *effect)
{
    struct why *why = arg;
    tn_jw_object(why->w);
    tn_jw_key(why->w, "effect");
    tn_effect_write(effect, why->w);
    tn_jw_kv_json(why->w, "orders", effect->orders);
    tn_jw_kv_json(why->w, "request", effect->request);
    tn_jw_kv_json(why->w, "quote", effect->quote);
    tn_jw_kv_json(why->w, "snapshot", effect->snapshot);
    tn_jw_kv_json(why->w, "poll", effect->poll);
    tn_jw_kv_json(why->w, "outcome", effect->outcome);
    tn_jw_object_end(why->w);
    return 0;
}

/* "before %s after" with the condition of what is asked about. NULL: no memory. */
static char *with_condition(struct tn_buf *buf, const char *before, const char *condition, const char *after)
{
    tn_buf_reset(buf);
    tn_buf_puts(buf, before);
    tn_buf_puts(buf, condition);
    tn_buf_puts(buf, after);
    return buf->failed ? NULL : buf->data;
}

static int write_effects(struct why *why, struct tn_buf *sql)
{
    struct tn_rows rows;
    if (!with_condition(sql, "SELECT key FROM effect WHERE effect.run = $1 AND ", kinds[why->about].effects,
                        " ORDER BY customer, item, planned, key"))
        return tn_err_no_memory(why->err);
    int rc = tn_db_select(why->db, &rows, why->err, sql->data, TN_BIND(tn_text(why->run), tn_text(why->id)));
    if (rc < 0)
        return rc;
    tn_jw_key(why->w, "effects");
    tn_jw_array(why->w);
    while ((rc = tn_rows_next(&rows, why->err)) > 0) {
        const char *key = tn_rows_text(&rows, 0);
        rc = tn_effect_find(why->db, key ? key : "", on_effect, why, why->err);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    tn_jw_array_end(why->w);
    return rc;
}

static int write_events(struct why *why, struct tn_buf *sql)
{
    struct tn_rows rows;
    struct tn_event_row event;
    if (!with_condition(
            sql, TN_EVENT_COLUMNS " WHERE run = $1 AND effect IN (SELECT key FROM effect WHERE effect.run = $1 AND ",
            kinds[why->about].effects, ") ORDER BY seq"))
        return tn_err_no_memory(why->err);
    int rc = tn_db_select(why->db, &rows, why->err, sql->data, TN_BIND(tn_text(why->run), tn_text(why->id)));
    if (rc < 0)
        return rc;
    tn_jw_key(why->w, "events");
    tn_jw_array(why->w);
    while ((rc = tn_rows_next(&rows, why->err)) > 0) {
        rc = tn_event_read(&rows, &event, why->err);
        if (rc < 0)
            break;
        tn_event_write(&event, why->w);
    }
    tn_rows_end(&rows);
    tn_jw_array_end(why->w);
    return rc;
}

static int write_customers(struct why *why, struct tn_buf *sql)
{
    static const char columns[] =
        "SELECT id, name, domain, plan_state, plan_code, plan_message, apply_state, apply_code,"
        " apply_message FROM customer WHERE run = $1 AND (id IN (SELECT customer FROM effect"
        " WHERE effect.run = $1 AND ";
    struct tn_buf items = {0};
    tn_buf_printf(&items, ") OR id IN (SELECT customer FROM item WHERE item.run = $1 AND %s)%s) ORDER BY seq, id",
                  kinds[why->about].items, why->about == ABOUT_CUSTOMER ? " OR id = $2" : "");
    int rc = items.failed || !with_condition(sql, columns, kinds[why->about].effects, items.data)
                 ? tn_err_no_memory(why->err)
                 : write_rows(why, "customers", sql->data, on_customer);
    tn_buf_deinit(&items);
    return rc;
}

static int write_items(struct why *why, struct tn_buf *sql)
{
    if (!with_condition(sql,
                        "SELECT customer, step, label, state, code, detail, pass, position, item, value FROM item"
                        " WHERE item.run = $1 AND ",
                        kinds[why->about].items, " ORDER BY pass, customer, step, position"))
        return tn_err_no_memory(why->err);
    return write_rows(why, "items", sql->data, on_item);
}

static int write_all(struct why *why)
{
    struct tn_buf sql = {0};
    tn_jw_object(why->w);
    tn_jw_kv_string(why->w, "run", why->run);
    tn_jw_kv_string(why->w, "about", kinds[why->about].name);
    tn_jw_kv_string(why->w, "id", why->id);
    tn_jw_key(why->w, "request");
    tn_jw_raw(why->w, tn_buf_text(&why->request), why->request.len);
    int rc = write_customers(why, &sql);
    if (rc == TENURE_OK)
        rc = write_items(why, &sql);
    if (rc == TENURE_OK)
        rc = write_effects(why, &sql);
    if (rc == TENURE_OK)
        rc = write_rows(why, "approvals",
                        "SELECT actor, reason, plan_hash, at, effects FROM approval WHERE run = $1 AND $2 <> ''"
                        " ORDER BY id",
                        on_approval);
    if (rc == TENURE_OK)
        rc = write_events(why, &sql);
    tn_jw_object_end(why->w);
    tn_buf_deinit(&sql);
    return rc;
}

static int on_run(void *arg, const struct tn_run_row *run)
{
    struct why *why = arg;
    snprintf(why->run, sizeof why->run, "%s", run->id);
    tn_buf_puts(&why->request, run->request ? run->request : "{}");
    return 0;
}

int tn_why_write(struct tn_db *db, const char *run, const char *id, struct tn_json_writer *w, struct tn_err *err)
{
    struct why why = {.db = db, .err = err, .w = w, .about = ABOUT_NOTHING};
    if (!*id)
        return tn_err_set(err, TENURE_EINVAL, "name a customer, an effect or a reservation");
    int rc = tn_run_find(db, run, on_run, &why, err);
    if (rc == TENURE_OK)
        rc = why.request.failed ? tn_err_no_memory(err) : find_out(&why, id);
    if (rc >= 0)
        rc = write_all(&why);
    tn_buf_deinit(&why.request);
    return rc;
}
