/* SQLite behind database.h: see sqlite.h. */
#include "ledger/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "ledger/kill_disk.h"
#include "ledger/place.h"
#include "ledger/schema.h"
#include "loop/loop.h"

#define BUSY_TIMEOUT_MS 5000
#define BUSY_SOON_MS 500
#define BUSY_TRIES 12 /* a minute in all: a process stopped inside a transaction would otherwise hold us for ever */
#define MAX_PARAMETERS 48
#define CACHE_SLOTS 128
#define BALLAST_BELOW ((int64_t)2 << 20) /* bytes left at which the ballast is given back */

struct tn_statement {
    sqlite3_stmt *handle;
    struct tn_statement *next;     /* in the same slot of the cache */
    int place[MAX_PARAMETERS + 1]; /* SQLite numbers $1, $2 … by first appearance; this is where $n went */
    bool in_use;
};

struct sqlite {
    struct tn_db db;
    sqlite3 *handle;
    struct tn_statement *cache[CACHE_SLOTS];
    bool in_transaction;
    bool broken; /* a write failed in a way after which "durable" can no longer be believed */
};

#define SETTINGS "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;"

static struct sqlite *of(struct tn_db *db)
{
    return tn_container_of(db, struct sqlite, db);
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

static int describe(struct tn_err *err, const char *path, int rc, const char *detail)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return tn_err_set(err, TENURE_ENOMEM, "ledger '%s': out of memory", path);
    case SQLITE_FULL:
        return tn_err_set(
            err, TENURE_ENOSPC,
            "the ledger '%s' could not be written: its disk is full; make room, what was recorded before is safe",
            path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return tn_err_set(err, TENURE_EBUSY,
                          "the ledger '%s' has been locked by another process for %d seconds: end or continue that "
                          "process, then try again",
                          path, BUSY_TRIES * BUSY_TIMEOUT_MS / 1000);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return tn_err_set(err, TENURE_EIO,
                          "ledger '%s' cannot be written (%s): check the rights of the file and its folder, or choose "
                          "another with --ledger",
                          path, detail);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return tn_err_set(err, TENURE_EIO, "the ledger '%s' is damaged (%s): keep a copy of it and restore a backup",
                          path, detail);
    case SQLITE_IOERR:
        return tn_err_set(
            err, TENURE_EIO,
            "the ledger '%s' cannot be read or written (%s): check the disk, then start again; until then "
            "nothing more is sent",
            path, detail);
    default:
        return tn_err_set(err, TENURE_EINTERNAL, "ledger '%s': %s", path, detail);
    }
}

/* Says what the latest call failed with, and draws from it what follows for this connection. */
static int fail(struct sqlite *sqlite, int rc, struct tn_err *err)
{
    struct tn_err reason = {0};
    int kind = rc & 0xff;
    char detail[240];
    snprintf(detail, sizeof detail, "%s, SQLite %d", sqlite3_errmsg(sqlite->handle),
             sqlite3_extended_errcode(sqlite->handle));
    describe(&reason, sqlite->db.path, rc, detail);
    if (kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
        sqlite->broken = true;
    if (kind == SQLITE_FULL)
        tn_place_ballast_drop(sqlite->db.path);
    if (sqlite->in_transaction && sqlite3_get_autocommit(sqlite->handle))
        tn_db_fail(&sqlite->db, reason.code, "%s", reason.msg); /* SQLite has rolled everything back by itself */
    return tn_err_set(err, reason.code, "%s", reason.msg);
}

/* ---- statements ------------------------------------------------------------------------------------------------- */

static size_t slot_of(const char *sql)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *sql; sql++)
        hash = (hash ^ (unsigned char)*sql) * 0x100000001b3u;
    return (size_t)(hash % CACHE_SLOTS);
}

static void find_places(struct tn_statement *statement)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement->handle); i++) {
        const char *name = sqlite3_bind_parameter_name(statement->handle, i);
        int number = name && *name == '$' ? atoi(name + 1) : 0;
        if (number > 0 && number <= MAX_PARAMETERS)
            statement->place[number] = i;
    }
}

