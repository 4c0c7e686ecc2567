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

static char *form_of(const struct tn_cloud *cloud, const struct tn_credential *credential, enum tn_service service)
{
    const char *audience = service == TN_SERVICE_PARTNER_CENTER ? "resource" : "scope";
    struct field fields[] = {
        {"grant_type", "client_credentials"},
        {"client_id", credential->client_id},
        {"client_secret", credential->secret},
        {audience, cloud->scope[service]},
    };
    return build_form(fields, sizeof fields / sizeof *fields);
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

int tn_token_request_new(const struct tn_cloud *cloud, const struct tn_credential *credential, const char *tenant,
                         enum tn_service service, struct tn_token_request **out, struct tn_err *err)
{
    struct tn_token_request *request = calloc(1, sizeof *request);
    if (!request)
        return tn_err_no_memory(err);
    int rc = put_url(&request->url, cloud, tenant, service, err);
    request->form = form_of(cloud, credential, service);
    if (rc == TENURE_OK && !request->form)
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
    tn_buf_deinit(&request->url);
    free(request);
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* Where the value of "access_token" begins, after its quote; NULL when there is none. Inside another string the quotes
 * around the name would be escaped, so what is found is a member's name. */
static char *find_token(char *body)
{
    static const char name[] = "\"access_token\"";
    char *at = strstr(body, name);
    if (!at)
        return NULL;
    at += sizeof name - 1;
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

/* Cut the token out of the body, leaving as many x. */
static char *cut_token(struct tn_buf *body)
{
    char *place = body->data ? find_token(body->data) : NULL;
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

static int read_answer(struct tn_json root, size_t token_len, int64_t *life_ms, struct tn_err *err)
{
    size_t len = 0;
    const char *mask = tn_json_string(root, "access_token", &len);
    if (!mask || len != token_len || strspn(mask, "x") != len)
        return tn_err_set(err, TENURE_EPROTO,
                          "the answer of the login host has no proper token: check the cloud's address");
    if (!text_is(root, "token_type", "Bearer"))
        return tn_err_set(err, TENURE_EPROTO,
                          "the login host gave a token of another type than Bearer: check the cloud's address");
    *life_ms = life_seconds(root) * 1000;
    return TENURE_OK;
}

int tn_token_take(struct lua_State *doc_state, struct tn_buf *body, char **token, int64_t *life_ms, struct tn_err *err)
{
    char *cut = cut_token(body);
    if (!cut)
        return tn_err_set(err, TENURE_EPROTO, "the answer of the login host holds no token: check the cloud's address");
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(doc_state, body->data, body->len, MAX_BODY_BYTES, &doc, err);
    if (rc == TENURE_OK)
        rc = read_answer(tn_json_root(doc), strlen(cut), life_ms, err);
    else
        tn_err_prefix(err, "the answer of the login host");
    tn_json_close(doc);
    if (rc < 0) {
        tn_secret_free(cut);
        return rc;
    }
    *token = cut;
    return TENURE_OK;
}
