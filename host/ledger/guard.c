/* Guards: see guard.h and store.h. All adding and comparing of money is done here, exactly; SQL only keeps the texts.
 */
#include "ledger/guard.h"

#include <stdio.h>
#include <string.h>

#include "ledger/database.h"

static const char *const kind_names[] = {
    [TN_GUARD_COUNT] = "count", [TN_GUARD_BACK] = "back", [TN_GUARD_PAY] = "pay", [TN_GUARD_WORTH] = "worth"};

const char *tn_guard_kind_name(enum tn_guard_kind kind)
{
    return kind_names[kind];
}

static enum tn_guard_kind kind_of(const char *name)
{
    size_t kind = TN_GUARD_COUNT;
    while (kind < TN_GUARD_WORTH && strcmp(kind_names[kind], name) != 0)
        kind++;
    return (enum tn_guard_kind)kind;
}

int tn_guard_insert(struct tn_db *db, const struct tn_guard_row *guard, struct tn_err *err)
{
    bool counts = guard->kind == TN_GUARD_COUNT;
    if (counts ? guard->count < 0 : tn_money_sign(&guard->cap) < 0)
        return tn_err_set(err, TENURE_EINVAL, "guard %s.%s: a cap cannot be negative", guard->operation,
                          tn_guard_kind_name(guard->kind));
    if (!counts && !tn_currency_valid(guard->cap.currency, strlen(guard->cap.currency)))
        return tn_err_set(err, TENURE_EINVAL, "guard %s.%s: the cap has no currency", guard->operation,
                          tn_guard_kind_name(guard->kind));
    const struct tn_money zero = counts ? (struct tn_money){0} : tn_money_zero(guard->cap.currency);
    int rc = tn_db_run(
        db, err,
        "INSERT INTO guard (run, operation, kind, currency, cap, planned, used, cap_count, planned_count, used_count,"
        " per_customer, share, of_at_least) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 0, 0, 0, 0, 0)"
        " ON CONFLICT (run, operation, kind, currency, per_customer) DO NOTHING",
        TN_BIND(tn_text(guard->run), tn_text(guard->operation), tn_text(tn_guard_kind_name(guard->kind)),
                tn_text(counts ? "" : guard->cap.currency), tn_amount(!counts, &guard->cap), tn_amount(!counts, &zero),
                tn_int(counts ? guard->count : 0)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EBUSY, "run %s has a guard %s.%s already", guard->run, guard->operation,
                          tn_guard_kind_name(guard->kind));
    return rc < 0 ? rc : TENURE_OK;
}

#define GUARD_COLUMNS \
    "SELECT run, operation, kind, cap, planned, used, cap_count, planned_count, used_count FROM guard WHERE run = $1"

static void read_guard(struct tn_rows *rows, struct tn_guard_row *guard)
{
    *guard = (struct tn_guard_row){.run = tn_rows_text(rows, 0), .operation = tn_rows_text(rows, 1)};
    const char *kind = tn_rows_text(rows, 2);
    guard->kind = kind_of(kind ? kind : "");
    tn_rows_amount(rows, 3, &guard->cap);
    tn_rows_amount(rows, 4, &guard->planned);
    tn_rows_amount(rows, 5, &guard->used);
    guard->count = tn_rows_int(rows, 6);
    guard->count_planned = tn_rows_int(rows, 7);
    guard->count_used = tn_rows_int(rows, 8);
}

int tn_guard_each(struct tn_db *db, const char *run, int (*on_row)(void *arg, const struct tn_guard_row *guard),
                  void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, GUARD_COLUMNS " ORDER BY operation, kind, currency", TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_guard_row guard;
        read_guard(&rows, &guard);
        rc = on_row(arg, &guard);
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- the guards of one operation -------------------------------------------------------------------------------- */

int tn_guards_load(struct tn_db *db, struct tn_guard_set *set, const char *run, const char *operation,
                   struct tn_err *err)
{
    set->count = 0;
    set->run = run;
    set->operation = operation;
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, GUARD_COLUMNS " AND operation = $2 ORDER BY kind, currency" TN_DB_FOR_UPDATE,
                          TN_BIND(tn_text(run), tn_text(operation)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        if (set->count == TN_GUARDS_MAX) {
            rc = tn_err_set(err, TENURE_ERANGE, "run %s has over %d guards for %s", run, TN_GUARDS_MAX, operation);
            break;
        }
        struct tn_guard_row *guard = &set->guards[set->count++];
        read_guard(&rows, guard);
        guard->run = run; /* the row's own texts end with the walk */
        guard->operation = operation;
    }
    tn_rows_end(&rows);
    return rc;
}

/* What of an effect counts against a guard; NULL: nothing does. */
static const struct tn_money *part_of(const struct tn_amounts *amounts, const struct tn_guard_row *guard)
{
    const struct tn_money *money = NULL;
    if (guard->kind == TN_GUARD_BACK && amounts->has_back)
        money = &amounts->back;
    else if (guard->kind == TN_GUARD_PAY && amounts->has_pay)
        money = &amounts->pay;
    else if (guard->kind == TN_GUARD_WORTH && amounts->has_worth)
        money = &amounts->worth;
    return money && strcmp(money->currency, guard->cap.currency) == 0 ? money : NULL;
}

static bool has_guard(const struct tn_guard_set *set, enum tn_guard_kind kind, const struct tn_money *money)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->guards[i].kind == kind && strcmp(set->guards[i].cap.currency, money->currency) == 0)
            return true;
    }
    return false;
}

