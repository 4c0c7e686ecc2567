/*
 * Customers: the unit of fan-out, with a state for each pass.
 */
#include "base/text.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/store.h"

int tn_customer_insert(struct tn_db *db, const struct tn_customer_row *customer, struct tn_err *err)
{
    int rc = tn_db_run(
        db, err,
        "INSERT INTO customer (run, id, name, domain, record, seq, plan_state, plan_code, plan_message, plan_now,"
        " apply_state, apply_code, apply_message, apply_now)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL, NULL, 0) ON CONFLICT (run, id) DO NOTHING",
        TN_BIND(tn_text(customer->run), tn_text(customer->id), tn_text(customer->name), tn_text(customer->domain),
                tn_text(customer->record), tn_int(customer->seq),
                tn_text(customer->state ? customer->state : "waiting"), tn_text(customer->code),
                tn_redacted(db, customer->message), tn_int(customer->now_s)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EBUSY, "customer %s is in run %s already", customer->id, customer->run);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_customer_set(struct tn_db *db, const char *run, const char *id, enum tn_pass pass, const char *state,
                    int64_t now_s, const char *code, const char *message, struct tn_err *err)
{
    static const char *const updates[] = {
        [TN_PASS_PLAN] = "UPDATE customer SET plan_state = $3, plan_code = $4, plan_message = $5,"
                         " plan_now = CASE WHEN $6 = 0 THEN plan_now ELSE $6 END WHERE run = $1 AND id = $2",
        [TN_PASS_APPLY] = "UPDATE customer SET apply_state = $3, apply_code = $4, apply_message = $5,"
                          " apply_now = CASE WHEN $6 = 0 THEN apply_now ELSE $6 END WHERE run = $1 AND id = $2",
    };
    int rc = tn_db_run(
        db, err, updates[pass],
        TN_BIND(tn_text(run), tn_text(id), tn_text(state), tn_text(code), tn_redacted(db, message), tn_int(now_s)));
    if (rc == 0)
        return tn_err_set(err, TENURE_ENOENT, "run %s has no customer %s", run, id);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_customer_enter(struct tn_db *db, const char *run, const char *id, struct tn_err *err)
{
    int rc = tn_db_run(db, err,
                       "UPDATE customer SET apply_state = 'waiting' WHERE run = $1 AND id = $2 AND apply_state IS NULL",
                       TN_BIND(tn_text(run), tn_text(id)));
    return rc < 0 ? rc : TENURE_OK;
}

static void read_customer(struct tn_rows *rows, struct tn_customer_row *customer)
{
    *customer = (struct tn_customer_row){
        .run = tn_rows_text(rows, 0),
        .id = tn_rows_text(rows, 1),
        .name = tn_rows_text(rows, 2),
        .domain = tn_rows_text(rows, 3),
        .record = tn_rows_text(rows, 4),
        .state = tn_rows_text(rows, 5),
        .code = tn_rows_text(rows, 6),
        .message = tn_rows_text(rows, 7),
        .seq = tn_rows_int(rows, 8),
        .now_s = tn_rows_int(rows, 9),
    };
}

int tn_customer_each(struct tn_db *db, const char *run, enum tn_pass pass,
                     int (*on_row)(void *arg, const struct tn_customer_row *customer), void *arg, struct tn_err *err)
{
    static const char *const selects[] = {
        [TN_PASS_PLAN] = "SELECT run, id, name, domain, record, plan_state, plan_code, plan_message, seq, plan_now"
                         " FROM customer WHERE run = $1 ORDER BY seq, id",
        [TN_PASS_APPLY] = "SELECT run, id, name, domain, record, coalesce(apply_state, 'waiting'), apply_code, "
                          "apply_message, seq, apply_now"
                          " FROM customer WHERE run = $1 AND (apply_state IN ('waiting', 'running') OR EXISTS"
                          " (SELECT 1 FROM effect WHERE effect.run = customer.run AND effect.customer = customer.id"
                          " AND effect.state IN ('approved', 'intended', 'accepted', 'unknown'))) ORDER BY seq, id",
    };
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, selects[pass], TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_customer_row customer;
        read_customer(&rows, &customer);
        rc = on_row(arg, &customer);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

static const char *const ends[] = {"waiting", "running", "done", "skipped", "unreachable", "failed", NULL};

static int check_states(const char *const *states, struct tn_err *err)
{
    for (; *states; states++) {
        if (!tn_text_among(*states, ends))
            return tn_err_set(err, TENURE_EINVAL,
                              "customers are never '%.40s': they are waiting, running, done, skipped, unreachable or "
                              "failed",
                              *states);
    }
    return TENURE_OK;
}

int tn_customer_select(struct tn_db *db, const char *run, const char *const *states,
                       int (*on_row)(void *arg, const struct tn_customer_row *customer), void *arg, struct tn_err *err)
{
    static const char select[] =
        "SELECT run, id, name, domain, record, coalesce(apply_state, plan_state),"
        " CASE WHEN apply_state IS NULL THEN plan_code ELSE apply_code END,"
        " CASE WHEN apply_state IS NULL THEN plan_message ELSE apply_message END, seq,"
        " CASE WHEN apply_state IS NULL THEN plan_now ELSE apply_now END,"
        " EXISTS (SELECT 1 FROM item WHERE item.run = customer.run AND item.customer = customer.id AND state = 'failed'"
        " AND item.pass = CASE WHEN apply_state IS NULL THEN 0 ELSE 1 END)"
        " OR id IN " TN_EFFECT_FAILED_CUSTOMERS " FROM customer WHERE run = $1 ORDER BY seq, id";
    struct tn_rows rows;
    int rc = check_states(states, err);
    if (rc == TENURE_OK)
        rc = tn_db_select(db, &rows, err, select, TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    bool failed = tn_text_among("failed", states);
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_customer_row customer;
        read_customer(&rows, &customer);
        if (!(failed && tn_rows_int(&rows, 10)) && !tn_text_among(customer.state, states))
            continue;
        rc = on_row(arg, &customer);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}
