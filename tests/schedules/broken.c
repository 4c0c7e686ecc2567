/* An engine that is broken on purpose: see broken.h. */
#include "broken.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "ledger/database.h"
#include "ledger/name.h"
#include "ledger/order.h"
#include "ledger/spend.h"
#include "ledger/store.h"
#include "workflow/run.h"

const char *const breakage_names[BREAKAGES + 1] = {"nothing", "permit", "quiet", "lock", "retry", "release", "sleep",
                                                   "lost",    "doubt",  "share", "pay",  "name",  "partly",  NULL};

enum breakage broken;

enum violation broken_shows(enum breakage breakage)
{
    static const enum violation shows[BREAKAGES] = {
        [BROKEN_PERMIT] = TWICE,  [BROKEN_QUIET] = TWICE, [BROKEN_LOCK] = ORDER,  [BROKEN_RETRY] = TWICE,
        [BROKEN_RELEASE] = BOOKS, [BROKEN_SLEEP] = TWICE, [BROKEN_LOST] = BLAMED, [BROKEN_DOUBT] = UNLISTED,
        [BROKEN_SHARE] = GUARD,   [BROKEN_PAY] = GUARD,   [BROKEN_NAME] = TWICE,  [BROKEN_PARTLY] = BOOKS};
    return shows[breakage];
}

/* ---- the permit ------------------------------------------------------------------------------------------------- */

int __real_tn_effect_intend(struct tn_db *db, struct tn_intent *intent, struct tn_err *err);
int __wrap_tn_effect_intend(struct tn_db *db, struct tn_intent *intent, struct tn_err *err);
int __wrap_tn_effect_intend(struct tn_db *db, struct tn_intent *intent, struct tn_err *err)
{
    char name[512];
    if (broken != BROKEN_PERMIT)
        return __real_tn_effect_intend(db, intent, err);
    intent->verdict = TN_VERDICT_PERMIT;
    intent->attempt = 1;
    snprintf(name, sizeof name, "%.480s/1", intent->key);
    tn_id_fold(name);
    tn_guid_derive(intent->correlation, name);
    return TENURE_OK;
}

/* ---- locks ------------------------------------------------------------------------------------------------------ */

/* The reservation of an effect, written as if it were its order. */
static const char *reservation_of(struct tn_db *db, const char *key, char text[256])
{
    struct tn_rows rows;
    snprintf(text, 256, "[]");
    if (tn_db_select(db, &rows, NULL, "SELECT subject FROM effect WHERE key = $1", TN_BIND(tn_text(key))) < 0)
        return text;
    if (tn_rows_next(&rows, NULL) > 0)
        snprintf(text, 256, "[\"%s\"]", tn_rows_text(&rows, 0));
    tn_rows_end(&rows);
    return text;
}

int __real_tn_orders_free(struct tn_db *db, const char *orders, const char *key, char message[512], struct tn_err *err);
int __wrap_tn_orders_free(struct tn_db *db, const char *orders, const char *key, char message[512], struct tn_err *err);
int __wrap_tn_orders_free(struct tn_db *db, const char *orders, const char *key, char message[512], struct tn_err *err)
{
    char text[256];
    if (broken == BROKEN_LOCK)
        orders = reservation_of(db, key, text);
    return __real_tn_orders_free(db, orders, key, message, err);
}

int __real_tn_orders_lock(struct tn_db *db, const char *orders, const char *key, struct tn_err *err);
int __wrap_tn_orders_lock(struct tn_db *db, const char *orders, const char *key, struct tn_err *err);
int __wrap_tn_orders_lock(struct tn_db *db, const char *orders, const char *key, struct tn_err *err)
{
    char text[256];
    if (broken == BROKEN_LOCK)
        orders = reservation_of(db, key, text);
    return __real_tn_orders_lock(db, orders, key, err);
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

int __real_tn_spend_move(struct tn_db *db, struct tn_guard_set *guards, const char *key, enum tn_spend_state to,
                         const struct tn_amounts *amounts, struct tn_spend_change *change, struct tn_err *err);
int __wrap_tn_spend_move(struct tn_db *db, struct tn_guard_set *guards, const char *key, enum tn_spend_state to,
                         const struct tn_amounts *amounts, struct tn_spend_change *change, struct tn_err *err);
int __wrap_tn_spend_move(struct tn_db *db, struct tn_guard_set *guards, const char *key, enum tn_spend_state to,
                         const struct tn_amounts *amounts, struct tn_spend_change *change, struct tn_err *err)
{
    struct tn_amounts unpaid;
    bool unknown = to == TN_SPEND_HELD && !amounts;
    if (broken == BROKEN_RELEASE && unknown)
        to = TN_SPEND_RELEASED;
    if (broken == BROKEN_PAY && to == TN_SPEND_HELD && amounts) {
        unpaid = *amounts;
        unpaid.has_pay = false;
        amounts = &unpaid;
    }
    return __real_tn_spend_move(db, guards, key, to, amounts, change, err);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

int __real_tn_name_free(struct tn_db *db, const char *named, const char *key, char message[512], struct tn_err *err);
int __wrap_tn_name_free(struct tn_db *db, const char *named, const char *key, char message[512], struct tn_err *err);
int __wrap_tn_name_free(struct tn_db *db, const char *named, const char *key, char message[512], struct tn_err *err)
{
    return __real_tn_name_free(db, broken == BROKEN_NAME ? NULL : named, key, message, err);
}

/* ---- outages ---------------------------------------------------------------------------------------------------- */

void __real_tn_run_lost(struct tn_run *run, const struct tn_err *err);
void __wrap_tn_run_lost(struct tn_run *run, const struct tn_err *err);
void __wrap_tn_run_lost(struct tn_run *run, const struct tn_err *err)
{
    if (broken != BROKEN_LOST)
        __real_tn_run_lost(run, err);
}

/* ---- what may go wrong ------------------------------------------------------------------------------------------ */

int __real_tn_guard_shares(struct tn_db *db, const char *run, enum tn_pass pass, struct tn_guard_shares *shares,
                           struct tn_err *err);
int __wrap_tn_guard_shares(struct tn_db *db, const char *run, enum tn_pass pass, struct tn_guard_shares *shares,
                           struct tn_err *err);
int __wrap_tn_guard_shares(struct tn_db *db, const char *run, enum tn_pass pass, struct tn_guard_shares *shares,
                           struct tn_err *err)
{
    int rc = __real_tn_guard_shares(db, run, pass, shares, err);
    if (broken == BROKEN_SHARE)
        shares->failures_reached = shares->unreachable_reached = false;
    return rc;
}
