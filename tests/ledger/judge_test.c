/* Judgements: which verdicts a probe may give and which decisions a person may take, what they do to money and orders,
 * and how long it must be quiet before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

/* A refund of 2 USD whose first attempt has come to this state. */
static void bring_to(struct lab *lab, const char *key, enum tn_effect_state state)
{
    CHECK(lab_plan(lab, "r-1", key, "1 EUR", "2 USD") == 0);
    CHECK(lab_approve(lab, "r-1") == 0);
    if (state == TN_EFFECT_APPROVED)
        return;
    CHECK(lab_intend(lab, key, "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    if (state != TN_EFFECT_INTENDED)
        CHECK(lab_record(lab, key, 1, state, NULL, NULL) == 0);
}

static int do_judge(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_judge(db, arg, err);
}

static int judge(struct lab *lab, const char *key, int64_t attempt, enum tn_effect_state state)
{
    struct tn_judgement judgement = {
        .key = key, .attempt = attempt, .state = state, .evidence = "the order is Cancelled", .poll = "{\"p\":1}"};
    return lab_do(lab, do_judge, &judgement);
}

struct settle_args {
    const char *key, *actor, *reason;
    enum tn_effect_state state;
};

static int do_settle(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct settle_args *args = arg;
    return tn_effect_settle(db, args->key, args->state, args->actor, args->reason, err);
}

static int settle(struct lab *lab, const char *key, enum tn_effect_state state)
{
    struct settle_args args = {key, "anna@desk", "seen in the portal", state};
    return lab_do(lab, do_settle, &args);
}

static int64_t used(struct lab *lab)
{
    return lab_number(lab, "SELECT used FROM guard");
}

/* ---- a probe ---------------------------------------------------------------------------------------------------- */

/* state after a verdict, what stays used of 2 USD, whether the order stays locked */
static const struct {
    enum tn_effect_state verdict;
    bool allowed;
    int64_t used;
    bool locked;
} verdicts[] = {
    {TN_EFFECT_PLANNED, false, 2, true},   {TN_EFFECT_APPROVED, true, 0, true},   {TN_EFFECT_INTENDED, false, 2, true},
    {TN_EFFECT_ACCEPTED, true, 2, true},   {TN_EFFECT_SUCCEEDED, true, 2, false}, {TN_EFFECT_PARTIAL, true, 2, false},
    {TN_EFFECT_FAILED, true, 0, false},    {TN_EFFECT_UNKNOWN, false, 2, true},   {TN_EFFECT_REFUSED, false, 2, true},
    {TN_EFFECT_WITHDRAWN, false, 2, true},
};

static void test_every_verdict_on_unknown(void)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct lab lab;
        lab_start_run(&lab, "worth=100000 USD");
        bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
        CHECK((judge(&lab, "k", 1, verdicts[i].verdict) == 0) == verdicts[i].allowed);
        CHECK(lab_state(&lab, "k") == (verdicts[i].allowed ? verdicts[i].verdict : TN_EFFECT_UNKNOWN));
        CHECK(used(&lab) == verdicts[i].used);
        CHECK(lab_number(&lab, "SELECT count(*) FROM effect_order") == verdicts[i].locked);
        if (verdicts[i].allowed) {
            char text[256];
            lab_text(&lab, "SELECT evidence || ' ' || poll || ' ' || (probed > 0) FROM effect", text);
            CHECK_TEXT(text, "the order is Cancelled {\"p\":1} 1");
            lab_text(&lab, "SELECT body FROM event ORDER BY seq DESC LIMIT 1", text);
            CHECK(strstr(text, "\"by\":\"probe\"") && strstr(text, "\"evidence\":\"the order is Cancelled\""));
            CHECK(strstr(text, "\"correlation\":\"") && strstr(text, "\"from\":\"unknown\""));
        }
        lab_remove(&lab);
    }
}

