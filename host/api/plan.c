/*
 * Requests "plan" and "run": make a plan; with "yes", approve and apply it in one go. With "again" it is a plan for those
 * customers of an earlier run that ended in one of the states "state", with the inputs of that run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/run_request.h"

static int pair(const char *text, struct tn_input_text *out, char *storage, struct tn_err *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return tn_err_set(err, TENURE_EINVAL, "--input '%.80s': write NAME=VALUE", text);
    memcpy(storage, text, strlen(text) + 1);
    storage[equals - text] = '\0';
    *out = (struct tn_input_text){.name = storage, .value = storage + (equals - text) + 1};
    return TENURE_OK;
}

static int resolve_inputs(struct tn_run_request *state, const struct tn_json *earlier, struct tn_err *err)
{
    const struct tn_request *request = state->request;
    const char **given;
    size_t count, bytes = 0;
    int rc = tn_request_list(request, "input", false, &given, &count, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(given[i]) + 1;
    struct tn_input_text *pairs = calloc(count + 1, sizeof *pairs);
    char *storage = malloc(bytes + 1), *at = storage;
    if (!pairs || !storage)
        rc = tn_err_no_memory(err);
    for (size_t i = 0; rc == TENURE_OK && i < count; i++) {
        rc = pair(given[i], &pairs[i], at, err);
        at += strlen(given[i]) + 1;
    }
    if (rc == TENURE_OK)
        rc = tn_inputs_resolve_again(state->workflow, pairs, count, tn_request_text(request, "inputs"), earlier,
                                     &state->tables, &state->inputs, err);
    free(pairs);
    free(storage);
    free(given);
    return rc;
}

static int begin(struct tn_run_request *state, const struct tn_json *earlier, struct tn_err *err)
{
    int rc = resolve_inputs(state, earlier, err);
    return rc < 0 ? rc : tn_run_request_plan(state, tn_request_text(state->request, "cloud"), NULL, err);
}

/* ---- again ------------------------------------------------------------------------------------------------------ */

static int on_earlier(void *arg, const struct tn_run_row *row)
{
    struct tn_run_request *state = arg;
    snprintf(state->again, sizeof state->again, "%s", row->id);
    snprintf(state->state, sizeof state->state, "%s", row->state);
    tn_buf_puts(&state->rows, row->workflow);
    state->stored = strdup(row->request ? row->request : "{}");
    return state->stored ? 0 : TENURE_ENOMEM;
}

static int on_customer(void *arg, const struct tn_customer_row *row)
{
    struct tn_run_request *state = arg;
    tn_buf_put(&state->again_ids, row->id, strlen(row->id) + 1);
    state->again_count++;
    return 0;
}

static int find_earlier(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    int rc = tn_run_find(db, state->again, on_earlier, state, err);
    if (rc == TENURE_OK)
        rc = tn_customer_select(db, state->again, state->states, on_customer, state, err);
    if (rc == TENURE_OK)
        rc = tn_run_request_tables(db, state, state->again, err);
    return rc < 0 && err->code == 0 ? tn_err_no_memory(err) : rc;
}

static int list_again(struct tn_run_request *state, struct tn_err *err)
{
    const char *workflow = tn_buf_text(&state->rows);
    if (strcmp(workflow, state->workflow->name) != 0)
        return tn_err_set(err, TENURE_EINVAL, "--again: run %s is of the workflow '%.100s', not of '%s'", state->again,
                          workflow, state->workflow->name);
    if (!state->again_count)
        return tn_err_set(err, TENURE_EINVAL, "--again: no customer of run %s is in one of these states", state->again);
    state->again_list = calloc(state->again_count + 1, sizeof *state->again_list);
    if (!state->again_list || state->again_ids.failed || state->rows.failed)
        return tn_err_no_memory(err);
    const char *at = state->again_ids.data;
    for (size_t i = 0; i < state->again_count; i++, at += strlen(at) + 1)
        state->again_list[i] = at;
    return TENURE_OK;
}

static void on_earlier_found(struct tn_ledger_work *work)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    struct tn_request *request = state->request;
    struct tn_json_doc *doc = NULL;
    struct tn_err err = work->err;
    if (err.code == 0 && state->interrupted)
        tn_err_set(&err, TENURE_ECANCELED, "interrupted before anything was planned");
    if (err.code == 0 && list_again(state, &err) == TENURE_OK)
        tn_json_parse(request->host->documents, state->stored, strlen(state->stored), 0, &doc, &err);
    if (err.code == 0) {
        struct tn_json earlier = tn_json_find(tn_json_root(doc), "inputs");
        begin(state, &earlier, &err);
    }
    tn_json_close(doc);
    if (err.code < 0)
        tn_request_refuse(request, &err);
}

static int start_again(struct tn_run_request *state, const char *run, struct tn_err *err)
{
    struct tn_request *request = state->request;
    static const char *const troubled[] = {"failed", "unreachable", NULL};
    snprintf(state->again, sizeof state->again, "%s", run);
    int rc = tn_request_list(request, "state", true, &state->states, NULL, err);
    if (rc == TENURE_OK && !state->states[0]) {
        free(state->states);
        state->states = malloc(sizeof troubled);
        if (!state->states)
            return tn_err_no_memory(err);
        memcpy(state->states, troubled, sizeof troubled);
    }
    if (rc == TENURE_OK)
        rc = tn_host_ledger(request, TN_LEDGER_CHANGE, &state->ledger, err);
    if (rc < 0)
        return rc;
    state->work = (struct tn_ledger_work){.run = find_earlier, .done = on_earlier_found};
    tn_ledger_submit(state->ledger, &state->work);
    return TENURE_OK;
}

/* ---- the requests ----------------------------------------------------------------------------------------------- */

static int start(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    const char *file, *again = tn_request_text(request, "again");
    int rc = tn_run_request_begin(state, request, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "workflow", &file, err);
    if (rc == TENURE_OK && !again && tn_json_type_of(request->arguments, "state") != TN_JSON_ABSENT)
        rc = tn_err_set(err, TENURE_EINVAL, "plan: --state goes with --again");
    if (rc == TENURE_OK)
        rc = tn_run_request_load(state, file, err);
    if (rc < 0)
        return rc;
    state->apply_after_plan = request->kind == &tn_request_run && tn_request_flag(request, "yes");
    return again ? start_again(state, again, err) : begin(state, NULL, err);
}

const struct tn_request_kind tn_request_plan = {
    .name = "plan",
    .state_size = sizeof(struct tn_run_request),
    .start = start,
    .cancel = tn_run_request_cancel,
    .lost = tn_run_request_lost,
    .end = tn_run_request_end,
};

const struct tn_request_kind tn_request_run = {
    .name = "run",
    .state_size = sizeof(struct tn_run_request),
    .start = start,
    .cancel = tn_run_request_cancel,
    .lost = tn_run_request_lost,
    .end = tn_run_request_end,
};
