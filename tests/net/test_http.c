/* The HTTP client against a real server that misbehaves in every way we know of. */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net/server.h"

#define STEPS_MAX 4000 /* of at most 20 ms each: more than any test needs */

static struct tn_loop *loop;
static struct tn_http *http;

struct get {
    struct tn_http_exchange exchange;
    char url[256];
    bool ended;
};

static void on_done(struct tn_http_exchange *exchange)
{
    struct get *get = tn_container_of(exchange, struct get, exchange);
    CHECK(!get->ended);
    get->ended = true;
}

static void prepare(struct get *get, const struct server *server, const char *path)
{
    *get = (struct get){0};
    snprintf(get->url, sizeof get->url, "%s%s", server ? server_url(server) : "", path);
    get->exchange.method = "GET";
    get->exchange.url = get->url;
    get->exchange.done = on_done;
}

static void prepare_effect(struct get *get, const struct server *server, const char *body)
{
    prepare(get, server, "/effect");
    get->exchange.method = "POST";
    get->exchange.class = TN_HTTP_EFFECT;
    get->exchange.body = body;
    get->exchange.body_len = strlen(body);
}

static void wait_for(const struct get *get)
{
    for (int i = 0; i < STEPS_MAX && !get->ended; i++)
        tn_loop_step(loop, 20);
    CHECK(get->ended);
}

static void run(struct get *get)
{
    tn_http_start(http, &get->exchange);
    CHECK(!get->ended); /* never from inside start */
    wait_for(get);
}

static void check_answer(const struct get *get, int status, const char *body)
{
    CHECK(get->exchange.fate == TN_HTTP_ANSWERED);
    CHECK(get->exchange.status == status);
    CHECK(get->exchange.err.code == TENURE_OK);
    CHECK_TEXT(tn_buf_text(&get->exchange.answer), body);
}

