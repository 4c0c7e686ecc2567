/* Pages of answers: see pages.h. */
#include "azure/pages.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "net/url.h"

#define MAX_PAGES 2000
#define MAX_BYTES ((size_t)512 << 20) /* of all pages together */

/* The path of a page's list; NULL: the operation does not page. */
static const char *list_of(const struct tn_operation *op)
{
    if (op->list)
        return op->list;
    switch (op->paging) {
    case TN_PAGING_NEXT_LINK:
        return "value";
    case TN_PAGING_LINKS_NEXT:
        return "items";
    default:
        return NULL;
    }
}

struct tn_json tn_call_items(const struct tn_operation *op, struct tn_json body)
{
    const char *list = list_of(op);
    return list && tn_json_type_of(body, "") != TN_JSON_ARRAY ? tn_json_find(body, list) : body;
}

/* ---- taking a page ---------------------------------------------------------------------------------------------- */

static int keep_page(struct tn_call *call, struct tn_json_doc *doc, struct tn_err *err)
{
    struct tn_json_doc **list = tn_array_grow(call->pages, call->page_count, sizeof(struct tn_json_doc *));
    if (!list)
        return tn_err_no_memory(err);
    call->pages = list;
    call->pages[call->page_count++] = doc;
    return TENURE_OK;
}

int tn_pages_take(struct tn_pages *pages, struct tn_call *call, const struct tn_http_exchange *exchange,
                  struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    struct tn_json_doc *doc = NULL;
    int rc =
        tn_json_parse(call->L, tn_buf_text(&exchange->answer), exchange->answer.len, op->max_body_bytes, &doc, err);
    pages->bytes += exchange->answer.len;
    if (rc == TENURE_OK && pages->bytes > MAX_BYTES) {
        tn_json_close(doc);
        return tn_err_set(err, TENURE_ERANGE, "%s.%s: the pages together are over %zu MiB", op->module, op->name,
                          MAX_BYTES >> 20);
    }
    if (rc < 0) {
        err->http_status = exchange->status;
        err->retryable = rc == TENURE_EPROTO;
        return tn_err_prefix(err, "%s.%s: HTTP %d, but the answer is no usable JSON", op->module, op->name,
                             exchange->status);
    }
    rc = keep_page(call, doc, err);
    if (rc < 0)
        tn_json_close(doc);
    return rc;
}

/* ---- the next one ----------------------------------------------------------------------------------------------- */

static void keep_continuation(struct tn_pages *pages, struct tn_json next)
{
    tn_buf_reset(&pages->continuation);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(next, "headers")); tn_json_next(&it);) {
        const char *key = tn_json_string(it.value, "key", NULL), *value = tn_json_string(it.value, "value", NULL);
        /* Only what the service documents: an answer must not choose our other headers. */
        if (!key || !value || strcasecmp(key, "MS-ContinuationToken") != 0)
            continue;
        tn_buf_put(&pages->continuation, "MS-ContinuationToken", sizeof "MS-ContinuationToken");
        tn_buf_put(&pages->continuation, value, strlen(value) + 1);
    }
}

/* "nextLink" stands beside the list: "properties.ids.value" has "properties.ids.nextLink". */
static const char *read_next_link(const struct tn_operation *op, struct tn_json body)
{
    const char *dot = op->list ? strrchr(op->list, '.') : NULL;
    char path[96];
    snprintf(path, sizeof path, "%.*snextLink", dot ? (int)(dot - op->list) + 1 : 0, dot ? op->list : "");
    return tn_json_string(body, path, NULL);
}

static const char *read_link(struct tn_pages *pages, const struct tn_operation *op, struct tn_json body)
{
    struct tn_json next;
    switch (op->paging) {
    case TN_PAGING_NEXT_LINK:
        return read_next_link(op, body);
    case TN_PAGING_LINKS_NEXT:
        next = tn_json_find(body, "links.next");
        keep_continuation(pages, next);
        return tn_json_string(next, "uri", NULL);
    default:
        return NULL;
    }
}

/* What stands in the list is what the record is made of: an object, or text where there is no record. */
static int check_items(const struct tn_operation *op, struct tn_json items, struct tn_err *err)
{
    bool words = !op->record;
    size_t number = 0;
    for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
        number++;
        if (tn_json_type_of(it.value, "") != (words ? TN_JSON_STRING : TN_JSON_OBJECT))
            return tn_err_set(err, TENURE_EPROTO, "%s.%s: entry %zu of the list is no %s", op->module, op->name, number,
                              words ? "text" : "object");
    }
    return TENURE_OK;
}

int tn_pages_find_next(struct tn_pages *pages, const struct tn_call *call, const struct tn_cloud *cloud,
                       const struct tn_ask *ask, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    struct tn_json body = tn_json_root(call->pages[call->page_count - 1]);
    const char *list = list_of(op);
    tn_buf_reset(&pages->next_url);
    if (list && tn_json_type_of(tn_call_items(op, body), "") != TN_JSON_ARRAY)
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: the answer has no list \"%s\"", op->module, op->name, list);
    int rc = list ? check_items(op, tn_call_items(op, body), err) : TENURE_OK;
    if (rc < 0)
        return rc;
    pages->items += (int64_t)tn_json_length(tn_call_items(op, body));
    const char *link = call->most && pages->items >= call->most ? NULL : read_link(pages, op, body);
    if (!link || !*link)
        return TENURE_OK;
    tn_ask_put_link(&pages->next_url, cloud, op->service, link);
    if (pages->next_url.failed || pages->continuation.failed)
        return tn_err_no_memory(err);
    if (!tn_url_same_origin(pages->next_url.data, cloud->origin[op->service]))
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: the next page is said to be on another host; not followed",
                          op->module, op->name);
    if (strcmp(pages->next_url.data, tn_buf_text(&ask->url)) == 0 && !pages->continuation.len)
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: a page names itself as the next one", op->module, op->name);
    if (call->page_count >= MAX_PAGES)
        return tn_err_set(err, TENURE_ERANGE, "%s.%s: more than %d pages", op->module, op->name, MAX_PAGES);
    return TENURE_OK;
}

bool tn_pages_turn(struct tn_pages *pages, struct tn_ask *ask)
{
    if (!pages->next_url.len)
        return false;
    struct tn_buf swap = ask->url;
    ask->url = pages->next_url;
    pages->next_url = swap;
    tn_buf_reset(&pages->next_url);
    return true;
}

void tn_pages_add_headers(const struct tn_pages *pages, struct tn_ask *ask)
{
    const char *end = pages->continuation.data + pages->continuation.len;
    for (const char *at = pages->continuation.data; at && at < end;) {
        const char *value = at + strlen(at) + 1;
        tn_ask_add_header(ask, at, value);
        at = value + strlen(value) + 1;
    }
}

void tn_pages_deinit(struct tn_pages *pages)
{
    tn_buf_deinit(&pages->next_url);
    tn_buf_deinit(&pages->continuation);
}
