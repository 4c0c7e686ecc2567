/* The life of an effect: which transitions there are, one permit for each attempt, locks on orders, amounts and guards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

/* What the design's picture allows, written down once more: from each state, to the states a recorded outcome may
 * bring. */
static const struct {
    enum tn_effect_state from;
    const char *recorded; /* states that tn_effect_record takes it to */
    bool droppable, approvable, intendable;
} life[] = {
    {TN_EFFECT_PLANNED, "", true, true, false},
    {TN_EFFECT_APPROVED, "", true, false, true}, /* before any attempt */
    {TN_EFFECT_INTENDED, "approved accepted succeeded partial failed unknown", false, false, false},
    {TN_EFFECT_ACCEPTED, "accepted succeeded partial failed", false, false, false},
    {TN_EFFECT_UNKNOWN, "unknown approved accepted succeeded partial failed", false, false, false},
    {TN_EFFECT_SUCCEEDED, "", false, false, false},
    {TN_EFFECT_PARTIAL, "", false, false, false},
    {TN_EFFECT_FAILED, "", false, false, false},
    {TN_EFFECT_REFUSED, "", false, false, false},
    {TN_EFFECT_WITHDRAWN, "", false, false, false},
};

static void bring_to(struct lab *lab, const char *key, enum tn_effect_state state)
{
    CHECK(lab_plan(lab, "r-1", key, "1 EUR", "1 USD") == 0);
    if (state == TN_EFFECT_PLANNED)
        return;
    CHECK(lab_approve(lab, "r-1") == 0);
    if (state == TN_EFFECT_REFUSED || state == TN_EFFECT_WITHDRAWN)
        CHECK(lab_drop(lab, key, state) == 0);
    else if (state != TN_EFFECT_APPROVED)
        CHECK(lab_intend(lab, key, "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    if (state == TN_EFFECT_ACCEPTED || state == TN_EFFECT_UNKNOWN || state == TN_EFFECT_SUCCEEDED ||
        state == TN_EFFECT_PARTIAL || state == TN_EFFECT_FAILED)
        CHECK(lab_record(lab, key, 1, state, NULL, NULL) == 0);
    CHECK(lab_state(lab, key) == state);
}

static bool has_word(const char *words, const char *word)
{
    char list[128], *at = list;
    snprintf(list, sizeof list, "%s", words);
    for (char *part = strsep(&at, " "); part; part = strsep(&at, " ")) {
        if (strcmp(part, word) == 0)
            return true;
    }
    return false;
}

static void test_every_transition(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100000 USD");
    int number = 0;
    for (size_t i = 0; i < sizeof life / sizeof *life; i++) {
        for (int to = 0; to < TN_EFFECT_STATE_COUNT; to++) {
            char key[32];
            const char *name = tn_effect_state_name((enum tn_effect_state)to);
            snprintf(key, sizeof key, "k%d", number++);
            bring_to(&lab, key, life[i].from);
            int rc = lab_record(&lab, key, 1, (enum tn_effect_state)to, NULL, NULL);
            bool allowed = has_word(life[i].recorded, name);
            bool repeated = life[i].from == (enum tn_effect_state)to && tn_effect_state_final(life[i].from) && rc == 0;
            if ((rc == 0) != (allowed || repeated))
                fprintf(stderr, "%s to %s: %d %s\n", tn_effect_state_name(life[i].from), name, rc, lab.err.msg);
            CHECK((rc == 0) == (allowed || repeated));
            CHECK(lab_state(&lab, key) == (allowed ? (enum tn_effect_state)to : life[i].from));
        }
    }
    lab_remove(&lab);
}

static void test_drop_approve_intend(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100000 USD");
    for (size_t i = 0; i < sizeof life / sizeof *life; i++) {
        char key[32];
        snprintf(key, sizeof key, "drop%zu", i);
        bring_to(&lab, key, life[i].from);
        CHECK(lab_drop(&lab, key, TN_EFFECT_WITHDRAWN) == 0);
        CHECK(lab_state(&lab, key) == (life[i].droppable ? TN_EFFECT_WITHDRAWN : life[i].from));
        CHECK(lab_drop(&lab, key, TN_EFFECT_SUCCEEDED) == TENURE_EINVAL);

        snprintf(key, sizeof key, "intend%zu", i);
        bring_to(&lab, key, life[i].from);
        struct tn_intent intent;
        CHECK((lab_intend(&lab, key, "1 EUR", "1 USD", &intent) == TN_VERDICT_PERMIT) == life[i].intendable);
        CHECK(life[i].intendable || strstr(intent.message, tn_effect_state_name(life[i].from)));
        CHECK(lab_state(&lab, key) == (life[i].intendable ? TN_EFFECT_INTENDED : life[i].from));

        snprintf(key, sizeof key, "approve%zu", i);
        bring_to(&lab, key, life[i].from);
        CHECK(lab_approve(&lab, "r-1") == 0);
        CHECK(lab_state(&lab, key) == (life[i].approvable ? TN_EFFECT_APPROVED : life[i].from));
    }
    lab_remove(&lab);
}

static void test_attempts(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100 USD");
    bring_to(&lab, "k", TN_EFFECT_APPROVED);
    struct tn_intent first, second;
    CHECK(lab_intend(&lab, "k", "1 EUR", "1 USD", &first) == TN_VERDICT_PERMIT);
    CHECK(first.attempt == 1 && strlen(first.correlation) == 36);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_SUCCEEDED, NULL, NULL) == TENURE_EBUSY);
    CHECK(lab_record(&lab, "k", 0, TN_EFFECT_SUCCEEDED, NULL, NULL) == TENURE_EBUSY);
    CHECK(lab_record(&lab, "K", 1, TN_EFFECT_APPROVED, NULL, NULL) == 0); /* ids have no case */
    CHECK(lab_number(&lab, "SELECT used FROM guard") == 0);
    CHECK(lab_intend(&lab, "k", "2 EUR", "2 USD", &second) == TN_VERDICT_PERMIT);
    CHECK(second.attempt == 2 && strcmp(first.correlation, second.correlation) != 0);
    CHECK(lab_record(&lab, "k", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == TENURE_EBUSY);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_APPROVED, NULL, NULL) == 0);
    /* The sender knows better after all: a fact, and it is held against the guard again. */
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    CHECK(lab_number(&lab, "SELECT used FROM guard") == 2);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_SUCCEEDED, "1.50 EUR", "1.75 USD") == 0);
    CHECK(lab_record(&lab, "k", 2, TN_EFFECT_SUCCEEDED, "9 EUR", "9 USD") == 0); /* told twice: nothing changes */
    char text[256];
    lab_text(&lab, "SELECT actual_back || ' ' || actual_worth FROM effect", text);
    CHECK_TEXT(text, "1.50 EUR 1.75 USD");
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE effect = 'k'") == 8);
    CHECK(lab_number(&lab, "SELECT count(*) FROM effect_order") == 0);
    lab_remove(&lab);
}

