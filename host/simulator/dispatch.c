/* From a request to its answer: see dispatch.h. */
#include "simulator/dispatch.h"

#include <stdlib.h>

#include "simulator/arm.h"
#include "simulator/control.h"
#include "simulator/partner_center.h"
#include "simulator/partner_replay.h"
#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/token.h"

/* A call that was answered 504 and is done afterwards; nobody hears its answer. */
struct tn_sim_deferred {
    struct tn_link link;
    struct tn_timer timer;
    struct tn_sim_call *call;
    struct tn_sim_answer answer;
};

/* ---- refusals in the words of each service ---------------------------------------------------------------------- */

static void refuse(struct tn_sim_call *call, enum tn_sim_service service, int status, const char *code, int number,
                   const char *message)
{
    switch (service) {
    case TN_SIM_ARM:
        tn_sim_arm_gateway_error(call, status, code, "%s", message);
        break;
    case TN_SIM_PARTNER_CENTER:
        tn_sim_partner_error(call, status, number, "%s", message);
        break;
    case TN_SIM_LOGIN:
        tn_sim_token_error(call, status, status < 500 ? "invalid_request" : "temporarily_unavailable", 90033, "%s",
                           message);
        break;
    case TN_SIM_WEB:
    case TN_SIM_CONTROL:
        tn_sim_control_error(call, status, message);
        break;
    }
}

static void put_headers(struct tn_sim_call *call, enum tn_sim_service service)
{
    if (service == TN_SIM_ARM)
        tn_sim_arm_headers(call);
    else if (service == TN_SIM_PARTNER_CENTER)
        tn_sim_partner_headers(call);
}

static void refuse_unknown(struct tn_sim_call *call, bool path_known)
{
    enum tn_sim_service service = tn_sim_route_service(call);
    call->simulator->book.unknown++;
    put_headers(call, service);
    if (path_known)
        refuse(call, service, 405, "HttpMethodNotSupported", 405, "The method is not supported for this path.");
    else if (call->segment_count > 1 && tn_id_equal(call->segments[0], "providers"))
        refuse(call, service, 404, "InvalidResourceType", 404,
               "The resource type could not be found in this namespace.");
    else
        refuse(call, service, 404, "ResourceNotFound", 404, "There is nothing at this path.");
}

/* ---- doing it --------------------------------------------------------------------------------------------------- */

static void perform(struct tn_sim_call *call)
{
    enum tn_sim_service service = call->route->service;
    put_headers(call, service);
    if (service == TN_SIM_ARM && !tn_sim_arm_admit(call))
        return;
    if (service == TN_SIM_PARTNER_CENTER && (!tn_sim_partner_admit(call) || tn_sim_partner_replay(call)))
        return;
    call->route->handle(call);
    if (service == TN_SIM_PARTNER_CENTER)
        tn_sim_partner_keep(call);
}

static void free_deferred(struct tn_sim_deferred *deferred)
{
    tn_link_leave(&deferred->link);
    tn_timer_stop(deferred->call->simulator->loop, &deferred->timer);
    tn_sim_call_free(deferred->call);
    tn_sim_answer_deinit(&deferred->answer);
    free(deferred);
}

static void on_deferred(struct tn_timer *timer)
{
    struct tn_sim_deferred *deferred = tn_container_of(timer, struct tn_sim_deferred, timer);
    perform(deferred->call);
    free_deferred(deferred);
}

static bool defer(struct tn_sim_call *call, int64_t after_ms)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_deferred *deferred = calloc(1, sizeof *deferred);
    if (!deferred || tn_timer_start(simulator->loop, &deferred->timer, after_ms, on_deferred) < 0) {
        free(deferred);
        return false;
    }
    call->answer = &deferred->answer;
    deferred->call = call;
    tn_link_enter(&simulator->deferred, &deferred->link);
    return true;
}

void tn_sim_deferred_stop(struct tn_simulator *simulator)
{
    for (struct tn_link *link; (link = tn_link_take(&simulator->deferred));)
        free_deferred(tn_container_of(link, struct tn_sim_deferred, link));
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

static bool hits(struct tn_sim_call *call, enum tn_sim_fault fault, int64_t *value)
{
    return tn_sim_fault_hits(&call->simulator->faults, fault, call->route->operation, value);
}

static void answer_throttled(struct tn_sim_call *call, int64_t seconds)
{
    put_headers(call, call->route->service);
    tn_sim_answer_header(call->answer, "Retry-After", "%lld", (long long)seconds);
    if (call->route->service != TN_SIM_PARTNER_CENTER) {
        refuse(call, call->route->service, 429, "TooManyRequests", 429,
               "The request was throttled. Please try again later.");
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 429);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "statusCode", 429);
    tn_jw_kv_string(&w, "message", "Rate limit is exceeded. Please try again later.");
    tn_jw_object_end(&w);
}

/* The faults that keep a request from being done. True: one did, and the answer is there. */
static bool is_stopped(struct tn_sim_call *call)
{
    enum tn_sim_service service = call->route->service;
    int64_t value = 0;
    if (hits(call, TN_SIM_THROTTLE, &value)) {
        answer_throttled(call, value);
        return true;
    }
    if (hits(call, TN_SIM_ERROR, &value)) {
        int status = value ? (int)value : tn_sim_random_chance(&call->simulator->faults.random, 0.5) ? 500 : 503;
        put_headers(call, service);
        refuse(call, service, status, status == 503 ? "ServerTimeout" : "InternalServerError", status,
               "The server could not process the request. Please try again later.");
        return true;
    }
    if (hits(call, TN_SIM_LOSE, NULL)) {
        call->answer->delivery = TN_SIM_CLOSE;
        return true;
    }
    return false;
}

/* The faults that spoil the answer to a request that was done. */
static void spoil(struct tn_sim_call *call)
{
    if (hits(call, TN_SIM_DROP, NULL))
        call->answer->delivery = TN_SIM_CLOSE;
    else if (hits(call, TN_SIM_TRUNCATE, NULL))
        call->answer->delivery =
            tn_sim_random_chance(&call->simulator->faults.random, 0.5) ? TN_SIM_CUT_MEASURED : TN_SIM_CUT_OPEN;
}

/* 504 in the name of the gateway; the call goes on without its connection. */
static bool is_late(struct tn_sim_call *call, struct tn_sim_answer *answer)
{
    int64_t after_ms = 0;
    if (!hits(call, TN_SIM_LATE, &after_ms))
        return false;
    put_headers(call, call->route->service);
    refuse(call, call->route->service, 504, "GatewayTimeout", 504,
           "The gateway did not receive a response from the provider within the specified time period.");
    if (defer(call, after_ms))
        return true;
    tn_sim_answer_reset(answer);
    answer->body.failed = true;
    return false;
}

bool tn_sim_dispatch(struct tn_sim_call *call, struct tn_sim_answer *answer)
{
    struct tn_simulator *simulator = call->simulator;
    bool path_known;
    int64_t slow_ms = 0;
    call->answer = answer;
    if (!tn_sim_route_match(call, &path_known)) {
        refuse_unknown(call, path_known);
        return false;
    }
    simulator->book.served[call->route - tn_sim_routes]++;
    if (call->route->service == TN_SIM_CONTROL) {
        call->route->handle(call);
        return false;
    }
    answer->delay_ms = simulator->latency_ms;
    if (hits(call, TN_SIM_SLOW, &slow_ms))
        answer->delay_ms += slow_ms;
    if (is_stopped(call))
        return false;
    if (is_late(call, answer))
        return true;
    if (!answer->body.failed) {
        perform(call);
        spoil(call);
    }
    return false;
}
