/* Guards that are not of an operation over the run: per customer, in flight, shares of customers, and Azure's own limit of
 * a billing scope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

static void open_run(struct lab *lab)
{
    lab_start_clocked(lab);
    lab_run(lab, "r-1");
    lab_guard(lab, "r-1", "worth=100000 USD");
}

static int do_guard(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_guard_insert(db, arg, err);
}

static int guard(struct lab *lab, struct tn_guard_row row)
{
    row.run = "r-1";
    return lab_do(lab, do_guard, &row);
}

static int do_plan(struct tn_db *db, void *arg, struct tn_err *err)
{
    bool refused;
    return tn_effect_plan(db, arg, &refused, err);
}

/* Plans a refund of a customer; its state. */
static enum tn_effect_state plan(struct lab *lab, const char *customer, const char *key, const char *worth)
{
    char orders[64];
    snprintf(orders, sizeof orders, "[\"order-%s\"]", key);
    struct tn_effect_row row = {.key = key,
                                .run = "r-1",
                                .customer = customer,
                                .step = "s",
                                .operation = "refund",
                                .subject = key,
                                .orders = orders,
                                .planned = {.has_worth = true, .worth = lab_money(worth)}};
    CHECK(lab_do(lab, do_plan, &row) == 0);
    return lab_state(lab, key);
}

static int do_intend(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_intend(db, arg, err);
}

static enum tn_verdict intend(struct lab *lab, const char *key, const char *worth, const char *scope, const char *left,
                              struct tn_intent *out)
{
    struct tn_intent intent = {.key = key, .scope = scope, .has_limit_left = left, .quiet_ms = 900000};
    if (worth)
        intent.amounts = (struct tn_amounts){.has_worth = true, .worth = lab_money(worth)};
    else
        intent.amounts = (struct tn_amounts){.has_back = true, .back = lab_money("0 USD")};
    if (left)
        intent.limit_left = lab_money(left);
    CHECK(lab_do(lab, do_intend, &intent) == 0);
    if (out)
        *out = intent;
    return intent.verdict;
}

/* ---- per customer ------------------------------------------------------------------------------------------------ */

static void test_per_customer_at_plan(void)
{
    struct lab lab;
    char text[256];
    open_run(&lab);
    CHECK(guard(&lab, (struct tn_guard_row){
                          .operation = "refund", .kind = TN_GUARD_COUNT, .per_customer = true, .count = 2}) == 0);
    CHECK(guard(&lab,
                (struct tn_guard_row){
                    .operation = "refund", .kind = TN_GUARD_WORTH, .per_customer = true, .cap = lab_money("10 USD")}) ==
          0);
    CHECK(plan(&lab, "c1", "a", "1 USD") == TN_EFFECT_PLANNED);
    CHECK(plan(&lab, "C1", "b", "1 USD") == TN_EFFECT_PLANNED); /* the same customer in another case */
    CHECK(plan(&lab, "c1", "c", "1 USD") == TN_EFFECT_REFUSED);
    lab_why(&lab, "c", text);
    CHECK_TEXT(text, "per-customer: guard refund.per_customer.count would be crossed: 2 allowed, 2 planned already");
    CHECK(plan(&lab, "c2", "d", "9.50 USD") == TN_EFFECT_PLANNED);
    CHECK(plan(&lab, "c2", "e", "0.51 USD") == TN_EFFECT_REFUSED);
    lab_why(&lab, "e", text);
    CHECK(strstr(text, "guard refund.per_customer.worth would be crossed: 10.00 USD allowed, 9.50"));
    CHECK(plan(&lab, "c2", "f", "0.50 USD") == TN_EFFECT_PLANNED); /* what was refused took no room */
    char *summary = lab_summary(&lab, "r-1");
    CHECK(summary && strstr(summary, "\"kind\":\"count\",\"per_customer\":true,\"cap\":2}"));
    free(summary);
    lab_remove(&lab);
}

