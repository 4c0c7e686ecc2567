/* The token endpoints: see token.h. */
#include "simulator/token.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simulator/route.h"
#include "simulator/state.h"

#define MAX_FORM 16
#define MS_PER_SECOND 1000
#define USER_SCOPE "user_impersonation" /* what every user's token is good for */

/* ---- the text of a token ---------------------------------------------------------------------------------------- */

static void put_base64url(struct tn_buf *out, const char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | (unsigned char)bytes[i];
        for (held += 8; held >= 6; held -= 6)
            tn_buf_putc(out, digits[bits >> (held - 6) & 63]);
    }
    if (held > 0)
        tn_buf_putc(out, digits[bits << (6 - held) & 63]);
}

static void put_claims(const struct tn_simulator *simulator, const struct tn_sim_token *token, const char *resource,
                       struct tn_buf *out)
{
    struct tn_buf claims = {0};
    struct tn_json_writer w;
    int64_t now = tn_loop_wall_ms(simulator->loop) / MS_PER_SECOND;
    tn_jw_init(&w, &claims);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "aud", resource);
    tn_jw_kv_string(&w, "iss", simulator->url);
    tn_jw_kv_int(&w, "iat", now);
    tn_jw_kv_int(&w, "nbf", now);
    tn_jw_kv_int(&w, "exp", now + simulator->faults.token_seconds);
    tn_jw_kv_string(&w, "appid", simulator->client_id);
    if (token->user)
        tn_jw_kv_string(&w, "scp", USER_SCOPE);
    tn_jw_kv_string(&w, "tid", token->customer->id);
    tn_jw_kv_string(&w, "ver", "1.0");
    tn_jw_object_end(&w);
    put_base64url(out, tn_buf_text(&claims), claims.len);
    out->failed |= claims.failed;
    tn_buf_deinit(&claims);
}

/* header.claims.signature; the signature is the token's id twice, without dashes. */
static void put_token(const struct tn_simulator *simulator, const struct tn_sim_token *token, const char *resource,
                      struct tn_buf *out)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"simulated\"}";
    put_base64url(out, header, sizeof header - 1);
    tn_buf_putc(out, '.');
    put_claims(simulator, token, resource, out);
    tn_buf_putc(out, '.');
    for (size_t i = 0; i < 2 * sizeof token->id; i++) {
        char c = token->id[i % sizeof token->id];
        if (c && c != '-')
            tn_buf_putc(out, c);
    }
}

static uint64_t digest_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

