/* Requests that are about one run: see run_request.h. */
#include "api/run_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/config.h"
#include "api/progress.h"
#include "azure/lookup_ticket.h"
#include "lua/script.h"
#include "workflow/join.h"

#define INTERRUPT_WAIT_MS 90000

/* ---- beginning -------------------------------------------------------------------------------------------------- */

int tn_run_request_begin(struct tn_run_request *state, struct tn_request *request, struct tn_err *err)
{
    state->request = request;
    state->concurrency = tn_request_integer(request, "concurrency", 0);
    if (state->concurrency < 0 || state->concurrency > 1000)
        return tn_err_set(err, TENURE_EINVAL, "--concurrency takes 1 to 1000");
    tn_host_actor(request->host, state->actor, sizeof state->actor);
    return tn_request_list(request, "only", true, &state->only, &state->only_count, err);
}

static int read_customers(struct tn_run_request *state, struct tn_err *err)
{
    const char *file = tn_request_text(state->request, "customers");
    char **ids;
    if (!file)
        return TENURE_OK;
    int rc = tn_customer_ids_read(file, &ids, &state->customer_count, err);
    if (rc == TENURE_OK)
        state->customers = (const char **)ids;
    return rc;
}

int tn_run_request_load(struct tn_run_request *state, const char *file, struct tn_err *err)
{
    bool again = state->stored; /* of a run that exists */
    int rc = again ? tn_workflow_load_again(file, &state->problems, &state->workflow, err)
                   : tn_workflow_load(file, &state->problems, &state->workflow, err);
    if (rc != TENURE_EINVAL || !state->problems)
        return rc;
    tn_diagnostics_text(state->problems, &state->request->text);
    return tn_err_set(err, TENURE_EINVAL, "%s has mistakes", file);
}

static void on_progress(void *arg, const struct tn_run_progress *progress)
{
    struct tn_run_request *state = arg;
    tn_progress_emit(state->request, progress);
}

static void on_log(void *arg, const char *customer, const char *step, const char *text, const char *fields)
{
    struct tn_run_request *state = arg;
    tn_log_emit(state->request, customer, step, text, fields);
}

static void on_warning(void *arg, const char *text)
{
    struct tn_run_request *state = arg;
    tn_host_emit(state->request, "warning", text, NULL);
}

static void on_notice(void *arg, const char *text)
{
    struct tn_run_request *state = arg;
    tn_host_emit(state->request, "notice", text, NULL);
}

static void on_pass_done(void *arg, const struct tn_err *err)
{
    struct tn_run_request *state = arg;
    state->pass_err = *err;
    snprintf(state->id, sizeof state->id, "%s", tn_run_id(state->run));
    tn_run_request_summarize(state);
}

static struct tn_run_setup setup_of(struct tn_run_request *state)
{
    struct tenure_host *host = state->request->host;
    return (struct tn_run_setup){
        .loop = host->loop,
        .engine = state->connection->engine,
        .ledger = state->ledger,
        .scripts = &tn_script_lua,
        .documents = host->documents,
        .workflow = state->workflow,
        .inputs = tn_buf_text(&state->inputs),
        .tables = &state->tables,
        .request = tn_buf_text(&state->kept),
        .actor = state->actor,
        .customers = state->customers,
        .customer_count = state->customer_count,
        .again = state->again_list,
        .again_count = state->again_count,
        .only = state->only,
        .only_count = state->only_count,
        .concurrency = state->concurrency,
        .partner_tenant = state->connection->tenant,
        .quiet_ms = state->quiet_ms,
        .settle_by_hand = state->settle_by_hand,
        .no_wait = tn_request_flag(state->request, "no-wait"),
        .on_progress = on_progress,
        .on_log = on_log,
        .on_warning = on_warning,
        .on_notice = on_notice,
        .done = on_pass_done,
        .arg = state,
    };
}

