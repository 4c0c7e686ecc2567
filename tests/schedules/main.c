/*
 * Schedules: thousands of seeded runs of the real engine in a small world where everything goes wrong, see world.h.
 *
 *   test_schedules --seed S --count N [--without FEATURE,…] [--break NAME] [--verbose] [--twice]
 *
 * Schedule i of N has seed S + i; now and then it is said how far it got. A violation is printed with the shortest line that shows it again. With --break the
 * engine is broken in one way, and not to find it is the failure.
 */
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "broken.h"
#include "disk.h"
#include "package.h"
#include "schedule.h"

static uint64_t seed_now;

struct arguments {
    uint64_t seed, count;
    struct schedule_options options;
    bool twice;
};

/* ---- telling ---------------------------------------------------------------------------------------------------- */

static void print_replay(uint64_t seed, unsigned without)
{
    printf("  test_schedules --seed %" PRIu64 " --count 1", seed);
    const char *before = " --without ";
    for (int i = 0; i < FEATURES; i++) {
        if (without & 1u << i) {
            printf("%s%s", before, feature_names[i]);
            before = ",";
        }
    }
    if (broken)
        printf(" --break %s", breakage_names[broken]);
    printf(" --verbose\n");
}

/* Leave out whatever can be left out with the same violation still there. */
static unsigned shorten(uint64_t seed, const struct schedule_options *options, const struct schedule_result *found)
{
    struct schedule_options shorter = *options;
    struct schedule_result result;
    shorter.verbose = false;
    for (int i = 0; i < FEATURES; i++) {
        bool same = false;
        shorter.without |= 1u << i;
        schedule_run(seed, &shorter, &result);
        for (int kind = 0; kind < VIOLATIONS; kind++)
            same = same || (found->violations[kind] && result.violations[kind]);
        if (!same)
            shorter.without &= ~(1u << i) | options->without;
    }
    return shorter.without;
}

static void report(uint64_t seed, const struct arguments *arguments, const struct schedule_result *result)
{
    printf("schedule %" PRIu64 " violates", seed);
    for (int kind = 0; kind < VIOLATIONS; kind++) {
        if (result->violations[kind])
            printf(" %s", violation_names[kind]);
    }
    printf(":\n");
    print_replay(seed, shorten(seed, &arguments->options, result));
    fflush(stdout);
}

/* A crash of the test itself tells where it was. */
static void on_abort(int signal)
{
    char text[96];
    int len =
        snprintf(text, sizeof text, "test_schedules: ended by signal %d in schedule %" PRIu64 "\n", signal, seed_now);
    if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0)
        _exit(3);
    raise(signal); /* the handler is gone: SA_RESETHAND */
}

static void watch_for_aborts(void)
{
    const struct sigaction action = {.sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGABRT, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static int index_of(const char *const *names, const char *name, const char *what)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    fprintf(stderr, "test_schedules: there is no %s '%s'\n", what, name);
    exit(2);
}

static unsigned features_of(char *list)
{
    unsigned bits = 0;
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
        bits |= 1u << index_of(feature_names, name, "feature");
    return bits;
}

static void read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"count", required_argument, NULL, 'c'},
                                            {"break", required_argument, NULL, 'b'},
                                            {"without", required_argument, NULL, 'w'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"twice", no_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    int option;
    *arguments = (struct arguments){.seed = (uint64_t)time(NULL) * 1000000, .count = 1000};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            arguments->seed = strtoull(optarg, NULL, 10);
        else if (option == 'c')
            arguments->count = strtoull(optarg, NULL, 10);
        else if (option == 'b')
            broken = (enum breakage)index_of(breakage_names, optarg, "breakage");
        else if (option == 'w')
            arguments->options.without = features_of(optarg);
        else if (option == 'v')
            arguments->options.verbose = true;
        else if (option == 't')
            arguments->twice = true;
        else
            exit(2);
    }
    arguments->options.no_quiet = broken == BROKEN_QUIET;
    arguments->options.counts_sleep = broken == BROKEN_SLEEP;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

