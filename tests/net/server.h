/*
 * A small real HTTP server for tests: plain sockets on loopback, a thread per connection. What it does with a request
 * is up to the test, down to the bytes: it may answer, answer half, hang, or close.
 */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct server;

struct server_request {
    struct server *server;
    void *arg;
    int fd;
    int number;        /* over the server's life, from 1 */
    int on_connection; /* of its connection, from 1 */
    char head[16384];  /* request line and headers */
    char body[65536];
    size_t body_len;
};

/* True to go on with the connection, false to close it. Called from the connection's thread. */
typedef bool (*server_handler)(struct server_request *request);

struct server *server_start(server_handler handle, void *arg); /* exits when it cannot */
void server_stop(struct server *server);
const char *server_url(const struct server *server); /* "http://127.0.0.1:PORT" */
int server_requests(const struct server *server);    /* read to the end, so far */
int server_connections(const struct server *server);
void server_close_unread(struct server *server, int connections); /* so many are closed as soon as they are accepted */

/* For handlers. server_answer() adds Content-Length; extra holds more header lines, each with CRLF, or is "". */
bool server_send(struct server_request *request, const char *text);
bool server_answer(struct server_request *request, int status, const char *extra, const char *body);

/* A handler: the request's body is the answer's; headers say the method and whether a length of zero was told. */
bool server_mirror(struct server_request *request);

/* An address on loopback where nobody listens, nor will: it stays taken until the test ends. */
void server_nobody(char url[64]);

#endif