static int keep(struct tn_run_request *state, const char *single_json, struct tn_err *err)
{
    struct tn_json_writer w;
    const struct tn_cloud *cloud = tn_engine_cloud(state->connection->engine);
    const char *profile;
    int rc = tn_host_profile(state->request, &profile, err);
    if (rc < 0)
        return rc;
    tn_jw_init(&w, &state->kept);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "cloud", cloud->name);
    tn_jw_kv_string(&w, "tenant", state->connection->tenant);
    tn_jw_kv_string(&w, "profile", profile);
    tn_jw_key(&w, "inputs");
    tn_jw_raw(&w, tn_buf_text(&state->inputs), state->inputs.len);
    tn_jw_kv_int(&w, "concurrency", state->concurrency);
    tn_jw_key(&w, "only");
    tn_jw_array(&w);
    for (size_t i = 0; i < state->only_count; i++)
        tn_jw_string(&w, state->only[i]);
    tn_jw_array_end(&w);
    if (state->again_count) {
        tn_jw_kv_string(&w, "again", state->again); /* the run whose customers these are */
        tn_jw_key(&w, "states");
        tn_jw_array(&w);
        for (size_t i = 0; state->states[i]; i++)
            tn_jw_string(&w, state->states[i]);
        tn_jw_array_end(&w);
    }
    const struct tn_join *join = state->workflow->customers.join;
    if (join) {
        tn_jw_key(&w, "join"); /* which file the customers' data came from, byte by byte */
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "file", join->file);
        tn_jw_kv_string(&w, "digest", join->digest);
        tn_jw_object_end(&w);
    }
    if (state->workflow->output_count) {
        tn_jw_key(&w, "outputs"); /* what they look like: the workflow may be gone when they are asked for */
        tn_outputs_describe(state->workflow, &w);
    }
    if (single_json) {
        tn_jw_key(&w, "single");
        tn_jw_raw(&w, single_json, strlen(single_json));
    }
    tn_jw_object_end(&w);
    return state->kept.failed ? tn_err_no_memory(err) : TENURE_OK;
}

int tn_run_request_profile(struct tn_run_request *state, struct tn_err *err)
{
    const struct tn_cloud *cloud = tn_engine_cloud(state->connection->engine);
    const struct tn_ticket_facts *facts = tn_engine_ticket_facts(state->connection->engine);
    int rc = tn_host_quiet_ms(state->request, cloud, &state->quiet_ms, err);
    if (rc == TENURE_OK)
        rc = tn_host_settle_manual(state->request, &state->settle_by_hand, err);
    return rc < 0 ? rc
                  : tn_inputs_check_contact(state->workflow, &state->inputs, state->request->host->documents,
                                            &facts->contact, err);
}

int tn_run_request_plan(struct tn_run_request *state, const char *cloud, const char *single_json, struct tn_err *err)
{
    struct tn_request *request = state->request;
    state->has_effects = tn_workflow_has_effects(state->workflow);
    int rc = read_customers(state, err);
    if (rc == TENURE_OK)
        rc = tn_host_connect(request, cloud, &state->connection, err);
    if (rc == TENURE_OK)
        rc = tn_host_ledger(request, TN_LEDGER_BEGIN, &state->ledger, err);
    if (rc == TENURE_OK)
        rc = keep(state, single_json, err);
    if (rc == TENURE_OK)
        rc = tn_run_request_profile(state, err);
    if (rc < 0)
        return rc;
    struct tn_run_setup setup = setup_of(state);
    return tn_run_plan(&setup, &state->run, err);
}

/* ---- apply ------------------------------------------------------------------------------------------------------ */

static int copy_row(void *arg, const struct tn_run_row *row)
{
    struct tn_run_request *state = arg;
    snprintf(state->id, sizeof state->id, "%s", row->id);
    snprintf(state->state, sizeof state->state, "%s", row->state);
    snprintf(state->reason, sizeof state->reason, "%s", row->reason ? row->reason : "");
    snprintf(state->digest, sizeof state->digest, "%s", row->digest ? row->digest : "");
    state->has_effects = row->has_effects;
    state->has_plan = row->planned_ms != 0;
    state->file = row->file ? strdup(row->file) : NULL;
    state->stored = strdup(row->request ? row->request : "{}");
    return 0;
}

static int count_ready(void *arg, const struct tn_effect_row *effect)
{
    (void)effect;
    (*(int64_t *)arg)++;
    return 0;
}

