/* Guards: see guard.h and store.h. All adding and comparing of money is done here, exactly; SQL only keeps the texts.
 */
#include "ledger/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ledger/database.h"
#include "ledger/effect.h"

static const char *const kind_names[] = {
    [TN_GUARD_COUNT] = "count",
    [TN_GUARD_BACK] = "back",
    [TN_GUARD_PAY] = "pay",
    [TN_GUARD_WORTH] = "worth",
    [TN_GUARD_IN_FLIGHT] = "in_flight",
    [TN_GUARD_FAILURES] = "failures",
    [TN_GUARD_UNREACHABLE] = "unreachable",
};

const char *tn_guard_kind_name(enum tn_guard_kind kind)
{
    return kind_names[kind];
}

static enum tn_guard_kind kind_of(const char *name)
{
    size_t kind = TN_GUARD_COUNT;
    while (kind < TN_GUARD_UNREACHABLE && strcmp(kind_names[kind], name) != 0)
        kind++;
    return (enum tn_guard_kind)kind;
}

static bool is_money(enum tn_guard_kind kind)
{
    return kind == TN_GUARD_BACK || kind == TN_GUARD_PAY || kind == TN_GUARD_WORTH;
}

bool tn_guard_sums(const struct tn_guard_row *guard)
{
    return !guard->per_customer && (guard->kind == TN_GUARD_COUNT || is_money(guard->kind));
}

/* "refund.worth", "refund.per_customer.count", "in_flight" */
static const char *name_of(const struct tn_guard_row *guard, char name[96])
{
    const char *operation = guard->operation ? guard->operation : "";
    snprintf(name, 96, "%.60s%s%s%s", operation, *operation ? "." : "", guard->per_customer ? "per_customer." : "",
             tn_guard_kind_name(guard->kind));
    return name;
}

static int check_cap(const struct tn_guard_row *guard, struct tn_err *err)
{
    char name[96];
    bool whole_run = guard->kind >= TN_GUARD_IN_FLIGHT, operation = guard->operation && *guard->operation;
    if (operation == whole_run || (whole_run && guard->per_customer))
        return tn_err_set(err, TENURE_EINVAL, "guard %s: it is %s", name_of(guard, name),
                          whole_run ? "over the whole run, not of an operation or customer" : "of an operation");
    if (is_money(guard->kind) ? tn_money_sign(&guard->cap) < 0 : guard->count < 0)
        return tn_err_set(err, TENURE_EINVAL, "guard %s: a cap cannot be negative", name_of(guard, name));
    if (is_money(guard->kind) && !tn_currency_valid(guard->cap.currency, strlen(guard->cap.currency)))
        return tn_err_set(err, TENURE_EINVAL, "guard %s: the cap has no currency", name_of(guard, name));
    if (guard->kind == TN_GUARD_IN_FLIGHT && guard->count == 0)
        return tn_err_set(err, TENURE_EINVAL, "guard in_flight: with 0 nothing could ever be sent");
    if (guard->share_ppm < 0 || guard->share_ppm > 1000000 || guard->of_at_least < 0)
        return tn_err_set(err, TENURE_EINVAL, "guard %s: a share is between 0%% and 100%%", name_of(guard, name));
    return TENURE_OK;
}

int tn_guard_insert(struct tn_db *db, const struct tn_guard_row *guard, struct tn_err *err)
{
    char name[96];
    bool money = is_money(guard->kind);
    int rc = check_cap(guard, err);
    if (rc < 0)
        return rc;
    const struct tn_money zero = money ? tn_money_zero(guard->cap.currency) : (struct tn_money){0};
    rc = tn_db_run(
        db, err,
        "INSERT INTO guard (run, operation, kind, currency, cap, planned, used, cap_count, planned_count, used_count,"
        " per_customer, share, of_at_least) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 0, 0, $8, $9, $10)"
        " ON CONFLICT (run, operation, kind, currency, per_customer) DO NOTHING",
        TN_BIND(tn_text(guard->run), tn_text(guard->operation ? guard->operation : ""),
                tn_text(tn_guard_kind_name(guard->kind)), tn_text(money ? guard->cap.currency : ""),
                tn_amount(money, &guard->cap), tn_amount(money, &zero), tn_int(money ? 0 : guard->count),
                tn_int(guard->per_customer), tn_int(guard->share_ppm), tn_int(guard->of_at_least)));
    if (rc == 0)
        return tn_err_set(err, TENURE_EBUSY, "run %s has a guard %s already", guard->run, name_of(guard, name));
    return rc < 0 ? rc : TENURE_OK;
}

