/* Requests that ask the ledger one thing: see ledger_request.h. */
#include "api/ledger_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_query(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_ledger_request *state = tn_container_of(work, struct tn_ledger_request, work);
    struct tn_json_writer w;
    tn_buf_reset(&state->json);
    tn_jw_init(&w, &state->json);
    return state->query(db, state, &w, err);
}

static void on_answered(struct tn_ledger_work *work)
{
    struct tn_ledger_request *state = tn_container_of(work, struct tn_ledger_request, work);
    struct tn_request *request = state->request;
    struct tn_buf output = {0};
    struct tn_err err = work->err;
    if (err.code == 0 && state->json.failed)
        tn_err_no_memory(&err);
    if (err.code == 0 && state->complete)
        state->complete(state, &err);
    if (err.code == 0)
        tn_host_render(request, state->what, tn_buf_text(&state->json), state->json.len, &output, &err);
    if (err.code < 0) {
        tn_request_refuse(request, &err);
    } else {
        struct tn_request_result result = {
            .exit_code = state->exit_code,
            .run = state->run[0] ? state->run : NULL,
            .output = tn_buf_text(&output),
            .output_bytes = output.len,
            .message = state->message[0] ? state->message : NULL,
        };
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&output);
}

static int keep_id(void *arg, const struct tn_run_row *row)
{
    struct tn_ledger_request *state = arg;
    snprintf(state->run, sizeof state->run, "%s", row->id);
    return 0;
}

/* The arguments' texts stay as they are while the request lives, so the ledger thread may read them. */
int tn_ledger_request_find(struct tn_db *db, struct tn_ledger_request *state, struct tn_err *err)
{
    return tn_run_find(db, state->run, keep_id, state, err);
}

void tn_rendered_rows_begin(struct tn_json_writer *w, const char *const *columns, bool single)
{
    tn_jw_object(w);
    tn_jw_key(w, "columns");
    tn_jw_array(w);
    for (; *columns; columns++)
        tn_jw_string(w, *columns);
    tn_jw_array_end(w);
    tn_jw_kv_bool(w, "single", single);
    tn_jw_key(w, "rows");
    tn_jw_array(w);
}

void tn_rendered_rows_end(struct tn_json_writer *w)
{
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

int tn_ledger_request_start(struct tn_request *request, const char *what,
                            int (*query)(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w,
                                         struct tn_err *err),
                            struct tn_err *err)
{
    struct tn_ledger_request *state = request->state;
    const char *run = tn_request_text(request, "run");
    state->request = request;
    state->what = what;
    state->query = query;
    snprintf(state->run, sizeof state->run, "%s", run ? run : "");
    tn_host_actor(request->host, state->actor, sizeof state->actor);
    int rc = tn_host_ledger(request, state->reads ? TN_LEDGER_READ : TN_LEDGER_CHANGE, &state->ledger, err);
    if (rc < 0)
        return rc;
    state->work = (struct tn_ledger_work){.run = run_query, .done = on_answered, .reads = state->reads};
    tn_ledger_submit(state->ledger, &state->work);
    return TENURE_OK;
}

void tn_ledger_request_end(struct tn_request *request)
{
    struct tn_ledger_request *state = request->state;
    tn_buf_deinit(&state->json);
    free(state->extra);
}