static int count_customer(void *arg, const struct tn_customer_row *customer)
{
    (void)customer;
    (*(int64_t *)arg)++;
    return 0;
}

/* Effects that a further apply could do something about, and customers that it would take up again: one whose unknown
 * effect a person has settled has no open effect any more, but steps that wait for it. */
static int count_open(struct tn_db *db, struct tn_run_request *state, struct tn_err *err)
{
    unsigned open =
        1u << TN_EFFECT_APPROVED | 1u << TN_EFFECT_INTENDED | 1u << TN_EFFECT_ACCEPTED | 1u << TN_EFFECT_UNKNOWN;
    state->ready = 0;
    state->unended = 0;
    int rc = tn_effect_each(db, state->id, NULL, open, count_ready, &state->ready, err);
    if (rc >= 0)
        rc = tn_customer_each(db, state->id, TN_PASS_APPLY, count_customer, &state->unended, err);
    return rc < 0 || state->ready ? rc : tn_plan_following(db, state->id, &state->ready, err);
}

struct keeping {
    struct tn_tables *tables;
    struct tn_err *err;
};

static int keep_table(void *arg, const char *name, const char *text)
{
    const struct keeping *keeping = arg;
    return tn_tables_put(keeping->tables, name, text, strlen(text), keeping->err);
}

int tn_run_request_tables(struct tn_db *db, struct tn_run_request *state, const char *run, struct tn_err *err)
{
    struct keeping keeping = {.tables = &state->tables, .err = err};
    return tn_content_each(db, run, keep_table, &keeping, err);
}

static int find_run(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    int rc = tn_run_find(db, state->id, copy_row, state, err);
    if (rc == TENURE_OK)
        rc = tn_run_claimable(db, state->id, err);
    if (rc == TENURE_OK)
        rc = tn_run_request_tables(db, state, state->id, err);
    return rc < 0 ? rc : count_open(db, state, err);
}

/* That another workflow than the planned one goes on with the run, and who wanted it. */
static int note_changes(struct tn_db *db, const struct tn_run_request *state, struct tn_err *err)
{
    struct tn_buf body = {0};
    struct tn_json_writer w;
    if (!state->workflow || strcmp(state->workflow->digest, state->digest) == 0)
        return TENURE_OK;
    tn_jw_init(&w, &body);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "actor", state->actor);
    tn_jw_kv_string(&w, "is", state->workflow->digest);
    tn_jw_kv_string(&w, "was", state->digest);
    tn_jw_object_end(&w);
    int rc = body.failed ? tn_err_no_memory(err)
                         : tn_event_insert(db, state->id, "changes-accepted", NULL, tn_buf_text(&body), err);
    tn_buf_deinit(&body);
    return rc;
}

static int approve(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    int rc = state->ready ? tn_plan_check_begin(db, state->id, err) : TENURE_OK;
    if (rc < 0) {
        state->ready = 0; /* what was approved in time is too late as well */
        return rc;
    }
    rc = state->accept_changes ? note_changes(db, state, err) : TENURE_OK;
    if (rc < 0)
        return rc;
    if (state->approve)
        rc = tn_effect_approve(db, state->id, NULL, 0, state->actor, "--yes", &state->approved, err);
    return rc < 0 ? rc : count_open(db, state, err);
}

static void on_approved(struct tn_ledger_work *work);

static void submit_approval(struct tn_run_request *state)
{
    state->work = (struct tn_ledger_work){.run = approve, .done = on_approved};
    tn_ledger_submit(state->ledger, &state->work);
}

/* It is too late to approve the rest of a run that was begun. What was approved in time goes on all the same, and with it whatever was sent and
 * is to be looked into: that must not wait for a plan that nobody can approve any more. */
static void go_on_without_rest(struct tn_run_request *state)
{
    char text[256];
    snprintf(text, sizeof text,
             "the plan of run %s has expired: what was approved before goes on, the rest of it needs a new plan",
             state->id);
    on_warning(state, text);
    state->approve = false;
    submit_approval(state);
}

