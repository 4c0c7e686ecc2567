/* Runs, customers, items, and the summary that is made of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "ledger/lab.h"

/* ---- runs ------------------------------------------------------------------------------------------------------- */

struct run_args {
    const char *id, *state;
    char found[256];
    int rows;
};

static int on_run(void *arg, const struct tn_run_row *run)
{
    struct run_args *args = arg;
    snprintf(args->found, sizeof args->found, "%s %s %s", run->id, run->state, run->reason ? run->reason : "-");
    args->rows++;
    return args->rows == 2 ? 7 : 0;
}

static int find_run(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct run_args *args = arg;
    return tn_run_find(db, args->id, on_run, args, err);
}

static int list_runs(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)err;
    return tn_run_list(db, 0, on_run, arg, err) == 7 ? 0 : TENURE_EINTERNAL;
}

static int set_state(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct run_args *args = arg;
    return tn_run_set_state(db, args->id, args->state, "because", err);
}

static void test_runs(void)
{
    struct lab lab;
    lab_start(&lab);
    CHECK(lab_run(&lab, "r-20260201-7f3a") == 0);
    CHECK(lab_run(&lab, "r-20260202-7f3b") == 0);
    CHECK(lab_run(&lab, "r-20260202-7f3bc") == 0);
    CHECK(lab_run(&lab, "R-20260201-7F3A") == TENURE_EBUSY);
    struct run_args args = {.id = "r-20260201"};
    CHECK(lab_do(&lab, find_run, &args) == 0);
    CHECK_TEXT(args.found, "r-20260201-7f3a planned -");
    args = (struct run_args){.id = "R-20260202-7F3B"}; /* whole, although another begins the same way */
    CHECK(lab_do(&lab, find_run, &args) == 0);
    args = (struct run_args){.id = "r-2026"};
    CHECK(lab_do(&lab, find_run, &args) == TENURE_EINVAL);
    args = (struct run_args){.id = "x"};
    CHECK(lab_do(&lab, find_run, &args) == TENURE_ENOENT && strstr(lab.err.msg, "'x'"));
    args = (struct run_args){.id = ""};
    CHECK(lab_do(&lab, find_run, &args) == TENURE_ENOENT);
    CHECK(lab_do(&lab, list_runs, &args) == 0 && args.rows == 2);
    args = (struct run_args){.id = "r-20260201-7f3a", .state = "stopped"};
    CHECK(lab_do(&lab, set_state, &args) == 0);
    CHECK(lab_do(&lab, find_run, &args) == 0);
    CHECK_TEXT(args.found, "r-20260201-7f3a stopped because");
    CHECK(lab_number(&lab, "SELECT ended > 0 FROM run WHERE state = 'stopped'") == 1);
    args.state = "sleeping";
    CHECK(lab_do(&lab, set_state, &args) == TENURE_EINVAL);
    lab_remove(&lab);
}

/* ---- customers and items ---------------------------------------------------------------------------------------- */

struct customer_args {
    enum tn_pass pass;
    const char *id, *state, *code;
    int64_t count;
    char found[1024];
};

static int insert_customers(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct customer_args *args = arg;
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < args->count; i++) {
        char id[32], name[32];
        snprintf(id, sizeof id, "c%" PRId64, i);
        snprintf(name, sizeof name, "Customer %" PRId64, i);
        struct tn_customer_row row = {.run = "r-1", .id = id, .name = name, .record = "{}", .seq = args->count - i};
        rc = tn_customer_insert(db, &row, err);
    }
    return rc;
}

static int set_customer(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct customer_args *args = arg;
    return tn_customer_set(db, "r-1", args->id, args->pass, args->state, 77, args->code, args->code ? "why" : NULL,
                           err);
}

static void set(struct lab *lab, const char *id, enum tn_pass pass, const char *state, const char *code)
{
    struct customer_args args = {.id = id, .pass = pass, .state = state, .code = code};
    CHECK(lab_do(lab, set_customer, &args) == 0);
}

