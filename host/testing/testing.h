/*
 * `tenure test`: busted specs inside the real host.
 *
 * Specs run in a full Lua state (they are the user's own code, not confined), as one task of the loop, so that an `it`
 * just calls what waits. They see the modules of scripts' and tenure.testing: a simulator, the tenure command itself,
 * HTTP, temporary folders.
 */
#ifndef TN_TESTING_TESTING_H
#define TN_TESTING_TESTING_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/http.h"

struct tn_testing;

struct tn_testing_setup {
    struct tn_loop *loop;
    struct tn_http *http;           /* allows plain http to loopback */
    const char *const *paths;       /* spec files and folders; NULL-ended; none: "spec" */
    const char *const *arguments;   /* passed on to busted (--filter=…, --tags=…); NULL-ended; NULL: none */
    const char *command;            /* path of the tenure command, for specs that run it */
    const char *const *environment; /* NULL-ended; what commands started by specs see, before their own settings */
    void (*done)(void *arg, int failures, const struct tn_err *err); /* once, from the loop */
    void *arg;
};
/* Prints busted's report to standard output. TENURE_ENOTSUP when busted is not installed (the message names the
 * package). */
int tn_testing_start(const struct tn_testing_setup *setup, struct tn_testing **out, struct tn_err *err);
void tn_testing_free(struct tn_testing *testing); /* NULL is fine; ends processes it started */

#endif
