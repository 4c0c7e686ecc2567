/*
 * Request "audit": the events of a ledger or of one run, or, with "verify", whether its chain of them is whole.
 */
#include <stdio.h>

#include "api/ledger_request.h"

struct audit {
    struct tn_ledger_request base;
    const char *head;
    bool verify;
};

static int write_event(void *arg, const struct tn_event_row *event)
{
    tn_event_write(event, arg);
    return 0;
}

static int export_events(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w,
                         struct tn_err *err)
{
    static const char *const columns[] = {"number", "at", "kind", "run", "effect", "body", NULL};
    int rc = state->run[0] ? tn_ledger_request_find(db, state, err) : TENURE_OK;
    if (rc < 0)
        return rc;
    tn_rendered_rows_begin(w, columns, false);
    rc = tn_audit_export(db, state->run[0] ? state->run : NULL, write_event, w, err);
    tn_rendered_rows_end(w);
    return rc;
}

static int verify(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    const struct audit *audit = tn_container_of(state, struct audit, base);
    bool sound = false;
    int rc = tn_audit_verify(db, audit->head, w, &sound, err);
    if (rc == TENURE_OK && !sound) {
        state->exit_code = 1;
        snprintf(state->message, sizeof state->message,
                 "the ledger '%s' is not what it was: see the problems; keep the file as it is, it is evidence",
                 tn_ledger_path(state->ledger));
    }
    return rc;
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct audit *state = request->state;
    state->verify = tn_request_flag(request, "verify");
    state->head = tn_request_text(request, "head");
    state->base.reads = true;
    if (state->verify && tn_request_text(request, "run"))
        return tn_err_set(err, TENURE_EINVAL, "audit: --verify is about the whole ledger: leave the run out");
    if (state->head && !state->verify)
        return tn_err_set(err, TENURE_EINVAL, "audit: --head goes with --verify");
    return tn_ledger_request_start(request, state->verify ? "audit" : "rows", state->verify ? verify : export_events,
                                   err);
}

const struct tn_request_kind tn_request_audit = {
    .name = "audit", .state_size = sizeof(struct audit), .start = start, .end = tn_ledger_request_end};
