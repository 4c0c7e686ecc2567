/* Long-running operations: see operation_result.h. */
#include "azure/operation_result.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "net/url.h"

#define FIRST_WAIT_MS 1000
#define LONGEST_WAIT_MS 30000
#define LONGEST_MS ((int64_t)15 * 60 * 1000) /* quotes were recorded at 21 s */

const struct tn_operation tn_capacity_result = {
    .module = "operations",
    .name = "result",
    .method = "GET",
    .path = "/providers/Microsoft.Capacity/operationResults/{result}",
    .api_version = "2022-11-01",
    .service = TN_SERVICE_ARM,
    .arguments = {{"result", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "id of the operation"}},
};

/* Retry-After where the service says it; else a little longer each time. */
static void set_wait(struct tn_result_poll *poll, const struct tn_http_exchange *exchange)
{
    int64_t longer = poll->wait_ms ? poll->wait_ms * 3 / 2 : FIRST_WAIT_MS;
    if (longer > LONGEST_WAIT_MS)
        longer = LONGEST_WAIT_MS;
    poll->wait_ms = exchange->retry_after_ms >= 0 ? exchange->retry_after_ms : longer;
}

int tn_result_begin(struct tn_result_poll *poll, const struct tn_call *call, const struct tn_http_exchange *exchange,
                    const struct tn_cloud *cloud, int64_t now_ms, struct tn_ask *ask, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    if (op->long_running != TN_LRO_OPERATION || exchange->status != 202)
        return 0;
    const char *url = tn_http_header_of(exchange, "azure-asyncoperation");
    if (!url)
        url = tn_http_header_of(exchange, "location");
    if (!url || !tn_url_same_origin(url, cloud->origin[op->service]))
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: HTTP 202, but %s to ask how it goes on", op->module, op->name,
                          url ? "another host is named" : "nowhere is named");
    tn_buf_reset(&ask->url);
    tn_buf_reset(&ask->body);
    tn_buf_puts(&ask->url, url);
    poll->polling = true;
    poll->until_ms = now_ms + LONGEST_MS;
    poll->late = false;
    set_wait(poll, exchange);
    return ask->url.failed ? tn_err_no_memory(err) : 1;
}

enum tn_result_word tn_result_word(const char *status)
{
    static const char *const good[] = {"Succeeded", "Completed", "Registered", NULL};
    static const char *const bad[] = {"Failed", "Canceled", "Cancelled", NULL};
    if (!status)
        return TN_RESULT_NONE;
    if (tn_text_among_any_case(status, bad))
        return TN_RESULT_BAD;
    if (strcasecmp(status, "NotRegistered") == 0)
        return TN_RESULT_AS_BEFORE;
    return tn_text_among_any_case(status, good) ? TN_RESULT_GOOD : TN_RESULT_RUNNING;
}

static int ended_badly(const struct tn_operation *op, struct tn_json body, const char *status, struct tn_err *err)
{
    const char *code = tn_json_string(body, "error.code", NULL), *text = tn_json_string(body, "error.message", NULL);
    snprintf(err->name, sizeof err->name, "%s", code ? code : status);
    return tn_err_set(err, TENURE_EREMOTE, "%s.%s: the operation ended as %s%s%s%s%.400s", op->module, op->name, status,
                      code ? ", " : "", code ? code : "", text ? ": " : "", text ? text : "");
}

int tn_result_read(struct tn_result_poll *poll, const struct tn_call *call, const struct tn_http_exchange *exchange,
                   struct tn_json body, int64_t now_ms, struct tn_err *err)
{
    const struct tn_operation *op = call->op;
    const char *status = tn_json_string(body, "status", NULL);
    enum tn_result_word word = tn_result_word(status);
    if (word == TN_RESULT_BAD)
        return ended_badly(op, body, status, err);
    if (exchange->status != 202 && word != TN_RESULT_RUNNING)
        return 0;
    /* A process that was stopped over the deadline reads an answer from before it. */
    bool was_late = poll->late;
    poll->late = now_ms >= poll->until_ms;
    if (was_late)
        return tn_err_set(err, TENURE_ETIMEDOUT, "%s.%s: still %s after 15 minutes; ask again later", op->module,
                          op->name, status ? status : "running");
    set_wait(poll, exchange);
    return 1;
}
