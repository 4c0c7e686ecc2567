/*
 * Who takes part in a plan: the source's customers, narrowed by the command line, and those for whom `where` holds.
 *
 *   partner-center (all pages) | file | list | own tenant ─▶ join ─▶ rows ─▶ narrow ─▶ details ─▶ where, one by one ─▶ ledger
 *
 * An error in `where` stops the plan: silently dropping a customer would be worse than not running. One whose details
 * cannot be read is kept as unreachable, without being asked about.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/id.h"
#include "workflow/details.h"
#include "workflow/join.h"
#include "workflow/pass.h"

struct candidate {
    char *id, *name, *domain, *record;
    char code[64], *message; /* why its details could not be read; NULL */
    bool kept;
};

struct tn_population {
    struct tn_run *run;
    void (*on_ready)(struct tn_run *run);
    struct tn_call list; /* customers.list */
    bool list_active;
    struct candidate *candidates;
    size_t count, next;
    struct tn_details *details;
    size_t *asked; /* whose details are asked for: places in candidates */
    void *seen;    /* tsearch tree of ids: a customer takes part once */
    struct tn_script_scope *scope;
    struct tn_script_job job;
    struct tn_json_doc *doc;
    struct tn_job step;
    struct tn_ledger_work work;
    bool storing, abandoned;
};

static int compare_ids(const void *a, const void *b)
{
    return strcasecmp(a, b);
}

static void keep_nothing(void *id)
{
    (void)id; /* owned by its candidate */
}

static void end_where(struct tn_population *population)
{
    struct tn_run *run = population->run;
    if (population->scope) {
        run->setup.scripts->cancel(&population->job);
        run->setup.scripts->scope_free(population->scope);
    }
    population->scope = NULL;
    tn_json_close(population->doc);
    population->doc = NULL;
}

static void destroy(struct tn_population *population)
{
    struct tn_run *run = population->run;
    if (population->list_active) {
        struct tn_caller *caller = tn_engine_caller(run->setup.engine);
        caller->cancel(caller, &population->list);
    }
    tn_call_release(&population->list);
    tn_values_deinit(&population->list.values);
    tn_job_cancel(run->setup.loop, &population->step);
    end_where(population);
    tn_details_free(population->details);
    free(population->asked);
    tdestroy(population->seen, keep_nothing);
    for (size_t i = 0; i < population->count; i++) {
        free(population->candidates[i].id);
        free(population->candidates[i].name);
        free(population->candidates[i].domain);
        free(population->candidates[i].record);
        free(population->candidates[i].message);
    }
    free(population->candidates);
    free(population);
}

void tn_population_free(struct tn_population *population, bool ledger_closed)
{
    if (!population)
        return;
    if (population->storing && !ledger_closed)
        population->abandoned = true; /* its transaction is under way; it frees itself when that comes back */
    else
        destroy(population);
}

static void fail(struct tn_population *population, const struct tn_err *err)
{
    tn_pass_fail(population->run, err); /* frees us in the run's next step */
}

/* ---- candidates ------------------------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

/* Add one, unless it is there already. record is taken; NULL is a failed allocation. */
static int add_candidate(struct tn_population *population, const char *id, const char *name, const char *domain,
                         char *record, struct tn_err *err)
{
    struct candidate *candidates = tn_array_grow(population->candidates, population->count, sizeof *candidates);
    if (!candidates) {
        free(record);
        return tn_err_no_memory(err);
    }
    population->candidates = candidates;
    struct candidate *candidate = &population->candidates[population->count];
    *candidate = (struct candidate){.id = copy(id), .name = copy(name), .domain = copy(domain), .record = record};
    population->count++; /* whatever happens now, destroy() frees it */
    if (!candidate->id || !candidate->name || !candidate->domain || !record)
        return tn_err_no_memory(err);
    char **found = tsearch(candidate->id, &population->seen, compare_ids);
    if (!found)
        return tn_err_no_memory(err);
    candidate->kept = *found == candidate->id;
    return TENURE_OK;
}

