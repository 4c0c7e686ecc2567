/* Names given with `once`: several runs may plan under one, one sends. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

static void start(struct lab *lab)
{
    lab_start_run(lab, "worth=100000 USD");
    for (const char *const *run = (const char *const[]){"r-2", "r-3", NULL}; *run; run++) {
        lab_run(lab, *run);
        lab_guard(lab, *run, "worth=100000 USD");
    }
}

static void bring_to(struct lab *lab, enum tn_effect_state state)
{
    CHECK(lab_plan_named(lab, "r-1", "a", "n") == 0);
    if (state != TN_EFFECT_PLANNED)
        CHECK(lab_approve(lab, "r-1") == 0);
    if (state == TN_EFFECT_REFUSED || state == TN_EFFECT_WITHDRAWN)
        CHECK(lab_drop(lab, "a", state) == 0);
    if (state < TN_EFFECT_INTENDED || state == TN_EFFECT_REFUSED || state == TN_EFFECT_WITHDRAWN)
        return;
    CHECK(lab_intend(lab, "a", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    if (state != TN_EFFECT_INTENDED)
        CHECK(lab_record(lab, "a", 1, state, NULL, NULL) == 0);
}

/* What was sent, or may have been, uses its name up; nothing else does. */
static void test_used_up(void)
{
    static const bool used[TN_EFFECT_STATE_COUNT] = {
        [TN_EFFECT_INTENDED] = true,  [TN_EFFECT_UNKNOWN] = true, [TN_EFFECT_ACCEPTED] = true,
        [TN_EFFECT_SUCCEEDED] = true, [TN_EFFECT_PARTIAL] = true,
    };
    for (int state = 0; state < TN_EFFECT_STATE_COUNT; state++) {
        struct lab lab;
        char text[256];
        start(&lab);
        CHECK(lab_plan_named(&lab, "r-3", "c", "n") == 0); /* before */
        bring_to(&lab, (enum tn_effect_state)state);
        CHECK(lab_state(&lab, "a") == (enum tn_effect_state)state);
        CHECK(lab_plan_named(&lab, "r-2", "b", "n") == 0);
        CHECK(lab_state(&lab, "b") == (used[state] ? TN_EFFECT_REFUSED : TN_EFFECT_PLANNED));
        CHECK(lab_approve(&lab, "r-3") == 0);
        struct tn_intent intent;
        CHECK(lab_intend(&lab, "c", "1 EUR", "1 USD", &intent) ==
              (used[state] ? TN_VERDICT_LOCKED : TN_VERDICT_PERMIT));
        CHECK(lab_plan_named(&lab, "r-2", "other", "m") == 0 && lab_state(&lab, "other") == TN_EFFECT_PLANNED);
        for (const char *const *key = (const char *const[]){"b", "c", NULL}; used[state] && *key; key++) {
            lab_why(&lab, *key, text);
            CHECK(strncmp(text, "duplicate: ", 11) == 0);
            CHECK(strstr(text, "run r-1") && strstr(text, tn_effect_state_name((enum tn_effect_state)state)));
        }
        lab_remove(&lab);
    }
}

/* It is up to the one whose attempt is believed not to have happened to go on. */
static void test_another_attempt(void)
{
    struct lab lab;
    start(&lab);
    CHECK(lab_plan_named(&lab, "r-2", "b", "n") == 0);
    CHECK(lab_approve(&lab, "r-2") == 0);
    bring_to(&lab, TN_EFFECT_INTENDED);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0);
    CHECK(lab_intend(&lab, "b", "1 EUR", "1 USD", NULL) == TN_VERDICT_LOCKED);
    CHECK(lab_intend(&lab, "a", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    lab_remove(&lab);
}

/* Runs that are applied at the same moment: one of them sends, the others are told who does. */
static int intend(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_intend(db, arg, err);
}

static void test_at_once(void)
{
    static const char *const runs[] = {"r-1", "r-2", "r-3"}, *const keys[] = {"a", "b", "c"};
    struct lab lab;
    struct tn_intent intents[3];
    struct lab_work works[3];
    start(&lab);
    for (int i = 0; i < 3; i++) {
        CHECK(lab_plan_named(&lab, runs[i], keys[i], "n") == 0);
        CHECK(lab_approve(&lab, runs[i]) == 0);
        intents[i] = (struct tn_intent){.key = keys[i], .request = "{}", .send_by_awake_ms = 1};
        works[i] = (struct lab_work){.fn = intend, .arg = &intents[i]};
    }
    lab_do_together(&lab, works, 3);
    int permits = 0;
    for (int i = 0; i < 3; i++) {
        permits += intents[i].verdict == TN_VERDICT_PERMIT;
        CHECK(intents[i].verdict == TN_VERDICT_PERMIT || strstr(intents[i].message, "(intended)"));
    }
    CHECK(permits == 1);
    CHECK(lab_number(&lab, "SELECT count(*) FROM effect WHERE state = 'refused' AND code = 'duplicate'") == 2);
    lab_remove(&lab);
}

/* A ledger that an older tenure wrote has the name as the key. */
static void test_older_ledger(void)
{
    struct lab lab;
    start(&lab);
    CHECK(lab_plan_named(&lab, "r-1", "n", NULL) == 0);
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(lab_plan_named(&lab, "r-2", "b", "n") == 0 && lab_state(&lab, "b") == TN_EFFECT_PLANNED);
    CHECK(lab_intend(&lab, "n", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_plan_named(&lab, "r-3", "c", "n") == 0 && lab_state(&lab, "c") == TN_EFFECT_REFUSED);
    lab_remove(&lab);
}

int main(void)
{
    test_used_up();
    test_another_attempt();
    test_at_once();
    test_older_ledger();
    return check_result();
}
