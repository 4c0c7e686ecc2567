/* What must hold: see oracle.h. */
#include "oracle.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/money.h"
#include "process.h"
#include "service.h"

#define SPARE_ATTEMPTS 2 /* looked for beyond what the ledger knows of */

#define MOST_QUESTIONS 24

static sqlite3 *reader;
static struct {
    const char *sql; /* by address: each is written once */
    sqlite3_stmt *rows;
} questions[MOST_QUESTIONS];

/* ---- reading ---------------------------------------------------------------------------------------------------- */

void oracle_close(void)
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
    if (sqlite3_open_v2(world->ledger, &reader, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "unix") != SQLITE_OK) {
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

/* With one text for ?1, or NULL. Until answered(). */
static sqlite3_stmt *ask(const struct world *world, const char *sql, const char *text)
{
    open_reader(world);
    sqlite3_stmt *rows = prepared(sql);
    if (text)
        sqlite3_bind_text(rows, 1, text, -1, SQLITE_TRANSIENT);
    return rows;
}

static void answered(sqlite3_stmt *rows)
{
    sqlite3_reset(rows);
}

static bool next(sqlite3_stmt *rows)
{
    int rc = sqlite3_step(rows);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        fprintf(stderr, "reading the ledger: %s\n", sqlite3_errmsg(reader));
        abort();
    }
    return rc == SQLITE_ROW;
}

static const char *text_of(sqlite3_stmt *rows, int column)
{
    const char *text = (const char *)sqlite3_column_text(rows, column);
    return text ? text : "";
}

/* In cents; -1: none, or no such currency. */
static int64_t cents_of(sqlite3_stmt *rows, int column, const char *currency)
{
    struct tn_money money;
    const char *text = text_of(rows, column);
    if (!*text || tn_money_parse_text(&money, text, NULL) < 0 || strcmp(money.currency, currency) != 0)
        return -1;
    int64_t cents = money.digits;
    for (int i = money.scale; i < 2; i++)
        cents *= 10;
    return cents;
}

bool oracle_run_over(struct world *world, const char *run)
{
    sqlite3_stmt *rows = ask(world,
                             "SELECT 1 FROM run WHERE id = ?1 AND state IN ('done', 'stopped') AND NOT EXISTS (SELECT 1"
                             " FROM effect WHERE effect.run = run.id"
                             " AND effect.state IN ('approved', 'intended', 'accepted', 'unknown'))",
                             run);
    bool over = next(rows);
    answered(rows);
    return over;
}

bool oracle_run_approved(struct world *world, const char *run)
{
    sqlite3_stmt *rows = ask(world, "SELECT 1 FROM approval WHERE run = ?1", run);
    bool approved = next(rows);
    answered(rows);
    return approved;
}

/* ---- at every effect that leaves -------------------------------------------------------------------------------- */

void oracle_sent(struct world *world, const struct process *process, const char *correlation)
{
    sqlite3_stmt *rows =
        ask(world, "SELECT state, worker, send_by, boot FROM effect WHERE correlation = ?1", correlation);
    int64_t now_ms = world->machine.monotonic_ms(world->machine.arg);
    if (!next(rows))
        violate(world, NO_PERMIT, "%s is sent without an intent", correlation);
    else if (strcmp(text_of(rows, 0), "intended") != 0 || strcmp(text_of(rows, 1), process_worker(process)) != 0)
        violate(world, NO_PERMIT, "%s is sent while it is %s by %s", correlation, text_of(rows, 0), text_of(rows, 1));
    else if (sqlite3_column_int64(rows, 2) < now_ms || strcmp(text_of(rows, 3), world->boot_id) != 0)
        violate(world, NO_PERMIT, "%s is sent %lld ms too late", correlation,
                (long long)(now_ms - sqlite3_column_int64(rows, 2)));
    answered(rows);
}

/* ---- at every commit -------------------------------------------------------------------------------------------- */

struct guard {
    const char *run, *kind, *currency;
    bool count, per_customer;
    int64_t cap, used;
};