/* The record of a customer that only a list names: its id, and its domain where that is what was given. */
static int add_named(struct tn_population *population, const char *id, struct tn_err *err)
{
    struct tn_buf buf = {0};
    struct tn_json_writer w;
    bool domain = !tn_guid_valid(id, strlen(id));
    tn_jw_init(&w, &buf);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", id);
    if (domain) {
        tn_jw_key(&w, "companyProfile");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "domain", id);
        tn_jw_object_end(&w);
    }
    tn_jw_object_end(&w);
    return add_candidate(population, id, "", domain ? id : "", tn_buf_take(&buf, NULL), err);
}

static int add_listed(struct tn_population *population, struct tn_json customer, struct tn_err *err)
{
    struct tn_buf buf = {0};
    struct tn_json_writer w;
    const char *id = tn_json_string(customer, "id", NULL);
    if (!id)
        return tn_err_set(err, TENURE_EPROTO, "customers.list: a customer without an id");
    tn_jw_init(&w, &buf);
    int rc = tn_json_write(customer, &w, err);
    if (rc < 0) {
        tn_buf_deinit(&buf);
        return rc;
    }
    return add_candidate(population, id, tn_json_string(customer, "companyProfile.companyName", NULL),
                         tn_json_string(customer, "companyProfile.domain", NULL), tn_buf_take(&buf, NULL), err);
}

/* ---- narrowing -------------------------------------------------------------------------------------------------- */

static bool is_called(const struct candidate *candidate, const char *word, bool by_name)
{
    char derived[TN_GUID_TEXT];
    tn_guid_derive(derived, word);
    return tn_id_equal(candidate->id, word) || (candidate->domain[0] && tn_id_equal(candidate->domain, word)) ||
           tn_id_equal(candidate->id, derived) || (by_name && candidate->name[0] && strcmp(candidate->name, word) == 0);
}

/* Keep only those that the words name. A word that names nobody is a mistake worth stopping for. */
static int narrow(struct tn_population *population, const char *const *words, size_t count, bool by_name,
                  const char *option, struct tn_err *err)
{
    if (!count)
        return TENURE_OK;
    bool *named = calloc(population->count + 1, sizeof *named);
    if (!named)
        return tn_err_no_memory(err);
    int rc = TENURE_OK;
    for (size_t w = 0; w < count && rc == TENURE_OK; w++) {
        size_t hits = 0;
        for (size_t i = 0; i < population->count; i++) {
            if (!population->candidates[i].kept || !is_called(&population->candidates[i], words[w], by_name))
                continue;
            named[i] = true;
            hits++;
        }
        if (!hits)
            rc = tn_err_set(err, TENURE_EINVAL, "%s: '%.100s' is none of the workflow's %zu customers", option,
                            words[w], population->count);
    }
    for (size_t i = 0; i < population->count && rc == TENURE_OK; i++)
        population->candidates[i].kept = population->candidates[i].kept && named[i];
    free(named);
    return rc;
}

static int compare_texts(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Keep only those of an earlier run. Who is no customer any more cannot take part again; that nobody can is a mistake. */
static int narrow_again(struct tn_population *population, const char *const *ids, size_t count, struct tn_err *err)
{
    size_t kept = 0;
    if (!count)
        return TENURE_OK;
    const char **sorted = calloc(count, sizeof *sorted);
    if (!sorted)
        return tn_err_no_memory(err);
    memcpy(sorted, ids, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_texts);
    for (size_t i = 0; i < population->count; i++) {
        struct candidate *candidate = &population->candidates[i];
        const char *id = candidate->id;
        candidate->kept = candidate->kept && bsearch(&id, sorted, count, sizeof *sorted, compare_texts);
        kept += candidate->kept;
    }
    free(sorted);
    if (kept)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL,
                      "--again: none of the earlier run's %zu customers is among the workflow's %zu", count,
                      population->count);
}

/* ---- into the ledger -------------------------------------------------------------------------------------------- */

