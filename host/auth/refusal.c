/*
 * Refusals of the login host: see refusal.h.
 *
 * The shape of the body is "OAuth 2.0 client credentials flow on the Microsoft identity platform", the numbers are
 * "Microsoft Entra authentication and authorization error codes". Numbers and texts may change, says that page: they
 * choose the advice, and nothing else goes by them.
 */
#include "auth/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "json/json.h"

#define TEXT_BYTES 400

static const struct hint {
    int64_t code; /* AADSTS… */
    const char *advice;
} hints[] = {
    {700016, "check the tenant id, and ask the customer's admin to consent to the application in it"},
    {65001, "ask the customer's admin to consent to the application"},
    {650056, "ask the customer's admin to consent to the application"},
    {650057, "ask the customer's admin to consent to the application"},
    {500011, "register the service in this tenant, or ask its admin to consent to the application"},
    {50001, "register the service in this tenant, or ask its admin to consent to the application"},
    {7000215,
     "the secret is wrong (its id instead of its value?): make a new one and set AZURE_CLIENT_SECRET to its value"},
    {7000222, "the secret has expired: make a new one and set AZURE_CLIENT_SECRET to its value"},
    {700027, "check the certificate's thumbprint and that it is registered with the application"},
    {50012, "check the certificate or assertion, and this machine's clock (NTP)"},
    {50013, "check the certificate or assertion, and this machine's clock (NTP)"},
    {500133, "check this machine's clock (NTP)"},
    {70008, "the refresh token has expired: sign in again and set TENURE_REFRESH_TOKEN to the new one"},
    {700082, "the refresh token has expired: sign in again and set TENURE_REFRESH_TOKEN to the new one"},
    {50173, "the sign-in was revoked (password change?): sign in again and set TENURE_REFRESH_TOKEN to the new one"},
    {70000, "the refresh token is no longer valid: sign in again and set TENURE_REFRESH_TOKEN to the new one"},
    {70043, "the tenant's sign-in frequency wants a person: sign in again"},
    {50074, "this tenant wants multi-factor authentication: a person must sign in"},
    {50076, "this tenant wants multi-factor authentication: a person must sign in"},
    {50078, "multi-factor authentication has expired: a person must sign in"},
    {50079, "this tenant wants multi-factor authentication: a person must sign in"},
    {53003, "a Conditional Access policy blocks it: ask the owner of the tenant's policies"},
    {530034, "delegated administration is blocked: ask the owner of the tenant's policies"},
    {50020, "the account is not in this tenant: invite it, or check the tenant id"},
    {50034, "the account is not in this tenant: check its name and the tenant id"},
    {90002, "there is no such tenant: check its id or domain"},
    {50194, "make the application multi-tenant in its registration"},
    {500021, "the network's tenant restrictions block this tenant: ask the network's admin"},
    {70001, "the application is not known there: check AZURE_CLIENT_ID and consent"},
    {700011, "the application is not known there: check AZURE_CLIENT_ID and consent"},
    {70002, "check AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"},
    {700025, "the application is a public client and must not send a secret: check its registration"},
    {70011, "check the cloud: the audience is not known there"},
    {50033, "try again later"},
    {50049, "try again later"},
    {50196, "too many sign-ins by this application: wait some minutes"},
};

static const char *advice_for_code(int64_t code)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (hints[i].code == code)
            return hints[i].advice;
    }
    return NULL;
}

static const char *advice_for_word(const char *word)
{
    if (strcmp(word, "invalid_client") == 0)
        return "check AZURE_CLIENT_ID and AZURE_CLIENT_SECRET";
    if (strcmp(word, "unauthorized_client") == 0 || strcmp(word, "consent_required") == 0 ||
        strcmp(word, "interaction_required") == 0)
        return "ask the customer's admin to consent to the application";
    return "check the tenant, the application and its consent";
}

static const char *advice_of(struct tn_json root, const char *word)
{
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "error_codes")); tn_json_next(&it);) {
        int64_t code;
        const char *advice = tn_json_int(it.value, "", &code) ? advice_for_code(code) : NULL;
        if (advice)
            return advice;
    }
    const char *text = tn_json_string(root, "error_description", NULL), *number = text ? strstr(text, "AADSTS") : NULL;
    const char *advice = number ? advice_for_code(strtoll(number + 6, NULL, 10)) : NULL;
    return advice ? advice : advice_for_word(word);
}

/* Its first line (trace ids follow on the next ones), without what could fool a terminal, without a closing dot. */
static void copy_description(char *out, size_t size, const char *text, const char *const *secrets)
{
    size_t len = text ? strcspn(text, "\r\n") : 0, used = 0;
    for (; text && *secrets; secrets++) {
        if (**secrets && strstr(text, *secrets))
            len = 0;
    }
    for (size_t at = 0; at < len;) {
        uint32_t point;
        size_t step = tn_utf8_decode(text + at, len - at, &point);
        if (step == 0 || used + step >= size)
            break;
        if (point >= 0x20 && point != 0x7f && !(point >= 0x80 && point < 0xa0) && !tn_utf8_deceptive(point)) {
            memcpy(out + used, text + at, step);
            used += step;
        }
        at += step;
    }
    while (used > 0 && strchr(". ", out[used - 1]))
        used--;
    out[used] = '\0';
}

/* The error's word: only what an OAuth error may be made of, so that plans can count by it. */
static void copy_word(char *out, size_t size, const char *word)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t len = word ? strspn(word, allowed) : 0;
    snprintf(out, size, "%.*s", (int)(len < size ? len : size - 1), word ? word : "");
}

static bool is_transient(int status, const char *word)
{
    return status == 408 || status == 429 || status >= 500 || strcmp(word, "temporarily_unavailable") == 0;
}

static void tell(int status, const char *tenant, const char *description, const char *advice, struct tn_err *err)
{
    const char *word = err->name[0] ? err->name : "no reason given";
    bool refused = status >= 400 && !is_transient(status, err->name);
    err->http_status = status;
    err->retryable = is_transient(status, err->name);
    if (err->retryable)
        tn_err_set(err, TENURE_EUNREACHABLE,
                   "no token for tenant '%s': the login host is busy or out of order (%d %s); try again later", tenant,
                   status, word);
    else if (!refused)
        tn_err_set(err, TENURE_EPROTO,
                   "no token for tenant '%s': the login host answered %d, which is no answer to it; check the "
                   "cloud's address",
                   tenant, status);
    else
        tn_err_set(err, TENURE_EAUTH, "no token for tenant '%s': %s%s%s; %s", tenant, word, *description ? ": " : "",
                   description, advice);
}

void tn_refusal_read(struct lua_State *doc_state, const struct tn_http_exchange *exchange, const char *tenant,
                     const char *const *secrets, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    char description[TEXT_BYTES] = "";
    const char *request_id = tn_http_header_of(exchange, "x-ms-request-id");
    if (exchange->answer.len > 0)
        tn_json_parse(doc_state, exchange->answer.data, exchange->answer.len, 0, &doc,
                      NULL); /* a proxy's HTML has no word */
    struct tn_json root = tn_json_root(doc);
    if (doc) {
        copy_word(err->name, sizeof err->name, tn_json_string(root, "error", NULL));
        copy_description(description, sizeof description, tn_json_string(root, "error_description", NULL), secrets);
        const char *trace_id = tn_json_string(root, "trace_id", NULL);
        request_id = request_id ? request_id : trace_id;
    }
    copy_word(err->request_id, sizeof err->request_id, request_id);
    tell(exchange->status, tenant, description, doc ? advice_of(root, err->name) : advice_for_word(err->name), err);
    tn_json_close(doc);
}
