/* The HTTP client against answers that are torn, endless, swollen or slow. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net/client.h"

static bool handle_text(struct server_request *request)
{
    server_send(request, request->arg);
    return false;
}

static void check_torn(const char *answer, int code)
{
    struct visit visit;
    visit_effect(&visit, handle_text, (void *)(uintptr_t)answer);
    get_run(&visit.get);
    get_failed(&visit.get, TN_HTTP_TORN, code);
    CHECK(server_requests(visit.server) == 1);
    visit_end(&visit);
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
    struct visit visit;
    visit_effect(&visit, handle_text, (void *)(uintptr_t) "HTTP/1.1 200 OK\r\n\r\n{\"a\":");
    get_run(&visit.get);
    get_answered(&visit.get, 200, "{\"a\":");
    visit_end(&visit);
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
    struct visit visit;
    visit_read(&visit, handle_endless, NULL);
    visit.get.exchange.max_body_bytes = 100000;
    get_run(&visit.get);
    get_failed(&visit.get, TN_HTTP_TORN, TENURE_ERANGE);
    CHECK(visit.get.exchange.attempts == 1); /* it would be as long again */
    visit_end(&visit);
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
    get_read(&get, server, "/");
    get_run(&get);
    CHECK(get.exchange.fate == TN_HTTP_ANSWERED && get.exchange.answer.len == 1 + 258 * BOMB_MATCHES);
    tn_http_release(&get.exchange);
    get_read(&get, server, "/");
    get.exchange.max_body_bytes = 258 * BOMB_MATCHES;
    get_run(&get);
    get_failed(&get, TN_HTTP_TORN, TENURE_ERANGE);
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

/* The time has to be enough for sending the request, however slow this machine is just now, and never is for the whole
 * answer. */
static void check_trickle(enum tn_http_class class)
{
    struct visit visit;
    visit_read(&visit, handle_trickle, NULL);
    for (uint32_t timeout_ms = 200; timeout_ms < 20000; timeout_ms *= 2) {
        tn_http_release(&visit.get.exchange);
        get_read(&visit.get, visit.server, "/");
        visit.get.exchange.class = class;
        visit.get.exchange.timeout_ms = timeout_ms;
        visit.get.exchange.max_attempts = 2;
        get_run(&visit.get);
        if (visit.get.exchange.fate != TN_HTTP_NOT_SENT)
            break;
    }
    get_failed(&visit.get, TN_HTTP_TORN, TENURE_ETIMEDOUT);
    CHECK(visit.get.exchange.attempts == (class == TN_HTTP_READ ? 2 : 1));
    visit_end(&visit);
}

static void test_trickle(void)
{
    check_trickle(TN_HTTP_EFFECT);
    check_trickle(TN_HTTP_READ);
}

int main(void)
{
    client_open();
    test_torn_answers();
    test_cut_without_length();
    test_endless_body();
    test_gzip_bomb();
    test_trickle();
    client_close();
    return check_result();
}