/* What leaves the plan before its approval makes room for others. */
static void test_room_after_dropping(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=2 USD");
    CHECK(lab_plan(&lab, "r-1", "a", "1 EUR", "2 USD") == 0);
    CHECK(lab_plan(&lab, "r-1", "b", "1 EUR", "2 USD") == 0);
    CHECK(lab_state(&lab, "b") == TN_EFFECT_REFUSED);
    CHECK(lab_drop(&lab, "a", TN_EFFECT_WITHDRAWN) == 0);
    CHECK(lab_plan(&lab, "r-1", "c", "1 EUR", "2 USD") == 0);
    CHECK(lab_state(&lab, "c") == TN_EFFECT_PLANNED);
    CHECK(lab_plan(&lab, "r-1", "C", "1 EUR", "2 USD") == TENURE_EBUSY);
    CHECK(strstr(lab.err.msg, "planned in run r-1"));
    lab_remove(&lab);
}

static int on_intend(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_intend(db, arg, err);
}

static void test_one_permit_in_a_group(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100 USD");
    bring_to(&lab, "k", TN_EFFECT_APPROVED);
    struct tn_amounts amounts = {.has_worth = true, .worth = lab_money("1 USD")};
    struct tn_intent intents[2] = {{.key = "k", .amounts = amounts}, {.key = "k", .amounts = amounts}};
    struct lab_work works[2] = {{.fn = on_intend, .arg = &intents[0]}, {.fn = on_intend, .arg = &intents[1]}};
    lab_do_together(&lab, works, 2);
    CHECK(works[0].work.err.code == 0 && works[1].work.err.code == 0);
    CHECK(intents[0].verdict == TN_VERDICT_PERMIT);
    CHECK(intents[1].verdict == TN_VERDICT_NOT_NOW && strstr(intents[1].message, "intended"));
    CHECK(lab_number(&lab, "SELECT attempt FROM effect") == 1);
    lab_remove(&lab);
}

