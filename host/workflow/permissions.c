/*
 * Permissions: the operations that a workflow's scripts may use.
 */
#include <stdio.h>
#include <string.h>

#include "workflow/loader.h"

#define HTTP_PREFIX "http:"

bool tn_workflow_permits(const struct tn_workflow *workflow, const struct tn_operation *op)
{
    if (workflow->any_permission)
        return true;
    for (size_t i = 0; i < workflow->permission_count; i++) {
        if (workflow->permissions[i] == op)
            return true;
    }
    return false;
}

bool tn_workflow_has_effects(const struct tn_workflow *workflow)
{
    if (workflow->any_permission)
        return true;
    for (size_t i = 0; i < workflow->permission_count; i++) {
        if (workflow->permissions[i]->class != TN_CLASS_READ)
            return true;
    }
    return false;
}

static void problem_permission(struct tn_loader *loader, const struct tn_yaml *node, const char *text)
{
    char closest[128], hint[160] = "module:name, for example reservations:list";
    if (tn_operation_suggest(text, ':', closest, sizeof closest))
        snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
    tn_problem(loader, node, hint, "unknown permission '%.80s'", text);
}

static void add_permission(struct tn_loader *loader, const struct tn_yaml *node)
{
    struct tn_workflow *workflow = loader->workflow;
    const char *text = tn_read_text(loader, "permissions", node);
    if (!text)
        return;
    if (strncmp(text, HTTP_PREFIX, strlen(HTTP_PREFIX)) == 0) {
        tn_problem(loader, node, NULL, "'%.80s' is not supported yet by this version: scripts have no plain HTTP",
                   text);
        return;
    }
    const struct tn_operation *op = tn_operation_by_permission(text);
    if (!op)
        problem_permission(loader, node, text);
    else if (tn_workflow_permits(workflow, op))
        tn_problem(loader, node, NULL, "'%s' is listed twice", text);
    else
        workflow->permissions[workflow->permission_count++] = op;
}

void tn_read_permissions(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    if (node->kind != TN_YAML_SEQUENCE) {
        tn_problem_kind(loader, key, node, "a list of operations");
        return;
    }
    workflow->permissions = tn_arena_alloc(loader->arena, node->count, sizeof *workflow->permissions);
    if (!workflow->permissions) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *item = node->first; item; item = item->next)
        add_permission(loader, item);
}