/* Nobody but the sender knows more of what is in another state; a verdict is on one attempt. */
static void test_what_no_probe_judges(void)
{
    static const enum tn_effect_state states[] = {TN_EFFECT_APPROVED,  TN_EFFECT_INTENDED, TN_EFFECT_ACCEPTED,
                                                  TN_EFFECT_SUCCEEDED, TN_EFFECT_PARTIAL,  TN_EFFECT_FAILED};
    struct lab lab;
    lab_start_run(&lab, "worth=100000 USD");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%zu", i);
        bring_to(&lab, key, states[i]);
        CHECK(judge(&lab, key, states[i] == TN_EFFECT_APPROVED ? 0 : 1, TN_EFFECT_SUCCEEDED) == TENURE_EBUSY);
        CHECK(judge(&lab, key, 1, TN_EFFECT_APPROVED) == TENURE_EBUSY);
        CHECK(lab_state(&lab, key) == states[i]);
    }
    bring_to(&lab, "u", TN_EFFECT_UNKNOWN);
    CHECK(judge(&lab, "u", 0, TN_EFFECT_APPROVED) == TENURE_EBUSY);
    CHECK(judge(&lab, "u", 2, TN_EFFECT_APPROVED) == TENURE_EBUSY);
    CHECK(judge(&lab, "nothing", 1, TN_EFFECT_APPROVED) == TENURE_ENOENT);
    struct tn_judgement bare = {.key = "u", .attempt = 1, .state = TN_EFFECT_APPROVED, .evidence = ""};
    CHECK(lab_do(&lab, do_judge, &bare) == TENURE_EINVAL);
    CHECK(lab_state(&lab, "u") == TN_EFFECT_UNKNOWN);
    lab_remove(&lab);
}

/* Approved again: a new attempt, and news of the old one still counts until then. */
static void test_another_attempt(void)
{
    struct lab lab;
    struct tn_intent intent;
    lab_start_run(&lab, "worth=100000 USD");
    bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
    CHECK(judge(&lab, "k", 1, TN_EFFECT_APPROVED) == 0);
    CHECK(judge(&lab, "k", 1, TN_EFFECT_APPROVED) == TENURE_EBUSY); /* two probes: one verdict */
    CHECK(lab_intend(&lab, "k", "1 EUR", "2 USD", &intent) == TN_VERDICT_PERMIT && intent.attempt == 2);
    CHECK(lab_number(&lab, "SELECT evidence IS NULL FROM effect") == 1);
    CHECK(lab_record(&lab, "k", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == TENURE_EBUSY);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(judge(&lab, "k", 1, TN_EFFECT_APPROVED) == TENURE_EBUSY);
    CHECK(judge(&lab, "k", 2, TN_EFFECT_APPROVED) == 0);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_ACCEPTED, NULL, NULL) == 0); /* its sender knows better after all */
    CHECK(used(&lab) == 2);
    lab_remove(&lab);
}

static void test_actual_amounts(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100000 USD");
    bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
    struct tn_judgement judgement = {.key = "k", .attempt = 1, .state = TN_EFFECT_PARTIAL, .evidence = "half of it"};
    judgement.has_actual = judgement.actual.has_worth = true;
    judgement.actual.worth = lab_money("1 USD");
    CHECK(lab_do(&lab, do_judge, &judgement) == 0);
    CHECK(used(&lab) == 1);
    char text[256];
    lab_text(&lab, "SELECT actual_back || ' ' || actual_worth || ' ' || message FROM effect", text);
    CHECK_TEXT(text, "1.00 EUR 1.00 USD half of it");
    lab_remove(&lab);
}

static int do_release(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_run_release(db, arg, err);
}

