/* The audit chain: sealed while the ledger is idle, one chain for all processes, each kind of tampering found and named,
 * and a ledger that is not whole sends nothing before somebody has said that it may. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "check.h"
#include "ledger/lab.h"

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

static int do_seal(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct tn_audit_head head;
    return tn_audit_seal(db, arg ? arg : &head, err);
}

static void seal(struct lab *lab)
{
    CHECK(lab_do(lab, do_seal, NULL) == 0);
}

struct verify_args {
    const char *head_file;
    struct tn_buf text;
    bool sound;
};

static int do_verify(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct verify_args *args = arg;
    struct tn_json_writer w;
    tn_jw_init(&w, &args->text);
    return tn_audit_verify(db, args->head_file, &w, &args->sound, err);
}

/* What verifying says; free() it. */
static char *verify(struct lab *lab, const char *head_file)
{
    struct verify_args args = {.head_file = head_file};
    CHECK(lab_do(lab, do_verify, &args) == 0);
    char *text = tn_buf_take(&args.text, NULL);
    CHECK((strstr(text, "\"sound\":true") != NULL) == args.sound);
    return text;
}

static bool is_sound(struct lab *lab)
{
    char *text = verify(lab, NULL);
    bool sound = strstr(text, "\"problems\":[],") && strstr(text, "\"sound\":true");
    if (!sound)
        fprintf(stderr, "%s\n", text);
    free(text);
    return sound;
}

static void copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CHECK(in && out);
    for (size_t len; in && out && (len = fread(block, 1, sizeof block, in)) > 0;)
        CHECK(fwrite(block, 1, len, out) == len);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

static void head_name(const struct lab *lab, char name[600])
{
    snprintf(name, 600, "%s.head", lab->path);
}