static void check_failure(const struct get *get, enum tn_http_fate fate, int code)
{
    CHECK(get->exchange.fate == fate);
    CHECK(get->exchange.err.code == code);
    CHECK(get->exchange.status == 0);
    CHECK(get->exchange.err.msg[0]);
    CHECK(get->exchange.answer.len == 0);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static bool handle_echo(struct server_request *request)
{
    return server_answer(request, 200, "X-Ms-Request-Id:  abc \r\nX-Secret: no\r\nETag: \"1\"\r\n", request->head) &&
           strstr(request->head, "Connection: close") == NULL;
}

static void test_plain_answer(void)
{
    struct server *server = server_start(handle_echo, NULL);
    const struct tn_http_header headers[] = {{"x-ms-client-request-id", "42"}, {"X-Empty", ""}};
    struct get get;
    prepare(&get, server, "/a/%2e%2e/../b?q=1");
    get.exchange.bearer = "token";
    get.exchange.headers = headers;
    get.exchange.header_count = 2;
    run(&get);
    CHECK(get.exchange.fate == TN_HTTP_ANSWERED && get.exchange.status == 200 && get.exchange.attempts == 1);
    const char *seen = tn_buf_text(&get.exchange.answer);
    CHECK(strncmp(seen, "GET /a/%2e%2e/../b?q=1 HTTP/1.1\r\n", 33) == 0); /* as asked, not resolved */
    CHECK(strstr(seen, "\r\nAuthorization: Bearer token\r\n"));
    CHECK(strstr(seen, "\r\nx-ms-client-request-id: 42\r\n"));
    CHECK(strstr(seen, "\r\nX-Empty:\r\n"));
    CHECK(strstr(seen, "\r\nUser-Agent: tenure/"));
    CHECK(strstr(seen, "\r\nAccept-Encoding: gzip\r\n"));
    CHECK(!strstr(seen, "Content-Type") && !strstr(seen, "Expect"));
    CHECK_TEXT(tn_http_header_of(&get.exchange, "X-MS-REQUEST-ID"), "abc");
    CHECK_TEXT(tn_http_header_of(&get.exchange, "etag"), "\"1\"");
    CHECK(!tn_http_header_of(&get.exchange, "x-secret"));
    CHECK(!tn_http_header_of(&get.exchange, "content-length"));
    CHECK(get.exchange.retry_after_ms == -1);
    tn_http_release(&get.exchange);
    CHECK(!tn_http_header_of(&get.exchange, "etag"));
    server_stop(server);
}

static bool handle_body(struct server_request *request)
{
    char head[256];
    snprintf(head, sizeof head, "X-Ms-Method: %.*s\r\nX-Ms-Length: %s\r\n", (int)strcspn(request->head, " "),
             request->head, strstr(request->head, "\r\nContent-Length: 0\r\n") ? "zero" : "other");
    return server_answer(request, 200, head, request->body_len ? request->body : "");
}

static void check_method(struct server *server, const char *method, const char *body, enum tn_http_class class,
                         const char *length)
{
    struct get get;
    prepare(&get, server, "/");
    get.exchange.method = method;
    get.exchange.class = class;
    get.exchange.body = body;
    get.exchange.body_len = body ? strlen(body) : 0;
    run(&get);
    check_answer(&get, 200, body && strcmp(method, "HEAD") != 0 ? body : "");
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-method"), method);
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-length"), length);
    tn_http_release(&get.exchange);
}

static void test_methods(void)
{
    struct server *server = server_start(handle_body, NULL);
    static const enum tn_http_class classes[] = {TN_HTTP_READ, TN_HTTP_EFFECT};
    for (size_t i = 0; i < 2; i++) {
        check_method(server, "POST", "{\"a\":1}", classes[i], "other");
        check_method(server, "GET", NULL, classes[i], "other");
        check_method(server, "HEAD", NULL, classes[i], "other");
        check_method(server, "PATCH", "{}", classes[i], "other");
        check_method(server, "PUT", "{}", classes[i], "other");
        check_method(server, "DELETE", NULL, classes[i], "other");
        check_method(server, "POST", NULL, classes[i], "zero");
        check_method(server, "DELETE", "{}", classes[i], "other");
    }
    server_stop(server);
}

static bool handle_redirect(struct server_request *request)
{
    return server_answer(request, 307, "Location: /elsewhere\r\n", "");
}

static void test_redirect_is_an_answer(void)
{
    struct server *server = server_start(handle_redirect, NULL);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 307, "");
    CHECK_TEXT(tn_http_header_of(&get.exchange, "Location"), "/elsewhere");
    CHECK(server_requests(server) == 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static bool handle_continue(struct server_request *request)
{
    return server_send(request, "HTTP/1.1 103 Early Hints\r\nX-Ms-Early: yes\r\n\r\n") &&
           server_send(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Ms-Late: yes\r\n\r\n"
                                "2\r\nab\r\n3\r\ncde\r\n0\r\nX-Ms-Trailer: no\r\n\r\n");
}

static void test_last_headers_count(void)
{
    struct server *server = server_start(handle_continue, NULL);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 200, "abcde");
    CHECK(!tn_http_header_of(&get.exchange, "x-ms-early"));
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-late"), "yes");
    CHECK(!tn_http_header_of(&get.exchange, "x-ms-trailer"));
    tn_http_release(&get.exchange);
    server_stop(server);
}

static bool handle_many_headers(struct server_request *request)
{
    char *text = calloc(1, 65536), *at = text;
    at += sprintf(at, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Ms-Long: ");
    memset(at, 'a', 9000);
    at += sprintf(at + 9000, "\r\nLocation: /") + 9000;
    memset(at, 'b', 5000);
    at += sprintf(at + 5000, "\r\n") + 5000;
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "x-ms-n%d: %d\r\n", i, i);
    sprintf(at, "\r\n");
    bool sent = server_send(request, text);
    free(text);
    return sent;
}

static void test_headers_are_bounded(void)
{
    struct server *server = server_start(handle_many_headers, NULL);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 200, "");
    const char *location = tn_http_header_of(&get.exchange, "location");
    CHECK(location && strlen(location) == 5001); /* a long status address stays whole */
    CHECK(!tn_http_header_of(&get.exchange, "x-ms-long"));
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-n62"), "62");
    CHECK(!tn_http_header_of(&get.exchange, "x-ms-n63"));
    tn_http_release(&get.exchange);
    server_stop(server);
}

