/* A TCP server on loopback: see listener.h. */
#include "testing/listener.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/list.h"

struct tn_listener {
    uv_tcp_t tcp;
    struct tn_loop *loop;
    void (*accepted)(void *arg, struct tn_socket *socket);
    void *arg;
    struct tn_link *sockets; /* those that are open */
    int port;
};

struct tn_socket {
    uv_tcp_t tcp;
    struct tn_listener *listener; /* NULL once closed */
    struct tn_link link;
    struct tn_buf input;
    uv_write_t write;
    char *output; /* owned while it is being written */
    int write_status;
    void (*changed)(void *arg);
    void *arg;
    bool ended, closed, freed;
    char chunk[1 << 14]; /* what uv reads into; appended at once */
};

/* ---- sockets ---------------------------------------------------------------------------------------------------- */

/* The memory goes when its owner and the loop have both let go. */
static void destroy_unless_used(struct tn_socket *socket)
{
    if (!socket->closed || !socket->freed)
        return;
    tn_buf_deinit(&socket->input);
    free(socket->output);
    free(socket);
}

static void on_socket_closed(uv_handle_t *handle)
{
    struct tn_socket *socket = handle->data;
    socket->closed = true;
    destroy_unless_used(socket);
}

static void tell(struct tn_socket *socket)
{
    if (socket->changed)
        socket->changed(socket->arg);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct tn_socket *socket = handle->data;
    (void)suggested;
    *buf = uv_buf_init(socket->chunk, sizeof socket->chunk);
}

static void on_read(uv_stream_t *from, ssize_t count, const uv_buf_t *buf)
{
    struct tn_socket *socket = from->data;
    if (count < 0) {
        socket->ended = true;
        uv_read_stop(from);
    } else if (!tn_buf_put(&socket->input, buf->base, (size_t)count)) {
        tn_socket_close(socket);
    }
    tell(socket);
}

static void on_written(uv_write_t *write, int status)
{
    struct tn_socket *socket = write->data;
    free(socket->output);
    socket->output = NULL;
    socket->write_status = status;
    tell(socket);
}

void tn_socket_watch(struct tn_socket *socket, void (*changed)(void *arg), void *arg)
{
    socket->changed = changed;
    socket->arg = arg;
}

struct tn_buf *tn_socket_input(struct tn_socket *socket)
{
    return &socket->input;
}

bool tn_socket_at_end(const struct tn_socket *socket)
{
    return socket->ended;
}

int tn_socket_write(struct tn_socket *socket, const char *bytes, size_t len, struct tn_err *err)
{
    if (!socket->listener || socket->output)
        return tn_err_set(err, TENURE_EINVAL, "write to a connection: it is %s",
                          socket->output ? "still writing" : "closed");
    socket->output = malloc(len + 1);
    if (!socket->output)
        return tn_err_no_memory(err);
    memcpy(socket->output, bytes, len);
    socket->write.data = socket;
    uv_buf_t buf = uv_buf_init(socket->output, (unsigned)len);
    socket->write_status = uv_write(&socket->write, (uv_stream_t *)&socket->tcp, &buf, 1, on_written);
    if (socket->write_status < 0) {
        free(socket->output);
        socket->output = NULL;
        return tn_socket_write_error(socket, err);
    }
    return TENURE_OK;
}

bool tn_socket_writing(const struct tn_socket *socket)
{
    return socket->output;
}

int tn_socket_write_error(const struct tn_socket *socket, struct tn_err *err)
{
    if (socket->write_status == 0)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EIO, "write to a connection: %s", uv_strerror(socket->write_status));
}

void tn_socket_close(struct tn_socket *socket)
{
    if (!socket->listener)
        return;
    tn_link_leave(&socket->link);
    socket->listener = NULL;
    socket->ended = true;
    uv_close((uv_handle_t *)&socket->tcp, on_socket_closed);
    tell(socket);
}

void tn_socket_free(struct tn_socket *socket)
{
    if (!socket)
        return;
    socket->changed = NULL;
    tn_socket_close(socket);
    socket->freed = true;
    destroy_unless_used(socket);
}

/* ---- listening -------------------------------------------------------------------------------------------------- */

static void on_connection(uv_stream_t *stream, int status)
{
    struct tn_listener *listener = stream->data;
    struct tn_socket *socket = status < 0 ? NULL : calloc(1, sizeof *socket);
    if (!socket)
        return; /* the client waits until its own time limit */
    uv_tcp_init(tn_loop_uv(listener->loop), &socket->tcp);
    socket->tcp.data = socket;
    socket->input.limit = TN_SOCKET_MAX_INPUT;
    socket->listener = listener;
    tn_link_enter(&listener->sockets, &socket->link);
    if (uv_accept(stream, (uv_stream_t *)&socket->tcp) < 0) {
        tn_socket_free(socket);
        return;
    }
    uv_read_start((uv_stream_t *)&socket->tcp, on_alloc, on_read);
    listener->accepted(listener->arg, socket);
}

static int listen_on_loopback(struct tn_listener *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int len = sizeof address;
    int rc = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&address, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&listener->tcp, 128, on_connection);
    if (rc == 0)
        rc = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&address, &len);
    listener->port = ntohs(address.sin_port);
    return rc;
}

int tn_listener_new(struct tn_loop *loop, void (*accepted)(void *arg, struct tn_socket *socket), void *arg,
                    struct tn_listener **out, struct tn_err *err)
{
    struct tn_listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return tn_err_no_memory(err);
    listener->loop = loop;
    listener->accepted = accepted;
    listener->arg = arg;
    uv_tcp_init(tn_loop_uv(loop), &listener->tcp);
    listener->tcp.data = listener;
    int rc = listen_on_loopback(listener);
    if (rc < 0) {
        tn_listener_free(listener);
        return tn_err_set(err, TENURE_EIO, "listen on 127.0.0.1: %s", uv_strerror(rc));
    }
    *out = listener;
    return TENURE_OK;
}

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void tn_listener_free(struct tn_listener *listener)
{
    if (!listener)
        return;
    for (struct tn_link *link; (link = tn_link_take(&listener->sockets));)
        tn_socket_close(tn_container_of(link, struct tn_socket, link));
    uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
}

int tn_listener_port(const struct tn_listener *listener)
{
    return listener->port;
}
