/* A ledger that is not the one its head file knows sends nothing before its open effects were looked at and somebody has
 * said that it may. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "check.h"
#include "ledger/head.h"
#include "ledger/lab.h"

static int write_many(struct tn_db *db, void *arg, struct tn_err *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < *(int *)arg; i++)
        rc = tn_event_insert(db, NULL, "test", NULL, "{\"a\":\"b\"}", err);
    return rc;
}

/* Cut off while it is open, and more sealed after it: the next head does not cover it up. */
static void test_cut_while_open(void)
{
    struct lab lab;
    char text[TN_SUSPICION_TEXT];
    int few = 5;
    lab_story(&lab);
    CHECK(!tn_ledger_suspect(lab.ledger));
    lab_number(&lab, "DELETE FROM event WHERE number > 8");
    CHECK(lab_do(&lab, write_many, &few) == 0);
    lab_seal(&lab);
    CHECK(tn_ledger_suspect(lab.ledger));
    CHECK(strstr(tn_ledger_suspicion(lab.ledger, text), lab.path));
    CHECK(lab_intend(&lab, "c", "1 EUR", "2 USD", NULL) == TN_VERDICT_SUSPECT);
    lab_remove(&lab);
}

/* ---- suspect ----------------------------------------------------------------------------------------------------- */

struct trust_args {
    const char *actor, *reason;
};

static int do_trust(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct trust_args *args = arg;
    return tn_ledger_trust(db, args->actor, args->reason, err);
}

static int trust(struct lab *lab)
{
    struct trust_args args = {"anna@desk", "compared with the portal"};
    return lab_do(lab, do_trust, &args);
}

static int do_judge(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_judge(db, arg, err);
}

struct probe_args {
    const char *key;
    int64_t attempt;
};

static int do_probe(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct probe_args *args = arg;
    return tn_effect_probed(db, args->key, args->attempt, NULL, "looked at it", err);
}

static int count_effect(void *arg, const struct tn_effect_row *effect)
{
    (void)effect;
    ++*(int *)arg;
    return 0;
}

static int do_open_effects(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_each_open(db, count_effect, arg, err);
}

