/*
 * Outputs: the rows that scripts wrote, stored in the transaction that ends their item.
 *
 * An item that runs again had not ended, so nothing of it is here; the rows of one that is reopened go (step.c).
 */
#include "ledger/database.h"
#include "ledger/store.h"

int tn_output_add(struct tn_db *db, const struct tn_output_row *row, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "INSERT INTO output (run, name, place, customer, step, pass, position, row)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                       TN_BIND(tn_text(row->run), tn_text(row->name), tn_int(row->place), tn_text(row->customer),
                               tn_text(row->step), tn_int(row->pass), tn_int(row->index), tn_text(row->row)));
    return rc < 0 ? rc : TENURE_OK;
}

/* Of a customer that apply has entered only the rows of that pass. */
#define IN_FORCE                                                                                                \
    " pass = CASE WHEN EXISTS (SELECT 1 FROM item_list WHERE item_list.run = output.run AND item_list.customer" \
    " = output.customer AND item_list.pass = 1) THEN 1 ELSE 0 END"

int tn_output_each(struct tn_db *db, const char *run, const char *name, struct tn_output_place *after, int64_t limit,
                   int (*on_row)(void *arg, const char *row), void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc =
        tn_db_select(db, &rows, err,
                     "SELECT place, seq, row FROM output WHERE run = $1 AND name = $2"
                     " AND (place > $3 OR (place = $3 AND seq > $4)) AND" IN_FORCE " ORDER BY place, seq LIMIT $5",
                     TN_BIND(tn_text(run), tn_text(name), tn_int(after->place), tn_int(after->seq), tn_int(limit)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        after->place = tn_rows_int(&rows, 0);
        after->seq = tn_rows_int(&rows, 1);
        rc = on_row(arg, tn_rows_text(&rows, 2));
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

int tn_outputs_count(struct tn_db *db, const char *run, int (*on_output)(void *arg, const char *name, int64_t rows),
                     void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(
        db, &rows, err, "SELECT name, count(*) FROM output WHERE run = $1 AND" IN_FORCE " GROUP BY name ORDER BY name",
        TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        rc = on_output(arg, tn_rows_text(&rows, 0), tn_rows_int(&rows, 1));
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}
