/*
 * The HTTP server: see server.h.
 *
 *   epoll descriptor of libmicrohttpd ─uv_poll─▶ MHD_run ─▶ on_uri, on_request … ─▶ dispatch ─┬▶ queue the response
 *                          its timeout ─tn_timer─▶   ▲                                        └▶ suspend, tn_timer,
 *                                                    └──────────────────────────────────────────  resume, queue
 */
#include "simulator/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "simulator/dispatch.h"
#include "simulator/state.h"

#define IDLE_SECONDS 300
#define MOST_CONNECTIONS 8192
#define CONNECTION_BYTES ((size_t)32 << 10)
#define BACKLOG 1024
#define CUT_BLOCK 4096

struct tn_sim_server {
    struct tn_simulator *simulator;
    struct MHD_Daemon *daemon;
    uv_poll_t *poll; /* outlives the server until libuv has closed it */
    struct tn_timer timer;
    struct tn_job again;
    struct tn_link *suspended;
};

/* One request on its connection. */
struct exchange {
    struct tn_sim_server *server;
    struct MHD_Connection *connection;
    struct tn_sim_call *call; /* NULL once it was kept to be done later */
    struct tn_sim_answer answer;
    struct tn_timer timer; /* runs while suspended */
    struct tn_link link;   /* among the suspended */
    bool begun, dispatched;
};

/* ---- the daemon in the loop ------------------------------------------------------------------------------------- */

static void run_daemon(struct tn_sim_server *server);

static void on_again(struct tn_job *job)
{
    run_daemon(tn_container_of(job, struct tn_sim_server, again));
}

static void on_timeout(struct tn_timer *timer)
{
    run_daemon(tn_container_of(timer, struct tn_sim_server, timer));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    run_daemon(poll->data);
}

/* Its descriptor is edge-triggered inside: what it could not finish now it says by a timeout of 0. */
static void run_daemon(struct tn_sim_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    struct tn_loop *loop = server->simulator->loop;
    MHD_run(server->daemon);
    tn_timer_stop(loop, &server->timer);
    if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES)
        return;
    if (wait_ms == 0 || tn_timer_start(loop, &server->timer, (int64_t)wait_ms, on_timeout) < 0)
        tn_job_post(loop, &server->again, on_again);
}

/* ---- responses -------------------------------------------------------------------------------------------------- */

/* A body of which only a part is sent. */
struct cut {
    char *data;
    size_t len;
    bool measured;
};

static ssize_t on_cut_read(void *arg, uint64_t position, char *out, size_t max)
{
    const struct cut *cut = arg;
    if (position >= cut->len)
        return cut->measured ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    size_t left = cut->len - (size_t)position;
    size_t now = left < max ? left : max;
    memcpy(out, cut->data + position, now);
    return (ssize_t)now;
}

static void on_cut_free(void *arg)
{
    struct cut *cut = arg;
    free(cut->data);
    free(cut);
}

