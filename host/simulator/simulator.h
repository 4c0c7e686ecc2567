/*
 * The simulator: an Azure look-alike on loopback, for trying, testing and benchmarking.
 *
 * One port serves the token endpoints, ARM, Partner Center and support by their real paths, states and error envelopes.
 * The same seed gives the same world; a world file names exact customers and reservations. It lives in the loop of
 * whoever starts it. GET /_simulator/effects is the truth about money.
 */
#ifndef TN_SIMULATOR_SIMULATOR_H
#define TN_SIMULATOR_SIMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct tn_simulator;

struct tn_simulator_options {
    const char *listen;   /* "127.0.0.1:0"; loopback only; NULL: that */
    int64_t customers;    /* how many to make up; -1: 10, or 0 with a world file */
    int64_t reservations; /* per made-up customer; -1: 10 */
    uint64_t seed;
    const char *world;  /* path of a world file; NULL: none */
    int64_t latency_ms; /* added to each answer */
    int64_t settle_ms;  /* until a long-running operation settles; -1: 2000 */
    const char *faults; /* JSON object as for PUT /_simulator/faults; NULL: none */
    bool tls;           /* https with a certificate made for it, which is in the environment as TENURE_CA_FILE */
    const char *folder; /* where that certificate's file goes; NULL: /tmp */
};

/* TENURE_EINVAL for a bad option, world file (with file:line:column) or faults; TENURE_EIO when it cannot listen
 * or write the certificate. */
int tn_simulator_start(struct tn_loop *loop, const struct tn_simulator_options *options, struct tn_simulator **out,
                       struct tn_err *err);
void tn_simulator_stop(struct tn_simulator *simulator); /* NULL is fine */

const char *tn_simulator_url(const struct tn_simulator *simulator); /* "http://127.0.0.1:43121" */

/* The one line printed when ready: {"url", "tenant", "env": {…}} (no newline). Lives as long as the simulator. */
const char *tn_simulator_ready(const struct tn_simulator *simulator);

/* The variables a client needs (credentials, the refresh token of a user, TENURE_CLOUD, a short TENURE_QUIET, with tls
 * TENURE_CA_FILE): a NULL-ended list of NAME=value. */
const char *const *tn_simulator_environment(const struct tn_simulator *simulator);

#endif
