/*
 * HTTP client: see http.h. This file has the exchanges: their turns, their attempts, their end. Who carries an attempt
 * is a transport (transport.h), curl's unless the client was given another.
 *
 *   start ─┬─ refused ───────────────────────────────────────────────────────────────▶ done
 *          ├─ effect ────────────────────────────▶ attempt ─────────────────────────▶ done
 *          └─ read ─▶ queue of its host ─ turn ─▶ attempt ─┬─ answered, hopeless ───▶ done
 *                          ▲                               └─ wait (a timer only) ─┐
 *                          └───────────────────────────────────────────────────────┘
 *
 * Reads queue here, per host, and not inside curl: there they would use up their time limit and some 19 KB each.
 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "net/curl.h"
#include "net/headers.h"
#include "net/outage.h"
#include "net/url.h"

#define READ_CONNECTIONS 64
#define STREAMS_PER_CONNECTION 16 /* reads under way per connection once the host speaks HTTP/2 */
#define READ_TIMEOUT_MS 60000
#define EFFECT_TIMEOUT_MS 90000 /* over the 60 s after which Azure Resource Manager answers 504 */
#define DEADLINE_MS (10 * 60 * 1000)
#define MAX_ATTEMPTS 8
#define MAX_BODY_BYTES (16u << 20)
#define RETRY_AFTER_HONOURED_MS (5 * 60 * 1000)
#define METHOD_BYTES 16

struct tn_http_host {
    struct tn_http_host *next;
    struct tn_http_link queue; /* reads that wait for their turn */
    uint32_t in_flight;        /* reads being carried */
    bool multiplexed, loopback;
    struct tn_outage outage;
    char origin[]; /* as it stands in the URL */
};

struct tn_http {
    struct tn_loop *loop;
    struct tn_transport *transport;
    struct tn_http_host *hosts;
    struct tn_http_link active; /* exchanges that are under way and in no queue */
    uint32_t read_connections, read_deadline_ms;
    struct tn_http_watcher watcher;
    struct tn_http_counters counters;
    bool allow_plain, closing;
};

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static void link_init(struct tn_http_link *ring)
{
    ring->prev = ring->next = ring;
}

static void link_remove(struct tn_http_link *link)
{
    if (!link->next)
        return;
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->prev = link->next = NULL;
}

static void link_append(struct tn_http_link *ring, struct tn_http_link *link)
{
    link_remove(link);
    link->prev = ring->prev;
    link->next = ring;
    link->prev->next = link;
    ring->prev = link;
}

static struct tn_http_exchange *first_of(const struct tn_http_link *ring)
{
    return ring->next == ring ? NULL : tn_container_of(ring->next, struct tn_http_exchange, link);
}

/* ---- checking --------------------------------------------------------------------------------------------------- */

static int check_method(const char *method, struct tn_err *err)
{
    size_t len = method ? strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    if (len == 0 || len >= METHOD_BYTES || method[len] != '\0')
        return tn_err_set(err, TENURE_EINVAL, "a request has no proper method: capital letters only, like GET");
    return TENURE_OK;
}

/* Length of "scheme://host:port" at the start of the URL; 0 when that is not what it starts with. */
static size_t origin_length(const char *url)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
    if (host == 0 || memchr(url + scheme, '@', host))
        return 0;
    return scheme + host;
}

static int check_url(const char *url, struct tn_err *err)
{
    for (const char *at = url; *at; at++) {
        if ((unsigned char)*at <= 0x20 || *at == 0x7f || *at == '\\')
            return tn_err_set(
                err, TENURE_EINVAL,
                "the address of a request has a character at byte %zu that no address may have: nothing was sent",
                (size_t)(at - url));
    }
    if (origin_length(url) == 0)
        return tn_err_set(err, TENURE_EINVAL,
                          "the address of a request is not of the form https://HOST/…: nothing was sent");
    return TENURE_OK;
}

static int check_exchange(const struct tn_http_exchange *exchange, struct tn_err *err)
{
    int rc = check_method(exchange->method, err);
    if (rc == TENURE_OK)
        rc = check_url(exchange->url, err);
    return rc == TENURE_OK ? tn_headers_check(exchange, err) : rc;
}