/* The GUID at the beginning of the third part; false when there is none. */
static bool id_in(const char *text, char id[TN_GUID_TEXT])
{
    const char *dot = strchr(text, '.');
    dot = dot ? strchr(dot + 1, '.') : NULL;
    if (!dot || strlen(dot + 1) < 32)
        return false;
    snprintf(id, TN_GUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", dot + 1, dot + 9, dot + 13, dot + 17, dot + 21);
    return tn_guid_valid(id, strlen(id));
}

enum tn_sim_token_verdict tn_sim_token_check(struct tn_sim_call *call, unsigned audience)
{
    struct tn_simulator *simulator = call->simulator;
    const char *header = call->headers[TN_SIM_AUTHORIZATION];
    char id[TN_GUID_TEXT];
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return TN_SIM_TOKEN_MISSING;
    const char *text = header + 7 + strspn(header + 7, " ");
    struct tn_sim_token *token = id_in(text, id) ? tn_sim_store_find(&simulator->tokens, id) : NULL;
    if (!token || token->digest != digest_of(text))
        return TN_SIM_TOKEN_BROKEN;
    if (tn_sim_fault_hits(&simulator->faults, TN_SIM_EXPIRE_TOKEN, call->route->operation, NULL))
        token->expires_ms = TN_SIM_ALWAYS;
    if (token->expires_ms <= tn_loop_now_ms(simulator->loop))
        return TN_SIM_TOKEN_EXPIRED;
    if (!(token->audience & audience))
        return TN_SIM_TOKEN_MISAIMED;
    call->customer = token->customer;
    call->user = token->user;
    return TN_SIM_TOKEN_GOOD;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void tn_sim_token_error(struct tn_sim_call *call, int status, const char *error, int code, const char *fmt, ...)
{
    char text[512], when[TN_TIME_TEXT], trace[TN_GUID_TEXT], correlation[TN_GUID_TEXT], description[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    tn_time_format(tn_loop_wall_ms(call->simulator->loop) / MS_PER_SECOND, when);
    tn_sim_random_guid(&call->simulator->ids, trace);
    tn_sim_random_guid(&call->simulator->ids, correlation);
    snprintf(description, sizeof description, "AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", code, text,
             trace, correlation, when);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "error", error);
    tn_jw_kv_string(&w, "error_description", description);
    tn_jw_key(&w, "error_codes");
    tn_jw_array(&w);
    tn_jw_int(&w, code);
    tn_jw_array_end(&w);
    tn_jw_kv_string(&w, "timestamp", when);
    tn_jw_kv_string(&w, "trace_id", trace);
    tn_jw_kv_string(&w, "correlation_id", correlation);
    tn_jw_object_end(&w);
}

/* v1 writes its numbers as strings. */
static void write_granted(struct tn_sim_call *call, const struct tn_sim_token *token, const char *text,
                          const char *resource, bool v1)
{
    long long lifetime = call->simulator->faults.token_seconds;
    long long now = tn_loop_wall_ms(call->simulator->loop) / MS_PER_SECOND;
    char number[24];
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "token_type", "Bearer");
    if (v1) {
        snprintf(number, sizeof number, "%lld", lifetime);
        tn_jw_kv_string(&w, "expires_in", number);
        tn_jw_kv_string(&w, "ext_expires_in", number);
        snprintf(number, sizeof number, "%lld", now + lifetime);
        tn_jw_kv_string(&w, "expires_on", number);
        snprintf(number, sizeof number, "%lld", now);
        tn_jw_kv_string(&w, "not_before", number);
        tn_jw_kv_string(&w, "resource", resource);
    } else {
        tn_jw_kv_int(&w, "expires_in", lifetime);
        tn_jw_kv_int(&w, "ext_expires_in", lifetime);
    }
    tn_jw_kv_string(&w, "access_token", text);
    if (token->user) {
        tn_jw_kv_string(&w, "scope", USER_SCOPE);
        tn_jw_kv_string(&w, "refresh_token", call->simulator->refresh_token); /* it may rotate; this one does not */
    }
    tn_jw_object_end(&w);
    tn_sim_answer_header(call->answer, "Cache-Control", "no-store, no-cache");
}

/* What the token is to stand for was filled in: customer, audience, user. */
static void grant(struct tn_sim_call *call, struct tn_sim_token *token, const char *resource, bool v1)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_buf text = {0};
    token->expires_ms = tn_loop_now_ms(simulator->loop) + simulator->faults.token_seconds * MS_PER_SECOND;
    tn_sim_random_guid(&simulator->ids, token->id);
    put_token(simulator, token, resource, &text);
    token->digest = digest_of(tn_buf_text(&text));
    if (text.failed || !tn_sim_store_add(&simulator->tokens, token))
        call->answer->body.failed = true;
    else
        write_granted(call, token, tn_buf_text(&text), resource, v1);
    tn_buf_deinit(&text);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

/* What a resource or scope is for; 0: nobody knows it. */
static unsigned audience_of(const struct tn_simulator *simulator, const char *resource)
{
    static const struct {
        const char *url;
        unsigned audience;
    } known[] = {
        {"https://management.azure.com", TN_SIM_FOR_ARM},
        {"https://management.core.windows.net", TN_SIM_FOR_ARM},
        {"https://api.partnercenter.microsoft.com", TN_SIM_FOR_PARTNER_CENTER},
        {"https://graph.windows.net", TN_SIM_FOR_PARTNER_CENTER},
    };
    size_t own = strlen(simulator->url);
    if (strncmp(resource, simulator->url, own) == 0 && (!resource[own] || resource[own] == '/'))
        return TN_SIM_FOR_ARM | TN_SIM_FOR_PARTNER_CENTER;
    size_t len = strlen(resource);
    while (len > 0 && resource[len - 1] == '/')
        len--;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].url) == len && strncasecmp(known[i].url, resource, len) == 0)
            return known[i].audience;
    }
    return 0;
}

static const char *form_value(const struct tn_sim_pair *form, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(form[i].name, name) == 0 && form[i].value[0])
            return form[i].value;
    }
    return NULL;
}

/* What the asking is by: a user's refresh token, or the application by itself. False: the refusal is written. */
static bool admit_grant(struct tn_sim_call *call, const struct tn_sim_pair *form, size_t count, bool *user)
{
    const char *grant_type = form_value(form, count, "grant_type");
    const char *refresh = form_value(form, count, "refresh_token");
    *user = grant_type && strcmp(grant_type, "refresh_token") == 0;
    if (!grant_type)
        tn_sim_token_error(call, 400, "invalid_request", 900144, "The request body must contain: 'grant_type'.");
    else if (!*user && strcmp(grant_type, "client_credentials") != 0)
        tn_sim_token_error(call, 400, "unsupported_grant_type", 70003, "The grant type '%.60s' is not supported.",
                           grant_type);
    else if (*user && !refresh)
        tn_sim_token_error(call, 400, "invalid_request", 900144, "The request body must contain: 'refresh_token'.");
    else if (*user && strcmp(refresh, call->simulator->refresh_token) != 0)
        tn_sim_token_error(call, 400, "invalid_grant", 70000, "The provided refresh token is not valid.");
    else
        return true;
    return false;
}

