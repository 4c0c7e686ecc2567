/* One attempt of an exchange: see transfer.h. */
#include "net/transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/killpoint.h"
#include "net/backoff.h"
#include "net/headers.h"
#include "net/url.h"

#define CONNECT_TIMEOUT_MS 10000
#define STALLED_BYTES_PER_S 16
#define STALLED_READ_S 60
#define STALLED_EFFECT_S 75 /* over the 60 s after which Azure Resource Manager gives up on a provider itself */
#define UNDELIVERED_EFFECT_MS \
    30000 /* the kernel gives up on what the network does not take: a late effect is a second one */
#define HEADER_LINE_BYTES (TN_HEADER_KEPT_BYTES + 16)

/* ---- called by curl --------------------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct tn_http_transfer *transfer = arg;
    struct tn_buf *answer = &transfer->exchange->answer;
    size_t len = size * count;
    if (transfer->exchange->class == TN_HTTP_EFFECT && answer->len == 0)
        TN_KILL_POINT("K8");
    if (answer->limit - answer->len < len)
        transfer->trouble = TN_TRANSFER_TOO_LONG;
    else if (!tn_buf_put(answer, bytes, len))
        transfer->trouble = TN_TRANSFER_NO_MEMORY;
    return transfer->trouble ? 0 : len;
}

/* Two answers in one: whoever believes another length than we do sees another body. */
static void note_length(struct tn_http_transfer *transfer, const char *value)
{
    int64_t length = strtoll(value, NULL, 10);
    if (transfer->length >= 0 && transfer->length != length)
        transfer->trouble = TN_TRANSFER_TWO_LENGTHS;
    transfer->length = length;
}

static void keep_header(struct tn_http_transfer *transfer, const char *name, const char *value)
{
    struct tn_buf *kept = &transfer->exchange->headers_kept;
    if (transfer->headers_kept == TN_HEADERS_KEPT_MAX || !tn_header_is_kept(name, value))
        return;
    transfer->headers_kept++;
    tn_buf_put(kept, name, strlen(name) + 1);
    if (!tn_buf_put(kept, value, strlen(value) + 1))
        transfer->trouble = TN_TRANSFER_NO_MEMORY;
}

/* An answer may be several: 100 Continue, or a proxy's, come before. Only the last one's headers stay. */
static void begin_headers(struct tn_http_transfer *transfer)
{
    tn_buf_reset(&transfer->exchange->headers_kept);
    transfer->headers_kept = 0;
    transfer->headers_over = false;
    transfer->sized = false;
    transfer->length = -1;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct tn_http_transfer *transfer = arg;
    size_t len = size * count;
    char line[HEADER_LINE_BYTES], *name, *value;
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        begin_headers(transfer);
    } else if (len <= 2) {
        transfer->headers_over = true;
    } else if (!transfer->headers_over && len < sizeof line) {
        memcpy(line, bytes, len);
        if (tn_header_split(line, len, &name, &value)) {
            if (strcmp(name, "content-length") == 0)
                note_length(transfer, value);
            transfer->sized =
                transfer->sized || strcmp(name, "content-length") == 0 || strcmp(name, "transfer-encoding") == 0;
            keep_header(transfer, name, value);
        }
    }
    return transfer->trouble ? 0 : len;
}

static size_t on_upload(char *bytes, size_t size, size_t count, void *arg)
{
    struct tn_http_transfer *transfer = arg;
    const struct tn_http_exchange *exchange = transfer->exchange;
    size_t room = size * count, left = exchange->body_len - transfer->body_sent;
    size_t len = left < room ? left : room;
    if (transfer->body_sent == 0)
        TN_KILL_POINT("K6");
    if (len)
        memcpy(bytes, exchange->body + transfer->body_sent, len);
    transfer->body_sent += len;
    return len;
}

static int on_effect_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    (void)arg, (void)purpose;
    unsigned timeout_ms = UNDELIVERED_EFFECT_MS;
    if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms) < 0)
        return CURL_SOCKOPT_ERROR;
    TN_KILL_POINT("K4");
    return CURL_SOCKOPT_OK;
}

#ifdef TENURE_KILL_POINTS

