/*
 * Permissions: the operations that a workflow's scripts may use, and the hosts that they may ask by plain HTTP.
 */
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "net/url.h"
#include "workflow/loader.h"

/* "http:HOST", and of a host that is only read "http:get:HOST" */
#define HTTP_PREFIX "http:"
#define READS_PREFIX "get:"

static bool permits(const struct tn_permitted_host *host, const struct tn_operation *op)
{
    return op->class == TN_CLASS_READ || !host->reads_only;
}

/* On this machine also without TLS. */
static bool is_of(const char *url, const struct tn_permitted_host *host)
{
    char plain[300];
    if (tn_url_same_origin(url, host->origin))
        return true;
    snprintf(plain, sizeof plain, "http://%.280s", host->name);
    return tn_url_is_loopback(plain) && tn_url_same_origin(url, plain);
}

static bool permits_url(const struct tn_workflow *workflow, const struct tn_operation *op, const char *url)
{
    if (workflow->any_host)
        return true;
    for (size_t i = 0; i < workflow->host_count; i++) {
        if (permits(&workflow->hosts[i], op) && is_of(url, &workflow->hosts[i]))
            return true;
    }
    return false;
}

static bool permits_plain(const struct tn_workflow *workflow, const struct tn_operation *op)
{
    for (size_t i = 0; i < workflow->host_count; i++) {
        if (permits(&workflow->hosts[i], op))
            return true;
    }
    return workflow->any_host;
}

bool tn_workflow_permits(const struct tn_workflow *workflow, const struct tn_operation *op)
{
    if (op->service == TN_SERVICE_PLAIN)
        return permits_plain(workflow, op);
    if (workflow->any_permission)
        return true;
    for (size_t i = 0; i < workflow->permission_count; i++) {
        if (workflow->permissions[i] == op)
            return true;
    }
    return false;
}

static int not_permitted(const struct tn_call *call, const char *permission, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EPERM, "%s.%s: the workflow does not permit it: add %s to its permissions",
                      call->op->module, call->op->name, permission);
}

static int check_url(const struct tn_workflow *workflow, const struct tn_call *call, struct tn_err *err)
{
    const char *url = tn_call_argument(call, "url")->text;
    struct tn_buf permission = {0};
    if (permits_url(workflow, call->op, url))
        return TENURE_OK;
    tn_buf_puts(&permission, HTTP_PREFIX);
    struct tn_buf origin = {0};
    int rc = tn_url_origin_of(url, &origin, err);
    if (rc == TENURE_OK) {
        tn_buf_puts(&permission, strstr(origin.data, "://") + 3);
        rc = not_permitted(call, tn_buf_text(&permission), err);
    }
    tn_buf_deinit(&origin);
    tn_buf_deinit(&permission);
    return rc;
}

int tn_workflow_check_call(const struct tn_workflow *workflow, const struct tn_call *call, struct tn_err *err)
{
    char permission[TN_PERMISSION_TEXT];
    if (call->op->service == TN_SERVICE_PLAIN)
        return check_url(workflow, call, err);
    if (!tn_workflow_permits(workflow, call->op))
        return not_permitted(call, tn_operation_permission(call->op, permission), err);
    return TENURE_OK;
}

bool tn_workflow_has_effects(const struct tn_workflow *workflow)
{
    if (workflow->any_permission)
        return true;
    for (size_t i = 0; i < workflow->permission_count; i++) {
        if (workflow->permissions[i]->class != TN_CLASS_READ)
            return true;
    }
    for (size_t i = 0; i < workflow->host_count; i++) {
        if (!workflow->hosts[i].reads_only)
            return true;
    }
    return false;
}

/* "hooks.example.com", or "get:" and such a name. */
static const char *host_name(const char *text, bool *reads_only)
{
    *reads_only = strncmp(text, READS_PREFIX, strlen(READS_PREFIX)) == 0;
    return *reads_only ? text + strlen(READS_PREFIX) : text;
}

int tn_workflow_add_host(struct tn_workflow *workflow, const char *text, struct tn_err *err)
{
    bool reads_only;
    const char *name = host_name(text, &reads_only);
    struct tn_permitted_host *host = &workflow->hosts[workflow->host_count];
    struct tn_buf origin = {0};
    char whole[300];
    snprintf(whole, sizeof whole, "https://%.280s", name);
    int rc = strlen(name) > 280 ? TENURE_EINVAL : tn_url_parse_origin(whole, &origin, err);
    if (rc == TENURE_OK) {
        *host = (struct tn_permitted_host){.name = tn_arena_text(workflow->arena, name, strlen(name)),
                                           .origin = tn_arena_text(workflow->arena, origin.data, origin.len),
                                           .reads_only = reads_only};
        rc = host->name && host->origin ? TENURE_OK : tn_err_no_memory(err);
        workflow->host_count += rc == TENURE_OK;
    }
    tn_buf_deinit(&origin);
    return rc;
}

static bool host_listed(const struct tn_workflow *workflow, const char *name, bool reads_only)
{
    for (size_t i = 0; i < workflow->host_count; i++) {
        if (strcasecmp(workflow->hosts[i].name, name) == 0 && workflow->hosts[i].reads_only == reads_only)
            return true;
    }
    return false;
}

/* text: what follows "http:". */
static void add_host(struct tn_loader *loader, const struct tn_yaml *node, const char *text)
{
    bool reads_only;
    const char *name = host_name(text, &reads_only);
    struct tn_err err = {0};
    if (tn_operation_find("http", text)) {
        tn_problem(loader, node, "http:HOST, or http:get:HOST for reading", "'" HTTP_PREFIX "%.20s' names no host",
                   text);
        return;
    }
    if (host_listed(loader->workflow, name, reads_only)) {
        tn_problem(loader, node, NULL, "'" HTTP_PREFIX "%.80s' is listed twice", text);
        return;
    }
    int rc = tn_workflow_add_host(loader->workflow, text, &err);
    if (rc == TENURE_ENOMEM)
        loader->no_memory = true;
    else if (rc < 0)
        tn_problem(loader, node, "http:HOST or http:HOST:PORT for all of plain HTTP, http:get:HOST for reading",
                   "'%.80s' does not name a host", text);
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
        add_host(loader, node, text + strlen(HTTP_PREFIX));
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
    workflow->hosts = tn_arena_alloc(loader->arena, node->count, sizeof *workflow->hosts);
    if (!workflow->permissions || !workflow->hosts) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *item = node->first; item; item = item->next)
        add_permission(loader, item);
}
