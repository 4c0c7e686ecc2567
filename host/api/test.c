/* Request "test": busted specs inside this host. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/host.h"
#include "testing/testing.h"

struct test {
    struct tn_request *request;
    struct tn_http *http;
    struct tn_testing *testing;
    const char **paths, **arguments;
    char command[PATH_MAX];
    struct tn_job job;
    int failures;
    struct tn_err err;
};

static void finish(struct tn_job *job)
{
    struct test *state = tn_container_of(job, struct test, job);
    struct tn_request_result result = {.exit_code = state->failures ? 1 : 0};
    if (state->err.code < 0)
        tn_request_fail(state->request, &state->err, 0);
    else
        tn_request_finish(state->request, &result);
}

static void on_done(void *arg, int failures, const struct tn_err *err)
{
    struct test *state = arg;
    state->failures = failures;
    if (err)
        state->err = *err;
    tn_job_post(state->request->host->loop, &state->job, finish);
}

static void cancel(struct tn_request *request, bool again)
{
    struct test *state = request->state;
    (void)again;
    tn_err_set(&state->err, TENURE_ECANCELED, "interrupted");
    tn_job_post(request->host->loop, &state->job, finish);
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct test *state = request->state;
    struct tn_http_options options = {.allow_plain = true};
    state->request = request;
    ssize_t len = readlink("/proc/self/exe", state->command, sizeof state->command - 1);
    if (len < 0)
        return tn_err_set(err, TENURE_EIO, "test: this program's own path cannot be read: %m");
    int rc = tn_request_list(request, "paths", false, &state->paths, NULL, err);
    if (rc == TENURE_OK)
        rc = tn_request_list(request, "arguments", false, &state->arguments, NULL, err);
    if (rc == TENURE_OK)
        rc = tn_http_new(request->host->loop, &options, &state->http, err);
    if (rc < 0)
        return rc;
    struct tn_testing_setup setup = {
        .loop = request->host->loop,
        .http = state->http,
        .paths = state->paths,
        .arguments = state->arguments,
        .command = state->command,
        .environment = (const char *const *)request->host->environment,
        .done = on_done,
        .arg = state,
    };
    return tn_testing_start(&setup, &state->testing, err);
}

static void end(struct tn_request *request)
{
    struct test *state = request->state;
    tn_testing_free(state->testing);
    tn_http_free(state->http);
    tn_job_cancel(request->host->loop, &state->job);
    free(state->paths);
    free(state->arguments);
}

const struct tn_request_kind tn_request_test = {
    .name = "test", .state_size = sizeof(struct test), .start = start, .cancel = cancel, .end = end};