/* What an effect counts against a guard. */
static int64_t weight_of(sqlite3_stmt *rows, const struct guard *guard)
{
    int64_t cents = guard->count ? 1 : cents_of(rows, strcmp(guard->kind, "back") == 0 ? 1 : 2, guard->currency);
    return cents > 0 ? cents : 0;
}

/* What is held and spent by a run's effects, added up anew: all of it, or the most of one customer. */
static int64_t sum_for(const struct world *world, const struct guard *guard)
{
    char customer[80] = "";
    int64_t all = 0, one = 0, most = 0;
    sqlite3_stmt *rows = ask(world,
                             "SELECT customer, spend.back, spend.worth FROM spend JOIN effect ON key = spend.effect"
                             " WHERE spend.run = ?1 AND spend.state <> 'released' ORDER BY customer",
                             guard->run);
    while (next(rows)) {
        if (strcmp(customer, text_of(rows, 0)) != 0)
            one = 0;
        snprintf(customer, sizeof customer, "%s", text_of(rows, 0));
        all += weight_of(rows, guard);
        one += weight_of(rows, guard);
        most = one > most ? one : most;
    }
    answered(rows);
    return guard->per_customer ? most : all;
}

static void check_guard(struct world *world, const struct guard *guard)
{
    int64_t sum = sum_for(world, guard);
    if (sum > guard->cap)
        violate(world, GUARD, "run %s: %lld held and spent, %s%s %lld allowed", guard->run, (long long)sum, guard->kind,
                guard->per_customer ? " per customer" : "", (long long)guard->cap);
    if (!guard->per_customer && guard->used != sum && !(guard->used < 0 && sum == 0))
        violate(world, GUARD, "run %s: the guard %s says %lld, its effects %lld", guard->run, guard->kind,
                (long long)guard->used, (long long)sum);
}

static void check_guards(struct world *world)
{
    sqlite3_stmt *rows = ask(world,
                             "SELECT run, kind, currency, per_customer, cap, used, cap_count, used_count FROM guard"
                             " WHERE kind IN ('count', 'back', 'worth')",
                             NULL);
    while (next(rows)) {
        struct guard guard = {.run = text_of(rows, 0),
                              .kind = text_of(rows, 1),
                              .currency = text_of(rows, 2),
                              .count = strcmp(text_of(rows, 1), "count") == 0,
                              .per_customer = sqlite3_column_int(rows, 3)};
        guard.cap = guard.count ? sqlite3_column_int64(rows, 6) : cents_of(rows, 4, guard.currency);
        guard.used = guard.count ? sqlite3_column_int64(rows, 7) : cents_of(rows, 5, guard.currency);
        check_guard(world, &guard);
    }
    answered(rows);
}

static void check_orders(struct world *world)
{
    sqlite3_stmt *rows = ask(world,
                             "SELECT orders, count(*) FROM effect WHERE state IN ('intended', 'accepted', 'unknown')"
                             " GROUP BY orders HAVING count(*) > 1",
                             NULL);
    while (next(rows))
        violate(world, ORDER, "%lld effects are open on order %s", (long long)sqlite3_column_int64(rows, 1),
                text_of(rows, 0));
    answered(rows);
}

/* One look at the ledger, for all questions. */
static void run(const struct world *world, const char *sql)
{
    sqlite3_stmt *rows = ask(world, sql, NULL);
    next(rows);
    answered(rows);
}

void oracle_committed(struct world *world)
{
    run(world, "BEGIN");
    check_guards(world);
    check_orders(world);
    run(world, "COMMIT");
}

/* ---- when all is over ------------------------------------------------------------------------------------------- */

/* What the service's books have under one effect's name. */
struct booked {
    int accepted, moved; /* moved: of those, not failed in the end */
    const struct service_entry *entry;
};

struct effect {
    const char *key, *state, *subject, *spend;
    int64_t attempt, quantity, back, worth;
};

