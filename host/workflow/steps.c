/*
 * Steps: the scripts of a workflow and when, for what and with what they run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/loader.h"
#include "workflow/package.h"
#include "workflow/template.h"

#define MAX_STEPS 100

/* A script that another step runs too was read already. */
static const struct tn_step *same_script(const struct tn_workflow *workflow, const char *path)
{
    for (size_t i = 0; i < workflow->step_count; i++) {
        if (workflow->steps[i].run_source && strcmp(workflow->steps[i].run, path) == 0)
            return &workflow->steps[i];
    }
    return NULL;
}

static void problem_missing(struct tn_loader *loader, const struct tn_yaml *node, const char *path,
                            const struct tn_err *err)
{
    char closest[512], hint[600] = "paths start at the package root";
    if (tn_package_suggest(loader->workflow->root, path, closest, sizeof closest))
        snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
    tn_problem(loader, node, hint, "%s", err->msg);
}

void tn_read_step_run(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_step *step = into;
    const char *path = tn_read_text(loader, key->name, node);
    if (!path)
        return;
    const struct tn_step *same = same_script(loader->workflow, path);
    step->run = path;
    if (same) {
        step->run_source = same->run_source;
        step->run_len = same->run_len;
        return;
    }
    struct tn_err err = {0};
    char *bytes = NULL;
    int rc = tn_package_read_script(loader->workflow->root, path, &bytes, &step->run_len, &err);
    if (rc == TENURE_OK)
        step->run_source = tn_arena_text(loader->arena, bytes, step->run_len);
    else if (rc == TENURE_ENOENT)
        problem_missing(loader, node, path, &err);
    else if (rc != TENURE_ENOMEM)
        tn_problem(loader, node, NULL, "%s", err.msg);
    loader->no_memory |= rc == TENURE_ENOMEM || (rc == TENURE_OK && !step->run_source);
    free(bytes);
}

static void check_template(struct tn_loader *loader, const struct tn_yaml *scalar)
{
    struct tn_template template;
    struct tn_places places;
    struct tn_err err = {0};
    if (!strstr(scalar->text, "${{"))
        return;
    if (tn_places_make(loader->source, scalar, &places) < 0) {
        loader->no_memory = true;
        return;
    }
    int rc = tn_template_parse(loader->workflow, scalar, &template, &err);
    if (rc == TENURE_OK) {
        for (const char *open = strstr(scalar->text, "${{"); open; open = strstr(open, "${{")) {
            size_t from = (size_t)(open - scalar->text) + 3;
            size_t to = tn_expression_end(scalar->text, from, scalar->len);
            tn_expression_check(loader, &places, scalar->text, from, to);
            open = scalar->text + to;
        }
    } else if (rc == TENURE_EINVAL) {
        const char *hint = places.comment ? "' #' starts a comment in YAML: put the value in quotes"
                                          : "for example: \"${{ inputs.min_worth }}\"";
        tn_diagnostics_add(loader->problems, template.error_line, template.error_column, hint, "%s", err.msg);
    }
    loader->no_memory |= rc == TENURE_ENOMEM;
    tn_template_deinit(&template);
    tn_places_deinit(&places);
}

static void check_templates(struct tn_loader *loader, const struct tn_yaml *node)
{
    if (node->kind == TN_YAML_SCALAR)
        check_template(loader, node);
    for (const struct tn_yaml *child = node->first; child; child = child->next)
        check_templates(loader, child); /* as deep as YAML may be: 64 */
}

void tn_read_step_with(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_step *step = into;
    if (node->kind != TN_YAML_MAPPING) {
        tn_problem_kind(loader, key, node, "a mapping of names to values");
        return;
    }
    step->with = node;
    check_templates(loader, node);
}

static void check_unique(struct tn_loader *loader, const struct tn_step *step, const struct tn_yaml *node)
{
    const struct tn_workflow *workflow = loader->workflow;
    for (size_t i = 0; step->id && i < workflow->step_count; i++) {
        const struct tn_step *other = &workflow->steps[i];
        if (!other->id || strcmp(other->id, step->id) != 0)
            continue;
        tn_problem(loader, tn_yaml_get(node, "id"), "give each step an id of its own",
                   "the id '%s' is taken by the step at line %d", step->id, other->line);
        return;
    }
}

void tn_read_steps(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    if (node->kind != TN_YAML_SEQUENCE) {
        tn_problem_kind(loader, key, node, "a list of steps");
        return;
    }
    if (node->count == 0)
        tn_problem(loader, node, "for example: - {id: refund, run: scripts/refund.lua}", "'steps' has none");
    if (node->count > MAX_STEPS) {
        tn_problem(loader, node, NULL, "%zu steps are too many: at most %d", node->count, MAX_STEPS);
        return;
    }
    workflow->steps = tn_arena_alloc(loader->arena, node->count, sizeof *workflow->steps);
    if (!workflow->steps) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *item = node->first; item; item = item->next) {
        struct tn_step *step = &workflow->steps[workflow->step_count];
        step->line = item->line;
        step->column = item->column;
        tn_section_read(loader, key->inside, item, "a step", step);
        check_unique(loader, step, item);
        workflow->step_count++;
    }
}