/* ---- hosts ------------------------------------------------------------------------------------------------------ */

static struct tn_http_host *add_host(struct tn_http *http, const char *origin, size_t len)
{
    struct tn_http_host *host = calloc(1, sizeof *host + len + 1);
    if (!host)
        return NULL;
    link_init(&host->queue);
    memcpy(host->origin, origin, len);
    host->loopback = tn_url_is_loopback(host->origin);
    tn_outage_init(&host->outage, http->loop, &http->watcher, host->origin);
    host->next = http->hosts;
    http->hosts = host;
    return host;
}

/* A cloud is a handful of hosts, and scripts reach only those that their workflow names: a short list. */
static struct tn_http_host *host_of(struct tn_http *http, const char *url)
{
    size_t len = origin_length(url);
    for (struct tn_http_host *host = http->hosts; host; host = host->next) {
        if (strncmp(host->origin, url, len) == 0 && host->origin[len] == '\0')
            return host;
    }
    return add_host(http, url, len);
}

static int find_host(struct tn_http *http, struct tn_http_exchange *exchange)
{
    exchange->host = host_of(http, exchange->url);
    if (!exchange->host)
        return tn_err_no_memory(&exchange->err);
    if (strncasecmp(exchange->url, "http://", 7) == 0 && !(http->allow_plain && exchange->host->loopback))
        return tn_err_set(&exchange->err, TENURE_EINVAL, "'%.200s' would be asked without TLS: write https",
                          exchange->host->origin);
    return TENURE_OK;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void on_done(struct tn_job *job)
{
    struct tn_http_exchange *exchange = tn_container_of(job, struct tn_http_exchange, job);
    link_remove(&exchange->link);
    exchange->http = NULL;
    exchange->done(exchange); /* may free the exchange, or start it again */
}

static void finish(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    tn_timer_stop(http->loop, &exchange->timer);
    link_append(&http->active, &exchange->link);
    if (exchange->class == TN_HTTP_READ && exchange->host && exchange->err.code)
        tn_outage_given_up(&exchange->host->outage, exchange); /* told before the read is done */
    tn_job_post(http->loop, &exchange->job, on_done);
}

static void drop_answer(struct tn_http_exchange *exchange)
{
    tn_buf_deinit(&exchange->answer);
    tn_buf_deinit(&exchange->headers_kept);
    exchange->status = 0;
    exchange->retry_after_ms = -1;
}

static void fail_unsent(struct tn_http_exchange *exchange)
{
    drop_answer(exchange);
    exchange->fate = TN_HTTP_NOT_SENT;
    finish(exchange);
}

/* ---- attempts --------------------------------------------------------------------------------------------------- */

static int64_t time_left_ms(const struct tn_http_exchange *exchange)
{
    int64_t deadline_ms = exchange->deadline_ms ? exchange->deadline_ms : exchange->http->read_deadline_ms;
    return exchange->started_ms + deadline_ms - tn_loop_ran_ms(exchange->http->loop);
}

/* What an outage took of the time is given back once it is over: it was nobody's who waits here. */
static void end_ride(struct tn_http_exchange *exchange)
{
    if (exchange->riding_ms && tn_outage_over(&exchange->host->outage, exchange->riding_ms)) {
        exchange->riding_ms = 0;
        exchange->started_ms = tn_loop_ran_ms(exchange->http->loop);
    }
}

static uint32_t attempt_timeout_ms(const struct tn_http_exchange *exchange)
{
    if (exchange->class == TN_HTTP_EFFECT)
        return exchange->timeout_ms ? exchange->timeout_ms : EFFECT_TIMEOUT_MS;
    int64_t timeout_ms = exchange->timeout_ms ? exchange->timeout_ms : READ_TIMEOUT_MS,
            left_ms = time_left_ms(exchange);
    if (timeout_ms > left_ms)
        timeout_ms = left_ms;
    return timeout_ms < 1 ? 1 : (uint32_t)timeout_ms;
}

static void attempt(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    drop_answer(exchange);
    end_ride(exchange);
    exchange->err = (struct tn_err){0};
    exchange->answer.limit = exchange->max_body_bytes ? exchange->max_body_bytes : MAX_BODY_BYTES;
    tn_timer_stop(http->loop, &exchange->timer);
    link_append(&http->active, &exchange->link);
    exchange->transfer = http->transport->start(http->transport, exchange, attempt_timeout_ms(exchange));
    if (!exchange->transfer) {
        tn_err_no_memory(&exchange->err);
        fail_unsent(exchange);
        return;
    }
    exchange->attempts++;
    exchange->attempted_ms = tn_loop_now_ms(http->loop);
    http->counters.in_flight++;
    if (exchange->class == TN_HTTP_READ)
        exchange->host->in_flight++;
}

/* Let those begin whose turn it is. */
static void serve_queue(struct tn_http *http, struct tn_http_host *host)
{
    uint32_t most = http->read_connections * (host->multiplexed ? STREAMS_PER_CONNECTION : 1);
    struct tn_http_exchange *exchange;
    while (!http->closing && host->in_flight < most && (exchange = first_of(&host->queue)))
        attempt(exchange);
}

static void on_deadline(struct tn_timer *timer)
{
    struct tn_http_exchange *exchange = tn_container_of(timer, struct tn_http_exchange, timer);
    int64_t left_ms = time_left_ms(exchange); /* some, when the process was stopped for a while */
    if (left_ms > 0 && tn_timer_start(exchange->http->loop, timer, left_ms, on_deadline) == 0)
        return;
    tn_err_set(&exchange->err, TENURE_ETIMEDOUT, "'%.200s' could not be asked in time: too many requests wait for it",
               exchange->host->origin);
    exchange->err.retryable = true;
    fail_unsent(exchange);
}

static void enqueue(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    struct tn_http_host *host = exchange->host;
    link_append(&host->queue, &exchange->link);
    serve_queue(http, host);
    if (!exchange->transfer && !tn_job_queued(&exchange->job) &&
        tn_timer_start(http->loop, &exchange->timer, time_left_ms(exchange), on_deadline) < 0) {
        tn_err_no_memory(&exchange->err);
        fail_unsent(exchange);
    }
}

static void on_retry(struct tn_timer *timer)
{
    struct tn_http_exchange *exchange = tn_container_of(timer, struct tn_http_exchange, timer);
    exchange->http->counters.retries++;
    enqueue(exchange);
}

static bool worth_repeating(const struct tn_http_exchange *exchange)
{
    if (exchange->fate != TN_HTTP_ANSWERED)
        return exchange->err.retryable;
    int status = exchange->status;
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/* Of a host that has answered before only the deadline of a read counts while it is out of reach; and once somebody is
 * there again, what was tried in vain was the outage's. */
static bool is_exhausted(struct tn_http_exchange *exchange)
{
    const struct tn_outage *outage = &exchange->host->outage;
    uint32_t max_attempts = exchange->max_attempts ? exchange->max_attempts : MAX_ATTEMPTS;
    end_ride(exchange);
    if (!tn_outage_out(outage))
        return exchange->attempts - exchange->ridden >= max_attempts;
    exchange->riding_ms = tn_loop_now_ms(exchange->http->loop);
    exchange->ridden++;
    return !tn_outage_met(outage) && exchange->attempts >= max_attempts;
}

/* True when the exchange waits now for its next attempt. While it does it holds a timer, no handle and no body. */
static bool repeat_later(struct tn_http_exchange *exchange)
{
    bool exhausted = is_exhausted(exchange);
    if (exchange->class == TN_HTTP_EFFECT || exhausted || !worth_repeating(exchange))
        return false;
    int64_t retry_after_ms = exchange->retry_after_ms;
    if (retry_after_ms > RETRY_AFTER_HONOURED_MS)
        retry_after_ms = RETRY_AFTER_HONOURED_MS;
    int64_t wait_ms = tn_http_backoff_ms(exchange->attempts, retry_after_ms, tn_random64());
    if (wait_ms >= time_left_ms(exchange) ||
        tn_timer_start(exchange->http->loop, &exchange->timer, wait_ms, on_retry) < 0)
        return false;
    drop_answer(exchange);
    return true;
}

/* The attempt is over: its place goes to the next in line. */
static void end_attempt(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    exchange->transfer = NULL;
    http->counters.in_flight--;
    if (exchange->class == TN_HTTP_READ)
        exchange->host->in_flight--;
}

static void note_attempts(struct tn_http_exchange *exchange)
{
    if (exchange->attempts > 1)
        tn_err_prefix(&exchange->err, "tried %u times", exchange->attempts);
}

static void on_finished(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    struct tn_http_host *host = exchange->host;
    if (exchange->fate == TN_HTTP_ANSWERED) {
        host->multiplexed = exchange->class == TN_HTTP_READ ? exchange->multiplexed : host->multiplexed;
        http->counters.throttled += exchange->status == 429;
    } else {
        tn_buf_deinit(&exchange->answer); /* half a body is none */
    }
    end_attempt(exchange);
    tn_outage_note(&host->outage, exchange, exchange->attempted_ms);
    if (!repeat_later(exchange)) {
        if (exchange->err.code)
            note_attempts(exchange);
        finish(exchange);
    }
    serve_queue(http, host);
}

/* ---- exchanges -------------------------------------------------------------------------------------------------- */

void tn_http_start(struct tn_http *http, struct tn_http_exchange *exchange)
{
    exchange->http = http;
    exchange->host = NULL;
    exchange->transfer = NULL;
    exchange->attempts = exchange->ridden = 0;
    exchange->riding_ms = 0;
    exchange->err = (struct tn_err){0};
    exchange->started_ms = tn_loop_ran_ms(http->loop);
    drop_answer(exchange);
    if (check_exchange(exchange, &exchange->err) < 0 || find_host(http, exchange) < 0) {
        fail_unsent(exchange);
    } else if (exchange->class == TN_HTTP_EFFECT) {
        http->counters.effects++;
        attempt(exchange);
    } else {
        http->counters.reads++;
        enqueue(exchange);
    }
}

void tn_http_cancel(struct tn_http_exchange *exchange)
{
    struct tn_http *http = exchange->http;
    if (!http)
        return;
    tn_timer_stop(http->loop, &exchange->timer);
    tn_job_cancel(http->loop, &exchange->job);
    link_remove(&exchange->link);
    if (exchange->transfer) {
        http->transport->cancel(http->transport, exchange->transfer);
        end_attempt(exchange);
        serve_queue(http, exchange->host);
    }
    exchange->http = NULL;
    drop_answer(exchange);
}

void tn_http_release(struct tn_http_exchange *exchange)
{
    drop_answer(exchange);
}

struct tn_http_counters tn_http_counters_of(const struct tn_http *http)
{
    return http->counters;
}

/* ---- the client ------------------------------------------------------------------------------------------------- */

int tn_http_new(struct tn_loop *loop, const struct tn_http_options *options, struct tn_http **out, struct tn_err *err)
{
    static const struct tn_http_options defaults = {0};
    options = options ? options : &defaults;
    struct tn_http *http = calloc(1, sizeof *http);
    if (!http)
        return tn_err_no_memory(err);
    http->loop = loop;
    http->allow_plain = options->allow_plain;
    http->watcher = options->watcher;
    http->read_deadline_ms = options->read_deadline_ms ? options->read_deadline_ms : DEADLINE_MS;
    http->read_connections = options->read_connections ? options->read_connections : READ_CONNECTIONS;
    link_init(&http->active);
    http->transport = options->transport;
    int rc = TENURE_OK;
    if (!http->transport)
        rc = tn_curl_transport_new(loop, options, http->read_connections, &http->transport, err);
    if (rc < 0) {
        free(http);
        return rc;
    }
    http->transport->finished = on_finished;
    *out = http;
    return TENURE_OK;
}

static void cancel_all(struct tn_http_link *ring)
{
    struct tn_http_exchange *exchange;
    while ((exchange = first_of(ring)))
        tn_http_cancel(exchange);
}

static void free_hosts(struct tn_http *http)
{
    struct tn_http_host *host;
    while ((host = http->hosts)) {
        http->hosts = host->next;
        tn_outage_deinit(&host->outage);
        free(host);
    }
}

void tn_http_free(struct tn_http *http)
{
    if (!http)
        return;
    http->closing = true;
    cancel_all(&http->active);
    for (struct tn_http_host *host = http->hosts; host; host = host->next)
        cancel_all(&host->queue);
    http->transport->free(http->transport);
    free_hosts(http);
    free(http);
}