static int store(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_population *population = tn_container_of(work, struct tn_population, work);
    const struct tn_run *run = population->run;
    int64_t seq = 0;
    for (size_t i = 0; i < population->count; i++) {
        const struct candidate *candidate = &population->candidates[i];
        if (!candidate->kept)
            continue;
        struct tn_customer_row row = {.run = run->id,
                                      .id = candidate->id,
                                      .name = candidate->name,
                                      .domain = candidate->domain,
                                      .record = candidate->record,
                                      .state = candidate->message ? "unreachable" : "waiting",
                                      .code = candidate->message ? candidate->code : NULL,
                                      .message = candidate->message,
                                      .seq = seq++};
        int rc = tn_customer_insert(db, &row, err);
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

static int make_customers(struct tn_population *population, struct tn_err *err)
{
    struct tn_run *run = population->run;
    run->customers = calloc(population->count + 1, sizeof *run->customers);
    if (!run->customers)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < population->count; i++) {
        const struct candidate *candidate = &population->candidates[i];
        if (!candidate->kept || candidate->message)
            continue;
        struct tn_customer_row row = {.id = candidate->id,
                                      .name = candidate->name,
                                      .domain = candidate->domain,
                                      .record = candidate->record,
                                      .seq = (int64_t)run->customer_count};
        int rc = tn_pass_customer_init(&run->customers[run->customer_count], run, &row, err);
        if (rc < 0)
            return rc;
        run->customer_count++;
    }
    return TENURE_OK;
}

static void on_stored(struct tn_ledger_work *work)
{
    struct tn_population *population = tn_container_of(work, struct tn_population, work);
    struct tn_run *run = population->run;
    struct tn_err err = work->err;
    population->storing = false;
    if (population->abandoned) {
        destroy(population);
        tn_pass_kick(run);
        return;
    }
    if (err.code == 0)
        make_customers(population, &err);
    if (err.code < 0) {
        fail(population, &err);
        return;
    }
    void (*on_ready)(struct tn_run *) = population->on_ready;
    run->population = NULL;
    destroy(population);
    on_ready(run);
}

static void submit(struct tn_population *population)
{
    population->storing = true;
    population->work = (struct tn_ledger_work){.run = store, .done = on_stored};
    tn_ledger_submit(population->run->setup.ledger, &population->work);
}

/* ---- where ------------------------------------------------------------------------------------------------------ */

static void refuse_call(struct tn_caller *caller, struct tn_call *call)
{
    (void)caller;
    tn_err_set(&call->err, TENURE_EPERM, "where: only `each` may call primitives");
    call->done(call);
}

static void cancel_nothing(struct tn_caller *caller, struct tn_call *call)
{
    (void)caller;
    (void)call;
}

static struct tn_caller no_caller = {refuse_call, cancel_nothing};

static void next_where(struct tn_job *job);

static void on_where(struct tn_script_job *job)
{
    struct tn_population *population = job->owner;
    struct candidate *candidate = &population->candidates[population->next++];
    struct tn_run *run = population->run;
    struct tn_err err = job->err;
    bool failed = job->result != TN_SCRIPT_VALUE;
    candidate->kept = !failed && job->truth == 1;
    run->setup.scripts->release(job);
    end_where(population);
    if (failed) {
        if (err.code == 0)
            tn_err_set(&err, TENURE_ESCRIPT, "where: a customer cannot be skipped or failed here");
        tn_err_prefix(&err, "customer %s (%s)", candidate->name, candidate->id);
        fail(population, &err);
        return;
    }
    tn_job_post(run->setup.loop, &population->step, next_where);
}

static int start_where(struct tn_population *population, const struct candidate *candidate, struct tn_err *err)
{
    struct tn_run *run = population->run;
    size_t *rows = NULL, row_count = 0;
    population->doc = tn_pass_record_doc(run, candidate->record, err);
    if (!population->doc ||
        (run->rows && tn_rows_of_find(run->rows, candidate->id, candidate->domain, &rows, &row_count, err) < 0))
        return err->code;
    struct tn_script_scope_setup setup = {
        .customer = tn_json_root(population->doc),
        .rows = rows,
        .row_count = row_count,
        .now_s = tn_loop_wall_ms(run->setup.loop) / 1000,
        .caller = &no_caller,
        .random_seed = tn_pass_seed(run->id, candidate->id),
    };
    int rc = run->setup.scripts->scope_new(run->scripts, &setup, &population->scope, err);
    free(rows);
    if (rc < 0)
        return rc;
    population->job = (struct tn_script_job){.done = on_where, .owner = population};
    run->setup.scripts->start(population->scope, TN_SCRIPT_WHERE, 0, SIZE_MAX, &population->job);
    return TENURE_OK;
}

static bool is_asked_about(const struct candidate *candidate)
{
    return candidate->kept && !candidate->message;
}

static void next_where(struct tn_job *job)
{
    struct tn_population *population = tn_container_of(job, struct tn_population, step);
    bool has_where = population->run->setup.workflow->customers.where.text;
    while (population->next < population->count &&
           (!has_where || !is_asked_about(&population->candidates[population->next])))
        population->next++;
    if (population->next == population->count) {
        submit(population);
        return;
    }
    struct tn_err err = {0};
    if (start_where(population, &population->candidates[population->next], &err) < 0)
        fail(population, &err);
}

/* ---- join ------------------------------------------------------------------------------------------------------- */

static int join_one(const struct tn_join *join, struct candidate *candidate, const struct candidate **claims,
                    struct tn_err *err)
{
    const struct tn_join_row *row;
    int rc = tn_join_find(join, candidate->id, candidate->domain, candidate->name, &row, err);
    if (rc < 0)
        return rc;
    const struct candidate **claim = row ? &claims[row - join->rows] : NULL;
    if (claim && *claim)
        return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: '%.80s' is two customers, %s and %s: join them by id",
                          join->file, row->line, row->column, row->who, (*claim)->id, candidate->id);
    if (claim)
        *claim = candidate;
    candidate->record = tn_join_record(join, candidate->record, row);
    return candidate->record ? TENURE_OK : tn_err_no_memory(err);
}

