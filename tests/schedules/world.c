/* The world's time and chance: see world.h. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* It is on no disk, and the same wherever and whenever a seed is played: its length decides what fits on a page. */
#define LEDGER "/nowhere/but/in/memory/schedules/ledger.db"

const char *const violation_names[VIOLATIONS + 1] = {
    [TWICE] = "twice", [NO_PERMIT] = "no-permit", [UNLISTED] = "unlisted", [UNSETTLED] = "unsettled", [GUARD] = "guard",
    [BOOKS] = "books", [ORDER] = "order",         [CHAIN] = "chain",       [BLAMED] = "blamed",       [STUCK] = "stuck",
};

/* ---- chance: splitmix64 ----------------------------------------------------------------------------------------- */

uint64_t chance_next(struct chance *chance)
{
    uint64_t z = chance->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t chance_below(struct chance *chance, int64_t limit)
{
    return limit > 0 ? (int64_t)(chance_next(chance) % (uint64_t)limit) : 0;
}

int64_t chance_between(struct chance *chance, int64_t least, int64_t most)
{
    return least + chance_below(chance, most - least + 1);
}

bool chance_hits(struct chance *chance, int per_mille)
{
    return chance_below(chance, 1000) < per_mille;
}

void chance_guid(struct chance *chance, char guid[37])
{
    uint64_t a = chance_next(chance), b = chance_next(chance);
    snprintf(guid, 37, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
             (unsigned)a & 0xfff, (unsigned)(b >> 52), (unsigned long long)(b & 0xffffffffffffu));
}

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

static int64_t true_ms(void *arg)
{
    return ((const struct world *)arg)->now_ms;
}

static int64_t machine_boottime_ms(void *arg)
{
    const struct world *world = arg;
    return world->now_ms - world->booted_ms;
}

static int64_t machine_monotonic_ms(void *arg)
{
    const struct world *world = arg;
    return machine_boottime_ms(arg) - (world->counts_sleep ? 0 : world->asleep_ms);
}

static int64_t true_wall_ms(void *arg)
{
    return WALL_START_MS + true_ms(arg);
}

static int64_t machine_wall_ms(void *arg)
{
    return true_wall_ms(arg) + ((const struct world *)arg)->wall_skew_ms;
}

void world_reboot(struct world *world)
{
    world->booted_ms = world->now_ms - chance_between(&world->chance, 5000, 60000);
    world->asleep_ms = 0;
    chance_guid(&world->chance, world->boot_id);
}

void world_sleep(struct world *world)
{
    int64_t ms = chance_between(&world->chance, 1000, chance_hits(&world->chance, 500) ? 600000 : 1200000);
    tell(world, "the machine sleeps for %lld s", (long long)ms / 1000);
    world->now_ms += ms;
    world->asleep_ms += ms;
}

void world_init(struct world *world, uint64_t seed)
{
    *world = (struct world){.seed = seed, .chance = {seed}, .trace = 0xcbf29ce484222325u};
    world->clock = (struct tn_clock){true_ms, true_ms, true_wall_ms, world};
    world->machine = (struct tn_clock){machine_monotonic_ms, machine_boottime_ms, machine_wall_ms, world};
    snprintf(world->ledger, sizeof world->ledger, "%s", LEDGER);
    world->booted_ms = -chance_between(&world->chance, 60000, 1000000000);
    chance_guid(&world->chance, world->boot_id);
    tn_loop_new(&world->clock, &world->loop, NULL);
}

void world_deinit(struct world *world)
{
    tn_loop_free(world->loop);
    world->loop = NULL;
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

static void say(struct world *world, const char *kind, const char *text)
{
    for (const char *at = text; *at; at++)
        world->trace = (world->trace ^ (unsigned char)*at) * 0x100000001b3u;
    world->trace ^= (uint64_t)world->now_ms;
    if (world->verbose)
        fprintf(stderr, "%10lld ms %s%s\n", (long long)world->now_ms, kind, text);
}

void tell(struct world *world, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say(world, "", text);
}

void violate(struct world *world, enum violation kind, const char *fmt, ...)
{
    char text[1024], title[64];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(title, sizeof title, "VIOLATION (%s): ", violation_names[kind]);
    world->violations[kind]++;
    say(world, title, text);
}
