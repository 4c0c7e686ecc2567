/*
 * One attempt of an exchange: a curl easy handle, set up so that it can do nothing but what it was asked to.
 *
 * No redirects, no other protocols, no environment, no limits left open; and for an effect a fresh connection, HTTP/1.1
 * and a body without a way back, so that libcurl cannot send it a second time by itself.
 */
#ifndef TN_NET_TRANSFER_H
#define TN_NET_TRANSFER_H

#include <curl/curl.h>

#include "net/http.h"
#include "net/multi.h"

/* What all attempts of one client share. Strings are owned by the client. */
struct tn_transfer_settings {
    char *user_agent, *ca_file, *proxy;
    bool allow_plain;
};

struct tn_http_transfer {
    CURL *easy;
    struct tn_http_exchange *exchange; /* NULL while idle */
    struct tn_http_transfer *next_idle;
    struct curl_slist *headers; /* hold the token: wiped */
    size_t body_sent;           /* of an effect */
    bool all_sent;              /* kill points look at it */
    enum { TN_TRANSFER_SOUND, TN_TRANSFER_TOO_LONG, TN_TRANSFER_NO_MEMORY, TN_TRANSFER_TWO_LENGTHS } trouble;
    bool headers_over;     /* what comes now are trailers */
    bool sized;            /* the answer says itself how long it is */
    unsigned headers_kept; /* of at most 64 */
    int64_t length;        /* Content-Length seen; -1: none */
    uint32_t timeout_ms;
    char text[CURL_ERROR_SIZE];
};

struct tn_http_transfer *tn_transfer_new(const struct tn_transfer_settings *settings, struct tn_multi *multi,
                                         enum tn_http_class class); /* NULL: out of memory */
void tn_transfer_free(struct tn_http_transfer *transfer);           /* NULL is fine */

/* Attach to an exchange that was checked. False: out of memory. */
bool tn_transfer_prepare(struct tn_http_transfer *transfer, struct tn_http_exchange *exchange, uint32_t timeout_ms);

/* Write the outcome into the exchange: fate, status and, unless answered, err. wall_ms is now, for a Retry-After date.
 */
void tn_transfer_conclude(struct tn_http_transfer *transfer, CURLcode result, int64_t wall_ms);

/* Detach: wipes what is left of the request. */
void tn_transfer_clear(struct tn_http_transfer *transfer);

/* The server speaks HTTP/2: many requests go over one connection. */
bool tn_transfer_multiplexed(const struct tn_http_transfer *transfer);

#endif
