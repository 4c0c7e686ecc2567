/*
 * A small world in which nothing happens twice differently: one seed, one time, one network, one machine, one disk.
 *
 * Around the real engine (runs, calls, ledger, scripts) everything that could differ from one time to the next is made
 * here: the clocks stand still until nothing is left to do, the network is a list of flights, the service is a model
 * with exact books, the disk is bytes in memory, and all chance comes from the seed.
 *
 *   schedule.c ─┬▶ process.c  the real engine: loop, client, engine, ledger, run; can be killed anywhere
 *               ├▶ wire.c     a transport that loses, tears, delays             ─▶ service.c  the worst Azure we allow
 *               ├▶ disk.c     writes that fail, processes that end in the middle, power that goes
 *               └▶ oracle.c   what must hold at every commit, at every request, and at the end
 */
#ifndef TESTS_SCHEDULES_WORLD_H
#define TESTS_SCHEDULES_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "loop/loop.h"

struct service;

/* ---- chance ----------------------------------------------------------------------------------------------------- */

struct chance {
    uint64_t state;
};
uint64_t chance_next(struct chance *chance);
int64_t chance_below(struct chance *chance, int64_t limit);                 /* 0 to limit - 1 */
int64_t chance_between(struct chance *chance, int64_t least, int64_t most); /* both included */
bool chance_hits(struct chance *chance, int per_mille);
void chance_guid(struct chance *chance, char guid[37]);

/* ---- what can be violated --------------------------------------------------------------------------------------- */

enum violation {
    TWICE,     /* G1: an effect's key was accepted more than once */
    NO_PERMIT, /* a request left without a durable intent of its own, or too late after it */
    UNLISTED,  /* G2: the service accepted what the ledger does not know of, or takes for not done */
    UNSETTLED, /* G2: an effect is in the middle of things when all is over */
    GUARD,     /* G3: held + spent is over a cap, or not what the effects add up to */
    BOOKS,     /* G3: ledger and service differ in an amount */
    ORDER,     /* two effects open on one order */
    CHAIN,     /* G4: the audit finds something */
    BLAMED,    /* somebody failed, or counts as unreachable, for a service that nobody could reach */
    STUCK,     /* it does not come to an end, or the engine says what it must not */
    VIOLATIONS,
};
extern const char *const violation_names[VIOLATIONS + 1]; /* ends with NULL */

/* ---- the world -------------------------------------------------------------------------------------------------- */

/* What goes wrong, in so many of a thousand. */
struct weather {
    int reads, sends, disk;
    int64_t stale_ms; /* reads may be so old */
};

/* A run in which too much went wrong; run "": none. */
struct reached {
    char run[48];
    int steps;     /* of whoever works on it, since */
    int64_t begun; /* effects, at the latest of them */
};

#define RUNS 2

struct world {
    uint64_t seed;
    struct chance chance;
    bool verbose;
    unsigned without; /* features that are left out, as bits; see schedule.h */
    int64_t now_ms;   /* true time, since the schedule began */
    /* the machine */
    int64_t booted_ms, asleep_ms; /* when its present boot began; how long it has slept since */
    int64_t wall_skew_ms;
    bool may_sleep;    /* bytes that have not left yet are common, so that it sleeps over some */
    bool counts_sleep; /* its monotonic clock goes on meanwhile */
    bool power_may_fail;
    char boot_id[37];
    struct tn_loop *loop; /* the network's */
    struct tn_clock clock, machine;
    struct service *service;
    struct weather weather;
    int64_t quiet_ms;
    int64_t out_until_ms; /* until then nobody can reach the service */
    unsigned lost;        /* passes that gave it up */
    int sending;          /* effects that have left and have not arrived */
    char ledger[128];
    unsigned violations[VIOLATIONS];
    struct reached reached[RUNS + 1];
    uint64_t looked_at; /* what was stored at the oracle's latest look: its version */
    uint64_t trace;     /* a digest of what was said: two runs of one seed must agree */
    uint64_t steps;
};

#define WALL_START_MS INT64_C(1767225600000) /* 2026-01-01 */

void world_init(struct world *world, uint64_t seed);
void world_deinit(struct world *world);
void world_reboot(struct world *world); /* another boot id, and its clocks begin anew */
void world_sleep(struct world *world);  /* for a while; what is on its way leaves or arrives when it has woken */

/* One line of the story, told when verbose. */
void tell(struct world *world, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void violate(struct world *world, enum violation kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
