/*
 * Transports: what carries one attempt of an exchange to its host and brings back the answer.
 *
 * The client (http.c) says what is sent, when, and whether again; a transport only carries. curl's is the one for the
 * world (curl.h). Whoever wants to lose, tear or delay answers without a network gives the client one of his own.
 */
#ifndef TN_NET_TRANSPORT_H
#define TN_NET_TRANSPORT_H

#include "net/http.h"

struct tn_transport {
    /* Begin one attempt of an exchange that was checked. finished() follows from the loop, once, never from inside
     * start(). NULL: out of memory, and nothing was sent. */
    struct tn_http_transfer *(*start)(struct tn_transport *transport, struct tn_http_exchange *exchange,
                                      uint32_t timeout_ms);
    /* Forget an attempt: finished() does not come. Its bytes may have left. */
    void (*cancel)(struct tn_transport *transport, struct tn_http_transfer *transfer);
    void (*free)(struct tn_transport *transport); /* nothing is under way any more */

    /* Set by the client. The attempt is over and its transfer gone; the transport has written fate, multiplexed, and
     * either status, answer, headers_kept and retry_after_ms or err. */
    void (*finished)(struct tn_http_exchange *exchange);
};

#endif
