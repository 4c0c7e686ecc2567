/*
 * Steps and their items: the unit of replay. What has ended in a pass is not run again in it, unless what it saw is no
 * longer so: it was told that its effect is not approved, and a person has approved that since.
 */
#include "ledger/database.h"
#include "ledger/store.h"

static int insert_item(struct tn_db *db, const struct tn_item_row *item, int64_t position, const char *run,
                       const char *customer, const char *step, enum tn_pass pass, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "INSERT INTO item (run, customer, step, pass, position, state, label, code, detail, item, value)"
                       " VALUES ($1, $2, $3, $4, $5, 'waiting', $6, NULL, NULL, $7, NULL)",
                       TN_BIND(tn_text(run), tn_text(customer), tn_text(step), tn_int(pass), tn_int(position),
                               tn_text(item->label), tn_text(item->item)));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_items_store(struct tn_db *db, const struct tn_item_row *items, size_t count, const char *run,
                   const char *customer, const char *step, enum tn_pass pass, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "INSERT INTO item_list (run, customer, step, pass, items) VALUES ($1, $2, $3, $4, $5)"
                       " ON CONFLICT (run, customer, step, pass) DO NOTHING",
                       TN_BIND(tn_text(run), tn_text(customer), tn_text(step), tn_int(pass), tn_int((int64_t)count)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EBUSY, "step %s of customer %s has its list of items in this pass already", step,
                          customer);
    for (size_t i = 0; rc >= 0 && i < count; i++)
        rc = insert_item(db, &items[i], (int64_t)i, run, customer, step, pass, err);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_item_end(struct tn_db *db, const struct tn_item_row *item, struct tn_err *err)
{
    int rc = tn_db_run(
        db, err,
        "UPDATE item SET state = $6, code = $7, detail = $8, value = $9, label = coalesce($10, label)"
        " WHERE run = $1 AND customer = $2 AND step = $3 AND pass = $4 AND position = $5 AND state = 'waiting'",
        TN_BIND(tn_text(item->run), tn_text(item->customer), tn_text(item->step), tn_int(item->pass),
                tn_int(item->index), tn_text(item->state), tn_text(item->code), tn_redacted(db, item->detail),
                tn_text(item->value), tn_text(item->label)));
    if (rc == 0)
        return tn_err_set(err, TENURE_ENOENT, "step %s of customer %s has no item %lld that is still waiting",
                          item->step, item->customer, (long long)item->index);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_items_each(struct tn_db *db, const char *run, const char *customer, const char *step, enum tn_pass pass,
                  bool *known, int (*on_row)(void *arg, const struct tn_item_row *item), void *arg, struct tn_err *err)
{
    int64_t items = 0;
    int rc = tn_db_number(db, err, &items,
                          "SELECT items FROM item_list WHERE run = $1 AND customer = $2 AND step = $3 AND pass = $4",
                          TN_BIND(tn_text(run), tn_text(customer), tn_text(step), tn_int(pass)));
    *known = rc > 0;
    if (rc <= 0)
        return rc;
    struct tn_rows rows;
    rc = tn_db_select(db, &rows, err,
                      "SELECT run, customer, step, position, item, label, state, code, detail, value FROM item"
                      " WHERE run = $1 AND customer = $2 AND step = $3 AND pass = $4 ORDER BY position",
                      TN_BIND(tn_text(run), tn_text(customer), tn_text(step), tn_int(pass)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const struct tn_item_row item = {
            .run = tn_rows_text(&rows, 0),
            .customer = tn_rows_text(&rows, 1),
            .step = tn_rows_text(&rows, 2),
            .pass = pass,
            .index = tn_rows_int(&rows, 3),
            .item = tn_rows_text(&rows, 4),
            .label = tn_rows_text(&rows, 5),
            .state = tn_rows_text(&rows, 6),
            .code = tn_rows_text(&rows, 7),
            .detail = tn_rows_text(&rows, 8),
            .value = tn_rows_text(&rows, 9),
        };
        rc = on_row(arg, &item);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- running again ---------------------------------------------------------------------------------------------- */

int tn_item_waits(struct tn_db *db, const struct tn_item_row *item, bool *waits, struct tn_err *err)
{
    int64_t count = 0;
    int rc = tn_db_number(db, err, &count,
                          "SELECT count(*) FROM item WHERE run = $1 AND customer = $2 AND step = $3 AND pass = $4"
                          " AND position = $5 AND state = 'waiting'",
                          TN_BIND(tn_text(item->run), tn_text(item->customer), tn_text(item->step), tn_int(item->pass),
                                  tn_int(item->index)));
    *waits = count > 0;
    return rc < 0 ? rc : TENURE_OK;
}

#define AGAIN "UPDATE item SET state = 'waiting', code = NULL, detail = NULL, value = NULL WHERE run = $1 AND pass = 1"
#define FORGET "DELETE FROM output WHERE run = $1 AND pass = 1"

int tn_items_reopen_approved(struct tn_db *db, const char *run, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       FORGET " AND EXISTS (SELECT 1 FROM effect WHERE effect.run = output.run AND effect.customer ="
                              " output.customer AND effect.step = output.step AND effect.item = output.position"
                              " AND effect.state = 'approved')",
                       TN_BIND(tn_text(run)));
    if (rc >= 0)
        rc = tn_db_run(db, err,
                       AGAIN " AND state <> 'waiting' AND EXISTS (SELECT 1 FROM effect WHERE effect.run = item.run"
                             " AND effect.customer = item.customer AND effect.step = item.step"
                             " AND effect.item = item.position AND effect.state = 'approved')",
                       TN_BIND(tn_text(run)));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_step_reopen(struct tn_db *db, const char *run, const char *customer, const char *step, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       FORGET " AND customer = $2 AND step = $3 AND position IN (SELECT position FROM item WHERE"
                              " run = $1 AND customer = $2 AND step = $3 AND pass = 1 AND state <> 'failed')",
                       TN_BIND(tn_text(run), tn_text(customer), tn_text(step)));
    if (rc >= 0)
        rc = tn_db_run(db, err, AGAIN " AND customer = $2 AND step = $3 AND state NOT IN ('waiting', 'failed')",
                       TN_BIND(tn_text(run), tn_text(customer), tn_text(step)));
    return rc < 0 ? rc : TENURE_OK;
}
