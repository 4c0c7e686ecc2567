/* Requests: see request.h. */
#include "api/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tn_request_kind *const kinds[] = {
    &tn_request_plan,      &tn_request_run,      &tn_request_apply,  &tn_request_show,    &tn_request_runs,
    &tn_request_check,     &tn_request_describe, &tn_request_call,   &tn_request_exec,    &tn_request_test,
    &tn_request_simulator, &tn_request_report,   &tn_request_resume, &tn_request_approve, &tn_request_settle,
    &tn_request_audit,     &tn_request_why,      &tn_request_output,
};

static const struct tn_request_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

static void free_request(struct tn_request *request)
{
    struct tenure_host *host = request->host;
    if (request->started && request->kind->end)
        request->kind->end(request);
    tn_job_cancel(host->loop, &request->job);
    tn_json_close(request->doc);
    tn_link_leave(&request->link);
    host->request_count--;
    tn_buf_deinit(&request->text);
    free(request->state);
    free(request);
}

void tn_requests_free(struct tenure_host *host)
{
    for (struct tn_link *link; (link = tn_link_take(&host->requests));)
        free_request(tn_container_of(link, struct tn_request, link));
}

void tn_request_finish(struct tn_request *request, const struct tn_request_result *result)
{
    tenure_result outward = {
        .size = sizeof outward,
        .request = request->id,
        .status = TENURE_OK,
        .exit_code = result->exit_code,
        .run = result->run,
        .output = result->output ? result->output : "",
        .output_bytes = result->output_bytes,
        .message = result->message,
        .pending = result->pending,
    };
    if (request->on_result)
        request->on_result(request->user, &outward);
    free_request(request);
}

/* What the command line exits with when a request could not be carried out. */
static int exit_code_of(const struct tn_err *err)
{
    if (strcmp(err->name, "plan-expired") == 0)
        return 4; /* as one that still waits for approval */
    switch (err->code) {
    case TENURE_EINVAL:
    case TENURE_ENOTSUP:
        return 2;
    case TENURE_ECANCELED:
        return 75;
    default:
        return 1;
    }
}

void tn_request_fail(struct tn_request *request, const struct tn_err *err, int exit_code)
{
    tenure_result outward = {
        .size = sizeof outward,
        .request = request->id,
        .status = err->code,
        .exit_code = exit_code ? exit_code : exit_code_of(err),
        .output = "",
        .message = request->text.len ? tn_buf_text(&request->text) : err->msg,
    };
    if (request->on_result)
        request->on_result(request->user, &outward);
    free_request(request);
}

void tn_request_refuse(struct tn_request *request, const struct tn_err *err)
{
    tn_request_fail(request, err, err->code == TENURE_ENOENT ? 2 : 0);
}

static void on_start(struct tn_job *job)
{
    struct tn_request *request = tn_container_of(job, struct tn_request, job);
    struct tn_err err = {0};
    if (request->cancelled) {
        tn_err_set(&err, TENURE_ECANCELED, "canceled");
        tn_request_fail(request, &err, 0);
        return;
    }
    request->started = true;
    if (request->kind->start(request, &err) < 0)
        tn_request_refuse(request, &err);
}

int64_t tenure_host_request(tenure_host *host, const char *name, const char *json, tenure_result_fn on_result,
                            void *user)
{
    const struct tn_request_kind *kind = find_kind(name);
    if (!kind)
        return TENURE_EINVAL;
    struct tn_request *request = calloc(1, sizeof *request);
    if (!request)
        return TENURE_ENOMEM;
    *request = (struct tn_request){.host = host, .kind = kind, .on_result = on_result, .user = user};
    request->state = calloc(1, kind->state_size ? kind->state_size : 1);
    if (!json)
        json = "{}";
    int rc =
        request->state ? tn_json_parse(host->documents, json, strlen(json), 0, &request->doc, NULL) : TENURE_ENOMEM;
    if (rc == TENURE_OK && tn_json_type_of(tn_json_root(request->doc), "") != TN_JSON_OBJECT &&
        tn_json_length(tn_json_root(request->doc)) > 0)
        rc = TENURE_EINVAL;
    if (rc < 0) {
        tn_json_close(request->doc);
        free(request->state);
        free(request);
        return rc == TENURE_ENOMEM ? rc : TENURE_EINVAL;
    }
    request->arguments = tn_json_root(request->doc);
    request->id = ++host->last_request;
    tn_link_enter(&host->requests, &request->link);
    host->request_count++;
    tn_job_post(host->loop, &request->job, on_start);
    return (int64_t)request->id;
}