/* A backup is put back after an effect was sent: the ledger believes that it is still to be sent. */
static void restore_backup(struct lab *lab)
{
    char backup[600];
    lab_story(lab);
    lab_close(lab);
    snprintf(backup, sizeof backup, "%s/backup.db", lab->folder);
    lab_copy_file(lab->path, backup);
    CHECK(lab_open(lab) == 0);
    CHECK(lab_claim(lab, NULL) == 0);
    CHECK(lab_intend(lab, "c", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(lab, "c", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    lab_close(lab);
    lab_copy_file(backup, lab->path);
    CHECK(lab_open(lab) == 0);
    CHECK(lab_claim(lab, NULL) == 0);
}

static void test_restored_backup(void)
{
    struct lab lab;
    struct tn_intent intent;
    char text[TN_SUSPICION_TEXT];
    int open = 0;
    restore_backup(&lab);
    CHECK(tn_ledger_suspect(lab.ledger));
    CHECK(strstr(tn_ledger_suspicion(lab.ledger, text), "backup"));
    CHECK(lab_state(&lab, "c") == TN_EFFECT_APPROVED);
    CHECK(lab_intend(&lab, "c", "1 EUR", "2 USD", &intent) == TN_VERDICT_SUSPECT);
    CHECK(strstr(intent.message, lab.path) && lab_state(&lab, "c") == TN_EFFECT_APPROVED);
    CHECK(trust(&lab) == TENURE_EBUSY && strstr(lab.err.msg, "2 open effects") && strstr(lab.err.msg, "r-1"));
    CHECK(lab_do(&lab, do_open_effects, &open) == 0 && open == 2);
    /* The probe finds that c was sent; b is as open as before. */
    struct tn_judgement happened = {.key = "c",
                                    .attempt = 0,
                                    .state = TN_EFFECT_SUCCEEDED,
                                    .evidence = "the reservation is gone",
                                    .has_actual = true};
    happened.actual.has_worth = true;
    happened.actual.worth = lab_money("2 USD");
    CHECK(lab_do(&lab, do_judge, &happened) == 0);
    CHECK(lab_number(&lab, "SELECT used_count FROM guard WHERE kind = 'count'") == 3);
    CHECK(trust(&lab) == TENURE_EBUSY && strstr(lab.err.msg, "1 open effects"));
    /* Another process goes on where this one was: the suspicion is the same. */
    lab_close(&lab);
    CHECK(lab_open(&lab) == 0 && tn_ledger_suspect(lab.ledger));
    struct probe_args probe = {"b", 1};
    CHECK(lab_do(&lab, do_probe, &probe) == 0);
    struct trust_args nameless = {"", "why not"};
    CHECK(lab_do(&lab, do_trust, &nameless) == TENURE_EINVAL);
    CHECK(trust(&lab) == 0);
    CHECK(!tn_ledger_suspect(lab.ledger));
    CHECK(trust(&lab) == TENURE_EINVAL);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'trust' AND body LIKE '%anna@desk%'") == 1);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'suspect'") == 1);
    CHECK(lab_plan(&lab, "r-1", "d", "1 EUR", "2 USD") == 0 && lab_approve(&lab, "r-1") == 0);
    CHECK(lab_claim(&lab, NULL) == 0);
    CHECK(lab_intend(&lab, "d", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "d", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    lab_seal(&lab);
    CHECK(lab_is_sound(&lab)); /* the head file follows the ledger again */
    lab_close(&lab);
    CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
    lab_remove(&lab);
}

/* Killed between the word of trust and the new head: it stands. */
static void test_trust_survives(void)
{
    struct lab lab;
    char head[600], old_head[600];
    restore_backup(&lab);
    lab_head_name(&lab, head);
    lab_copy_head(&lab, old_head);
    struct probe_args b = {"b", 1}, c = {"c", 0};
    CHECK(lab_do(&lab, do_probe, &b) == 0 && lab_do(&lab, do_probe, &c) == 0);
    CHECK(trust(&lab) == 0);
    lab_close(&lab);
    lab_copy_file(old_head, head);
    CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
    CHECK(lab_is_sound(&lab));
    lab_remove(&lab);
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    CHECK(file && fputs(text, file) >= 0);
    if (file)
        fclose(file);
}

static void test_heads_that_do_not_fit(void)
{
    static const char *const texts[] = {
        NULL, /* missing */
        "",
        "hello\n",
        "ledger 00000000-0000-0000-0000-000000000000\nnumber 3\nhash "
        "0123456789012345678901234567890123456789012345678901234567890123\n",
        "ledger %s\nnumber 3\nhash 0123456789012345678901234567890123456789012345678901234567890123\n",
        "ledger %s\nnumber 0\nhash 0123456789012345678901234567890123456789012345678901234567890123\n",
        "ledger %s\nnumber -1\nhash 0123456789012345678901234567890123456789012345678901234567890123\n",
        "ledger %s\nnumber 99999\nhash 0123456789012345678901234567890123456789012345678901234567890123\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct lab lab;
        char head[600], id[256], text[512], why[TN_SUSPICION_TEXT];
        lab_story(&lab);
        lab_head_name(&lab, head);
        lab_text(&lab, "SELECT value FROM meta WHERE name = 'ledger'", id);
        lab_close(&lab);
        unlink(head);
        const char *hole = texts[i] ? strstr(texts[i], "%s") : NULL;
        if (hole)
            snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - texts[i]), texts[i], id, hole + 2);
        else
            snprintf(text, sizeof text, "%s", texts[i] ? texts[i] : "");
        if (texts[i])
            write_text(head, text);
        CHECK(lab_open(&lab) == 0);
        CHECK(tn_ledger_suspect(lab.ledger));
        CHECK(strstr(tn_ledger_suspicion(lab.ledger, why), head) && strstr(why, "tenure apply"));
        char *said = lab_verify(&lab, NULL);
        CHECK(strstr(said, "\"sound\":false"));
        free(said);
        lab_close(&lab); /* it stays as it is: evidence is not written over */
        CHECK(lab_open(&lab) == 0);
        CHECK(tn_ledger_suspect(lab.ledger));
        lab_remove(&lab);
    }
}

/* Of two processes the slower one does not put the head back. */
static void test_head_goes_forward(void)
{
    static const char id[] = "01234567-0123-0123-0123-0123456789ab";
    struct lab lab;
    char name[600];
    struct tn_head_file file;
    struct tn_audit_head five = {.number = 5}, three = {.number = 3};
    tn_digest(five.hash, "5", 1);
    tn_digest(three.hash, "3", 1);
    lab_make(&lab);
    lab_head_name(&lab, name);
    tn_head_read(name, &file);
    CHECK(file.found == TN_HEAD_MISSING);
    CHECK(tn_head_write(lab.path, id, &five, false, NULL) == 0);
    CHECK(tn_head_write(lab.path, id, &three, false, NULL) == 0);
    tn_head_read(name, &file);
    CHECK(file.found == TN_HEAD_READ && file.head.number == 5);
    CHECK_TEXT(file.head.hash, five.hash);
    CHECK(tn_head_write(lab.path, id, &three, true, NULL) == 0);
    tn_head_read(name, &file);
    CHECK(file.head.number == 3);
    CHECK_TEXT(file.ledger, id);
    lab_remove(&lab);
}

int main(void)
{
    test_cut_while_open();
    test_restored_backup();
    test_trust_survives();
    test_heads_that_do_not_fit();
    test_head_goes_forward();
    return check_result();
}