/* What really moves counts, also where the plan was smaller. */
static void test_per_customer_at_intent(void)
{
    struct lab lab;
    struct tn_intent intent;
    open_run(&lab);
    CHECK(guard(&lab,
                (struct tn_guard_row){
                    .operation = "refund", .kind = TN_GUARD_WORTH, .per_customer = true, .cap = lab_money("10 USD")}) ==
          0);
    for (char key[2] = "a"; *key <= 'c'; ++*key)
        CHECK(plan(&lab, "c1", key, "3 USD") == TN_EFFECT_PLANNED);
    CHECK(plan(&lab, "c2", "d", "3 USD") == TN_EFFECT_PLANNED);
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(intend(&lab, "a", "4 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0); /* stays held */
    CHECK(intend(&lab, "b", "6.01 USD", NULL, NULL, &intent) == TN_VERDICT_REFUSED);
    CHECK_TEXT(intent.code, "per-customer");
    CHECK(lab_state(&lab, "b") == TN_EFFECT_REFUSED);
    CHECK(intend(&lab, "d", "9 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(intend(&lab, "c", "6 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "c", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0); /* not sent: given back */
    CHECK(intend(&lab, "c", "6 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    lab_remove(&lab);
}

/* ---- in flight --------------------------------------------------------------------------------------------------- */

static int64_t flying(struct lab *lab)
{
    return lab_number(lab, "SELECT used_count FROM guard WHERE kind = 'in_flight'");
}

static void test_in_flight(void)
{
    struct lab lab;
    struct tn_intent intent;
    open_run(&lab);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_IN_FLIGHT, .count = 2}) == 0);
    for (char key[2] = "a"; *key <= 'e'; ++*key)
        CHECK(plan(&lab, "c1", key, "1 USD") == TN_EFFECT_PLANNED);
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(intend(&lab, "a", "1 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(intend(&lab, "b", "1 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(intend(&lab, "c", "1 USD", NULL, NULL, &intent) == TN_VERDICT_WAIT);
    CHECK(!intent.code && strstr(intent.message, "in_flight") && lab_state(&lab, "c") == TN_EFFECT_APPROVED);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    CHECK(lab_record(&lab, "b", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(flying(&lab) == 2 && intend(&lab, "c", "1 USD", NULL, NULL, NULL) == TN_VERDICT_WAIT);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0 && flying(&lab) == 2);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0 && flying(&lab) == 1);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0 && flying(&lab) == 1);
    CHECK(intend(&lab, "c", "1 USD", NULL, NULL, NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "c", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0 && flying(&lab) == 1);
    CHECK(lab_record(&lab, "c", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0 && flying(&lab) == 2); /* it had been sent */
    CHECK(lab_record(&lab, "c", 1, TN_EFFECT_FAILED, NULL, NULL) == 0 && flying(&lab) == 1);
    CHECK(lab_number(&lab, "SELECT count(*) FROM effect WHERE state IN ('intended', 'accepted', 'unknown')") == 1);
    lab_remove(&lab);
}

/* ---- Azure's limit ----------------------------------------------------------------------------------------------- */

static void test_limit_of_a_scope(void)
{
    struct lab lab;
    struct tn_intent intent;
    open_run(&lab);
    for (char key[2] = "a"; *key <= 'h'; ++*key)
        CHECK(plan(&lab, "c1", key, "1 USD") == TN_EFFECT_PLANNED);
    CHECK(lab_approve(&lab, "r-1") == 0);
    static const char scope[] = "/providers/Microsoft.Billing/billingAccounts/1", other[] = "/subscriptions/2";
    CHECK(intend(&lab, "a", "30 USD", scope, "50 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(intend(&lab, "b", "20.01 USD", "/PROVIDERS/microsoft.billing/billingaccounts/1", "50 USD", &intent) ==
          TN_VERDICT_REFUSED);
    CHECK_TEXT(intent.code, "limit");
    CHECK(strstr(intent.message, "50.00 USD left, 30.00 of it") && lab_state(&lab, "b") == TN_EFFECT_REFUSED);
    CHECK(intend(&lab, "c", "50 USD", other, "50 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(intend(&lab, "d", "20 USD", scope, "50 USD", NULL) == TN_VERDICT_PERMIT); /* exactly full */
    /* unknown and accepted still count, whatever the clock says; what did not happen no longer does */
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(lab_record(&lab, "d", 1, TN_EFFECT_FAILED, NULL, NULL) == 0);
    lab_wall_ms += 90000000;
    CHECK(intend(&lab, "e", "20.01 USD", scope, "50 USD", NULL) == TN_VERDICT_REFUSED);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    lab_wall_ms += 90000000;
    CHECK(intend(&lab, "f", "20.01 USD", scope, "50 USD", NULL) == TN_VERDICT_REFUSED);
    /* Once it is final Azure counts it by itself, after a while. */
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    lab_wall_ms += 899999;
    CHECK(intend(&lab, "g", "20.01 USD", scope, "50 USD", NULL) == TN_VERDICT_REFUSED);
    lab_wall_ms += 1;
    CHECK(intend(&lab, "h", "20.01 USD", scope, "50 USD", NULL) == TN_VERDICT_PERMIT);
    lab_remove(&lab);
}

/* Runs share the limit, and another attempt of the same effect is not in its own way. */
static void test_limit_over_runs_and_attempts(void)
{
    struct lab lab;
    open_run(&lab);
    CHECK(plan(&lab, "c1", "a", "1 USD") == TN_EFFECT_PLANNED && lab_approve(&lab, "r-1") == 0);
    CHECK(intend(&lab, "a", "30 USD", "s", "50 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0);
    CHECK(intend(&lab, "a", "50 USD", "s", "50 USD", NULL) == TN_VERDICT_PERMIT);
    lab_run(&lab, "r-2");
    lab_guard(&lab, "r-2", "worth=100000 USD");
    CHECK(lab_plan(&lab, "r-2", "z", "1 EUR", "1 USD") == 0 && lab_approve(&lab, "r-2") == 0);
    CHECK(intend(&lab, "z", "1 USD", "s", "50 USD", NULL) == TN_VERDICT_REFUSED);
    lab_remove(&lab);
}

static void test_limit_of_unknown_worth(void)
{
    struct lab lab;
    open_run(&lab);
    lab_guard(&lab, "r-1", "back=100 USD");
    CHECK(plan(&lab, "c1", "a", "1 USD") == TN_EFFECT_PLANNED);
    CHECK(plan(&lab, "c1", "b", "1 USD") == TN_EFFECT_PLANNED && lab_approve(&lab, "r-1") == 0);
    CHECK(intend(&lab, "a", NULL, "s", "50 USD", NULL) == TN_VERDICT_REFUSED);
    CHECK(intend(&lab, "b", NULL, "s", NULL, NULL) == TN_VERDICT_PERMIT);
    lab_remove(&lab);
}

/* ---- shares ------------------------------------------------------------------------------------------------------ */

struct customers_args {
    int first, count;
    enum tn_pass pass;
    const char *state;
};

static int do_customers(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct customers_args *args = arg;
    int rc = 0;
    for (int i = args->first; rc == 0 && i < args->first + args->count; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%d", i);
        const struct tn_customer_row row = {.run = "r-1", .id = id, .name = id, .record = "{}"};
        if (args->pass == TN_PASS_PLAN)
            rc = tn_customer_insert(db, &row, err);
        if (rc == 0)
            rc = tn_customer_set(db, "r-1", id, args->pass, args->state, 1, NULL, NULL, err);
    }
    return rc;
}

static void customers(struct lab *lab, enum tn_pass pass, int first, int count, const char *state)
{
    struct customers_args args = {first, count, pass, state};
    CHECK(lab_do(lab, do_customers, &args) == 0);
}

struct shares_args {
    enum tn_pass pass;
    struct tn_guard_shares shares;
};

static int do_shares(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct shares_args *args = arg;
    return tn_guard_shares(db, "r-1", args->pass, &args->shares, err);
}

static struct tn_guard_shares shares_of(struct lab *lab, enum tn_pass pass)
{
    struct shares_args args = {.pass = pass};
    CHECK(lab_do(lab, do_shares, &args) == 0);
    return args.shares;
}

static int do_keep(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_guard_shares_keep(db, "r-1", arg, err);
}

/* However the others end: what had been stopped would begin again. */
static void test_shares_that_were_reached(void)
{
    struct lab lab;
    open_run(&lab);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_FAILURES, .share_ppm = 300000, .of_at_least = 3}) == 0);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_UNREACHABLE, .share_ppm = 300000}) == 0);
    customers(&lab, TN_PASS_PLAN, 0, 4, "waiting");
    customers(&lab, TN_PASS_APPLY, 0, 1, "failed");
    customers(&lab, TN_PASS_APPLY, 1, 2, "done");
    struct tn_guard_shares shares = shares_of(&lab, TN_PASS_APPLY);
    CHECK(shares.failures_reached && lab_do(&lab, do_keep, &shares) == 0);
    customers(&lab, TN_PASS_APPLY, 3, 1, "done");
    shares = shares_of(&lab, TN_PASS_APPLY);
    CHECK(shares.failures_reached && !shares.unreachable_reached);
    CHECK_TEXT(shares.message,
               "guard failures: 1 of the 4 customers that ended so far failed or have items or effects that failed, "
               "and it was reached before, with more than 30.00%");
    lab_remove(&lab);
}

static void test_shares(void)
{
    struct lab lab;
    open_run(&lab);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_FAILURES, .share_ppm = 50000, .of_at_least = 40}) == 0);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_UNREACHABLE, .share_ppm = 150000}) == 0);
    customers(&lab, TN_PASS_PLAN, 0, 3, "failed");
    customers(&lab, TN_PASS_PLAN, 3, 30, "done");
    customers(&lab, TN_PASS_PLAN, 33, 60, "waiting");
    struct tn_guard_shares shares = shares_of(&lab, TN_PASS_PLAN);
    CHECK(shares.ended == 33 && shares.failed == 3 && shares.unreachable == 0);
    CHECK(!shares.failures_reached && !shares.unreachable_reached); /* too few have ended to tell */
    customers(&lab, TN_PASS_PLAN, 200, 7, "skipped");
    shares = shares_of(&lab, TN_PASS_PLAN);
    CHECK(shares.ended == 40 && shares.failures_reached && !shares.unreachable_reached);
    CHECK_TEXT(shares.message, "guard failures: 3 of the 40 customers that ended so far failed or have items or "
                               "effects that failed, more than 5.00%");
    customers(&lab, TN_PASS_PLAN, 300, 20, "done");
    CHECK(!shares_of(&lab, TN_PASS_PLAN).failures_reached); /* exactly 5% is not more */
    customers(&lab, TN_PASS_PLAN, 400, 11, "unreachable");
    shares = shares_of(&lab, TN_PASS_PLAN);
    CHECK(shares.unreachable == 11 && shares.ended == 71 && shares.unreachable_reached && !shares.failures_reached);
    /* The apply pass is counted by itself. */
    customers(&lab, TN_PASS_APPLY, 3, 4, "done");
    shares = shares_of(&lab, TN_PASS_APPLY);
    CHECK(shares.ended == 4 && shares.unreachable == 0 && !*shares.message);
    lab_remove(&lab);
}

