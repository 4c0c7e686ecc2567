/* Plain HTTP: see plain_http.h. */
#include "azure/plain_http.h"

#include <string.h>

#include "base/utf8.h"
#include "net/url.h"

int tn_plain_put_url(struct tn_buf *url, const struct tn_call *call, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    tn_buf_puts(url, tn_call_argument(call, "url")->text);
    int rc = op->put_query ? op->put_query(op, &call->values, url, err) : TENURE_OK;
    return rc == TENURE_OK && url->failed ? tn_err_no_memory(err) : rc;
}

void tn_plain_put_headers(struct tn_ask *ask, const struct tn_call *call, const char *correlation)
{
    bool text = tn_call_argument(call, "text")->given;
    tn_ask_add_header(ask, "Accept", "application/json, */*;q=0.8");
    if (ask->body.len)
        tn_ask_add_header(ask, "Content-Type", text ? "text/plain; charset=utf-8" : "application/json");
    if (call->repeat)
        tn_ask_add_header(ask, "Idempotency-Key", call->repeat);
    tn_ask_add_header(ask, "x-ms-client-request-id", correlation);
    tn_ask_add_header(ask, "x-ms-correlation-request-id", correlation);
}

/* What the body is as JSON; absent: it is none. */
static enum tn_json_type json_type(const struct tn_buf *body, lua_State *L)
{
    struct tn_json_doc *doc = NULL;
    if (!body->len || tn_json_parse(L, body->data, body->len, 0, &doc, NULL) < 0)
        return TN_JSON_ABSENT;
    enum tn_json_type type = tn_json_type_of(tn_json_root(doc), "");
    tn_json_close(doc);
    return type;
}

void tn_plain_answer(struct tn_http_exchange *exchange, lua_State *L)
{
    struct tn_buf *body = &exchange->answer, made = {0};
    struct tn_json_writer w;
    if (exchange->fate != TN_HTTP_ANSWERED || exchange->status < 200 || exchange->status >= 300)
        return;
    const char *type = tn_http_header_of(exchange, "content-type");
    enum tn_json_type json = json_type(body, L);
    if (exchange->class == TN_HTTP_READ && json == TN_JSON_ABSENT && type && strcasestr(type, "json"))
        return; /* cut short: it is asked for again */
    tn_jw_init(&w, &made);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "status", exchange->status);
    if (type && tn_utf8_check(type, strlen(type)) == strlen(type))
        tn_jw_kv_string(&w, "type", type);
    if (body->len && tn_utf8_check(body->data, body->len) == body->len) {
        tn_jw_key(&w, "text");
        tn_jw_string_len(&w, body->data, body->len);
    }
    if (json == TN_JSON_OBJECT || json == TN_JSON_ARRAY) {
        tn_jw_key(&w, "json");
        tn_jw_raw(&w, body->data, body->len);
    }
    tn_jw_object_end(&w);
    tn_buf_deinit(body);
    *body = made;
}