/* A walk may ask the same question again for one of its rows: then there are two of the same statement. */
static int find_statement(struct sqlite *sqlite, const char *sql, struct tn_statement **out)
{
    size_t slot = slot_of(sql);
    struct tn_statement *statement = sqlite->cache[slot];
    while (statement && (statement->in_use || strcmp(sqlite3_sql(statement->handle), sql) != 0))
        statement = statement->next;
    if (!statement) {
        statement = calloc(1, sizeof *statement);
        if (!statement)
            return SQLITE_NOMEM;
        int rc = sqlite3_prepare_v3(sqlite->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
        if (rc != SQLITE_OK) {
            free(statement);
            return rc;
        }
        find_places(statement);
        statement->next = sqlite->cache[slot];
        sqlite->cache[slot] = statement;
    }
    statement->in_use = true;
    *out = statement;
    return SQLITE_OK;
}

static int prepare(struct tn_db *db, const char *sql, struct tn_statement **out, struct tn_err *err)
{
    int rc = find_statement(of(db), sql, out);
    return rc == SQLITE_OK ? TENURE_OK : fail(of(db), rc, err);
}

static int bind(struct tn_db *db, struct tn_statement *statement, int number, const struct tn_bound *value,
                struct tn_err *err)
{
    int place = number <= MAX_PARAMETERS ? statement->place[number] : 0, rc = SQLITE_OK;
    if (place == 0)
        return tn_err_set(err, TENURE_EINTERNAL, "ledger '%s': a statement has no parameter $%d", db->path, number);
    if (value->kind == TN_BOUND_INT)
        rc = sqlite3_bind_int64(statement->handle, place, value->number);
    else if (value->kind == TN_BOUND_TEXT)
        rc = sqlite3_bind_text(statement->handle, place, value->text, -1, SQLITE_TRANSIENT);
    else if (value->kind == TN_BOUND_AMOUNT)
        rc = sqlite3_bind_text(statement->handle, place, value->amount, -1, SQLITE_TRANSIENT);
    else
        rc = sqlite3_bind_null(statement->handle, place);
    return rc == SQLITE_OK ? TENURE_OK : fail(of(db), rc, err);
}

static int step(struct tn_db *db, struct tn_statement *statement, struct tn_err *err)
{
    int rc = sqlite3_step(statement->handle);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : fail(of(db), rc, err);
}

static int64_t column_int(struct tn_statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

/* No memory for a text must not look like a null: an amount would seem absent. */
static const char *column_text(struct tn_db *db, struct tn_statement *statement, int column)
{
    if (sqlite3_column_type(statement->handle, column) == SQLITE_NULL)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(statement->handle, column);
    if (!text)
        tn_db_fail(db, TENURE_ENOMEM, "ledger '%s': out of memory", db->path);
    return text;
}

static void release(struct tn_statement *statement)
{
    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle);
    statement->in_use = false;
}

static int changes(struct tn_db *db)
{
    return sqlite3_changes(of(db)->handle);
}

static int exec(struct tn_db *db, const char *sql, struct tn_err *err)
{
    int rc = sqlite3_exec(of(db)->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? TENURE_OK : fail(of(db), rc, err);
}

/* One that is run for every group of works: parsed once. SQLite's own answer. */
static int run_again(struct sqlite *sqlite, const char *sql)
{
    struct tn_statement *statement = NULL;
    int rc = find_statement(sqlite, sql, &statement);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(statement->handle);
    release(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- transactions ----------------------------------------------------------------------------------------------- */

static void rollback(struct tn_db *db)
{
    struct sqlite *sqlite = of(db);
    if (!sqlite3_get_autocommit(sqlite->handle))
        sqlite3_exec(sqlite->handle, "ROLLBACK", NULL, NULL, NULL);
    sqlite->in_transaction = false;
}

/* BEGIN IMMEDIATE: a transaction that reads first and writes later would fail at once when another process wrote
 * between. */
static int begin(struct tn_db *db, struct tn_err *err)
{
    struct sqlite *sqlite = of(db);
    if (!db->read_only && tn_place_free_bytes(db->path) < BALLAST_BELOW)
        tn_place_ballast_drop(db->path);
    int rc = SQLITE_BUSY, tries = db->patience == TN_DB_WAITS ? BUSY_TRIES : 1;
    sqlite3_busy_timeout(sqlite->handle, db->patience == TN_DB_WAITS ? BUSY_TIMEOUT_MS : BUSY_SOON_MS);
    for (int i = 0; i < tries && (rc & 0xff) == SQLITE_BUSY; i++)
        rc = run_again(sqlite, db->patience == TN_DB_READS ? "BEGIN" : "BEGIN IMMEDIATE");
    sqlite3_busy_timeout(sqlite->handle, BUSY_TIMEOUT_MS);
    if (rc != SQLITE_OK)
        return fail(sqlite, rc, err);
    sqlite->in_transaction = true;
    return TENURE_OK;
}

/* A COMMIT that is only busy has not happened and may be asked for again; nothing is run twice. */
static int commit(struct tn_db *db, struct tn_err *err)
{
    struct sqlite *sqlite = of(db);
    int rc = SQLITE_BUSY;
    for (int i = 0; i < BUSY_TRIES && (rc & 0xff) == SQLITE_BUSY; i++)
        rc = run_again(sqlite, "COMMIT");
    if (rc != SQLITE_OK) {
        int code = fail(sqlite, rc, err);
        rollback(db);
        return code;
    }
    sqlite->in_transaction = false;
    return TENURE_OK;
}

static int effects_allowed(struct tn_db *db, struct tn_err *err)
{
    if (of(db)->broken)
        return tn_err_set(
            err, TENURE_EIO,
            "the ledger '%s' had a failed read or write: nothing more is sent; check the disk and start again",
            db->path);
    return tn_place_check_room(db->path, err);
}

static void close_database(struct tn_db *db)
{
    if (!db)
        return;
    struct sqlite *sqlite = of(db);
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        while (sqlite->cache[i]) {
            struct tn_statement *statement = sqlite->cache[i];
            sqlite->cache[i] = statement->next;
            sqlite3_finalize(statement->handle);
            free(statement);
        }
    }
    tn_db_forget(db);
    sqlite3_close(sqlite->handle); /* the last one to close checkpoints */
    free(sqlite);
}

static const struct tn_db_ops sqlite_ops = {
    .identity = "INTEGER PRIMARY KEY",
    .prepare = prepare,
    .bind = bind,
    .step = step,
    .column_int = column_int,
    .column_text = column_text,
    .release = release,
    .changes = changes,
    .exec = exec,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .effects_allowed = effects_allowed,
    .close = close_database,
};

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* The number or text that a pragma answers; false when it fails. */
static int ask(sqlite3 *handle, const char *sql, int64_t *number, char text[16])
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        *number = sqlite3_column_int64(statement, 0);
        if (text)
            snprintf(text, 16, "%s", answer ? answer : "");
        rc = SQLITE_OK;
    } else if (rc == SQLITE_DONE) {
        rc = SQLITE_ERROR;
    }
    sqlite3_finalize(statement);
    return rc;
}

static int not_a_ledger(const char *path, const char *what, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EINVAL,
                      "'%s' is %s, not a ledger; it was left as it is: name another file with --ledger", path, what);
}