static bool is_attempt(const char *key, int64_t attempts, const char *correlation)
{
    for (int64_t attempt = 1; attempt <= attempts + SPARE_ATTEMPTS; attempt++) {
        char name[512], guid[TN_GUID_TEXT];
        snprintf(name, sizeof name, "%.480s/%lld", key, (long long)attempt);
        tn_id_fold(name);
        tn_guid_derive(guid, name);
        if (strcmp(guid, correlation) == 0)
            return true;
    }
    return false;
}

static struct booked books_of(const struct world *world, const char *key, int64_t attempts)
{
    struct booked booked = {0};
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person || !is_attempt(key, attempts, entry->correlation))
            continue;
        booked.accepted++;
        booked.moved += !entry->failed;
        booked.entry = entry;
    }
    return booked;
}

bool oracle_truth(const struct world *world, const char *key, int64_t attempt, enum tn_effect_state *state)
{
    struct booked booked = books_of(world, key, attempt);
    *state = booked.moved ? TN_EFFECT_SUCCEEDED : booked.accepted ? TN_EFFECT_FAILED : TN_EFFECT_APPROVED;
    return !booked.accepted || booked.entry->settled_ms <= world->now_ms;
}

/* A person did just what we wanted to do, or did something of the kind after ours had been accepted and before anybody
 * saw it fail: nobody can tell the difference. */
static bool done_by_person(const struct world *world, const struct effect *effect, const struct booked *booked)
{
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person && strstr(effect->subject, entry->reservation) &&
            (entry->quantity == effect->quantity ||
             (booked->accepted && entry->accepted_ms > booked->entry->accepted_ms)))
            return true;
    }
    return false;
}

static bool is(const struct effect *effect, const char *state)
{
    return strcmp(effect->state, state) == 0;
}

static void check_amounts(struct world *world, const struct effect *effect, const struct service_entry *entry)
{
    if (strcmp(effect->spend, "spent") != 0 || effect->back != entry->back_cents || effect->worth != entry->worth_cents)
        violate(world, BOOKS, "%.8s is %s with %lld back worth %lld (%s), the service paid %lld worth %lld",
                effect->key, effect->state, (long long)effect->back, (long long)effect->worth, effect->spend,
                (long long)entry->back_cents, (long long)entry->worth_cents);
}

/* A run that is over but for outcomes which need a person, or another look: what waits behind those, or for less to be
 * in flight, may still be asked for, and what was accepted and came to nothing unseen stays with them. */
static bool may_go_on(const struct world *world, const struct effect *effect, const struct booked *booked)
{
    if (is(effect, "accepted"))
        return booked->moved == 0;
    sqlite3_stmt *rows =
        ask(world,
            "SELECT 1 FROM effect AS own JOIN effect AS open ON open.run = own.run AND (open.customer = own.customer"
            " OR EXISTS (SELECT 1 FROM guard WHERE guard.run = own.run AND kind = 'in_flight'"
            " AND used_count >= cap_count))"
            " LEFT JOIN item ON item.run = own.run AND item.customer = own.customer AND item.step = own.step"
            " AND item.position = own.item AND item.pass = 1 WHERE own.key = ?1 AND own.state = 'approved'"
            " AND open.state IN ('unknown', 'accepted') AND coalesce(item.state, 'waiting') <> 'failed'",
            effect->key);
    bool waits = next(rows);
    answered(rows);
    return waits;
}

