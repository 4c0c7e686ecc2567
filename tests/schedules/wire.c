/* The network: see wire.h. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "oracle.h"
#include "process.h"
#include "service.h"

/* What becomes of a request and its answer. */
enum fate {
    FINE,
    REFUSED,      /* no byte leaves */
    LOST,         /* it never arrives, and the connection breaks */
    DROPPED,      /* it is done, and the connection breaks */
    SILENT,       /* it is done, and the answer comes too late */
    BROKEN,       /* 500, not done */
    BROKEN_DONE,  /* 500, done */
    GATEWAY,      /* 504, done later */
    GATEWAY_LOST, /* 504, never done */
    THROTTLED,    /* 429 */
    UNAUTHORIZED, /* 401 */
    REJECTED,     /* 400, not done */
    CONFLICT,     /* 409, not done */
    CONFLICT_DONE,
    CUT,  /* done, half a body */
    HTML, /* 200 from something in between, not done */
    FATES,
};

static const char *const fate_names[FATES] = {
    "fine",         "refused",         "lost",          "dropped",   "silent",       "broken",
    "broken, done", "504, done later", "504, not done", "throttled", "unauthorized", "rejected",
    "conflict",     "conflict, done",  "cut",           "html",
};

static const enum fate of_effects[] = {
    REFUSED, LOST,         LOST,      DROPPED,      DROPPED,  SILENT,   BROKEN, BROKEN_DONE,   GATEWAY, GATEWAY,
    GATEWAY, GATEWAY_LOST, THROTTLED, UNAUTHORIZED, REJECTED, CONFLICT, CUT,    CONFLICT_DONE, HTML};
static const enum fate of_reads[] = {REFUSED, LOST, SILENT, BROKEN, THROTTLED, UNAUTHORIZED, CUT, HTML};

#define MOST_IN_KERNEL_MS 30000 /* unacknowledged: TCP_USER_TIMEOUT */
#define MOST_AT_WORK_MS 60000   /* ARM's own limit for a request */

struct wire {
    struct tn_transport base;
    struct process *process;
};

/* One attempt. */
struct tn_http_transfer {
    struct tn_timer timer; /* on the network's loop */
    struct world *world;
    struct wire *wire;                 /* NULL: nobody waits for its answer */
    struct tn_http_exchange *exchange; /* likewise */
    enum fate fate;
    bool effect, changes, arrived, under_way; /* under_way: an effect that has left and has not arrived */
    uint32_t timeout_ms;
    int64_t sent_ms, late_ms, stale_ms, asleep_ms;    /* asleep_ms: what the machine had slept when it was sent */
    char *method, *url, *body, *bearer, *correlation; /* owned */
    struct service_answer answer;
};

static char *copy(const char *text)
{
    char *made = text ? strdup(text) : NULL;
    if (text && !made)
        abort();
    return made;
}

