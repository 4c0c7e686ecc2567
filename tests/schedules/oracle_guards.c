/* What must hold at every commit, guards and locks: see oracle.h. */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "oracle_shares.h"
#include "reader.h"
#include "storage.h"

#define MOST_GUARDS 48
#define MOST_OPEN 64

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

/* How many effects are open on an order. */
struct open_orders {
    struct {
        char order[40];
        int effects;
    } list[MOST_OPEN];
    size_t count;
};

static void copy(char *into, size_t size, sqlite3_stmt *rows, int column)
{
    const char *text = reader_text(rows, column);
    if (strlen(text) >= size)
        abort();
    memcpy(into, text, strlen(text) + 1);
}

/* Asked here: for a list of words SQLite makes a table of its own each time. */
static bool is_any(const char *word, const char *const words[])
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words;
}

static void load(const struct world *world, struct guards *guards)
{
    sqlite3_stmt *rows = reader_ask(world,
                                    "SELECT run, kind, currency, per_customer, cap, used, cap_count, used_count,"
                                    " operation FROM guard",
                                    NULL);
    guards->count = 0;
    while (reader_next(rows)) {
        if (!is_any(reader_text(rows, 1), (const char *[]){"count", "back", "pay", "worth", NULL}))
            continue;
        if (guards->count == MOST_GUARDS)
            abort();
        struct guard *guard = &guards->list[guards->count++];
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
    int column = strcmp(guard->kind, "back") == 0 ? 2 : strcmp(guard->kind, "pay") == 0 ? 9 : 3;
    int64_t cents = reader_cents(rows, column, guard->currency);
    return cents > 0 ? cents : 0;
}

/* What the effect of a row adds to every guard of its run. */
static void add(struct guards *guards, sqlite3_stmt *rows)
{
    for (size_t i = 0; i < guards->count; i++) {
        struct guard *guard = &guards->list[i];
        bool ours =
            strcmp(guard->run, reader_text(rows, 0)) == 0 && strcmp(guard->operation, reader_text(rows, 4)) == 0;
        int64_t weight = ours ? weight_of(rows, guard) : 0;
        guard->sum += weight;
        guard->one += weight;
        guard->most = guard->one > guard->most ? guard->one : guard->most;
    }
}

static void note_order(struct open_orders *open, const char *order, size_t len)
{
    size_t i = 0;
    while (i < open->count && (strlen(open->list[i].order) != len || memcmp(open->list[i].order, order, len) != 0))
        i++;
    if (i == MOST_OPEN || len >= sizeof open->list->order)
        abort();
    if (i == open->count) {
        memcpy(open->list[i].order, order, len);
        open->list[i].order[len] = '\0';
        open->list[i].effects = 0;
        open->count++;
    }
    open->list[i].effects++;
}

/* All orders of the effect of a row: ["ID", …] */
static void note_open(struct open_orders *open, const char *orders)
{
    for (const char *at = strchr(orders, '"'); at; at = strchr(at, '"')) {
        size_t len = strcspn(++at, "\"");
        note_order(open, at, len);
        at += len + 1;
    }
}

/* What is held and spent, and what is open, in one go for all of them: customer by customer, as the ledger's own index has
 * them. */
static void add_up(struct world *world, struct guards *guards, struct open_orders *open)
{
    char run[48] = "", customer[80] = "";
    open->count = 0;
    sqlite3_stmt *rows =
        reader_ask(world,
                   "SELECT spend.run, spend.state, spend.back, spend.worth, spend.operation, effect.state, orders,"
                   " effect.run, customer, spend.pay, key,"
                   " spend.state = 'released' OR (planned_back IS NOT NULL AND spend.back IS NULL)"
                   " OR (planned_pay IS NOT NULL AND spend.pay IS NULL)"
                   " OR (planned_worth IS NOT NULL AND spend.worth IS NULL)"
                   " FROM effect LEFT JOIN spend ON spend.effect = key ORDER BY effect.run, customer",
                   NULL);
    while (reader_next(rows)) {
        bool another = strcmp(customer, reader_text(rows, 8)) != 0 || strcmp(run, reader_text(rows, 7)) != 0;
        copy(run, sizeof run, rows, 7);
        copy(customer, sizeof customer, rows, 8);
        for (size_t i = 0; i < guards->count && another; i++)
            guards->list[i].one = 0;
        const char *spend = reader_text(rows, 1); /* "": it has none */
        if (*spend && strcmp(spend, "released") != 0)
            add(guards, rows);
        if (!is_any(reader_text(rows, 5), (const char *[]){"intended", "accepted", "unknown", NULL}))
            continue;
        note_open(open, reader_text(rows, 6));
        if (reader_int(rows, 11))
            violate(world, GUARD, "%.8s is %s, and not all of its money is held", reader_text(rows, 10),
                    reader_text(rows, 5));
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

static void check_orders(struct world *world, const struct open_orders *open)
{
    for (size_t i = 0; i < open->count; i++) {
        if (open->list[i].effects > 1)
            violate(world, ORDER, "%d effects are open on order %s", open->list[i].effects, open->list[i].order);
    }
}

/* What must hold whatever happened before. */
static void check_money(struct world *world)
{
    struct guards guards;
    struct open_orders open;
    load(world, &guards);
    add_up(world, &guards, &open);
    for (size_t i = 0; i < guards.count; i++)
        check_guard(world, &guards.list[i]);
    check_orders(world, &open);
}

/* One look at the ledger, for all questions. Where nothing was written since the latest, the answers are the same. */
void oracle_committed(struct world *world, const char *run)
{
    uint64_t version = storage_version();
    reader_has(world, "BEGIN", NULL);
    if (world->looked_at != version)
        check_money(world);
    world->looked_at = version;
    if (run)
        oracle_check_shares(world, run);
    reader_has(world, "COMMIT", NULL);
}