/* Who asks, and for which tenant: fills in customer and user. False: the refusal is written. */
static bool admit_client(struct tn_sim_call *call, const struct tn_sim_pair *form, size_t count,
                         struct tn_sim_token *token)
{
    struct tn_simulator *simulator = call->simulator;
    const char *tenant = call->params[0];
    const char *client = form_value(form, count, "client_id"), *secret = form_value(form, count, "client_secret");
    struct tn_sim_customer *customer = tn_sim_customer_find(&simulator->world, tenant);
    if (!admit_grant(call, form, count, &token->user))
        return false;
    if (!client)
        tn_sim_token_error(call, 400, "invalid_request", 900144, "The request body must contain: 'client_id'.");
    else if (!customer)
        tn_sim_token_error(call, 400, "invalid_request", 90002, "Tenant '%.80s' not found.", tenant);
    else if (!tn_id_equal(client, simulator->client_id))
        tn_sim_token_error(call, 400, "unauthorized_client", 700016, "Application '%.80s' was not found in '%s'.",
                           client, customer->name);
    else if (!secret || strcmp(secret, simulator->client_secret) != 0)
        tn_sim_token_error(call, 401, "invalid_client", 7000215, "Invalid client secret provided for app '%.80s'.",
                           client);
    else if (customer->consent_code == 65001)
        tn_sim_token_error(call, 400, "invalid_grant", 65001, "No consent to use the application '%s' in '%s'.", client,
                           customer->name);
    else if (customer->consent_code)
        tn_sim_token_error(call, 400, "unauthorized_client", customer->consent_code,
                           "Application '%s' was not found in the directory '%s'.", client, customer->name);
    else
        token->customer = customer;
    return token->customer;
}

/* A form body never holds a NUL that matters: what is behind one is not read. */
static size_t read_form(struct tn_sim_call *call, struct tn_sim_pair form[MAX_FORM])
{
    return call->body.data ? tn_sim_pairs_parse(call->body.data, form, MAX_FORM) : 0;
}

static void refuse_resource(struct tn_sim_call *call, const struct tn_sim_token *token, const char *resource)
{
    tn_sim_token_error(call, 400, "invalid_resource", 500011, "The resource '%.100s' was not found in '%s'.", resource,
                       token->customer->name);
}

void tn_sim_token_v1(struct tn_sim_call *call)
{
    struct tn_sim_pair form[MAX_FORM] = {{NULL, NULL}};
    struct tn_sim_token token = {.user = false};
    size_t count = read_form(call, form);
    if (!admit_client(call, form, count, &token))
        return;
    const char *resource = form_value(form, count, "resource");
    token.audience = resource ? audience_of(call->simulator, resource) : 0;
    if (!resource)
        tn_sim_token_error(call, 400, "invalid_request", 900144, "The request body must contain: 'resource'.");
    else if (!token.audience)
        refuse_resource(call, &token, resource);
    else
        grant(call, &token, resource, true);
}

/* The resource of a v2 scope, cut out in place; NULL: it names none. A user's scope may name a permission, and more
 * words beside the resource (offline_access, openid). */
static char *resource_of(char *scope, bool user)
{
    static const char *const ends[] = {"/.default", "/" USER_SCOPE};
    char *rest = NULL;
    for (char *word = strtok_r(scope, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        for (size_t i = 0; i < (user ? 2 : 1); i++) {
            size_t len = strlen(word), cut = strlen(ends[i]);
            if (len <= cut || strcmp(word + len - cut, ends[i]) != 0)
                continue;
            word[len - cut] = '\0';
            return word;
        }
    }
    return NULL;
}

void tn_sim_token_v2(struct tn_sim_call *call)
{
    struct tn_sim_pair form[MAX_FORM] = {{NULL, NULL}};
    struct tn_sim_token token = {.user = false};
    size_t count = read_form(call, form);
    if (!admit_client(call, form, count, &token))
        return;
    char *scope = (char *)form_value(form, count, "scope"); /* in the call's own body */
    if (!scope) {
        tn_sim_token_error(call, 400, "invalid_request", 900144, "The request body must contain: 'scope'.");
        return;
    }
    char *resource = resource_of(scope, token.user);
    if (!resource) {
        tn_sim_token_error(call, 400, "invalid_scope", 70011, "The scope '%.100s' is not valid: it must end with %s.",
                           scope, token.user ? "/.default or /" USER_SCOPE : "/.default");
        return;
    }
    token.audience = audience_of(call->simulator, resource);
    if (token.audience)
        grant(call, &token, resource, false);
    else
        refuse_resource(call, &token, resource);
}
