/* Answers of the remote services: see answer.h. Envelopes: ARM common API details; Partner Center error codes. */
#include "azure/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void tn_answer_request_id(const struct tn_http_exchange *exchange, char out[64])
{
    const char *id = tn_http_header_of(exchange, "x-ms-request-id");
    if (!id)
        id = tn_http_header_of(exchange, "ms-requestid");
    snprintf(out, 64, "%s", id ? id : "");
}

/* Where nobody said how long the answer is, only one whole JSON value shows that none of it is missing: a proxy that dies
 * leaves a status and half a body, or none. */
static bool is_complete(const struct tn_http_exchange *exchange, lua_State *L)
{
    struct tn_json_doc *doc = NULL;
    if (!exchange->until_close)
        return true;
    bool complete = tn_json_parse(L, tn_buf_text(&exchange->answer), exchange->answer.len, 0, &doc, NULL) == TENURE_OK;
    tn_json_close(doc);
    return complete;
}

/*
 *   not sent, 401, 429           not done: another attempt may follow
 *   other complete 4xx           failed, but for 408 and 409, which may come after the fact
 *   complete 2xx                 done
 *   everything else, any 5xx     unknown: ARM gives up after 60 s while the provider may go on
 */
enum tn_fate tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L)
{
    if (exchange->fate == TN_HTTP_NOT_SENT)
        return TN_FATE_NOT_DONE;
    if (exchange->fate != TN_HTTP_ANSWERED || !is_complete(exchange, L))
        return TN_FATE_UNKNOWN;
    int status = exchange->status;
    if (status >= 200 && status < 300)
        return TN_FATE_DONE;
    if (status == 401 || status == 429)
        return TN_FATE_NOT_DONE;
    if (status >= 400 && status < 500 && status != 408 && status != 409)
        return TN_FATE_FAILED;
    return TN_FATE_UNKNOWN;
}

static const char *status_hint(const struct tn_operation *op, int status)
{
    if (op->service == TN_SERVICE_PLAIN)
        return status >= 300 && status < 400 ? " (redirections are not followed: ask where it points to)" : "";
    switch (status) {
    case 401:
        return " (the token was not accepted)";
    case 403:
        return " (the application has no rights there: assign it a role in the customer's tenant)";
    case 429:
        return " (throttled)";
    default:
        return "";
    }
}

static bool read_envelope(struct tn_json root, struct tn_err *err, const char **message)
{
    const char *code = tn_json_string(root, "error.code", NULL);
    *message = tn_json_string(root, "error.message", NULL);
    if (!code && !*message) {
        code = tn_json_string(root, "code", NULL);
        *message = tn_json_string(root, "description", NULL);
        if (!*message)
            *message = tn_json_string(root, "message", NULL);
    }
    int64_t number;
    if (code)
        snprintf(err->name, sizeof err->name, "%s", code);
    else if (tn_json_int(root, "code", &number))
        snprintf(err->name, sizeof err->name, "%lld", (long long)number);
    return err->name[0] || *message;
}

/* The first bytes of an answer that is no JSON, as one line. */
static void first_bytes(const struct tn_buf *answer, char *out, size_t size)
{
    size_t len = 0;
    const char *text = tn_buf_text(answer);
    for (size_t at = 0; at < answer->len && len + 5 < size;) {
        size_t step = tn_utf8_valid_at(text + at, answer->len - at);
        if (!step || (unsigned char)text[at] < 0x20 || text[at] == 0x7f) {
            out[len++] = ' ';
            at++;
            continue;
        }
        memcpy(out + len, text + at, step);
        len += step;
        at += step;
    }
    out[len] = '\0';
}

void tn_answer_read_error(const struct tn_operation *op, const struct tn_http_exchange *exchange, lua_State *L,
                          struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err ignored = {0};
    const char *message = NULL;
    char text[200] = "";
    int status = exchange->status;
    err->http_status = status;
    err->retryable = status == 408 || status == 429 || status >= 500;
    err->name[0] = '\0';
    tn_answer_request_id(exchange, err->request_id);
    bool envelope =
        tn_json_parse(L, tn_buf_text(&exchange->answer), exchange->answer.len, 0, &doc, &ignored) == TENURE_OK &&
        read_envelope(tn_json_root(doc), err, &message);
    if (!envelope)
        first_bytes(&exchange->answer, text, sizeof text);
    if (!err->name[0])
        snprintf(err->name, sizeof err->name, "HTTP%d", status);
    tn_err_set(err,
               status == 401 || status == 403 ? TENURE_EPERM
               : status == 404                ? TENURE_ENOENT
                                              : TENURE_EREMOTE,
               "%s.%s: HTTP %d %s%s%.400s%s", op->module, op->name, status, err->name, message || text[0] ? ": " : "",
               message ? message : text, status_hint(op, status));
    tn_json_close(doc);
}

/* Whether any field of the record is there, readable or not. What is made of several members says nothing of it. */
static bool says_something(const struct tn_record *record, struct tn_json body)
{
    for (const struct tn_field *field = record->fields; field->name; field++) {
        enum tn_json_type type = field->path ? tn_json_type_of(body, field->path) : TN_JSON_ABSENT;
        if (type != TN_JSON_ABSENT && type != TN_JSON_NULL)
            return true;
    }
    return false;
}

/* A list is checked where it is read (pages.h), a quote where it is made. */
static bool is_record(const struct tn_operation *op)
{
    return op->class == TN_CLASS_READ && op->record && op->paging == TN_PAGING_NONE && !op->read_quote;
}

int tn_answer_check(const struct tn_operation *op, struct tn_json body, struct tn_err *err)
{
    const char *inside = tn_json_string(body, "error.code", NULL), *message = NULL;
    bool nothing = is_record(op) && !says_something(op->record, body);
    if (!inside && !nothing)
        return TENURE_OK;
    if (read_envelope(body, err, &message))
        return tn_err_set(err, TENURE_EREMOTE, "%s.%s: answered 200 with an error inside: %s%s%.400s", op->module,
                          op->name, err->name, err->name[0] && message ? ": " : "", message ? message : "");
    return tn_err_set(err, TENURE_EPROTO, "%s.%s: the answer has nothing of the record %s in it", op->module, op->name,
                      op->record->name);
}

bool tn_answer_denied(const struct tn_err *err)
{
    return err->code == TENURE_EAUTH || err->http_status == 401 || err->http_status == 403;
}
