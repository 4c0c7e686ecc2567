/*
 * One schedule: a plan in good weather, then processes that carry it out, end, and are started again, while everything
 * goes wrong that its seed says; in the end one process in good weather, and the reckoning.
 */
#ifndef TESTS_SCHEDULES_SCHEDULE_H
#define TESTS_SCHEDULES_SCHEDULE_H

#include "package.h"
#include "world.h"

/* What may go wrong. A feature that is left out changes nothing else about a schedule than what follows from it. */
enum feature {
    FEATURE_CRASH,     /* processes end in the middle */
    FEATURE_POWER,     /* and take the machine with them */
    FEATURE_DISK,      /* writes and syncs that fail */
    FEATURE_TWO,       /* two processes at once, on one run */
    FEATURE_RUNS,      /* two runs over the same customers */
    FEATURE_PERSON,    /* somebody in the portal */
    FEATURE_CLOCK,     /* wall time jumps */
    FEATURE_SLEEP,     /* the machine sleeps */
    FEATURE_STOP,      /* a process is stopped for a while */
    FEATURE_INTERRUPT, /* Ctrl-C */
    FEATURE_WEATHER,   /* the network */
    FEATURE_OUTAGE,    /* the service cannot be reached for a long time */
    FEATURE_MANUAL,    /* nothing is tried again by itself: the profile's "settle: manual" */
    FEATURE_NO_WAIT,   /* processes that do not wait for unknown outcomes */
    FEATURE_SETTLE,    /* a person settles unknown outcomes, and knows */
    FEATURE_TROUBLE,   /* customers whose tokens are refused, and things that cannot be done */
    FEATURES,
};
extern const char *const feature_names[FEATURES + 1]; /* ends with NULL */

struct schedule_options {
    const struct tn_workflow *workflows[WORKFLOWS];
    unsigned without; /* bits of features */
    bool verbose;
    bool no_quiet;     /* broken: evidence that nothing happened is believed at once */
    bool counts_sleep; /* broken: the clock of the quiet time goes on while the machine sleeps */
};

struct schedule_result {
    unsigned violations[VIOLATIONS];
    uint64_t trace, steps;
    int64_t lasted_ms;
    unsigned accepted, lives, lost;
};

/* True: nothing was violated. */
bool schedule_run(uint64_t seed, const struct schedule_options *options, struct schedule_result *result);

#endif
