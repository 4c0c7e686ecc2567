/* The ledger thread: groups, savepoints, order, and what closing does. Built with the thread sanitizer too. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

#define MANY 2000

static int write_event(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_event_insert(db, NULL, "test", NULL, arg, err);
}

static int write_and_fail(struct tn_db *db, void *arg, struct tn_err *err)
{
    int rc = tn_event_insert(db, NULL, "test", NULL, arg, err);
    return rc < 0 ? rc : tn_err_set(err, TENURE_EINVAL, "on purpose");
}

static void test_one_commit_for_many(void)
{
    struct lab lab;
    lab_start(&lab);
    static struct lab_work works[500];
    for (size_t i = 0; i < 500; i++)
        works[i] = (struct lab_work){.fn = write_event, .arg = (void *)"{}"};
    lab_do_together(&lab, works, 500);
    struct tn_ledger_counts counts = tn_ledger_counts(lab.ledger);
    CHECK(counts.works == 501);
    CHECK(counts.groups <= 2); /* the one that held the thread up, and the rest */
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == 500);
    for (size_t i = 1; i < 500; i++)
        CHECK(works[i].order == works[i - 1].order + 1);
    lab_remove(&lab);
}

static void test_only_its_own_savepoint(void)
{
    struct lab lab;
    lab_start(&lab);
    struct lab_work works[3] = {{.fn = write_event, .arg = (void *)"{\"n\":1}"},
                                {.fn = write_and_fail, .arg = (void *)"{\"n\":2}"},
                                {.fn = write_event, .arg = (void *)"{\"n\":3}"}};
    lab_do_together(&lab, works, 3);
    CHECK(works[0].work.err.code == 0 && works[2].work.err.code == 0);
    CHECK(works[1].work.err.code == TENURE_EINVAL);
    CHECK_TEXT(works[1].work.err.msg, "on purpose");
    char text[256];
    lab_text(&lab, "SELECT group_concat(body) FROM event WHERE kind = 'test'", text);
    CHECK_TEXT(text, "{\"n\":1},{\"n\":3}");
    lab_remove(&lab);
}

/* Another process in the middle of a transaction is waited for; nothing is run twice meanwhile. */
static int count_runs(struct tn_db *db, void *arg, struct tn_err *err)
{
    ++*(int *)arg;
    return tn_event_insert(db, NULL, "test", NULL, NULL, err);
}

static void test_waits_for_another_writer(void)
{
    struct lab lab;
    sqlite3 *other = NULL;
    int runs[2] = {0};
    lab_start(&lab);
    CHECK(sqlite3_open_v2(lab.path, &other, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    CHECK(sqlite3_exec(other, "BEGIN IMMEDIATE; INSERT INTO meta VALUES ('a', 'b')", NULL, NULL, NULL) == SQLITE_OK);
    struct lab_work works[2] = {{.fn = count_runs, .arg = &runs[0]}, {.fn = count_runs, .arg = &runs[1]}};
    lab_submit(&lab, works, 2);
    for (int i = 0; i < 20; i++)
        tn_loop_step(lab.loop, 10);
    CHECK(!works[0].done && !works[1].done);
    CHECK(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    lab_settle(&lab);
    CHECK(works[0].work.err.code == 0 && works[1].work.err.code == 0);
    CHECK(runs[0] == 1 && runs[1] == 1);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == 2);
    lab_remove(&lab);
}

/* ---- works that look after themselves ---------------------------------------------------------------------------- */

static int free_itself(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    int rc = tn_event_insert(db, NULL, "test", NULL, NULL, err);
    free(work);
    return rc;
}

static void test_nobody_waits(void)
{
    struct lab lab;
    lab_start(&lab);
    for (int i = 0; i < 100; i++) {
        struct tn_ledger_work *work = calloc(1, sizeof *work);
        work->run = free_itself;
        tn_ledger_submit(lab.ledger, work);
    }
    CHECK(tn_ledger_busy(lab.ledger));
    lab_settle(&lab);
    CHECK(!tn_ledger_busy(lab.ledger));
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == 100);
    lab_remove(&lab);
}

struct chain {
    struct tn_ledger_work work;
    struct lab *lab;
    int left;
    bool close_at_end;
};

static int run_chain(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    (void)work;
    return tn_event_insert(db, NULL, "test", NULL, NULL, err);
}

static void on_chain(struct tn_ledger_work *work)
{
    struct chain *chain = tn_container_of(work, struct chain, work);
    CHECK(work->err.code == 0);
    if (--chain->left > 0)
        tn_ledger_submit(chain->lab->ledger, work);
    else if (chain->close_at_end)
        tn_ledger_close(chain->lab->ledger);
}

static void test_submit_from_done(void)
{
    struct lab lab;
    lab_start(&lab);
    struct chain chains[8];
    for (int i = 0; i < 8; i++) {
        chains[i] = (struct chain){.work = {.run = run_chain, .done = on_chain}, .lab = &lab, .left = 200};
        tn_ledger_submit(lab.ledger, &chains[i].work);
    }
    while (tn_loop_step(lab.loop, -1))
        continue; /* the loop lives exactly as long as works are under way */
    CHECK(!tn_ledger_busy(lab.ledger));
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == 1600);
    lab_remove(&lab);
}

static void test_close_from_done(void)
{
    struct lab lab;
    lab_start(&lab);
    struct chain chain = {.work = {.run = run_chain, .done = on_chain}, .lab = &lab, .left = 3, .close_at_end = true};
    tn_ledger_submit(lab.ledger, &chain.work);
    while (chain.left > 0)
        tn_loop_step(lab.loop, -1);
    lab.ledger = NULL;
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == 3);
    lab_remove(&lab);
}

static void never(struct tn_ledger_work *work)
{
    (void)work;
    CHECK(!"done() after close");
}

static void test_close_finishes_quietly(void)
{
    struct lab lab;
    lab_start(&lab);
    struct chain *chains = calloc(MANY, sizeof *chains);
    for (int i = 0; i < MANY; i++) {
        chains[i] = (struct chain){.work = {.run = run_chain, .done = never}};
        tn_ledger_submit(lab.ledger, &chains[i].work);
    }
    tn_ledger_close(lab.ledger);
    lab.ledger = NULL;
    free(chains);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'test'") == MANY);
    lab_remove(&lab);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static int note_time(struct tn_db *db, void *arg, struct tn_err *err)
{
    *(int64_t *)arg = tn_db_now_ms(db);
    return tn_event_insert(db, NULL, "test", NULL, NULL, err);
}

static void test_time_never_goes_back(void)
{
    struct lab lab;
    lab_start_clocked(&lab);
    int64_t first, second, third;
    CHECK(lab_do(&lab, note_time, &first) == 0);
    lab_wall_ms = 400000; /* somebody set the clock */
    CHECK(lab_do(&lab, note_time, &second) == 0);
    lab_wall_ms = 1000500;
    CHECK(lab_do(&lab, note_time, &third) == 0);
    CHECK(first == 1000000 && second == 1000000 && third == 1000500);
    lab_remove(&lab);
}

int main(void)
{
    test_one_commit_for_many();
    test_only_its_own_savepoint();
    test_waits_for_another_writer();
    test_nobody_waits();
    test_submit_from_done();
    test_close_from_done();
    test_close_finishes_quietly();
    test_time_never_goes_back();
    return check_result();
}