static int on_customer(void *arg, const struct tn_customer_row *customer)
{
    struct customer_args *args = arg;
    size_t used = strlen(args->found);
    snprintf(args->found + used, sizeof args->found - used, "%s:%s:%" PRId64 " ", customer->id, customer->state,
             customer->now_s);
    return 0;
}

static int each_customer(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct customer_args *args = arg;
    return tn_customer_each(db, "r-1", args->pass, on_customer, args, err);
}

static void test_customers(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    struct customer_args args = {.count = 4};
    CHECK(lab_do(&lab, insert_customers, &args) == 0);
    CHECK(lab_do(&lab, insert_customers, &args) == TENURE_EBUSY);
    args = (struct customer_args){.id = "nobody", .state = "done"};
    CHECK(lab_do(&lab, set_customer, &args) == TENURE_ENOENT);
    set(&lab, "C2", TN_PASS_PLAN, "done", NULL); /* ids have no case */
    args = (struct customer_args){.pass = TN_PASS_PLAN};
    CHECK(lab_do(&lab, each_customer, &args) == 0);
    CHECK_TEXT(args.found, "c3:waiting:0 c2:done:77 c1:waiting:0 c0:waiting:0 ");
    lab_guard(&lab, "r-1", "worth=10 USD");
    lab_plan(&lab, "r-1", "k", "1 EUR", "1 USD"); /* of c1 */
    args = (struct customer_args){.pass = TN_PASS_APPLY};
    CHECK(lab_do(&lab, each_customer, &args) == 0);
    CHECK_TEXT(args.found, "");
    lab_approve(&lab, "r-1");
    set(&lab, "c3", TN_PASS_APPLY, "running", NULL);
    set(&lab, "c2", TN_PASS_APPLY, "done", NULL);
    CHECK(lab_do(&lab, each_customer, &args) == 0);
    CHECK_TEXT(args.found, "c3:running:77 c1:waiting:0 ");
    lab_remove(&lab);
}

struct item_args {
    const char *step, *state, *code;
    size_t count;
    int64_t index;
    enum tn_pass pass;
    bool known;
    char found[512];
};

static int store_items(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct item_args *args = arg;
    struct tn_item_row items[3] = {{.item = "1", .label = "one"}, {.item = "2"}, {.item = "3"}};
    return tn_items_store(db, args->count ? items : NULL, args->count, "r-1", "c1", args->step, args->pass, err);
}

static int end_item(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct item_args *args = arg;
    struct tn_item_row item = {.run = "r-1",
                               .customer = "c1",
                               .step = args->step,
                               .pass = args->pass,
                               .index = args->index,
                               .state = args->state,
                               .code = args->code,
                               .value = "{\"a\":1}"};
    return tn_item_end(db, &item, err);
}

static int on_item(void *arg, const struct tn_item_row *item)
{
    struct item_args *args = arg;
    size_t used = strlen(args->found);
    snprintf(args->found + used, sizeof args->found - used, "%" PRId64 "=%s:%s:%s ", item->index, item->item,
             item->state, item->label ? item->label : "-");
    return 0;
}

static int each_item(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct item_args *args = arg;
    return tn_items_each(db, "r-1", "C1", args->step, args->pass, &args->known, on_item, args, err);
}

