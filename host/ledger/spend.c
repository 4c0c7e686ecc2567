/* Spend: see spend.h. */
#include "ledger/spend.h"

#include <string.h>

#include "ledger/database.h"

static const char *const names[] = {
    [TN_SPEND_HELD] = "held", [TN_SPEND_SPENT] = "spent", [TN_SPEND_RELEASED] = "released"};

/* 1: there is a row, 0: none yet. */
static int load(struct tn_db *db, const char *key, bool *counts, struct tn_amounts *amounts, struct tn_err *err)
{
    struct tn_rows rows;
    *counts = false;
    *amounts = (struct tn_amounts){0};
    int rc =
        tn_db_select(db, &rows, err, "SELECT state, back, pay, worth FROM spend WHERE effect = $1" TN_DB_FOR_UPDATE,
                     TN_BIND(tn_text(key)));
    if (rc < 0)
        return rc;
    rc = tn_rows_next(&rows, err);
    if (rc <= 0)
        return rc;
    const char *state = tn_rows_text(&rows, 0);
    *counts = state && strcmp(state, names[TN_SPEND_RELEASED]) != 0;
    amounts->has_back = tn_rows_amount(&rows, 1, &amounts->back);
    amounts->has_pay = tn_rows_amount(&rows, 2, &amounts->pay);
    amounts->has_worth = tn_rows_amount(&rows, 3, &amounts->worth);
    tn_rows_end(&rows);
    return 1;
}

/* A newer amount in the place of an older one. True for a surprise: a higher amount, another currency, or one below
 * zero, which would make room in a guard and is not counted. */
static bool replace(bool *has, struct tn_money *money, bool has_new, const struct tn_money *newer)
{
    int order = 1;
    if (!has_new)
        return false;
    if (tn_money_sign(newer) < 0)
        return true;
    bool more = *has && (tn_money_compare(&order, newer, money, NULL) < 0 || order > 0);
    *has = true;
    *money = *newer;
    return more;
}

static bool replace_all(struct tn_amounts *amounts, const struct tn_amounts *newer)
{
    bool back = replace(&amounts->has_back, &amounts->back, newer->has_back, &newer->back);
    bool pay = replace(&amounts->has_pay, &amounts->pay, newer->has_pay, &newer->pay);
    bool worth = replace(&amounts->has_worth, &amounts->worth, newer->has_worth, &newer->worth);
    return back || pay || worth;
}

int tn_spend_move(struct tn_db *db, struct tn_guard_set *guards, const char *key, enum tn_spend_state to,
                  const struct tn_amounts *amounts, struct tn_spend_change *change, struct tn_err *err)
{
    struct tn_amounts before;
    bool counted;
    *change = (struct tn_spend_change){0};
    int rc = load(db, key, &counted, &before, err);
    if (rc < 0)
        return rc;
    if (to == TN_SPEND_HELD && amounts)
        change->amounts = *amounts; /* a new attempt rests on its own quote alone */
    else
        change->amounts = before;
    if (to != TN_SPEND_HELD && amounts)
        change->over_held = replace_all(&change->amounts, amounts) && counted;
    rc = tn_guards_move(db, guards, TN_GUARD_USED, counted ? &before : NULL,
                        to == TN_SPEND_RELEASED ? NULL : &change->amounts, &change->crossed, err);
    if (rc < 0)
        return rc;
    const struct tn_amounts *now = &change->amounts;
    rc = tn_db_run(
        db, err,
        "INSERT INTO spend (effect, run, operation, state, back, pay, worth, at) VALUES ($1, $2, $3, $4, $5, $6, $7, "
        "$8)"
        " ON CONFLICT (effect) DO UPDATE SET state = excluded.state, back = excluded.back, pay = excluded.pay,"
        " worth = excluded.worth, at = excluded.at",
        TN_BIND(tn_text(key), tn_text(guards->run), tn_text(guards->operation), tn_text(names[to]),
                tn_amount(now->has_back, &now->back), tn_amount(now->has_pay, &now->pay),
                tn_amount(now->has_worth, &now->worth), tn_int(tn_db_now_ms(db))));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_spend_set_scope(struct tn_db *db, const char *key, const char *scope, struct tn_err *err)
{
    int rc = tn_db_run(db, err, "UPDATE spend SET scope = $2 WHERE effect = $1", TN_BIND(tn_text(key), tn_text(scope)));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_spend_in_scope(struct tn_db *db, const char *scope, int64_t since_ms, struct tn_money *sum, struct tn_err *err)
{
    struct tn_rows rows;
    int rc =
        tn_db_select(db, &rows, err,
                     "SELECT spend.worth FROM spend JOIN effect ON effect.key = spend.effect WHERE spend.scope = $1"
                     " AND spend.worth IS NOT NULL AND (spend.state = 'held' OR (spend.state = 'spent'"
                     " AND (effect.state = 'accepted' OR spend.at > $2)))",
                     TN_BIND(tn_text(scope), tn_int(since_ms)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_money worth;
        rc = tn_rows_amount(&rows, 0, &worth) ? tn_money_add(sum, sum, &worth, err) : TENURE_OK;
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}