/* Money that no cap covers: its worth is unknown or has no guard, and its currency has none either. */
static const struct tn_money *uncovered(const struct tn_guard_set *set, const struct tn_amounts *amounts,
                                        const char **kind)
{
    if (amounts->has_worth && has_guard(set, TN_GUARD_WORTH, &amounts->worth))
        return NULL;
    *kind = "back";
    if (amounts->has_back && !has_guard(set, TN_GUARD_BACK, &amounts->back))
        return &amounts->back;
    *kind = "pay";
    if (amounts->has_pay && !has_guard(set, TN_GUARD_PAY, &amounts->pay))
        return &amounts->pay;
    *kind = "worth";
    if (amounts->has_worth && !amounts->has_back && !amounts->has_pay)
        return &amounts->worth;
    return NULL;
}

static const char *sum_word(enum tn_guard_sum sum)
{
    return sum == TN_GUARD_PLANNED ? "planned" : "held or spent";
}

static bool count_fits(const struct tn_guard_row *guard, enum tn_guard_sum sum, char message[512])
{
    int64_t taken = sum == TN_GUARD_PLANNED ? guard->count_planned : guard->count_used;
    if (taken < guard->count)
        return true;
    snprintf(message, 512, "guard %s.count would be crossed: %lld allowed, %lld %s already", guard->operation,
             (long long)guard->count, (long long)taken, sum_word(sum));
    return false;
}

static bool money_fits(const struct tn_guard_row *guard, enum tn_guard_sum sum, const struct tn_money *money,
                       char message[512])
{
    const struct tn_money *taken = sum == TN_GUARD_PLANNED ? &guard->planned : &guard->used;
    struct tn_money total;
    int order = 1;
    if (tn_money_add(&total, taken, money, NULL) == TENURE_OK &&
        tn_money_compare(&order, &total, &guard->cap, NULL) == TENURE_OK && order <= 0)
        return true;
    char cap[TN_MONEY_TEXT], sofar[TN_MONEY_TEXT], more[TN_MONEY_TEXT];
    snprintf(message, 512, "guard %s.%s would be crossed: %s %s allowed, %s %s already, %s more", guard->operation,
             tn_guard_kind_name(guard->kind), tn_money_amount(&guard->cap, cap), guard->cap.currency,
             tn_money_amount(taken, sofar), sum_word(sum), tn_money_amount(money, more));
    return false;
}

