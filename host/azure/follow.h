/*
 * Following a long-running effect: asks again and again how an accepted one goes on, holding no more than a timer in
 * between, until it has settled.
 */
#ifndef TN_AZURE_FOLLOW_H
#define TN_AZURE_FOLLOW_H

#include "azure/aim.h"
#include "azure/call.h"

/* Embedded, zeroed and filled in by the caller. */
struct tn_follow {
    const struct tn_operation *op;
    const char *tenant;
    const char *poll; /* JSON made by tn_follow_write_poll() */
    int64_t shown_ms; /* what was accepted shows by then: an order's failure seen before may be an older one */
    lua_State *L;     /* documents */
    void (*done)(struct tn_follow *follow);
    /* the answer */
    struct tn_err err; /* cannot be told any more (deadline, gone): the effect stays accepted */
    enum { TN_FOLLOW_SUCCEEDED, TN_FOLLOW_PARTIAL, TN_FOLLOW_FAILED } result;
    char code[64], message[256]; /* why it failed, or is not all that it was to be */
    struct tn_buf answer;        /* the last word of the service, JSON; empty: none to keep. Released by the caller */
    /* its own */
    struct tn_follow_state *state;
};
void tn_follow_start(struct tn_engine *engine, struct tn_follow *follow);
void tn_follow_cancel(struct tn_follow *follow);

/* Write the poll JSON of an accepted effect: where to ask, enough to go on after a restart. call, with
 * its answer, is NULL where that is not known. */
void tn_follow_write_poll(const struct tn_aim *aim, const struct tn_call *call, struct tn_json_writer *w);

#endif