static int on_effect_connected(void *arg, char *their_ip, char *our_ip, int their_port, int our_port)
{
    (void)arg, (void)their_ip, (void)our_ip, (void)their_port, (void)our_port;
    TN_KILL_POINT("K5");
    return CURL_PREREQFUNC_OK;
}

static int on_effect_progress(void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_send, curl_off_t sent)
{
    struct tn_http_transfer *transfer = arg;
    (void)to_get, (void)got;
    if (to_send > 0 && sent == to_send && !transfer->all_sent) {
        transfer->all_sent = true;
        TN_KILL_POINT("K7");
    }
    return 0;
}

#endif

/* ---- setting up ------------------------------------------------------------------------------------------------- */

/* The options of curl_easy_setopt() by the names the manual has; the first failure stays in rc. */
#define SET(option, value) (rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_##option, value))

/* curl keeps the parsed certificate file for all connections, but not when it has a folder to look into as well. The
 * folder is needed only when the file is not the system's own: it makes ours one more, not the only one. */
static CURLcode set_tls(CURL *easy, const struct tn_transfer_settings *settings)
{
    CURLcode rc = CURLE_OK;
    SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    if (settings->ca_file)
        SET(CAINFO, settings->ca_file);
    else if (curl_version_info(CURLVERSION_NOW)->cainfo)
        SET(CAPATH, (char *)NULL);
    return rc;
}

static CURLcode set_proxy(CURL *easy, const struct tn_transfer_settings *settings)
{
    CURLcode rc = CURLE_OK;
    SET(PROXY, settings->proxy ? settings->proxy : "");
    SET(NOPROXY, settings->proxy ? "localhost,127.0.0.1,::1" : "*");
    return rc;
}

static CURLcode set_bounds(CURL *easy, const struct tn_transfer_settings *settings, enum tn_http_class class)
{
    CURLcode rc = CURLE_OK;
    const char *protocols = settings->allow_plain ? "http,https" : "https";
    SET(FOLLOWLOCATION, 0L);
    SET(PROTOCOLS_STR, protocols);
    SET(REDIR_PROTOCOLS_STR, protocols);
    SET(PATH_AS_IS, 1L); /* what the caller asked for is asked for, or refused: never something else */
    SET(DISALLOW_USERNAME_IN_URL, 1L);
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(NOSIGNAL, 1L);
    SET(CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    SET(LOW_SPEED_LIMIT, (long)STALLED_BYTES_PER_S);
    SET(LOW_SPEED_TIME, class == TN_HTTP_EFFECT ? (long)STALLED_EFFECT_S : (long)STALLED_READ_S);
    SET(ACCEPT_ENCODING, "gzip");
    return rc;
}

static CURLcode set_connection(CURL *easy, struct tn_http_transfer *transfer, enum tn_http_class class)
{
    CURLcode rc = CURLE_OK;
    if (class == TN_HTTP_READ) {
        SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        SET(PIPEWAIT, 1L);
        return rc;
    }
    SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(FRESH_CONNECT, 1L);
    SET(FORBID_REUSE, 1L);
    SET(READFUNCTION, on_upload); /* and no SEEKFUNCTION: a second sending fails for want of a body */
    SET(READDATA, transfer);
    SET(SOCKOPTFUNCTION, on_effect_socket);
#ifdef TENURE_KILL_POINTS
    SET(PREREQFUNCTION, on_effect_connected);
    SET(NOPROGRESS, 0L);
    SET(XFERINFOFUNCTION, on_effect_progress);
    SET(XFERINFODATA, transfer);
#endif
    return rc;
}

static CURLcode set_callbacks(CURL *easy, struct tn_http_transfer *transfer)
{
    CURLcode rc = CURLE_OK;
    SET(PRIVATE, transfer);
    SET(ERRORBUFFER, transfer->text);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, transfer);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, transfer);
    return rc;
}

struct tn_http_transfer *tn_transfer_new(const struct tn_transfer_settings *settings, struct tn_multi *multi,
                                         enum tn_http_class class)
{
    struct tn_http_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    CURL *easy = transfer->easy = curl_easy_init();
    CURLcode rc = easy ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    rc = rc ? rc : tn_multi_adopt(multi, easy);
    rc = rc ? rc : set_callbacks(easy, transfer);
    rc = rc ? rc : set_tls(easy, settings);
    rc = rc ? rc : set_proxy(easy, settings);
    rc = rc ? rc : set_bounds(easy, settings, class);
    rc = rc ? rc : set_connection(easy, transfer, class);
    SET(USERAGENT, settings->user_agent);
    if (!rc)
        return transfer;
    tn_transfer_free(transfer);
    return NULL;
}

