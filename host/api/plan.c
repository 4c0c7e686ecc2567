/* Requests "plan" and "run": make a plan; with "yes", approve and apply it in one go. */
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

static int resolve_inputs(struct tn_run_request *state, struct tn_err *err)
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
        rc = tn_inputs_resolve(state->workflow, pairs, count, tn_request_text(request, "inputs"), &state->inputs, err);
    free(pairs);
    free(storage);
    free(given);
    return rc;
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    const char *file;
    int rc = tn_run_request_begin(state, request, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "workflow", &file, err);
    if (rc == TENURE_OK)
        rc = tn_run_request_load(state, file, err);
    if (rc == TENURE_OK)
        rc = resolve_inputs(state, err);
    if (rc < 0)
        return rc;
    state->apply_after_plan = request->kind == &tn_request_run && tn_request_flag(request, "yes");
    return tn_run_request_plan(state, tn_request_text(request, "cloud"), NULL, err);
}

const struct tn_request_kind tn_request_plan = {
    .name = "plan",
    .state_size = sizeof(struct tn_run_request),
    .start = start,
    .cancel = tn_run_request_cancel,
    .end = tn_run_request_end,
};

const struct tn_request_kind tn_request_run = {
    .name = "run",
    .state_size = sizeof(struct tn_run_request),
    .start = start,
    .cancel = tn_run_request_cancel,
    .end = tn_run_request_end,
};
