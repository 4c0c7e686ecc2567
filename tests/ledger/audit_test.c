/* The audit chain: sealed while the ledger is idle, one chain for all processes, each kind of tampering found and named,
 * no secret in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "check.h"
#include "ledger/lab.h"

/* ---- sealing ----------------------------------------------------------------------------------------------------- */

static void test_sealed_at_close_and_open(void)
{
    struct lab lab;
    char name[600], head[256], expected[256];
    lab_make(&lab);
    lab_head_name(&lab, name);
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
    CHECK(lab_is_sound(&lab));
    lab_remove(&lab);
}

/* Nobody asks and nothing more happens: it is sealed all the same, soon. */
static void test_sealed_while_idle(void)
{
    struct lab lab;
    lab_start(&lab);
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
    lab_start(&lab);
    lab_open_at(&other, lab.path);
    CHECK(lab_do(&lab, write_many, &many) == 0);
    for (int i = 0; i < 20; i++) {
        CHECK(lab_do(i % 2 ? &lab : &other, write_many, &few) == 0);
        lab_seal(i % 3 ? &lab : &other);
    }
    CHECK(lab_is_sound(&lab));
    CHECK(lab_is_sound(&other));
    struct tn_audit_head head;
    CHECK(lab_do(&lab, lab_seal_in, &head) == 0);
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

/* The hash that the first event must have, worked out as the manual says. */
static void hash_of_first(struct lab *lab, char hash[TN_DIGEST_TEXT])
{
    struct tn_buf bytes = {0};
    char origin[TN_DIGEST_TEXT], text[256];
    lab_text(lab, "SELECT value FROM meta WHERE name = 'ledger'", text);
    tn_digest(origin, text, strlen(text));
    lab_text(lab,
             "SELECT '{\"at\":' || at || ',\"body\":' || json_quote(body) || ',\"kind\":\"run\",\"number\":1,"
             "\"run\":\"r-1\",\"seq\":1}' FROM event WHERE number = 1",
             text);
    tn_buf_puts(&bytes, origin);
    tn_buf_puts(&bytes, text);
    tn_digest(hash, bytes.data, bytes.len);
    tn_buf_deinit(&bytes);
}

/* Anybody can check an export without us. */
static void test_export(void)
{
    struct lab lab;
    struct tn_buf text = {0};
    char hash[TN_DIGEST_TEXT], stored[256];
    lab_story(&lab);
    CHECK(lab_do(&lab, do_export, &text) == 0);
    int lines = 0;
    for (const char *at = tn_buf_text(&text); (at = strchr(at, '\n')); at++)
        lines++;
    CHECK(lines == lab_number(&lab, "SELECT count(*) FROM event WHERE run = 'r-1'") && lines > 10);
    CHECK(strstr(tn_buf_text(&text),
                 "\"kind\":\"effect\",\"run\":\"r-1\",\"effect\":\"a\",\"body\":{\"attempt\":1,\"back\":"));
    hash_of_first(&lab, hash);
    lab_text(&lab, "SELECT hash FROM event WHERE number = 1", stored);
    CHECK_TEXT(hash, stored);
    tn_buf_deinit(&text);
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
     " request, quote, snapshot, poll, outcome, called, asks, place, named FROM effect WHERE key = 'c'",
     "effect", "\"effect\":\"z\""},
    {"UPDATE effect SET actual_worth = '0.50 USD' WHERE key = 'a'", "money", "\"effect\":\"a\""},
    {"UPDATE spend SET worth = '1.60 USD' WHERE effect = 'a'", "money", "\"effect\":\"a\""},
    {"DELETE FROM spend WHERE effect = 'b'", "money", "\"effect\":\"b\""},
    {"UPDATE spend SET state = 'released' WHERE effect = 'b'", "money", "\"effect\":\"b\""},
    {"UPDATE guard SET used = '0.00 USD' WHERE kind = 'worth'", "guard", "refund.worth"},
    {"UPDATE guard SET used_count = 1 WHERE kind = 'count'", "guard", "refund.count"},
    {"UPDATE effect SET customer_name = 'Eve' WHERE key = 'a'", "effect", "its customer_name is \\\"Eve\\\", but"},
    {"UPDATE effect SET message = 'x' WHERE key = 'a'", "effect", "its message is \\\"x\\\", but"},
    {"UPDATE effect SET request_id = 'x' WHERE key = 'a'", "effect", "its request_id is \\\"x\\\", but"},
    {"UPDATE effect SET evidence = 'x' WHERE key = 'b'", "effect", "its evidence is \\\"x\\\", but"},
    {"UPDATE effect SET correlation = NULL WHERE key = 'b'", "effect", "its correlation is none, but"},
    {"UPDATE effect SET planned_worth = '1.00 USD' WHERE key = 'c'", "effect", "says \\\"2.00 USD\\\""},
    {"UPDATE effect SET actual_worth = '0.50 USD' WHERE key = 'a'", "effect", "says \\\"1.50 USD\\\""},
    {"UPDATE effect SET quantity = quantity + 1 WHERE key = 'c'", "effect", "its quantity is"},
    {"DELETE FROM effect WHERE key = 'c'", "effect", "the effect is gone"},
    {"UPDATE run SET actor = 'eve'", "run",
     "its actor is \\\"eve\\\", but the event that made it says \\\"test@here\\\""},
    {"UPDATE run SET state = 'done'", "run", "its state is \\\"done\\\""},
    {"UPDATE run SET id = 'r-9'", "run", "the run is gone"},
    {"UPDATE run SET id = 'r-9'", "run", "put there past the ledger"},
    {"UPDATE approval SET actor = 'eve'", "approval", "its actor is \\\"eve\\\", but"},
    {"UPDATE approval SET reason = 'eve'", "approval", "its reason is \\\"eve\\\", but"},
    {"UPDATE approval SET effects = 9", "approval", "its number of effects is 9, but the event that made it says 3"},
    {"UPDATE approval SET at = at + 1", "approval", "put there past the ledger"},
    {"DELETE FROM approval", "approval", "the approval that this event made is gone"},
    {"UPDATE guard SET used_count = 0 WHERE kind = 'in_flight'", "guard", "in_flight counts 0 effects, there are 1"},
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
        lab_story(&lab);
        CHECK(lab_is_sound(&lab));
        tamper(&lab, tamperings[i].sql);
        char *text = lab_verify(&lab, NULL);
        snprintf(what, sizeof what, "{\"what\":\"%s\",", tamperings[i].what);
        if (!strstr(text, what) || !strstr(text, tamperings[i].where))
            fprintf(stderr, "%s:\n%s\n", tamperings[i].sql, text);
        CHECK(strstr(text, what) && strstr(text, tamperings[i].where) && strstr(text, "\"sound\":false"));
        free(text);
        lab_remove(&lab);
    }
}