void tn_transfer_free(struct tn_http_transfer *transfer)
{
    if (!transfer)
        return;
    if (transfer->easy) {
        tn_transfer_clear(transfer);
        curl_easy_cleanup(transfer->easy);
    }
    free(transfer);
}

/* POST is curl's word for "with a body"; the method on the wire is always the exchange's own. */
static CURLcode set_body(CURL *easy, const struct tn_http_exchange *exchange)
{
    CURLcode rc = CURLE_OK;
    bool head = strcmp(exchange->method, "HEAD") == 0;
    bool with_body = exchange->body || strcmp(exchange->method, "POST") == 0 || strcmp(exchange->method, "PUT") == 0 ||
                     strcmp(exchange->method, "PATCH") == 0;
    if (!with_body) {
        SET(HTTPGET, 1L);
        SET(NOBODY, head ? 1L : 0L);
        return rc;
    }
    SET(NOBODY, 0L);
    SET(POST, 1L);
    SET(POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_len);
    SET(POSTFIELDS, exchange->class == TN_HTTP_EFFECT ? NULL : exchange->body ? exchange->body : "");
    return rc;
}

bool tn_transfer_prepare(struct tn_http_transfer *transfer, struct tn_http_exchange *exchange, uint32_t timeout_ms)
{
    CURL *easy = transfer->easy;
    CURLcode rc = CURLE_OK;
    transfer->exchange = exchange;
    transfer->body_sent = 0;
    transfer->all_sent = false;
    transfer->trouble = TN_TRANSFER_SOUND;
    transfer->text[0] = '\0';
    transfer->timeout_ms = timeout_ms;
    begin_headers(transfer);
    transfer->headers = tn_headers_build(exchange);
    if (!transfer->headers)
        return false;
    SET(URL, exchange->url);
    rc = rc ? rc : set_body(easy, exchange);
    SET(CUSTOMREQUEST, exchange->method);
    SET(HTTPHEADER, transfer->headers);
    SET(TIMEOUT_MS, (long)timeout_ms);
    return rc == CURLE_OK;
}

void tn_transfer_clear(struct tn_http_transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, NULL);
    tn_headers_free(transfer->headers);
    transfer->headers = NULL;
    transfer->exchange = NULL;
}

#undef SET

/* ---- the outcome ------------------------------------------------------------------------------------------------ */

bool tn_transfer_multiplexed(const struct tn_http_transfer *transfer)
{
    long version = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0;
}

static enum tn_http_fate fate_of_failure(const struct tn_http_transfer *transfer)
{
    long sent = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0 ? TN_HTTP_TORN : TN_HTTP_NOT_SENT;
}

/* "host:port", for messages: the path may hold ids, the query keys. */
static int host_span(const char *url, const char **host)
{
    const char *start = strstr(url, "://");
    *host = start ? start + 3 : url;
    return (int)strcspn(*host, "/?#");
}

/* curl's own words about the failure; what the server put into them loses its control characters. */
static const char *curl_text(struct tn_http_transfer *transfer, CURLcode result)
{
    if (!transfer->text[0])
        return curl_easy_strerror(result);
    for (char *at = transfer->text; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    }
    return transfer->text;
}

struct failure {
    int code;
    bool retryable;
    const char *what; /* stands between "'host' " and curl's words */
    const char *advice;
};

/* A server of which nothing at all was heard, asked in the clear. */
static bool silent_in_the_clear(const struct tn_http_transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return status == 0 && strncmp(transfer->exchange->url, "http://", 7) == 0;
}

