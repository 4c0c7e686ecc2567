/* Plans: the hash that names one, how long it may be approved, and approvals of all or of some. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

/* A ledger whose wall clock is ours, with a run of two effects. */
static void open_run(struct lab *lab)
{
    lab_start_clocked(lab);
    lab_run(lab, "r-1");
    lab_guard(lab, "r-1", "worth=100 USD");
    CHECK(lab_plan(lab, "r-1", "a", "1 EUR", "2 USD") == 0);
    CHECK(lab_plan(lab, "r-1", "b", "1 EUR", "3 USD") == 0);
}

struct hash_args {
    const char *basis;
    char hash[65];
};

static int do_hash(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct hash_args *args = arg;
    return tn_plan_hash(db, "r-1", args->basis, args->hash, err);
}

static const char *hash_of(struct lab *lab, const char *basis)
{
    static char hash[65];
    struct hash_args args = {.basis = basis};
    CHECK(lab_do(lab, do_hash, &args) == 0);
    memcpy(hash, args.hash, sizeof hash);
    return hash;
}

struct plan_args {
    const char *run, *hash;
    int64_t expires_ms, may_follow;
};

static int do_set_plan(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct plan_args *args = arg;
    return tn_run_set_plan(db, args->run, args->hash, args->expires_ms, args->may_follow, err);
}

static int set_plan(struct lab *lab, const char *hash, int64_t expires_ms)
{
    struct plan_args args = {"r-1", hash, expires_ms, 7};
    return lab_do(lab, do_set_plan, &args);
}

struct approve_args {
    struct tn_approval approval;
    int64_t approved;
};

static int do_approve(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct approve_args *args = arg;
    return tn_plan_approve(db, &args->approval, &args->approved, err);
}

static int approve(struct lab *lab, const char *hash, const char *const *keys, size_t count, int64_t *approved)
{
    struct approve_args args = {.approval = {.run = "r-1",
                                             .plan_hash = hash,
                                             .actor = "anna@desk",
                                             .reason = "looked at it",
                                             .keys = keys,
                                             .key_count = count}};
    int rc = lab_do(lab, do_approve, &args);
    *approved = args.approved;
    return rc;
}

