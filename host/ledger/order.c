/* Locks on orders: see order.h. */
#include "ledger/order.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "ledger/database.h"

#define ORDER_TEXT 256

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static int not_orders(const char *orders, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EINVAL, "orders of an effect are a JSON array of ids, not '%.80s'", orders);
}

static int begin_orders(const char *orders, const char **at, struct tn_err *err)
{
    *at = orders ? skip_space(orders) : NULL;
    if (!*at)
        return TENURE_OK;
    if (**at != '[')
        return not_orders(orders, err);
    *at = skip_space(*at + 1);
    return TENURE_OK;
}

/* The next order, folded and cut to its last part: 1, 0 at the end. Ids need no escapes, so none are read. */
static int next_order(const char *orders, const char **at, char order[ORDER_TEXT], struct tn_err *err)
{
    if (!*at)
        return 0;
    if (**at == ']')
        return *skip_space(*at + 1) ? not_orders(orders, err) : 0;
    if (**at != '"')
        return not_orders(orders, err);
    const char *text = *at + 1, *end = text + strcspn(text, "\"\\");
    if (*end != '"')
        return not_orders(orders, err);
    for (const char *slash = memchr(text, '/', (size_t)(end - text)); slash;
         slash = memchr(text, '/', (size_t)(end - text)))
        text = slash + 1;
    size_t len = (size_t)(end - text);
    if (len == 0 || len >= ORDER_TEXT)
        return not_orders(orders, err);
    memcpy(order, text, len);
    order[len] = '\0';
    tn_id_fold(order);
    *at = skip_space(end + 1);
    if (**at == ',' && *skip_space(*at + 1) == '"')
        *at = skip_space(*at + 1);
    else if (**at != ']')
        return not_orders(orders, err);
    return 1;
}

int tn_orders_check(const char *orders, struct tn_err *err)
{
    char order[ORDER_TEXT];
    const char *at;
    int rc = begin_orders(orders, &at, err);
    if (rc < 0)
        return rc;
    while ((rc = next_order(orders, &at, order, err)) > 0)
        continue;
    return rc;
}

/* 1: free or ours; 0: not. */
static int one_free(struct tn_db *db, const char *order, const char *key, char message[512], struct tn_err *err)
{
    struct tn_rows rows;
    int rc =
        tn_db_select(db, &rows, err,
                     "SELECT effect.run, effect.operation, effect.state FROM effect_order JOIN effect ON effect.key ="
                     " effect_order.effect WHERE order_id = $1 AND effect_order.effect <> $2",
                     TN_BIND(tn_text(order), tn_text(key)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc < 0 ? rc : 1;
    snprintf(message, 512, "order %s has another %s under way in run %s (%s): let that one end or settle it first",
             order, tn_rows_text(&rows, 1), tn_rows_text(&rows, 0), tn_rows_text(&rows, 2));
    tn_rows_end(&rows);
    return 0;
}

int tn_orders_free(struct tn_db *db, const char *orders, const char *key, char message[512], struct tn_err *err)
{
    char order[ORDER_TEXT];
    const char *at;
    int rc = begin_orders(orders, &at, err);
    if (rc < 0)
        return rc;
    while ((rc = next_order(orders, &at, order, err)) > 0) {
        rc = one_free(db, order, key, message, err);
        if (rc <= 0)
            return rc;
    }
    return rc < 0 ? rc : 1;
}

int tn_orders_lock(struct tn_db *db, const char *orders, const char *key, struct tn_err *err)
{
    char order[ORDER_TEXT];
    const char *at;
    int rc = begin_orders(orders, &at, err);
    if (rc < 0)
        return rc;
    while ((rc = next_order(orders, &at, order, err)) > 0) {
        rc = tn_db_run(db, err,
                       "INSERT INTO effect_order (order_id, effect) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING",
                       TN_BIND(tn_text(order), tn_text(key)));
        if (rc < 0)
            return rc;
    }
    return rc;
}

int tn_orders_unlock(struct tn_db *db, const char *key, struct tn_err *err)
{
    int rc = tn_db_run(db, err, "DELETE FROM effect_order WHERE effect = $1", TN_BIND(tn_text(key)));
    return rc < 0 ? rc : TENURE_OK;
}
