/*
 * Requests "check" and "describe": looking at workflow files without running them.
 *
 * check validates the YAML, the scripts' syntax and that each returns a function; every problem of every file in one
 * go.
 */
#include <stdlib.h>
#include <string.h>

#include "api/host.h"
#include "api/operations.h"
#include "lua/script.h"
#include "workflow/schema.h"
#include "workflow/workflow.h"

struct check {
    struct tn_request *request;
    struct tn_json_writer w;
    size_t problems;
};

static void write_problems(struct check *check, const struct tn_diagnostics *problems)
{
    struct tn_buf list = {0};
    tn_diagnostics_text(problems, &check->request->text);
    tn_diagnostics_json(problems, &list);
    if (list.len > 2) /* splice the array's elements into ours */
        tn_jw_raw(&check->w, list.data + 1, list.len - 2);
    check->problems += tn_diagnostics_count(problems);
    tn_buf_deinit(&list);
}

/* A problem that has no place in the workflow file. line 0: nor in file. */
static void write_problem(struct check *check, const char *file, int line, const char *message)
{
    tn_buf_printf(&check->request->text, "%s\n", message);
    tn_jw_object(&check->w);
    tn_jw_kv_string(&check->w, "file", file);
    if (line)
        tn_jw_kv_int(&check->w, "line", line);
    tn_jw_kv_string(&check->w, "message", message);
    tn_jw_object_end(&check->w);
    check->problems++;
}

/* ---- what Lua says ---------------------------------------------------------------------------------------------- */

/* Open a script state as a run would, which compiles everything the workflow names. */
static int compile(const struct check *check, const struct tn_workflow *workflow, struct tn_err *err)
{
    struct tn_script_state *scripts = NULL;
    struct tn_script_setup setup = {
        .loop = check->request->host->loop, .workflow = workflow, .inputs = "{}", .run = "check", .month = "1970-01"};
    int rc = tn_script_lua.state_new(&setup, &scripts, err);
    tn_script_lua.state_free(scripts);
    return rc;
}

/* The line in Lua's "FILE:LINE: why", and where the why begins; 0: there is none. */
static int line_of(const char *message, const char **why)
{
    for (const char *colon = strchr(message, ':'); colon; colon = strchr(colon + 1, ':')) {
        size_t digits = strspn(colon + 1, "0123456789");
        if (digits == 0 || strncmp(colon + 1 + digits, ": ", 2) != 0)
            continue;
        *why = colon + digits + 3;
        return atoi(colon + 1);
    }
    *why = message;
    return 0;
}

/* One part of a step, or of the workflow where step has nothing to run: the rest is as if it were not there. */
static int compile_part(const struct check *check, const struct tn_workflow *workflow, struct tn_step *step,
                        const struct tn_expression *where, struct tn_err *err)
{
    static const char nothing[] = "return function() end";
    struct tn_workflow part = *workflow;
    if (!step->run_source) {
        step->run = "nothing";
        step->run_source = nothing;
        step->run_len = sizeof nothing - 1;
    }
    part.customers.where = where ? *where : (struct tn_expression){0};
    part.steps = step;
    part.step_count = 1;
    return compile(check, &part, err);
}

static void check_script(struct check *check, const struct tn_workflow *workflow, size_t index)
{
    const struct tn_step *step = &workflow->steps[index];
    struct tn_step alone = {.id = step->id, .run = step->run, .run_source = step->run_source, .run_len = step->run_len};
    struct tn_err err = {0};
    const char *why;
    for (size_t i = 0; i < index; i++) {
        if (workflow->steps[i].run_source == step->run_source)
            return; /* another step runs it too: it was looked at there */
    }
    if (compile_part(check, workflow, &alone, NULL, &err) < 0)
        write_problem(check, step->run, line_of(err.msg, &why), err.msg);
}

/* An expression, at its place in the workflow file; Lua tells the line only. */
static void check_expression(const struct check *check, const struct tn_workflow *workflow, struct tn_step step,
                             const struct tn_expression *where, int line, int column, struct tn_diagnostics *problems)
{
    struct tn_err err = {0};
    const char *why;
    if (compile_part(check, workflow, &step, where, &err) == TENURE_OK)
        return;
    int told = line_of(err.msg, &why);
    tn_diagnostics_add(problems, told ? told : line, column, NULL, "%s", why);
}

