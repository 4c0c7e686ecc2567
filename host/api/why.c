/* Request "why": everything the ledger knows about one customer, reservation or effect of a run. */
#include "api/ledger_request.h"

struct why {
    struct tn_ledger_request base;
    const char *id; /* borrowed from the request */
};

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    const struct why *why = tn_container_of(state, struct why, base);
    int rc = tn_ledger_request_find(db, state, err);
    return rc < 0 ? rc : tn_why_write(db, state->run, why->id, w, err);
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct why *state = request->state;
    const char *run;
    int rc = tn_request_required(request, "run", &run, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "id", &state->id, err);
    state->base.reads = true;
    return rc < 0 ? rc : tn_ledger_request_start(request, "why", query, err);
}

const struct tn_request_kind tn_request_why = {
    .name = "why", .state_size = sizeof(struct why), .start = start, .end = tn_ledger_request_end};
