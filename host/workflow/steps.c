/*
 * Steps: the scripts of a workflow and when, for what and with what they run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"
#include "workflow/template.h"

#define MAX_STEPS 100

/* The step, of any part, for which it holds; NULL: none does. */
static const struct tn_step *find_step(const struct tn_loader *loader,
                                       bool (*holds)(const struct tn_step *step, const char *text), const char *text)
{
    for (size_t part = 0; part < TN_PART_COUNT; part++) {
        for (size_t i = 0; i < loader->step_counts[part]; i++) {
            if (holds(&loader->steps[part][i], text))
                return &loader->steps[part][i];
        }
    }
    return NULL;
}

/* A script that another step runs too was read already. */
static bool runs(const struct tn_step *step, const char *path)
{
    return step->run_source && strcmp(step->run, path) == 0;
}

static bool is_called(const struct tn_step *step, const char *id)
{
    return step->id && strcmp(step->id, id) == 0;
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
    const struct tn_step *same = find_step(loader, runs, path);
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

/* Outcomes are those of a step that runs before, for the same customer. */
void tn_read_step_follows(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_step *step = into;
    const char *id = tn_read_text(loader, key->name, node), *names[MAX_STEPS + 1];
    const struct tn_step *steps = loader->steps[TN_PART_CUSTOMERS];
    size_t count = loader->step_counts[TN_PART_CUSTOMERS], named = 0;
    if (id && step->part != TN_PART_CUSTOMERS) {
        tn_problem(loader, node->key, NULL, "'follows' belongs to 'steps': 'before' and 'after' change nothing");
        return;
    }
    for (size_t i = 0; id && i < count; i++) {
        if (steps[i].id && strcmp(steps[i].id, id) == 0)
            step->follows = id;
        if (steps[i].id)
            names[named++] = steps[i].id;
    }
    if (!id || step->follows)
        return;
    names[named] = NULL;
    char hint[128] = "name a step that stands before this one";
    const char *closest = tn_closest(id, names);
    if (closest)
        snprintf(hint, sizeof hint, "did you mean '%.64s'?", closest);
    tn_problem(loader, node, hint, "no step before this one is called '%.64s'", id);
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
    const struct tn_step *other = step->id ? find_step(loader, is_called, step->id) : NULL;
    if (other)
        tn_problem(loader, tn_yaml_get(node, "id"), "give each step an id of its own",
                   "the id '%s' is taken by the step at line %d", step->id, other->line);
}

static enum tn_part part_of(const struct tn_key *key)
{
    return strcmp(key->name, "before") == 0  ? TN_PART_BEFORE
           : strcmp(key->name, "after") == 0 ? TN_PART_AFTER
                                             : TN_PART_CUSTOMERS;
}

void tn_read_steps(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    (void)into;
    enum tn_part part = part_of(key);
    if (node->kind != TN_YAML_SEQUENCE) {
        tn_problem_kind(loader, key, node, "a list of steps");
        return;
    }
    if (node->count == 0)
        tn_problem(loader, node, "for example: - {id: refund, run: scripts/refund.lua}", "'%s' has none", key->name);
    if (node->count > MAX_STEPS) {
        tn_problem(loader, node, NULL, "%zu steps are too many: at most %d", node->count, MAX_STEPS);
        return;
    }
    struct tn_step *steps = tn_arena_alloc(loader->arena, node->count, sizeof *steps);
    if (!steps) {
        loader->no_memory = true;
        return;
    }
    loader->steps[part] = steps;
    for (const struct tn_yaml *item = node->first; item; item = item->next) {
        struct tn_step *step = &steps[loader->step_counts[part]];
        *step = (struct tn_step){.part = part, .line = item->line, .column = item->column};
        tn_section_read(loader, key->inside, item, "a step", step);
        check_unique(loader, step, item);
        loader->step_counts[part]++;
    }
}

bool tn_step_switched_off(const struct tn_step *step, struct tn_json inputs)
{
    static const char prefix[] = "inputs.";
    const size_t len = sizeof prefix - 1;
    bool on;
    if (!step->when.text || strncmp(step->when.text, prefix, len) != 0)
        return false;
    const char *name = step->when.text + len;
    bool alone = name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
    return alone && tn_json_bool(inputs, name, &on) && !on;
}

void tn_join_steps(struct tn_loader *loader)
{
    static const enum tn_part order[] = {TN_PART_BEFORE, TN_PART_CUSTOMERS, TN_PART_AFTER};
    struct tn_workflow *workflow = loader->workflow;
    size_t count = 0;
    for (size_t part = 0; part < TN_PART_COUNT; part++)
        count += loader->step_counts[part];
    workflow->steps = tn_arena_alloc(loader->arena, count, sizeof *workflow->steps);
    loader->no_memory |= !workflow->steps;
    for (size_t i = 0; workflow->steps && i < TN_PART_COUNT; i++) {
        const struct tn_step *steps = loader->steps[order[i]];
        for (size_t j = 0; j < loader->step_counts[order[i]]; j++)
            workflow->steps[workflow->step_count++] = steps[j];
    }
}