/* One refund that succeeded, one that is unknown, one that is approved: a dozen events, sealed. */
static void open_with_events(struct lab *lab)
{
    lab_make(lab);
    CHECK(lab_open(lab) == 0);
    lab_run(lab, "r-1");
    lab_guard(lab, "r-1", "worth=100 USD");
    lab_guard(lab, "r-1", "count=50");
    for (char key[2] = "a"; *key <= 'c'; ++*key)
        CHECK(lab_plan(lab, "r-1", key, "1 EUR", "2 USD") == 0);
    CHECK(lab_approve(lab, "r-1") == 0);
    CHECK(lab_intend(lab, "a", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_intend(lab, "b", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(lab, "a", 1, TN_EFFECT_SUCCEEDED, "1 EUR", "1.50 USD") == 0);
    CHECK(lab_record(lab, "b", 1, TN_EFFECT_UNKNOWN, NULL, NULL) == 0);
    seal(lab);
}

/* ---- sealing ----------------------------------------------------------------------------------------------------- */

static void test_sealed_at_close_and_open(void)
{
    struct lab lab;
    char name[600], head[256], expected[256];
    lab_make(&lab);
    head_name(&lab, name);
    CHECK(lab_open(&lab) == 0);
    struct stat info;
    CHECK(stat(name, &info) == 0 && (info.st_mode & 07777) == 0600); /* there before anything can be sealed */
    lab_run(&lab, "r-1");
    lab_close(&lab);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE number IS NULL") == 0);
    lab_text(&lab,
             "SELECT 'number ' || max(number) || ' hash ' || (SELECT hash FROM event ORDER BY seq DESC) FROM event",
             expected);
    FILE *file = fopen(name, "r");
    char number[32] = "", hash[80] = "";
    CHECK(file && fscanf(file, "ledger %*s number %31s hash %79s", number, hash) == 2);
    if (file)
        fclose(file);
    snprintf(head, sizeof head, "number %s hash %s", number, hash);
    CHECK_TEXT(head, expected);
    /* What a dead process left unsealed is sealed by the next, without being asked. */
    lab_number(&lab, "INSERT INTO event (kind, body, at) VALUES ('test', '{}', 1)");
    CHECK(lab_open(&lab) == 0);
    for (int i = 0; i < 500 && lab_number(&lab, "SELECT count(*) FROM event WHERE number IS NULL") > 0; i++) {
        const struct timespec wait = {.tv_nsec = 10000000};
        nanosleep(&wait, NULL);
    }
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE number IS NULL") == 0);
    CHECK(is_sound(&lab));
    lab_remove(&lab);
}

/* Nobody asks and nothing more happens: it is sealed all the same, soon. */
static void test_sealed_while_idle(void)
{
    struct lab lab;
    lab_make(&lab);
    CHECK(lab_open(&lab) == 0);
    lab_run(&lab, "r-1");
    for (int i = 0; i < 1000 && lab_number(&lab, "SELECT count(*) FROM event WHERE number IS NULL") > 0; i++) {
        const struct timespec wait = {.tv_nsec = 20000000};
        nanosleep(&wait, NULL);
    }
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE number IS NULL") == 0);
    lab_remove(&lab);
}

static int write_many(struct tn_db *db, void *arg, struct tn_err *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < *(int *)arg; i++)
        rc = tn_event_insert(db, NULL, "test", NULL, "{\"a\":\"b\"}", err);
    return rc;
}

/* More than one batch, and two ledgers on one file that seal in turn: one chain. */
static void test_one_chain(void)
{
    struct lab lab, other;
    int many = 2500, few = 3;
    lab_make(&lab);
    CHECK(lab_open(&lab) == 0);
    lab_open_at(&other, lab.path);
    CHECK(lab_do(&lab, write_many, &many) == 0);
    for (int i = 0; i < 20; i++) {
        CHECK(lab_do(i % 2 ? &lab : &other, write_many, &few) == 0);
        seal(i % 3 ? &lab : &other);
    }
    CHECK(is_sound(&lab));
    CHECK(is_sound(&other));
    struct tn_audit_head head;
    CHECK(lab_do(&lab, do_seal, &head) == 0);
    CHECK(head.number == 2560 && strlen(head.hash) == 64);
    lab_close(&other);
    lab_close(&lab);
    CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
    lab_remove(&lab);
}

static int count_event(void *arg, const struct tn_event_row *event)
{
    struct tn_buf *text = arg;
    struct tn_json_writer w;
    tn_jw_init(&w, text);
    tn_event_write(event, &w);
    tn_buf_putc(text, '\n');
    return 0;
}

static int do_export(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_audit_export(db, "r-1", count_event, arg, err);
}

/* The hash is what the manual says, so that anybody can check an export without us. */
static void test_export(void)
{
    struct lab lab;
    struct tn_buf text = {0}, bytes = {0};
    char origin[TN_DIGEST_TEXT], hash[TN_DIGEST_TEXT], id[256], stored[256];
    open_with_events(&lab);
    CHECK(lab_do(&lab, do_export, &text) == 0);
    int lines = 0;
    for (const char *at = tn_buf_text(&text); (at = strchr(at, '\n')); at++)
        lines++;
    CHECK(lines == lab_number(&lab, "SELECT count(*) FROM event WHERE run = 'r-1'") && lines > 10);
    CHECK(strstr(tn_buf_text(&text),
                 "\"kind\":\"effect\",\"run\":\"r-1\",\"effect\":\"a\",\"body\":{\"attempt\":1,\"back\":"));
    lab_text(&lab, "SELECT value FROM meta WHERE name = 'ledger'", id);
    tn_digest(origin, id, strlen(id));
    lab_text(&lab,
             "SELECT '{\"at\":' || at || ',\"body\":' || json_quote(body) || "
             "',\"kind\":\"run\",\"number\":1,\"run\":\"r-1\","
             "\"seq\":1}' FROM event WHERE number = 1",
             stored);
    tn_buf_puts(&bytes, origin);
    tn_buf_puts(&bytes, stored);
    tn_digest(hash, bytes.data, bytes.len);
    lab_text(&lab, "SELECT hash FROM event WHERE number = 1", stored);
    CHECK_TEXT(hash, stored);
    tn_buf_deinit(&text);
    tn_buf_deinit(&bytes);
    lab_remove(&lab);
}

/* ---- tampering --------------------------------------------------------------------------------------------------- */

/* What is done to a sound ledger, and what must be said about it. */
static const struct {
    const char *sql, *what, *where;
} tamperings[] = {
    {"UPDATE event SET body = replace(body, 'test@here', 'mallory') WHERE number = 1", "changed", "\"number\":1,"},
    {"UPDATE event SET kind = 'other' WHERE number = 3", "changed", "\"number\":3,"},
    {"UPDATE event SET at = at + 1 WHERE number = 4", "changed", "\"number\":4,"},
    {"UPDATE event SET run = 'r-2' WHERE number = 5", "changed", "\"number\":5,"},
    {"UPDATE event SET effect = 'b' WHERE number = 3", "changed", "\"number\":3,"},
    {"UPDATE event SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 6", "changed", "\"number\":6,"},
    {"UPDATE event SET prev_hash = NULL WHERE number = 6", "changed", "\"number\":6,"},
    {"DELETE FROM event WHERE number = 4", "removed", "\"number\":5,"},
    {"DELETE FROM event WHERE number BETWEEN 1 AND 3", "removed", "3 of the events 1 to 3"},
    {"UPDATE event SET number = 13 - number WHERE number IN (6, 7)", "reordered", "\"number\":7,"},
    {"UPDATE event SET seq = -seq WHERE number IN (4, 5); UPDATE event SET seq = 9 + seq WHERE seq < 0", "reordered",
     "\"number\":5,"},
    {"INSERT INTO event (seq, kind, body, at) VALUES (-1, 'approval', '{}', 1)", "inserted", "1 events"},
    {"DELETE FROM event WHERE number = (SELECT max(number) FROM event)", "cut", "are gone from the end"},
    {"DELETE FROM event WHERE number > 3", "cut", "\"number\":4,"},
    {"DELETE FROM event", "cut", "\"number\":1,"},
    {"UPDATE effect SET state = 'approved' WHERE key = 'a'", "effect", "\"effect\":\"a\""},
    {"UPDATE effect SET state = 'approved', attempt = 0 WHERE key = 'b'", "effect", "\"effect\":\"b\""},
    {"UPDATE effect SET attempt = 2 WHERE key = 'b'", "effect", "\"effect\":\"b\""},
    {"INSERT INTO effect SELECT 'z', run, customer, step, item, operation, state, attempt, planned_back, planned_pay,"
     " planned_worth, actual_back, actual_pay, actual_worth, code, message, customer_name, subject, subject_name, "
     "orders,"
     " quantity, correlation, request_id, worker, send_by, boot, intended, probed, planned, changed, in_plan, evidence,"
     " request, quote, snapshot, poll, outcome FROM effect WHERE key = 'c'",
     "effect", "\"effect\":\"z\""},
    {"UPDATE effect SET actual_worth = '0.50 USD' WHERE key = 'a'", "money", "\"effect\":\"a\""},
    {"UPDATE spend SET worth = '1.60 USD' WHERE effect = 'a'", "money", "\"effect\":\"a\""},
    {"DELETE FROM spend WHERE effect = 'b'", "money", "\"effect\":\"b\""},
    {"UPDATE spend SET state = 'released' WHERE effect = 'b'", "money", "\"effect\":\"b\""},
    {"UPDATE guard SET used = '0.00 USD' WHERE kind = 'worth'", "guard", "refund.worth"},
    {"UPDATE guard SET used_count = 1 WHERE kind = 'count'", "guard", "refund.count"},
};

/* Another program's hand in the file: several statements. */
static void tamper(struct lab *lab, const char *sql)
{
    char copy[1024], *at = copy;
    snprintf(copy, sizeof copy, "%s", sql);
    for (char *part = strsep(&at, ";"); part; part = strsep(&at, ";"))
        lab_number(lab, part);
}

static void test_every_tampering(void)
{
    for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
        struct lab lab;
        char what[64];
        open_with_events(&lab);
        CHECK(is_sound(&lab));
        tamper(&lab, tamperings[i].sql);
        char *text = verify(&lab, NULL);
        snprintf(what, sizeof what, "{\"what\":\"%s\",", tamperings[i].what);
        if (!strstr(text, what) || !strstr(text, tamperings[i].where))
            fprintf(stderr, "%s:\n%s\n", tamperings[i].sql, text);
        CHECK(strstr(text, what) && strstr(text, tamperings[i].where) && strstr(text, "\"sound\":false"));
        free(text);
        lab_remove(&lab);
    }
}

