/*
 * Outages: what the client notices about an origin that cannot be reached, and tells whoever watches, once per change.
 *
 *   answers ─── some attempts in a row, or a long one, came to nothing ──▶ silent ─── an answer ──▶ answers
 *                                                                            └── a read was given up ──▶ lost
 *
 * Only what did not reach the origin counts, and what it did not answer in time: a connection that it closes shows that
 * somebody is there. All of it happens on the loop; the watcher is called from a job of its own, never from inside a
 * request, and before done() of the request that was given up.
 */
#ifndef TN_NET_OUTAGE_H
#define TN_NET_OUTAGE_H

#include "net/http.h"

struct tn_outage {
    struct tn_loop *loop;
    const struct tn_http_watcher *watcher;
    const char *origin;
    int64_t answered_ms; /* the last complete answer, whatever it said; -1: none yet */
    int64_t since_ms;    /* the first attempt in vain after that */
    uint32_t failures;   /* in a row */
    bool told;           /* that it is silent */
    unsigned pending;    /* bits by enum tn_http_contact */
    struct tn_err err;   /* of the last failure */
    struct tn_job job;
};

/* watcher and origin are borrowed. */
void tn_outage_init(struct tn_outage *outage, struct tn_loop *loop, const struct tn_http_watcher *watcher,
                    const char *origin);
void tn_outage_deinit(struct tn_outage *outage);

/* An attempt that began at began_ms has ended so. */
void tn_outage_note(struct tn_outage *outage, const struct tn_http_exchange *exchange, int64_t began_ms);

bool tn_outage_met(const struct tn_outage *outage); /* it has answered before */
bool tn_outage_out(const struct tn_outage *outage); /* it cannot be reached now */

/* Whether the outage of that moment is over, be it that another one has begun. */
bool tn_outage_over(const struct tn_outage *outage, int64_t seen_ms);

/* A read will not be tried again. */
void tn_outage_given_up(struct tn_outage *outage, const struct tn_http_exchange *exchange);

#endif
