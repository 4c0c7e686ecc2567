/* One curl multi on the loop: see multi.h. */
#include "net/multi.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

/* What watches one descriptor. That of a connection lives as long as the connection, over many requests: it is only
 * stopped in between. It must not outlive the descriptor, because the number may soon belong to somebody else. */
struct tn_multi_socket {
    uv_poll_t poll;
    struct tn_multi *multi;
    bool connection; /* opened by on_open; curl watches a few descriptors of its own, too */
};

/* ---- SIGPIPE ---------------------------------------------------------------------------------------------------- */

struct pipe_guard {
    bool blocked; /* by us */
};

static struct pipe_guard block_sigpipe(void)
{
    struct pipe_guard guard = {false};
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        return guard;
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0)
        guard.blocked = !sigismember(&before, SIGPIPE);
    return guard;
}

/* A SIGPIPE that came meanwhile was ours (it goes to the thread that writes): it is taken back before it is let
 * through. */
static void unblock_sigpipe(struct pipe_guard guard)
{
    if (!guard.blocked)
        return;
    static const struct timespec at_once = {0};
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (sigtimedwait(&pipe, NULL, &at_once) == SIGPIPE) {
    }
    pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
}

/* ---- events in -------------------------------------------------------------------------------------------------- */

/* Right after every action, not when the loop comes round again: an answer would wait there. */
static void read_finished(struct tn_multi *multi)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->curl, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        curl_multi_remove_handle(multi->curl, easy); /* message is gone now */
        multi->finished(multi, easy, result);
    }
}

static void act(struct tn_multi *multi, curl_socket_t socket, int events)
{
    struct pipe_guard guard = block_sigpipe();
    int running;
    curl_multi_socket_action(multi->curl, socket, events, &running);
    read_finished(multi);
    unblock_sigpipe(guard);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct tn_multi_socket *socket = tn_container_of(poll, struct tn_multi_socket, poll);
    int curl_events = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        curl_events |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        curl_events |= CURL_CSELECT_OUT;
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)poll, &fd) == 0)
        act(socket->multi, fd, curl_events);
}

static void on_due(struct tn_timer *timer)
{
    act(tn_container_of(timer, struct tn_multi, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void on_due_job(struct tn_job *job)
{
    act(tn_container_of(job, struct tn_multi, job), CURL_SOCKET_TIMEOUT, 0);
}

/* ---- what curl asks for ----------------------------------------------------------------------------------------- */

/* Rounded up: a timer that fires a fraction of a millisecond early finds nothing to do and comes straight back. */
static int on_timer_wanted(CURLM *curl, long timeout_ms, void *arg)
{
    struct tn_multi *multi = arg;
    (void)curl;
    tn_job_cancel(multi->loop, &multi->job);
    if (timeout_ms < 0)
        tn_timer_stop(multi->loop, &multi->timer);
    else if (tn_timer_start(multi->loop, &multi->timer, timeout_ms > 0 ? timeout_ms + 1 : 0, on_due) < 0)
        tn_job_post(multi->loop, &multi->job, on_due_job);
    return 0;
}

static bool reserve_slot(struct tn_multi *multi, size_t fd)
{
    if (fd < multi->socket_count)
        return true;
    size_t count = multi->socket_count ? multi->socket_count : 64;
    while (count <= fd)
        count *= 2;
    struct tn_multi_socket **sockets = realloc(multi->sockets, count * sizeof *sockets);
    if (!sockets)
        return false;
    memset(sockets + multi->socket_count, 0, (count - multi->socket_count) * sizeof *sockets);
    multi->sockets = sockets;
    multi->socket_count = count;
    return true;
}

static struct tn_multi_socket *socket_of(struct tn_multi *multi, curl_socket_t fd)
{
    return (size_t)fd < multi->socket_count ? multi->sockets[fd] : NULL;
}

static struct tn_multi_socket *watch_socket(struct tn_multi *multi, curl_socket_t fd)
{
    if (fd < 0 || !reserve_slot(multi, (size_t)fd))
        return NULL;
    struct tn_multi_socket *socket = multi->sockets[fd];
    if (socket)
        return socket;
    socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    if (uv_poll_init(tn_loop_uv(multi->loop), &socket->poll, fd) < 0) {
        free(socket);
        return NULL;
    }
    socket->multi = multi;
    multi->sockets[fd] = socket;
    return socket;
}

static void on_socket_closed(uv_handle_t *poll)
{
    free(tn_container_of((uv_poll_t *)(void *)poll, struct tn_multi_socket, poll));
}

static void forget_socket(struct tn_multi *multi, curl_socket_t fd)
{
    struct tn_multi_socket *socket = socket_of(multi, fd);
    if (!socket)
        return;
    multi->sockets[fd] = NULL;
    uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

/* An error here must not reach curl, which would give up the whole multi for it: a socket that cannot be watched is
 * left to the time limit of its transfer. */
static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct tn_multi *multi = arg;
    struct tn_multi_socket *socket = socket_of(multi, fd);
    (void)easy, (void)assigned;
    if (what == CURL_POLL_REMOVE) {
        if (socket && socket->connection)
            uv_poll_stop(&socket->poll);
        else
            forget_socket(multi, fd);
        return 0;
    }
    if (!socket)
        socket = watch_socket(multi, fd);
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    if (socket)
        uv_poll_start(&socket->poll, events, on_ready);
    return 0;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct tn_multi *multi = arg;
    (void)purpose;
    curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    struct tn_multi_socket *socket = fd < 0 ? NULL : watch_socket(multi, fd);
    if (socket)
        socket->connection = true;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    forget_socket(arg, fd);
    return close(fd);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

int tn_multi_init(struct tn_multi *multi, struct tn_loop *loop,
                  void (*finished)(struct tn_multi *multi, CURL *easy, CURLcode result), struct tn_err *err)
{
    multi->loop = loop;
    multi->finished = finished;
    multi->curl = curl_multi_init();
    if (!multi->curl)
        return tn_err_no_memory(err);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    return TENURE_OK;
}

void tn_multi_deinit(struct tn_multi *multi)
{
    if (!multi->curl)
        return;
    struct pipe_guard guard = block_sigpipe();
    curl_multi_cleanup(multi->curl); /* may still talk to us while it closes connections */
    unblock_sigpipe(guard);
    multi->curl = NULL;
    tn_timer_stop(multi->loop, &multi->timer);
    tn_job_cancel(multi->loop, &multi->job);
    for (size_t fd = 0; fd < multi->socket_count; fd++)
        forget_socket(multi, (curl_socket_t)fd);
    free(multi->sockets);
    multi->sockets = NULL;
    multi->socket_count = 0;
}

CURLcode tn_multi_adopt(struct tn_multi *multi, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, multi);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, multi);
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    return rc ? rc : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

bool tn_multi_add(struct tn_multi *multi, CURL *easy)
{
    struct pipe_guard guard = block_sigpipe();
    bool added = curl_multi_add_handle(multi->curl, easy) == CURLM_OK;
    unblock_sigpipe(guard);
    return added;
}

void tn_multi_remove(struct tn_multi *multi, CURL *easy)
{
    struct pipe_guard guard = block_sigpipe();
    curl_multi_remove_handle(multi->curl, easy);
    unblock_sigpipe(guard);
}
