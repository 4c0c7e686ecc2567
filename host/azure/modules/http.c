/*
 * tenure.http: hosts that are none of Azure's: a web hook to tell of what was done, a database of one's own to look
 * customers up in. Facts: RFC 9110 (HTTP Semantics), methods and status codes.
 *
 * A host is asked only where a permission names it: http:HOST, or http:get:HOST for reading. Whatever is no GET is an
 * effect, which nothing but the name it is given tells from the next one. PUT and DELETE may be repeated (RFC 9110,
 * 9.2.2), so that a doubt is met by repeating. POST and PATCH may not: where nobody knows whether one arrived, a person
 * finds out.
 */
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/modules.h"
#include "net/url.h"

#define MAX_ANSWER ((size_t)4 << 20)

static const struct tn_field response_fields[] = {
    {.name = "status", .path = "status", .type = TN_TYPE_INTEGER, .column = true, .doc = "of HTTP: 200 to 299"},
    {.name = "type", .path = "type", .type = TN_TYPE_STRING, .column = true, .doc = "of the content, as the host says"},
    {.name = "text", .path = "text", .type = TN_TYPE_STRING, .column = true, .doc = "the content, where it is text"},
    {.name = "json",
     .path = "json",
     .type = TN_TYPE_TABLE,
     .doc = "the content as a table, where it is a list or an object in JSON"},
    {.name = NULL},
};
static const struct tn_record tn_record_response = {"response", response_fields, "What a host answered (plain HTTP)"};

static const struct tn_record *const records[] = {&tn_record_response, NULL};

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* Without TLS only on this machine. */
static int check_address(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    struct tn_buf origin = {0};
    int rc = tn_url_origin_of(tn_values_get(op, values, "url")->text, &origin, err);
    if (rc == TENURE_OK && strncmp(origin.data, "http:", 5) == 0 && !tn_url_is_loopback(origin.data))
        rc = tn_err_set(err, TENURE_EINVAL, "'%.200s' would be asked without TLS: write https", origin.data);
    if (rc == TENURE_OK && strchr(tn_values_get(op, values, "url")->text, '#'))
        rc = tn_err_set(err, TENURE_EINVAL, "an address to ask has no fragment: leave out what begins with #");
    tn_buf_deinit(&origin);
    return rc < 0 ? tn_err_prefix(err, "%s.%s: url", op->module, op->name) : rc;
}

static int check_content(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    if (tn_values_get(op, values, "json")->given && tn_values_get(op, values, "text")->given)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: give either json or text", op->module, op->name);
    return check_address(op, values, err);
}

/* The value of one parameter as text; NULL: it is no plain value. */
static const char *parameter(struct tn_json value, char made[32])
{
    int64_t integer;
    double number;
    bool boolean;
    if (tn_json_type_of(value, "") == TN_JSON_STRING)
        return tn_json_string(value, "", NULL);
    if (tn_json_bool(value, "", &boolean))
        return boolean ? "true" : "false";
    if (tn_json_int(value, "", &integer))
        snprintf(made, 32, "%lld", (long long)integer);
    else if (tn_json_double(value, "", &number))
        snprintf(made, 32, "%.15g", number);
    else
        return NULL;
    return made;
}

static int put_parameters(const struct tn_operation *op, struct tn_json parameters, struct tn_buf *url,
                          struct tn_err *err)
{
    for (struct tn_json_iter it = tn_json_each(parameters); tn_json_next(&it);) {
        char made[32];
        const char *text = it.key ? parameter(it.value, made) : NULL;
        if (!text)
            return tn_err_set(err, TENURE_EINVAL, "%s.%s: parameters takes names with texts, numbers, true or false",
                              op->module, op->name);
        tn_url_put_query(url, it.key, text);
    }
    return TENURE_OK;
}

static int put_query(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                     struct tn_err *err)
{
    const struct tn_argument_value *parameters = tn_values_get(op, values, "parameters");
    lua_State *L = NULL;
    struct tn_json_doc *doc = NULL;
    if (!parameters->given)
        return TENURE_OK;
    int rc = tn_json_state_new(&L, err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, parameters->text, strlen(parameters->text), 0, &doc, err);
    if (rc == TENURE_OK)
        rc = put_parameters(op, tn_json_root(doc), url, err);
    tn_json_close(doc);
    if (L)
        lua_close(L);
    return rc;
}

static int build_content(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    const struct tn_argument_value *json = tn_call_argument(call, "json"), *text = tn_call_argument(call, "text");
    const struct tn_argument_value *content = json->given ? json : text;
    if (content->given)
        tn_jw_raw(w, content->text, strlen(content->text));
    return TENURE_OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

#define ARGUMENT_URL                                                                          \
    {                                                                                         \
        "url", TN_TYPE_STRING, true, TN_IN_PATH, NULL, NULL,                                  \
            "whole address, https://HOST[:PORT]/PATH; plans show it, and the ledger keeps it" \
    }
#define ARGUMENT_PARAMETERS                                         \
    {                                                               \
        "parameters", TN_TYPE_JSON, false, TN_IN_QUERY, NULL, NULL, \
            "by their names, added to the address as it "           \
            "takes them"                                            \
    }
#define ARGUMENTS_CONTENT                                                                            \
    {"json", TN_TYPE_JSON, false, TN_IN_BODY, NULL, NULL, "what to send, as JSON"},                  \
    {                                                                                                \
        "text", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "what to send instead, as plain text" \
    }
#define CHANGES(its_name, its_method, its_class, gone_is_done, its_doc, its_source)                                 \
    {                                                                                                               \
        .module = "http", .name = its_name, .method = its_method, .path = "{url}", .service = TN_SERVICE_PLAIN,     \
        .class = its_class, .arguments = {ARGUMENT_URL, ARGUMENT_PARAMETERS, ARGUMENTS_CONTENT},                    \
        .record = &tn_record_response, .put_query = put_query, .build_body = build_content, .check = check_content, \
        .takes_once = true, .absent_is_done = gone_is_done, .max_body_bytes = MAX_ANSWER, .doc = its_doc,           \
        .source = its_source,                                                                                       \
    }

static const struct tn_operation operations[] = {
    {
        .module = "http",
        .name = "get",
        .method = "GET",
        .path = "{url}",
        .service = TN_SERVICE_PLAIN,
        .arguments = {ARGUMENT_URL, ARGUMENT_PARAMETERS},
        .record = &tn_record_response,
        .put_query = put_query,
        .check = check_address,
        .max_body_bytes = MAX_ANSWER,
        .doc = "What is at an address. Redirections are not followed.",
        .source = "RFC 9110 (HTTP Semantics), 9.3.1",
    },
    CHANGES("post", "POST", TN_CLASS_ONCE, false, "Send something to an address, such as a message to a web hook.",
            "RFC 9110 (HTTP Semantics), 9.3.3"),
    CHANGES("put", "PUT", TN_CLASS_NAMED, false, "Put something at an address, in the place of what is there.",
            "RFC 9110 (HTTP Semantics), 9.3.4"),
    CHANGES("patch", "PATCH", TN_CLASS_ONCE, false, "Change a part of what is at an address.",
            "RFC 5789 (PATCH Method for HTTP)"),
    CHANGES("delete", "DELETE", TN_CLASS_NAMED, true, "Take away what is at an address.",
            "RFC 9110 (HTTP Semantics), 9.3.5"),
    {.module = NULL},
};

const struct tn_module tn_module_http = {"http", operations, records,
                                         "Hosts that are none of Azure's: web hooks, databases of one's own"};
