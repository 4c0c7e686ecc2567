/* Guards: exact at the cap, over many amounts of any scale, through holding, spending and giving back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

static void open_run(struct lab *lab)
{
    lab_start(lab);
    CHECK(lab_run(lab, "r-1") == 0);
}

static bool planned(struct lab *lab, const char *key, const char *back, const char *worth)
{
    CHECK(lab_plan(lab, "r-1", key, back, worth) == 0);
    return lab_state(lab, key) == TN_EFFECT_PLANNED;
}

static void test_exact_at_the_cap(void)
{
    struct lab lab;
    char text[256];
    open_run(&lab);
    lab_guard(&lab, "r-1", "worth=0.30 USD");
    CHECK(planned(&lab, "a", "1 EUR", "0.1 USD"));
    CHECK(planned(&lab, "b", "1 EUR", "0.2 USD")); /* 0.1 + 0.2 is 0.3 here */
    CHECK(!planned(&lab, "c", "1 EUR", "0.000000001 USD"));
    lab_why(&lab, "c", text);
    CHECK(strncmp(text, "guard: guard refund.worth would be crossed: 0.30 USD allowed, 0.30 planned", 70) == 0);
    CHECK(planned(&lab, "d", "1 EUR", "0 USD"));
    lab_remove(&lab);
}

static void test_count(void)
{
    struct lab lab;
    open_run(&lab);
    lab_guard(&lab, "r-1", "count=2");
    CHECK(planned(&lab, "a", NULL, NULL));
    CHECK(planned(&lab, "b", NULL, NULL));
    CHECK(!planned(&lab, "c", NULL, NULL));
    lab_remove(&lab);
}

static void test_coverage(void)
{
    struct lab lab;
    char text[256];
    open_run(&lab);
    CHECK(planned(&lab, "free", NULL, NULL)); /* no money, no cap needed */
    CHECK(!planned(&lab, "bare", "1 EUR", "1 USD"));
    lab_why(&lab, "bare", text);
    CHECK(strncmp(text, "no-cap: ", 8) == 0);
    lab_guard(&lab, "r-1", "count=100");
    CHECK(!planned(&lab, "counted", "1 EUR", "1 USD")); /* a count covers no money */
    lab_guard(&lab, "r-1", "back=10 EUR");
    CHECK(planned(&lab, "back", "1 EUR", "1 USD"));
    CHECK(!planned(&lab, "zloty", "1 PLN", NULL));
    CHECK(!planned(&lab, "worth-only", NULL, "1 USD"));
    lab_guard(&lab, "r-1", "worth=5 USD");
    CHECK(planned(&lab, "zloty-worth", "1 PLN", "1 USD"));
    CHECK(!planned(&lab, "zloty-unknown", "1 PLN", NULL)); /* worth is not known: its currency needs a cap */
    CHECK(!planned(&lab, "both", "9.01 EUR", "1 USD"));    /* covered twice: both caps hold */
    CHECK(planned(&lab, "fits", "9 EUR", "4 USD"));
    CHECK(lab_guard(&lab, "r-1", "worth=9 USD") == TENURE_EBUSY);
    CHECK(lab_guard(&lab, "r-1", "back=-1 EUR") == TENURE_EINVAL);
    CHECK(lab_plan(&lab, "r-1", "negative", "-5 EUR", "1 USD") == TENURE_EINVAL);
    lab_remove(&lab);
}

static int plan_payment(struct tn_db *db, void *arg, struct tn_err *err)
{
    bool refused;
    struct tn_effect_row row = {.key = arg, .run = "r-1", .customer = "c1", .step = "s", .operation = "refund"};
    row.planned = (struct tn_amounts){.has_pay = true, .pay = lab_money("3 EUR"), .has_back = true};
    row.planned.back = lab_money("1 EUR");
    return tn_effect_plan(db, &row, &refused, err);
}

/* What has to be paid is another matter than what comes back. */
static void test_payments(void)
{
    struct lab lab;
    open_run(&lab);
    lab_guard(&lab, "r-1", "back=100 EUR");
    CHECK(lab_do(&lab, plan_payment, (void *)"a") == 0 && lab_state(&lab, "a") == TN_EFFECT_REFUSED);
    lab_guard(&lab, "r-1", "pay=5 EUR");
    CHECK(lab_do(&lab, plan_payment, (void *)"b") == 0 && lab_state(&lab, "b") == TN_EFFECT_PLANNED);
    CHECK(lab_do(&lab, plan_payment, (void *)"c") == 0 && lab_state(&lab, "c") == TN_EFFECT_REFUSED);
    lab_remove(&lab);
}

static int64_t used_cents(struct lab *lab)
{
    return lab_number(
        lab, "SELECT CAST(replace(replace(used, '.', ''), ' USD', '') AS INTEGER) FROM guard WHERE kind = 'worth'");
}