static void test_items(void)
{
    struct lab lab;
    lab_start(&lab);
    struct item_args args = {.step = "refund", .count = 3};
    CHECK(lab_do(&lab, each_item, &args) == 0 && !args.known);
    CHECK(lab_do(&lab, store_items, &args) == 0);
    CHECK(lab_do(&lab, store_items, &args) == TENURE_EBUSY);
    args.index = 1;
    args.state = "done";
    CHECK(lab_do(&lab, end_item, &args) == 0);
    CHECK(lab_do(&lab, end_item, &args) == TENURE_ENOENT);
    CHECK(lab_do(&lab, each_item, &args) == 0 && args.known);
    CHECK_TEXT(args.found, "0=1:waiting:one 1=2:done:- 2=3:waiting:- ");
    args = (struct item_args){.step = "refund", .pass = TN_PASS_APPLY};
    CHECK(lab_do(&lab, each_item, &args) == 0 && !args.known);
    CHECK(lab_do(&lab, store_items, &args) == 0); /* an empty list is a list */
    CHECK(lab_do(&lab, each_item, &args) == 0 && args.known);
    CHECK_TEXT(args.found, "");
    lab_remove(&lab);
}

/* ---- summary ---------------------------------------------------------------------------------------------------- */

static void expect(const char *summary, const char *part)
{
    if (!summary || !strstr(summary, part))
        fprintf(stderr, "missing: %s\nin: %s\n", part, summary ? summary : "(nothing)");
    CHECK(summary && strstr(summary, part));
}

static void expect_summary(struct lab *lab, const char *const *parts)
{
    char *summary = lab_summary(lab, "r-1");
    for (; *parts; parts++)
        expect(summary, *parts);
    free(summary);
}

static void test_summary_of_a_plan(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    struct customer_args customers = {.count = 4};
    CHECK(lab_do(&lab, insert_customers, &customers) == 0);
    expect_summary(&lab, (const char *const[]){"\"totals\":{}", "\"exit_code\":0", "\"largest\":[]", NULL});
    set(&lab, "c0", TN_PASS_PLAN, "unreachable", "AuthorizationFailed");
    set(&lab, "c1", TN_PASS_PLAN, "done", NULL);
    set(&lab, "c2", TN_PASS_PLAN, "skipped", "on-hold");
    struct item_args items = {.step = "refund", .count = 3, .state = "skipped", .code = "too-little"};
    CHECK(lab_do(&lab, store_items, &items) == 0 && lab_do(&lab, end_item, &items) == 0);
    items.index = 1;
    CHECK(lab_do(&lab, end_item, &items) == 0);
    lab_guard(&lab, "r-1", "worth=10.5 USD");
    lab_plan(&lab, "r-1", "a", "1204.40 EUR", "3 USD");
    lab_plan(&lab, "r-1", "b", "0.10 EUR", "7.25 USD");
    lab_plan(&lab, "r-1", "c", "5 PLN", "0.25 USD");
    lab_plan(&lab, "r-1", "d", "5 PLN", "0.01 USD"); /* over the cap */
    expect_summary(
        &lab,
        (const char *const[]){
            "{\"run\":\"r-1\",\"state\":\"planned\",\"hash\":null,\"expires\":null,\"customers\":{\"waiting\":1,"
            "\"running\":0,\"done\":1,\"skipped\":"
            "1,"
            "\"unreachable\":1,\"failed\":0},\"effects\":{\"planned\":3,\"approved\":0,\"intended\":0,\"accepted\":0,"
            "\"succeeded\":0,\"partial\":0,\"failed\":0,\"unknown\":0,\"refused\":1,\"withdrawn\":0},\"may_follow\":0,"
            "\"totals\":{\"refund\":{\"EUR\":\"1204.50\",\"PLN\":\"5.00\"}},\"back\":{\"refund\":{\"EUR\":\"1204.50\","
            "\"PLN\":\"5.00\"}},\"pay\":{},\"workflow\":\"refund-idle\"",
            "\"guards\":[{\"operation\":\"refund\",\"kind\":\"worth\",\"cap\":{\"amount\":\"10.50\",\"currency\":"
            "\"USD\"},"
            "\"planned\":{\"amount\":\"10.50\",\"currency\":\"USD\"},\"used\":{\"amount\":\"0.00\",\"currency\":"
            "\"USD\"}}]",
            "\"by_currency\":[{\"operation\":\"refund\",\"currency\":\"EUR\",\"count\":2,\"back\":{\"amount\":\"1204."
            "50\","
            "\"currency\":\"EUR\"},\"pay\":null,\"worth\":{\"amount\":\"10.25\",\"currency\":\"USD\"},\"customers\":1}"
            ",",
            "\"largest\":[{\"key\":\"b\"",
            "\"refused\":[{\"code\":\"guard\",\"count\":1,\"example\":\"guard refund.worth",
            "\"skipped\":[{\"code\":\"too-little\",\"count\":2,\"example\":\"Customer "
            "1\",\"differs\":true},{\"code\":\"on-hold\",\"count\":1,"
            "\"example\":\"Customer 2\",\"differs\":false}]",
            "\"unreachable\":[{\"id\":\"c0\",\"name\":\"Customer "
            "0\",\"code\":\"AuthorizationFailed\",\"message\":\"why\"}]",
            "\"failed\":[]", "\"exit_code\":5", NULL});
    lab_remove(&lab);
}