/* The format of a ledger of ours, 0: empty, negative: refused. */
static int check_content(sqlite3 *handle, const char *path, struct tn_err *err)
{
    int64_t application = 0, version = 0, tables = 0;
    int rc = ask(handle, "PRAGMA application_id", &application, NULL);
    if (rc == SQLITE_OK)
        rc = ask(handle, "PRAGMA user_version", &version, NULL);
    if (rc == SQLITE_OK && application != TN_SCHEMA_APPLICATION) /* SQLite reads the whole schema for this */
        rc = ask(handle, "SELECT count(*) FROM sqlite_master", &tables, NULL);
    if ((rc & 0xff) == SQLITE_NOTADB)
        return not_a_ledger(path, "another kind of file", err);
    if (rc != SQLITE_OK)
        return describe(err, path, rc, sqlite3_errmsg(handle));
    if (application != TN_SCHEMA_APPLICATION && (application != 0 || tables > 0))
        return not_a_ledger(path, "another program's database", err);
    if (application == TN_SCHEMA_APPLICATION && version > TN_SCHEMA_VERSION)
        return tn_err_set(
            err, TENURE_ENOTSUP,
            "the ledger '%s' is from a newer tenure (its format is %lld, this one knows %d); it was left as it "
            "is: use that version",
            path, (long long)version, TN_SCHEMA_VERSION);
    return application == TN_SCHEMA_APPLICATION ? (int)version : 0;
}

