/*
 * One curl multi on the loop: its sockets are uv poll handles, its one timer is ours.
 *
 * Whether a write to a dead connection raises SIGPIPE depends on the TLS library that curl was built with. A library
 * must not let that end the process it is in, nor change its handlers: every call into curl that may write has SIGPIPE
 * blocked, unless the process ignores or blocks it already.
 */
#ifndef TN_NET_MULTI_H
#define TN_NET_MULTI_H

#include <curl/curl.h>

#include "loop/loop.h"

struct tn_multi_socket;

struct tn_multi {
    struct tn_loop *loop;
    CURLM *curl;
    struct tn_timer timer;
    struct tn_job job;                /* stands in for the timer when there is no memory for it */
    struct tn_multi_socket **sockets; /* by descriptor */
    size_t socket_count;
    /* A transfer has ended and was taken out. Never called from inside tn_multi_add() or tn_multi_remove(). */
    void (*finished)(struct tn_multi *multi, CURL *easy, CURLcode result);
};

/* multi is zeroed. deinit may be called on one whose init failed; all transfers were removed before. */
int tn_multi_init(struct tn_multi *multi, struct tn_loop *loop,
                  void (*finished)(struct tn_multi *multi, CURL *easy, CURLcode result), struct tn_err *err);
void tn_multi_deinit(struct tn_multi *multi);

/* Make the connections of a transfer ours to open and close: once per easy handle, before it is added. */
CURLcode tn_multi_adopt(struct tn_multi *multi, CURL *easy);

bool tn_multi_add(struct tn_multi *multi, CURL *easy); /* false: out of memory */
void tn_multi_remove(struct tn_multi *multi, CURL *easy);

#endif