static void test_held_spent_released(void)
{
    struct lab lab;
    struct tn_intent intent;
    open_run(&lab);
    lab_guard(&lab, "r-1", "worth=10 USD");
    for (char key[2] = "a"; *key <= 'e'; ++*key)
        CHECK(planned(&lab, key, "1 EUR", "2 USD"));
    lab_approve(&lab, "r-1");
    CHECK(lab_intend(&lab, "a", "1 EUR", "6 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(used_cents(&lab) == 600);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(used_cents(&lab) == 600); /* unknown stays held */
    CHECK(lab_intend(&lab, "b", "1 EUR", "4 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_intend(&lab, "c", "1 EUR", "0.01 USD", &intent) == TN_VERDICT_GUARD);
    CHECK(strstr(intent.message, "refund.worth"));
    CHECK(lab_record(&lab, "b", 1, TN_EFFECT_FAILED, NULL, NULL) == 0);
    CHECK(used_cents(&lab) == 600);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, "1 EUR", "5.50 USD") == 0);
    CHECK(used_cents(&lab) == 550);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    CHECK(used_cents(&lab) == 550);
    CHECK(lab_intend(&lab, "d", "1 EUR", "4 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "d", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0);
    CHECK(used_cents(&lab) == 550);
    CHECK(lab_intend(&lab, "d", "1 EUR", "4 USD", NULL) == TN_VERDICT_PERMIT);
    /* More came back than was held: a fact that is kept, although it crosses the cap. */
    CHECK(lab_record(&lab, "d", 2, TN_EFFECT_SUCCEEDED, "1 EUR", "7 USD") == 0);
    CHECK(used_cents(&lab) == 1250);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'over-held'") == 1);
    CHECK(lab_intend(&lab, "e", "1 EUR", "0 USD", &intent) == TN_VERDICT_GUARD);
    char *summary = lab_summary(&lab, "r-1");
    CHECK(summary && strstr(summary, "\"exit_code\":5"));
    free(summary);
    lab_remove(&lab);
}

static int intend(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_intend(db, arg, err);
}

static enum tn_verdict ask_again(struct lab *lab, const char *key, bool repeats)
{
    struct tn_intent intent = {
        .key = key, .repeats = repeats, .amounts = {.has_worth = true, .worth = lab_money("3 USD")}};
    CHECK(lab_do(lab, intend, &intent) == 0);
    return intent.verdict;
}

/* What may have happened keeps its place under the cap while it is asked for again, however full that is. */
static void test_repeats(void)
{
    struct lab lab;
    open_run(&lab);
    lab_guard(&lab, "r-1", "worth=6 USD");
    CHECK(planned(&lab, "a", NULL, "3 USD") && planned(&lab, "b", NULL, "3 USD"));
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(lab_intend(&lab, "a", NULL, "3 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(ask_again(&lab, "a", true) == TN_VERDICT_NOT_NOW);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(lab_intend(&lab, "b", NULL, "3 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(ask_again(&lab, "a", false) == TN_VERDICT_NOT_NOW && lab_state(&lab, "a") == TN_EFFECT_UNKNOWN);
    CHECK(ask_again(&lab, "a", true) == TN_VERDICT_PERMIT && lab_state(&lab, "a") == TN_EFFECT_INTENDED);
    CHECK(used_cents(&lab) == 600);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) < 0);
    CHECK(lab_record(&lab, "a", 2, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    CHECK(used_cents(&lab) == 600);
    CHECK(ask_again(&lab, "a", true) == TN_VERDICT_NOT_NOW);
    lab_remove(&lab);
}

/* A thousand amounts of every scale, checked against sums kept apart in whole millionths. */
static void test_mixed_amounts(void)
{
    enum { COUNT = 1000 };
    struct lab lab;
    open_run(&lab);
    lab_guard(&lab, "r-1", "worth=1000 USD");
    lab_guard(&lab, "r-1", "back=700.5 EUR");
    int64_t cap = 1000000000, worth = 0, back = 0;
    unsigned seed = 7;
    for (int i = 0; i < COUNT; i++) {
        char key[16], text[40], other[40];
        seed = seed * 1664525u + 1013904223u;
        int64_t value = 1 + seed % 3000000;
        for (unsigned round = seed >> 28; round > 10; round--)
            value = (value / 10 + 1) * 10; /* of coarser scale now and then */
        snprintf(key, sizeof key, "k%d", i);
        snprintf(text, sizeof text, "%lld.%06lld USD", (long long)(value / 1000000), (long long)(value % 1000000));
        snprintf(other, sizeof other, "%lld.%04lld EUR", (long long)(value / 20000), (long long)(value / 2 % 10000));
        int64_t euros = value / 20000 * 1000000 + value / 2 % 10000 * 100;
        bool fits = worth + value <= cap && back + euros <= 700500000;
        CHECK(planned(&lab, key, other, text) == fits);
        worth += fits ? value : 0;
        back += fits ? euros : 0;
    }
    char sum[256], expected[64];
    lab_text(&lab, "SELECT planned FROM guard WHERE kind = 'worth'", sum);
    struct tn_money stored = lab_money(sum);
    int64_t digits = stored.digits;
    for (int i = stored.scale; i < 6; i++)
        digits *= 10;
    snprintf(expected, sizeof expected, "%lld", (long long)worth);
    snprintf(sum, sizeof sum, "%lld", (long long)digits);
    CHECK_TEXT(sum, expected);
    CHECK(worth > 0 && lab_number(&lab, "SELECT count(*) FROM effect WHERE state = 'refused'") > 0);
    lab_remove(&lab);
}

int main(void)
{
    test_exact_at_the_cap();
    test_count();
    test_coverage();
    test_payments();
    test_held_spent_released();
    test_repeats();
    test_mixed_amounts();
    return check_result();
}
