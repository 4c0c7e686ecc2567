/*
 * The tables of a ledger: see schema.h.
 *
 * Ids are compared without regard to case: "nocase" is SQLite's own collation, and one of that name is made on
 * PostgreSQL. Amounts are texts, "1204.50 EUR", so that every digit is kept; they are added and compared in C. Times
 * are wall milliseconds since 1970 UTC. An id column is the key of the table it names.
 */
#include "ledger/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "ledger/database.h"
#include "ledger/store.h"

#define ID "TEXT COLLATE nocase"

static const char *const tables[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",

    /* Processes that worked on runs. On SQLite one is alive while it holds the lock on its file (worker.c). */
    "CREATE TABLE worker (id " ID
    " NOT NULL PRIMARY KEY, process BIGINT NOT NULL, machine TEXT NOT NULL, started BIGINT NOT NULL)",

    "CREATE TABLE run (id " ID " NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, file TEXT, digest TEXT NOT NULL,"
    " state TEXT NOT NULL, actor TEXT NOT NULL, request TEXT, reason TEXT, worker " ID ", created BIGINT NOT NULL,"
    " planned BIGINT NOT NULL, ended BIGINT NOT NULL, has_effects BIGINT NOT NULL,"
    " plan_hash TEXT, expires BIGINT NOT NULL, may_follow BIGINT NOT NULL)",

    /* apply_state is null until the apply pass enters the customer. */
    "CREATE TABLE customer (run " ID " NOT NULL, id " ID
    " NOT NULL, name TEXT, domain TEXT, record TEXT, seq BIGINT NOT NULL,"
    " plan_state TEXT NOT NULL, plan_code TEXT, plan_message TEXT, plan_now BIGINT NOT NULL,"
    " apply_state TEXT, apply_code TEXT, apply_message TEXT, apply_now BIGINT NOT NULL, PRIMARY KEY (run, id))",
    "CREATE INDEX customer_order ON customer (run, seq)",

    /* A list is known once it is here, also an empty one. */
    "CREATE TABLE item_list (run " ID " NOT NULL, customer " ID " NOT NULL, step TEXT NOT NULL, pass BIGINT NOT NULL,"
    " items BIGINT NOT NULL, PRIMARY KEY (run, customer, step, pass))",
    "CREATE TABLE item (run " ID " NOT NULL, customer " ID " NOT NULL, step TEXT NOT NULL, pass BIGINT NOT NULL,"
    " position BIGINT NOT NULL, state TEXT NOT NULL, label TEXT, code TEXT, detail TEXT, item TEXT, value TEXT,"
    " PRIMARY KEY (run, customer, step, pass, position))",

    /* What is read often stands before the long texts. send_by counts on the monotonic clock of the named boot. in_plan:
     * it is part of what is approved, not refused while planning. */
    "CREATE TABLE effect (key " ID " NOT NULL PRIMARY KEY, run " ID " NOT NULL, customer " ID
    " NOT NULL, step TEXT NOT NULL,"
    " item BIGINT NOT NULL, operation TEXT NOT NULL, state TEXT NOT NULL, attempt BIGINT NOT NULL,"
    " planned_back TEXT, planned_pay TEXT, planned_worth TEXT, actual_back TEXT, actual_pay TEXT, actual_worth TEXT,"
    " code TEXT, message TEXT, customer_name TEXT, subject TEXT, subject_name TEXT, orders TEXT, quantity BIGINT NOT "
    "NULL,"
    " correlation TEXT, request_id TEXT, worker " ID ", send_by BIGINT NOT NULL, boot TEXT, intended BIGINT NOT NULL,"
    " probed BIGINT NOT NULL, planned BIGINT NOT NULL, changed BIGINT NOT NULL, in_plan BIGINT NOT NULL,"
    " evidence TEXT, request TEXT, quote TEXT, snapshot TEXT, poll TEXT, outcome TEXT)",
    "CREATE INDEX effect_customer ON effect (run, customer, item)",
    "CREATE INDEX effect_subject ON effect (subject) WHERE subject IS NOT NULL",

    /* The lock on an order, over all runs: from the first intent to a final state. */
    "CREATE TABLE effect_order (order_id " ID " NOT NULL PRIMARY KEY, effect " ID " NOT NULL)",
    "CREATE INDEX effect_order_effect ON effect_order (effect)",

    /* currency is '' for counts, operation '' for guards over the whole run. used: held and spent; of a guard per
     * customer no sums are kept, they are worked out from the customer's effects. share is in millionths. */
    "CREATE TABLE guard (run " ID " NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL, currency TEXT NOT NULL,"
    " per_customer BIGINT NOT NULL, cap TEXT, planned TEXT, used TEXT, cap_count BIGINT NOT NULL,"
    " planned_count BIGINT NOT NULL, used_count BIGINT NOT NULL, share BIGINT NOT NULL, of_at_least BIGINT NOT NULL,"
    " PRIMARY KEY (run, operation, kind, currency, per_customer))",
    "CREATE TABLE spend (effect " ID " NOT NULL PRIMARY KEY, run " ID
    " NOT NULL, operation TEXT NOT NULL, state TEXT NOT NULL,"
    " back TEXT, pay TEXT, worth TEXT, at BIGINT NOT NULL, scope " ID ")",
    "CREATE INDEX spend_scope ON spend (scope, state) WHERE scope IS NOT NULL",

    "CREATE TABLE approval (id %IDENTITY%, run " ID
    " NOT NULL, plan_hash TEXT, actor TEXT NOT NULL, at BIGINT NOT NULL,"
    " reason TEXT, effects BIGINT NOT NULL)",

    /* number, prev_hash and hash are filled in when the event is sealed into the chain. */
    "CREATE TABLE event (seq %IDENTITY%, kind TEXT NOT NULL, effect " ID ", run " ID
    ", body TEXT NOT NULL, at BIGINT NOT NULL,"
    " number BIGINT, prev_hash TEXT, hash TEXT)",
};