/* Largest first: by what is billed, whichever way it goes, where nobody knows what it is worth. */
static void test_largest(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    lab_guard(&lab, "r-1", "back=1000 EUR");
    lab_guard(&lab, "r-1", "pay=1000 EUR");
    lab_plan(&lab, "r-1", "a", "30 EUR", NULL);
    lab_plan(&lab, "r-1", "b", "10 EUR", NULL);
    lab_plan(&lab, "r-1", "c", "20 EUR", NULL);
    lab_number(&lab, "UPDATE effect SET planned_pay = '600.00 EUR' WHERE key = 'b'");
    char *summary = lab_summary(&lab, "r-1");
    const char *largest = summary ? strstr(summary, "\"largest\":[{\"key\":\"b\"") : NULL;
    CHECK(largest && strstr(largest, "{\"key\":\"a\""));
    CHECK(largest && strstr(largest, "{\"key\":\"c\"") > strstr(largest, "{\"key\":\"a\""));
    free(summary);
    lab_remove(&lab);
}

/* What comes back and what has to be paid stand apart; totals keep to the one that an operation has first. */
static void test_back_and_pay(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    lab_guard(&lab, "r-1", "back=1000 EUR");
    lab_guard(&lab, "r-1", "back=1000 PLN");
    lab_plan(&lab, "r-1", "a", "30 EUR", NULL);
    lab_plan(&lab, "r-1", "b", "10 EUR", NULL);
    lab_plan(&lab, "r-1", "c", "20 EUR", NULL);
    lab_plan(&lab, "r-1", "d", "40 PLN", NULL);
    lab_number(&lab, "UPDATE effect SET planned_pay = '600.00 EUR', operation = 'exchange' WHERE key = 'b'");
    lab_number(&lab, "UPDATE effect SET planned_pay = '7.00 EUR', planned_back = NULL, operation = 'purchase'"
                     " WHERE key = 'c'");
    lab_number(&lab, "UPDATE effect SET planned_back = NULL, operation = 'checkout' WHERE key = 'd'");
    expect_summary(&lab, (const char *const[]){
                             "\"totals\":{\"checkout\":{},\"exchange\":{\"EUR\":\"10.00\"},\"purchase\":{\"EUR\":"
                             "\"7.00\"},\"refund\":{\"EUR\":\"30.00\"}}",
                             "\"back\":{\"exchange\":{\"EUR\":\"10.00\"},\"refund\":{\"EUR\":\"30.00\"}}",
                             "\"pay\":{\"exchange\":{\"EUR\":\"600.00\"},\"purchase\":{\"EUR\":\"7.00\"}}", NULL});
    lab_remove(&lab);
}

