/* The HTTP client: what is asked again, when, and what never is. */
#include "check.h"
#include "net/client.h"

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
    struct visit visit;
    visit_read(&visit, handle_busy, &busy);
    get_run(&visit.get);
    get_answered(&visit.get, 200, "ok");
    CHECK(visit.get.exchange.attempts == 3 && server_requests(visit.server) == 3);
    visit_end(&visit);
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
    struct visit visit;
    visit_effect(&visit, handle_busy, &busy);
    visit.get.exchange.class = class;
    get_run(&visit.get);
    get_answered(&visit.get, status, "busy");
    CHECK(visit.get.exchange.retry_after_ms == 7000);
    CHECK(visit.get.exchange.attempts == 1 && server_requests(visit.server) == 1);
    visit_end(&visit);
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
    struct visit visit;
    visit_read(&visit, handle_busy, &busy);
    visit.get.exchange.max_attempts = 3;
    get_run(&visit.get);
    get_answered(&visit.get, 429, "busy");
    CHECK(visit.get.exchange.attempts == 3 && server_requests(visit.server) == 3);
    visit_end(&visit);
}

static void test_wait_beyond_the_deadline(void)
{
    struct busy busy = {429, 1000, "Retry-After: 99999999999\r\n"};
    struct visit visit;
    visit_read(&visit, handle_busy, &busy);
    visit.get.exchange.deadline_ms = 60000;
    get_run(&visit.get);
    get_answered(&visit.get, 429, "busy");
    CHECK(visit.get.exchange.retry_after_ms == 15 * 60 * 1000);
    CHECK(visit.get.exchange.attempts == 1);
    visit_end(&visit);
}

static void test_waiting_holds_nothing(void)
{
    struct busy busy = {503, 1000, "Retry-After: 60\r\n"};
    struct visit visit;
    visit_read(&visit, handle_busy, &busy);
    tn_http_start(client_http, &visit.get.exchange);
    for (int i = 0; i < CLIENT_STEPS_MAX && !tn_timer_running(&visit.get.exchange.timer); i++)
        tn_loop_step(client_loop, 20);
    CHECK(tn_timer_running(&visit.get.exchange.timer));
    CHECK(!visit.get.exchange.transfer && !visit.get.exchange.answer.data && !visit.get.exchange.headers_kept.data);
    CHECK(tn_http_counters_of(client_http).in_flight == 0);
    tn_http_cancel(&visit.get.exchange);
    CHECK(!tn_timer_running(&visit.get.exchange.timer) && !visit.get.ended);
    visit_end(&visit);
}

int main(void)
{
    client_open();
    test_retries();
    test_not_retried();
    test_last_answer_is_an_answer();
    test_wait_beyond_the_deadline();
    test_waiting_holds_nothing();
    client_close();
    return check_result();
}
