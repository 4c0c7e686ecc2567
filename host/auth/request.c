/* One request for a token: see request.h. */
#include "auth/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json/json.h"
#include "net/url.h"

#define TIMEOUT_MS 30000
#define MAX_ATTEMPTS 6
#define MAX_BODY_BYTES (256u << 10)
#define LIFE_DEFAULT_S 300 /* when the answer does not say: short, so that a wrong guess costs little */
#define LIFE_MAX_S (7 * 24 * 3600)

/* ---- asking ----------------------------------------------------------------------------------------------------- */

struct field {
    const char *name, *value;
};

/* application/x-www-form-urlencoded in one allocation of the right size: growing would leave copies of the secret
 * behind. */
static char *build_form(const struct field *fields, size_t count)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        room += strlen(fields[i].name) + 3 * strlen(fields[i].value) + 2;
    char *form = malloc(room), *at = form;
    for (size_t i = 0; form && i < count; i++) {
        if (i > 0)
            *at++ = '&';
        at = stpcpy(at, fields[i].name);
        *at++ = '=';
        for (const unsigned char *byte = (const unsigned char *)fields[i].value; *byte; byte++) {
            if (*byte < 0x80 && (isalnum(*byte) || strchr("-._~", *byte))) {
                *at++ = (char)*byte;
            } else {
                *at++ = '%';
                *at++ = hex[*byte >> 4];
                *at++ = hex[*byte & 15];
            }
        }
    }
    if (form)
        *at = '\0';
    return form;
}

/* The v1 endpoint wants a scope beside the resource from a user. */
static char *form_of(const struct tn_cloud *cloud, const struct tn_credential *credential, struct tn_token_for whom)
{
    bool v1 = whom.service == TN_SERVICE_PARTNER_CENTER;
    const char *audience = v1 ? "resource" : "scope";
    struct field fields[] = {
        {"grant_type", whom.as_user ? "refresh_token" : "client_credentials"},
        {"client_id", credential->client_id},
        {"client_secret", credential->secret},
        {audience, whom.as_user ? cloud->user_scope[whom.service] : cloud->scope[whom.service]},
        {"refresh_token", credential->refresh_token},
        {"scope", "openid"},
    };
    return build_form(fields, !whom.as_user ? 4 : v1 ? 6 : 5);
}

static int put_url(struct tn_buf *url, const struct tn_cloud *cloud, const char *tenant, enum tn_service service,
                   struct tn_err *err)
{
    tn_buf_puts(url, cloud->login);
    tn_buf_putc(url, '/');
    int rc = tn_url_put_segment(url, tenant, err);
    tn_buf_puts(url, service == TN_SERVICE_PARTNER_CENTER ? "/oauth2/token" : "/oauth2/v2.0/token");
    if (rc == TENURE_OK && url->failed)
        rc = tn_err_no_memory(err);
    return rc;
}

int tn_token_request_new(const struct tn_cloud *cloud, const struct tn_credential *credential, struct tn_token_for whom,
                         struct tn_token_request **out, struct tn_err *err)
{
    struct tn_token_request *request = calloc(1, sizeof *request);
    if (!request)
        return tn_err_no_memory(err);
    int rc = put_url(&request->url, cloud, whom.tenant, whom.service, err);
    request->form = form_of(cloud, credential, whom);
    request->refresh_token = whom.as_user ? strdup(credential->refresh_token) : NULL;
    if (rc == TENURE_OK && (!request->form || (whom.as_user && !request->refresh_token)))
        rc = tn_err_no_memory(err);
    if (rc < 0) {
        tn_token_request_free(request);
        return rc;
    }
    request->headers[0] = (struct tn_http_header){"Content-Type", "application/x-www-form-urlencoded"};
    request->headers[1] = (struct tn_http_header){"Accept", "application/json"};
    request->exchange = (struct tn_http_exchange){
        .method = "POST",
        .url = request->url.data,
        .headers = request->headers,
        .header_count = 2,
        .body = request->form,
        .body_len = strlen(request->form),
        .class = TN_HTTP_READ,
        .timeout_ms = TIMEOUT_MS,
        .max_attempts = MAX_ATTEMPTS,
        .max_body_bytes = MAX_BODY_BYTES,
    };
    *out = request;
    return TENURE_OK;
}