/* Give every customer what the workflow's file knows of it: before narrowing, so that a name shared with somebody left
 * out is found too. */
static int join_all(struct tn_population *population, struct tn_err *err)
{
    const struct tn_join *join = population->run->setup.workflow->customers.join;
    if (!join)
        return TENURE_OK;
    const struct candidate **claims = calloc(join->row_count, sizeof *claims);
    int rc = claims ? TENURE_OK : tn_err_no_memory(err);
    for (size_t i = 0; i < population->count && rc == TENURE_OK; i++) {
        if (population->candidates[i].kept)
            rc = join_one(join, &population->candidates[i], claims, err);
    }
    free(claims);
    return rc;
}

/* ---- details ---------------------------------------------------------------------------------------------------- */

static const char *id_of_asked(void *arg, size_t index)
{
    const struct tn_population *population = arg;
    return population->candidates[population->asked[index]].id;
}

/* The longer record stands in for that of the list; what the workflow's file knows is put into it again. */
static int take_details(struct tn_population *population, struct candidate *candidate, struct tn_json customer,
                        struct tn_err *err)
{
    const struct tn_join *join = population->run->setup.workflow->customers.join;
    struct tn_buf buf = {0};
    struct tn_json_writer w;
    const struct tn_join_row *row = NULL;
    tn_jw_init(&w, &buf);
    int rc = tn_json_write(customer, &w, err);
    if (rc == TENURE_OK && join)
        rc = tn_join_find(join, candidate->id, candidate->domain, candidate->name, &row, err);
    char *record = rc < 0 ? NULL : tn_buf_take(&buf, NULL);
    tn_buf_deinit(&buf);
    if (record && join)
        record = tn_join_record(join, record, row);
    if (!record)
        return rc < 0 ? rc : tn_err_no_memory(err);
    free(candidate->record);
    candidate->record = record;
    return TENURE_OK;
}

static int on_details(void *arg, size_t index, struct tn_json customer, const struct tn_err *why, struct tn_err *err)
{
    struct tn_population *population = arg;
    struct candidate *candidate = &population->candidates[population->asked[index]];
    if (why->code == 0)
        return take_details(population, candidate, customer, err);
    snprintf(candidate->code, sizeof candidate->code, "%s", tn_err_name(why));
    candidate->message = copy(why->msg);
    return candidate->message ? TENURE_OK : tn_err_no_memory(err);
}

static void on_all_details(void *arg, const struct tn_err *err)
{
    struct tn_population *population = arg;
    if (err->code < 0)
        fail(population, err);
    else
        tn_job_post(population->run->setup.loop, &population->step, next_where);
}

