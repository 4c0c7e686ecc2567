/*
 * How much may go wrong in a run: once the share of customers that failed, or could not be reached, of those that have
 * ended is over what the workflow allows, nothing new begins in that run, whoever goes on with it. See oracle.h.
 *
 * What was asked for before anybody could know still goes out: the process sees the end of a customer one or two steps
 * after it was written down.
 */
#include "oracle_shares.h"

#include <stdio.h>
#include <string.h>

#include "reader.h"

#define STEPS_UNTIL_KNOWN 2

/* Customers of the apply pass. */
struct ends {
    int64_t all, failed, unreachable;
};

static struct ends count_ends(const struct world *world, const char *run)
{
    struct ends ends = {0};
    sqlite3_stmt *rows =
        reader_ask(world,
                   "SELECT apply_state, EXISTS (SELECT 1 FROM item WHERE item.run = customer.run"
                   " AND item.customer = customer.id AND item.pass = 1 AND item.state = 'failed') FROM customer"
                   " WHERE run = ?1 AND apply_state IN ('done', 'skipped', 'failed', 'unreachable')",
                   run);
    for (; reader_next(rows); ends.all++) {
        ends.unreachable += strcmp(reader_text(rows, 0), "unreachable") == 0;
        ends.failed += strcmp(reader_text(rows, 0), "failed") == 0 || reader_int(rows, 1);
    }
    reader_done(rows);
    return ends;
}

/* Whether a guard of the run is reached now; few have any. */
static bool any_reached(const struct world *world, const char *run, struct ends *ends)
{
    bool reached = false, counted = false;
    sqlite3_stmt *rows = reader_ask(world,
                                    "SELECT kind, share, of_at_least FROM guard WHERE run = ?1"
                                    " AND kind IN ('failures', 'unreachable')",
                                    run);
    for (; reader_next(rows); counted = true) {
        if (!counted)
            *ends = count_ends(world, run);
        int64_t bad = strcmp(reader_text(rows, 0), "failures") == 0 ? ends->failed : ends->unreachable;
        reached = reached || (ends->all >= reader_int(rows, 2) && bad * 1000000 > reader_int(rows, 1) * ends->all);
    }
    reader_done(rows);
    return reached;
}

/* What was begun before may be asked for again, to settle. */
static int64_t count_begun(const struct world *world, const char *run)
{
    sqlite3_stmt *rows = reader_ask(world, "SELECT count(*) FROM effect WHERE run = ?1 AND attempt > 0", run);
    int64_t begun = reader_next(rows) ? reader_int(rows, 0) : 0;
    reader_done(rows);
    return begun;
}

static struct reached *find(struct world *world, const char *run)
{
    struct reached *reached = world->reached;
    while (reached->run[0] && strcmp(reached->run, run) != 0)
        reached++;
    return reached;
}

void oracle_check_shares(struct world *world, const char *run)
{
    struct reached *reached = find(world, run);
    if (!reached->run[0]) {
        struct ends ends;
        if (!any_reached(world, run, &ends))
            return;
        tell(world, "run %s reaches a guard: %lld customers ended, %lld failed, %lld unreachable", run,
             (long long)ends.all, (long long)ends.failed, (long long)ends.unreachable);
        snprintf(reached->run, sizeof reached->run, "%s", run);
    }
    int64_t begun = count_begun(world, run);
    if (reached->steps++ > STEPS_UNTIL_KNOWN && begun > reached->begun)
        violate(world, GUARD, "run %s: %lld effects begin after its share was reached", run,
                (long long)(begun - reached->begun));
    reached->begun = begun;
}