void tenure_host_cancel(tenure_host *host, uint64_t id)
{
    for (struct tn_link *link = host->requests; link; link = link->next) {
        struct tn_request *request = tn_container_of(link, struct tn_request, link);
        if (request->id != id)
            continue;
        bool again = request->cancelled;
        request->cancelled = true;
        if (request->started && request->kind->cancel)
            request->kind->cancel(request, again);
        return; /* one that has not started yet sees it when it does */
    }
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

const char *tn_request_text(const struct tn_request *request, const char *name)
{
    return tn_json_string(request->arguments, name, NULL);
}

int64_t tn_request_integer(const struct tn_request *request, const char *name, int64_t otherwise)
{
    int64_t value;
    return tn_json_int(request->arguments, name, &value) ? value : otherwise;
}

bool tn_request_flag(const struct tn_request *request, const char *name)
{
    bool value = false;
    return tn_json_bool(request->arguments, name, &value) && value;
}

int tn_request_required(const struct tn_request *request, const char *name, const char **out, struct tn_err *err)
{
    *out = tn_request_text(request, name);
    if (!*out || !**out)
        return tn_err_set(err, TENURE_EINVAL, "%s: %s is missing", request->kind->name, name);
    return TENURE_OK;
}

/* Pointers first, then the bytes they point at, in one allocation. */
static const char **pack(const struct tn_buf *bytes, size_t count)
{
    const char **list = malloc((count + 1) * sizeof *list + bytes->len + 1);
    if (!list)
        return NULL;
    char *at = (char *)(list + count + 1);
    if (bytes->len)
        memcpy(at, bytes->data, bytes->len);
    for (size_t i = 0; i < count; i++) {
        list[i] = at;
        at += strlen(at) + 1;
    }
    list[count] = NULL;
    return list;
}

static size_t put_split(struct tn_buf *bytes, const char *text, bool split)
{
    size_t count = 0;
    while (*text) {
        size_t len = split ? strcspn(text, ",") : strlen(text);
        if (len) {
            tn_buf_put(bytes, text, len);
            tn_buf_putc(bytes, '\0');
            count++;
        }
        text += len + (text[len] == ',' && split);
    }
    return count;
}

int tn_request_list(const struct tn_request *request, const char *name, bool split, const char ***out, size_t *count,
                    struct tn_err *err)
{
    struct tn_buf bytes = {0};
    size_t found = 0;
    const char *one = tn_request_text(request, name);
    if (one)
        found = put_split(&bytes, one, split);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(request->arguments, name)); tn_json_next(&it);) {
        const char *text = tn_json_string(it.value, "", NULL);
        found += text ? put_split(&bytes, text, split) : 0;
    }
    if (!found && ((one && *one) || tn_json_length(tn_json_find(request->arguments, name)) > 0)) {
        tn_buf_deinit(&bytes);
        return tn_err_set(err, TENURE_EINVAL, "--%s names nothing", name);
    }
    const char **list = bytes.failed ? NULL : pack(&bytes, found);
    tn_buf_deinit(&bytes);
    if (!list)
        return tn_err_no_memory(err);
    *out = list;
    if (count)
        *count = found;
    return TENURE_OK;
}