/* ---- connections ------------------------------------------------------------------------------------------------ */

static void test_reads_reuse_a_connection(void)
{
    struct server *server = server_start(handle_body, NULL);
    for (int i = 0; i < 5; i++) {
        struct get get;
        prepare(&get, server, "/");
        run(&get);
        check_answer(&get, 200, "");
        tn_http_release(&get.exchange);
    }
    CHECK(server_requests(server) == 5);
    CHECK(server_connections(server) == 1);
    server_stop(server);
}

static void test_effects_never_do(void)
{
    struct server *server = server_start(handle_body, NULL);
    for (int i = 0; i < 3; i++) {
        struct get get;
        prepare_effect(&get, server, "{}");
        run(&get);
        check_answer(&get, 200, "{}");
        tn_http_release(&get.exchange);
    }
    CHECK(server_connections(server) == 3);
    server_stop(server);
}

/* Answers the first request of a connection; closes after having read the second, without a byte of an answer. */
static bool handle_close_reused(struct server_request *request)
{
    return request->on_connection == 1 && server_answer(request, 200, "", "ok");
}

static void test_reused_connection_dies(void)
{
    struct server *server = server_start(handle_close_reused, NULL);
    struct get read, effect;
    prepare(&read, server, "/warm");
    run(&read);
    check_answer(&read, 200, "ok");
    tn_http_release(&read.exchange);
    prepare(&read, server, "/again"); /* goes over the connection that now dies, and is repeated */
    run(&read);
    check_answer(&read, 200, "ok");
    tn_http_release(&read.exchange);
    CHECK(server_requests(server) == 3);
    prepare_effect(&effect, server, "{\"refund\":1}"); /* does not go over one that could be dying */
    run(&effect);
    check_answer(&effect, 200, "ok");
    CHECK(server_requests(server) == 4);
    tn_http_release(&effect.exchange);
    server_stop(server);
}

static bool handle_close(struct server_request *request)
{
    (void)request;
    return false;
}