#define GUARD_COLUMNS                                                                                              \
    "SELECT run, operation, kind, cap, planned, used, cap_count, planned_count, used_count, per_customer, share, " \
    "of_at_least FROM guard WHERE run = $1"

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
    guard->per_customer = tn_rows_int(rows, 9) != 0;
    guard->share_ppm = tn_rows_int(rows, 10);
    guard->of_at_least = tn_rows_int(rows, 11);
}

int tn_guard_each(struct tn_db *db, const char *run, int (*on_row)(void *arg, const struct tn_guard_row *guard),
                  void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err, GUARD_COLUMNS " ORDER BY operation, kind, currency, per_customer",
                          TN_BIND(tn_text(run)));
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
    set->per_customer = false;
    set->run = run;
    set->operation = operation;
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          GUARD_COLUMNS " AND (operation = $2 OR (operation = '' AND kind = 'in_flight'))"
                                        " ORDER BY kind, currency, per_customer" TN_DB_FOR_UPDATE,
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
        guard->operation = guard->kind == TN_GUARD_IN_FLIGHT ? "" : operation;
        set->per_customer = set->per_customer || guard->per_customer;
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
        if (set->guards[i].kind == kind && !set->guards[i].per_customer &&
            strcmp(set->guards[i].cap.currency, money->currency) == 0)
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
    char name[96];
    snprintf(message, 512, "guard %s would be crossed: %lld allowed, %lld %s already", name_of(guard, name),
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
    char cap[TN_MONEY_TEXT], sofar[TN_MONEY_TEXT], more[TN_MONEY_TEXT], name[96];
    snprintf(message, 512, "guard %s would be crossed: %s %s allowed, %s %s already, %s more", name_of(guard, name),
             tn_money_amount(&guard->cap, cap), guard->cap.currency, tn_money_amount(taken, sofar), sum_word(sum),
             tn_money_amount(money, more));
    return false;
}

/* Whether the run was typed by a person: it has no file of a workflow, and its guards are what --cap said. */
static bool is_typed(struct tn_db *db, const char *run)
{
    struct tn_rows rows;
    struct tn_err err = {0};
    if (tn_db_select(db, &rows, &err, "SELECT file FROM run WHERE id = $1", TN_BIND(tn_text(run))) < 0)
        return false;
    bool typed = tn_rows_next(&rows, &err) > 0 && !tn_rows_text(&rows, 0);
    tn_rows_end(&rows);
    return typed;
}

/* What to write, where whoever reads it writes caps: in the workflow or behind the command. */
static void tell_uncovered(struct tn_db *db, const struct tn_guard_set *set, const struct tn_money *money,
                           const char *kind, char message[512])
{
    char text[TN_MONEY_TEXT];
    tn_money_amount(money, text);
    if (strcmp(kind, "worth") != 0 && is_typed(db, set->run))
        snprintf(message, 512, "no cap covers %s %s of %s: say how much may move, --cap %s=%s or more", text,
                 money->currency, set->operation, money->currency, text);
    else
        snprintf(message, 512, "no guard covers %s %s of %s: give %s.worth or %s.%s a cap", text, money->currency,
                 set->operation, set->operation, set->operation, kind);
}

