/* What a call asks: see ask.h. */
#include "azure/ask.h"

#include <string.h>

#include "azure/plain_http.h"
#include "net/url.h"

/* "{thing}": what we name ourselves. */
static const char *thing_of(const struct tn_call *call, char name[TN_THING_TEXT])
{
    if (!call->op->name_thing)
        return call->once;
    call->op->name_thing(call, name);
    return name;
}

/* The text for "{name}" or "{name.order}" of a path template. NULL: our own table is wrong. */
static const char *placeholder(const struct tn_call *call, const char *name, size_t len, char thing[TN_THING_TEXT])
{
    const char *dot = memchr(name, '.', len);
    if (len == strlen("thing") && memcmp(name, "thing", len) == 0)
        return thing_of(call, thing);
    size_t name_len = dot ? (size_t)(dot - name) : len;
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        const struct tn_argument_value *value = &call->values.of[i];
        const char *argument = call->op->arguments[i].name;
        if (strlen(argument) != name_len || strncmp(argument, name, name_len) != 0)
            continue;
        if (value->quote)
            return value->quote->order;
        return dot ? value->order : value->text;
    }
    return NULL;
}

static int put_path(struct tn_buf *url, const struct tn_call *call, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    for (const char *at = tn_operation_path(op, &call->values); *at;) {
        size_t plain = strcspn(at, "{");
        tn_buf_put(url, at, plain);
        at += plain;
        if (!*at)
            break;
        size_t len = strcspn(at, "}") - 1;
        char thing[TN_THING_TEXT];
        const char *text = placeholder(call, at + 1, len, thing);
        if (!text)
            return tn_err_set(err, TENURE_EINTERNAL, "%s.%s: nothing fills %.*s in its path", op->module, op->name,
                              (int)len + 2, at);
        int rc = tn_url_put_segment(url, text, err);
        if (rc < 0)
            return rc;
        at += len + 2;
    }
    return TENURE_OK;
}

void tn_ask_put_link(struct tn_buf *url, const struct tn_cloud *cloud, enum tn_service service, const char *link)
{
    if (link[0] == '/') {
        const char *prefix = cloud->prefix[service];
        size_t len = strlen(prefix);
        tn_buf_puts(url, cloud->origin[service]);
        if (strncmp(link, prefix, len) != 0 || (len && link[len] != '/'))
            tn_buf_puts(url, prefix);
    }
    tn_buf_puts(url, link);
}

static int make_url(struct tn_buf *url, const struct tn_call *call, const struct tn_cloud *cloud, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    tn_buf_reset(url);
    if (op->service == TN_SERVICE_PLAIN)
        return tn_plain_put_url(url, call, err);
    if (call->url) {
        tn_buf_puts(url, call->url);
        if (!tn_url_same_origin(call->url, cloud->origin[op->service]))
            return tn_err_set(err, TENURE_EPROTO, "%s.%s: the link to ask is of another host; not followed", op->module,
                              op->name);
        return url->failed ? tn_err_no_memory(err) : TENURE_OK;
    }
    tn_buf_puts(url, cloud->origin[op->service]);
    tn_buf_puts(url, cloud->prefix[op->service]);
    int rc = put_path(url, call, err);
    if (rc < 0)
        return rc;
    if (op->api_version)
        tn_url_put_query(url, "api-version", op->api_version);
    for (size_t i = 0; op->arguments[i].name; i++) {
        char made[TN_VALUE_TEXT];
        const struct tn_argument_value *value = &call->values.of[i];
        if (op->arguments[i].place == TN_IN_QUERY && op->arguments[i].where && value->given)
            tn_url_put_query(url, op->arguments[i].where, tn_value_text(&op->arguments[i], value, made));
    }
    if (op->put_query)
        rc = op->put_query(op, &call->values, url, err);
    return rc == TENURE_OK && url->failed ? tn_err_no_memory(err) : rc;
}

static int make_body(struct tn_buf *body, const struct tn_call *call, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    struct tn_json_writer w;
    tn_buf_reset(body);
    tn_jw_init(&w, body);
    int rc = op->build_body ? op->build_body(call, &w, err) : tn_values_write_body(op, &call->values, &w);
    return rc == TENURE_OK && body->failed ? tn_err_no_memory(err) : rc;
}

int tn_ask_make(struct tn_ask *ask, const struct tn_call *call, const struct tn_cloud *cloud, struct tn_err *err)
{
    int rc = make_url(&ask->url, call, cloud, err);
    return rc < 0 ? rc : make_body(&ask->body, call, err);
}

void tn_ask_add_header(struct tn_ask *ask, const char *name, const char *value)
{
    if (ask->header_count < TN_ASK_HEADERS)
        ask->headers[ask->header_count++] = (struct tn_http_header){name, value};
}

void tn_ask_put_headers(struct tn_ask *ask, const struct tn_call *call, const char *correlation)
{
    ask->header_count = 0;
    if (call->op->service == TN_SERVICE_PLAIN) {
        tn_plain_put_headers(ask, call, correlation);
        return;
    }
    tn_ask_add_header(ask, "Accept", "application/json");
    if (ask->body.len)
        tn_ask_add_header(ask, "Content-Type", "application/json");
    if (call->op->service == TN_SERVICE_PARTNER_CENTER) {
        tn_ask_add_header(ask, "MS-Contract-Version", "v1");
        tn_ask_add_header(ask, "MS-RequestId", call->repeat ? call->repeat : correlation);
        tn_ask_add_header(ask, "MS-CorrelationId", correlation);
    } else {
        tn_ask_add_header(ask, "x-ms-client-request-id", correlation);
        tn_ask_add_header(ask, "x-ms-correlation-request-id", correlation);
    }
}

void tn_ask_deinit(struct tn_ask *ask)
{
    tn_buf_deinit(&ask->url);
    tn_buf_deinit(&ask->body);
}