static void test_exit_codes(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    struct customer_args customers = {.count = 2};
    CHECK(lab_do(&lab, insert_customers, &customers) == 0);
    lab_guard(&lab, "r-1", "worth=10 USD");
    lab_plan(&lab, "r-1", "a", "2.50 EUR", "1 USD");
    lab_plan(&lab, "r-1", "b", "1 EUR", "1 USD");
    lab_approve(&lab, "r-1");
    struct run_args state = {.id = "r-1", .state = "applying"};
    CHECK(lab_do(&lab, set_state, &state) == 0);
    lab_intend(&lab, "a", "2.50 EUR", "1 USD", NULL);
    expect_summary(&lab, (const char *const[]){"\"totals\":{}", "\"exit_code\":0", NULL});
    lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL);
    expect_summary(&lab, (const char *const[]){"\"unknown\":[{\"key\":\"a\"", "\"exit_code\":6", NULL});
    lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, NULL, NULL);
    expect_summary(&lab, (const char *const[]){"\"totals\":{\"refund\":{\"EUR\":\"2.50\"}}", "\"exit_code\":0", NULL});
    lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, "2.40 EUR", "0.9 USD");
    expect_summary(&lab, (const char *const[]){"\"totals\":{\"refund\":{\"EUR\":\"2.40\"}}", "\"exit_code\":0", NULL});
    lab_intend(&lab, "b", "1 EUR", "1 USD", NULL);
    lab_record(&lab, "b", 1, TN_EFFECT_FAILED, NULL, NULL);
    expect_summary(&lab, (const char *const[]){"\"failed\":1", "\"exit_code\":3", NULL});
    struct item_args item = {.step = "refund", .count = 1, .state = "failed", .code = "script", .pass = TN_PASS_PLAN};
    CHECK(lab_do(&lab, store_items, &item) == 0 && lab_do(&lab, end_item, &item) == 0);
    expect_summary(&lab,
                   (const char *const[]){"\"failed_items_total\":1,\"failed_items\":[{\"customer\":\"c1\"", NULL});
    set(&lab, "c1", TN_PASS_APPLY, "done", NULL); /* from now on the apply pass is the one that counts */
    expect_summary(&lab, (const char *const[]){"\"failed_items_total\":0,\"failed_items\":[]", NULL});
    lab_remove(&lab);
}

/* ---- many ------------------------------------------------------------------------------------------------------- */

#define MANY 5000

static int plan_many(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)arg;
    static char quote[8000];
    memset(quote, 'q', sizeof quote - 1);
    int rc = 0;
    for (int i = 0; rc == 0 && i < MANY; i++) {
        char key[80], customer[16];
        bool refused;
        snprintf(key, sizeof key, "%064d", i);
        snprintf(customer, sizeof customer, "c%d", i / 10);
        struct tn_effect_row effect = {.key = key,
                                       .run = "r-1",
                                       .customer = customer,
                                       .step = "s",
                                       .operation = "refund",
                                       .orders = "[\"o\"]",
                                       .quote = quote,
                                       .request = "{}",
                                       .planned = {.has_back = true,
                                                   .back = lab_money(i % 2 ? "1.01 EUR" : "2.02 PLN"),
                                                   .has_worth = true,
                                                   .worth = lab_money("1 USD")}};
        rc = tn_effect_plan(db, &effect, &refused, err);
    }
    return rc;
}

static void test_many_effects(void)
{
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    lab_guard(&lab, "r-1", "worth=100000 USD");
    CHECK(lab_do(&lab, plan_many, NULL) == 0);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    expect_summary(&lab, (const char *const[]){"\"totals\":{\"refund\":{\"EUR\":\"2525.00\",\"PLN\":\"5050.00\"}}",
                                               "\"customers\":500}", NULL});
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("summary of %d effects: %.1f ms\n", MANY,
           (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6);
    lab_remove(&lab);
}

int main(void)
{
    test_runs();
    test_customers();
    test_items();
    test_summary_of_a_plan();
    test_largest();
    test_back_and_pay();
    test_exit_codes();
    test_many_effects();
    return check_result();
}