static void test_impossible_guards(void)
{
    struct lab lab;
    open_run(&lab);
    const struct tn_guard_row rows[] = {
        {.operation = "refund", .kind = TN_GUARD_IN_FLIGHT, .count = 1},
        {.kind = TN_GUARD_IN_FLIGHT, .count = 0},
        {.kind = TN_GUARD_IN_FLIGHT, .count = 1, .per_customer = true},
        {.kind = TN_GUARD_COUNT, .count = 1},
        {.operation = "refund", .kind = TN_GUARD_COUNT, .count = -1, .per_customer = true},
        {.operation = "refund", .kind = TN_GUARD_WORTH, .per_customer = true},
        {.kind = TN_GUARD_FAILURES, .share_ppm = 1000001},
        {.kind = TN_GUARD_UNREACHABLE, .share_ppm = -1},
        {.kind = TN_GUARD_FAILURES, .share_ppm = 1, .of_at_least = -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(guard(&lab, rows[i]) == TENURE_EINVAL && strstr(lab.err.msg, "guard "));
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_IN_FLIGHT, .count = 1}) == 0);
    CHECK(guard(&lab, (struct tn_guard_row){.kind = TN_GUARD_IN_FLIGHT, .count = 2}) == TENURE_EBUSY);
    lab_remove(&lab);
}

int main(void)
{
    test_per_customer_at_plan();
    test_per_customer_at_intent();
    test_in_flight();
    test_limit_of_a_scope();
    test_limit_over_runs_and_attempts();
    test_limit_of_unknown_worth();
    test_shares();
    test_shares_that_were_reached();
    test_impossible_guards();
    return check_result();
}
