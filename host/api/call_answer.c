/* What `tenure call` shows of an answer: see call_answer.h. */
#include "api/call_answer.h"

#include "api/request.h"
#include "azure/quote.h"
#include "azure/record_write.h"

struct writing {
    const struct tn_call_answer *answer;
    const struct tn_record *record; /* NULL: plain values */
    struct tn_json_writer *w;
    bool replaced; /* a row is no record any more */
};

int tn_call_answer_open(struct tn_call_answer *answer, const struct tn_request *request, const struct tn_operation *op,
                        struct tn_err *err)
{
    const char *query = tn_request_text(request, "query");
    answer->most = tn_request_integer(request, "top", 0);
    if (op->class != TN_CLASS_READ && (query || answer->most))
        return tn_err_set(err, TENURE_EINVAL, "%s.%s changes something: --query and --top are for reads", op->module,
                          op->name);
    return query ? tn_query_new(request->host->loop, query, op->record, &answer->query, err) : TENURE_OK;
}

void tn_call_answer_close(struct tn_call_answer *answer)
{
    tn_query_free(answer->query);
    answer->query = NULL;
}

static int write_kept(const struct writing *writing, struct tn_json at, struct tn_err *err)
{
    return writing->record ? tn_record_write(writing->record, at, writing->w, err) : tn_json_write(at, writing->w, err);
}

static int write_row(struct writing *writing, struct tn_json at, struct tn_err *err)
{
    struct tn_buf instead = {0};
    if (!writing->answer->query)
        return write_kept(writing, at, err);
    int rc = tn_query_ask(writing->answer->query, at, &instead, err);
    if (rc == TN_QUERY_KEEPS) {
        rc = write_kept(writing, at, err);
    } else if (rc == TN_QUERY_REPLACES) {
        tn_jw_raw(writing->w, tn_buf_text(&instead), instead.len);
        writing->replaced = true;
    }
    tn_buf_deinit(&instead);
    return rc < 0 ? rc : TENURE_OK;
}

/* What the host found in a quote stands beside what the service sent, as it does for scripts. */
static int write_quote(struct writing *writing, const struct tn_call *call, struct tn_json body, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    struct tn_json_doc *doc = NULL;
    tn_jw_init(&w, &text);
    int rc = tn_quote_write(call->quote, body, call->L, &w, err);
    if (rc == TENURE_OK && text.failed)
        rc = tn_err_no_memory(err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(call->L, tn_buf_text(&text), text.len, 0, &doc, err);
    if (rc == TENURE_OK)
        rc = write_row(writing, tn_json_root(doc), err);
    tn_json_close(doc);
    tn_buf_deinit(&text);
    return rc;
}

static int write_rows(struct writing *writing, const struct tn_call *call, struct tn_err *err)
{
    int64_t count = 0, most = writing->answer->most;
    int rc = TENURE_OK;
    for (size_t page = 0; page < call->page_count && rc == TENURE_OK; page++) {
        struct tn_json body = tn_json_root(call->pages[page]);
        if (call->op->paging == TN_PAGING_NONE)
            return call->quote ? write_quote(writing, call, body, err) : write_row(writing, body, err);
        for (struct tn_json_iter it = tn_json_each(tn_call_items(call->op, body));
             rc == TENURE_OK && (!most || count < most) && tn_json_next(&it); count++)
            rc = write_row(writing, it.value, err);
    }
    return rc;
}

/* What a single record has lists of is shown below it. */
static void write_lists(const struct tn_record *record, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (const struct tn_field *field = record->fields; field->name; field++) {
        if (field->type != TN_TYPE_LIST || !field->record)
            continue;
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", field->name);
        tn_jw_key(w, "columns");
        tn_record_write_columns(field->record, w);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

int tn_call_answer_write(const struct tn_call_answer *answer, const struct tn_call *call, struct tn_json_writer *w,
                         struct tn_err *err)
{
    struct writing writing = {.answer = answer, .record = call->op->record, .w = w};
    tn_jw_object(w);
    tn_jw_kv_bool(w, "single", call->op->paging == TN_PAGING_NONE);
    tn_jw_key(w, "rows");
    tn_jw_array(w);
    int rc = write_rows(&writing, call, err);
    tn_jw_array_end(w);
    if (rc < 0 && rc != TENURE_EINVAL) /* what is wrong with a query is the caller's */
        tn_err_prefix(err, "%s.%s", call->op->module, call->op->name);
    if (writing.record && !writing.replaced) {
        tn_jw_key(w, "columns");
        tn_record_write_columns(writing.record, w);
        if (call->op->paging == TN_PAGING_NONE) {
            tn_jw_key(w, "lists");
            write_lists(writing.record, w);
        }
    }
    tn_jw_object_end(w);
    return rc;
}
