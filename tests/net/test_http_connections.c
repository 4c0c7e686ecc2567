/* The HTTP client: which connections requests take, how many, and what becomes of those that are given up. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net/client.h"

static void test_reads_reuse_a_connection(void)
{
    struct server *server = server_start(server_mirror, NULL);
    for (int i = 0; i < 5; i++) {
        struct get get;
        get_read(&get, server, "/");
        get_run(&get);
        get_answered(&get, 200, "");
        tn_http_release(&get.exchange);
    }
    CHECK(server_requests(server) == 5);
    CHECK(server_connections(server) == 1);
    server_stop(server);
}

static void test_effects_never_do(void)
{
    struct server *server = server_start(server_mirror, NULL);
    for (int i = 0; i < 3; i++) {
        struct get get;
        get_effect(&get, server, "{}");
        get_run(&get);
        get_answered(&get, 200, "{}");
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
    get_read(&read, server, "/warm");
    get_run(&read);
    get_answered(&read, 200, "ok");
    tn_http_release(&read.exchange);
    get_read(&read, server, "/again"); /* goes over the connection that now dies, and is repeated */
    get_run(&read);
    get_answered(&read, 200, "ok");
    tn_http_release(&read.exchange);
    CHECK(server_requests(server) == 3);
    get_effect(&effect, server, "{\"refund\":1}"); /* does not go over one that could be dying */
    get_run(&effect);
    get_answered(&effect, 200, "ok");
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
    get_effect(&get, server, "{\"refund\":1}");
    get_run(&get);
    get_failed(&get, TN_HTTP_TORN, TENURE_EIO);
    for (int i = 0; i < 50; i++)
        tn_loop_step(client_loop, 10); /* whatever would come late has come */
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
    struct visit visit;
    visit_read(&visit, handle_second_time, NULL);
    get_run(&visit.get);
    get_answered(&visit.get, 200, "ok");
    CHECK(visit.get.exchange.attempts == 3 && server_requests(visit.server) == 3);
    visit_end(&visit);
}

static void test_closed_before_reading(void)
{
    struct server *server = server_start(server_mirror, NULL);
    struct get get;
    server_close_unread(server, 1);
    get_read(&get, server, "/");
    get_run(&get);
    get_answered(&get, 200, "");
    CHECK(get.exchange.attempts == 2);
    tn_http_release(&get.exchange);
    server_close_unread(server, 1);
    get_effect(&get, server, "{}");
    get_run(&get);
    CHECK(get.exchange.fate != TN_HTTP_ANSWERED);
    CHECK(server_requests(server) == 1); /* the read's */
    tn_http_release(&get.exchange);
    server_stop(server);
}

