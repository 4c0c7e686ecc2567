/*
 * The client's side of a test: a loop, an HTTP client on it, and requests to a server of ours.
 */
#ifndef TESTS_NET_CLIENT_H
#define TESTS_NET_CLIENT_H

#include "net/http.h"
#include "net/server.h"

#define CLIENT_STEPS_MAX 4000 /* of at most 20 ms each: more than any test needs */

extern struct tn_loop *client_loop;
extern struct tn_http *client_http; /* speaks plain HTTP, too */

void client_open(void); /* exits when it cannot; the environment names proxies, which must not be obeyed */
void client_close(void);

/* ---- one request ------------------------------------------------------------------------------------------------- */

struct get {
    struct tn_http_exchange exchange;
    char url[256];
    bool ended;
};

/* What is needed for a GET, or a POST of an effect. The test may change it before it runs. server may be NULL: then the
 * path is the whole URL. */
void get_read(struct get *get, const struct server *server, const char *path);
void get_effect(struct get *get, const struct server *server, const char *body);
void get_run(struct get *get);
void get_run_by(struct get *get, struct tn_http *http);
void get_wait(const struct get *get); /* until it has ended */
void get_on_done(struct tn_http_exchange *exchange);

/* Checks that it ended in one of these ways. */
void get_answered(const struct get *get, int status, const char *body);
void get_failed(const struct get *get, enum tn_http_fate fate, int code);

/* ---- one request to a server of its own -------------------------------------------------------------------------- */

struct visit {
    struct server *server;
    struct get get; /* to be run by the test */
};
void visit_read(struct visit *visit, server_handler handle, void *arg);   /* GET / */
void visit_effect(struct visit *visit, server_handler handle, void *arg); /* POST {} */
void visit_end(struct visit *visit);

#endif