/* An event of an older tenure does not say whose effect it is; one of this tenure does, and is missed where it is not. */
static void test_events_of_an_older_tenure(void)
{
    struct lab lab;
    lab_story(&lab);
    lab_number(&lab, "UPDATE event SET number = NULL, hash = NULL, prev_hash = NULL, body = json_remove(body,"
                     " '$.customer', '$.customer_name', '$.operation', '$.quantity', '$.subject', '$.subject_name')");
    lab_seal(&lab);
    char *text = lab_verify(&lab, NULL);
    CHECK(!strstr(text, "\"what\":\"effect\""));
    free(text);
    lab_remove(&lab);
}

static int plan_secret(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct tn_effect_row effect = {.key = "s",
                                         .run = "r-1",
                                         .customer = "c",
                                         .customer_name = "Bearer abcdefghijklmnopqrstuvwx and password=x y",
                                         .step = "s",
                                         .operation = "split",
                                         .orders = "[]",
                                         .state = TN_EFFECT_REFUSED,
                                         .code = "x",
                                         .message = arg};
    bool refused;
    return tn_effect_plan(db, &effect, &refused, err);
}

/* A row and its event are redacted apart, and still the same; a line more than was said is found all the same. */
static void test_redacted_apart(void)
{
    struct lab lab;
    lab_start_run(&lab, "worth=100 USD");
    char message[] = "a \"token\": \"t\", {\"secret\": 5, \"b\": \"\\\\\"} password: x\ny\x01";
    CHECK(lab_do(&lab, plan_secret, message) == 0);
    lab_seal(&lab);
    CHECK(lab_is_sound(&lab));
    lab_number(&lab, "UPDATE effect SET message = 'b' || message");
    char *text = lab_verify(&lab, NULL);
    CHECK(strstr(text, "its message is"));
    free(text);
    lab_remove(&lab);
}

/* One event is replaced by another that is right in itself: the next one was chained to something else. */
static void test_replaced_event(void)
{
    struct lab lab;
    char hash[TN_DIGEST_TEXT], sql[256];
    lab_story(&lab);
    lab_number(&lab, "UPDATE event SET body = json_set(body, '$.witness', 'mallory') WHERE number = 1");
    hash_of_first(&lab, hash);
    snprintf(sql, sizeof sql, "UPDATE event SET hash = '%s' WHERE number = 1", hash);
    lab_number(&lab, sql);
    char *text = lab_verify(&lab, NULL);
    CHECK(strstr(text, "\"what\":\"changed\",\"number\":2,") && strstr(text, "that one was replaced"));
    CHECK(strstr(text, "\"problems_total\":1,"));
    free(text);
    lab_remove(&lab);
}

/* All hashes worked out anew from a changed event on: only a head kept elsewhere tells. */
static void test_chain_written_anew(void)
{
    struct lab lab;
    char old_head[600], head[600];
    lab_story(&lab);
    lab_head_name(&lab, head);
    lab_copy_head(&lab, old_head);
    lab_close(&lab);
    lab_number(&lab, "UPDATE event SET body = '{}' WHERE number = 2");
    lab_number(&lab, "UPDATE event SET number = NULL, hash = NULL, prev_hash = NULL WHERE number >= 2");
    unlink(head);
    CHECK(lab_open(&lab) == 0 && tn_ledger_suspect(lab.ledger));
    lab_seal(&lab);
    char *text = lab_verify(&lab, old_head);
    CHECK(strstr(text, "\"what\":\"head\"") && strstr(text, "written anew"));
    free(text);
    lab_remove(&lab);
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
    lab_story(&lab);
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
    test_events_of_an_older_tenure();
    test_redacted_apart();
    test_replaced_event();
    test_chain_written_anew();
    test_no_secret_gets_in();
    return check_result();
}
