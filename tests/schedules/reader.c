/* Reading the ledger: see reader.h. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "disk.h"

#define MOST_QUESTIONS 32

static sqlite3 *reader;
static struct {
    const char *sql; /* by address: each is written once */
    sqlite3_stmt *rows;
} questions[MOST_QUESTIONS];

void reader_close(void)
{
    for (int i = 0; i < MOST_QUESTIONS && questions[i].sql; i++) {
        sqlite3_finalize(questions[i].rows);
        questions[i].sql = NULL;
    }
    sqlite3_close(reader);
    reader = NULL;
}

static void open_reader(const struct world *world)
{
    if (reader)
        return;
    if (sqlite3_open_v2(world->ledger, &reader, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, DISK_OWN) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", world->ledger, sqlite3_errmsg(reader));
        abort();
    }
    sqlite3_db_config(reader, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* Prepared once per connection. */
static sqlite3_stmt *prepared(const char *sql)
{
    int i = 0;
    while (i < MOST_QUESTIONS && questions[i].sql && questions[i].sql != sql)
        i++;
    if (i == MOST_QUESTIONS)
        abort();
    if (!questions[i].sql && sqlite3_prepare_v2(reader, sql, -1, &questions[i].rows, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(reader));
        abort();
    }
    questions[i].sql = sql;
    return questions[i].rows;
}

sqlite3_stmt *reader_ask(const struct world *world, const char *sql, const char *text)
{
    open_reader(world);
    sqlite3_stmt *rows = prepared(sql);
    if (text)
        sqlite3_bind_text(rows, 1, text, -1, SQLITE_TRANSIENT);
    return rows;
}

bool reader_next(sqlite3_stmt *rows)
{
    int rc = sqlite3_step(rows);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        fprintf(stderr, "reading the ledger: %s\n", sqlite3_errmsg(reader));
        abort();
    }
    return rc == SQLITE_ROW;
}

void reader_done(sqlite3_stmt *rows)
{
    sqlite3_reset(rows);
}

bool reader_has(const struct world *world, const char *sql, const char *text)
{
    sqlite3_stmt *rows = reader_ask(world, sql, text);
    bool any = reader_next(rows);
    reader_done(rows);
    return any;
}

const char *reader_text(sqlite3_stmt *rows, int column)
{
    const char *text = (const char *)sqlite3_column_text(rows, column);
    return text ? text : "";
}

int64_t reader_int(sqlite3_stmt *rows, int column)
{
    return sqlite3_column_int64(rows, column);
}

int64_t reader_cents(sqlite3_stmt *rows, int column, const char *currency)
{
    struct tn_money money;
    const char *text = reader_text(rows, column);
    if (!*text || tn_money_parse_text(&money, text, NULL) < 0 || strcmp(money.currency, currency) != 0)
        return -1;
    int64_t cents = money.digits;
    for (int i = money.scale; i < 2; i++)
        cents *= 10;
    return cents;
}