/* All hashes worked out anew from a changed event on: only a head kept elsewhere tells. */
static void test_chain_written_anew(void)
{
    struct lab lab;
    char old_head[600], head[600];
    open_with_events(&lab);
    head_name(&lab, head);
    snprintf(old_head, sizeof old_head, "%s/old.head", lab.folder);
    copy_file(head, old_head);
    lab_close(&lab);
    lab_number(&lab, "UPDATE event SET body = '{}' WHERE number = 2");
    lab_number(&lab, "UPDATE event SET number = NULL, hash = NULL, prev_hash = NULL WHERE number >= 2");
    unlink(head);
    CHECK(lab_open(&lab) == 0 && tn_ledger_suspect(lab.ledger));
    seal(&lab);
    char *text = verify(&lab, old_head);
    CHECK(strstr(text, "\"what\":\"head\"") && strstr(text, "written anew"));
    free(text);
    lab_remove(&lab);
}

/* Cut off while it is open, and more sealed after it: the next head does not cover it up. */
static void test_cut_while_open(void)
{
    struct lab lab;
    char text[TN_SUSPICION_TEXT];
    int few = 5;
    open_with_events(&lab);
    CHECK(!tn_ledger_suspect(lab.ledger));
    lab_number(&lab, "DELETE FROM event WHERE number > 8");
    CHECK(lab_do(&lab, write_many, &few) == 0);
    seal(&lab);
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

static int do_claim(struct tn_db *db, void *arg, struct tn_err *err)
{
    int64_t left;
    return tn_run_claim(db, arg, &left, err);
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
    open_with_events(lab);
    lab_close(lab);
    snprintf(backup, sizeof backup, "%s/backup.db", lab->folder);
    copy_file(lab->path, backup);
    CHECK(lab_open(lab) == 0);
    CHECK(lab_do(lab, do_claim, (void *)"r-1") == 0);
    CHECK(lab_intend(lab, "c", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(lab, "c", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    lab_close(lab);
    copy_file(backup, lab->path);
    CHECK(lab_open(lab) == 0);
    CHECK(lab_do(lab, do_claim, (void *)"r-1") == 0);
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
    CHECK(lab_do(&lab, do_claim, (void *)"r-1") == 0);
    CHECK(lab_intend(&lab, "d", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_record(&lab, "d", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    seal(&lab);
    CHECK(is_sound(&lab)); /* the head file follows the ledger again */
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
    head_name(&lab, head);
    snprintf(old_head, sizeof old_head, "%s/old.head", lab.folder);
    copy_file(head, old_head);
    struct probe_args b = {"b", 1}, c = {"c", 0};
    CHECK(lab_do(&lab, do_probe, &b) == 0 && lab_do(&lab, do_probe, &c) == 0);
    CHECK(trust(&lab) == 0);
    lab_close(&lab);
    copy_file(old_head, head);
    CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
    CHECK(is_sound(&lab));
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
        open_with_events(&lab);
        head_name(&lab, head);
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
        CHECK(strstr(tn_ledger_suspicion(lab.ledger, why), head) && strstr(why, "tenure audit --trust"));
        char *said = verify(&lab, NULL);
        CHECK(strstr(said, "\"sound\":false"));
        free(said);
        lab_close(&lab); /* it stays as it is: evidence is not written over */
        CHECK(lab_open(&lab) == 0);
        CHECK(tn_ledger_suspect(lab.ledger));
        lab_remove(&lab);
    }
}

/* ---- secrets ----------------------------------------------------------------------------------------------------- */

#define MARK "c4n4ry"

static int note_secret(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)arg;
    return tn_event_insert(db, NULL, "test", NULL, "{\"access_token\":\"" MARK "\",\"text\":\"?sig=" MARK "&x=1\"}",
                           err);
}

static int record_secret(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct tn_outcome_row outcome = {.key = arg,
                                           .attempt = 1,
                                           .state = TN_EFFECT_FAILED,
                                           .code = "refused",
                                           .message = "Authorization: Bearer " MARK,
                                           .outcome = "{\"client_secret\":\"" MARK "\",\"a\":1}"};
    return tn_effect_record(db, &outcome, err);
}

static bool file_holds(const char *name, const char *text)
{
    static char bytes[1 << 22];
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        fclose(file);
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void test_no_secret_gets_in(void)
{
    struct lab lab;
    char log[600], text[256];
    open_with_events(&lab);
    CHECK(lab_intend(&lab, "c", "1 EUR", "2 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_do(&lab, note_secret, NULL) == 0);
    CHECK(lab_do(&lab, record_secret, (void *)"c") == 0);
    lab_text(&lab, "SELECT outcome || message FROM effect WHERE key = 'c'", text);
    CHECK_TEXT(text, "{\"client_secret\":\"[redacted]\",\"a\":1}Authorization: Bearer [redacted]");
    lab_text(&lab, "SELECT body FROM event WHERE kind = 'test'", text);
    CHECK_TEXT(text, "{\"access_token\":\"[redacted]\",\"text\":\"?sig=[redacted]&x=1\"}");
    snprintf(log, sizeof log, "%s-wal", lab.path);
    CHECK(file_holds(log, "[redacted]") && !file_holds(log, MARK));
    lab_close(&lab);
    CHECK(file_holds(lab.path, "[redacted]") && !file_holds(lab.path, MARK));
    lab_remove(&lab);
}

int main(void)
{
    test_sealed_at_close_and_open();
    test_sealed_while_idle();
    test_one_chain();
    test_export();
    test_every_tampering();
    test_chain_written_anew();
    test_cut_while_open();
    test_restored_backup();
    test_trust_survives();
    test_heads_that_do_not_fit();
    test_no_secret_gets_in();
    return check_result();
}
