/* What all ARM answers have in common: see arm.h. */
#include "simulator/arm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/token.h"

#define MOST_VERSIONS 8

/* What each resource provider understands, newest first: what its specification says and what clients of Debian 12 and
 * of npm send. The last row is Azure Resource Manager itself, which also stands for a provider that has no row. */
static const struct provider {
    const char *name;
    const char *versions[MOST_VERSIONS]; /* ends with NULL */
} providers[] = {
    {"Microsoft.Capacity", {"2022-11-01", "2022-03-01"}},
    {"Microsoft.BillingBenefits", {"2022-11-01"}},
    {"Microsoft.Consumption", {"2023-05-01", "2021-10-01"}},
    {"Microsoft.Support", {"2024-04-01", "2020-04-01"}},
    {"Microsoft.Authorization", {"2022-04-01", "2018-07-01", "2015-07-01"}},
    {"Microsoft.Resources", {"2022-12-01", "2022-09-01", "2021-04-01", "2021-01-01", "2020-01-01", "2016-06-01"}},
};
#define RESOURCES (sizeof providers / sizeof providers[0] - 1)

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

/* Where the last "providers/{namespace}" of the path begins; segment_count: nowhere. A namespace with nothing behind it
 * but its registration is looked after by Azure Resource Manager. */
static size_t provider_segment(const struct tn_sim_call *call)
{
    for (size_t i = call->segment_count; i-- > 0;) {
        if (!tn_id_equal(call->segments[i], "providers") || i + 2 >= call->segment_count)
            continue;
        const char *type = call->segments[i + 2];
        return tn_id_equal(type, "register") || tn_id_equal(type, "unregister") ? call->segment_count : i;
    }
    return call->segment_count;
}

static const struct provider *provider_of(const struct tn_sim_call *call)
{
    size_t at = provider_segment(call);
    for (size_t i = 0; at < call->segment_count && i < RESOURCES; i++) {
        if (tn_id_equal(providers[i].name, call->segments[at + 1]))
            return &providers[i];
    }
    return &providers[RESOURCES];
}

static bool version_good(struct tn_sim_call *call)
{
    char supported[MOST_VERSIONS * 12] = "";
    const struct provider *provider = provider_of(call);
    const char *version = tn_sim_call_query(call, "api-version");
    if (!version || !*version) {
        tn_sim_arm_gateway_error(call, 400, "MissingApiVersionParameter",
                                 "The api-version query parameter (?api-version=) is required for all requests.");
        return false;
    }
    for (size_t i = 0, len = 0; i < MOST_VERSIONS && provider->versions[i]; i++) {
        if (strcmp(provider->versions[i], version) == 0)
            return true;
        len += (size_t)snprintf(supported + len, sizeof supported - len, i ? ",%s" : "%s", provider->versions[i]);
    }
    tn_sim_arm_gateway_error(call, 400, "InvalidApiVersionParameter",
                             "The api-version '%.40s' is invalid. The supported versions are '%s'.", version,
                             supported);
    return false;
}

/* What is asked about, as a refusal names it: the path before an extension such as role assignments, else the
 * provider. */
static void scope_text(const struct tn_sim_call *call, char *text, size_t size)
{
    size_t at = provider_segment(call), end = at == 0 ? 2 : at;
    text[0] = '\0';
    for (size_t i = 0, len = 0; i < end && i < call->segment_count && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "/%s", call->segments[i]);
}

bool tn_sim_arm_admit(struct tn_sim_call *call)
{
    char scope[256];
    if (!token_good(call) || !version_good(call))
        return false;
    if (!call->customer->rights_missing)
        return true;
    scope_text(call, scope, sizeof scope);
    tn_sim_arm_gateway_error(call, 403, "AuthorizationFailed",
                             "The client '%s' does not have authorization to perform action '%s' over scope '%s' or "
                             "the scope is invalid. If access was recently granted, please refresh your credentials.",
                             call->simulator->client_id, call->route->action, scope);
    return false;
}

const char *tn_sim_arm_version(const struct tn_sim_call *call)
{
    const char *version = tn_sim_call_query(call, "api-version");
    return version ? version : provider_of(call)->versions[0];
}

bool tn_sim_arm_subscription(struct tn_sim_call *call, const char *id)
{
    if (tn_sim_subscription_find(&call->simulator->world, id) == call->customer)
        return true;
    if (!tn_guid_valid(id, strlen(id)))
        tn_sim_arm_gateway_error(call, 400, "InvalidSubscriptionId",
                                 "The provided subscription identifier '%.60s' is malformed or invalid.", id);
    else
        tn_sim_arm_gateway_error(call, 404, "SubscriptionNotFound", "The subscription '%s' could not be found.", id);
    return false;
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

static void put_encoded(struct tn_buf *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~", *text);
        if (plain)
            tn_buf_putc(out, *text);
        else
            tn_buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

void tn_sim_arm_next_url(const struct tn_sim_call *call, const char *skip_name, int64_t skip, struct tn_buf *url)
{
    tn_buf_puts(url, call->simulator->url);
    for (size_t i = 0; i < call->segment_count; i++) {
        tn_buf_putc(url, '/');
        put_encoded(url, call->segments[i]);
    }
    tn_buf_putc(url, '?');
    for (size_t i = 0; i < call->query_count; i++) {
        if (tn_id_equal(call->query[i].name, skip_name))
            continue;
        put_encoded(url, call->query[i].name);
        tn_buf_putc(url, '=');
        put_encoded(url, call->query[i].value);
        tn_buf_putc(url, '&');
    }
    put_encoded(url, skip_name);
    tn_buf_printf(url, "=%lld", (long long)skip);
}

void tn_sim_arm_next_link(const struct tn_sim_call *call, struct tn_json_writer *w, const char *skip_name, int64_t skip)
{
    struct tn_buf url = {0};
    tn_sim_arm_next_url(call, skip_name, skip, &url);
    tn_jw_kv_string(w, "nextLink", tn_buf_text(&url));
    w->out->failed |= url.failed;
    tn_buf_deinit(&url);
}

bool tn_sim_arm_skip(struct tn_sim_call *call, int64_t *skip)
{
    *skip = 0;
    if (tn_sim_call_number(call, "$skiptoken", skip))
        return true;
    tn_sim_arm_error(call, 400, "BadRequest", "The $skiptoken is not one of ours.");
    return false;
}
