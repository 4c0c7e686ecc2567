/*
 * The narrow door to a database: prepare, bind, step, column.
 *
 * The rows of the ledger (run.c, effect.c …) speak only this and SQL that SQLite and PostgreSQL both understand:
 * parameters are numbered ($1, $2 …), duplicates are met with ON CONFLICT, types are TEXT and BIGINT. Which database it
 * is, is a const struct tn_db_ops; sqlite.c is the first one.
 *
 *   run.c customer.c step.c effect.c …  ──▶  database.h  ──▶  struct tn_db_ops  ──▶  sqlite.c
 *
 * A struct tn_db is used by one thread at a time. Once its transaction is lost (db->failed), every call answers why, so
 * that nothing half-done can be committed.
 */
#ifndef TN_LEDGER_DATABASE_H
#define TN_LEDGER_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"
#include "ledger/ledger.h"

struct tn_db;
struct tn_statement;

/* Ends a SELECT whose rows are about to change: PostgreSQL's side makes it FOR UPDATE, for SQLite, which has one writer
 * at a time, it is a comment. */
#define TN_DB_FOR_UPDATE " /* for update */"

#define TN_BOUND_MONEY 48 /* "1204.50 EUR" */

/* What a parameter of a statement is bound to. */
struct tn_bound {
    enum { TN_BOUND_NULL, TN_BOUND_INT, TN_BOUND_TEXT, TN_BOUND_AMOUNT } kind;
    int64_t number;
    const char *text;
    char amount[TN_BOUND_MONEY];
};

struct tn_db_ops {
    const char *identity; /* how a column that counts by itself is declared */
    /* A statement of its own until it is released; prepared ones are kept and used again. */
    int (*prepare)(struct tn_db *db, const char *sql, struct tn_statement **out, struct tn_err *err);
    int (*bind)(struct tn_db *db, struct tn_statement *statement, int number, const struct tn_bound *value,
                struct tn_err *err);
    int (*step)(struct tn_db *db, struct tn_statement *statement, struct tn_err *err); /* 1: a row, 0: the end */
    int64_t (*column_int)(struct tn_statement *statement, int column);
    const char *(*column_text)(struct tn_db *db, struct tn_statement *statement, int column); /* NULL: null */
    void (*release)(struct tn_statement *statement);
    int (*changes)(struct tn_db *db); /* rows changed by the latest statement */
    int (*exec)(struct tn_db *db, const char *sql, struct tn_err *err);
    int (*begin)(struct tn_db *db, struct tn_err *err);  /* as db->patience says */
    int (*commit)(struct tn_db *db, struct tn_err *err); /* 0: durable */
    void (*rollback)(struct tn_db *db);
    /* Whether the ledger can keep what follows from a new effect: room on the disk, no broken write before. */
    int (*effects_allowed)(struct tn_db *db, struct tn_err *err);
    void (*close)(struct tn_db *db); /* NULL is fine */
};

struct tn_kept; /* texts made for one transaction */

struct tn_db {
    const struct tn_db_ops *ops;
    struct tn_kept *kept;
    const char *path;        /* for messages; borrowed */
    const char *worker;      /* our id, "" of one who only reads; borrowed */
    const char *actor;       /* who uses this process, for events; borrowed, NULL: not known */
    char boot_id[40];        /* of this machine's present boot; what its clocks count from */
    int64_t opened_awake_ms; /* when it was opened, on the clock that stands still while the machine sleeps */
    int64_t wall_ms;         /* the clock when this group was submitted */
    int64_t now_ms;          /* the transaction's time; 0: not asked for yet */
    enum {
        TN_DB_WAITS, /* the next transaction may write, and waits for other processes */
        TN_DB_TRIES, /* … and may be given up soon */
        TN_DB_READS  /* … only reads, and waits for nobody */
    } patience;
    bool read_only;        /* nothing can be written: the disk is full */
    struct tn_err failed;  /* code < 0: the transaction is lost */
    struct tn_err effects; /* what effects_allowed() answered in this transaction */
    bool effects_asked;
    bool events_written;               /* in this transaction, or since it was last asked */
    bool sealed;                       /* the chain's head has moved and is to be written outside after the commit */
    int64_t sealed_number, sealed_seq; /* of the newest sealed event when it was last looked for; 0: not yet */
    char suspicion[TN_SUSPICION_TEXT]; /* why this may not be the ledger its head file knows; "": it is (audit.c) */
    char claimed[160];                 /* what the suspicion rests on */
    int64_t suspect_since_ms;
};

/* ---- values ----------------------------------------------------------------------------------------------------- */

static inline struct tn_bound tn_text(const char *text)
{
    return (struct tn_bound){.kind = text ? TN_BOUND_TEXT : TN_BOUND_NULL, .text = text};
}

static inline struct tn_bound tn_int(int64_t number)
{
    return (struct tn_bound){.kind = TN_BOUND_INT, .number = number};
}

struct tn_bound tn_amount(bool has, const struct tn_money *money); /* null where there is none; never zero */

/* A text from outside, without secrets (base/redact.h). */
struct tn_bound tn_redacted(struct tn_db *db, const char *text);

/* The values of $1, $2 … as the last two arguments of tn_db_run and tn_db_select. */
#define TN_BIND(...)                        \
    (const struct tn_bound[]){__VA_ARGS__}, \
        (int)(sizeof((const struct tn_bound[]){__VA_ARGS__}) / sizeof(struct tn_bound))

/* ---- statements ------------------------------------------------------------------------------------------------- */

/* One statement that answers no rows. How many rows it changed, or negative. */
int tn_db_run(struct tn_db *db, struct tn_err *err, const char *sql, const struct tn_bound *values, int count);

/* A walk over rows: select, then next until it answers 0 (end) or negative; both end the walk, as tn_rows_end() does.
 */
struct tn_rows {
    struct tn_db *db;
    struct tn_statement *statement;
};
int tn_db_select(struct tn_db *db, struct tn_rows *rows, struct tn_err *err, const char *sql,
                 const struct tn_bound *values, int count);
int tn_rows_next(struct tn_rows *rows, struct tn_err *err);
void tn_rows_end(struct tn_rows *rows); /* twice is harmless */
int64_t tn_rows_int(struct tn_rows *rows, int column);
const char *tn_rows_text(struct tn_rows *rows, int column); /* NULL: null; borrowed until the next row */
bool tn_rows_amount(struct tn_rows *rows, int column, struct tn_money *money); /* false: null */

/* The first column of the first row: 1 found, 0 no row, negative. */
int tn_db_number(struct tn_db *db, struct tn_err *err, int64_t *number, const char *sql, const struct tn_bound *values,
                 int count);

/* ---- transactions, for the ledger thread ------------------------------------------------------------------------ */

int tn_db_begin(struct tn_db *db, int64_t wall_ms, struct tn_err *err);
int tn_db_commit(struct tn_db *db, struct tn_err *err);
void tn_db_forget(struct tn_db *db); /* what was kept for the transaction */

/* The transaction is lost, for this reason: everything that follows in it answers the same. Returns its code. */
int tn_db_fail(struct tn_db *db, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Asked once per transaction, before the first intent. */
int tn_db_effects_allowed(struct tn_db *db, struct tn_err *err);

#endif