static void on_approved(struct tn_ledger_work *work)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    struct tn_err err = work->err;
    struct tn_request *request = state->request;
    bool expired = strcmp(err.name, "plan-expired") == 0;
    if (expired && state->ready) {
        go_on_without_rest(state);
        return;
    }
    if (err.code == 0 && state->interrupted)
        tn_err_set(&err, TENURE_ECANCELED, "interrupted before anything was sent");
    bool planned = strcmp(state->state, "planned") == 0;
    if (err.code == 0 && !state->ready && planned) {
        /* A plan without a single effect to carry out has nothing to approve either: it is simply done. */
        tn_run_request_summarize(state);
        return;
    }
    if (err.code == 0) {
        struct tn_run_setup setup = setup_of(state);
        tn_run_apply(&setup, state->id, &state->run, &err);
    }
    if (err.code < 0)
        tn_request_fail(request, &err, 0);
}

/* Guards name themselves; whatever else stops a run is an error, after which it goes on. */
static bool stopped_by_guard(const struct tn_run_request *state)
{
    return strcmp(state->state, "stopped") == 0 &&
           (strncmp(state->reason, "guard ", 6) == 0 || strncmp(state->reason, "no guard ", 9) == 0);
}

static void on_found(struct tn_ledger_work *work)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    struct tn_request *request = state->request;
    struct tn_err err = work->err;
    if (err.code < 0) {
        tn_request_refuse(request, &err);
        return;
    }
    bool done = strcmp(state->state, "done") == 0 && state->unended == 0;
    bool over = done || (stopped_by_guard(state) && state->has_plan);
    if (over && !state->ready) {
        tn_run_request_summarize(state); /* it is over: say so, change nothing */
        return;
    }
    if (!state->has_plan || !state->has_effects) {
        tn_plan_missing(state->id, state->state, state->reason, &err);
        tn_request_fail(request, &err, 0);
        return;
    }
    if (tn_run_request_restore(state, &err) < 0) {
        tn_request_refuse(request, &err);
        return;
    }
    submit_approval(state);
}

int tn_run_request_apply(struct tn_run_request *state, const char *id, struct tn_err *err)
{
    struct tn_request *request = state->request;
    int rc = tn_host_ledger(request, TN_LEDGER_CHANGE, &state->ledger, err);
    if (rc < 0)
        return rc;
    snprintf(state->id, sizeof state->id, "%s", id);
    state->work = (struct tn_ledger_work){.run = find_run, .done = on_found, .reads = true};
    tn_ledger_submit(state->ledger, &state->work);
    return TENURE_OK;
}

/* ---- summary ---------------------------------------------------------------------------------------------------- */

static int write_effect(void *arg, const struct tn_effect_row *effect)
{
    tn_effect_write(effect, arg);
    return 0;
}

/* Formats of one line per effect need the effects; the others the summary alone. */
static bool wants_rows(const struct tn_run_request *state)
{
    const char *format = tn_request_text(state->request, "output");
    return format && strcmp(format, "json") != 0 && strcmp(format, "table") != 0;
}

static int summarize(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    struct tn_json_writer w;
    tn_buf_reset(&state->summary);
    tn_jw_init(&w, &state->summary);
    int rc = tn_summary_write(db, state->id, &w, err);
    tn_buf_reset(&state->given_back);
    tn_buf_reset(&state->given_of);
    if (rc == TENURE_OK)
        rc = tn_summary_result(db, state->id, &state->given_back, &state->given_of, err);
    if (rc < 0 || !wants_rows(state))
        return rc;
    tn_buf_reset(&state->rows);
    tn_jw_init(&w, &state->rows);
    tn_jw_array(&w);
    rc = tn_effect_each(db, state->id, NULL, 0, write_effect, &w, err);
    tn_jw_array_end(&w);
    return rc;
}

