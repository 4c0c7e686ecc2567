/* Questions about a run: which customers are to be planned again, and everything about one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

#define ORDER "/providers/Microsoft.Capacity/reservationOrders/aaaa"

/* ---- selection --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *id, *name, *plan, *apply;
} people[] = {
    {"c0", "Zero", "done", NULL},      {"c1", "One", "unreachable", NULL}, {"c2", "Two", "done", "failed"},
    {"c3", "Three", "failed", "done"}, {"c4", "Four", "done", "done"},     {"c5", "Five", "waiting", NULL},
    {"c6", "Six", "done", "done"},     {"c7", "Four", "skipped", NULL},
};

static int insert_people(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)arg;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof people / sizeof *people; i++) {
        char domain[32];
        snprintf(domain, sizeof domain, "%s.example", people[i].id);
        const struct tn_customer_row row = {.run = "r-1",
                                            .id = people[i].id,
                                            .name = people[i].name,
                                            .domain = domain,
                                            .record = "{}",
                                            .state = people[i].plan,
                                            .code = "plan-code",
                                            .seq = (int64_t)i};
        rc = tn_customer_insert(db, &row, err);
        if (rc == 0 && people[i].apply)
            rc = tn_customer_set(db, "r-1", people[i].id, TN_PASS_APPLY, people[i].apply, 5, "apply-code", NULL, err);
    }
    return rc;
}

/* One item of c4 in the apply pass that failed, one of c6 that failed while planning only. */
static int insert_items(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)arg;
    static const char *const whose[] = {"c4", "c6"};
    int rc = 0;
    for (int i = 0; rc == 0 && i < 2; i++) {
        enum tn_pass pass = i == 0 ? TN_PASS_APPLY : TN_PASS_PLAN;
        struct tn_item_row item = {.run = "r-1",
                                   .customer = whose[i],
                                   .step = "refund",
                                   .pass = pass,
                                   .item = "{\"id\":\"x\"}",
                                   .label = ORDER "/reservations/bbbb",
                                   .state = "failed",
                                   .code = "EREMOTE",
                                   .detail = "the service said no"};
        rc = tn_items_store(db, &item, 1, "r-1", whose[i], "refund", pass, err);
        if (rc == 0)
            rc = tn_item_end(db, &item, err);
    }
    return rc;
}

struct select_args {
    const char *const *states;
    char found[256];
};

static int on_customer(void *arg, const struct tn_customer_row *customer)
{
    struct select_args *args = arg;
    size_t used = strlen(args->found);
    snprintf(args->found + used, sizeof args->found - used, "%s:%s:%s ", customer->id, customer->state,
             customer->code ? customer->code : "-");
    return 0;
}

static int do_select(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct select_args *args = arg;
    return tn_customer_select(db, "r-1", args->states, on_customer, args, err);
}

static void open_run(struct lab *lab)
{
    lab_start_run(lab, "worth=100 USD");
    CHECK(lab_do(lab, insert_people, NULL) == 0);
    CHECK(lab_do(lab, insert_items, NULL) == 0);
}

static void test_selection(void)
{
    struct lab lab;
    open_run(&lab);
    struct select_args args = {.states = (const char *const[]){"unreachable", NULL}};
    CHECK(lab_do(&lab, do_select, &args) == 0);
    CHECK_TEXT(args.found, "c1:unreachable:plan-code ");
    args = (struct select_args){.states = (const char *const[]){"failed", "unreachable", NULL}};
    CHECK(lab_do(&lab, do_select, &args) == 0);
    CHECK_TEXT(args.found, "c1:unreachable:plan-code c2:failed:apply-code c4:done:apply-code ");
    args = (struct select_args){.states = (const char *const[]){"waiting", "skipped", NULL}};
    CHECK(lab_do(&lab, do_select, &args) == 0);
    CHECK_TEXT(args.found, "c5:waiting:plan-code c7:skipped:plan-code ");
    args = (struct select_args){.states = (const char *const[]){NULL}};
    CHECK(lab_do(&lab, do_select, &args) == 0);
    CHECK_TEXT(args.found, "");
    args = (struct select_args){.states = (const char *const[]){"failed", "sleeping", NULL}};
    CHECK(lab_do(&lab, do_select, &args) == TENURE_EINVAL && strstr(lab.err.msg, "sleeping"));
    lab_remove(&lab);
}

/* An effect that failed makes its customer one to plan again. */
static void test_selection_by_effect(void)
{
    struct lab lab;
    open_run(&lab);
    CHECK(lab_plan(&lab, "r-1", "k", "1 EUR", "1 USD") == 0); /* of c1 */
    lab_number(&lab, "UPDATE effect SET customer = 'c0'");
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(lab_intend(&lab, "k", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "k", 1, TN_EFFECT_FAILED, NULL, NULL) == 0);
    struct select_args args = {.states = (const char *const[]){"failed", NULL}};
    CHECK(lab_do(&lab, do_select, &args) == 0);
    CHECK(strncmp(args.found, "c0:done:plan-code c2:", 21) == 0);
    lab_remove(&lab);
}

