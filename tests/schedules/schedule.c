/* One schedule: see schedule.h. */
#include "schedule.h"

#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "oracle.h"
#include "process.h"
#include "reader.h"
#include "service.h"

#define QUIET_MS (5 * 60 * 1000) /* the least that is allowed outside loopback */
#define MOST_STEPS 60000         /* of one phase */
#define SLOTS 2

const char *const feature_names[FEATURES + 1] = {"crash",  "power",   "disk",   "two",       "runs",    "person",
                                                 "clock",  "sleep",   "stop",   "interrupt", "weather", "outage",
                                                 "manual", "no-wait", "settle", "trouble",   NULL};

/* A place where one process after another is started. */
struct slot {
    struct process *process;
    int run, lives;
    int64_t start_at_ms;
};

struct schedule {
    struct world world;
    const struct schedule_options *options;
    const struct tn_workflow *workflow;
    bool has[FEATURES];
    int persons, jumps, sleeps, stops, interrupts, outages; /* how many may still come */
    int64_t concurrency;
    struct slot slots[SLOTS];
    int slot_count;
    char runs[RUNS][48];
    int run_count;
    unsigned lives;
    bool calm, no_power;
};

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static void draw_features(struct schedule *schedule)
{
    static const int per_mille[FEATURES] = {
        [FEATURE_CRASH] = 800,  [FEATURE_POWER] = 200,     [FEATURE_DISK] = 150,    [FEATURE_TWO] = 200,
        [FEATURE_RUNS] = 200,   [FEATURE_PERSON] = 200,    [FEATURE_CLOCK] = 150,   [FEATURE_SLEEP] = 200,
        [FEATURE_STOP] = 150,   [FEATURE_INTERRUPT] = 100, [FEATURE_WEATHER] = 850, [FEATURE_OUTAGE] = 150,
        [FEATURE_MANUAL] = 100, [FEATURE_NO_WAIT] = 200,   [FEATURE_SETTLE] = 200,  [FEATURE_TROUBLE] = 200,
    };
    for (int i = 0; i < FEATURES; i++) {
        bool drawn = chance_hits(&schedule->world.chance, per_mille[i]);
        drawn = drawn || (i == FEATURE_SLEEP && schedule->options->counts_sleep); /* or nothing comes of it */
        schedule->has[i] = drawn && !(schedule->options->without & 1u << i);
    }
    schedule->world.may_sleep = schedule->has[FEATURE_SLEEP];
    schedule->world.power_may_fail = schedule->has[FEATURE_POWER];
    schedule->persons = schedule->has[FEATURE_PERSON] ? 3 : 0;
    schedule->jumps = schedule->has[FEATURE_CLOCK] ? 3 : 0;
    schedule->sleeps = schedule->has[FEATURE_SLEEP] ? 2 : 0;
    schedule->stops = schedule->has[FEATURE_STOP] ? 2 : 0;
    schedule->interrupts = schedule->has[FEATURE_INTERRUPT] ? 2 : 0;
    schedule->outages = schedule->has[FEATURE_OUTAGE] ? 2 : 0;
}

static void draw_weather(struct schedule *schedule)
{
    static const int sends[] = {50, 150, 300, 600}, reads[] = {0, 10, 40, 100};
    struct chance *chance = &schedule->world.chance;
    struct weather weather = {.sends = sends[chance_below(chance, 4)],
                              .reads = reads[chance_below(chance, 4)],
                              .stale_ms = chance_between(chance, 0, 30000)};
    if (schedule->has[FEATURE_WEATHER])
        schedule->world.weather = weather;
    if (schedule->has[FEATURE_DISK])
        schedule->world.weather.disk = (int)chance_between(chance, 5, 60);
}

static void draw_service(struct schedule *schedule)
{
    struct chance *chance = &schedule->world.chance;
    const struct service_plan plan = {.customers =
                                          (int)chance_between(chance, 1, 4) + (schedule->has[FEATURE_TROUBLE] ? 2 : 0),
                                      .orders_per_customer = (int)chance_between(chance, 1, 2),
                                      .strict = chance_hits(chance, 300),
                                      .repeats_sessions = chance_hits(chance, 500),
                                      .slow_names = chance_hits(chance, 500),
                                      .refuses_same = chance_hits(chance, 500),
                                      .trouble_per_mille = 250,
                                      .fails_per_mille = chance_hits(chance, 300) ? 150 : 0,
                                      .partly_per_mille = chance_hits(chance, 500) ? 300 : 0};
    schedule->world.service = service_new(&schedule->world, &plan);
}