static void test_order_lock(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100 USD");
    lab_run(&lab, "r-2");
    lab_guard(&lab, "r-2", "worth=100 USD");
    CHECK(lab_plan(&lab, "r-1", "a", "1 EUR", "1 USD") == 0);
    CHECK(lab_plan(&lab, "r-2", "b", "1 EUR", "1 USD") == 0);
    CHECK(lab_plan(&lab, "r-2", "c", "1 EUR", "1 USD") == 0);
    /* The same order, once as a full id in other case, once bare. */
    lab_number(
        &lab,
        "UPDATE effect SET orders = '[\"other\", \"/providers/x/reservationOrders/ORDER-of-A\"]' WHERE key = 'b'");
    lab_number(&lab, "UPDATE effect SET orders = '[\"order-of-a\"]' WHERE key = 'c'");
    lab_approve(&lab, "r-1");
    lab_approve(&lab, "r-2");
    CHECK(lab_intend(&lab, "a", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    struct tn_intent intent;
    CHECK(lab_intend(&lab, "b", "1 EUR", "1 USD", &intent) == TN_VERDICT_LOCKED);
    CHECK(strstr(intent.message, "r-1"));
    CHECK(lab_state(&lab, "b") == TN_EFFECT_REFUSED);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM effect_order") == 1); /* nothing of b stayed */
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM effect_order") == 1);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    CHECK(lab_intend(&lab, "c", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    lab_remove(&lab);
}

static void test_order_texts(void)
{
    static const struct {
        const char *orders;
        int code;
    } cases[] = {
        {"[]", 0},
        {" [ \"y\" , \"b/z\" ] ", 0},
        {"{}", TENURE_EINVAL},
        {"[\"a\"", TENURE_EINVAL},
        {"[1]", TENURE_EINVAL},
        {"[\"\"]", TENURE_EINVAL},
        {"[\"a\",]", TENURE_EINVAL},
        {"[\"a\\u0041\"]", TENURE_EINVAL},
        {"[\"a\"]x", TENURE_EINVAL},
        {"", TENURE_EINVAL},
        {"[\"x/\"]", TENURE_EINVAL},
    };
    struct lab lab;
    lab_start(&lab);
    lab_run(&lab, "r-1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[256], key[16];
        snprintf(key, sizeof key, "k%zu", i);
        CHECK(lab_plan(&lab, "r-1", key, NULL, NULL) == 0);
        snprintf(sql, sizeof sql, "UPDATE effect SET orders = '%s', state = 'approved' WHERE key = '%s'",
                 cases[i].orders, key);
        lab_number(&lab, sql);
        CHECK((lab_intend(&lab, key, NULL, NULL, NULL) == TN_VERDICT_PERMIT) == (cases[i].code == 0));
        CHECK(lab.err.code == cases[i].code);
    }
    lab_remove(&lab);
}

static int release(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_run_release(db, arg, err);
}

static void test_claims(void)
{
    struct lab lab, other;
    lab_start_run(&lab, "worth=100 USD");
    lab_open_at(&other, lab.path);
    bring_to(&lab, "k", TN_EFFECT_APPROVED);
    /* Another worker may not have it, nor send for it, only look and report. */
    struct tn_intent intent;
    int64_t left = 0;
    CHECK(lab_claim(&other, &left) == TENURE_EBUSY);
    CHECK(lab_intend(&other, "k", "1 EUR", "1 USD", &intent) == TN_VERDICT_NOT_NOW);
    CHECK(lab_intend(&lab, "k", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    /* Let go, but with something under way that only its sender may judge. */
    CHECK(lab_do(&lab, release, (void *)"r-1") == 0);
    CHECK(lab_claim(&other, &left) == TENURE_EBUSY);
    CHECK(lab_state(&lab, "k") == TN_EFFECT_INTENDED);
    CHECK(lab_record(&other, "k", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    CHECK(lab_claim(&other, &left) == 0 && left == 0);
    CHECK(lab_claim(&lab, &left) == TENURE_EBUSY);
    lab_close(&other);
    CHECK(lab_claim(&lab, &left) == 0);
    lab_remove(&lab);
}

int main(void)
{
    test_every_transition();
    test_drop_approve_intend();
    test_attempts();
    test_room_after_dropping();
    test_one_permit_in_a_group();
    test_order_lock();
    test_order_texts();
    test_claims();
    return check_result();
}