/* The hash is of what was planned: it moves with every change of it and with nothing that is carried out. */
static void test_hash(void)
{
    struct lab lab;
    char first[65], asked[65];
    open_run(&lab);
    snprintf(first, sizeof first, "%s", hash_of(&lab, "basis"));
    CHECK(strlen(first) == 64);
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    CHECK(strcmp(hash_of(&lab, "another basis"), first) != 0);
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(lab_intend(&lab, "a", "1 EUR", "1.90 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, "1 EUR", "1.90 USD") == 0);
    CHECK(lab_drop(&lab, "b", TN_EFFECT_REFUSED) == 0); /* drifted: it was in the plan all the same */
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    lab_number(&lab, "UPDATE effect SET planned_worth = '2.01 USD' WHERE key = 'a'");
    CHECK(strcmp(hash_of(&lab, "basis"), first) != 0);
    lab_number(&lab, "UPDATE effect SET planned_worth = '2.00 USD' WHERE key = 'a'");
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    lab_number(&lab, "UPDATE effect SET subject = 'c' WHERE key = 'a'");
    CHECK(strcmp(hash_of(&lab, "basis"), first) != 0);
    lab_number(&lab, "UPDATE effect SET subject = 'a' WHERE key = 'a'");
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    lab_number(&lab, "UPDATE effect SET asks = '[{\"name\":\"role\",\"value\":\"Reader\"}]' WHERE key = 'a'");
    snprintf(asked, sizeof asked, "%s", hash_of(&lab, "basis"));
    CHECK(strcmp(asked, first) != 0);
    lab_number(&lab, "UPDATE effect SET asks = '[{\"name\":\"role\",\"value\":\"Owner\"}]' WHERE key = 'a'");
    CHECK(strcmp(hash_of(&lab, "basis"), asked) != 0 && strcmp(hash_of(&lab, "basis"), first) != 0);
    lab_remove(&lab);
}

/* What is refused while planning is no part of the plan. */
static void test_hash_of_refused(void)
{
    struct lab lab;
    char first[65];
    open_run(&lab);
    snprintf(first, sizeof first, "%s", hash_of(&lab, "basis"));
    CHECK(lab_plan(&lab, "r-1", "c", "1 EUR", "1000 USD") == 0);
    CHECK(lab_state(&lab, "c") == TN_EFFECT_REFUSED);
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    CHECK(lab_plan(&lab, "r-1", "d", "1 EUR", "1 USD") == 0);
    CHECK(strcmp(hash_of(&lab, "basis"), first) != 0);
    CHECK(lab_drop(&lab, "d", TN_EFFECT_REFUSED) == 0);
    CHECK_TEXT(hash_of(&lab, "basis"), first);
    lab_remove(&lab);
}

static void test_approval(void)
{
    struct lab lab;
    char hash[65], text[256];
    int64_t approved;
    static const char *const only_b[] = {"b", "nothing"};
    open_run(&lab);
    snprintf(hash, sizeof hash, "%s", hash_of(&lab, "basis"));
    CHECK(set_plan(&lab, hash, 2000000) == 0);
    CHECK(approve(&lab, "0123", NULL, 0, &approved) == TENURE_EINVAL);
    CHECK_TEXT(tn_err_name(&lab.err), "plan-changed");
    CHECK(strstr(lab.err.msg, "r-1") && lab_state(&lab, "a") == TN_EFFECT_PLANNED);
    CHECK(approve(&lab, hash, only_b, 2, &approved) == 0 && approved == 1);
    CHECK(lab_state(&lab, "a") == TN_EFFECT_PLANNED && lab_state(&lab, "b") == TN_EFFECT_APPROVED);
    lab_text(&lab, "SELECT plan_hash || actor || reason || effects FROM approval", text);
    CHECK(strncmp(text, hash, 64) == 0);
    CHECK_TEXT(text + 64, "anna@desklooked at it1");
    lab_text(&lab, "SELECT body FROM event WHERE kind = 'approval'", text);
    CHECK(strstr(text, hash) && strstr(text, "anna@desk"));
    lab_remove(&lab);
}

static void test_expiry(void)
{
    struct lab lab;
    int64_t approved;
    static const char *const only_b[] = {"b"};
    open_run(&lab);
    CHECK(set_plan(&lab, "0123", 2000000) == 0);
    lab_wall_ms = 1999999;
    CHECK(approve(&lab, NULL, only_b, 1, &approved) == 0 && approved == 1);
    lab_wall_ms = 2000000;
    CHECK(approve(&lab, NULL, NULL, 0, &approved) == TENURE_EINVAL);
    CHECK_TEXT(tn_err_name(&lab.err), "plan-expired");
    CHECK(strstr(lab.err.msg, "1970-01-01T00:33:20Z"));
    CHECK(lab_state(&lab, "a") == TN_EFFECT_PLANNED); /* rolled back with it */
    CHECK(lab_number(&lab, "SELECT count(*) FROM approval") == 1);
    /* Going on with what was approved in time asks for nothing new. */
    CHECK(approve(&lab, NULL, only_b, 1, &approved) == 0 && approved == 0);
    struct approve_args nowhere = {.approval = {.run = "r-9"}};
    CHECK(lab_do(&lab, do_approve, &nowhere) == TENURE_ENOENT);
    lab_remove(&lab);
}

static int do_set_state(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_run_set_state(db, "r-1", arg, NULL, err);
}

static void test_run_shows_it(void)
{
    struct lab lab;
    open_run(&lab);
    CHECK(set_plan(&lab, "0123", 86400000) == 0);
    char *summary = lab_summary(&lab, "r-1");
    CHECK(summary && strstr(summary, "\"hash\":\"0123\",\"expires\":\"1970-01-02T00:00:00Z\""));
    CHECK(summary && strstr(summary, "\"may_follow\":7"));
    free(summary);
    CHECK(lab_do(&lab, do_set_state, (void *)"applying") == 0);
    CHECK(set_plan(&lab, "4567", 0) == TENURE_EINVAL);
    lab_remove(&lab);
}

int main(void)
{
    test_hash();
    test_hash_of_refused();
    test_approval();
    test_expiry();
    test_run_shows_it();
    return check_result();
}