/* Where much goes wrong it is mostly guarded against. */
static int draw_workflow(struct schedule *schedule)
{
    struct chance *chance = &schedule->world.chance;
    int any = (int)chance_below(chance, WORKFLOWS);
    return chance_hits(chance, 700) && schedule->has[FEATURE_TROUBLE] ? GUARDED_WORKFLOW : any;
}

static struct process_plan draw_process(struct schedule *schedule)
{
    static const int64_t passed[CRASHES] = {
        [CRASH_STEP] = 250, [CRASH_WRITE] = 250, [CRASH_SYNC] = 60,  [CRASH_SYNCED] = 60,
        [CRASH_SEND] = 4,   [CRASH_SENT] = 4,    [CRASH_ANSWER] = 4,
    };
    struct chance *chance = &schedule->world.chance;
    struct process_plan plan = {
        .number = (int)++schedule->lives, .workflow = schedule->workflow, .concurrency = schedule->concurrency};
    plan.manual = schedule->has[FEATURE_MANUAL];
    plan.no_wait = schedule->has[FEATURE_NO_WAIT] && !schedule->calm && chance_hits(chance, 400);
    if (schedule->calm || !schedule->has[FEATURE_CRASH])
        return plan;
    plan.crash = (enum crash)chance_between(chance, 1, CRASHES - 1);
    plan.after = chance_below(chance, passed[plan.crash]);
    return plan;
}

static int64_t draw_pause_ms(struct chance *chance)
{
    static const int64_t most[] = {0, 0, 2000, 60000, 400000, 1200000, 3600000};
    return chance_between(chance, 0, most[chance_below(chance, sizeof most / sizeof *most)]);
}

