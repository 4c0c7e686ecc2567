/* A small real HTTP server for tests: see server.h. */
#include "net/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024

struct connection {
    pthread_t thread;
    struct server *server;
    int fd;
};

struct server {
    int fd;
    char url[64];
    server_handler handle;
    void *arg;
    pthread_t thread;
    atomic_int requests, accepted, close_unread;
    struct connection connections[CONNECTIONS_MAX];
    int count; /* of the accepting thread */
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool server_send(struct server_request *request, const char *text)
{
    return send_all(request->fd, text, strlen(text));
}

bool server_answer(struct server_request *request, int status, const char *extra, const char *body)
{
    char head[8192];
    snprintf(head, sizeof head, "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n", status, strlen(body), extra);
    return server_send(request, head) && server_send(request, body);
}

bool server_mirror(struct server_request *request)
{
    char head[256];
    snprintf(head, sizeof head, "X-Ms-Method: %.*s\r\nX-Ms-Length: %s\r\n", (int)strcspn(request->head, " "),
             request->head, strstr(request->head, "\r\nContent-Length: 0\r\n") ? "zero" : "other");
    return server_answer(request, 200, head, request->body_len ? request->body : "");
}

/* Up to the blank line, byte by byte: what follows belongs to the body. */
static bool read_head(struct server_request *request)
{
    size_t len = 0;
    while (len + 1 < sizeof request->head) {
        if (recv(request->fd, request->head + len, 1, 0) != 1)
            return false;
        request->head[++len] = '\0';
        if (len >= 4 && memcmp(request->head + len - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static bool read_body(struct server_request *request)
{
    const char *length = strcasestr(request->head, "\r\nContent-Length:");
    size_t want = length ? strtoul(length + 17, NULL, 10) : 0, have = 0;
    if (want >= sizeof request->body)
        return false;
    while (have < want) {
        ssize_t got = recv(request->fd, request->body + have, want - have, 0);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    request->body[have] = '\0';
    request->body_len = have;
    return true;
}

static void *serve_connection(void *arg)
{
    struct connection *connection = arg;
    struct server *server = connection->server;
    struct server_request *request = calloc(1, sizeof *request);
    if (!request)
        fail("calloc");
    request->server = server;
    request->arg = server->arg;
    request->fd = connection->fd;
    bool open = true;
    while (open && read_head(request) && read_body(request)) {
        request->number = atomic_fetch_add(&server->requests, 1) + 1;
        request->on_connection++;
        open = server->handle(request);
    }
    free(request);
    shutdown(connection->fd, SHUT_RDWR); /* closed by server_stop(), so that the number stays ours */
    return NULL;
}

static void *accept_connections(void *arg)
{
    struct server *server = arg;
    int fd;
    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        atomic_fetch_add(&server->accepted, 1);
        if (atomic_load(&server->close_unread) > 0 || server->count == CONNECTIONS_MAX) {
            atomic_fetch_sub(&server->close_unread, 1);
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* answers come in pieces */
        struct connection *connection = &server->connections[server->count++];
        *connection = (struct connection){.server = server, .fd = fd};
        if (pthread_create(&connection->thread, NULL, serve_connection, connection) != 0)
            fail("pthread_create");
    }
    return NULL;
}

static int bind_to_loopback(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        fail("bind");
    snprintf(url, 64, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

struct server *server_start(server_handler handle, void *arg)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        fail("calloc");
    server->fd = bind_to_loopback(server->url);
    if (listen(server->fd, 512) < 0)
        fail("listen");
    server->handle = handle;
    server->arg = arg;
    if (pthread_create(&server->thread, NULL, accept_connections, server) != 0)
        fail("pthread_create");
    return server;
}

void server_stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (int i = 0; i < server->count; i++) {
        shutdown(server->connections[i].fd, SHUT_RDWR);
        pthread_join(server->connections[i].thread, NULL);
        close(server->connections[i].fd);
    }
    free(server);
}

const char *server_url(const struct server *server)
{
    return server->url;
}

int server_requests(const struct server *server)
{
    return atomic_load(&server->requests);
}

int server_connections(const struct server *server)
{
    return atomic_load(&server->accepted);
}

void server_close_unread(struct server *server, int connections)
{
    atomic_store(&server->close_unread, connections);
}

void server_nobody(char url[64])
{
    bind_to_loopback(url); /* and never listens: a port that was given back may be another test's server by now */
}