static void test_nobody_listens(void)
{
    struct get get;
    get_effect(&get, NULL, "{}");
    server_nobody(get.url);
    get_run(&get);
    get_failed(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
    CHECK(get.exchange.err.retryable);
    CHECK(strstr(get.exchange.err.msg, "127.0.0.1"));
    tn_http_release(&get.exchange);
    get_read(&get, NULL, "");
    server_nobody(get.url);
    get.exchange.max_attempts = 2;
    get_run(&get);
    get_failed(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
    CHECK(get.exchange.attempts == 2);
    CHECK(strstr(get.exchange.err.msg, "tried 2 times"));
    tn_http_release(&get.exchange);
}

/* ---- cancel, many, free ------------------------------------------------------------------------------------------ */

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
    get_read(&read, server, "/");
    get_effect(&effect, server, "{}");
    get_read(&unsent, NULL, "nonsense");
    tn_http_cancel(&read.exchange); /* not under way yet */
    tn_http_start(client_http, &read.exchange);
    tn_http_start(client_http, &effect.exchange);
    for (int i = 0; i < CLIENT_STEPS_MAX && server_requests(server) < 2; i++)
        tn_loop_step(client_loop, 20);
    tn_http_start(client_http, &unsent.exchange);
    CHECK(tn_http_counters_of(client_http).in_flight == 2);
    tn_http_cancel(&read.exchange);
    tn_http_cancel(&effect.exchange);
    tn_http_cancel(&unsent.exchange);
    tn_http_cancel(&unsent.exchange);
    for (int i = 0; i < 10; i++)
        tn_loop_step(client_loop, 5);
    CHECK(!read.ended && !effect.ended && !unsent.ended);
    CHECK(tn_http_counters_of(client_http).in_flight == 0);
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
    struct server *server = server_start(server_mirror, NULL);
    for (int i = 0; i < 2; i++) {
        get_read(&pair[i], server, "/");
        pair[i].exchange.done = on_pair_done;
        tn_http_start(client_http, &pair[i].exchange);
    }
    get_wait(&pair[0]);
    for (int i = 0; i < 20; i++)
        tn_loop_step(client_loop, 5);
    CHECK(pair_ended == 1);
    server_stop(server);
}

static int pages_left;

static void on_page_done(struct tn_http_exchange *exchange)
{
    CHECK(exchange->status == 200);
    tn_http_release(exchange);
    if (--pages_left > 0)
        tn_http_start(client_http, exchange);
    else
        get_on_done(exchange);
}

static void test_start_inside_done(void)
{
    struct server *server = server_start(server_mirror, NULL);
    struct get get;
    pages_left = 5;
    get_read(&get, server, "/");
    get.exchange.done = on_page_done;
    get_run(&get);
    CHECK(server_requests(server) == 5 && server_connections(server) == 1);
    server_stop(server);
}

#define MANY 1000
static struct get many[MANY];

static void test_many_share_few_connections(void)
{
    struct server *server = server_start(server_mirror, NULL);
    struct tn_http *few = NULL;
    CHECK(tn_http_new(client_loop, &(struct tn_http_options){.allow_plain = true, .read_connections = 4}, &few, NULL) ==
          TENURE_OK);
    for (int i = 0; i < MANY; i++) {
        get_read(&many[i], server, "/");
        tn_http_start(few, &many[i].exchange);
    }
    CHECK(tn_http_counters_of(few).in_flight == 4); /* the others wait outside curl */
    tn_http_cancel(&many[0].exchange);              /* one inside, one outside: the next ones move up */
    tn_http_cancel(&many[MANY - 1].exchange);
    for (int i = 1; i < MANY - 1; i++) {
        get_wait(&many[i]);
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
    struct server *hanging = server_start(handle_hang, NULL), *server = server_start(server_mirror, NULL);
    struct tn_http *one = NULL;
    CHECK(tn_http_new(client_loop, &(struct tn_http_options){.allow_plain = true, .read_connections = 1}, &one, NULL) ==
          TENURE_OK);
    struct get stuck, queued, effects[3], other;
    get_read(&stuck, hanging, "/");
    get_read(&queued, hanging, "/");
    queued.exchange.deadline_ms = 300;
    get_read(&other, server, "/");
    tn_http_start(one, &stuck.exchange);
    tn_http_start(one, &queued.exchange);
    tn_http_start(one, &other.exchange);
    for (int i = 0; i < 3; i++) {
        get_effect(&effects[i], hanging, "{}");
        tn_http_start(one, &effects[i].exchange);
    }
    CHECK(tn_http_counters_of(one).in_flight == 5); /* all but the one that waits for the only connection to its host */
    get_wait(&other);
    get_answered(&other, 200, "");
    tn_http_release(&other.exchange);
    get_wait(&queued);
    get_failed(&queued, TN_HTTP_NOT_SENT, TENURE_ETIMEDOUT);
    tn_http_release(&queued.exchange);
    tn_http_free(one); /* with four under way */
    CHECK(!stuck.ended && !effects[0].ended);
    server_stop(hanging);
    server_stop(server);
}

int main(void)
{
    client_open();
    test_reads_reuse_a_connection();
    test_effects_never_do();
    test_reused_connection_dies();
    test_effect_without_answer_arrives_once();
    test_read_without_answer_is_repeated();
    test_closed_before_reading();
    test_nobody_listens();
    test_cancel();
    test_cancel_inside_done();
    test_start_inside_done();
    test_many_share_few_connections();
    test_effects_are_not_held_up();
    client_close();
    return check_result();
}
