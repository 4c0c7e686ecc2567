/* Request "simulator": the Azure look-alike, until it is canceled. */
#include "api/host.h"

struct simulator {
    struct tn_simulator *simulator;
};

static int start(struct tn_request *request, struct tn_err *err)
{
    struct simulator *state = request->state;
    struct tn_simulator_options options = {
        .listen = tn_request_text(request, "listen"),
        .customers = tn_request_integer(request, "customers", -1),
        .reservations = tn_request_integer(request, "reservations", -1),
        .seed = (uint64_t)tn_request_integer(request, "seed", 0),
        .world = tn_request_text(request, "world"),
        .latency_ms = tn_request_integer(request, "latency", 0),
        .settle_ms = tn_request_integer(request, "settle", -1),
        .faults = tn_request_text(request, "faults"),
        .tls = tn_request_flag(request, "tls"),
        .folder = tn_host_variable(request->host, "TMPDIR"),
    };
    int rc = tn_simulator_start(request->host->loop, &options, &state->simulator, err);
    if (rc == TENURE_OK)
        tn_host_emit(request, "ready", tn_simulator_ready(state->simulator), tn_simulator_ready(state->simulator));
    return rc;
}

/* Ending is what it is canceled for: not an interruption. */
static void on_canceled(struct tn_job *job)
{
    struct tn_request *request = tn_container_of(job, struct tn_request, job);
    struct tn_request_result result = {0};
    tn_request_finish(request, &result);
}

static void cancel(struct tn_request *request, bool again)
{
    (void)again;
    tn_job_post(request->host->loop, &request->job, on_canceled);
}

static void end(struct tn_request *request)
{
    struct simulator *state = request->state;
    tn_simulator_stop(state->simulator);
}

const struct tn_request_kind tn_request_simulator = {
    .name = "simulator", .state_size = sizeof(struct simulator), .start = start, .cancel = cancel, .end = end};