const char *tn_guards_check(struct tn_db *db, const struct tn_guard_set *set, enum tn_guard_sum sum,
                            const struct tn_amounts *amounts, char message[512])
{
    const char *kind;
    const struct tn_money *money = uncovered(set, amounts, &kind);
    if (money) {
        tell_uncovered(db, set, money, kind, message);
        return "no-cap";
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct tn_guard_row *guard = &set->guards[i];
        const struct tn_money *part = part_of(amounts, guard);
        if (guard->kind == TN_GUARD_IN_FLIGHT)
            continue;
        bool fits = guard->kind == TN_GUARD_COUNT ? count_fits(guard, sum, message)
                                                  : !part || money_fits(guard, sum, part, message);
        if (!fits)
            return guard->per_customer ? "per-customer" : "guard";
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
    for (size_t i = 0; rc == TENURE_OK && i < set->count; i++) {
        if (tn_guard_sums(&set->guards[i]))
            rc = move_one(&set->guards[i], TN_GUARD_USED, NULL, amounts, err);
    }
    return rc;
}

bool tn_guard_over(const struct tn_guard_row *guard)
{
    int order = 0;
    if (!tn_guard_sums(guard))
        return false;
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
        if (!tn_guard_sums(guard))
            continue;
        int rc = move_one(guard, sum, out, in, err);
        if (rc == TENURE_OK)
            rc = tn_db_run(db, err,
                           "UPDATE guard SET planned = $5, used = $6, planned_count = $7, used_count = $8"
                           " WHERE run = $1 AND operation = $2 AND kind = $3 AND currency = $4 AND per_customer = 0",
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

/* ---- per customer ------------------------------------------------------------------------------------------------ */

/* No sums are kept for each customer: it has few effects, and an index leads to them. */
int tn_guards_load_customer(struct tn_db *db, struct tn_guard_set *set, enum tn_guard_sum sum, const char *customer,
                            struct tn_err *err)
{
    static const char *const selects[] = {
        [TN_GUARD_PLANNED] = "SELECT planned_back, planned_pay, planned_worth FROM effect WHERE run = $1"
                             " AND customer = $2 AND operation = $3 AND state NOT IN ('refused', 'withdrawn')",
        [TN_GUARD_USED] =
            "SELECT spend.back, spend.pay, spend.worth FROM effect JOIN spend ON spend.effect = effect.key"
            " WHERE effect.run = $1 AND customer = $2 AND effect.operation = $3"
            " AND spend.state IN ('held', 'spent')",
    };
    struct tn_rows rows;
    if (!set->per_customer)
        return TENURE_OK;
    int rc = tn_db_select(db, &rows, err, selects[sum],
                          TN_BIND(tn_text(set->run), tn_text(customer), tn_text(set->operation)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        struct tn_amounts amounts = {0};
        amounts.has_back = tn_rows_amount(&rows, 0, &amounts.back);
        amounts.has_pay = tn_rows_amount(&rows, 1, &amounts.pay);
        amounts.has_worth = tn_rows_amount(&rows, 2, &amounts.worth);
        rc = TENURE_OK;
        for (size_t i = 0; rc == TENURE_OK && i < set->count; i++) {
            if (set->guards[i].per_customer)
                rc = move_one(&set->guards[i], sum, NULL, &amounts, err);
        }
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- over the whole run ------------------------------------------------------------------------------------------ */

static struct tn_guard_row *find_in_flight(struct tn_guard_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->guards[i].kind == TN_GUARD_IN_FLIGHT)
            return &set->guards[i];
    }
    return NULL;
}

bool tn_guards_full(struct tn_guard_set *set, char message[512])
{
    const struct tn_guard_row *guard = find_in_flight(set);
    if (!guard || guard->count_used < guard->count)
        return false;
    snprintf(message, 512, "guard in_flight: %lld effects of run %s are sent and not final yet, no more may be",
             (long long)guard->count_used, set->run);
    return true;
}

static bool in_flight(enum tn_effect_state state)
{
    return state == TN_EFFECT_INTENDED || state == TN_EFFECT_ACCEPTED || state == TN_EFFECT_UNKNOWN;
}

int tn_guards_fly(struct tn_db *db, struct tn_guard_set *set, enum tn_effect_state from, enum tn_effect_state to,
                  struct tn_err *err)
{
    struct tn_guard_row *guard = find_in_flight(set);
    if (!guard || in_flight(from) == in_flight(to))
        return TENURE_OK;
    guard->count_used += in_flight(to) ? 1 : -1;
    int rc =
        tn_db_run(db, err, "UPDATE guard SET used_count = $2 WHERE run = $1 AND operation = '' AND kind = 'in_flight'",
                  TN_BIND(tn_text(set->run), tn_int(guard->count_used)));
    return rc < 0 ? rc : TENURE_OK;
}

static int on_share(void *arg, const struct tn_guard_row *guard)
{
    struct tn_guard_shares *shares = arg;
    bool failures = guard->kind == TN_GUARD_FAILURES;
    if (!failures && guard->kind != TN_GUARD_UNREACHABLE)
        return 0;
    int64_t count = failures ? shares->failed : shares->unreachable;
    bool now = count > 0 && shares->ended >= guard->of_at_least && count * 1000000 > guard->share_ppm * shares->ended;
    if (!now && !guard->count_used)
        return 0;
    *(failures ? &shares->failures_reached : &shares->unreachable_reached) = true;
    snprintf(shares->message, sizeof shares->message,
             "guard %s: %lld of the %lld customers that ended so far %s, %s %lld.%02lld%%",
             tn_guard_kind_name(guard->kind), (long long)count, (long long)shares->ended,
             failures ? "failed or have items or effects that failed" : "could not be reached",
             now ? "more than" : "and it was reached before, with more than", (long long)(guard->share_ppm / 10000),
             (long long)(guard->share_ppm % 10000 / 100));
    return 0;
}

int tn_guard_shares(struct tn_db *db, const char *run, enum tn_pass pass, struct tn_guard_shares *shares,
                    struct tn_err *err)
{
    static const char *const selects[] = {
        [TN_PASS_PLAN] = "SELECT plan_state, CASE WHEN plan_code = $2 THEN 1 ELSE 0 END, count(*) FROM customer"
                         " WHERE run = $1 GROUP BY 1, 2",
        [TN_PASS_APPLY] = "SELECT apply_state, CASE WHEN apply_code = $2 OR id IN " TN_EFFECT_FAILED_CUSTOMERS
                          " THEN 1 ELSE 0 END, count(*) FROM customer WHERE run = $1 GROUP BY 1, 2",
    };
    static const char *const ended[] = {"done", "skipped", "unreachable", "failed", NULL};
    struct tn_rows rows;
    *shares = (struct tn_guard_shares){0};
    int rc = tn_db_select(db, &rows, err, selects[pass], TN_BIND(tn_text(run), tn_text(TN_CUSTOMER_ITEMS_FAILED)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const char *state = tn_rows_text(&rows, 0);
        int64_t count = tn_rows_int(&rows, 2);
        if (!state || !tn_text_among(state, ended))
            continue;
        shares->ended += count;
        if (strcmp(state, "unreachable") == 0)
            shares->unreachable += count;
        if (tn_rows_int(&rows, 1) || strcmp(state, "failed") == 0)
            shares->failed += count;
    }
    return rc < 0 ? rc : tn_guard_each(db, run, on_share, shares, err);
}

static int keep(struct tn_db *db, const char *run, enum tn_guard_kind kind, struct tn_err *err)
{
    int rc = tn_db_run(db, err, "UPDATE guard SET used_count = 1 WHERE run = $1 AND operation = '' AND kind = $2",
                       TN_BIND(tn_text(run), tn_text(tn_guard_kind_name(kind))));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_guard_shares_keep(struct tn_db *db, const char *run, const struct tn_guard_shares *shares, struct tn_err *err)
{
    int rc = shares->failures_reached ? keep(db, run, TN_GUARD_FAILURES, err) : TENURE_OK;
    if (rc == TENURE_OK && shares->unreachable_reached)
        rc = keep(db, run, TN_GUARD_UNREACHABLE, err);
    return rc;
}