void tn_token_request_free(struct tn_token_request *request)
{
    if (!request)
        return;
    struct tn_buf *answer = &request->exchange.answer;
    if (answer->data)
        explicit_bzero(answer->data, answer->cap);
    tn_http_cancel(&request->exchange);
    tn_http_release(&request->exchange);
    tn_secret_free(request->form);
    tn_secret_free(request->refresh_token);
    tn_buf_deinit(&request->url);
    free(request);
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* Where the value of a member begins, after its quote; NULL when there is none. Inside another string the quotes around
 * the name would be escaped, so what is found is a member's name. */
static char *find_value(char *body, const char *quoted_name)
{
    char *at = strstr(body, quoted_name);
    if (!at)
        return NULL;
    at += strlen(quoted_name);
    at += strspn(at, " \t\r\n");
    if (*at++ != ':')
        return NULL;
    at += strspn(at, " \t\r\n");
    return *at == '"' ? at + 1 : NULL;
}

/* Printable, and nothing that JSON would have to escape: what a header can carry as it is. */
static size_t token_length(const char *text)
{
    size_t len = 0;
    while (text[len] > 0x20 && text[len] < 0x7f && text[len] != '"' && text[len] != '\\')
        len++;
    return text[len] == '"' ? len : 0;
}

/* Cut a token out of the body, leaving as many x. */
static char *cut_token(struct tn_buf *body, const char *quoted_name)
{
    char *place = body->data ? find_value(body->data, quoted_name) : NULL;
    size_t len = place ? token_length(place) : 0;
    if (len == 0)
        return NULL;
    char *token = strndup(place, len);
    if (token)
        memset(place, 'x', len);
    return token;
}

static bool text_is(struct tn_json at, const char *path, const char *expected)
{
    const char *text = tn_json_string(at, path, NULL);
    return !text || strcasecmp(text, expected) == 0;
}

/* "expires_in" is a number in v2.0 answers and a string of digits in v1 ones. */
static int64_t life_seconds(struct tn_json root)
{
    int64_t seconds = LIFE_DEFAULT_S;
    const char *text = tn_json_string(root, "expires_in", NULL);
    if (text)
        seconds = strtoll(text, NULL, 10);
    else
        tn_json_int(root, "expires_in", &seconds);
    return seconds < 0 ? 0 : seconds > LIFE_MAX_S ? LIFE_MAX_S : seconds;
}

/* Whether what was cut out was the member of that name of the answer itself. */
static bool was_cut(struct tn_json root, const char *name, const char *token)
{
    size_t len = 0;
    const char *mask = tn_json_string(root, name, &len);
    return token ? mask && len == strlen(token) && strspn(mask, "x") == len : !mask;
}

static int read_answer(struct tn_json root, struct tn_token_answer *answer, struct tn_err *err)
{
    if (!was_cut(root, "access_token", answer->token) || !was_cut(root, "refresh_token", answer->refresh_token))
        return tn_err_set(err, TENURE_EPROTO,
                          "the answer of the login host has no proper token: check the cloud's address");
    if (!text_is(root, "token_type", "Bearer"))
        return tn_err_set(err, TENURE_EPROTO,
                          "the login host gave a token of another type than Bearer: check the cloud's address");
    answer->life_ms = life_seconds(root) * 1000;
    return TENURE_OK;
}

int tn_token_take(struct lua_State *doc_state, struct tn_buf *body, struct tn_token_answer *answer, struct tn_err *err)
{
    *answer = (struct tn_token_answer){.token = cut_token(body, "\"access_token\"")};
    if (!answer->token)
        return tn_err_set(err, TENURE_EPROTO, "the answer of the login host holds no token: check the cloud's address");
    answer->refresh_token = cut_token(body, "\"refresh_token\"");
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(doc_state, body->data, body->len, MAX_BODY_BYTES, &doc, err);
    if (rc == TENURE_OK)
        rc = read_answer(tn_json_root(doc), answer, err);
    else
        tn_err_prefix(err, "the answer of the login host");
    tn_json_close(doc);
    if (rc < 0) {
        tn_secret_free(answer->token);
        tn_secret_free(answer->refresh_token);
        *answer = (struct tn_token_answer){0};
    }
    return rc;
}