/* While its sender lives, an intent is the sender's; while another process has the run, all of it is that one's. */
static void test_others(void)
{
    struct lab lab, other;
    lab_start_run(&lab, "worth=100000 USD");
    lab_open_at(&other, lab.path);
    bring_to(&lab, "k", TN_EFFECT_INTENDED);
    bring_to(&lab, "u", TN_EFFECT_UNKNOWN);
    CHECK(judge(&other, "u", 1, TN_EFFECT_APPROVED) == TENURE_EBUSY && strstr(other.err.msg, "process"));
    CHECK(settle(&other, "u", TN_EFFECT_SUCCEEDED) == TENURE_EBUSY && strstr(other.err.msg, "process"));
    CHECK(lab_do(&lab, do_release, (void *)"r-1") == 0);
    CHECK(judge(&other, "k", 1, TN_EFFECT_SUCCEEDED) == TENURE_EBUSY);
    CHECK(settle(&other, "u", TN_EFFECT_SUCCEEDED) == 0);
    lab_close(&lab); /* its sender is gone */
    CHECK(judge(&other, "k", 1, TN_EFFECT_SUCCEEDED) == 0);
    CHECK(lab_number(&other, "SELECT used FROM guard") == 4);
    lab_close(&other);
    lab_remove(&lab);
}

/* ---- nothing decided -------------------------------------------------------------------------------------------- */

struct probed_args {
    const char *key, *evidence;
    int64_t attempt;
};

static int do_probed(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct probed_args *args = arg;
    return tn_effect_probed(db, args->key, args->attempt, "unclear", args->evidence, err);
}