/* Open the file to read it only; parameters are those of SQLite's URIs. SQLite's own answer. */
static int open_to_read(const char *path, const char *parameters, sqlite3 **handle)
{
    struct tn_buf uri = {0};
    tn_buf_puts(&uri, "file:");
    for (const char *at = path; *at; at++) {
        if (*at == '%' || *at == '?' || *at == '#')
            tn_buf_printf(&uri, "%%%02X", (unsigned char)*at);
        else
            tn_buf_putc(&uri, *at);
    }
    tn_buf_puts(&uri, parameters);
    int rc = SQLITE_NOMEM, flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    if (!uri.failed)
        rc = sqlite3_open_v2(uri.data, handle, flags, NULL);
    tn_buf_deinit(&uri);
    return rc;
}

/*
 * A first look at a file that may be anything, without locks and without touching what lies beside it. It sees only
 * what has left the write-ahead log, so what it does not know is looked at again once the file is open.
 */
static int look_before(const char *path, struct tn_err *err)
{
    sqlite3 *handle = NULL;
    struct tn_err found = {0};
    int rc = open_to_read(path, "?immutable=1", &handle);
    if (rc == SQLITE_OK)
        check_content(handle, path, &found);
    sqlite3_close(handle);
    if (found.code == TENURE_EINVAL || found.code == TENURE_ENOTSUP)
        return tn_err_set(err, found.code, "%s", found.msg);
    return TENURE_OK;
}

/* Switching a new file to WAL needs it for itself for a moment, and does not wait by itself. */
static int switch_to_wal(sqlite3 *handle, char mode[16])
{
    int64_t ignored;
    int rc = SQLITE_BUSY;
    for (int i = 0; i < 100 && (rc & 0xff) == SQLITE_BUSY; i++) {
        rc = ask(handle, "PRAGMA journal_mode=WAL", &ignored, mode);
        if ((rc & 0xff) == SQLITE_BUSY)
            sqlite3_sleep(20);
    }
    return rc;
}

/* What an acknowledged commit rests on is set and read back. */
static int make_durable(struct sqlite *sqlite, struct tn_err *err)
{
    char mode[16] = "";
    int64_t synchronous = 0;
    int rc = switch_to_wal(sqlite->handle, mode);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(sqlite->handle, SETTINGS " PRAGMA synchronous=FULL; PRAGMA journal_size_limit=16777216", NULL,
                          NULL, NULL);
    if (rc == SQLITE_OK)
        rc = ask(sqlite->handle, "PRAGMA synchronous", &synchronous, NULL);
    if (rc != SQLITE_OK)
        return fail(sqlite, rc, err);
    if (strcmp(mode, "wal") != 0 || synchronous != 2)
        return tn_err_set(
            err, TENURE_EIO,
            "the ledger '%s' cannot be made safe against crashes there (journal %s, synchronous %lld): choose a "
            "local disk",
            sqlite->db.path, mode, (long long)synchronous);
    return TENURE_OK;
}

/* Of a new ledger, or those that one of an older format lacks. */
static int make_tables(struct sqlite *sqlite, struct tn_err *err)
{
    int rc = tn_db_begin(&sqlite->db, 0, err);
    if (rc < 0)
        return rc;
    rc = check_content(sqlite->handle, sqlite->db.path, err); /* another process may have been faster */
    if (rc >= 0 && rc < TN_SCHEMA_VERSION) {
        char pragmas[96];
        snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d; PRAGMA user_version=%d", TN_SCHEMA_APPLICATION,
                 TN_SCHEMA_VERSION);
        rc = rc == 0 ? tn_schema_create(&sqlite->db, err) : tn_schema_upgrade(&sqlite->db, rc, err);
        if (rc == TENURE_OK)
            rc = exec(&sqlite->db, pragmas, err);
    }
    if (rc >= 0)
        return tn_db_commit(&sqlite->db, err);
    rollback(&sqlite->db);
    return rc;
}