static bool comes(struct schedule *schedule, int *left, int per_mille)
{
    if (*left <= 0 || schedule->calm || !chance_hits(&schedule->world.chance, per_mille))
        return false;
    (*left)--;
    return true;
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

/* Sometimes the last one to let go of the ledger, as in life. */
static void close_process(struct schedule *schedule, struct slot *slot)
{
    if (process_is_dead(slot->process) || chance_hits(&schedule->world.chance, 300))
        reader_close();
    process_close(slot->process);
    slot->process = NULL;
}

static void reboot(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    for (int i = 0; i < schedule->slot_count; i++) {
        struct slot *slot = &schedule->slots[i];
        if (!slot->process)
            continue;
        process_kill(slot->process);
        close_process(schedule, slot);
        slot->start_at_ms = world->now_ms + draw_pause_ms(&world->chance);
    }
    reader_close();
    disk_lose_power(world);
    world_reboot(world);
}

static void bury(struct schedule *schedule, struct slot *slot)
{
    struct world *world = &schedule->world;
    close_process(schedule, slot);
    if (schedule->has[FEATURE_POWER] && !schedule->calm && chance_hits(&world->chance, 400))
        reboot(schedule);
    else if (world->sending && comes(schedule, &schedule->sleeps, 500))
        world_sleep(world); /* over what it sent and the kernel still has */
    slot->start_at_ms = world->now_ms + draw_pause_ms(&world->chance);
}

static void start_process(struct schedule *schedule, struct slot *slot)
{
    struct world *world = &schedule->world;
    struct tn_err err = {0};
    struct process_plan plan = draw_process(schedule);
    slot->lives--;
    tell(world, "process %d starts on run %d, to end %s (%lld)", plan.number, slot->run, crash_names[plan.crash],
         (long long)plan.after);
    slot->process = process_open(world, &plan, &err);
    if (slot->process && schedule->has[FEATURE_SETTLE] && !world->sending && chance_hits(&world->chance, 300))
        process_settle(slot->process, schedule->runs[slot->run]);
    else if (slot->process)
        process_apply(slot->process, schedule->runs[slot->run]);
    else
        slot->start_at_ms = world->now_ms + draw_pause_ms(&world->chance);
}

/* What has ended goes. True: something did. */
static bool end_processes(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    bool ended = false;
    for (int i = 0; i < schedule->slot_count; i++) {
        struct slot *slot = &schedule->slots[i];
        const struct tn_err *err;
        if (!slot->process)
            continue;
        if (process_is_dead(slot->process)) {
            bury(schedule, slot);
            ended = true;
        } else if (process_over(slot->process, &err)) {
            tell(world, "process %d is through: %s", process_number(slot->process), err->code ? err->msg : "all well");
            if (err->code == TENURE_EINTERNAL)
                violate(world, STUCK, "the engine says: %s", err->msg);
            if ((err->code == 0 && oracle_run_over(world, schedule->runs[slot->run])) || process_is_too_late(err))
                slot->lives = 0;
            close_process(schedule, slot);
            slot->start_at_ms = world->now_ms + draw_pause_ms(&world->chance);
            ended = true;
        }
    }
    return ended;
}

/* ---- what comes from outside ------------------------------------------------------------------------------------ */

static void jump(struct world *world)
{
    static const int64_t days[] = {1, -1, 365, -365};
    int64_t by_ms = days[chance_below(&world->chance, 4)] * 86400000;
    world->wall_skew_ms += by_ms;
    tell(world, "the wall clock jumps by %lld days", (long long)(by_ms / 86400000));
}

/* From minutes, which reads outlast, to longer than they are tried. */
static void break_off(struct world *world)
{
    int64_t ms = chance_between(&world->chance, 60000, chance_hits(&world->chance, 300) ? 400000 : 1800000);
    tell(world, "nobody can reach the service for %lld s", (long long)ms / 1000);
    world->out_until_ms = world->now_ms + ms;
}

static void happen(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    struct slot *slot = &schedule->slots[chance_below(&world->chance, schedule->slot_count)];
    if (comes(schedule, &schedule->persons, 8))
        service_person(world->service);
    if (comes(schedule, &schedule->jumps, 8))
        jump(world);
    if (comes(schedule, &schedule->outages, world->sending ? 60 : 6))
        break_off(world);
    if (comes(schedule, &schedule->sleeps, world->sending ? 200 : 4))
        world_sleep(world);
    if (slot->process && comes(schedule, &schedule->stops, 8))
        process_stop(slot->process, world->now_ms + chance_between(&world->chance, 1000, 900000));
    if (slot->process && comes(schedule, &schedule->interrupts, 4)) {
        tell(world, "process %d is interrupted", process_number(slot->process));
        process_interrupt(slot->process);
    }
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static int sooner(int a, int b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

/* The network and every process that could go on now; *wait_ms is how long nobody can. */
static int find_ready(struct schedule *schedule, int ready[SLOTS + 1], int *wait_ms)
{
    struct world *world = &schedule->world;
    int count = 0;
    *wait_ms = tn_loop_timeout_ms(world->loop);
    if (*wait_ms == 0)
        ready[count++] = SLOTS;
    for (int i = 0; i < schedule->slot_count; i++) {
        struct slot *slot = &schedule->slots[i];
        int wait = -1;
        if (slot->process)
            wait = process_wait_ms(slot->process);
        else if (slot->lives > 0)
            wait = slot->start_at_ms > world->now_ms ? (int)(slot->start_at_ms - world->now_ms) : 0;
        if (wait == 0)
            ready[count++] = i;
        *wait_ms = sooner(*wait_ms, wait);
    }
    return count;
}

/* One thing happens, or time passes. False: nothing will ever happen any more. */
static bool go_on(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    int ready[SLOTS + 1], wait_ms;
    int count = find_ready(schedule, ready, &wait_ms);
    world->steps++;
    if (count == 0 && wait_ms < 0)
        return false;
    if (count == 0) {
        world->now_ms += wait_ms;
        return true;
    }
    int chosen = ready[chance_below(&world->chance, count)];
    if (chosen == SLOTS)
        tn_loop_step(world->loop, 0);
    else if (schedule->slots[chosen].process)
        process_step(schedule->slots[chosen].process);
    else
        start_process(schedule, &schedule->slots[chosen]);
    return true;
}

static bool anybody_left(const struct schedule *schedule)
{
    for (int i = 0; i < schedule->slot_count; i++) {
        if (schedule->slots[i].process || schedule->slots[i].lives > 0)
            return true;
    }
    return false;
}

/* Until all processes have ended and none is to be started again. */
static void play(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    for (int steps = 0; anybody_left(schedule); steps++) {
        if (steps == MOST_STEPS || !go_on(schedule)) {
            violate(world, STUCK, "%s",
                    steps == MOST_STEPS ? "it does not come to an end" : "nothing happens any more");
            break;
        }
        if (!end_processes(schedule))
            happen(schedule);
    }
    for (int i = 0; i < schedule->slot_count; i++) {
        if (schedule->slots[i].process)
            close_process(schedule, &schedule->slots[i]);
        schedule->slots[i].lives = 0;
    }
}

/* ---- the acts --------------------------------------------------------------------------------------------------- */

/* One process in good weather, until it has ended. */
static void play_alone(struct schedule *schedule, struct process *process)
{
    const struct tn_err *err;
    schedule->slots[0] = (struct slot){.process = process};
    schedule->slot_count = 1;
    for (int steps = 0; !process_over(process, &err); steps++) {
        if (steps == MOST_STEPS || !go_on(schedule)) {
            violate(&schedule->world, STUCK, "alone, and it does not come to an end");
            return;
        }
    }
}

static void make_plan(struct schedule *schedule)
{
    struct tn_err err = {0};
    const struct tn_err *outcome;
    struct process_plan plan = draw_process(schedule);
    struct process *process = process_open(&schedule->world, &plan, &err);
    if (!process) {
        violate(&schedule->world, STUCK, "no ledger: %s", err.msg);
        return;
    }
    process_plan(process);
    play_alone(schedule, process);
    if (process_over(process, &outcome) && outcome->code < 0)
        violate(&schedule->world, STUCK, "no plan: %s", outcome->msg);
    snprintf(schedule->runs[schedule->run_count++], sizeof schedule->runs[0], "%s", process_run(process));
    close_process(schedule, &schedule->slots[0]);
}

static void act_one_plan(struct schedule *schedule)
{
    schedule->calm = true;
    make_plan(schedule);
    if (schedule->has[FEATURE_RUNS])
        make_plan(schedule);
    schedule->calm = false;
}

static void act_two_storm(struct schedule *schedule)
{
    struct chance *chance = &schedule->world.chance;
    draw_weather(schedule);
    if (schedule->has[FEATURE_TROUBLE])
        service_trouble(schedule->world.service);
    schedule->slot_count = schedule->run_count > 1 || schedule->has[FEATURE_TWO] ? 2 : 1;
    for (int i = 0; i < schedule->slot_count; i++) {
        schedule->slots[i] = (struct slot){.run = i < schedule->run_count ? i : 0};
        schedule->slots[i].lives = (int)chance_between(chance, 1, 4);
        schedule->slots[i].start_at_ms = schedule->world.now_ms + (i ? draw_pause_ms(chance) / 4 : 0);
    }
    play(schedule);
}

static void finish_run(struct schedule *schedule, const char *run)
{
    struct tn_err err = {0};
    struct process_plan plan = draw_process(schedule);
    struct process *process = process_open(&schedule->world, &plan, &err);
    if (!process) {
        violate(&schedule->world, STUCK, "the ledger cannot be opened: %s", err.msg);
        return;
    }
    const struct tn_err *outcome = &err;
    if (!oracle_run_over(&schedule->world, run)) {
        process_apply(process, run);
        play_alone(schedule, process);
        process_over(process, &outcome);
        tell(&schedule->world, "the last process is through: %s", outcome->code ? outcome->msg : "all well");
    }
    if (outcome->code < 0 && !process_is_too_late(outcome))
        violate(&schedule->world, STUCK, "in good weather: %s", outcome->msg);
    process_audit(process);
    play_alone(schedule, process);
    close_process(schedule, &schedule->slots[0]);
}

static void act_three_calm(struct schedule *schedule)
{
    struct world *world = &schedule->world;
    world->weather = (struct weather){0};
    world->out_until_ms = 0;
    schedule->calm = true;
    for (int i = 0; i < schedule->run_count; i++)
        finish_run(schedule, schedule->runs[i]);
    schedule->slot_count = 0;
    for (int steps = 0; steps < MOST_STEPS && go_on(schedule); steps++)
        continue; /* what is still on its way arrives */
    oracle_over(world);
}

bool schedule_run(uint64_t seed, const struct schedule_options *options, struct schedule_result *result)
{
    struct schedule schedule = {.options = options};
    struct world *world = &schedule.world;
    unsigned violated = 0;
    world_init(world, seed);
    world->verbose = options->verbose;
    world->quiet_ms = options->no_quiet ? 0 : QUIET_MS;
    world->counts_sleep = options->counts_sleep;
    disk_format(world);
    draw_features(&schedule);
    draw_service(&schedule);
    schedule.workflow = options->workflows[draw_workflow(&schedule)];
    schedule.concurrency = chance_between(&world->chance, 1, 4);
    act_one_plan(&schedule);
    if (schedule.run_count > 0 && !world->violations[STUCK]) {
        act_two_storm(&schedule);
        act_three_calm(&schedule);
    }
    reader_close();
    *result = (struct schedule_result){.trace = world->trace,
                                       .steps = world->steps,
                                       .lasted_ms = world->now_ms,
                                       .accepted = (unsigned)service_count(world->service),
                                       .lives = schedule.lives,
                                       .lost = world->lost};
    for (int i = 0; i < VIOLATIONS; i++)
        violated += result->violations[i] = world->violations[i];
    service_free(world->service);
    world_deinit(world);
    return violated == 0;
}