static void test_probed(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100000 USD");
    bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
    struct probed_args args = {"k", "the order is Pending", 1};
    for (int i = 0; i < 3; i++)
        CHECK(lab_do(&lab, do_probed, &args) == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'probe'") == 1); /* not one for each look */
    args.evidence = "somebody else changed the order";
    CHECK(lab_do(&lab, do_probed, &args) == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'probe'") == 2);
    char text[256];
    lab_text(&lab, "SELECT state || ': ' || evidence FROM effect", text);
    CHECK_TEXT(text, "unknown: somebody else changed the order");
    args.attempt = 2;
    CHECK(lab_do(&lab, do_probed, &args) == TENURE_EBUSY);
    lab_remove(&lab);
}

/* ---- a person --------------------------------------------------------------------------------------------------- */

static bool decision_possible(enum tn_effect_state from, enum tn_effect_state to)
{
    if (from == TN_EFFECT_PARTIAL)
        return to == TN_EFFECT_SUCCEEDED;
    return from == TN_EFFECT_UNKNOWN &&
           (to == TN_EFFECT_APPROVED || to == TN_EFFECT_SUCCEEDED || to == TN_EFFECT_PARTIAL || to == TN_EFFECT_FAILED);
}

static void test_every_decision(void)
{
    static const enum tn_effect_state states[] = {TN_EFFECT_APPROVED, TN_EFFECT_INTENDED,  TN_EFFECT_ACCEPTED,
                                                  TN_EFFECT_UNKNOWN,  TN_EFFECT_SUCCEEDED, TN_EFFECT_PARTIAL,
                                                  TN_EFFECT_FAILED};
    struct lab lab;
    int number = 0;
    lab_start_run(&lab, "worth=100000 USD");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (int to = 0; to < TN_EFFECT_STATE_COUNT; to++) {
            char key[16];
            bool possible = decision_possible(states[i], (enum tn_effect_state)to);
            snprintf(key, sizeof key, "k%d", number++);
            bring_to(&lab, key, states[i]);
            int64_t before = used(&lab);
            int rc = settle(&lab, key, (enum tn_effect_state)to);
            CHECK(rc == (possible ? 0 : TENURE_EINVAL));
            CHECK(rc == 0 || strstr(lab.err.msg, "settle") || strstr(lab.err.msg, "needs a person"));
            CHECK(lab_state(&lab, key) == (possible ? (enum tn_effect_state)to : states[i]));
            bool released = possible && (to == TN_EFFECT_FAILED || to == TN_EFFECT_APPROVED);
            CHECK(used(&lab) == before - (released ? 2 : 0));
        }
    }
    lab_remove(&lab);
}

static void test_decision_is_written_down(void)
{
    struct lab lab;
    char text[256];
    lab_start_run(&lab, "worth=100000 USD");
    bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
    struct settle_args nameless = {"k", "", "seen in the portal", TN_EFFECT_SUCCEEDED};
    CHECK(lab_do(&lab, do_settle, &nameless) == TENURE_EINVAL);
    struct settle_args unexplained = {"k", "anna@desk", NULL, TN_EFFECT_SUCCEEDED};
    CHECK(lab_do(&lab, do_settle, &unexplained) == TENURE_EINVAL);
    CHECK(lab_state(&lab, "k") == TN_EFFECT_UNKNOWN);
    CHECK(settle(&lab, "k", TN_EFFECT_SUCCEEDED) == 0);
    lab_text(&lab, "SELECT code || ': ' || message FROM effect", text);
    CHECK_TEXT(text, "settled: settled by anna@desk: seen in the portal");
    lab_text(&lab, "SELECT body FROM event ORDER BY seq DESC LIMIT 1", text);
    CHECK(strstr(text, "{\"actor\":\"anna@desk\"") && strstr(text, "\"by\":\"person\""));
    CHECK(strstr(text, "\"reason\":\"seen in the portal\""));
    lab_remove(&lab);
}

/* ---- quiet time ------------------------------------------------------------------------------------------------- */

static int64_t awake_ms;

static int64_t read_awake(void *arg)
{
    (void)arg;
    return awake_ms;
}

static int on_quiet(void *arg, const struct tn_effect_row *effect)
{
    *(int64_t *)arg = tn_effect_quiet_left_ms(effect, awake_ms, 900);
    return 0;
}

static int do_quiet(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_find(db, "k", on_quiet, arg, err);
}

static int64_t quiet_left(struct lab *lab)
{
    int64_t left = -1;
    CHECK(lab_do(lab, do_quiet, &left) == 0);
    return left;
}

/* Intents of the lab are to be sent by 1 ms after the boot. */
static void test_quiet_time(void)
{
    struct lab lab;
    struct tn_clock clock = tn_clock_system;
    clock.monotonic_ms = read_awake;
    lab_make(&lab);
    awake_ms = 500;
    CHECK(tn_loop_new(&clock, &lab.loop, NULL) == 0);
    CHECK(lab_open(&lab) == 0);
    lab_run(&lab, "r-1");
    lab_guard(&lab, "r-1", "worth=100 USD");
    bring_to(&lab, "k", TN_EFFECT_UNKNOWN);
    CHECK(quiet_left(&lab) == 401);
    awake_ms = 900;
    CHECK(quiet_left(&lab) == 1);
    awake_ms = 901;
    CHECK(quiet_left(&lab) == 0);
    awake_ms = 999999;
    CHECK(quiet_left(&lab) == 0);
    /* Another boot, or none known: anew from the opening, at 500. */
    lab_number(&lab, "UPDATE effect SET boot = '00000000-0000-0000-0000-000000000000', send_by = 999999999");
    awake_ms = 600;
    CHECK(quiet_left(&lab) == 800);
    lab_number(&lab, "UPDATE effect SET boot = ''");
    awake_ms = 1400;
    CHECK(quiet_left(&lab) == 0);
    lab_close(&lab);
    awake_ms = 2000;
    CHECK(tn_loop_new(&clock, &lab.loop, NULL) == 0);
    CHECK(lab_open(&lab) == 0);
    CHECK(quiet_left(&lab) == 900);
    lab_remove(&lab);
}

int main(void)
{
    test_every_verdict_on_unknown();
    test_what_no_probe_judges();
    test_another_attempt();
    test_actual_amounts();
    test_others();
    test_probed();
    test_every_decision();
    test_decision_is_written_down();
    test_quiet_time();
    return check_result();
}