static void read_boot_id(char id[40])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, id, 36) : 0;
    if (fd >= 0)
        close(fd);
    id[len > 0 ? len : 0] = '\0';
}

static int new_database(const char *path, struct sqlite **out, struct tn_err *err)
{
    struct sqlite *sqlite = calloc(1, sizeof *sqlite);
    if (!sqlite)
        return tn_err_no_memory(err);
    sqlite->db.ops = &sqlite_ops;
    sqlite->db.path = path;
    read_boot_id(sqlite->db.boot_id);
    *out = sqlite;
    return TENURE_OK;
}

int tn_sqlite_open(const char *path, struct tn_db **out, struct tn_err *err)
{
    struct sqlite *sqlite = NULL;
    TN_KILL_DISK_INSTALL();
    int rc = look_before(path, err);
    if (rc < 0)
        return rc;
    rc = new_database(path, &sqlite, err);
    if (!sqlite)
        return rc;
    rc = sqlite3_open_v2(path, &sqlite->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        rc = describe(err, path, rc, sqlite->handle ? sqlite3_errmsg(sqlite->handle) : "out of memory");
    } else {
        sqlite3_extended_result_codes(sqlite->handle, 1);
        sqlite3_busy_timeout(sqlite->handle, BUSY_TIMEOUT_MS);
        sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* it may not be ours */
        rc = check_content(sqlite->handle, path, err);
    }
    if (rc >= 0)
        sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    if (rc >= 0 && sqlite3_db_readonly(sqlite->handle, "main") == 1)
        rc = describe(err, path, SQLITE_READONLY, "it may only be read");
    bool is_current = rc == TN_SCHEMA_VERSION;
    if (rc >= 0)
        rc = make_durable(sqlite, err);
    TN_KILL_DISK_PREPARE(sqlite->handle);
    if (rc == TENURE_OK && !is_current)
        rc = make_tables(sqlite, err);
    if (rc < 0) {
        close_database(&sqlite->db);
        return rc;
    }
    *out = &sqlite->db;
    return TENURE_OK;
}

/* ---- on a full disk --------------------------------------------------------------------------------------------- */

/*
 * How the file can be read although SQLite cannot make the index of its write-ahead log, a file that is mapped into
 * memory: touching a page of it that the disk has no room for ends the process. Whoever has the ledger open made the
 * log, so without a log the file is all there is; with one, an index that somebody left is read but not written. NULL:
 * not at all.
 */
static const char *parameters_on_full(const char *path)
{
    int64_t log_bytes, ignored;
    if (!tn_place_has(path, "-wal", &log_bytes))
        return "?immutable=1";
    if (tn_place_has(path, "-shm", &ignored))
        return "?readonly_shm=1";
    return log_bytes == 0 ? "?immutable=1" : NULL;
}

int tn_sqlite_open_full(const char *path, struct tn_db **out, struct tn_err *err)
{
    const char *parameters = parameters_on_full(path);
    struct sqlite *sqlite = NULL;
    int64_t ignored;
    if (!parameters || !tn_place_has(path, "", &ignored))
        return tn_place_no_room(path, err);
    int rc = new_database(path, &sqlite, err);
    if (!sqlite)
        return rc;
    rc = open_to_read(path, parameters, &sqlite->handle);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(sqlite->handle, 1);
        rc = sqlite3_exec(sqlite->handle, SETTINGS, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        rc = check_content(sqlite->handle, path, err);
    else
        rc = describe(err, path, rc, sqlite->handle ? sqlite3_errmsg(sqlite->handle) : "out of memory");
    if (rc >= 0 && rc < TN_SCHEMA_VERSION)
        rc = tn_place_no_room(path, err);
    if (rc < 0) {
        close_database(&sqlite->db);
        return rc;
    }
    sqlite->db.read_only = true;
    *out = &sqlite->db;
    return TENURE_OK;
}
