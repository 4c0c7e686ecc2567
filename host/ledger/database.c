/* The narrow door to a database: see database.h. */
#include "ledger/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "ledger/store.h"

#define KEPT_DIGITS 18 /* what struct tn_money carries in sums */

struct tn_bound tn_amount(bool has, const struct tn_money *money)
{
    struct tn_bound value = {.kind = TN_BOUND_NULL};
    if (!has)
        return value;
    char text[TN_MONEY_TEXT];
    value.kind = TN_BOUND_AMOUNT;
    snprintf(value.amount, sizeof value.amount, "%s %s", tn_money_amount(money, text), money->currency);
    return value;
}

struct tn_kept {
    struct tn_kept *next;
    char text[];
};

void tn_db_forget(struct tn_db *db)
{
    for (struct tn_kept *kept = db->kept; kept; kept = db->kept) {
        db->kept = kept->next;
        free(kept);
    }
}

/* Rarely is there anything to take out; then the new text lives as long as the transaction. */
struct tn_bound tn_redacted(struct tn_db *db, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (!tn_redact_needed(text ? text : "", len))
        return tn_text(text);
    struct tn_buf clean = {0};
    struct tn_kept *kept = tn_redact(&clean, text, len) ? malloc(sizeof *kept + clean.len + 1) : NULL;
    if (kept) {
        memcpy(kept->text, tn_buf_text(&clean), clean.len + 1);
        kept->next = db->kept;
        db->kept = kept;
    } else {
        tn_db_fail(db, TENURE_ENOMEM, "ledger '%s': out of memory", db->path);
    }
    tn_buf_deinit(&clean);
    return tn_text(kept ? kept->text : NULL);
}

/* The opposite of tn_amount(): every digit, also of sums longer than any amount taken from outside. */
static bool parse_amount(const char *text, struct tn_money *money)
{
    const char *space = strchr(text, ' ');
    if (!space || !tn_currency_valid(space + 1, strlen(space + 1)))
        return false;
    const char *end = space, *point = memchr(text, '.', (size_t)(space - text));
    while (point && end > point && (end[-1] == '0' || end[-1] == '.'))
        end--;
    struct tn_money parsed = {0};
    int digits = 0;
    bool negative = *text == '-';
    for (const char *at = text + negative; at < end; at++) {
        if (*at == '.')
            continue;
        if (*at < '0' || *at > '9' || (digits += digits || *at != '0') > KEPT_DIGITS)
            return false;
        parsed.digits = parsed.digits * 10 + (*at - '0');
        parsed.scale = (uint8_t)(parsed.scale + (point && at > point));
    }
    if (negative)
        parsed.digits = -parsed.digits;
    memcpy(parsed.currency, space + 1, 3);
    *money = parsed;
    return true;
}

/* ---- statements ------------------------------------------------------------------------------------------------- */

static int lost(const struct tn_db *db, struct tn_err *err)
{
    return tn_err_set(err, db->failed.code, "%s", db->failed.msg);
}

int tn_db_select(struct tn_db *db, struct tn_rows *rows, struct tn_err *err, const char *sql,
                 const struct tn_bound *values, int count)
{
    *rows = (struct tn_rows){.db = db};
    if (db->failed.code < 0)
        return lost(db, err);
    int rc = db->ops->prepare(db, sql, &rows->statement, err);
    for (int i = 0; rc == TENURE_OK && i < count; i++)
        rc = db->ops->bind(db, rows->statement, i + 1, &values[i], err);
    if (rc < 0)
        tn_rows_end(rows);
    return rc;
}

int tn_rows_next(struct tn_rows *rows, struct tn_err *err)
{
    struct tn_db *db = rows->db;
    int rc = db->failed.code < 0 ? lost(db, err) : db->ops->step(db, rows->statement, err);
    if (rc <= 0)
        tn_rows_end(rows);
    return rc;
}

void tn_rows_end(struct tn_rows *rows)
{
    if (rows->statement)
        rows->db->ops->release(rows->statement);
    rows->statement = NULL;
}

int64_t tn_rows_int(struct tn_rows *rows, int column)
{
    return rows->db->ops->column_int(rows->statement, column);
}

const char *tn_rows_text(struct tn_rows *rows, int column)
{
    return rows->db->ops->column_text(rows->db, rows->statement, column);
}

bool tn_rows_amount(struct tn_rows *rows, int column, struct tn_money *money)
{
    const char *text = tn_rows_text(rows, column);
    if (!text)
        return false;
    if (!parse_amount(text, money)) {
        tn_db_fail(rows->db, TENURE_EIO,
                   "the ledger '%s' holds '%.60s' where an amount belongs: it was changed by hand or "
                   "is damaged",
                   rows->db->path, text);
        return false;
    }
    return true;
}

int tn_db_run(struct tn_db *db, struct tn_err *err, const char *sql, const struct tn_bound *values, int count)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, sql, values, count);
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    tn_rows_end(&rows);
    return rc < 0 ? rc : db->ops->changes(db);
}

int tn_db_number(struct tn_db *db, struct tn_err *err, int64_t *number, const char *sql, const struct tn_bound *values,
                 int count)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, sql, values, count);
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc > 0)
        *number = tn_rows_int(&rows, 0);
    tn_rows_end(&rows);
    return rc;
}

/* ---- transactions ----------------------------------------------------------------------------------------------- */

int tn_db_begin(struct tn_db *db, int64_t wall_ms, struct tn_err *err)
{
    db->wall_ms = wall_ms;
    db->now_ms = 0;
    db->effects_asked = false;
    db->failed.code = db->effects.code = TENURE_OK;
    tn_db_forget(db);
    return db->ops->begin(db, err);
}

int tn_db_commit(struct tn_db *db, struct tn_err *err)
{
    int rc = db->failed.code < 0 ? lost(db, err) : db->ops->commit(db, err);
    if (rc < 0)
        db->ops->rollback(db);
    return rc;
}

int tn_db_fail(struct tn_db *db, int code, const char *fmt, ...)
{
    if (db->failed.code == TENURE_OK) { /* the first reason is the one that counts */
        va_list args;
        va_start(args, fmt);
        tn_err_setv(&db->failed, code, fmt, args);
        va_end(args);
    }
    return db->failed.code;
}

int tn_db_effects_allowed(struct tn_db *db, struct tn_err *err)
{
    if (!db->effects_asked) {
        db->effects_asked = true;
        db->effects.code = TENURE_OK;
        db->ops->effects_allowed(db, &db->effects);
    }
    if (db->effects.code < 0)
        return tn_err_set(err, db->effects.code, "%s", db->effects.msg);
    return TENURE_OK;
}

/* Every stored time comes with an event, and events are in order of time: the newest one is the newest stored time. */
int64_t tn_db_now_ms(struct tn_db *db)
{
    if (db->now_ms == 0) {
        int64_t newest = 0;
        tn_db_number(db, NULL, &newest, "SELECT at FROM event ORDER BY seq DESC LIMIT 1", NULL, 0);
        db->now_ms = newest > db->wall_ms ? newest : db->wall_ms;
    }
    return db->now_ms;
}