/* What the second format added. */
static const char *const since_2[] = {
    /* What runs were told in files: run_content says as which input. */
    "CREATE TABLE content (digest TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE run_content (run " ID " NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (run, name))",

    /* Rows that scripts wrote; place says whose come first. */
    "CREATE TABLE output (seq %IDENTITY%, run " ID " NOT NULL, name TEXT NOT NULL, place BIGINT NOT NULL, customer " ID
    " NOT NULL, step TEXT NOT NULL, pass BIGINT NOT NULL, position BIGINT NOT NULL, row TEXT NOT NULL)",
    "CREATE INDEX output_order ON output (run, name, place, seq)",
};

/* What the third format added. */
static const char *const since_3[] = {
    /* What an effect asks for, as it is told to whoever approves it; what its subject is called; the script's line. */
    "ALTER TABLE effect ADD COLUMN called TEXT",
    "ALTER TABLE effect ADD COLUMN asks TEXT",
    "ALTER TABLE effect ADD COLUMN place TEXT",
};

/* What the fourth format added. */
static const char *const since_4[] = {
    /* What its name makes of an effect that was given one (name.h). Before, that was its key, over all runs. */
    "ALTER TABLE effect ADD COLUMN named TEXT COLLATE nocase",
    "CREATE INDEX effect_named ON effect (named) WHERE named IS NOT NULL",
};

static int create_table(struct tn_db *db, const char *sql, struct tn_err *err)
{
    static const char word[] = "%IDENTITY%";
    const char *place = strstr(sql, word);
    if (!place)
        return db->ops->exec(db, sql, err);
    struct tn_buf text = {0};
    tn_buf_put(&text, sql, (size_t)(place - sql));
    tn_buf_puts(&text, db->ops->identity);
    tn_buf_puts(&text, place + sizeof word - 1);
    int rc = text.failed ? tn_err_no_memory(err) : db->ops->exec(db, text.data, err);
    tn_buf_deinit(&text);
    return rc;
}

static int create_tables(struct tn_db *db, const char *const *statements, size_t count, struct tn_err *err)
{
    int rc = TENURE_OK;
    for (size_t i = 0; rc == TENURE_OK && i < count; i++)
        rc = create_table(db, statements[i], err);
    return rc;
}

int tn_schema_upgrade(struct tn_db *db, int64_t from, struct tn_err *err)
{
    int rc = from < 2 ? create_tables(db, since_2, sizeof since_2 / sizeof *since_2, err) : TENURE_OK;
    if (rc == TENURE_OK && from < 3)
        rc = create_tables(db, since_3, sizeof since_3 / sizeof *since_3, err);
    return rc == TENURE_OK && from < 4 ? create_tables(db, since_4, sizeof since_4 / sizeof *since_4, err) : rc;
}

int tn_schema_create(struct tn_db *db, struct tn_err *err)
{
    int rc = create_tables(db, tables, sizeof tables / sizeof *tables, err);
    if (rc == TENURE_OK)
        rc = tn_schema_upgrade(db, 1, err);
    char id[TN_GUID_TEXT];
    if (rc == TENURE_OK && !tn_guid_random(id))
        rc = tn_err_set(err, TENURE_EIO, "ledger '%s': the system gives no random bytes", db->path);
    if (rc == TENURE_OK)
        rc = tn_db_run(db, err, "INSERT INTO meta (name, value) VALUES ('ledger', $1)", TN_BIND(tn_text(id)));
    return rc < 0 ? rc : TENURE_OK;
}
