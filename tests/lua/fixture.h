/*
 * A workflow in a folder of its own, the Lua state over it, and a caller that answers from canned JSON: the other side
 * of the interface that a run has to host/lua.
 */
#ifndef TESTS_LUA_FIXTURE_H
#define TESTS_LUA_FIXTURE_H

#include "lua/script.h"

#define CUSTOMER "0b7a5d0c-1111-4222-8333-444455556666"
#define NOW 1767225600 /* 2026-01-01 */

/* One operation's canned answer. */
struct answer {
    const char *operation; /* "reservations.list" */
    const char *bodies[3]; /* pages, ends with NULL; none: the error */
    struct tn_err err;
    struct tn_outcome *outcome;
    bool never; /* it does not come until it is canceled */
    bool heavy; /* asking takes more CPU than an item may use */
};

struct fixture {
    char folder[64];
    struct tn_loop *loop;
    struct tn_workflow *workflow;
    struct tn_script_state *state;
    struct tn_script_scope *scope;
    struct tn_json_doc *customer;
    struct tn_caller caller;
    const struct answer *answers;
    struct tn_err err; /* of opening */
    int started, canceled, done;
    char last_tenant[128], last_argument[256], last_once[64]; /* of the latest call */
    char log[4096];                                           /* "customer step text fields\n" for each line */
    struct tn_script_job job;
    char result[4096]; /* what fixture_run() answers */
};

/* Files are name and text, ending with NULL. The first one is the workflow (YAML). Its budget
 * is 200 ms. False: see err. */
bool fixture_open(struct fixture *f, const char *const *files, const char *inputs);

/* A workflow of one script, without a file, under a small budget: 100 ms and 8 MB. False: see err. */
bool fixture_open_script(struct fixture *f, const char *source);
void fixture_close(struct fixture *f);

/* Another scope of the same state; fixture_close frees only the first. */
struct tn_script_scope *fixture_scope(struct fixture *f, uint64_t bound_to, uint64_t seed);

/* Evaluate in a scope and tell what came out: "true", "false", "nil", "value JSON", "skipped code detail", "failed code
 * detail", "error NAME: text", "items JSON=label …". Valid until the next call. */
const char *fixture_evaluate(struct fixture *f, struct tn_script_scope *scope, enum tn_script_what what, size_t step,
                             size_t item);

/* Open a script, run it once, close; the result lives in static storage. */
const char *run_script(const char *source);
const char *run_script_with(const struct answer *answers, const char *source);

/* Whether text holds part. */
bool holds(const char *text, const char *part);

#endif
