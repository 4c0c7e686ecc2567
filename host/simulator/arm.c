/* What all ARM answers have in common: see arm.h. */
#include "simulator/arm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/token.h"

static const char *const versions[] = {"2022-11-01", "2022-03-01", NULL};

void tn_sim_arm_headers(struct tn_sim_call *call)
{
    char id[TN_GUID_TEXT], when[TN_TIME_TEXT], routing[TN_GUID_TEXT];
    struct tn_simulator *simulator = call->simulator;
    const char *correlation = call->headers[TN_SIM_CORRELATION_REQUEST_ID];
    const char *client = call->headers[TN_SIM_CLIENT_REQUEST_ID];
    const char *echo = call->headers[TN_SIM_RETURN_CLIENT_REQUEST_ID];
    bool read = strcmp(call->method, "GET") == 0;
    tn_sim_random_guid(&simulator->ids, id);
    tn_sim_random_guid(&simulator->ids, routing);
    tn_time_format(tn_loop_wall_ms(simulator->loop) / 1000, when);
    tn_sim_answer_header(call->answer, "x-ms-request-id", "%s", id);
    tn_sim_answer_header(call->answer, "x-ms-correlation-request-id", "%s", correlation ? correlation : id);
    tn_sim_answer_header(call->answer, "x-ms-routing-request-id", "SIMULATOR:%s:%s", when, routing);
    if (client && echo && tn_id_equal(echo, "true"))
        tn_sim_answer_header(call->answer, "x-ms-client-request-id", "%s", client);
    tn_sim_answer_header(call->answer,
                         read ? "x-ms-ratelimit-remaining-tenant-reads" : "x-ms-ratelimit-remaining-tenant-writes",
                         "%d", read ? 11999 : 1199);
}

static void write_error(struct tn_sim_call *call, int status, const char *code, const char *fmt, va_list args)
{
    char message[512];
    vsnprintf(message, sizeof message, fmt, args);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_key(&w, "error");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "code", code);
    tn_jw_kv_string(&w, "message", message);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

void tn_sim_arm_error(struct tn_sim_call *call, int status, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    write_error(call, status, code, fmt, args);
    va_end(args);
}

void tn_sim_arm_gateway_error(struct tn_sim_call *call, int status, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    write_error(call, status, code, fmt, args);
    va_end(args);
    tn_sim_answer_header(call->answer, "x-ms-failure-cause", "gateway");
}

static bool token_good(struct tn_sim_call *call)
{
    switch (tn_sim_token_check(call, TN_SIM_FOR_ARM)) {
    case TN_SIM_TOKEN_GOOD:
        return true;
    case TN_SIM_TOKEN_MISSING:
        tn_sim_arm_gateway_error(call, 401, "InvalidAuthenticationToken",
                                 "Authentication failed. The 'Authorization' header is missing.");
        break;
    case TN_SIM_TOKEN_BROKEN:
        tn_sim_arm_gateway_error(call, 401, "InvalidAuthenticationToken", "The access token is invalid.");
        break;
    case TN_SIM_TOKEN_EXPIRED:
        tn_sim_arm_gateway_error(call, 401, "ExpiredAuthenticationToken", "The access token has expired.");
        break;
    case TN_SIM_TOKEN_MISAIMED:
        tn_sim_arm_gateway_error(call, 401, "InvalidAuthenticationToken",
                                 "The access token is for another audience than Azure Resource Manager.");
        break;
    }
    tn_sim_answer_header(call->answer, "WWW-Authenticate", "Bearer authorization_uri=\"%s\", error=\"invalid_token\"",
                         call->simulator->url);
    return false;
}

static bool version_good(struct tn_sim_call *call)
{
    const char *version = tn_sim_call_query(call, "api-version");
    if (!version || !*version) {
        tn_sim_arm_gateway_error(call, 400, "MissingApiVersionParameter",
                                 "The api-version query parameter (?api-version=) is required for all requests.");
        return false;
    }
    for (size_t i = 0; versions[i]; i++) {
        if (strcmp(versions[i], version) == 0)
            return true;
    }
    tn_sim_arm_gateway_error(call, 400, "InvalidApiVersionParameter",
                             "The api-version '%.40s' is invalid. The supported versions are '%s,%s'.", version,
                             versions[0], versions[1]);
    return false;
}

bool tn_sim_arm_admit(struct tn_sim_call *call)
{
    if (!token_good(call) || !version_good(call))
        return false;
    if (!call->customer->rights_missing)
        return true;
    tn_sim_arm_gateway_error(call, 403, "AuthorizationFailed",
                             "The client '%s' does not have authorization to perform action '%s' over scope "
                             "'/providers/Microsoft.Capacity' or the scope is invalid. If access was recently granted, "
                             "please refresh your credentials.",
                             call->simulator->client_id, call->route->action);
    return false;
}

const char *tn_sim_arm_version(const struct tn_sim_call *call)
{
    const char *version = tn_sim_call_query(call, "api-version");
    return version ? version : versions[0];
}
