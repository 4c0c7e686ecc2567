/* The HTTP client: what an answer is, and what is refused before it becomes a request. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "net/client.h"

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
    get_read(&get, server, "/a/%2e%2e/../b?q=1");
    get.exchange.bearer = "token";
    get.exchange.headers = headers;
    get.exchange.header_count = 2;
    get_run(&get);
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

static void check_method(struct server *server, const char *method, const char *body, enum tn_http_class class,
                         const char *length)
{
    struct get get;
    get_read(&get, server, "/");
    get.exchange.method = method;
    get.exchange.class = class;
    get.exchange.body = body;
    get.exchange.body_len = body ? strlen(body) : 0;
    get_run(&get);
    get_answered(&get, 200, body && strcmp(method, "HEAD") != 0 ? body : "");
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-method"), method);
    CHECK_TEXT(tn_http_header_of(&get.exchange, "x-ms-length"), length);
    tn_http_release(&get.exchange);
}

static void test_methods(void)
{
    struct server *server = server_start(server_mirror, NULL);
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
    struct visit visit;
    visit_read(&visit, handle_redirect, NULL);
    get_run(&visit.get);
    get_answered(&visit.get, 307, "");
    CHECK_TEXT(tn_http_header_of(&visit.get.exchange, "Location"), "/elsewhere");
    CHECK(server_requests(visit.server) == 1);
    visit_end(&visit);
}

static bool handle_continue(struct server_request *request)
{
    return server_send(request, "HTTP/1.1 103 Early Hints\r\nX-Ms-Early: yes\r\n\r\n") &&
           server_send(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Ms-Late: yes\r\n\r\n"
                                "2\r\nab\r\n3\r\ncde\r\n0\r\nX-Ms-Trailer: no\r\n\r\n");
}

static void test_last_headers_count(void)
{
    struct visit visit;
    visit_read(&visit, handle_continue, NULL);
    get_run(&visit.get);
    get_answered(&visit.get, 200, "abcde");
    CHECK(!tn_http_header_of(&visit.get.exchange, "x-ms-early"));
    CHECK_TEXT(tn_http_header_of(&visit.get.exchange, "x-ms-late"), "yes");
    CHECK(!tn_http_header_of(&visit.get.exchange, "x-ms-trailer"));
    visit_end(&visit);
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
    struct visit visit;
    visit_read(&visit, handle_many_headers, NULL);
    get_run(&visit.get);
    get_answered(&visit.get, 200, "");
    const char *location = tn_http_header_of(&visit.get.exchange, "location");
    CHECK(location && strlen(location) == 5001); /* a long status address stays whole */
    CHECK(!tn_http_header_of(&visit.get.exchange, "x-ms-long"));
    CHECK_TEXT(tn_http_header_of(&visit.get.exchange, "x-ms-n62"), "62");
    CHECK(!tn_http_header_of(&visit.get.exchange, "x-ms-n63"));
    visit_end(&visit);
}

/* ---- refused ----------------------------------------------------------------------------------------------------- */

static struct server *refusing;

static void check_refused(struct get *get)
{
    get_run(get);
    get_failed(get, TN_HTTP_NOT_SENT, TENURE_EINVAL);
    CHECK(get->exchange.attempts == 0);
    CHECK(!strchr(get->exchange.err.msg, '\n'));
    tn_http_release(&get->exchange);
}

static void check_header_refused(const char *name, const char *value)
{
    const struct tn_http_header header = {name, value};
    struct get get;
    get_read(&get, refusing, "/");
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
    get_read(&get, refusing, "/");
    get.exchange.method = "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET";
    check_refused(&get);
    get_read(&get, refusing, "/");
    get.exchange.bearer = "abc\r\nX-Evil: 1";
    check_refused(&get);
    get_read(&get, refusing, "/a b");
    check_refused(&get);
    get_read(&get, refusing, "/a\r\nX-Evil: 1");
    check_refused(&get);
    static const char *const urls[] = {"file:///etc/passwd",    "ftp://127.0.0.1/",  "127.0.0.1",      "http://",
                                       "http://u:p@127.0.0.1/", "http://192.0.2.1/", "HTTP://example/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        get_read(&get, NULL, urls[i]);
        check_refused(&get);
    }
    CHECK(server_connections(refusing) == 0);
    server_stop(refusing);
}

static void test_bad_options(void)
{
    struct tn_http *other = NULL;
    struct tn_err err = {0};
    CHECK(tn_http_new(client_loop, &(struct tn_http_options){.user_agent = "a\r\nX-Evil: 1"}, &other, &err) ==
          TENURE_EINVAL);
    CHECK(tn_http_new(client_loop, &(struct tn_http_options){.ca_file = "/no/such/file.pem"}, &other, &err) ==
          TENURE_EINVAL);
    CHECK(strstr(err.msg, "/no/such/file.pem"));
    CHECK(!other);
}

int main(void)
{
    client_open();
    test_plain_answer();
    test_methods();
    test_redirect_is_an_answer();
    test_last_headers_count();
    test_headers_are_bounded();
    test_injections();
    test_bad_options();
    client_close();
    return check_result();
}