/* Takes the body. NULL: out of memory. */
static struct MHD_Response *cut_response(char *body, size_t len, bool measured)
{
    struct cut *cut = malloc(sizeof *cut);
    if (!cut) {
        free(body);
        return NULL;
    }
    *cut = (struct cut){body, len / 2, measured};
    struct MHD_Response *response =
        MHD_create_response_from_callback(measured ? len : MHD_SIZE_UNKNOWN, CUT_BLOCK, on_cut_read, cut, on_cut_free);
    if (!response)
        on_cut_free(cut);
    else if (!measured) /* neither a length nor chunks: the end of the connection is the end of the body */
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

static struct MHD_Response *make_response(struct tn_sim_answer *answer)
{
    size_t len = 0;
    char *body = tn_buf_take(&answer->body, &len);
    if (!body)
        return NULL;
    if (answer->delivery != TN_SIM_WHOLE)
        return cut_response(body, len, answer->delivery == TN_SIM_CUT_MEASURED);
    struct MHD_Response *response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(body);
    return response;
}

/* MHD_NO closes the connection without a word, which is what `drop`, `lose` and running out of memory come to. */
static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct tn_sim_answer *answer = &exchange->answer;
    if (answer->delivery == TN_SIM_CLOSE)
        return MHD_NO;
    struct MHD_Response *response = make_response(answer);
    if (!response)
        return MHD_NO;
    const char *type = answer->content_type ? answer->content_type : "application/json; charset=utf-8";
    MHD_add_response_header(response, "Content-Type", type);
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->headers[i].name, tn_sim_answer_header_value(answer, i));
    enum MHD_Result queued = MHD_queue_response(exchange->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- holding an answer back ------------------------------------------------------------------------------------- */

static void resume(struct exchange *exchange)
{
    tn_link_leave(&exchange->link);
    tn_timer_stop(exchange->server->simulator->loop, &exchange->timer);
    MHD_resume_connection(exchange->connection);
}

static void on_resume(struct tn_timer *timer)
{
    struct exchange *exchange = tn_container_of(timer, struct exchange, timer);
    struct tn_sim_server *server = exchange->server;
    resume(exchange);
    tn_job_post(server->simulator->loop, &server->again, on_again);
}

/* False: no timer to be had, so the answer goes out at once. */
static bool suspend(struct exchange *exchange)
{
    struct tn_sim_server *server = exchange->server;
    if (tn_timer_start(server->simulator->loop, &exchange->timer, exchange->answer.delay_ms, on_resume) < 0)
        return false;
    tn_link_enter(&server->suspended, &exchange->link);
    MHD_suspend_connection(exchange->connection);
    return true;
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct tn_sim_server *server = arg;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->server = server;
    exchange->connection = connection;
    exchange->call = tn_sim_call_new(server->simulator, uri);
    return exchange;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *state;
    (void)arg, (void)connection, (void)code;
    if (!exchange)
        return;
    tn_timer_stop(exchange->server->simulator->loop, &exchange->timer);
    tn_sim_call_free(exchange->call);
    tn_sim_answer_deinit(&exchange->answer);
    free(exchange);
    *state = NULL;
}

static bool read_headers(struct exchange *exchange)
{
    for (int i = 0; i < TN_SIM_HEADERS; i++) {
        const char *value = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, tn_sim_header_names[i]);
        if (value && !tn_sim_call_set_header(exchange->call, (enum tn_sim_header)i, value))
            return false;
    }
    return true;
}

static enum MHD_Result answer_too_large(struct exchange *exchange)
{
    struct tn_json_writer w = tn_sim_answer_json(&exchange->answer, 413);
    tn_jw_object(&w);
    tn_jw_key(&w, "error");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "code", "RequestEntityTooLarge");
    tn_jw_kv_string(&w, "message", "The request body is larger than 4 MB.");
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
    exchange->dispatched = true;
    return send_answer(exchange);
}

/* The headers are in: a body that is announced too large is not even read. */
static enum MHD_Result begin(struct exchange *exchange, const char *method)
{
    exchange->begun = true;
    snprintf(exchange->call->method, sizeof exchange->call->method, "%s", method);
    const char *length = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Content-Length");
    if (length && strtoull(length, NULL, 10) > TN_SIM_MAX_BODY)
        return answer_too_large(exchange);
    return MHD_YES;
}

static enum MHD_Result finish(struct exchange *exchange)
{
    if (!exchange->dispatched) {
        if (exchange->call->body.failed)
            return answer_too_large(exchange);
        if (!read_headers(exchange))
            return MHD_NO;
        exchange->dispatched = true;
        if (tn_sim_dispatch(exchange->call, &exchange->answer))
            exchange->call = NULL;
        if (exchange->answer.delay_ms > 0 && suspend(exchange))
            return MHD_YES;
    }
    return send_answer(exchange);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_len, void **state)
{
    struct exchange *exchange = *state;
    (void)arg, (void)connection, (void)url, (void)version;
    if (!exchange || (!exchange->call && !exchange->dispatched))
        return MHD_NO;
    if (!exchange->begun)
        return begin(exchange, method);
    if (*data_len > 0) {
        tn_buf_put(&exchange->call->body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return finish(exchange);
}

/* ---- listening -------------------------------------------------------------------------------------------------- */

/* "host:port" with a loopback host. */
static int parse_address(const char *listen, struct sockaddr_storage *address, struct tn_err *err)
{
    char host[64], rest;
    int port = -1;
    bool good = sscanf(listen, "[%63[0-9a-fA-F:]]:%d%c", host, &port, &rest) == 2 ||
                sscanf(listen, "%63[^:]:%d%c", host, &port, &rest) == 2;
    memset(address, 0, sizeof *address);
    if (!good || port < 0 || port > 65535)
        return tn_err_set(err, TENURE_EINVAL,
                          "cannot listen on '%.80s': write an address and a port, such as 127.0.0.1:0", listen);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (uv_ip4_addr(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, v4) == 0 &&
        ntohl(v4->sin_addr.s_addr) >> 24 == 127)
        return TENURE_OK;
    if (uv_ip6_addr(host, port, v6) == 0 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr))
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL,
                      "cannot listen on '%.80s': the simulator listens on loopback only, such as 127.0.0.1:0", listen);
}