static struct failure failure_of(const struct tn_http_transfer *transfer, CURLcode result, enum tn_http_fate fate)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return (struct failure){TENURE_EUNREACHABLE, true, "has no address", "check the name and the network"};
    case CURLE_COULDNT_CONNECT:
        return (struct failure){TENURE_EUNREACHABLE, true, "cannot be connected to",
                                "check that the address is right and that the network lets it through"};
    case CURLE_OPERATION_TIMEDOUT:
        if (fate == TN_HTTP_NOT_SENT)
            return (struct failure){TENURE_ETIMEDOUT, true, "could not be connected to in time", "check the network"};
        return (struct failure){TENURE_ETIMEDOUT, true, "gave no complete answer in time", "try again later"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return (struct failure){TENURE_EUNREACHABLE, false, "shows a certificate that is not trusted",
                                "check the address, the clock and TENURE_CA_FILE"};
    case CURLE_SSL_CACERT_BADFILE:
        return (struct failure){TENURE_EUNREACHABLE, false, "was not asked: no certificate to trust could be read",
                                "check the file that TENURE_CA_FILE names"};
    case CURLE_SSL_CONNECT_ERROR:
        return (struct failure){TENURE_EUNREACHABLE, true, "cannot be talked to over TLS",
                                tn_url_is_loopback(transfer->exchange->url)
                                    ? "if it speaks plain HTTP, as a simulator without --tls does, write http://"
                                    : "check the address and the network"};
    case CURLE_URL_MALFORMAT:
        return (struct failure){TENURE_EINVAL, false, "is not an address for a request", "check it"};
    case CURLE_OUT_OF_MEMORY:
        return (struct failure){TENURE_ENOMEM, false, "was not asked: out of memory", "free some memory"};
    case CURLE_UNSUPPORTED_PROTOCOL: /* what has no status line is HTTP/0.9 to curl */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return (struct failure){TENURE_EPROTO, true, "gave an answer that is not HTTP", "check the address"};
    default:
        if (transfer->trouble == TN_TRANSFER_NO_MEMORY)
            return (struct failure){TENURE_ENOMEM, false, "gave an answer that memory has no room for",
                                    "free some memory"};
        if (transfer->trouble == TN_TRANSFER_TOO_LONG)
            return (struct failure){TENURE_ERANGE, false, "gave a longer answer than is taken", "ask for less at once"};
        if (transfer->trouble == TN_TRANSFER_TWO_LENGTHS)
            return (struct failure){TENURE_EPROTO, true, "gave an answer with two lengths",
                                    "check what stands in between"};
        return (struct failure){
            TENURE_EIO, true, "broke off before its answer was complete",
            silent_in_the_clear(transfer)
                ? "try again later; if it speaks TLS, as a simulator with --tls does, write https://"
                : "try again later"};
    }
}

static void describe_failure(struct tn_http_transfer *transfer, CURLcode result)
{
    struct tn_http_exchange *exchange = transfer->exchange;
    struct failure failure = failure_of(transfer, result, exchange->fate);
    if (exchange->class == TN_HTTP_EFFECT && exchange->fate == TN_HTTP_TORN)
        failure.advice = "it may have been done"; /* never: try again */
    const char *host;
    int host_len = host_span(exchange->url, &host);
    if (transfer->trouble)
        tn_err_set(&exchange->err, failure.code, "'%.*s' %s; %s", host_len, host, failure.what, failure.advice);
    else
        tn_err_set(&exchange->err, failure.code, "'%.*s' %s (%s); %s", host_len, host, failure.what,
                   curl_text(transfer, result), failure.advice);
    exchange->err.retryable = failure.retryable;
}

void tn_transfer_conclude(struct tn_http_transfer *transfer, CURLcode result, int64_t wall_ms)
{
    struct tn_http_exchange *exchange = transfer->exchange;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK && (transfer->trouble || !transfer->headers_over || status < 200))
        result = CURLE_RECV_ERROR; /* curl takes headers that break off in the middle for all of them */
    if (result != CURLE_OK) {
        exchange->fate = fate_of_failure(transfer);
        describe_failure(transfer, result);
        return;
    }
    exchange->fate = TN_HTTP_ANSWERED;
    exchange->status = (int)status;
    exchange->until_close = !transfer->sized && !exchange->multiplexed && status != 204 && status != 304;
    const char *retry_after = tn_http_header_of(exchange, "retry-after");
    if (retry_after)
        exchange->retry_after_ms = tn_retry_after_parse(retry_after, wall_ms);
}
