/* What must hold at every commit, guards and locks: see oracle.h. */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "oracle_shares.h"
#include "reader.h"

#define MOST_GUARDS 24

/* Of one run, or of each customer of it. */
struct guard {
    char run[48], operation[16], kind[16], currency[4];
    bool per_customer;
    int64_t cap, used;
    int64_t sum, one, most; /* added up anew: all, the customer at hand, the most of one */
};

struct guards {
    struct guard list[MOST_GUARDS];
    size_t count;
};

static void copy(char *into, size_t size, sqlite3_stmt *rows, int column)
{
    const char *text = reader_text(rows, column);
    if (strlen(text) >= size)
        abort();
    memcpy(into, text, strlen(text) + 1);
}

static void load(const struct world *world, struct guards *guards)
{
    sqlite3_stmt *rows = reader_ask(world,
                                    "SELECT run, kind, currency, per_customer, cap, used, cap_count, used_count,"
                                    " operation"
                                    " FROM guard WHERE kind IN ('count', 'back', 'worth')",
                                    NULL);
    for (guards->count = 0; reader_next(rows); guards->count++) {
        if (guards->count == MOST_GUARDS)
            abort();
        struct guard *guard = &guards->list[guards->count];
        *guard = (struct guard){.per_customer = reader_int(rows, 3)};
        copy(guard->run, sizeof guard->run, rows, 0);
        copy(guard->operation, sizeof guard->operation, rows, 8);
        copy(guard->kind, sizeof guard->kind, rows, 1);
        copy(guard->currency, sizeof guard->currency, rows, 2);
        bool count = strcmp(guard->kind, "count") == 0;
        guard->cap = count ? reader_int(rows, 6) : reader_cents(rows, 4, guard->currency);
        guard->used = count ? reader_int(rows, 7) : reader_cents(rows, 5, guard->currency);
    }
    reader_done(rows);
}

/* What the effect of a row counts against a guard. */
static int64_t weight_of(sqlite3_stmt *rows, const struct guard *guard)
{
    if (strcmp(guard->kind, "count") == 0)
        return 1;
    int64_t cents = reader_cents(rows, strcmp(guard->kind, "back") == 0 ? 2 : 3, guard->currency);
    return cents > 0 ? cents : 0;
}

/* What is held and spent, in one go for all of them. */
static void add_up(const struct world *world, struct guards *guards)
{
    char customer[80] = "";
    sqlite3_stmt *rows =
        reader_ask(world,
                   "SELECT spend.run, customer, spend.back, spend.worth, spend.operation FROM spend JOIN effect"
                   " ON key = spend.effect WHERE spend.state <> 'released' ORDER BY customer",
                   NULL);
    while (reader_next(rows)) {
        bool another = strcmp(customer, reader_text(rows, 1)) != 0;
        copy(customer, sizeof customer, rows, 1);
        for (size_t i = 0; i < guards->count; i++) {
            struct guard *guard = &guards->list[i];
            bool ours =
                strcmp(guard->run, reader_text(rows, 0)) == 0 && strcmp(guard->operation, reader_text(rows, 4)) == 0;
            int64_t weight = ours ? weight_of(rows, guard) : 0;
            guard->sum += weight;
            guard->one = another ? weight : guard->one + weight;
            guard->most = guard->one > guard->most ? guard->one : guard->most;
        }
    }
    reader_done(rows);
}

static void check_guard(struct world *world, const struct guard *guard)
{
    int64_t sum = guard->per_customer ? guard->most : guard->sum;
    if (sum > guard->cap)
        violate(world, GUARD, "run %s: %lld held and spent, %s%s %lld allowed", guard->run, (long long)sum, guard->kind,
                guard->per_customer ? " per customer" : "", (long long)guard->cap);
    if (!guard->per_customer && guard->used != sum && !(guard->used < 0 && sum == 0))
        violate(world, GUARD, "run %s: the guard %s says %lld, its effects %lld", guard->run, guard->kind,
                (long long)guard->used, (long long)sum);
}

static void check_orders(struct world *world)
{
    sqlite3_stmt *rows =
        reader_ask(world,
                   "SELECT orders, count(*) FROM effect WHERE state IN ('intended', 'accepted', 'unknown')"
                   " GROUP BY orders HAVING count(*) > 1",
                   NULL);
    while (reader_next(rows))
        violate(world, ORDER, "%lld effects are open on order %s", (long long)reader_int(rows, 1),
                reader_text(rows, 0));
    reader_done(rows);
}

/* One look at the ledger, for all questions. */
void oracle_committed(struct world *world, const char *run)
{
    struct guards guards;
    reader_has(world, "BEGIN", NULL);
    load(world, &guards);
    add_up(world, &guards);
    for (size_t i = 0; i < guards.count; i++)
        check_guard(world, &guards.list[i]);
    check_orders(world);
    if (run)
        oracle_check_shares(world, run);
    reader_has(world, "COMMIT", NULL);
}
