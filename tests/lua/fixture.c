/* See fixture.h. */
#include "lua/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "workflow/effect.h"

#define SCRIPT_CPU_MS 100 /* of a workflow of one script */

static void on_log(void *arg, const char *customer, const char *step, const char *text, const char *fields)
{
    struct fixture *f = arg;
    size_t len = strlen(f->log);
    snprintf(f->log + len, sizeof f->log - len, "%.8s %s %s %s\n", customer, step, text, fields ? fields : "-");
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

struct pending {
    struct fixture *fixture;
    struct tn_call *call;
    struct tn_job job;
};

static const struct answer *find_answer(const struct fixture *f, const struct tn_operation *op)
{
    char name[80];
    snprintf(name, sizeof name, "%s.%s", op->module, op->name);
    const struct answer *answer = f->answers;
    while (answer && answer->operation && strcmp(answer->operation, name) != 0)
        answer++;
    return answer && answer->operation ? answer : NULL;
}

static void fill_in(struct tn_call *call, const struct answer *answer)
{
    call->err = answer->err;
    call->pages = calloc(3, sizeof *call->pages);
    for (size_t i = 0; answer->bodies[i]; i++) {
        const char *body = answer->bodies[i];
        if (tn_json_parse(call->L, body, strlen(body), 0, &call->pages[call->page_count], &call->err) == TENURE_OK)
            call->page_count++;
    }
    if (call->op->read_quote && call->page_count > 0) {
        tn_quote_read(call->op, &call->values, tn_json_root(call->pages[0]), &call->quote, &call->err);
    }
    if (answer->outcome) {
        struct tn_outcome *copy = calloc(1, sizeof *copy + 1); /* and the NUL of an answer that it does not have */
        *copy = *answer->outcome;
        call->outcome = copy;
    }
}

static void on_answer(struct tn_job *job)
{
    struct pending *pending = tn_container_of(job, struct pending, job);
    struct tn_call *call = pending->call;
    struct fixture *f = pending->fixture;
    const struct answer *answer = find_answer(f, call->op);
    if (answer)
        fill_in(call, answer);
    else
        tn_err_set(&call->err, TENURE_ENOENT, "%s.%s: no canned answer", call->op->module, call->op->name);
    call->owner = NULL;
    free(pending);
    f->done++;
    call->done(call);
}

/* Time of this thread only: whatever else runs on the machine does not matter. */
static void use_cpu(int64_t ms)
{
    struct timespec begun, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000 < ms);
}

static void on_start(struct tn_caller *caller, struct tn_call *call)
{
    struct fixture *f = tn_container_of(caller, struct fixture, caller);
    const struct answer *answer = find_answer(f, call->op);
    struct pending *pending = calloc(1, sizeof *pending);
    pending->fixture = f;
    pending->call = call;
    call->owner = pending;
    f->started++;
    snprintf(f->last_tenant, sizeof f->last_tenant, "%s", call->tenant ? call->tenant : "-");
    snprintf(f->last_once, sizeof f->last_once, "%s", call->once ? call->once : "-");
    const struct tn_argument_value *first = &call->values.of[0];
    snprintf(f->last_argument, sizeof f->last_argument, "%s", first->text ? first->text : "-");
    if (answer && answer->heavy)
        use_cpu(2 * SCRIPT_CPU_MS);
    if (!answer || !answer->never)
        tn_job_post(f->loop, &pending->job, on_answer);
}

static void on_cancel(struct tn_caller *caller, struct tn_call *call)
{
    struct fixture *f = tn_container_of(caller, struct fixture, caller);
    struct pending *pending = call->owner;
    tn_job_cancel(f->loop, &pending->job);
    free(pending);
    f->canceled++;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

static bool open_state(struct fixture *f, const char *inputs)
{
    const struct tn_script_setup setup = {.loop = f->loop,
                                          .workflow = f->workflow,
                                          .inputs = inputs,
                                          .run = "r-1",
                                          .month = "2026-01",
                                          .portal = "https://portal.azure.cn",
                                          .log = on_log,
                                          .log_arg = f};
    if (tn_script_lua.state_new(&setup, &f->state, &f->err) < 0)
        return false;
    static const char body[] = "{\"id\": \"" CUSTOMER "\", \"companyProfile\": {\"domain\": \"kowalski.example\", "
                               "\"companyName\": \"Kowalski\"}}";
    if (tn_json_parse(tn_script_lua.documents(f->state), body, strlen(body), 0, &f->customer, &f->err) < 0)
        return false;
    f->scope = fixture_scope(f, 7, 1);
    return f->scope;
}

bool fixture_open(struct fixture *f, const char *const *files, const char *inputs)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_buf text = {0};
    char path[200];
    snprintf(f->folder, sizeof f->folder, "/tmp/tenure-lua-XXXXXX");
    if (!mkdtemp(f->folder))
        return false;
    for (size_t i = 0; files[i]; i += 2)
        write_file(f->folder, files[i], files[i + 1]);
    snprintf(path, sizeof path, "%s/%s", f->folder, files[0]);
    f->caller = (struct tn_caller){.start = on_start, .cancel = on_cancel};
    bool opened = tn_loop_new(NULL, &f->loop, &f->err) == TENURE_OK &&
                  tn_workflow_load(path, &problems, &f->workflow, &f->err) == TENURE_OK;
    if (!opened && problems) {
        tn_diagnostics_text(problems, &text);
        fprintf(stderr, "%s\n", tn_buf_text(&text));
    }
    tn_buf_deinit(&text);
    tn_diagnostics_free(problems);
    if (opened)
        f->workflow->cpu_ms = 200;
    return opened && open_state(f, inputs);
}

