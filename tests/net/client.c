/* The client's side of a test: see client.h. */
#include "net/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct tn_loop *client_loop;
struct tn_http *client_http;

void client_open(void)
{
    struct tn_err err = {0};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    if (tn_loop_new(NULL, &client_loop, &err) < 0 ||
        tn_http_new(client_loop, &(struct tn_http_options){.allow_plain = true}, &client_http, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
}

void client_close(void)
{
    tn_http_free(client_http);
    tn_loop_free(client_loop);
}

/* ---- one request ------------------------------------------------------------------------------------------------- */

void get_on_done(struct tn_http_exchange *exchange)
{
    struct get *get = tn_container_of(exchange, struct get, exchange);
    CHECK(!get->ended);
    get->ended = true;
}

void get_read(struct get *get, const struct server *server, const char *path)
{
    *get = (struct get){0};
    snprintf(get->url, sizeof get->url, "%s%s", server ? server_url(server) : "", path);
    get->exchange.method = "GET";
    get->exchange.url = get->url;
    get->exchange.done = get_on_done;
}

void get_effect(struct get *get, const struct server *server, const char *body)
{
    get_read(get, server, "/effect");
    get->exchange.method = "POST";
    get->exchange.class = TN_HTTP_EFFECT;
    get->exchange.body = body;
    get->exchange.body_len = strlen(body);
}

void get_wait(const struct get *get)
{
    for (int i = 0; i < CLIENT_STEPS_MAX && !get->ended; i++)
        tn_loop_step(client_loop, 20);
    CHECK(get->ended);
}

void get_run_by(struct get *get, struct tn_http *http)
{
    tn_http_start(http, &get->exchange);
    CHECK(!get->ended); /* never from inside start */
    get_wait(get);
}

void get_run(struct get *get)
{
    get_run_by(get, client_http);
}

void get_answered(const struct get *get, int status, const char *body)
{
    CHECK(get->exchange.fate == TN_HTTP_ANSWERED);
    CHECK(get->exchange.status == status);
    CHECK(get->exchange.err.code == TENURE_OK);
    CHECK_TEXT(tn_buf_text(&get->exchange.answer), body);
}

void get_failed(const struct get *get, enum tn_http_fate fate, int code)
{
    CHECK(get->exchange.fate == fate);
    CHECK(get->exchange.err.code == code);
    CHECK(get->exchange.status == 0);
    CHECK(get->exchange.err.msg[0]);
    CHECK(get->exchange.answer.len == 0);
}

/* ---- one request to a server of its own -------------------------------------------------------------------------- */

void visit_read(struct visit *visit, server_handler handle, void *arg)
{
    visit->server = server_start(handle, arg);
    get_read(&visit->get, visit->server, "/");
}

void visit_effect(struct visit *visit, server_handler handle, void *arg)
{
    visit->server = server_start(handle, arg);
    get_effect(&visit->get, visit->server, "{}");
}

void visit_end(struct visit *visit)
{
    tn_http_release(&visit->get.exchange);
    server_stop(visit->server);
}