static int ask_details(struct tn_population *population, struct tn_err *err)
{
    const struct tn_run_setup *setup = &population->run->setup;
    struct tn_details_setup details = {.engine = setup->engine,
                                       .documents = setup->documents,
                                       .id_of = id_of_asked,
                                       .on_one = on_details,
                                       .on_end = on_all_details,
                                       .arg = population};
    population->asked = calloc(population->count + 1, sizeof *population->asked);
    if (!population->asked)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < population->count; i++) {
        if (population->candidates[i].kept)
            population->asked[details.count++] = i;
    }
    return tn_details_start(&details, &population->details, err);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static int claim_rows(struct tn_rows_of *rows, struct candidate *candidate, struct tn_err *err)
{
    size_t *numbers = NULL, count = 0;
    int rc = tn_rows_of_find(rows, candidate->id, candidate->domain, &numbers, &count, err);
    for (size_t i = 0; i < count && rc == TENURE_OK; i++)
        rc = tn_rows_of_claim(rows, numbers[i], candidate->id, err);
    candidate->kept = rc == TENURE_OK && count > 0;
    free(numbers);
    return rc;
}

/* Keep only those with rows; a row of nobody's is a mistake worth stopping for. Before narrowing: that rows are left
 * out on purpose is none. */
static int claim_all_rows(struct tn_population *population, struct tn_err *err)
{
    struct tn_rows_of *rows = population->run->rows;
    int rc = TENURE_OK;
    if (!rows)
        return rc;
    for (size_t i = 0; i < population->count && rc == TENURE_OK; i++) {
        if (population->candidates[i].kept)
            rc = claim_rows(rows, &population->candidates[i], err);
    }
    return rc == TENURE_OK ? tn_rows_of_check(rows, err) : rc;
}

static void on_candidates(struct tn_population *population)
{
    const struct tn_run_setup *setup = &population->run->setup;
    struct tn_err err = {0};
    if (join_all(population, &err) < 0 || claim_all_rows(population, &err) < 0 ||
        narrow(population, setup->customers, setup->customer_count, false, "--customers", &err) < 0 ||
        narrow(population, setup->only, setup->only_count, true, "--only", &err) < 0 ||
        narrow_again(population, setup->again, setup->again_count, &err) < 0) {
        fail(population, &err);
        return;
    }
    if (!setup->workflow->customers.details)
        tn_job_post(setup->loop, &population->step, next_where);
    else if (ask_details(population, &err) < 0)
        fail(population, &err);
}

/* ---- sources ---------------------------------------------------------------------------------------------------- */

static void on_list(struct tn_call *call)
{
    struct tn_population *population = call->owner;
    struct tn_err err = call->err;
    population->list_active = false;
    for (size_t page = 0; page < call->page_count && err.code == 0; page++) {
        struct tn_json items = tn_call_items(call->op, tn_json_root(call->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); err.code == 0 && tn_json_next(&it);)
            add_listed(population, it.value, &err);
    }
    if (err.code < 0) {
        fail(population, &err);
        return;
    }
    tn_call_release(call);
    on_candidates(population);
}

static void start_list(struct tn_population *population)
{
    struct tn_caller *caller = tn_engine_caller(population->run->setup.engine);
    population->list = (struct tn_call){.op = tn_operation_find("customers", "list"),
                                        .L = population->run->setup.documents,
                                        .done = on_list,
                                        .owner = population};
    population->list_active = true;
    caller->start(caller, &population->list);
}

static void add_given(struct tn_job *job)
{
    struct tn_population *population = tn_container_of(job, struct tn_population, step);
    const struct tn_customers_source *source = &population->run->setup.workflow->customers;
    struct tn_err err = {0};
    if (source->from == TN_CUSTOMERS_OWN)
        add_named(population, population->run->partner_tenant, &err);
    for (size_t i = 0; i < source->count && err.code == 0; i++)
        add_named(population, source->ids[i], &err);
    if (err.code < 0)
        fail(population, &err);
    else
        on_candidates(population);
}

void tn_population_start(struct tn_run *run, void (*on_ready)(struct tn_run *run))
{
    struct tn_population *population = calloc(1, sizeof *population);
    if (!population) {
        struct tn_err err = {0};
        tn_err_no_memory(&err);
        tn_pass_fail(run, &err);
        return;
    }
    *population = (struct tn_population){.run = run, .on_ready = on_ready};
    run->population = population;
    if (run->setup.workflow->customers.from == TN_CUSTOMERS_PARTNER_CENTER)
        start_list(population);
    else
        tn_job_post(run->setup.loop, &population->step, add_given);
}
