/* SIGINT and SIGTERM over a pipe: see signals.h. */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define SIGNALS_MAX 3

static volatile sig_atomic_t count, last_signal;
static int pipe_fds[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    last_signal = number;
    if (++count >= SIGNALS_MAX)
        _exit(128 + number);
    ssize_t written = write(pipe_fds[1], "", 1); /* a full pipe is readable, which is all it is for */
    (void)written;
    errno = saved;
}

/* What was ignored when we started (nohup, a background job) stays ignored. */
static int listen_for(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    if (sigaction(number, NULL, &before) < 0)
        return -1;
    return before.sa_handler == SIG_IGN ? 0 : sigaction(number, &action, NULL);
}

int tn_cli_signals_open(void)
{
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || listen_for(SIGINT) < 0 || listen_for(SIGTERM) < 0)
        return -1;
    return pipe_fds[0];
}

int tn_cli_signals_take(int *last)
{
    char bytes[16];
    while (read(pipe_fds[0], bytes, sizeof bytes) > 0)
        ;
    *last = last_signal;
    return count;
}