/* The exit code and how many effects wait for approval, from the summary itself. */
static void read_summary(struct tn_run_request *state)
{
    struct tn_json_doc *doc = NULL;
    int64_t number = 0;
    if (tn_json_parse(state->request->host->documents, tn_buf_text(&state->summary), state->summary.len, 0, &doc,
                      NULL) < 0)
        return;
    struct tn_json root = tn_json_root(doc);
    const char *run_state = tn_json_string(root, "state", NULL);
    snprintf(state->state, sizeof state->state, "%s", run_state ? run_state : "");
    const char *reason = tn_json_string(root, "reason", NULL);
    snprintf(state->reason, sizeof state->reason, "%s", reason ? reason : "");
    if (tn_json_int(root, "exit_code", &number))
        state->exit_code = (int)number;
    if (stopped_by_guard(state) && state->exit_code < 5)
        state->exit_code = 5;
    if (tn_json_int(root, "effects.intended", &number))
        state->under_way = number;
    if (tn_json_int(root, "effects.approved", &number))
        state->not_sent = number;
    /* Where a part was approved, that part is what is to be done: the rest does not wait. */
    bool undecided =
        strcmp(state->state, "planned") == 0 && tn_json_int(root, "effects.approved", &number) && number == 0;
    if (undecided && tn_json_int(root, "effects.planned", &number))
        state->pending = (uint64_t)number;
    if (undecided && state->pending == 0 && tn_json_int(root, "may_follow", &number))
        state->pending = (uint64_t)number;
    tn_json_close(doc);
}

static bool is_apply(const struct tn_run_request *state)
{
    return state->request->kind == &tn_request_apply || state->request->kind == &tn_request_resume;
}

/* The first that applies of 2, 1, 75, 6, 5, 4, 3, 0. */
static int overall_exit(const struct tn_run_request *state)
{
    switch (state->pass_err.code) {
    case 0:
        break;
    case TENURE_EINVAL:
    case TENURE_ESCRIPT:
    case TENURE_EBUDGET:
        return 2;
    case TENURE_ECANCELED:
        return 75;
    default:
        return 1;
    }
    bool applying = is_apply(state);
    if (applying && state->exit_code < 5 && state->pending && !state->ready)
        return 4;
    return state->exit_code;
}

/* The tool failed while it applied, as when the ledger's disk got full: what that leaves behind, and how it goes on. */
static const char *broken_off(const struct tn_run_request *state, struct tn_buf *text)
{
    tn_buf_puts(text, state->pass_err.msg);
    tn_buf_puts(text, "; ");
    if (state->under_way)
        tn_buf_printf(text, "%lld effect%s sent, and what became of %s is not recorded; ", (long long)state->under_way,
                      state->under_way == 1 ? " was" : "s were", state->under_way == 1 ? "it" : "them");
    if (state->not_sent)
        tn_buf_printf(text, "%lld approved one%s not sent; ", (long long)state->not_sent,
                      state->not_sent == 1 ? " was" : "s were");
    tn_buf_printf(text, "`tenure resume %s` finds out and goes on once that is mended", state->id);
    return tn_buf_text(text);
}

static const char *overall_message(const struct tn_run_request *state, int exit_code, struct tn_buf *text)
{
    if (state->pass_err.code < 0 && exit_code == 1 && (state->under_way || state->not_sent))
        return broken_off(state, text);
    if (state->pass_err.code < 0)
        return state->pass_err.msg;
    if (exit_code == 4 && state->exit_code == 4 && state->run) {
        tn_buf_printf(text,
                      "everything that was to be done had drifted since it was planned: nothing was done; `tenure show "
                      "%s` says how, make a new plan",
                      state->id);
        return tn_buf_text(text);
    }
    if (exit_code == 4 && state->exit_code != 4) {
        tn_buf_printf(text, "run %s is not approved: nothing was done; approve with `tenure apply %s --yes`", state->id,
                      state->id);
        return tn_buf_text(text);
    }
    bool single = state->request->kind == &tn_request_call || state->request->kind == &tn_request_exec;
    if (single && exit_code == 5 && state->workflow && state->workflow->guard_count == 0)
        return "money needs a cap: say how much may move, such as --cap EUR=500";
    if (state->run && stopped_by_guard(state)) {
        tn_buf_printf(text, "%s; nothing more was begun", state->reason);
        return tn_buf_text(text);
    }
    if (is_apply(state) && !state->run && stopped_by_guard(state)) {
        tn_buf_printf(text, "run %s was stopped by a guard, and nothing was changed: %s", state->id, state->reason);
        return tn_buf_text(text);
    }
    if (is_apply(state) && !state->run && strcmp(state->state, "done") == 0) {
        tn_buf_printf(text, "run %s is over already: nothing was changed", state->id);
        return tn_buf_text(text);
    }
    return NULL;
}

