/* The HTTP client: what is said of a server that cannot be reached, and when. */
#include <stdlib.h>
#include <sys/socket.h>

#include "check.h"
#include "net/client.h"

/* What the watcher was told, in order. */
struct told {
    enum tn_http_contact contacts[8];
    int count;
    struct get *cancels; /* what it cancels when it hears of a loss; NULL: nothing */
    struct get *before;  /* must not have ended yet then; NULL: anything may */
};

static void on_contact(void *arg, const struct tn_http_contact_event *event)
{
    struct told *told = arg;
    if (told->count < 8)
        told->contacts[told->count++] = event->contact;
    CHECK(event->origin && event->silent_ms >= 0);
    CHECK(event->contact == TN_HTTP_BACK || event->err.code < 0);
    if (event->contact != TN_HTTP_LOST)
        return;
    CHECK(!told->before || !told->before->ended);
    if (told->cancels)
        tn_http_cancel(&told->cancels->exchange);
}

static struct tn_http *watched(struct told *told)
{
    struct tn_err err = {0};
    struct tn_http *http = NULL;
    struct tn_http_options options = {.allow_plain = true, .watcher = {.on_contact = on_contact, .arg = told}};
    if (tn_http_new(client_loop, &options, &http, &err) < 0)
        exit(1);
    return http;
}

/* The first request is answered unless it begins late, the next so many are not, on some the server hangs up, and some are
 * sent away again. */
struct outage {
    int silent, torn, busy;
    bool late;
};

static bool handle_outage(struct server_request *request)
{
    const struct outage *outage = request->arg;
    int torn = outage->silent + !outage->late, over = torn + outage->torn;
    char byte;
    if (request->number > over && request->number <= over + outage->busy)
        return server_answer(request, 503, "", "not yet");
    if (request->number > over || (request->number == 1 && !outage->late))
        return server_answer(request, 200, "", "ok");
    while (request->number <= torn && recv(request->fd, &byte, 1, 0) > 0)
        ;
    return false;
}

/* The attempts of an outage do not count, also once it is over: the server was there before. */
static void ride_out(struct outage outage)
{
    struct told told = {0};
    struct tn_http *http = watched(&told);
    struct visit visit;
    visit_read(&visit, handle_outage, &outage);
    get_run_by(&visit.get, http);
    get_answered(&visit.get, 200, "ok");
    tn_http_release(&visit.get.exchange);
    get_read(&visit.get, visit.server, "/");
    visit.get.exchange.timeout_ms = 50;
    visit.get.exchange.max_attempts = 2;
    get_run_by(&visit.get, http);
    get_answered(&visit.get, 200, "ok");
    CHECK(visit.get.exchange.attempts == 1 + (uint32_t)(outage.silent + outage.busy));
    for (int i = 0; i < CLIENT_STEPS_MAX && told.count < 2; i++)
        tn_loop_step(client_loop, 20);
    CHECK(told.count == 2 && told.contacts[0] == TN_HTTP_SILENT && told.contacts[1] == TN_HTTP_BACK);
    visit_end(&visit);
    tn_http_free(http);
}

/* Whoever begins in an outage has only so many attempts to reach the server; once somebody is there, they do not count. */
static void test_begun_in_an_outage(void)
{
    struct outage outage = {.silent = 3, .torn = 1, .busy = 2, .late = true};
    struct told told = {0};
    struct tn_http *http = watched(&told);
    struct visit visit;
    visit_read(&visit, handle_outage, &outage);
    visit.get.exchange.timeout_ms = 50;
    visit.get.exchange.max_attempts = 4;
    get_run_by(&visit.get, http);
    get_answered(&visit.get, 200, "ok");
    CHECK(visit.get.exchange.attempts == 7);
    visit_end(&visit);
    tn_http_free(http);
}

static void ask_nobody(struct told *told, struct get *get, uint32_t attempts)
{
    struct tn_http *http = watched(told);
    char url[64];
    server_nobody(url);
    get_read(get, NULL, url);
    get->exchange.max_attempts = attempts;
    told->before = get;
    tn_http_start(http, &get->exchange);
    for (int i = 0; i < CLIENT_STEPS_MAX && (told->count == 0 || told->contacts[told->count - 1] != TN_HTTP_LOST); i++)
        tn_loop_step(client_loop, 20);
    for (int i = 0; i < 3; i++)
        tn_loop_step(client_loop, 0);
    tn_http_free(http);
}

static void test_one_that_never_was_there(void)
{
    struct told told = {0};
    struct get get = {0};
    ask_nobody(&told, &get, 4);
    CHECK(told.count == 2 && told.contacts[0] == TN_HTTP_SILENT && told.contacts[1] == TN_HTTP_LOST);
    CHECK(get.ended && get.exchange.attempts == 4);
    get_failed(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
}

static void test_cancelled_by_the_watcher(void)
{
    struct told told = {0};
    struct get get = {0};
    told.cancels = &get;
    ask_nobody(&told, &get, 1);
    CHECK(told.count == 1 && told.contacts[0] == TN_HTTP_LOST);
    CHECK(!get.ended);
}

/* Somebody is there: it is this request that fails. */
static bool handle_hangup(struct server_request *request)
{
    (void)request;
    return false;
}

static void test_one_that_hangs_up(void)
{
    struct told told = {0};
    struct tn_http *http = watched(&told);
    struct visit visit;
    visit_read(&visit, handle_hangup, NULL);
    visit.get.exchange.max_attempts = 4;
    get_run_by(&visit.get, http);
    get_failed(&visit.get, TN_HTTP_TORN, TENURE_EIO);
    CHECK(told.count == 0);
    visit_end(&visit);
    tn_http_free(http);
}

int main(void)
{
    client_open();
    ride_out((struct outage){.silent = 4});
    ride_out((struct outage){.silent = 3, .busy = 1});
    test_begun_in_an_outage();
    test_one_that_never_was_there();
    test_cancelled_by_the_watcher();
    test_one_that_hangs_up();
    client_close();
    return check_result();
}