static void check_effect(struct world *world, const struct effect *effect)
{
    struct booked booked = books_of(world, effect->key, effect->attempt);
    bool never = is(effect, "planned") && effect->attempt == 0; /* the plan expired before anybody approved it */
    bool nothing = never || is(effect, "failed") || is(effect, "refused") || is(effect, "withdrawn");
    bool success = is(effect, "succeeded") || is(effect, "partial");
    tell(world, "%.8s of %.8s: %s at attempt %lld, %s; accepted %d, moved %d", effect->key,
         strstr(effect->subject, "/reservations/") + 14, effect->state, (long long)effect->attempt, effect->spend,
         booked.accepted, booked.moved);
    if (booked.accepted > 1)
        violate(world, TWICE, "%.8s was accepted %d times", effect->key, booked.accepted);
    if (!nothing && !success && !is(effect, "unknown") && !may_go_on(world, effect, &booked))
        violate(world, UNSETTLED, "%.8s is %s when all is over", effect->key, effect->state);
    if (nothing && booked.moved > 0)
        violate(world, UNLISTED, "%.8s is %s, and the service paid", effect->key, effect->state);
    if (nothing && strcmp(effect->spend, "") != 0 && strcmp(effect->spend, "released") != 0)
        violate(world, BOOKS, "%.8s is %s, and its money is %s", effect->key, effect->state, effect->spend);
    if (is(effect, "unknown") && strcmp(effect->spend, "held") != 0)
        violate(world, BOOKS, "%.8s is unknown, and its money is %s", effect->key, effect->spend);
    if (success && booked.moved == 0 && !done_by_person(world, effect, &booked))
        violate(world, UNLISTED, "%.8s is %s, and nobody paid", effect->key, effect->state);
    if (success && booked.moved == 1)
        check_amounts(world, effect, booked.entry);
}

static void check_effects(struct world *world)
{
    sqlite3_stmt *rows = ask(world,
                             "SELECT key, effect.state, subject, coalesce(spend.state, ''), attempt, quantity, back,"
                             " worth FROM effect LEFT JOIN spend ON spend.effect = key ORDER BY key",
                             NULL);
    while (next(rows)) {
        struct effect effect = {text_of(rows, 0),
                                text_of(rows, 1),
                                text_of(rows, 2),
                                text_of(rows, 3),
                                sqlite3_column_int64(rows, 4),
                                sqlite3_column_int64(rows, 5),
                                cents_of(rows, 6, "EUR"),
                                cents_of(rows, 7, "USD")};
        if (effect.back < 0)
            effect.back = cents_of(rows, 6, "USD");
        check_effect(world, &effect);
    }
    answered(rows);
}

/* Everything that we are booked for has an effect. */
static void check_entries(struct world *world)
{
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person)
            continue;
        bool found = false;
        sqlite3_stmt *rows = ask(world, "SELECT key, attempt FROM effect", NULL);
        while (!found && next(rows))
            found = is_attempt(text_of(rows, 0), sqlite3_column_int64(rows, 1), entry->correlation);
        answered(rows);
        if (!found)
            violate(world, UNLISTED, "the service accepted %s, which no effect knows", entry->correlation);
    }
}

/* The ledger's own story, for whoever looks into a violation. */
static void print_events(struct world *world)
{
    sqlite3_stmt *rows = ask(world, "SELECT at, kind, coalesce(effect, ''), body FROM event ORDER BY seq", NULL);
    while (next(rows))
        fprintf(stderr, "%10lld ms ledger: %s %.8s %s\n", (long long)(sqlite3_column_int64(rows, 0) - WALL_START_MS),
                text_of(rows, 1), text_of(rows, 2), text_of(rows, 3));
    answered(rows);
    rows = ask(world, "SELECT id, apply_state, apply_code, apply_message FROM customer", NULL);
    while (next(rows))
        fprintf(stderr, "customer %.8s: %s %s %s\n", text_of(rows, 0), text_of(rows, 1), text_of(rows, 2),
                text_of(rows, 3));
    answered(rows);
    rows = ask(world, "SELECT customer, position, state, code, detail FROM item WHERE pass = 1", NULL);
    while (next(rows))
        fprintf(stderr, "item %.8s %s: %s %s %s\n", text_of(rows, 0), text_of(rows, 1), text_of(rows, 2),
                text_of(rows, 3), text_of(rows, 4));
    answered(rows);
}

void oracle_over(struct world *world)
{
    if (world->verbose)
        print_events(world);
    oracle_committed(world);
    check_effects(world);
    check_entries(world);
}
