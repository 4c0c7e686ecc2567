/* A ledger in a folder of its own: see lab.h. */
#include "ledger/lab.h"

#include <dirent.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/json_write.h"
#include "ledger/audit.h"
#include "ledger/database.h"

/* Memory where there is room: hundreds of ledgers are opened, and a killed process does not tell a disk from memory. */
static const char *base_folder(void)
{
    struct statvfs info;
    const char *given = getenv("TMPDIR");
    if (given)
        return given;
    bool roomy = statvfs("/dev/shm", &info) == 0 && info.f_bavail * info.f_frsize > 512u << 20;
    return roomy && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* What a test rests on: without it no check that follows means anything. */
static void must(bool holds, const char *what, const char *why)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

void lab_make(struct lab *lab)
{
    memset(lab, 0, sizeof *lab);
    snprintf(lab->folder, sizeof lab->folder, "%.200s/tenure-ledger-XXXXXX", base_folder());
    if (!mkdtemp(lab->folder)) {
        perror(lab->folder);
        exit(1);
    }
    snprintf(lab->path, sizeof lab->path, "%s/ledger.db", lab->folder);
}

int lab_open(struct lab *lab)
{
    lab->err = (struct tn_err){0};
    if (!lab->loop && tn_loop_new(NULL, &lab->loop, &lab->err) < 0)
        return lab->err.code;
    return tn_ledger_open(lab->loop, lab->path, &lab->ledger, &lab->err);
}

void lab_start(struct lab *lab)
{
    lab_make(lab);
    must(lab_open(lab) == 0, "open", lab->err.msg);
}

void lab_start_run(struct lab *lab, const char *cap)
{
    lab_start(lab);
    must(lab_run(lab, "r-1") == 0, "run", lab->err.msg);
    must(lab_guard(lab, "r-1", cap) == 0, "guard", lab->err.msg);
}

int64_t lab_wall_ms;

static int64_t read_wall(void *arg)
{
    (void)arg;
    return lab_wall_ms;
}

void lab_start_clocked(struct lab *lab)
{
    static struct tn_clock clock;
    clock = tn_clock_system;
    clock.wall_ms = read_wall;
    lab_wall_ms = 1000000;
    lab_make(lab);
    must(tn_loop_new(&clock, &lab->loop, &lab->err) == 0 && lab_open(lab) == 0, "open", lab->err.msg);
}

void lab_open_at(struct lab *lab, const char *path)
{
    memset(lab, 0, sizeof *lab);
    snprintf(lab->path, sizeof lab->path, "%s", path);
    must(lab_open(lab) == 0, "open", lab->err.msg);
}

void lab_close(struct lab *lab)
{
    tn_ledger_close(lab->ledger);
    tn_loop_free(lab->loop);
    lab->ledger = NULL;
    lab->loop = NULL;
}

void lab_remove(struct lab *lab)
{
    lab_close(lab);
    DIR *folder = opendir(lab->folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    rmdir(lab->folder);
}

/* ---- works ------------------------------------------------------------------------------------------------------ */

static int done_count;

static int on_run(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct lab_work *own = tn_container_of(work, struct lab_work, work);
    return own->fn(db, own->arg, err);
}

static void on_done(struct tn_ledger_work *work)
{
    struct lab_work *own = tn_container_of(work, struct lab_work, work);
    own->done = true;
    own->order = ++done_count;
}

int lab_do(struct lab *lab, lab_fn fn, void *arg)
{
    struct lab_work work = {.work = {.run = on_run, .done = on_done}, .fn = fn, .arg = arg};
    tn_ledger_submit(lab->ledger, &work.work);
    while (!work.done)
        tn_loop_step(lab->loop, -1);
    lab->err = work.work.err;
    return work.work.err.code;
}

static int wait_for_gate(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)db, (void)err;
    sem_wait(arg);
    return 0;
}

void lab_submit(struct lab *lab, struct lab_work *works, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        works[i].work.run = on_run;
        works[i].work.done = on_done;
        tn_ledger_submit(lab->ledger, &works[i].work);
    }
}

void lab_do_together(struct lab *lab, struct lab_work *works, size_t count)
{
    sem_t gate;
    sem_init(&gate, 0, 0);
    struct lab_work first = {.work = {.run = on_run, .done = on_done}, .fn = wait_for_gate, .arg = &gate};
    tn_ledger_submit(lab->ledger, &first.work);
    lab_submit(lab, works, count);
    sem_post(&gate);
    lab_settle(lab);
    sem_destroy(&gate);
}