static void free_flight(struct tn_http_transfer *flight)
{
    tn_timer_stop(flight->world->loop, &flight->timer);
    flight->world->sending -= flight->under_way;
    tn_buf_deinit(&flight->answer.body);
    free(flight->method);
    free(flight->url);
    free(flight->body);
    free(flight->bearer);
    free(flight->correlation);
    free(flight);
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

static void put_header(struct tn_http_exchange *exchange, const char *name, const char *value)
{
    tn_buf_put(&exchange->headers_kept, name, strlen(name) + 1);
    tn_buf_put(&exchange->headers_kept, value, strlen(value) + 1);
}

static void tear(struct tn_http_exchange *exchange, enum tn_http_fate fate, int code, const char *text)
{
    exchange->fate = fate;
    tn_err_set(&exchange->err, code, "'127.0.0.1:1' %s", text);
    exchange->err.retryable = true;
}

static void answer_with(struct tn_http_exchange *exchange, int status, const char *body, size_t len)
{
    exchange->fate = TN_HTTP_ANSWERED;
    exchange->status = status;
    tn_buf_put(&exchange->answer, body, len);
    put_header(exchange, "x-ms-request-id", "a-request");
}

static void answer_refusal(struct tn_http_exchange *exchange, int status)
{
    static const char body[] = "{\"error\":{\"code\":\"Refused\",\"message\":\"by the network\"}}";
    answer_with(exchange, status, body, sizeof body - 1);
    if (status == 429) {
        exchange->retry_after_ms = 3000;
        put_header(exchange, "retry-after", "3");
    }
}

static void answer_service(const struct tn_http_transfer *flight, size_t len)
{
    answer_with(flight->exchange, flight->answer.status, tn_buf_text(&flight->answer.body), len);
    if (flight->answer.location[0])
        put_header(flight->exchange, "location", flight->answer.location);
}

static void write_answer(struct tn_http_transfer *flight)
{
    static const char html[] = "<html>Welcome to this hotel's network</html>";
    struct tn_http_exchange *exchange = flight->exchange;
    switch (flight->fate) {
    case REFUSED:
        tear(exchange, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE, "cannot be connected to");
        break;
    case LOST:
    case DROPPED:
        tear(exchange, TN_HTTP_TORN, TENURE_EIO, "broke off before its answer was complete");
        break;
    case SILENT:
        tear(exchange, TN_HTTP_TORN, TENURE_ETIMEDOUT, "gave no complete answer in time");
        break;
    case BROKEN:
    case BROKEN_DONE:
        answer_refusal(exchange, 500);
        break;
    case GATEWAY:
    case GATEWAY_LOST:
        answer_refusal(exchange, 504);
        break;
    case THROTTLED:
        answer_refusal(exchange, 429);
        break;
    case UNAUTHORIZED:
        answer_refusal(exchange, 401);
        break;
    case REJECTED:
        answer_refusal(exchange, 400);
        break;
    case CONFLICT:
    case CONFLICT_DONE:
        answer_refusal(exchange, 409);
        break;
    case CUT:
        answer_service(flight, flight->answer.body.len / 2);
        break;
    case HTML:
        answer_with(exchange, 200, html, sizeof html - 1);
        break;
    default:
        answer_service(flight, flight->answer.body.len);
    }
}

static void on_answer(struct tn_timer *timer)
{
    struct tn_http_transfer *flight = tn_container_of(timer, struct tn_http_transfer, timer);
    struct wire *wire = flight->wire;
    struct tn_http_exchange *exchange = flight->exchange;
    if (wire && flight->effect && process_reaches(wire->process, CRASH_ANSWER))
        return; /* the process is taken down, and its client lets go of this */
    if (wire && process_is_dead(wire->process))
        return;
    if (wire)
        write_answer(flight);
    free_flight(flight);
    if (!wire)
        return;
    disk_serve(wire->process);
    wire->base.finished(exchange);
    disk_serve(NULL);
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static bool is_done(enum fate fate)
{
    return fate == FINE || fate == DROPPED || fate == SILENT || fate == BROKEN_DONE || fate == GATEWAY ||
           fate == CONFLICT_DONE || fate == CUT;
}

static int64_t answer_delay_ms(const struct tn_http_transfer *flight)
{
    struct chance *chance = &flight->world->chance;
    int64_t until_timeout = flight->sent_ms + flight->timeout_ms - flight->world->now_ms;
    if (flight->fate == GATEWAY || flight->fate == GATEWAY_LOST)
        return flight->effect ? 60000 : 1000;
    if (flight->fate == SILENT || (flight->fate == LOST && chance_hits(chance, 500)))
        return until_timeout;
    return chance_hits(chance, 50) ? chance_between(chance, 1000, 20000) : chance_between(chance, 1, 200);
}

/* The machine slept with it in its hands: the kernel sends it again some time after waking, and then the service takes
 * its time. */
static bool slept_over(struct tn_http_transfer *flight)
{
    struct world *world = flight->world;
    if (!flight->under_way || world->asleep_ms <= flight->asleep_ms)
        return false;
    flight->asleep_ms = world->asleep_ms;
    flight->late_ms += chance_between(&world->chance, 0, MOST_AT_WORK_MS);
    return chance_hits(&world->chance, 700);
}

static void on_arrival(struct tn_timer *timer)
{
    struct tn_http_transfer *flight = tn_container_of(timer, struct tn_http_transfer, timer);
    struct world *world = flight->world;
    if (slept_over(flight)) {
        tn_timer_start(world->loop, timer, chance_between(&world->chance, 1, MOST_IN_KERNEL_MS), on_arrival);
        return;
    }
    flight->arrived = true;
    world->sending -= flight->under_way;
    flight->under_way = false;
    if (is_done(flight->fate)) {
        const struct service_request request = {.method = flight->method,
                                                .url = flight->url,
                                                .body = flight->body,
                                                .bearer = flight->bearer,
                                                .correlation = flight->correlation,
                                                .late_ms = flight->late_ms,
                                                .stale_ms = flight->stale_ms};
        service_ask(world->service, &request, &flight->answer);
        if (flight->effect)
            tell(world, "  arrived %.8s: HTTP %d%s", flight->correlation, flight->answer.status,
                 flight->answer.accepted ? ", ACCEPTED" : "");
        if (flight->answer.collides) /* whatever the ledger says that it has locked */
            violate(world, ORDER, "%s was asked for on an order on which something of ours is under way",
                    flight->correlation);
    }
    if (!flight->wire) {
        free_flight(flight);
        return;
    }
    tn_timer_start(world->loop, timer, answer_delay_ms(flight), on_answer);
}

static void draw_fate(struct tn_http_transfer *flight)
{
    struct world *world = flight->world;
    struct chance *chance = &world->chance;
    const enum fate *list = flight->effect ? of_effects : of_reads;
    if (world->now_ms < world->out_until_ms) {
        flight->fate = REFUSED;
        return;
    }
    size_t count = flight->effect ? sizeof of_effects / sizeof *of_effects : sizeof of_reads / sizeof *of_reads;
    if (chance_hits(chance, flight->effect ? world->weather.sends : world->weather.reads))
        flight->fate = list[chance_below(chance, (int64_t)count)];
    if (flight->fate == CONFLICT_DONE && flight->changes)
        flight->fate = CONFLICT; /* of what is named a conflict is believed */
    if (flight->effect && chance_hits(chance, world->weather.sends))
        flight->late_ms = chance_between(chance, 0, chance_hits(chance, 500) ? 2000 : 30000);
    if (flight->fate == GATEWAY)
        flight->late_ms = chance_between(chance, 1000, 150000);
    if (!flight->effect && chance_hits(chance, world->weather.reads * 2))
        flight->stale_ms = chance_between(chance, 0, world->weather.stale_ms);
}

/* In bad weather a packet takes half a minute, whatever has become of its sender. */
static int64_t arrival_delay_ms(const struct tn_http_transfer *flight)
{
    struct chance *chance = &flight->world->chance;
    int slow = flight->world->may_sleep ? 400 : flight->world->weather.sends / 4;
    if (flight->effect && flight->world->weather.sends && chance_hits(chance, slow))
        return chance_between(chance, 1000, MOST_IN_KERNEL_MS);
    return chance_between(chance, 1, 50);
}

static const char *header_of(const struct tn_http_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (strcmp(exchange->headers[i].name, name) == 0)
            return exchange->headers[i].value;
    }
    return NULL;
}

static struct tn_http_transfer *start(struct tn_transport *transport, struct tn_http_exchange *exchange,
                                      uint32_t timeout_ms)
{
    struct wire *wire = tn_container_of(transport, struct wire, base);
    struct world *world = process_world(wire->process);
    struct tn_http_transfer *flight = calloc(1, sizeof *flight);
    if (!flight)
        abort();
    *flight = (struct tn_http_transfer){.world = world, .wire = wire, .exchange = exchange, .timeout_ms = timeout_ms};
    flight->effect = exchange->class == TN_HTTP_EFFECT;
    flight->changes = strcmp(exchange->method, "PATCH") == 0;
    flight->sent_ms = world->now_ms;
    flight->asleep_ms = world->asleep_ms;
    flight->method = copy(exchange->method);
    flight->url = copy(exchange->url);
    flight->body = copy(exchange->body);
    flight->bearer = copy(exchange->bearer);
    flight->correlation = copy(header_of(exchange, "x-ms-correlation-request-id"));
    exchange->multiplexed = false;
    if (process_is_dead(wire->process) || (flight->effect && process_reaches(wire->process, CRASH_SEND)))
        return flight; /* nothing leaves a dead process */
    draw_fate(flight);
    if (flight->effect) {
        tell(world, "  process %d sends %.8s (%s)", process_number(wire->process), flight->correlation,
             fate_names[flight->fate]);
        oracle_sent(world, wire->process, flight->correlation);
    }
    bool leaves = flight->fate != REFUSED;
    flight->under_way = flight->effect && leaves;
    world->sending += flight->under_way;
    tn_timer_start(world->loop, &flight->timer, leaves ? arrival_delay_ms(flight) : 5, leaves ? on_arrival : on_answer);
    if (flight->effect)
        process_reaches(wire->process, CRASH_SENT);
    return flight;
}

/* What has left arrives all the same. */
static void cancel(struct tn_transport *transport, struct tn_http_transfer *flight)
{
    (void)transport;
    flight->wire = NULL;
    flight->exchange = NULL;
    if (flight->arrived || flight->fate == REFUSED || !tn_timer_running(&flight->timer))
        free_flight(flight);
}

static void free_wire(struct tn_transport *transport)
{
    free(tn_container_of(transport, struct wire, base));
}

struct tn_transport *wire_new(struct process *process)
{
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        abort();
    *wire = (struct wire){.base = {.start = start, .cancel = cancel, .free = free_wire}, .process = process};
    return &wire->base;
}
