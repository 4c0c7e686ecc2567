/* One request and its answer: see call.h. */
#include "simulator/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/state.h"

#define VALUE_MOST 8192 /* of one header of an answer */

const char *const tn_sim_header_names[TN_SIM_HEADERS] = {
    [TN_SIM_AUTHORIZATION] = "Authorization",
    [TN_SIM_CLIENT_REQUEST_ID] = "x-ms-client-request-id",
    [TN_SIM_RETURN_CLIENT_REQUEST_ID] = "x-ms-return-client-request-id",
    [TN_SIM_CORRELATION_REQUEST_ID] = "x-ms-correlation-request-id",
    [TN_SIM_MS_REQUEST_ID] = "MS-RequestId",
    [TN_SIM_MS_CORRELATION_ID] = "MS-CorrelationId",
    [TN_SIM_MS_CONTINUATION] = "MS-ContinuationToken",
};

/* ---- the target ------------------------------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding in place; what is no escape, and an escaped NUL, stays as it is. */
static void decode(char *text, bool form)
{
    char *out = text;
    for (char *at = text; *at; at++) {
        int high = *at == '%' ? hex_value(at[1]) : -1;
        int low = high >= 0 ? hex_value(at[2]) : -1;
        if (low >= 0 && high + low > 0) {
            *out++ = (char)(high << 4 | low);
            at += 2;
        } else {
            *out++ = form && *at == '+' ? ' ' : *at;
        }
    }
    *out = '\0';
}

size_t tn_sim_pairs_parse(char *text, struct tn_sim_pair *pairs, size_t max)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *part = strtok_r(text, "&", &rest); part && count < max; part = strtok_r(NULL, "&", &rest)) {
        char *equals = strchr(part, '=');
        if (equals)
            *equals = '\0';
        pairs[count] = (struct tn_sim_pair){part, equals ? equals + 1 : part + strlen(part)};
        decode(pairs[count].name, true);
        decode(pairs[count].value, true);
        count++;
    }
    return count;
}

/* One segment too many is kept apart from all routes by counting it. */
static void parse_target(struct tn_sim_call *call)
{
    char *query = strchr(call->target, '?');
    if (query)
        *query++ = '\0';
    char *rest = NULL;
    for (char *part = strtok_r(call->target, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        if (call->segment_count == TN_SIM_MAX_SEGMENTS)
            break;
        decode(part, false);
        call->segments[call->segment_count++] = part;
    }
    if (query)
        call->query_count = tn_sim_pairs_parse(query, call->query, TN_SIM_MAX_QUERY);
}

struct tn_sim_call *tn_sim_call_new(struct tn_simulator *simulator, const char *target)
{
    struct tn_sim_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->simulator = simulator;
    call->body.limit = TN_SIM_MAX_BODY;
    call->target = strdup(target);
    if (!call->target) {
        free(call);
        return NULL;
    }
    parse_target(call);
    return call;
}

void tn_sim_call_free(struct tn_sim_call *call)
{
    if (!call)
        return;
    tn_json_close(call->document);
    for (size_t i = 0; i < TN_SIM_HEADERS; i++)
        free(call->headers[i]);
    tn_buf_deinit(&call->body);
    free(call->target);
    free(call);
}

bool tn_sim_call_set_header(struct tn_sim_call *call, enum tn_sim_header header, const char *value)
{
    free(call->headers[header]);
    call->headers[header] = strdup(value);
    return call->headers[header];
}

const char *tn_sim_call_query(const struct tn_sim_call *call, const char *name)
{
    for (size_t i = 0; i < call->query_count; i++) {
        if (tn_id_equal(call->query[i].name, name))
            return call->query[i].value;
    }
    return NULL;
}

bool tn_sim_call_number(const struct tn_sim_call *call, const char *name, int64_t *value)
{
    const char *text = tn_sim_call_query(call, name);
    if (!text)
        return true;
    int64_t number = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || number > 100000000)
            return false;
        number = number * 10 + (*at - '0');
    }
    *value = number;
    return *text;
}

bool tn_sim_object_text(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '{';
}

bool tn_sim_call_json(struct tn_sim_call *call, struct tn_json *root)
{
    if (!call->document) {
        const char *text = tn_buf_text(&call->body);
        if (tn_json_parse(call->simulator->json, text, call->body.len, TN_SIM_MAX_BODY, &call->document, NULL) < 0)
            return false;
    }
    *root = tn_json_root(call->document);
    return tn_sim_object_text(tn_buf_text(&call->body));
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

void tn_sim_answer_deinit(struct tn_sim_answer *answer)
{
    tn_buf_deinit(&answer->body);
    tn_buf_deinit(&answer->header_text);
}

void tn_sim_answer_reset(struct tn_sim_answer *answer)
{
    tn_buf_reset(&answer->body);
    tn_buf_reset(&answer->header_text);
    answer->header_count = 0;
    answer->content_type = NULL;
    answer->status = 0;
}

void tn_sim_answer_header(struct tn_sim_answer *answer, const char *name, const char *fmt, ...)
{
    char text[VALUE_MOST];
    struct tn_buf *values = &answer->header_text;
    if (answer->header_count == TN_SIM_MAX_HEADERS)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' '; /* an echoed header must not start another */
    }
    answer->headers[answer->header_count].name = name;
    answer->headers[answer->header_count].at = values->len;
    if (tn_buf_put(values, text, strlen(text) + 1))
        answer->header_count++;
    else
        answer->body.failed = true; /* an answer without one of its headers would be another answer */
}

const char *tn_sim_answer_header_value(const struct tn_sim_answer *answer, size_t number)
{
    return tn_buf_text(&answer->header_text) + answer->headers[number].at;
}

struct tn_json_writer tn_sim_answer_json(struct tn_sim_answer *answer, int status)
{
    struct tn_json_writer w;
    answer->status = status;
    tn_jw_init(&w, &answer->body);
    return w;
}
