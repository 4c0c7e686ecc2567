/*
 * Faults: what goes wrong on purpose, by probability or for the next so many requests, aimed at an operation or at all.
 */
#ifndef TN_SIMULATOR_FAULT_H
#define TN_SIMULATOR_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_write.h"
#include "json/json.h"
#include "simulator/random.h"

#define TN_SIM_MAX_RULES 32

enum tn_sim_fault {
    TN_SIM_THROTTLE,       /* 429, Retry-After: retry_after seconds; not done */
    TN_SIM_ERROR,          /* 500 or 503; not done */
    TN_SIM_DROP,           /* done; closed without an answer */
    TN_SIM_LOSE,           /* not done; closed without an answer */
    TN_SIM_LATE,           /* 504 now; done after after_ms */
    TN_SIM_STALE,          /* a read that shows things as they were for_ms ago */
    TN_SIM_TRUNCATE,       /* done; the answer's body is cut */
    TN_SIM_SLOW,           /* done; the answer comes after ms */
    TN_SIM_EXPIRE_SESSION, /* the session of a return or an exchange, or the price of a purchase, has expired */
    TN_SIM_EXPIRE_TOKEN,   /* the request's token has expired */
    TN_SIM_FAIL_OPERATION, /* accepted, and ends Failed */
    TN_SIM_FAULTS,
};

struct tn_sim_rule {
    enum tn_sim_fault fault;
    double probability; /* used unless next >= 0 */
    int64_t next;       /* so many requests still; -1: by probability */
    char on[64];        /* "refund" or "reservations.refund"; "": all */
    int64_t value;      /* the fault's own number: seconds, milliseconds, status; 0: its default */
};

struct tn_sim_faults {
    struct tn_sim_rule rules[TN_SIM_MAX_RULES];
    size_t count;
    bool accept_repeated_session; /* else a session serves once */
    bool async_updates;           /* a patch is answered 202 and settles later; else it is done at once */
    int64_t session_ms;           /* how long sessions live */
    int64_t token_seconds;        /* how long tokens live */
    struct tn_sim_random random;
    uint64_t met; /* how often one hit */
};

void tn_sim_faults_init(struct tn_sim_faults *faults, uint64_t seed);

/* Replace all by what a JSON object says. TENURE_EINVAL names what is wrong; nothing changed then. */
int tn_sim_faults_set(struct tn_sim_faults *faults, struct tn_json object, struct tn_err *err);
void tn_sim_faults_write(const struct tn_sim_faults *faults, struct tn_json_writer *w);

/* Whether this request meets the fault; uses up one of a counted rule. *value is the fault's own number. */
bool tn_sim_fault_hits(struct tn_sim_faults *faults, enum tn_sim_fault fault, const char *operation, int64_t *value);

#endif