static void test_effect_without_answer_arrives_once(void)
{
    struct server *server = server_start(handle_close, NULL);
    struct get get;
    prepare_effect(&get, server, "{\"refund\":1}");
    run(&get);
    check_failure(&get, TN_HTTP_TORN, TENURE_EIO);
    for (int i = 0; i < 50; i++)
        tn_loop_step(loop, 10); /* whatever would come late has come */
    CHECK(server_requests(server) == 1);
    CHECK(server_connections(server) == 1);
    CHECK(get.exchange.attempts == 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static bool handle_second_time(struct server_request *request)
{
    return request->number > 2 && server_answer(request, 200, "", "ok");
}

static void test_read_without_answer_is_repeated(void)
{
    struct server *server = server_start(handle_second_time, NULL);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 200, "ok");
    CHECK(get.exchange.attempts == 3 && server_requests(server) == 3);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_closed_before_reading(void)
{
    struct server *server = server_start(handle_body, NULL);
    struct get get;
    server_close_unread(server, 1);
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 200, "");
    CHECK(get.exchange.attempts == 2);
    tn_http_release(&get.exchange);
    server_close_unread(server, 1);
    prepare_effect(&get, server, "{}");
    run(&get);
    CHECK(get.exchange.fate != TN_HTTP_ANSWERED);
    CHECK(server_requests(server) == 1); /* the read's */
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_nobody_listens(void)
{
    struct get get;
    prepare_effect(&get, NULL, "{}");
    server_nobody(get.url);
    run(&get);
    check_failure(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
    CHECK(get.exchange.err.retryable);
    CHECK(strstr(get.exchange.err.msg, "127.0.0.1"));
    tn_http_release(&get.exchange);
    prepare(&get, NULL, "");
    server_nobody(get.url);
    get.exchange.max_attempts = 2;
    run(&get);
    check_failure(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
    CHECK(get.exchange.attempts == 2);
    CHECK(strstr(get.exchange.err.msg, "tried 2 times"));
    tn_http_release(&get.exchange);
}

/* ---- retries ---------------------------------------------------------------------------------------------------- */

struct busy {
    int status, times;
    const char *retry_after;
};

static bool handle_busy(struct server_request *request)
{
    const struct busy *busy = request->arg;
    return request->number > busy->times ? server_answer(request, 200, "", "ok")
                                         : server_answer(request, busy->status, busy->retry_after, "busy");
}

static void check_retried(int status, const char *retry_after)
{
    struct busy busy = {status, 2, retry_after};
    struct server *server = server_start(handle_busy, &busy);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    check_answer(&get, 200, "ok");
    CHECK(get.exchange.attempts == 3 && server_requests(server) == 3);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_retries(void)
{
    check_retried(408, "");
    check_retried(429, "Retry-After: 0\r\n");
    check_retried(429, "Retry-After: garbage\r\n");
    check_retried(500, "");
    check_retried(502, "");
    check_retried(503, "Retry-After: 1\r\n");
    check_retried(504, "");
}

static void check_not_retried(int status, enum tn_http_class class)
{
    struct busy busy = {status, 1, "Retry-After: 7\r\n"};
    struct server *server = server_start(handle_busy, &busy);
    struct get get;
    prepare_effect(&get, server, "{}");
    get.exchange.class = class;
    run(&get);
    check_answer(&get, status, "busy");
    CHECK(get.exchange.retry_after_ms == 7000);
    CHECK(get.exchange.attempts == 1 && server_requests(server) == 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_not_retried(void)
{
    check_not_retried(429, TN_HTTP_EFFECT);
    check_not_retried(503, TN_HTTP_EFFECT);
    check_not_retried(504, TN_HTTP_EFFECT);
    check_not_retried(400, TN_HTTP_READ);
    check_not_retried(401, TN_HTTP_READ);
    check_not_retried(404, TN_HTTP_READ);
    check_not_retried(409, TN_HTTP_READ);
    check_not_retried(501, TN_HTTP_READ);
}

static void test_last_answer_is_an_answer(void)
{
    struct busy busy = {429, 1000, "Retry-After: 0\r\n"};
    struct server *server = server_start(handle_busy, &busy);
    struct get get;
    prepare(&get, server, "/");
    get.exchange.max_attempts = 3;
    run(&get);
    check_answer(&get, 429, "busy");
    CHECK(get.exchange.attempts == 3 && server_requests(server) == 3);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_wait_beyond_the_deadline(void)
{
    struct busy busy = {429, 1000, "Retry-After: 99999999999\r\n"};
    struct server *server = server_start(handle_busy, &busy);
    struct get get;
    prepare(&get, server, "/");
    get.exchange.deadline_ms = 60000;
    run(&get);
    check_answer(&get, 429, "busy");
    CHECK(get.exchange.retry_after_ms == 15 * 60 * 1000);
    CHECK(get.exchange.attempts == 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_waiting_holds_nothing(void)
{
    struct busy busy = {503, 1000, "Retry-After: 60\r\n"};
    struct server *server = server_start(handle_busy, &busy);
    struct get get;
    prepare(&get, server, "/");
    tn_http_start(http, &get.exchange);
    for (int i = 0; i < STEPS_MAX && !tn_timer_running(&get.exchange.timer); i++)
        tn_loop_step(loop, 20);
    CHECK(tn_timer_running(&get.exchange.timer));
    CHECK(!get.exchange.transfer && !get.exchange.answer.data && !get.exchange.headers_kept.data);
    CHECK(tn_http_counters_of(http).in_flight == 0);
    tn_http_cancel(&get.exchange);
    CHECK(!tn_timer_running(&get.exchange.timer) && !get.ended);
    server_stop(server);
}

/* ---- broken answers --------------------------------------------------------------------------------------------- */

static bool handle_text(struct server_request *request)
{
    server_send(request, request->arg);
    return false;
}

static void check_torn(const char *answer, int code)
{
    struct server *server = server_start(handle_text, (void *)(uintptr_t)answer);
    struct get get;
    prepare_effect(&get, server, "{}");
    run(&get);
    check_failure(&get, TN_HTTP_TORN, code);
    CHECK(server_requests(server) == 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_torn_answers(void)
{
    check_torn("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"a\":", TENURE_EIO);
    check_torn("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", TENURE_EIO);
    check_torn("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"", TENURE_EIO);
    check_torn("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 2\r\n\r\n{}{}", TENURE_EPROTO);
    check_torn("HTTP/1.1 200 OK\r\nX-Ms-Cut: ye", TENURE_EIO);
    check_torn("HTTP/1.1 202 Accepted\r\nX-Ms-A: b\r\n", TENURE_EIO);
    check_torn("HTTP/1.1 202 Acc", TENURE_EIO);
    check_torn("HTTP/1.1 100 Continue\r\n\r\n", TENURE_EIO);
    check_torn("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20", TENURE_EIO);
    check_torn("hello, I am no web server\r\n\r\n", TENURE_EPROTO);
    check_torn("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", TENURE_EPROTO);
}

/* Without a length the end of the connection is the end of the body: whoever reads JSON above notices that it is cut.
 */
static void test_cut_without_length(void)
{
    struct server *server = server_start(handle_text, (void *)(uintptr_t) "HTTP/1.1 200 OK\r\n\r\n{\"a\":");
    struct get get;
    prepare_effect(&get, server, "{}");
    run(&get);
    check_answer(&get, 200, "{\"a\":");
    tn_http_release(&get.exchange);
    server_stop(server);
}

static bool handle_endless(struct server_request *request)
{
    char piece[4096];
    memset(piece, 'x', sizeof piece - 1);
    piece[sizeof piece - 1] = '\0';
    server_send(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (server_send(request, "fff\r\n") && server_send(request, piece) && server_send(request, "\r\n")) {
    }
    return false;
}

static void test_endless_body(void)
{
    struct server *server = server_start(handle_endless, NULL);
    struct get get;
    prepare(&get, server, "/");
    get.exchange.max_body_bytes = 100000;
    run(&get);
    check_failure(&get, TN_HTTP_TORN, TENURE_ERANGE);
    CHECK(get.exchange.attempts == 1); /* it would be as long again */
    tn_http_release(&get.exchange);
    server_stop(server);
}

/* A gzip stream of 1 + 258 x matches zeros, a thousand times smaller: one literal, then "the last byte, 258 times". */
struct bits {
    unsigned char bytes[16384];
    size_t count;
};

static void put_bits(struct bits *bits, const char *text)
{
    for (; *text; text++, bits->count++)
        bits->bytes[bits->count / 8] |= (unsigned char)((*text == '1') << (bits->count % 8));
}

static void put_number(struct bits *bits, uint32_t number)
{
    for (int i = 0; i < 32; i++)
        put_bits(bits, number >> i & 1 ? "1" : "0");
}

static uint32_t crc_of_zeros(size_t count)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < 8 * count; i++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    return ~crc;
}

static void gzip_zeros(struct bits *bits, size_t matches)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    *bits = (struct bits){.count = 8 * sizeof head};
    memcpy(bits->bytes, head, sizeof head);
    put_bits(bits, "1"
                   "10"
                   "00110000"); /* last block, fixed codes, the byte 0 */
    for (size_t i = 0; i < matches; i++)
        put_bits(bits, "11000101"
                       "00000");
    put_bits(bits, "0000000");
    bits->count = (bits->count + 7) / 8 * 8;
    put_number(bits, crc_of_zeros(1 + 258 * matches));
    put_number(bits, (uint32_t)(1 + 258 * matches));
}

#define BOMB_MATCHES 4000

static bool handle_gzip_bomb(struct server_request *request)
{
    struct bits bits;
    char head[128];
    gzip_zeros(&bits, BOMB_MATCHES);
    size_t len = bits.count / 8;
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", len);
    server_send(request, head);
    return write(request->fd, bits.bytes, len) == (ssize_t)len;
}

static void test_gzip_bomb(void)
{
    struct server *server = server_start(handle_gzip_bomb, NULL);
    struct get get;
    prepare(&get, server, "/");
    run(&get);
    CHECK(get.exchange.fate == TN_HTTP_ANSWERED && get.exchange.answer.len == 1 + 258 * BOMB_MATCHES);
    tn_http_release(&get.exchange);
    prepare(&get, server, "/");
    get.exchange.max_body_bytes = 258 * BOMB_MATCHES;
    run(&get);
    check_failure(&get, TN_HTTP_TORN, TENURE_ERANGE);
    tn_http_release(&get.exchange);
    server_stop(server);
}

static bool handle_trickle(struct server_request *request)
{
    server_send(request, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (server_send(request, "x"))
        usleep(10000);
    return false;
}

static void test_trickle(void)
{
    struct server *server = server_start(handle_trickle, NULL);
    struct get get;
    prepare_effect(&get, server, "{}");
    get.exchange.timeout_ms = 300;
    run(&get);
    check_failure(&get, TN_HTTP_TORN, TENURE_ETIMEDOUT);
    tn_http_release(&get.exchange);
    prepare(&get, server, "/");
    get.exchange.timeout_ms = 200;
    get.exchange.deadline_ms = 2000;
    run(&get);
    check_failure(&get, TN_HTTP_TORN, TENURE_ETIMEDOUT);
    CHECK(get.exchange.attempts > 1);
    tn_http_release(&get.exchange);
    server_stop(server);
}

/* ---- refused ---------------------------------------------------------------------------------------------------- */

static struct server *refusing;

static void check_refused(struct get *get)
{
    run(get);
    check_failure(get, TN_HTTP_NOT_SENT, TENURE_EINVAL);
    CHECK(get->exchange.attempts == 0);
    CHECK(!strchr(get->exchange.err.msg, '\n'));
    tn_http_release(&get->exchange);
}

static void check_header_refused(const char *name, const char *value)
{
    const struct tn_http_header header = {name, value};
    struct get get;
    prepare(&get, refusing, "/");
    get.exchange.headers = &header;
    get.exchange.header_count = 1;
    check_refused(&get);
}

static void test_injections(void)
{
    refusing = server_start(handle_echo, NULL);
    struct get get;
    check_header_refused("X-A", "b\r\nX-Evil: 1");
    check_header_refused("X-A", "b\n");
    check_header_refused("X-A\r\nX-Evil", "1");
    check_header_refused("X-A: b", "c");
    check_header_refused("", "c");
    check_header_refused("Content-Length", "5");
    check_header_refused("transfer-encoding", "chunked");
    check_header_refused("Host", "evil.example");
    prepare(&get, refusing, "/");
    get.exchange.method = "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET";
    check_refused(&get);
    prepare(&get, refusing, "/");
    get.exchange.bearer = "abc\r\nX-Evil: 1";
    check_refused(&get);
    prepare(&get, refusing, "/a b");
    check_refused(&get);
    prepare(&get, refusing, "/a\r\nX-Evil: 1");
    check_refused(&get);
    static const char *const urls[] = {"file:///etc/passwd",    "ftp://127.0.0.1/",  "127.0.0.1",      "http://",
                                       "http://u:p@127.0.0.1/", "http://192.0.2.1/", "HTTP://example/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        prepare(&get, NULL, urls[i]);
        check_refused(&get);
    }
    CHECK(server_connections(refusing) == 0);
    server_stop(refusing);
}

static void test_bad_options(void)
{
    struct tn_http *other = NULL;
    struct tn_err err = {0};
    CHECK(tn_http_new(loop, &(struct tn_http_options){.user_agent = "a\r\nX-Evil: 1"}, &other, &err) == TENURE_EINVAL);
    CHECK(tn_http_new(loop, &(struct tn_http_options){.ca_file = "/no/such/file.pem"}, &other, &err) == TENURE_EINVAL);
    CHECK(strstr(err.msg, "/no/such/file.pem"));
    CHECK(!other);
}

/* ---- cancel, many, free ----------------------------------------------------------------------------------------- */

static bool handle_hang(struct server_request *request)
{
    server_send(request, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    char byte;
    ssize_t got = read(request->fd, &byte, 1); /* until the other side closes */
    (void)got;
    return false;
}

static void test_cancel(void)
{
    struct server *server = server_start(handle_hang, NULL);
    struct get read, effect, unsent;
    prepare(&read, server, "/");
    prepare_effect(&effect, server, "{}");
    prepare(&unsent, NULL, "nonsense");
    tn_http_cancel(&read.exchange); /* not under way yet */
    tn_http_start(http, &read.exchange);
    tn_http_start(http, &effect.exchange);
    for (int i = 0; i < STEPS_MAX && server_requests(server) < 2; i++)
        tn_loop_step(loop, 20);
    tn_http_start(http, &unsent.exchange);
    CHECK(tn_http_counters_of(http).in_flight == 2);
    tn_http_cancel(&read.exchange);
    tn_http_cancel(&effect.exchange);
    tn_http_cancel(&unsent.exchange);
    tn_http_cancel(&unsent.exchange);
    for (int i = 0; i < 10; i++)
        tn_loop_step(loop, 5);
    CHECK(!read.ended && !effect.ended && !unsent.ended);
    CHECK(tn_http_counters_of(http).in_flight == 0);
    server_stop(server);
}

static struct get pair[2];
static int pair_ended;

static void on_pair_done(struct tn_http_exchange *exchange)
{
    struct get *get = tn_container_of(exchange, struct get, exchange), *other = get == pair ? pair + 1 : pair;
    pair_ended++;
    tn_http_cancel(&other->exchange);
    tn_http_release(exchange);
    memset(get, 0xa5, sizeof *get); /* the client must not look at it again */
    get->ended = true;
    other->ended = true;
}

static void test_cancel_inside_done(void)
{
    struct server *server = server_start(handle_body, NULL);
    for (int i = 0; i < 2; i++) {
        prepare(&pair[i], server, "/");
        pair[i].exchange.done = on_pair_done;
        tn_http_start(http, &pair[i].exchange);
    }
    wait_for(&pair[0]);
    for (int i = 0; i < 20; i++)
        tn_loop_step(loop, 5);
    CHECK(pair_ended == 1);
    server_stop(server);
}

static int pages_left;

static void on_page_done(struct tn_http_exchange *exchange)
{
    CHECK(exchange->status == 200);
    tn_http_release(exchange);
    if (--pages_left > 0)
        tn_http_start(http, exchange);
    else
        on_done(exchange);
}

static void test_start_inside_done(void)
{
    struct server *server = server_start(handle_body, NULL);
    struct get get;
    pages_left = 5;
    prepare(&get, server, "/");
    get.exchange.done = on_page_done;
    run(&get);
    CHECK(server_requests(server) == 5 && server_connections(server) == 1);
    server_stop(server);
}

#define MANY 1000
static struct get many[MANY];

static void test_many_share_few_connections(void)
{
    struct server *server = server_start(handle_body, NULL);
    struct tn_http *few = NULL;
    CHECK(tn_http_new(loop, &(struct tn_http_options){.allow_plain = true, .read_connections = 4}, &few, NULL) ==
          TENURE_OK);
    for (int i = 0; i < MANY; i++) {
        prepare(&many[i], server, "/");
        tn_http_start(few, &many[i].exchange);
    }
    CHECK(tn_http_counters_of(few).in_flight == 4); /* the others wait outside curl */
    tn_http_cancel(&many[0].exchange);              /* one inside, one outside: the next ones move up */
    tn_http_cancel(&many[MANY - 1].exchange);
    for (int i = 1; i < MANY - 1; i++) {
        wait_for(&many[i]);
        CHECK(many[i].exchange.status == 200);
        tn_http_release(&many[i].exchange);
    }
    CHECK(server_connections(server) <= 5); /* the cancelled one's was closed */
    CHECK(tn_http_counters_of(few).in_flight == 0 && tn_http_counters_of(few).reads == MANY);
    tn_http_free(few);
    server_stop(server);
}

static void test_effects_are_not_held_up(void)
{
    struct server *hanging = server_start(handle_hang, NULL), *server = server_start(handle_body, NULL);
    struct tn_http *one = NULL;
    CHECK(tn_http_new(loop, &(struct tn_http_options){.allow_plain = true, .read_connections = 1}, &one, NULL) ==
          TENURE_OK);
    struct get stuck, queued, effects[3], other;
    prepare(&stuck, hanging, "/");
    prepare(&queued, hanging, "/");
    queued.exchange.deadline_ms = 300;
    prepare(&other, server, "/");
    tn_http_start(one, &stuck.exchange);
    tn_http_start(one, &queued.exchange);
    tn_http_start(one, &other.exchange);
    for (int i = 0; i < 3; i++) {
        prepare_effect(&effects[i], hanging, "{}");
        tn_http_start(one, &effects[i].exchange);
    }
    CHECK(tn_http_counters_of(one).in_flight == 5); /* all but the one that waits for the only connection to its host */
    wait_for(&other);
    check_answer(&other, 200, "");
    tn_http_release(&other.exchange);
    wait_for(&queued);
    check_failure(&queued, TN_HTTP_NOT_SENT, TENURE_ETIMEDOUT);
    tn_http_release(&queued.exchange);
    tn_http_free(one); /* with four under way */
    CHECK(!stuck.ended && !effects[0].ended);
    server_stop(hanging);
    server_stop(server);
}

int main(void)
{
    struct tn_err err = {0};
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not be obeyed */
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    if (tn_loop_new(NULL, &loop, &err) < 0 ||
        tn_http_new(loop, &(struct tn_http_options){.allow_plain = true}, &http, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    test_plain_answer();
    test_methods();
    test_redirect_is_an_answer();
    test_last_headers_count();
    test_headers_are_bounded();
    test_reads_reuse_a_connection();
    test_effects_never_do();
    test_reused_connection_dies();
    test_effect_without_answer_arrives_once();
    test_read_without_answer_is_repeated();
    test_closed_before_reading();
    test_nobody_listens();
    test_retries();
    test_not_retried();
    test_last_answer_is_an_answer();
    test_wait_beyond_the_deadline();
    test_waiting_holds_nothing();
    test_torn_answers();
    test_cut_without_length();
    test_endless_body();
    test_gzip_bomb();
    test_trickle();
    test_injections();
    test_bad_options();
    test_cancel();
    test_cancel_inside_done();
    test_start_inside_done();
    test_many_share_few_connections();
    test_effects_are_not_held_up();
    tn_http_free(http);
    tn_loop_free(loop);
    return check_result();
}
