/* Request "runs": what the ledger has, newest first. */
#include "api/ledger_request.h"
#include "base/clock.h"

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

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    static const char *const columns[] = {"run", "workflow", "state", "created", "actor", "reason", NULL};
    (void)state;
    tn_rendered_rows_begin(w, columns, false);
    int rc = tn_run_list(db, 0, write_run, w, err);
    tn_rendered_rows_end(w);
    return rc;
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct tn_ledger_request *state = request->state;
    state->reads = true;
    return tn_ledger_request_start(request, "rows", query, err);
}

const struct tn_request_kind tn_request_runs = {
    .name = "runs", .state_size = sizeof(struct tn_ledger_request), .start = start, .end = tn_ledger_request_end};
