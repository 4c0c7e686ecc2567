/* Requests "apply" and "show": going on with a run that the ledger has, and looking at it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/run_request.h"

/* ---- apply ------------------------------------------------------------------------------------------------------ */

static int start_apply(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    const char *id;
    int rc = tn_run_request_begin(state, request, err);
    if (rc >= 0)
        rc = tn_request_required(request, "run", &id, err);
    if (rc < 0)
        return rc;
    state->approve = tn_request_flag(request, "yes");
    state->accept_changes = tn_request_flag(request, "accept-changes");
    return tn_run_request_apply(state, id, err);
}

const struct tn_request_kind tn_request_apply = {
    .name = "apply",
    .state_size = sizeof(struct tn_run_request),
    .start = start_apply,
    .cancel = tn_run_request_cancel,
    .lost = tn_run_request_lost,
    .end = tn_run_request_end,
};

/* The same for a run that had begun: whoever looks for it finds it. */
const struct tn_request_kind tn_request_resume = {
    .name = "resume",
    .state_size = sizeof(struct tn_run_request),
    .start = start_apply,
    .cancel = tn_run_request_cancel,
    .lost = tn_run_request_lost,
    .end = tn_run_request_end,
};

/* ---- show ------------------------------------------------------------------------------------------------------- */

static int keep_id(void *arg, const struct tn_run_row *row)
{
    struct tn_run_request *state = arg;
    snprintf(state->id, sizeof state->id, "%s", row->id);
    return 0;
}

static int find_id(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    return tn_run_find(db, state->id, keep_id, state, err);
}

static void on_id(struct tn_ledger_work *work)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    if (work->err.code < 0)
        tn_request_refuse(state->request, &work->err);
    else
        tn_run_request_summarize(state);
}

static int start_show(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    const char *id;
    state->request = request;
    int rc = tn_request_required(request, "run", &id, err);
    if (rc == TENURE_OK)
        rc = tn_host_ledger(request, TN_LEDGER_READ, &state->ledger, err);
    if (rc < 0)
        return rc;
    snprintf(state->id, sizeof state->id, "%s", id);
    state->work = (struct tn_ledger_work){.run = find_id, .done = on_id, .reads = true};
    tn_ledger_submit(state->ledger, &state->work);
    return TENURE_OK;
}

const struct tn_request_kind tn_request_show = {
    .name = "show",
    .state_size = sizeof(struct tn_run_request),
    .start = start_show,
    .end = tn_run_request_end,
};
