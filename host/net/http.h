/*
 * HTTP client, driven by the loop.
 *
 * Two pools that never share: reads ride pooled, reused (multiplexed where the server can) connections and may be
 * repeated; an effect gets a fresh HTTP/1.1 connection and a body that cannot be rewound, because libcurl repeats any
 * request by itself when a reused connection dies before the first byte of an answer. An effect leaves here at most
 * once per exchange.
 *
 * An exchange is one request and its answer. It is embedded in whatever waits for it, and done() comes from the loop,
 * once, never from inside tn_http_start(); after tn_http_cancel() it does not come at all.
 */
#ifndef TN_NET_HTTP_H
#define TN_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

struct tn_http;
struct tn_http_host;     /* what is under way to one origin */
struct tn_http_transfer; /* one attempt on its way; the transport's */
struct tn_transport;     /* who carries attempts; see transport.h */

/* How it stands with an origin, told once per change. */
enum tn_http_contact {
    TN_HTTP_SILENT, /* it cannot be reached; reads are tried again */
    TN_HTTP_BACK,   /* it answers again */
    TN_HTTP_LOST    /* a read was given up, and the origin answered nobody else meanwhile */
};

struct tn_http_contact_event {
    enum tn_http_contact contact;
    const char *origin;
    struct tn_err err; /* of the last attempt in vain */
    int64_t silent_ms; /* since the first of them */
    bool met;          /* it has answered this client before: reads are tried again until their deadline */
};

/* From the loop, never from inside a request; before done() of the read that was given up, which may be cancelled
 * here. */
struct tn_http_watcher {
    void (*on_contact)(void *arg, const struct tn_http_contact_event *event); /* NULL: nobody watches */
    void *arg;
};

struct tn_http_options {
    const char *user_agent;    /* NULL: "tenure/VERSION" */
    const char *ca_file;       /* extra trusted certificates (PEM), e.g. the simulator's; NULL: the system's only */
    const char *proxy;         /* from our own configuration only; NULL: none, whatever http_proxy says */
    bool allow_plain;          /* http:// too: only for a cloud on loopback, other hosts are refused */
    uint32_t read_connections; /* at most so many per host for reads; 0: 64 */
    uint32_t read_deadline_ms; /* of reads that name none; 0: 10 minutes */
    struct tn_http_watcher watcher;
    struct tn_transport
        *transport; /* taken: who carries the attempts, instead of curl by the options above; NULL: curl */
};

/* Strings are copied. TENURE_ENOMEM, TENURE_EINVAL (ca_file cannot be read). */
int tn_http_new(struct tn_loop *loop, const struct tn_http_options *options, struct tn_http **out, struct tn_err *err);
void tn_http_free(struct tn_http *http); /* cancels what is under way; NULL is fine */

enum tn_http_class {
    TN_HTTP_READ,  /* may be repeated: retried here on 408, 429, 500, 502, 503, 504 and connection errors */
    TN_HTTP_EFFECT /* sent at most once, never retried here */
};

struct tn_http_header {
    const char *name, *value;
};

/* How an exchange ended, as far as an effect's fate is concerned. */
enum tn_http_fate {
    TN_HTTP_ANSWERED, /* a complete answer: status and body are set (whatever the status) */
    TN_HTTP_NOT_SENT, /* no byte of the request left: refused, DNS, TLS, connect timeout */
    TN_HTTP_TORN /* sent, at least in part, and no complete answer: timeout, reset, cut body, over the size limit */
};

/* A place in one of the client's lists; NULLs when in none. */
struct tn_http_link {
    struct tn_http_link *prev, *next;
};

struct tn_http_exchange {
    /* filled in by the caller; strings are borrowed until done() or cancel */
    const char *method; /* "GET", "POST" … */
    const char *url;
    const struct tn_http_header *headers; /* control characters in a value fail the exchange (TENURE_EINVAL), unsent */
    size_t header_count;
    const char *bearer; /* token, without "Bearer "; NULL: no Authorization header. Never logged. */
    const char *body;   /* NULL: none */
    size_t body_len;
    enum tn_http_class class;
    uint32_t timeout_ms;   /* for one attempt; 0: 60 s for reads, 90 s for effects */
    uint32_t deadline_ms;  /* over all attempts of a read, waits included, while the process runs; 0: the client's */
    uint32_t max_attempts; /* of a read; 0: 8; not counted while a host that did answer cannot be reached */
    size_t max_body_bytes; /* counted after decompression; 0: 16 MiB */
    void (*done)(struct tn_http_exchange *exchange);

    /* the answer, valid from done() until tn_http_release(); a read's is the last attempt's */
    enum tn_http_fate fate;
    int status; /* HTTP status; 0 unless answered */
    struct tn_buf answer;
    struct tn_err err; /* code set unless answered; the message says what failed (host, timeout …), without secrets */
    uint32_t attempts, ridden; /* made; of those, while the host could not be reached */
    int64_t retry_after_ms;    /* of the last answer, clamped to 0 to 15 minutes; -1: none */
    bool until_close;          /* nobody said how long it is: what is there may be only its beginning */
    bool multiplexed;          /* it came over a connection that carries many at once */

    /* its own */
    struct tn_http *http; /* NULL unless under way */
    struct tn_http_host *host;
    struct tn_http_transfer *transfer; /* NULL while it waits */
    struct tn_http_link link;
    struct tn_timer timer;
    struct tn_job job;
    struct tn_buf headers_kept; /* read through tn_http_header_of() */
    int64_t started_ms;         /* by tn_loop_ran_ms(), as its deadline is */
    int64_t riding_ms;          /* when an attempt of it met an outage last; 0: none has since the start */
    int64_t attempted_ms;
};

/* Begin. The exchange was zeroed (or released) and filled in. Fails only by done() with err set. Refused, unsent, with
 * TENURE_EINVAL: control characters in method, URL or a header, user info in the URL, and headers that belong to the
 * client itself (Host, Content-Length, Transfer-Encoding, Connection, Expect, Upgrade, Accept-Encoding). */
void tn_http_start(struct tn_http *http, struct tn_http_exchange *exchange);

/* Forget an exchange that is under way (no done()); no-op otherwise. An effect's bytes may have left. */
void tn_http_cancel(struct tn_http_exchange *exchange);

/* Free the answer. */
void tn_http_release(struct tn_http_exchange *exchange);

/* A header of the answer: name in any case, the first value, NULL when absent. Kept: location, azure-asyncoperation,
 * retry-after, content-type, etag, date and everything that starts with x-ms- or ms- (at most 64 headers, 8 KiB each).
 * Borrowed until release. */
const char *tn_http_header_of(const struct tn_http_exchange *exchange, const char *name);

/* Counters since the client began, for progress and benchmarks. */
struct tn_http_counters {
    uint64_t reads, effects, retries, throttled;
    uint32_t in_flight;
};
struct tn_http_counters tn_http_counters_of(const struct tn_http *http);

/* What a wait before attempt n (from 1) of a read is: exponential from 0.5 s up to 60 s with full jitter; a Retry-After
 * is honoured and gets jitter on top. Exposed for polling loops. */
int64_t tn_http_backoff_ms(uint32_t attempt, int64_t retry_after_ms, uint64_t random);

#endif
