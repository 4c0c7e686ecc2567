/* Outages of an origin: see outage.h. */
#include "net/outage.h"

#define SILENT_ATTEMPTS 3
#define SILENT_MS 5000 /* one attempt that took as long says as much */

void tn_outage_init(struct tn_outage *outage, struct tn_loop *loop, const struct tn_http_watcher *watcher,
                    const char *origin)
{
    *outage = (struct tn_outage){.loop = loop, .watcher = watcher, .origin = origin, .answered_ms = -1};
}

void tn_outage_deinit(struct tn_outage *outage)
{
    tn_job_cancel(outage->loop, &outage->job);
}

static void on_job(struct tn_job *job)
{
    struct tn_outage *outage = tn_container_of(job, struct tn_outage, job);
    unsigned pending = outage->pending;
    struct tn_http_contact_event event = {.origin = outage->origin,
                                          .err = outage->err,
                                          .met = outage->answered_ms >= 0,
                                          .silent_ms = tn_loop_now_ms(outage->loop) - outage->since_ms};
    outage->pending = 0;
    for (event.contact = TN_HTTP_SILENT; event.contact <= TN_HTTP_LOST; event.contact++) {
        if (pending & 1u << event.contact)
            outage->watcher->on_contact(outage->watcher->arg, &event);
    }
}

static void tell(struct tn_outage *outage, enum tn_http_contact contact)
{
    if (!outage->watcher->on_contact)
        return;
    outage->pending |= 1u << contact;
    tn_job_post(outage->loop, &outage->job, on_job);
}

static bool out_of_reach(const struct tn_http_exchange *exchange)
{
    int code = exchange->err.code;
    bool ours = code == TENURE_ENOMEM || code == TENURE_EINVAL; /* not the network's doing */
    return !ours && (exchange->fate == TN_HTTP_NOT_SENT || code == TENURE_ETIMEDOUT);
}

static void note_answer(struct tn_outage *outage, int64_t now_ms)
{
    outage->answered_ms = now_ms;
    outage->failures = 0;
    if (outage->told)
        tell(outage, TN_HTTP_BACK);
    outage->told = false;
}

void tn_outage_note(struct tn_outage *outage, const struct tn_http_exchange *exchange, int64_t began_ms)
{
    int64_t now_ms = tn_loop_now_ms(outage->loop);
    if (exchange->fate == TN_HTTP_ANSWERED)
        note_answer(outage, now_ms);
    if (!out_of_reach(exchange)) {
        outage->failures = 0; /* somebody closed the connection, if no more than that */
        return;
    }
    if (outage->failures++ == 0)
        outage->since_ms = began_ms;
    outage->err = exchange->err;
    if (!outage->told && (outage->failures >= SILENT_ATTEMPTS || now_ms - began_ms >= SILENT_MS)) {
        outage->told = true;
        tell(outage, TN_HTTP_SILENT);
    }
}

bool tn_outage_met(const struct tn_outage *outage)
{
    return outage->answered_ms >= 0;
}

bool tn_outage_out(const struct tn_outage *outage)
{
    return outage->failures > 0;
}

bool tn_outage_over(const struct tn_outage *outage, int64_t seen_ms)
{
    return !outage->failures || outage->answered_ms > seen_ms;
}

/* Whether others got an answer while this one waited for its own. */
static bool answers_others(const struct tn_outage *outage, const struct tn_http_exchange *exchange)
{
    int64_t silent_ms = tn_loop_now_ms(outage->loop) - outage->answered_ms;
    return outage->answered_ms > exchange->attempted_ms && silent_ms < SILENT_MS;
}

void tn_outage_given_up(struct tn_outage *outage, const struct tn_http_exchange *exchange)
{
    if (outage->failures > 0 && out_of_reach(exchange) && !answers_others(outage, exchange)) {
        outage->err = exchange->err;
        tell(outage, TN_HTTP_LOST);
    }
}