/* ---- why --------------------------------------------------------------------------------------------------------- */

struct why_args {
    const char *id;
    struct tn_buf text;
};

static int do_why(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct why_args *args = arg;
    struct tn_json_writer w;
    tn_jw_init(&w, &args->text);
    return tn_why_write(db, "r-1", args->id, &w, err);
}

/* What is known about it; free() it. NULL: refused. */
static char *why(struct lab *lab, const char *id)
{
    struct why_args args = {.id = id};
    if (lab_do(lab, do_why, &args) == 0)
        return tn_buf_take(&args.text, NULL);
    tn_buf_deinit(&args.text);
    return NULL;
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        found++;
    return found;
}

static void open_story(struct lab *lab)
{
    open_run(lab);
    CHECK(lab_plan(lab, "r-1", "0123456789abcdef", "1 EUR", "1 USD") == 0); /* of c1 */
    CHECK(lab_plan(lab, "r-1", "0123456789fedcba", "1 EUR", "1 USD") == 0);
    lab_number(lab, "UPDATE effect SET subject = '" ORDER "/reservations/bbbb' WHERE key = '0123456789abcdef'");
    lab_number(lab, "UPDATE effect SET customer = 'c0', subject = '" ORDER "/reservations/cccc'"
                    " WHERE key = '0123456789fedcba'");
    CHECK(lab_approve(lab, "r-1") == 0);
    CHECK(lab_intend(lab, "0123456789abcdef", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(lab, "0123456789abcdef", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
}

static void test_why_customer(void)
{
    static const char *const names[] = {"c1", "C1", "c1.EXAMPLE", "one"};
    struct lab lab;
    open_story(&lab);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = why(&lab, names[i]);
        CHECK(
            text &&
            strstr(
                text,
                "{\"run\":\"r-1\",\"about\":\"customer\",\"id\":\"c1\",\"request\":{},\"customers\":[{\"id\":\"c1\""));
        CHECK(text && count(text, "\"effect\":{\"key\"") == 1 && strstr(text, "\"quote\":{}"));
        CHECK(text && count(text, "\"kind\":\"effect\"") == 4); /* planned, approved, intended, succeeded */
        const char *planned = text ? strstr(text, "\"state\":\"planned\"") : NULL;
        CHECK(planned && strstr(planned, "\"state\":\"intended\"")); /* in order of time */
        CHECK(text && strstr(text, "\"approvals\":[{\"actor\":\"test@here\",\"reason\":\"test\""));
        free(text);
    }
    lab_remove(&lab);
}

static void test_why_effect_and_reservation(void)
{
    struct lab lab;
    open_story(&lab);
    char *text = why(&lab, "0123456789F");
    CHECK(text && strstr(text, "\"about\":\"effect\",\"id\":\"0123456789fedcba\""));
    CHECK(text && count(text, "\"kind\":\"effect\"") == 2 && strstr(text, "\"customers\":[{\"id\":\"c0\""));
    free(text);
    /* The reservation: one effect on it, and two items that are called so, of other customers. */
    static const char *const names[] = {"BBBB", ORDER "/reservations/bbbb"};
    for (size_t i = 0; i < 2; i++) {
        text = why(&lab, names[i]);
        CHECK(text && strstr(text, "\"about\":\"reservation\""));
        CHECK(text && count(text, "\"effect\":{\"key\"") == 1 &&
              count(text, "\"detail\":\"the service said no\"") == 2);
        CHECK(text && strstr(text, "\"pass\":\"plan\"") && strstr(text, "\"pass\":\"apply\""));
        CHECK(text && strstr(text, "{\"id\":\"c1\"") && strstr(text, "{\"id\":\"c4\"") &&
              strstr(text, "{\"id\":\"c6\""));
        CHECK(text && strstr(text, "\"element\":{\"id\":\"x\"}"));
        free(text);
    }
    lab_remove(&lab);
}

static void test_why_nothing(void)
{
    struct lab lab;
    open_story(&lab);
    CHECK(!why(&lab, "nobody") && lab.err.code == TENURE_ENOENT && strstr(lab.err.msg, "'nobody'"));
    CHECK(!why(&lab, "bbb") && lab.err.code == TENURE_ENOENT);     /* not the end of a part */
    CHECK(!why(&lab, "0123456") && lab.err.code == TENURE_ENOENT); /* too short a beginning */
    CHECK(!why(&lab, "0123456789") && lab.err.code == TENURE_EINVAL && strstr(lab.err.msg, "more than one effect"));
    CHECK(!why(&lab, "four") && lab.err.code == TENURE_EINVAL && strstr(lab.err.msg, "more than one customer"));
    CHECK(!why(&lab, "") && lab.err.code == TENURE_EINVAL);
    CHECK(!why(&lab, "%") && lab.err.code == TENURE_ENOENT);
    lab_remove(&lab);
}

int main(void)
{
    test_selection();
    test_selection_by_effect();
    test_why_customer();
    test_why_effect_and_reservation();
    test_why_nothing();
    return check_result();
}
