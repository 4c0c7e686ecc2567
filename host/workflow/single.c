/*
 * The workflow that `exec` and effects by `call` are: one script, one customer, every permission.
 */
#include <stdlib.h>
#include <string.h>

#include "workflow/loader.h"
#include "workflow/package.h"

static bool copy_text(struct tn_arena *arena, const char **out, const char *text)
{
    *out = text ? tn_arena_text(arena, text, strlen(text)) : NULL;
    return !text || *out;
}

/* Where the script's own modules are looked for: its package, or the folder we are in when it is no file. */
static bool find_root(struct tn_workflow *workflow, const char *file)
{
    char *absolute = realpath(file, NULL);
    char *root = absolute ? tn_package_root(absolute) : realpath(".", NULL);
    bool found = copy_text(workflow->arena, &workflow->root, root ? root : "/") && (root || !absolute);
    free(absolute);
    free(root);
    return found;
}

static bool add_customer(struct tn_workflow *workflow, const char *customer)
{
    workflow->customers.from = TN_CUSTOMERS_OWN;
    if (!customer)
        return true;
    const char **ids = tn_arena_alloc(workflow->arena, 2, sizeof *ids);
    if (!ids || !copy_text(workflow->arena, &ids[0], customer))
        return false;
    workflow->customers = (struct tn_customers_source){.from = TN_CUSTOMERS_LIST, .ids = ids, .count = 1};
    return true;
}

static bool add_step(struct tn_workflow *workflow, const struct tn_single *single)
{
    struct tn_step *step = tn_arena_alloc(workflow->arena, 1, sizeof *step);
    if (!step)
        return false;
    *step = (struct tn_step){.id = "script", .run_len = single->source_len, .line = 1, .column = 1};
    step->run_source = tn_arena_text(workflow->arena, single->source, single->source_len);
    workflow->steps = step;
    workflow->step_count = 1;
    return step->run_source && copy_text(workflow->arena, &step->run, single->file);
}

static bool add_caps(struct tn_workflow *workflow, const struct tn_single *single)
{
    workflow->guards = tn_arena_alloc(workflow->arena, single->cap_count, sizeof *workflow->guards);
    for (size_t i = 0; workflow->guards && i < single->cap_count; i++) {
        struct tn_guard_row *guard = &workflow->guards[i];
        *guard = single->caps[i];
        guard->run = NULL;
        if (!copy_text(workflow->arena, &guard->operation, single->caps[i].operation))
            return false;
    }
    workflow->guard_count = single->cap_count;
    return workflow->guards;
}

static int add_hosts(struct tn_workflow *workflow, const struct tn_single *single, struct tn_err *err)
{
    int rc = TENURE_OK;
    workflow->any_host = single->any_host;
    workflow->hosts = tn_arena_alloc(workflow->arena, single->host_count, sizeof *workflow->hosts);
    if (!workflow->hosts)
        return tn_err_no_memory(err);
    for (size_t i = 0; rc == TENURE_OK && i < single->host_count; i++)
        rc = tn_workflow_add_host(workflow, single->hosts[i], err);
    return rc < 0 ? tn_err_prefix(err, "--http") : TENURE_OK;
}

int tn_workflow_single(const struct tn_single *single, struct tn_workflow **out, struct tn_err *err)
{
    if (single->customer && !tn_customer_id_valid(single->customer))
        return tn_err_set(err, TENURE_EINVAL, "'%.80s' is not a customer's tenant id or domain", single->customer);
    struct tn_workflow *workflow = tn_workflow_new();
    if (!workflow)
        return tn_err_no_memory(err);
    workflow->any_permission = true;
    int rc = add_hosts(workflow, single, err);
    if (rc < 0) {
        tn_workflow_free(workflow);
        return rc;
    }
    if (copy_text(workflow->arena, &workflow->name, single->name) && find_root(workflow, single->file) &&
        add_customer(workflow, single->customer) && add_step(workflow, single) && add_caps(workflow, single) &&
        (workflow->digest = tn_workflow_digest(workflow, "", 0))) {
        *out = workflow;
        return TENURE_OK;
    }
    tn_workflow_free(workflow);
    return tn_err_no_memory(err);
}
