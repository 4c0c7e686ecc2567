/*
 * An engine that is broken on purpose: what the schedules are worth is what they find in it.
 *
 * Nothing in the engine knows of this: the linker puts the functions of broken.c and broken_call.c in front of its own.
 */
#ifndef TESTS_SCHEDULES_BROKEN_H
#define TESTS_SCHEDULES_BROKEN_H

#include "world.h"

enum breakage {
    BROKEN_NOTHING,
    BROKEN_PERMIT,  /* effects are sent without an intent */
    BROKEN_QUIET,   /* no quiet time */
    BROKEN_LOCK,    /* the lock is on the reservation, not on the order */
    BROKEN_RETRY,   /* what nobody knows the outcome of counts as not done */
    BROKEN_RELEASE, /* what is unknown does not count as spent */
    BROKEN_SLEEP,   /* what the machine sleeps counts as quiet time */
    BROKEN_LOST,    /* a service that is given up does not end a pass */
    BROKEN_DOUBT,   /* what is named and in doubt counts as done */
    BROKEN_SHARE,   /* nothing is too much to go wrong */
    BROKEN_PAY,     /* what has to be paid is not held */
    BROKEN_NAME,    /* a name that was given once counts for nothing */
    BROKEN_PARTLY,  /* what was done in part counts as done */
    BREAKAGES,
};
extern const char *const breakage_names[BREAKAGES + 1]; /* ends with NULL */

extern enum breakage broken;

/* What it must be found by, at the least. */
enum violation broken_shows(enum breakage breakage);

#endif