static int open_socket(struct tn_simulator *simulator, const char *listen_on, int *out, struct tn_err *err)
{
    struct sockaddr_storage address;
    int rc = parse_address(listen_on, &address, err), on = 1;
    if (rc < 0)
        return rc;
    socklen_t size = address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        rc = tn_err_set(err, TENURE_EIO, "cannot listen on '%.80s': %s", listen_on, strerror(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    char host[64];
    bool v6 = address.ss_family == AF_INET6;
    uv_ip_name((struct sockaddr *)&address, host, sizeof host);
    int port = ntohs(v6 ? ((struct sockaddr_in6 *)&address)->sin6_port : ((struct sockaddr_in *)&address)->sin_port);
    const char *scheme = simulator->certificate.key ? "https" : "http";
    snprintf(simulator->url, sizeof simulator->url, v6 ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port);
    *out = fd;
    return TENURE_OK;
}

static struct MHD_Daemon *start_daemon(struct tn_sim_server *server, int fd)
{
    const struct tn_sim_certificate *certificate = &server->simulator->certificate;
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_KEY, 0, certificate->key},
                                   {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate->certificate},
                                   {MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (certificate->key ? MHD_USE_TLS : 0);
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_ARRAY, certificate->key ? tls : tls + 2,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_END);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static int watch(struct tn_sim_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    uv_poll_t *poll = info ? calloc(1, sizeof *poll) : NULL;
    if (!poll || uv_poll_init(tn_loop_uv(server->simulator->loop), poll, info->epoll_fd) < 0) {
        free(poll);
        return TENURE_ENOMEM;
    }
    poll->data = server;
    server->poll = poll;
    return uv_poll_start(poll, UV_READABLE, on_readable) < 0 ? TENURE_EIO : TENURE_OK;
}

int tn_sim_server_start(struct tn_simulator *simulator, const char *listen_on, struct tn_sim_server **out,
                        struct tn_err *err)
{
    int fd = -1;
    struct tn_sim_server *server = calloc(1, sizeof *server);
    if (!server)
        return tn_err_no_memory(err);
    server->simulator = simulator;
    int rc = open_socket(simulator, listen_on, &fd, err);
    if (rc < 0)
        goto out;
    server->daemon = start_daemon(server, fd);
    if (!server->daemon) {
        close(fd);
        rc = tn_err_set(err, TENURE_EIO, "the simulator's HTTP server did not start on '%.80s'", listen_on);
        goto out;
    }
    if (watch(server) < 0) {
        rc = tn_err_set(err, TENURE_EIO, "the simulator's HTTP server cannot be watched by the event loop");
        goto out;
    }
    *out = server;
    server = NULL;
out:
    tn_sim_server_stop(server);
    return rc;
}

/* libmicrohttpd wants suspended connections resumed before it is stopped. */
void tn_sim_server_stop(struct tn_sim_server *server)
{
    if (!server)
        return;
    for (struct tn_link *link; (link = tn_link_take(&server->suspended));)
        resume(tn_container_of(link, struct exchange, link));
    if (server->poll)
        uv_close((uv_handle_t *)server->poll, on_poll_closed);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    tn_timer_stop(server->simulator->loop, &server->timer);
    tn_job_cancel(server->simulator->loop, &server->again);
    free(server);
}
