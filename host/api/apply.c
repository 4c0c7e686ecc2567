/* Requests "apply", "show" and "runs": going on with runs that the ledger has, and looking at them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/run_request.h"
#include "base/clock.h"

/* ---- apply ------------------------------------------------------------------------------------------------------ */

static int start_apply(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    const char *id;
    int rc = tn_run_request_begin(state, request, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "run", &id, err);
    if (rc < 0)
        return rc;
    state->approve = tn_request_flag(request, "yes");
    return tn_run_request_apply(state, id, err);
}

const struct tn_request_kind tn_request_apply = {
    .name = "apply",
    .state_size = sizeof(struct tn_run_request),
    .start = start_apply,
    .cancel = tn_run_request_cancel,
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
        tn_request_fail(state->request, &work->err, work->err.code == TENURE_ENOENT ? 2 : 0);
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
        rc = tn_host_ledger(request->host, tn_request_text(request, "ledger"), &state->ledger, err);
    if (rc < 0)
        return rc;
    snprintf(state->id, sizeof state->id, "%s", id);
    state->work = (struct tn_ledger_work){.run = find_id, .done = on_id};
    tn_ledger_submit(state->ledger, &state->work);
    return TENURE_OK;
}

const struct tn_request_kind tn_request_show = {
    .name = "show",
    .state_size = sizeof(struct tn_run_request),
    .start = start_show,
    .end = tn_run_request_end,
};

/* ---- runs ------------------------------------------------------------------------------------------------------- */

struct runs {
    struct tn_request *request;
    struct tn_ledger_work work;
    struct tn_buf json;
};

static int write_run(void *arg, const struct tn_run_row *row)
{
    struct tn_json_writer *w = arg;
    char time[TN_TIME_TEXT];
    tn_jw_object(w);
    tn_jw_kv_string(w, "run", row->id);
    tn_jw_kv_string(w, "workflow", row->workflow);
    tn_jw_kv_string(w, "state", row->state);
    tn_jw_kv_string(w, "created", tn_time_format(row->created_ms / 1000, time));
    tn_jw_kv_string(w, "actor", row->actor);
    tn_jw_kv_string(w, "reason", row->reason);
    tn_jw_object_end(w);
    return 0;
}

static int list_runs(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    static const char columns[] = "[\"run\",\"workflow\",\"state\",\"created\",\"actor\",\"reason\"]";
    struct runs *runs = tn_container_of(work, struct runs, work);
    struct tn_json_writer w;
    tn_jw_init(&w, &runs->json);
    tn_jw_object(&w);
    tn_jw_key(&w, "columns");
    tn_jw_raw(&w, columns, sizeof columns - 1);
    tn_jw_key(&w, "rows");
    tn_jw_array(&w);
    int rc = tn_run_list(db, 0, write_run, &w, err);
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
    return rc;
}

static void on_listed(struct tn_ledger_work *work)
{
    struct runs *runs = tn_container_of(work, struct runs, work);
    struct tn_request *request = runs->request;
    struct tn_buf output = {0};
    struct tn_err err = work->err;
    if (err.code == 0)
        tn_host_render(request, "rows", tn_buf_text(&runs->json), runs->json.len, &output, &err);
    if (err.code < 0) {
        tn_request_fail(request, &err, 0);
    } else {
        struct tn_request_result result = {.output = tn_buf_text(&output), .output_bytes = output.len};
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&output);
}

static int start_runs(struct tn_request *request, struct tn_err *err)
{
    struct runs *runs = request->state;
    struct tn_ledger *ledger;
    runs->request = request;
    int rc = tn_host_ledger(request->host, tn_request_text(request, "ledger"), &ledger, err);
    if (rc < 0)
        return rc;
    runs->work = (struct tn_ledger_work){.run = list_runs, .done = on_listed};
    tn_ledger_submit(ledger, &runs->work);
    return TENURE_OK;
}

static void end_runs(struct tn_request *request)
{
    struct runs *runs = request->state;
    tn_buf_deinit(&runs->json);
}

const struct tn_request_kind tn_request_runs = {
    .name = "runs", .state_size = sizeof(struct runs), .start = start_runs, .end = end_runs};