/* Lua stops at its first problem; so each part is looked at by itself. */
static void check_parts(struct check *check, const struct tn_workflow *workflow, struct tn_diagnostics *problems)
{
    const struct tn_expression *where = &workflow->customers.where;
    size_t before = check->problems;
    struct tn_step empty = {.id = "check"};
    if (where->text)
        check_expression(check, workflow, empty, where, where->line, where->column, problems);
    for (size_t i = 0; i < workflow->step_count; i++) {
        const struct tn_step *step = &workflow->steps[i];
        struct tn_step each = {.id = step->id, .each = step->each}, when = {.id = step->id, .when = step->when};
        struct tn_step with = {.id = step->id, .with = step->with};
        check_expression(check, workflow, each, NULL, step->each.line, step->each.column, problems);
        check_expression(check, workflow, when, NULL, step->when.line, step->when.column, problems);
        if (step->with)
            check_expression(check, workflow, with, NULL, step->with->line, step->with->column, problems);
    }
    write_problems(check, problems);
    for (size_t i = 0; i < workflow->step_count; i++)
        check_script(check, workflow, i);
    if (check->problems == before) { /* together they do what none does alone */
        struct tn_err err = {0};
        compile(check, workflow, &err);
        write_problem(check, workflow->file, 0, err.msg);
    }
}

static void check_file(struct check *check, const char *file)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_err err = {0};
    int rc = tn_workflow_load(file, &problems, &workflow, &err);
    if (rc == TENURE_OK && compile(check, workflow, &err) < 0)
        check_parts(check, workflow, problems);
    else if (problems && tn_diagnostics_count(problems))
        write_problems(check, problems);
    else if (rc < 0)
        write_problem(check, file, 0, err.msg);
    tn_workflow_free(workflow);
    tn_diagnostics_free(problems);
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static int start_check(struct tn_request *request, struct tn_err *err)
{
    struct tn_buf json = {0}, output = {0};
    struct check check = {.request = request};
    const char **files;
    size_t count;
    int rc = tn_request_list(request, "files", false, &files, &count, err);
    if (rc < 0)
        return rc;
    if (!count)
        rc = tn_err_set(err, TENURE_EINVAL, "check: name at least one workflow file");
    tn_jw_init(&check.w, &json);
    tn_jw_object(&check.w);
    tn_jw_kv_int(&check.w, "files", (int64_t)count);
    tn_jw_key(&check.w, "problems");
    tn_jw_array(&check.w);
    for (size_t i = 0; rc == TENURE_OK && i < count; i++)
        check_file(&check, files[i]);
    tn_jw_array_end(&check.w);
    tn_jw_object_end(&check.w);
    free(files);
    if (rc == TENURE_OK)
        rc = tn_host_render(request, "check", tn_buf_text(&json), json.len, &output, err);
    tn_buf_deinit(&json);
    if (rc == TENURE_OK) {
        struct tn_request_result result = {
            .exit_code = check.problems ? 2 : 0,
            .output = tn_buf_text(&output),
            .output_bytes = output.len,
            .message = request->text.len ? tn_buf_text(&request->text) : NULL,
        };
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&output);
    return rc;
}

const struct tn_request_kind tn_request_check = {.name = "check", .start = start_check};

/* ---- describe --------------------------------------------------------------------------------------------------- */

static int describe(struct tn_request *request, const char *file, struct tn_buf *output, struct tn_err *err)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_buf json = {0};
    struct tn_json_writer w;
    int rc = tn_workflow_load(file, &problems, &workflow, err);
    if (rc == TENURE_EINVAL && problems && tn_diagnostics_count(problems)) {
        tn_diagnostics_text(problems, &request->text);
        tn_err_set(err, rc, "%s has mistakes", file);
    }
    if (rc == TENURE_OK) {
        tn_jw_init(&w, &json);
        tn_workflow_describe(workflow, &w);
        rc = tn_host_render(request, "describe", tn_buf_text(&json), json.len, output, err);
    }
    tn_buf_deinit(&json);
    tn_workflow_free(workflow);
    tn_diagnostics_free(problems);
    return rc;
}

static int describe_schema(struct tn_request *request, struct tn_buf *output, struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    tn_workflow_schema_json(&w);
    int rc = json.failed ? tn_err_no_memory(err)
                         : tn_host_render(request, "schema", tn_buf_text(&json), json.len, output, err);
    tn_buf_deinit(&json);
    return rc;
}

static int describe_what(struct tn_request *request, struct tn_buf *output, struct tn_err *err)
{
    const char *file, *stubs = tn_request_text(request, "stubs");
    if (stubs)
        return tn_operations_write_stubs(request, stubs, err);
    if (tn_request_flag(request, "operations"))
        return tn_operations_describe(request, output, err);
    if (tn_request_flag(request, "schema"))
        return describe_schema(request, output, err);
    int rc = tn_request_required(request, "workflow", &file, err);
    return rc < 0 ? rc : describe(request, file, output, err);
}

static int start_describe(struct tn_request *request, struct tn_err *err)
{
    struct tn_buf output = {0};
    int rc = describe_what(request, &output, err);
    if (rc == TENURE_OK) {
        struct tn_request_result result = {.output = tn_buf_text(&output), .output_bytes = output.len};
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&output);
    return rc;
}

const struct tn_request_kind tn_request_describe = {.name = "describe", .start = start_describe};
