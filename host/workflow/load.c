/*
 * Loading a workflow: the file, its package, its keys, and what no single key can tell.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"

struct tn_workflow *tn_workflow_new(void)
{
    struct tn_arena *arena = tn_arena_new();
    struct tn_workflow *workflow = arena ? tn_arena_alloc(arena, 1, sizeof *workflow) : NULL;
    if (!workflow) {
        tn_arena_free(arena);
        return NULL;
    }
    workflow->arena = arena;
    workflow->tolerance = (struct tn_tolerance)TN_TOLERANCE_DEFAULT;
    workflow->expires_s = TN_PLAN_LIVES_S;
    return workflow;
}

void tn_workflow_free(struct tn_workflow *workflow)
{
    if (!workflow)
        return;
    tn_yaml_free(workflow->yaml);
    tn_arena_free(workflow->arena); /* the workflow itself lives in there */
}

const char *tn_workflow_digest(const struct tn_workflow *workflow, const char *bytes, size_t len)
{
    struct tn_buf list = {0};
    char hex[TN_DIGEST_TEXT];
    tn_digest(hex, bytes, len);
    tn_buf_printf(&list, "workflow %s\n", hex);
    for (size_t i = 0; i < workflow->step_count; i++) {
        const struct tn_step *step = &workflow->steps[i];
        tn_digest(hex, step->run_source, step->run_len);
        tn_buf_printf(&list, "script %s %s\n", hex, step->run);
    }
    const char *digest = NULL;
    if (!list.failed) {
        tn_digest(hex, list.data, list.len);
        digest = tn_arena_text(workflow->arena, hex, strlen(hex));
    }
    tn_buf_deinit(&list);
    return digest;
}

static int read_keys(struct tn_loader *loader)
{
    const struct tn_yaml *top = tn_yaml_root(loader->workflow->yaml);
    if (!top || (top->kind == TN_YAML_SCALAR && tn_yaml_is_null(top))) {
        tn_diagnostics_add(loader->problems, 0, 0, "a workflow begins with: tenure: 1", "the file is empty");
    } else if (tn_section_read(loader, TN_SECTION_WORKFLOW, top, "the workflow", loader->workflow)) {
        tn_join_steps(loader);
        tn_check_rows(loader, tn_yaml_get(top, "customers"));
        tn_check_guards(loader, tn_yaml_get(top, "permissions"), tn_yaml_get(top, "guards"));
    }
    if (loader->no_memory)
        return TENURE_ENOMEM;
    return tn_diagnostics_count(loader->problems) ? TENURE_EINVAL : TENURE_OK;
}

static int parse(const char *file, const char *root, const char *bytes, size_t len, bool again,
                 struct tn_diagnostics *problems, struct tn_workflow **out, struct tn_err *err)
{
    struct tn_workflow *workflow = tn_workflow_new();
    if (!workflow)
        return tn_err_no_memory(err);
    struct tn_loader loader = {.workflow = workflow, .arena = workflow->arena, .problems = problems, .again = again};
    int rc = TENURE_ENOMEM;
    workflow->file = tn_arena_text(loader.arena, file, strlen(file));
    workflow->root = tn_arena_text(loader.arena, root, strlen(root));
    workflow->source = loader.source = tn_source_new(loader.arena, bytes, len);
    if (workflow->file && workflow->root && workflow->source)
        rc = tn_yaml_parse(bytes, len, problems, &workflow->yaml);
    if (rc == TENURE_OK)
        rc = read_keys(&loader);
    if (rc == TENURE_OK && !(workflow->digest = tn_workflow_digest(workflow, bytes, len)))
        rc = TENURE_ENOMEM;
    if (rc == TENURE_OK) {
        *out = workflow;
        return TENURE_OK;
    }
    tn_workflow_free(workflow);
    if (rc == TENURE_ENOMEM)
        return tn_err_no_memory(err);
    size_t count = tn_diagnostics_count(problems);
    return tn_err_set(err, rc, "%s is not a valid workflow: %zu problem%s", file, count, count == 1 ? "" : "s");
}

int tn_workflow_parse(const char *file, const char *root, const char *bytes, size_t len,
                      struct tn_diagnostics *problems, struct tn_workflow **out, struct tn_err *err)
{
    return parse(file, root, bytes, len, false, problems, out, err);
}

static int load(const char *file, bool again, struct tn_diagnostics **problems, struct tn_workflow **out,
                struct tn_err *err)
{
    char *absolute = realpath(file, NULL), *root = NULL, *bytes = NULL;
    struct tn_diagnostics *list = NULL;
    size_t len = 0;
    int rc;
    if (!absolute) {
        rc = errno == ENOMEM   ? tn_err_no_memory(err)
             : errno == ENOENT ? tn_err_set(err, TENURE_ENOENT, "no workflow file '%s'", file)
                               : tn_err_set(err, TENURE_EIO, "cannot open '%s': %s", file, strerror(errno));
        goto out;
    }
    root = tn_package_root(absolute);
    rc = root ? tn_path_read(file, TN_YAML_MAX_BYTES, &bytes, &len, err) : tn_err_no_memory(err);
    if (rc < 0)
        goto out;
    rc = tn_diagnostics_new(file, bytes, len, &list) < 0 ? tn_err_no_memory(err) : TENURE_OK;
    if (rc == TENURE_OK)
        rc = parse(absolute, root, bytes, len, again, list, out, err);
    if (rc == TENURE_OK || rc == TENURE_EINVAL) {
        *problems = list;
        list = NULL;
    }
out:
    tn_diagnostics_free(list);
    free(absolute);
    free(root);
    free(bytes);
    return rc;
}

int tn_workflow_load(const char *file, struct tn_diagnostics **problems, struct tn_workflow **out, struct tn_err *err)
{
    return load(file, false, problems, out, err);
}

int tn_workflow_load_again(const char *file, struct tn_diagnostics **problems, struct tn_workflow **out,
                           struct tn_err *err)
{
    return load(file, true, problems, out, err);
}