bool fixture_open_script(struct fixture *f, const char *source)
{
    const struct tn_single single = {.name = "exec test.lua",
                                     .file = "scripts/test.lua",
                                     .source = source,
                                     .source_len = strlen(source),
                                     .customer = CUSTOMER};
    f->caller = (struct tn_caller){.start = on_start, .cancel = on_cancel};
    if (tn_loop_new(NULL, &f->loop, &f->err) < 0 || tn_workflow_single(&single, &f->workflow, &f->err) < 0)
        return false;
    f->workflow->cpu_ms = SCRIPT_CPU_MS;
    f->workflow->memory_bytes = 8 << 20;
    return open_state(f, "{}");
}

struct tn_script_scope *fixture_scope(struct fixture *f, uint64_t bound_to, uint64_t seed)
{
    const struct tn_script_scope_setup setup = {.customer = tn_json_root(f->customer),
                                                .now_s = NOW,
                                                .caller = &f->caller,
                                                .bound_to = bound_to,
                                                .random_seed = seed};
    struct tn_script_scope *scope = NULL;
    tn_script_lua.scope_new(f->state, &setup, &scope, &f->err);
    return scope;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

void fixture_close(struct fixture *f)
{
    tn_script_lua.scope_free(f->scope);
    tn_json_close(f->customer);
    tn_script_lua.state_free(f->state);
    tn_workflow_free(f->workflow);
    tn_loop_free(f->loop);
    if (f->folder[0] && nftw(f->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        perror(f->folder);
    memset(f, 0, sizeof *f);
}

/* ---- evaluating -------------------------------------------------------------------------------------------------- */

static void on_done(struct tn_script_job *job)
{
    *(bool *)job->owner = true;
}

static void describe_items(struct fixture *f)
{
    size_t len = (size_t)snprintf(f->result, sizeof f->result, "items");
    for (size_t i = 0; i < f->job.item_count && len < sizeof f->result; i++) {
        const struct tn_script_item *item = &f->job.items[i];
        len += (size_t)snprintf(f->result + len, sizeof f->result - len, " %s=%s", item->json,
                                item->label ? item->label : "-");
    }
}

static void describe(struct fixture *f, enum tn_script_what what)
{
    const struct tn_script_job *job = &f->job;
    switch (job->result) {
    case TN_SCRIPT_SKIPPED:
    case TN_SCRIPT_FAILED:
        snprintf(f->result, sizeof f->result, "%s %s %s", job->result == TN_SCRIPT_SKIPPED ? "skipped" : "failed",
                 job->code, job->detail ? job->detail : "-");
        break;
    case TN_SCRIPT_ERROR:
        snprintf(f->result, sizeof f->result, "error %s: %s", tn_err_name(&job->err), job->err.msg);
        break;
    default:
        if (what == TN_SCRIPT_EACH)
            describe_items(f);
        else if (what == TN_SCRIPT_RUN)
            snprintf(f->result, sizeof f->result, "value %s", job->value ? job->value : "nil");
        else
            snprintf(f->result, sizeof f->result, "%s", job->truth < 0 ? "nil" : job->truth ? "true" : "false");
    }
}

const char *fixture_evaluate(struct fixture *f, struct tn_script_scope *scope, enum tn_script_what what, size_t step,
                             size_t item)
{
    bool done = false;
    f->job = (struct tn_script_job){.done = on_done, .owner = &done};
    tn_script_lua.start(scope, what, step, item, &f->job);
    for (int i = 0; i < 1000 && !done; i++)
        tn_loop_step(f->loop, 0);
    if (!done) {
        tn_script_lua.cancel(&f->job);
        return "not done";
    }
    describe(f, what);
    tn_script_lua.release(&f->job);
    return f->result;
}

const char *run_script_with(const struct answer *answers, const char *source)
{
    static char result[4096];
    struct fixture f = {.answers = answers};
    if (fixture_open_script(&f, source))
        snprintf(result, sizeof result, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX));
    else
        snprintf(result, sizeof result, "not opened: %s", f.err.msg);
    fixture_close(&f);
    return result;
}

const char *run_script(const char *source)
{
    return run_script_with(NULL, source);
}

bool holds(const char *text, const char *part)
{
    bool found = strstr(text, part);
    if (!found)
        fprintf(stderr, "\"%s\" does not hold \"%s\"\n", text, part);
    return found;
}
