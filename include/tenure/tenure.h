/**
 * tenure: an embeddable automation host for Azure reservations, scripted in Lua.
 *
 * A host is created, asked to do things by name, and stepped until they are done:
 *
 *     tenure_host *host;
 *     tenure_host_new(NULL, &host);
 *     tenure_host_request(host, "plan", "{\"workflow\": \"workflows/refund-idle.yaml\"}", on_result, NULL);
 *     while (tenure_host_step(host, -1))
 *         ;
 *     tenure_host_free(host);
 *
 * or, inside a foreign event loop: poll tenure_host_fd() for reading, for at most tenure_host_timeout_ms(), then call
 * tenure_host_step(host, 0).
 *
 * Threads: calls on one host come from one thread at a time; several hosts may live in one process, one per thread.
 * The library installs no signal handlers, never calls setlocale() or exit(), keeps no globals and prints nothing.
 * It reads the environment once, in tenure_host_new(). While it talks TLS it expects SIGPIPE to be blocked or ignored;
 * it blocks it itself around its own calls.
 */
#ifndef TENURE_TENURE_H
#define TENURE_TENURE_H

#include <stddef.h>
#include <stdint.h>

#include "tenure/status.h"

#if defined(TENURE_STATIC)
#define TENURE_API
#else
#define TENURE_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define TENURE_VERSION "0.1.0"

/** The version of the library that is linked, as in TENURE_VERSION. Static storage. */
TENURE_API const char *tenure_version(void);

/** One host. Owned by whoever created it; released with tenure_host_free(). */
typedef struct tenure_host tenure_host;

/**
 * Something that happened while a request goes on: progress, a log line of a script, a warning.
 * Borrowed: valid until the callback returns.
 */
typedef struct tenure_event {
    size_t size;      /**< size where the library was compiled; fields are only ever appended */
    uint64_t request; /**< the request it belongs to */
    const char *kind; /**< "progress", "log", "warning", "notice", "plan", "ready" */
    const char *text; /**< one line for a person, without control characters; never NULL */
    const char *json; /**< the same as data: one JSON object; never NULL */
} tenure_event;

/** What a request ended with, once. Borrowed: valid until the callback returns. */
typedef struct tenure_result {
    size_t size;
    uint64_t request;
    int status;          /**< TENURE_OK, or negative when the request could not be carried out */
    int exit_code;       /**< what the command line exits with: 0 to 6, 75, 130, 143 */
    const char *run;     /**< id of the run this was about, or NULL */
    const char *output;  /**< the data, in the format that was asked for; never NULL, not NUL-safe */
    size_t output_bytes; /**< length of output */
    const char *message; /**< what went wrong, for a person; NULL when nothing did */
    uint64_t pending;    /**< effects of the run that wait to be approved */
} tenure_result;

typedef void (*tenure_event_fn)(void *user, const tenure_event *event);
typedef void (*tenure_result_fn)(void *user, const tenure_result *result);

typedef struct tenure_host_options {
    size_t size;                    /**< size where the caller was compiled; set by the macro below; append-only */
    const char *const *environment; /**< NULL-ended list of NAME=value; NULL: the process's own. Copied. */
    tenure_event_fn on_event;       /**< may be NULL; called inside tenure_host_step() */
    void *user;                     /**< handed to on_event */
} tenure_host_options;
#define TENURE_HOST_OPTIONS_INIT            \
    {                                       \
        .size = sizeof(tenure_host_options) \
    }

/**
 * Create a host. It does nothing until it is asked to and stepped.
 * @param options NULL for the defaults
 * @param out     written on success only; owned by the caller
 * @return TENURE_OK, TENURE_ENOMEM, TENURE_EIO
 */
TENURE_API int tenure_host_new(const tenure_host_options *options, tenure_host **out);

/** Cancel what still goes on (resumably; callbacks are not called) and free the host. NULL is fine. */
TENURE_API void tenure_host_free(tenure_host *host);

/** A descriptor that becomes readable when tenure_host_step() has something to do. Owned by the host. */
TENURE_API int tenure_host_fd(const tenure_host *host);

/** How many milliseconds a poll() on the descriptor may wait: 0 not at all, -1 for ever. */
TENURE_API int tenure_host_timeout_ms(const tenure_host *host);

/**
 * Do what is due, waiting at most max_wait_ms for it (0: not at all, -1: as long as it takes). All callbacks come from
 * here.
 * @return how many requests are still going on
 */
TENURE_API int tenure_host_step(tenure_host *host, int max_wait_ms);

/**
 * Ask for something: every command of the command line is one name ("plan", "apply", "show", "check", "call" …), its
 * arguments and options are members of one JSON object with the long option's name.
 * @param json      one JSON object, UTF-8; copied; NULL means {}
 * @param on_result called exactly once, from tenure_host_step(), unless the host is freed before; NULL is fine
 * @return the request's number (> 0); TENURE_EINVAL: no such name or not an object; TENURE_ENOMEM
 */
TENURE_API int64_t tenure_host_request(tenure_host *host, const char *name, const char *json,
                                       tenure_result_fn on_result, void *user);

/**
 * End a request early. A run is interrupted, resumably: nothing new is sent, effects already sent are awaited up to a
 * deadline; its result comes with exit code 75. A second call for the same request does not wait for them.
 * Unknown numbers are ignored.
 */
TENURE_API void tenure_host_cancel(tenure_host *host, uint64_t request);

#ifdef __cplusplus
}
#endif

#endif