struct tally {
    uint64_t violated, by_kind[VIOLATIONS], first[VIOLATIONS], accepted, lives, lost;
    int64_t hours_ms;
};

static void count(struct tally *tally, uint64_t number, const struct schedule_result *result)
{
    tally->accepted += result->accepted;
    tally->lives += result->lives;
    tally->lost += result->lost;
    tally->hours_ms += result->lasted_ms;
    for (int kind = 0; kind < VIOLATIONS; kind++) {
        if (result->violations[kind] && tally->by_kind[kind]++ == 0)
            tally->first[kind] = number + 1;
    }
}

static bool same_twice(uint64_t seed, const struct schedule_options *options, const struct schedule_result *first)
{
    struct schedule_result second;
    schedule_run(seed, options, &second);
    if (second.trace == first->trace && second.steps == first->steps)
        return true;
    printf("schedule %" PRIu64 " went another way the second time\n", seed);
    return false;
}

/* Of many, a line now and then: a tenth of all, or every 10,000. */
static void tell_progress(const struct arguments *arguments, uint64_t done, clock_t began)
{
    uint64_t each = arguments->count / 10 < 10000 ? arguments->count / 10 : 10000;
    if (arguments->count < 10000 || done % each != 0)
        return;
    printf("%" PRIu64 " of %" PRIu64 " from seed %" PRIu64 ", %.0f a second of processor time\n", done,
           arguments->count, arguments->seed, (double)done * CLOCKS_PER_SEC / (double)(clock() - began));
    fflush(stdout);
}

static bool run_all(const struct arguments *arguments, struct tally *tally)
{
    bool repeatable = true;
    clock_t began = clock();
    for (uint64_t i = 0; i < arguments->count; i++) {
        struct schedule_result result;
        seed_now = arguments->seed + i;
        bool good = schedule_run(seed_now, &arguments->options, &result);
        count(tally, i, &result);
        if (arguments->twice)
            repeatable = same_twice(seed_now, &arguments->options, &result) && repeatable;
        if (!good && tally->violated++ < 10 && !broken)
            report(seed_now, arguments, &result);
        tell_progress(arguments, i + 1, began);
        if (broken && tally->by_kind[broken_shows(broken)] >= 3)
            break;
    }
    return repeatable;
}

static int conclude(const struct arguments *arguments, const struct tally *tally)
{
    for (int kind = 0; kind < VIOLATIONS; kind++) {
        if (tally->by_kind[kind])
            printf("%s: %" PRIu64 " schedules, the first is number %" PRIu64 "\n", violation_names[kind],
                   tally->by_kind[kind], tally->first[kind]);
    }
    if (!broken)
        return tally->violated ? 1 : 0;
    if (tally->by_kind[broken_shows(broken)] > 0)
        return 0;
    printf("the engine is broken (%s), and %" PRIu64 " schedules did not find that as '%s'\n", breakage_names[broken],
           arguments->count, violation_names[broken_shows(broken)]);
    return 1;
}

static int on_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct tally tally = {0};
    char folder[] = "/tmp/tenure-schedules-XXXXXX"; /* for the package; the ledger is in memory */
    read_arguments(argc, argv, &arguments);
    if (!mkdtemp(folder)) {
        perror(folder);
        return 2;
    }
    watch_for_aborts();
    disk_install();
    package_make(folder, arguments.options.workflows);
    printf("%" PRIu64 " schedules from seed %" PRIu64 "\n", arguments.count, arguments.seed);
    fflush(stdout);
    clock_t began = clock();
    bool repeatable = run_all(&arguments, &tally);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    printf("%" PRIu64 " processes, %" PRIu64 " acceptances, %" PRIu64 " passes lost, %" PRId64 " hours in %.1f s\n",
           tally.lives, tally.accepted, tally.lost, tally.hours_ms / 3600000, seconds);
    package_free(arguments.options.workflows);
    nftw(folder, on_entry, 8, FTW_DEPTH | FTW_PHYS);
    int exit_code = conclude(&arguments, &tally);
    return repeatable ? exit_code : 1;
}
