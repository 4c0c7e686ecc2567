/*
 * Request "output": one of the tables that a run's scripts filled.
 *
 * What the table looks like is kept with the run. The rows are read in one go and written a page at a time, so that only
 * their text grows with them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/host.h"
#include "base/id.h"
#include "base/text.h"
#include "ledger/store.h"

#define PAGE_ROWS 5000

struct output {
    struct tn_request *request;
    struct tn_ledger_work work;
    char run[128];
    const char *name, *format; /* format: as asked for; NULL: by the file's name */
    struct tn_buf kept;        /* JSON: what the run was started with */
    struct tn_buf rows;        /* JSON objects, each with its NUL */
    struct tn_buf text;
};

/* No file is called after the first. */
static const char *const formats[] = {"table", "json", "jsonl", "tsv", "csv", "md", NULL};

/* ---- what the ledger has ---------------------------------------------------------------------------------------- */

static int on_run(void *arg, const struct tn_run_row *row)
{
    struct output *output = arg;
    snprintf(output->run, sizeof output->run, "%s", row->id);
    tn_buf_puts(&output->kept, row->request ? row->request : "{}");
    return 0;
}

static int on_row(void *arg, const char *row)
{
    tn_buf_put(arg, row, strlen(row) + 1);
    return 0;
}

static int gather(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct output *output = tn_container_of(work, struct output, work);
    struct tn_output_place place = TN_OUTPUT_BEGIN;
    int rc = tn_run_find(db, output->run, on_run, output, err);
    if (rc == TENURE_OK)
        rc = tn_output_each(db, output->run, output->name, &place, INT64_MAX, on_row, &output->rows, err);
    return rc == TENURE_OK && (output->kept.failed || output->rows.failed) ? tn_err_no_memory(err) : rc;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static int refuse_name(const struct output *output, struct tn_json declared, struct tn_err *err)
{
    const char *names[65];
    size_t count = 0;
    for (struct tn_json_iter it = tn_json_each(declared); count < 64 && tn_json_next(&it);)
        names[count++] = tn_json_string(it.value, "name", NULL);
    names[count] = NULL;
    const char *close = tn_closest(output->name, names);
    if (count == 0)
        return tn_err_set(err, TENURE_ENOENT, "the workflow of run %s declares no outputs", output->run);
    if (close)
        return tn_err_set(err, TENURE_ENOENT, "run %s has no output '%.64s': did you mean '%s'?", output->run,
                          output->name, close);
    return tn_err_set(err, TENURE_ENOENT, "run %s has no output '%.64s': the first is '%s'", output->run, output->name,
                      names[0]);
}

static const char *choose_format(const struct output *output, struct tn_json declared)
{
    const char *to = tn_request_text(output->request, "to");
    const char *format = output->format ? output->format : tn_text_format(to, formats + 1);
    if (!format && !to)
        format = tn_text_format(tn_json_string(declared, "file", NULL), formats + 1);
    return format ? format : "csv";
}

static int write_page(struct output *output, const char *columns, size_t *at, bool *first, struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    tn_jw_object(&w);
    tn_jw_kv_bool(&w, "first", *first);
    tn_jw_key(&w, "columns");
    tn_jw_raw(&w, columns, strlen(columns));
    tn_jw_key(&w, "rows");
    tn_jw_array(&w);
    for (size_t i = 0; i < PAGE_ROWS && *at < output->rows.len; i++) {
        const char *row = output->rows.data + *at;
        tn_jw_raw(&w, row, strlen(row));
        *at += strlen(row) + 1;
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
    *first = false;
    int rc = json.failed ? tn_err_no_memory(err)
                         : tn_host_render(output->request, "output", json.data, json.len, &output->text, err);
    tn_buf_deinit(&json);
    return rc;
}

static int write_pages(struct output *output, struct tn_json declared, struct tn_err *err)
{
    struct tn_buf columns = {0};
    struct tn_json_writer w;
    size_t at = 0;
    bool first = true, json = strcmp(output->request->format, "json") == 0;
    tn_jw_init(&w, &columns);
    int rc = tn_json_write(tn_json_find(declared, "columns"), &w, err);
    if (json)
        tn_buf_putc(&output->text, '[');
    while (rc == TENURE_OK && (first || at < output->rows.len)) {
        if (json && !first)
            tn_buf_putc(&output->text, ',');
        rc = write_page(output, tn_buf_text(&columns), &at, &first, err);
    }
    if (json)
        tn_buf_puts(&output->text, "]\n");
    tn_buf_deinit(&columns);
    return rc == TENURE_OK && output->text.failed ? tn_err_no_memory(err) : rc;
}

static int write_output(struct output *output, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    int rc =
        tn_json_parse(output->request->host->documents, tn_buf_text(&output->kept), output->kept.len, 0, &doc, err);
    if (rc < 0)
        return rc;
    struct tn_json outputs = tn_json_find(tn_json_root(doc), "outputs");
    bool found = false;
    for (struct tn_json_iter it = tn_json_each(outputs); rc == TENURE_OK && !found && tn_json_next(&it);) {
        const char *name = tn_json_string(it.value, "name", NULL);
        found = name && strcmp(name, output->name) == 0;
        if (!found)
            continue;
        output->request->format = choose_format(output, it.value);
        rc = write_pages(output, it.value, err);
    }
    if (!found)
        rc = refuse_name(output, outputs, err);
    tn_json_close(doc);
    return rc;
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static void on_gathered(struct tn_ledger_work *work)
{
    struct output *output = tn_container_of(work, struct output, work);
    struct tn_request *request = output->request;
    struct tn_err err = work->err;
    if (err.code == 0)
        write_output(output, &err);
    if (err.code < 0) {
        tn_request_fail(request, &err, err.code == TENURE_ENOENT ? 2 : 0);
        return;
    }
    struct tn_request_result result = {
        .run = output->run, .output = tn_buf_text(&output->text), .output_bytes = output->text.len};
    tn_request_finish(request, &result);
}

static int check_format(const struct output *output, struct tn_err *err)
{
    size_t i = 0;
    while (output->format && formats[i] && strcmp(formats[i], output->format) != 0)
        i++;
    if (!output->format || formats[i])
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL, "output: there is no format '%.40s': table, json, jsonl, tsv, csv or md",
                      output->format);
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct output *output = request->state;
    struct tn_ledger *ledger;
    const char *id;
    output->request = request;
    output->format = tn_request_text(request, "output");
    int rc = tn_request_required(request, "run", &id, err);
    if (rc >= 0)
        rc = tn_request_required(request, "name", &output->name, err);
    if (rc >= 0)
        rc = check_format(output, err);
    if (rc >= 0)
        rc = tn_host_ledger(request, TN_LEDGER_READ, &ledger, err);
    if (rc < 0)
        return rc;
    snprintf(output->run, sizeof output->run, "%s", id);
    output->work = (struct tn_ledger_work){.run = gather, .done = on_gathered, .reads = true};
    tn_ledger_submit(ledger, &output->work);
    return TENURE_OK;
}

static void end(struct tn_request *request)
{
    struct output *output = request->state;
    tn_buf_deinit(&output->kept);
    tn_buf_deinit(&output->rows);
    tn_buf_deinit(&output->text);
}

const struct tn_request_kind tn_request_output = {
    .name = "output", .state_size = sizeof(struct output), .start = start, .end = end};