const char *tn_guards_check(const struct tn_guard_set *set, enum tn_guard_sum sum, const struct tn_amounts *amounts,
                            char message[512])
{
    const char *kind;
    const struct tn_money *money = uncovered(set, amounts, &kind);
    if (money) {
        char text[TN_MONEY_TEXT];
        snprintf(message, 512, "no guard covers %s %s of %s: give %s.worth or %s.%s a cap",
                 tn_money_amount(money, text), money->currency, set->operation, set->operation, set->operation, kind);
        return "no-cap";
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct tn_guard_row *guard = &set->guards[i];
        const struct tn_money *part = part_of(amounts, guard);
        bool fits = guard->kind == TN_GUARD_COUNT ? count_fits(guard, sum, message)
                                                  : !part || money_fits(guard, sum, part, message);
        if (!fits)
            return "guard";
    }
    return NULL;
}

/* ---- moving ----------------------------------------------------------------------------------------------------- */

static int move_one(struct tn_guard_row *guard, enum tn_guard_sum sum, const struct tn_amounts *out,
                    const struct tn_amounts *in, struct tn_err *err)
{
    if (guard->kind == TN_GUARD_COUNT) {
        int64_t *taken = sum == TN_GUARD_PLANNED ? &guard->count_planned : &guard->count_used;
        *taken += (in ? 1 : 0) - (out ? 1 : 0);
        return TENURE_OK;
    }
    struct tn_money *taken = sum == TN_GUARD_PLANNED ? &guard->planned : &guard->used;
    const struct tn_money *less = out ? part_of(out, guard) : NULL, *more = in ? part_of(in, guard) : NULL;
    int rc = less ? tn_money_sub(taken, taken, less, err) : TENURE_OK;
    if (rc == TENURE_OK && more)
        rc = tn_money_add(taken, taken, more, err);
    return rc;
}

void tn_guards_clear(struct tn_guard_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        set->guards[i].count_used = 0;
        set->guards[i].used = tn_money_zero(set->guards[i].cap.currency);
    }
}

int tn_guards_add(struct tn_guard_set *set, const struct tn_amounts *amounts, struct tn_err *err)
{
    int rc = TENURE_OK;
    for (size_t i = 0; rc == TENURE_OK && i < set->count; i++)
        rc = move_one(&set->guards[i], TN_GUARD_USED, NULL, amounts, err);
    return rc;
}

bool tn_guard_over(const struct tn_guard_row *guard)
{
    int order = 0;
    if (guard->kind == TN_GUARD_COUNT)
        return guard->count_used > guard->count;
    return tn_money_compare(&order, &guard->used, &guard->cap, NULL) == TENURE_OK && order > 0;
}

int tn_guards_move(struct tn_db *db, struct tn_guard_set *set, enum tn_guard_sum sum, const struct tn_amounts *out,
                   const struct tn_amounts *in, bool *crossed, struct tn_err *err)
{
    for (size_t i = 0; i < set->count; i++) {
        struct tn_guard_row *guard = &set->guards[i];
        bool counts = guard->kind == TN_GUARD_COUNT;
        int rc = move_one(guard, sum, out, in, err);
        if (rc == TENURE_OK)
            rc = tn_db_run(db, err,
                           "UPDATE guard SET planned = $5, used = $6, planned_count = $7, used_count = $8"
                           " WHERE run = $1 AND operation = $2 AND kind = $3 AND currency = $4",
                           TN_BIND(tn_text(guard->run), tn_text(guard->operation),
                                   tn_text(tn_guard_kind_name(guard->kind)), tn_text(counts ? "" : guard->cap.currency),
                                   tn_amount(!counts, &guard->planned), tn_amount(!counts, &guard->used),
                                   tn_int(guard->count_planned), tn_int(guard->count_used)));
        if (rc < 0)
            return rc;
        if (crossed && tn_guard_over(guard))
            *crossed = true;
    }
    return TENURE_OK;
}