void lab_settle(struct lab *lab)
{
    while (tn_ledger_busy(lab->ledger))
        tn_loop_step(lab->loop, -1);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

struct tn_money lab_money(const char *text)
{
    struct tn_money money;
    struct tn_err err = {0};
    if (tn_money_parse_text(&money, text, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    return money;
}

static struct tn_amounts amounts_of(const char *back, const char *worth)
{
    struct tn_amounts amounts = {.has_back = back, .has_worth = worth};
    if (back)
        amounts.back = lab_money(back);
    if (worth)
        amounts.worth = lab_money(worth);
    return amounts;
}

static int insert_run(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct tn_run_row run = {.id = arg,
                                   .workflow = "refund-idle",
                                   .digest = "d",
                                   .state = "planned",
                                   .actor = "test@here",
                                   .request = "{}",
                                   .has_effects = true};
    int64_t left;
    int rc = tn_run_insert(db, &run, err);
    return rc < 0 ? rc : tn_run_claim(db, arg, &left, err);
}

int lab_run(struct lab *lab, const char *id)
{
    return lab_do(lab, insert_run, (void *)id);
}

struct guard_args {
    const char *run, *cap;
};

static int insert_guard(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct guard_args *args = arg;
    const char *value = strchr(args->cap, '=') + 1;
    struct tn_guard_row guard = {.run = args->run, .operation = "refund"};
    guard.kind = args->cap[0] == 'c'   ? TN_GUARD_COUNT
                 : args->cap[0] == 'i' ? TN_GUARD_IN_FLIGHT
                 : args->cap[0] == 'b' ? TN_GUARD_BACK
                 : args->cap[0] == 'p' ? TN_GUARD_PAY
                                       : TN_GUARD_WORTH;
    if (guard.kind == TN_GUARD_IN_FLIGHT)
        guard.operation = NULL;
    if (guard.kind == TN_GUARD_COUNT || guard.kind == TN_GUARD_IN_FLIGHT)
        guard.count = atoi(value);
    else
        guard.cap = lab_money(value);
    return tn_guard_insert(db, &guard, err);
}

int lab_guard(struct lab *lab, const char *run, const char *cap)
{
    struct guard_args args = {run, cap};
    return lab_do(lab, insert_guard, &args);
}

struct plan_args {
    struct tn_effect_row row;
    bool refused;
};

static int plan(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct plan_args *args = arg;
    return tn_effect_plan(db, &args->row, &args->refused, err);
}

static int plan_row(struct lab *lab, const struct tn_effect_row *own)
{
    char orders[256];
    snprintf(orders, sizeof orders, "[\"order-of-%s\"]", own->key);
    struct plan_args args = {.row = *own};
    args.row.customer = "c1";
    args.row.customer_name = "Customer One";
    args.row.step = args.row.operation = "refund";
    args.row.subject = own->key;
    args.row.orders = orders;
    args.row.quantity = 1;
    args.row.request = args.row.quote = "{}";
    return lab_do(lab, plan, &args);
}

int lab_plan(struct lab *lab, const char *run, const char *key, const char *back, const char *worth)
{
    return plan_row(lab, &(struct tn_effect_row){.key = key, .run = run, .planned = amounts_of(back, worth)});
}

int lab_plan_named(struct lab *lab, const char *run, const char *key, const char *named)
{
    const struct tn_effect_row row = {.key = key, .run = run, .named = named, .planned = amounts_of("1 EUR", "1 USD")};
    return plan_row(lab, &row);
}

static int approve(struct tn_db *db, void *arg, struct tn_err *err)
{
    int64_t approved;
    return tn_effect_approve(db, arg, NULL, 0, "test@here", "test", &approved, err);
}

int lab_approve(struct lab *lab, const char *run)
{
    return lab_do(lab, approve, (void *)run);
}

struct drop_args {
    const char *key;
    enum tn_effect_state state;
};

static int drop(struct tn_db *db, void *arg, struct tn_err *err)
{
    const struct drop_args *args = arg;
    return tn_effect_drop(db, args->key, args->state, "drift", "moved", err);
}

int lab_drop(struct lab *lab, const char *key, enum tn_effect_state state)
{
    struct drop_args args = {key, state};
    return lab_do(lab, drop, &args);
}

static int claim(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_run_claim(db, "r-1", arg, err);
}

int lab_claim(struct lab *lab, int64_t *left)
{
    int64_t ignored;
    return lab_do(lab, claim, left ? left : &ignored);
}

static int intend(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_intend(db, arg, err);
}

enum tn_verdict lab_intend(struct lab *lab, const char *key, const char *back, const char *worth, struct tn_intent *out)
{
    struct tn_intent intent = {.key = key, .request = "{}", .amounts = amounts_of(back, worth), .send_by_awake_ms = 1};
    if (lab_do(lab, intend, &intent) < 0)
        intent.verdict = TN_VERDICT_NOT_NOW;
    if (out)
        *out = intent;
    return intent.verdict;
}

static int record(struct tn_db *db, void *arg, struct tn_err *err)
{
    return tn_effect_record(db, arg, err);
}

int lab_record(struct lab *lab, const char *key, int64_t attempt, enum tn_effect_state state, const char *back,
               const char *worth)
{
    struct tn_outcome_row outcome = {
        .key = key, .attempt = attempt, .state = state, .has_actual = back || worth, .actual = amounts_of(back, worth)};
    return lab_do(lab, record, &outcome);
}

struct state_args {
    const char *key;
    enum tn_effect_state state;
};

static int on_effect(void *arg, const struct tn_effect_row *effect)
{
    struct state_args *args = arg;
    args->state = effect->state;
    return 0;
}

static int find(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct state_args *args = arg;
    return tn_effect_find(db, args->key, on_effect, args, err);
}

enum tn_effect_state lab_state(struct lab *lab, const char *key)
{
    struct state_args args = {key, TN_EFFECT_STATE_COUNT};
    lab_do(lab, find, &args);
    return args.state;
}

void lab_text(struct lab *lab, const char *sql, char text[256])
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(text, 256, "(nothing)");
    if (sqlite3_open_v2(lab->path, &handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(handle, 5000) == SQLITE_OK &&
        sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_text(statement, 0))
        snprintf(text, 256, "%s", (const char *)sqlite3_column_text(statement, 0));
    else if (sqlite3_errcode(handle) != SQLITE_OK && sqlite3_errcode(handle) != SQLITE_ROW)
        snprintf(text, 256, "(%s)", sqlite3_errmsg(handle));
    sqlite3_finalize(statement);
    sqlite3_close(handle);
}

void lab_why(struct lab *lab, const char *key, char text[256])
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT code || ': ' || message FROM effect WHERE key = '%s'", key);
    lab_text(lab, sql, text);
}

int64_t lab_number(struct lab *lab, const char *sql)
{
    char text[256];
    lab_text(lab, sql, text);
    return atoll(text);
}

struct summary_args {
    const char *run;
    struct tn_buf text;
};

static int summarise(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct summary_args *args = arg;
    struct tn_json_writer w;
    tn_jw_init(&w, &args->text);
    return tn_summary_write(db, args->run, &w, err);
}

char *lab_summary(struct lab *lab, const char *run)
{
    struct summary_args args = {.run = run};
    if (lab_do(lab, summarise, &args) < 0) {
        tn_buf_deinit(&args.text);
        return NULL;
    }
    return tn_buf_take(&args.text, NULL);
}

/* ---- audit -------------------------------------------------------------------------------------------------------- */

int lab_seal_in(struct tn_db *db, void *head, struct tn_err *err)
{
    int rc = 1;
    while (rc > 0)
        rc = tn_audit_seal_some(db, err);
    return rc < 0 ? rc : tn_audit_head(db, head, NULL, err);
}

void lab_seal(struct lab *lab)
{
    struct tn_audit_head head;
    must(lab_do(lab, lab_seal_in, &head) == 0, "seal", lab->err.msg);
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

char *lab_verify(struct lab *lab, const char *head_file)
{
    struct verify_args args = {.head_file = head_file};
    must(lab_do(lab, do_verify, &args) == 0, "verify", lab->err.msg);
    char *text = tn_buf_take(&args.text, NULL);
    must((strstr(text, "\"sound\":true") != NULL) == args.sound, "verify says and answers different things", text);
    return text;
}

bool lab_is_sound(struct lab *lab)
{
    char *text = lab_verify(lab, NULL);
    bool sound = strstr(text, "\"problems\":[],") && strstr(text, "\"sound\":true");
    if (!sound)
        fprintf(stderr, "%s\n", text);
    free(text);
    return sound;
}

void lab_head_name(const struct lab *lab, char name[600])
{
    snprintf(name, 600, "%s.head", lab->path);
}

void lab_copy_head(const struct lab *lab, char copy[600])
{
    char head[600];
    lab_head_name(lab, head);
    snprintf(copy, 600, "%s/old.head", lab->folder);
    lab_copy_file(head, copy);
}

void lab_copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    must(in && out, "copy", from);
    for (size_t len; (len = fread(block, 1, sizeof block, in)) > 0;)
        must(fwrite(block, 1, len, out) == len, "write", to);
    fclose(in);
    must(fclose(out) == 0, "write", to);
}

void lab_story(struct lab *lab)
{
    lab_start_run(lab, "worth=100 USD");
    lab_guard(lab, "r-1", "count=50");
    lab_guard(lab, "r-1", "in_flight=50");
    for (char key[2] = "a"; *key <= 'c'; ++*key)
        lab_plan(lab, "r-1", key, "1 EUR", "2 USD");
    lab_approve(lab, "r-1");
    lab_intend(lab, "a", "1 EUR", "2 USD", NULL);
    lab_intend(lab, "b", "1 EUR", "2 USD", NULL);
    lab_record(lab, "a", 1, TN_EFFECT_SUCCEEDED, "1 EUR", "1.50 USD");
    lab_record(lab, "b", 1, TN_EFFECT_UNKNOWN, NULL, NULL);
    must(lab_state(lab, "a") == TN_EFFECT_SUCCEEDED && lab_state(lab, "b") == TN_EFFECT_UNKNOWN &&
             lab_state(lab, "c") == TN_EFFECT_APPROVED,
         "story", lab->err.msg);
    lab_seal(lab);
}
