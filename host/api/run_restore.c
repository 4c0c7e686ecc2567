/* Finding again what a run was planned with, before it is gone on with: see run_request.h. */
#include <stdio.h>
#include <string.h>

#include "api/run_request.h"
#include "base/id.h"

static int restore_workflow(struct tn_run_request *state, struct tn_json kept, struct tn_err *err)
{
    struct tn_json single = tn_json_find(kept, "single");
    int rc = state->file ? tn_run_request_load(state, state->file, err) : tn_single_restore(state, single, err);
    if (rc < 0)
        return rc;
    if (strcmp(state->workflow->digest, state->digest) != 0 && !state->accept_changes)
        return tn_err_set(err, TENURE_EINVAL,
                          "%s or one of its scripts has changed since run %s was planned: make a new plan, put it back "
                          "as it was, or go on all the same with --accept-changes",
                          state->file ? state->file : "the script", state->id);
    return TENURE_OK;
}

/* A run stays on the cloud that it was planned on. Whoever names another one means something else than what would
 * happen; the environment and the settings, which name one for whatever is new, are no such word. */
static int check_cloud(const struct tn_run_request *state, const char *planned, struct tn_err *err)
{
    const struct tn_simulator *simulator = state->request->host->simulator;
    const char *named = tn_request_text(state->request, "cloud");
    struct tn_cloud cloud = {0};
    if (!named || !planned)
        return TENURE_OK;
    bool own = strcmp(named, "simulator") == 0; /* the host's, if it has one already */
    int rc = own ? TENURE_OK : tn_cloud_find(&cloud, named, err);
    if (rc < 0 || strcmp(planned, own && simulator ? tn_simulator_url(simulator) : cloud.name) == 0)
        return rc;
    return tn_err_set(
        err, TENURE_EINVAL,
        "run %s was planned on the cloud %.100s, and --cloud says %.100s: a run stays on its cloud; leave "
        "--cloud out, or make a new plan there",
        state->id, planned, named);
}

/* The same cloud, as who the run was planned by: another tenant's credentials would act on other customers. */
static int reconnect(struct tn_run_request *state, struct tn_json kept, struct tn_err *err)
{
    struct tn_request *request = state->request;
    const char *profile = tn_json_string(kept, "profile", NULL), *tenant = tn_json_string(kept, "tenant", NULL);
    snprintf(request->profile, sizeof request->profile, "%s", profile ? profile : "");
    int rc = check_cloud(state, tn_json_string(kept, "cloud", NULL), err);
    if (rc == TENURE_OK)
        rc = tn_host_connect(request, tn_json_string(kept, "cloud", NULL), &state->connection, err);
    if (rc < 0 || !tenant || tn_id_equal(tenant, state->connection->tenant))
        return rc;
    return tn_err_set(err, TENURE_EINVAL,
                      "run %s was planned in the partner tenant %.100s, and the settings now say %.100s: give the same "
                      "profile or variables as then",
                      state->id, tenant, state->connection->tenant);
}

int tn_run_request_restore(struct tn_run_request *state, struct tn_err *err)
{
    struct tn_request *request = state->request;
    struct tn_json_doc *doc = NULL;
    if (!state->stored)
        return tn_err_no_memory(err);
    int rc = tn_json_parse(request->host->documents, state->stored, strlen(state->stored), 0, &doc, err);
    if (rc < 0)
        return rc;
    struct tn_json kept = tn_json_root(doc);
    struct tn_json_writer w;
    tn_jw_init(&w, &state->inputs);
    rc = restore_workflow(state, kept, err);
    if (rc == TENURE_OK)
        rc = tn_json_write(tn_json_find(kept, "inputs"), &w, err);
    int64_t concurrency = 0;
    if (!state->concurrency && tn_json_int(kept, "concurrency", &concurrency))
        state->concurrency = concurrency;
    if (rc == TENURE_OK)
        rc = reconnect(state, kept, err);
    if (rc == TENURE_OK)
        rc = tn_run_request_profile(state, err);
    tn_json_close(doc);
    return rc;
}