/* A plan that is approved beforehand goes on to apply. */
static bool go_on_to_apply(struct tn_run_request *state)
{
    struct tn_err err = {0};
    struct tn_buf shown = {0};
    if (!state->apply_after_plan || !state->pending || state->pass_err.code < 0)
        return false;
    state->apply_after_plan = false;
    if (tn_host_render(state->request, "run", tn_buf_text(&state->summary), state->summary.len, &shown, &err) ==
        TENURE_OK)
        tn_host_emit(state->request, "plan", tn_buf_text(&shown), tn_buf_text(&state->summary));
    tn_buf_deinit(&shown);
    tn_run_free(state->run);
    state->run = NULL;
    state->approve = true;
    state->pending = 0;
    state->work = (struct tn_ledger_work){.run = approve, .done = on_approved};
    tn_ledger_submit(state->ledger, &state->work);
    return true;
}

static void on_summary(struct tn_ledger_work *work)
{
    struct tn_run_request *state = tn_container_of(work, struct tn_run_request, work);
    struct tn_request *request = state->request;
    struct tn_buf output = {0}, text = {0};
    struct tn_err err = work->err;
    if (err.code == 0 && (state->summary.failed || state->rows.failed))
        tn_err_no_memory(&err);
    if (err.code < 0) {
        /* The run never got into the ledger, or the ledger is gone: the pass's own error says more. */
        tn_request_fail(request, state->pass_err.code < 0 ? &state->pass_err : &err, 0);
        return;
    }
    tn_run_request_add_result(state);
    read_summary(state);
    if (go_on_to_apply(state))
        return;
    bool rows = wants_rows(state);
    const struct tn_buf *data = rows ? &state->rows : &state->summary;
    if (tn_host_render(request, rows ? "effects" : "run", tn_buf_text(data), data->len, &output, &err) < 0) {
        tn_request_fail(request, &err, 0);
        tn_buf_deinit(&output);
        return;
    }
    int exit_code = overall_exit(state);
    struct tn_request_result result = {
        .exit_code = exit_code,
        .run = state->id,
        .output = tn_buf_text(&output),
        .output_bytes = output.len,
        .pending = state->pending,
        .message = overall_message(state, exit_code, &text),
    };
    tn_request_finish(request, &result);
    tn_buf_deinit(&output);
    tn_buf_deinit(&text);
}

void tn_run_request_summarize(struct tn_run_request *state)
{
    state->work = (struct tn_ledger_work){.run = summarize, .done = on_summary, .reads = true};
    tn_ledger_submit(state->ledger, &state->work);
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

void tn_run_request_cancel(struct tn_request *request, bool again)
{
    struct tn_run_request *state = request->state;
    state->interrupted = true;
    state->apply_after_plan = false;
    if (state->run)
        tn_run_interrupt(state->run, again ? 0 : INTERRUPT_WAIT_MS);
}

void tn_run_request_lost(struct tn_request *request, const struct tn_connection *connection, const struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    if (!state->run || state->connection != connection)
        return;
    state->apply_after_plan = false;
    tn_run_lost(state->run, err);
}

void tn_run_request_end(struct tn_request *request)
{
    struct tn_run_request *state = request->state;
    tn_run_free(state->run);
    tn_workflow_free(state->workflow);
    tn_yaml_free(state->with);
    tn_diagnostics_free(state->problems);
    tn_customer_ids_free((char **)state->customers);
    free(state->only);
    free(state->states);
    free(state->again_list);
    tn_buf_deinit(&state->again_ids);
    free(state->file);
    free(state->stored);
    tn_buf_deinit(&state->inputs);
    tn_tables_deinit(&state->tables);
    tn_buf_deinit(&state->kept);
    tn_buf_deinit(&state->summary);
    tn_buf_deinit(&state->given_back);
    tn_buf_deinit(&state->given_of);
    tn_buf_deinit(&state->rows);
}
