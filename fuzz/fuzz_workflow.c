/* Workflow files from outside: load one, take its templates apart, describe it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workflow/loader.h"
#include "workflow/template.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

/* The package that workflows find their files in. */
static char root[] = "/tmp/fuzz-workflow-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[sizeof root + 32];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    REQUIRE(mkdtemp(root));
    write_file("a.lua", "return function(ctx) end\n");
    write_file("a.csv", "id,name\na,One\nb,Two\n");
    return 0;
}

static int count_lines(const char *text, size_t len)
{
    int lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* An expression stands inside the file, and none of its lines is behind its end. */
static void check_expression(const struct tn_expression *expression, int lines)
{
    if (!expression->text)
        return;
    int own = count_lines(expression->text, strlen(expression->text));
    REQUIRE(expression->line >= 1 && expression->column >= 1);
    REQUIRE(expression->text[0] && expression->line + own - 1 <= lines);
}

static void check_templates(const struct tn_workflow *workflow, const struct tn_yaml *node)
{
    struct tn_template template;
    for (const struct tn_yaml *child = node->first; child; child = child->next)
        check_templates(workflow, child);
    if (node->kind != TN_YAML_SCALAR)
        return;
    REQUIRE(tn_template_parse(workflow, node, &template, NULL) == TENURE_OK); /* checked when it was loaded */
    for (size_t i = 0; i < template.count; i++)
        REQUIRE(template.pieces[i].len > 0 && template.pieces[i].line >= 1 && template.pieces[i].column >= 1);
    REQUIRE(!template.whole || template.count == 1);
    tn_template_deinit(&template);
}

static void check_workflow(const struct tn_workflow *workflow, int lines)
{
    REQUIRE(workflow->name && workflow->step_count > 0 && strlen(workflow->digest) == 64);
    check_expression(&workflow->customers.where, lines);
    for (size_t i = 0; i < workflow->step_count; i++) {
        const struct tn_step *step = &workflow->steps[i];
        REQUIRE(step->id && step->run && step->run_source);
        check_expression(&step->each, lines);
        check_expression(&step->when, lines);
        if (step->with)
            check_templates(workflow, step->with);
    }
    for (size_t i = 0; i < workflow->guard_count; i++)
        REQUIRE(tn_workflow_permits(workflow, tn_effect_by_name(workflow->guards[i].operation)));
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    tn_workflow_describe(workflow, &w);
    REQUIRE(!json.failed && w.depth == 0);
    tn_buf_reset(&json);
    struct tn_err err = {0};
    int rc = tn_inputs_resolve(workflow, NULL, 0, NULL, NULL, &json, &err);
    REQUIRE(rc == TENURE_OK || (rc == TENURE_EINVAL && err.msg[0]));
    tn_buf_deinit(&json);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_err err = {0};
    char *text = malloc(len + 1); /* with a NUL, as a file that was read has */
    REQUIRE(text);
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    REQUIRE(tn_diagnostics_new("fuzz.yaml", text, len, &problems) == TENURE_OK);
    int rc = tn_workflow_parse("fuzz.yaml", root, text, len, problems, &workflow, &err);
    REQUIRE(rc == TENURE_OK || rc == TENURE_EINVAL);
    REQUIRE((rc == TENURE_OK) == (tn_diagnostics_count(problems) == 0) && (rc == TENURE_OK) == (workflow != NULL));
    if (workflow)
        check_workflow(workflow, count_lines(text, len));
    struct tn_buf out = {0};
    tn_diagnostics_text(problems, &out);
    REQUIRE(!out.failed);
    tn_buf_deinit(&out);
    tn_workflow_free(workflow);
    tn_diagnostics_free(problems);
    free(text);
    return 0;
}
