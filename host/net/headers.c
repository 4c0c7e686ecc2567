/* HTTP headers: see headers.h. */
#include "net/headers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Framing and the connection belong to the client: a second opinion on them would smuggle requests. */
static const char *const own_headers[] = {"Host",   "Content-Length", "Transfer-Encoding", "Connection",
                                          "Expect", "Upgrade",        "Accept-Encoding",   NULL};

static const char *const kept_headers[] = {
    "location", "azure-asyncoperation", "retry-after", "content-type", "etag", "date", NULL};

static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80 || !(isalnum((unsigned char)*text) || strchr("!#$%&'*+-.^_`|~", *text)))
            return false;
    }
    return true;
}

bool tn_header_text_plain(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static int check_header(const struct tn_http_header *header, bool bearer, struct tn_err *err)
{
    if (!header->name || !is_token(header->name))
        return tn_err_set(err, TENURE_EINVAL,
                          "a request header has a name that is none: letters, digits and dashes only");
    if (tn_text_among_any_case(header->name, own_headers))
        return tn_err_set(err, TENURE_EINVAL, "the request header '%s' is set by tenure itself: leave it out",
                          header->name);
    if (bearer && strcasecmp(header->name, "Authorization") == 0)
        return tn_err_set(err, TENURE_EINVAL, "a request has two authorizations: leave the header out");
    if (!header->value || !tn_header_text_plain(header->value))
        return tn_err_set(err, TENURE_EINVAL,
                          "the request header '%s' has a control character in its value: nothing was sent",
                          header->name);
    return TENURE_OK;
}

int tn_headers_check(const struct tn_http_exchange *exchange, struct tn_err *err)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        int rc = check_header(&exchange->headers[i], exchange->bearer, err);
        if (rc < 0)
            return rc;
    }
    if (exchange->bearer && (!*exchange->bearer || !tn_header_text_plain(exchange->bearer)))
        return tn_err_set(err, TENURE_EINVAL,
                          "the token for a request is empty or has a control character in it: nothing was sent");
    return TENURE_OK;
}

/* ---- building --------------------------------------------------------------------------------------------------- */

static bool append(struct curl_slist **list, struct tn_buf *line)
{
    struct curl_slist *longer = line->failed ? NULL : curl_slist_append(*list, line->data);
    if (longer)
        *list = longer;
    if (line->data)
        explicit_bzero(line->data, line->cap);
    tn_buf_deinit(line);
    return longer;
}

/* "Name;" is how curl is told to send a header without a value; "Name:" leaves its own out. */
static bool append_header(struct curl_slist **list, const char *name, const char *separator, const char *value)
{
    struct tn_buf line = {0};
    size_t need = strlen(name) + strlen(separator) + strlen(value) + 1;
    line.data = malloc(need); /* in one piece: growing would leave copies of a token behind */
    if (!line.data)
        return false;
    line.cap = need;
    tn_buf_puts(&line, name);
    tn_buf_puts(&line, separator);
    tn_buf_puts(&line, value);
    return append(list, &line);
}

static bool has_header(const struct tn_http_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (strcasecmp(exchange->headers[i].name, name) == 0)
            return true;
    }
    return false;
}

struct curl_slist *tn_headers_build(const struct tn_http_exchange *exchange)
{
    struct curl_slist *list = NULL;
    bool good = append_header(&list, "Expect", ":", "");
    if (good && !has_header(exchange, "Content-Type"))
        good = append_header(&list, "Content-Type", ":", "");
    if (good && exchange->bearer)
        good = append_header(&list, "Authorization", ": Bearer ", exchange->bearer);
    for (size_t i = 0; good && i < exchange->header_count; i++) {
        const char *value = exchange->headers[i].value;
        good = append_header(&list, exchange->headers[i].name, *value ? ": " : ";", value);
    }
    if (good)
        return list;
    tn_headers_free(list);
    return NULL;
}

void tn_headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at; at = at->next)
        explicit_bzero(at->data, strlen(at->data));
    curl_slist_free_all(headers);
}

/* ---- of an answer ----------------------------------------------------------------------------------------------- */

bool tn_header_split(char *line, size_t len, char **name, char **value)
{
    while (len > 0 && strchr(" \t\r\n", line[len - 1]))
        len--;
    line[len] = '\0';
    char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return false;
    *colon = '\0';
    for (char *at = line; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    *name = line;
    *value = colon + 1 + strspn(colon + 1, " \t");
    return true;
}

bool tn_header_is_kept(const char *name, const char *value)
{
    if (strlen(name) + strlen(value) > TN_HEADER_KEPT_BYTES || !tn_header_text_plain(value))
        return false;
    return tn_text_among_any_case(name, kept_headers) || strncmp(name, "x-ms-", 5) == 0 || strncmp(name, "ms-", 3) == 0;
}

const char *tn_http_header_of(const struct tn_http_exchange *exchange, const char *name)
{
    const char *at = exchange->headers_kept.data, *end = at ? at + exchange->headers_kept.len : NULL;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}
