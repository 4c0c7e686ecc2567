/*
 * Requests "check" and "describe": looking at workflow files without running them.
 *
 * check validates the YAML, the scripts' syntax and that each returns a function; every problem of every file in one
 * go.
 */
#include <stdlib.h>

#include "api/host.h"
#include "lua/script.h"
#include "workflow/workflow.h"

/* Open a script state as a run would, which compiles everything the workflow names. */
static int check_scripts(struct tn_request *request, const struct tn_workflow *workflow, struct tn_err *err)
{
    struct tn_script_state *scripts = NULL;
    struct tn_script_setup setup = {
        .loop = request->host->loop, .workflow = workflow, .inputs = "{}", .run = "check", .month = "1970-01"};
    int rc = tn_script_lua.state_new(&setup, &scripts, err);
    tn_script_lua.state_free(scripts);
    return rc;
}

struct check {
    struct tn_json_writer w;
    size_t problems;
};

static void write_problem(struct check *check, const char *file, const char *message)
{
    tn_jw_object(&check->w);
    tn_jw_kv_string(&check->w, "file", file);
    tn_jw_kv_string(&check->w, "message", message);
    tn_jw_object_end(&check->w);
    check->problems++;
}

static void write_problems(struct check *check, const struct tn_diagnostics *problems)
{
    struct tn_buf list = {0};
    tn_diagnostics_json(problems, &list);
    if (list.len > 2) /* splice the array's elements into ours */
        tn_jw_raw(&check->w, list.data + 1, list.len - 2);
    check->problems += tn_diagnostics_count(problems);
    tn_buf_deinit(&list);
}

static void check_file(struct tn_request *request, struct check *check, const char *file)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_err err = {0};
    int rc = tn_workflow_load(file, &problems, &workflow, &err);
    if (rc == TENURE_OK)
        rc = check_scripts(request, workflow, &err);
    if (problems && tn_diagnostics_count(problems)) {
        tn_diagnostics_text(problems, &request->text);
        write_problems(check, problems);
    } else if (rc < 0) {
        tn_buf_printf(&request->text, "%s\n", err.msg);
        write_problem(check, file, err.msg);
    }
    tn_workflow_free(workflow);
    tn_diagnostics_free(problems);
}

static int start_check(struct tn_request *request, struct tn_err *err)
{
    struct tn_buf json = {0}, output = {0};
    struct check check = {0};
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
        check_file(request, &check, files[i]);
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

static int start_describe(struct tn_request *request, struct tn_err *err)
{
    struct tn_buf output = {0};
    const char *file;
    int rc = tn_request_required(request, "workflow", &file, err);
    if (rc == TENURE_OK)
        rc = describe(request, file, &output, err);
    if (rc == TENURE_OK) {
        struct tn_request_result result = {.output = tn_buf_text(&output), .output_bytes = output.len};
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&output);
    return rc;
}

const struct tn_request_kind tn_request_describe = {.name = "describe", .start = start_describe};
