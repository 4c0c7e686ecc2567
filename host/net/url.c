/* URLs: see url.h. They are taken apart by the parser of the library that sends them, so that both always agree. */
#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define HOST_TEXT 256

struct origin {
    char scheme[8], host[HOST_TEXT], port[8];
};

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static bool is_unreserved(unsigned char byte)
{
    return isalnum(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static void put_encoded(struct tn_buf *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at < 0x80 && is_unreserved(*at))
            tn_buf_putc(out, (char)*at);
        else
            tn_buf_printf(out, "%%%02X", *at);
    }
}

int tn_url_put_segment(struct tn_buf *out, const char *segment, struct tn_err *err)
{
    if (!*segment)
        return tn_err_set(err, TENURE_EINVAL, "an id is empty: it cannot be part of an address");
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return tn_err_set(err, TENURE_EINVAL, "'%s' is not an id: it cannot be part of an address", segment);
    for (const char *at = segment; *at; at++) {
        if (is_control((unsigned char)*at))
            return tn_err_set(err, TENURE_EINVAL,
                              "an id has a control character at byte %zu: check where it comes from",
                              (size_t)(at - segment));
    }
    put_encoded(out, segment);
    return out->failed ? tn_err_no_memory(err) : TENURE_OK;
}

void tn_url_put_query(struct tn_buf *out, const char *name, const char *value)
{
    tn_buf_putc(out, strchr(tn_buf_text(out), '?') ? '&' : '?');
    put_encoded(out, name);
    tn_buf_putc(out, '=');
    put_encoded(out, value);
}

/* One part of a parsed URL, in lower case. False when it is absent or too long. */
static bool copy_part(CURLU *url, CURLUPart part, unsigned flags, char *out, size_t size)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return false;
    size_t len = strlen(text);
    bool fits = len < size;
    for (size_t i = 0; fits && i <= len; i++)
        out[i] = (char)tolower((unsigned char)text[i]);
    curl_free(text);
    return fits;
}

static bool part_absent(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    CURLUcode rc = curl_url_get(url, part, &text, 0);
    bool absent = rc != CURLUE_OK || !*text;
    curl_free(text);
    return absent;
}

/* Host names as they are registered: what is not ASCII must come in its xn-- form. */
static bool host_plain(const char *host)
{
    if (host[0] == '[')
        return strchr(host, '%') == NULL;
    for (; *host; host++) {
        if ((unsigned char)*host >= 0x80 || !(isalnum((unsigned char)*host) || strchr("-._", *host)))
            return false;
    }
    return true;
}

/* A path, query or fragment after the origin is allowed only where bare is false. */
static bool take_apart(const char *text, bool bare, struct origin *out)
{
    for (const char *at = text; *at; at++) {
        if (is_control((unsigned char)*at) || *at == ' ' || *at == '\\')
            return false;
    }
    *out = (struct origin){.scheme = ""};
    CURLU *url = curl_url();
    if (!url)
        return false;
    bool good = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
                copy_part(url, CURLUPART_SCHEME, 0, out->scheme, sizeof out->scheme) &&
                copy_part(url, CURLUPART_HOST, 0, out->host, sizeof out->host) &&
                copy_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, out->port, sizeof out->port) &&
                (strcmp(out->scheme, "https") == 0 || strcmp(out->scheme, "http") == 0) && host_plain(out->host);
    char path[2];
    if (good && bare)
        good = copy_part(url, CURLUPART_PATH, 0, path, sizeof path) && strcmp(path, "/") == 0 &&
               part_absent(url, CURLUPART_QUERY) && part_absent(url, CURLUPART_FRAGMENT) && !strpbrk(text, "?#");
    curl_url_cleanup(url);
    return good;
}

bool tn_url_same_origin(const char *url, const char *origin)
{
    struct origin a, b;
    return take_apart(url, false, &a) && take_apart(origin, false, &b) && strcmp(a.scheme, b.scheme) == 0 &&
           strcmp(a.host, b.host) == 0 && strcmp(a.port, b.port) == 0;
}

static int put_origin(struct tn_buf *out, const struct origin *origin, struct tn_err *err)
{
    const char *usual = strcmp(origin->scheme, "https") == 0 ? "443" : "80";
    tn_buf_printf(out, "%s://%s", origin->scheme, origin->host);
    if (strcmp(origin->port, usual) != 0)
        tn_buf_printf(out, ":%s", origin->port);
    return out->failed ? tn_err_no_memory(err) : TENURE_OK;
}

int tn_url_parse_origin(const char *text, struct tn_buf *out, struct tn_err *err)
{
    struct origin origin;
    if (!take_apart(text, true, &origin))
        return tn_err_set(err, TENURE_EINVAL,
                          "'%.200s' is not the address of a server: write it as https://HOST[:PORT]", text);
    return put_origin(out, &origin, err);
}

int tn_url_origin_of(const char *url, struct tn_buf *out, struct tn_err *err)
{
    struct origin origin;
    if (!take_apart(url, false, &origin))
        return tn_err_set(err, TENURE_EINVAL,
                          "'%.200s' is not an address: write it as https://HOST/PATH, with what it may not hold "
                          "(spaces, for instance) percent-encoded",
                          url);
    return put_origin(out, &origin, err);
}

bool tn_url_is_loopback(const char *origin)
{
    struct origin parts;
    struct in_addr address;
    if (!take_apart(origin, false, &parts))
        return false;
    if (strcmp(parts.host, "localhost") == 0 || strcmp(parts.host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, parts.host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}
