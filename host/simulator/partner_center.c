/* Partner Center: see partner_center.h. */
#include "simulator/partner_center.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simulator/state.h"
#include "simulator/token.h"

#define PAGE_MOST 500
#define PAGE_DEFAULT 100
#define TOKEN_PREFIX "seek-" /* continuation tokens are opaque to clients: the place in the list */

void tn_sim_partner_headers(struct tn_sim_call *call)
{
    char id[TN_GUID_TEXT];
    const char *request = call->headers[TN_SIM_MS_REQUEST_ID], *correlation = call->headers[TN_SIM_MS_CORRELATION_ID];
    tn_sim_random_guid(&call->simulator->ids, id);
    tn_sim_answer_header(call->answer, "MS-RequestId", "%s", request ? request : id);
    tn_sim_answer_header(call->answer, "MS-CorrelationId", "%s", correlation ? correlation : id);
    tn_sim_answer_header(call->answer, "MS-CV", "%.22s.0", id);
    tn_sim_answer_header(call->answer, "MS-ServerId", "simulator");
}

void tn_sim_partner_error(struct tn_sim_call *call, int status, int code, const char *fmt, ...)
{
    char description[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(description, sizeof description, fmt, args);
    va_end(args);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "code", code);
    tn_jw_kv_string(&w, "description", description);
    tn_jw_key(&w, "data");
    tn_jw_array(&w);
    tn_jw_array_end(&w);
    tn_jw_kv_string(&w, "source", "PartnerApiServiceCore");
    tn_jw_object_end(&w);
}

bool tn_sim_partner_admit(struct tn_sim_call *call)
{
    switch (tn_sim_token_check(call, TN_SIM_FOR_PARTNER_CENTER)) {
    case TN_SIM_TOKEN_GOOD:
        if (call->customer == call->simulator->world.partner)
            return true;
        tn_sim_partner_error(call, 401, 800001, "The token is not for the partner's own tenant.");
        break;
    case TN_SIM_TOKEN_MISSING:
        tn_sim_partner_error(call, 401, 800001, "The request carries no token.");
        break;
    case TN_SIM_TOKEN_EXPIRED:
        tn_sim_partner_error(call, 401, 800001, "The token has expired.");
        break;
    default:
        tn_sim_partner_error(call, 401, 800001, "The token is invalid.");
        break;
    }
    tn_sim_answer_header(call->answer, "WWW-Authenticate", "Bearer");
    return false;
}

/* ---- customers -------------------------------------------------------------------------------------------------- */

static void write_attributes(struct tn_json_writer *w, const char *type)
{
    tn_jw_key(w, "attributes");
    tn_jw_object(w);
    tn_jw_kv_string(w, "objectType", type);
    tn_jw_object_end(w);
}

static void write_profile(struct tn_json_writer *w, const struct tn_sim_customer *customer)
{
    tn_jw_key(w, "companyProfile");
    tn_jw_object(w);
    tn_jw_kv_string(w, "tenantId", customer->id);
    tn_jw_kv_string(w, "domain", customer->domain);
    tn_jw_kv_string(w, "companyName", customer->name);
    write_attributes(w, "CustomerCompanyProfile");
    tn_jw_object_end(w);
}

/* The single read tells more: how the customer is billed, and whether the partner may act there. */
static void write_details(struct tn_json_writer *w, const struct tn_sim_customer *customer)
{
    tn_jw_key(w, "billingProfile");
    tn_jw_object(w);
    tn_jw_kv_string(w, "companyName", customer->name);
    tn_jw_kv_string(w, "culture", "en-US");
    tn_jw_kv_string(w, "language", "en");
    tn_jw_key(w, "defaultAddress");
    tn_jw_object(w);
    tn_jw_kv_string(w, "country", customer->country);
    tn_jw_object_end(w);
    tn_jw_kv_string(w, "currency", customer->currency->code);
    write_attributes(w, "CustomerBillingProfile");
    tn_jw_object_end(w);
    tn_jw_kv_bool(w, "allowDelegatedAccess", !customer->rights_missing);
}

static void write_customer(struct tn_json_writer *w, const struct tn_sim_customer *customer, bool details)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", customer->id);
    tn_jw_kv_string(w, "commerceId", customer->subscription);
    write_profile(w, customer);
    tn_jw_kv_string(w, "relationshipToPartner", customer->relationship);
    if (details)
        write_details(w, customer);
    write_attributes(w, "Customer");
    tn_jw_object_end(w);
}

void tn_sim_customers_get(struct tn_sim_call *call)
{
    struct tn_sim_world *world = &call->simulator->world;
    const char *id = call->params[0];
    if (!tn_guid_valid(id, strlen(id))) {
        tn_sim_partner_error(call, 400, 800002, "'%.60s' is not a customer id.", id);
        return;
    }
    const struct tn_sim_customer *customer = tn_sim_customer_find(world, id);
    if (!customer || customer == world->partner) {
        tn_sim_partner_error(call, 403, 20002, "There is no commerce relationship with the customer '%s'.", id);
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_buf_puts(&call->answer->body, "\xef\xbb\xbf"); /* some of its bodies begin with a byte order mark */
    write_customer(&w, customer, true);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* What a request for the list wants. */
struct query {
    int64_t size, from;
    bool by_domain;
    char prefix[128]; /* "": all */
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* {"Field": "CompanyName", "Value": "con", "Operator": "starts_with"} */
static bool read_filter(struct tn_sim_call *call, const char *text, struct query *query)
{
    struct tn_json_doc *doc = NULL;
    if (tn_json_parse(call->simulator->json, text, strlen(text), TN_SIM_MAX_BODY, &doc, NULL) < 0)
        return false;
    const char *field = tn_json_string(tn_json_root(doc), "Field", NULL);
    const char *value = tn_json_string(tn_json_root(doc), "Value", NULL);
    const char *comparison = tn_json_string(tn_json_root(doc), "Operator", NULL);
    bool good = field && value && comparison && tn_id_equal(comparison, "starts_with") &&
                (tn_id_equal(field, "CompanyName") || tn_id_equal(field, "Domain"));
    if (good) {
        query->by_domain = tn_id_equal(field, "Domain");
        snprintf(query->prefix, sizeof query->prefix, "%s", value);
    }
    tn_json_close(doc);
    return good;
}

static bool read_query(struct tn_sim_call *call, struct query *query)
{
    const char *filter = tn_sim_call_query(call, "filter");
    const char *seek = tn_sim_call_query(call, "seekOperation"), *token = call->headers[TN_SIM_MS_CONTINUATION];
    *query = (struct query){.size = PAGE_DEFAULT};
    if (!tn_sim_call_number(call, "size", &query->size)) {
        tn_sim_partner_error(call, 400, 800002, "The query's size is not a number.");
        return false;
    }
    if (query->size < 1 || query->size > PAGE_MOST)
        query->size = query->size < 1 ? PAGE_DEFAULT : PAGE_MOST;
    if (filter && !read_filter(call, filter, query)) {
        tn_sim_partner_error(call, 400, 800002, "The query's filter is not one: Field, Value, Operator starts_with.");
        return false;
    }
    if (!seek)
        return true;
    char rest;
    long long from = 0;
    if (!token || sscanf(token, TOKEN_PREFIX "%lld%c", &from, &rest) != 1 || from < 0) {
        tn_sim_partner_error(call, 400, 800002, "seekOperation needs the MS-ContinuationToken of the page before.");
        return false;
    }
    query->from = from;
    return true;
}

static bool wanted(const struct tn_sim_customer *customer, const struct query *query)
{
    return !query->prefix[0] || starts_with(query->by_domain ? customer->domain : customer->name, query->prefix);
}

static void write_link(struct tn_json_writer *w, const char *name, const char *uri, const char *token)
{
    tn_jw_key(w, name);
    tn_jw_object(w);
    tn_jw_kv_string(w, "uri", uri);
    tn_jw_kv_string(w, "method", "GET");
    tn_jw_key(w, "headers");
    tn_jw_array(w);
    if (token) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "key", "MS-ContinuationToken");
        tn_jw_kv_string(w, "value", token);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

/* Everything a filter needs again in a link, percent-encoded. */
static void put_filter(struct tn_buf *uri, const struct query *query)
{
    if (!query->prefix[0])
        return;
    tn_buf_printf(uri, "&filter=%%7B%%22Field%%22%%3A%%22%s%%22%%2C%%22Value%%22%%3A%%22",
                  query->by_domain ? "Domain" : "CompanyName");
    for (const char *at = query->prefix; *at; at++)
        tn_buf_printf(uri, *at == '"' || *at == '\\' ? "%%5C%%%02X" : "%%%02X", (unsigned char)*at);
    tn_buf_puts(uri, "%22%2C%22Operator%22%3A%22starts_with%22%7D");
}

static void write_links(struct tn_json_writer *w, const struct query *query, const char *token)
{
    struct tn_buf uri = {0};
    tn_buf_printf(&uri, "/v1/customers?size=%lld", (long long)query->size);
    put_filter(&uri, query);
    tn_jw_key(w, "links");
    tn_jw_object(w);
    write_link(w, "self", tn_buf_text(&uri), NULL);
    if (token) {
        tn_buf_puts(&uri, "&seekOperation=Next");
        write_link(w, "next", tn_buf_text(&uri), token);
    }
    tn_jw_object_end(w);
    w->out->failed |= uri.failed;
    tn_buf_deinit(&uri);
}

void tn_sim_customers_list(struct tn_sim_call *call)
{
    const struct tn_sim_world *world = &call->simulator->world;
    struct query query;
    char token[40];
    if (!read_query(call, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    size_t at = (size_t)query.from;
    int64_t written = 0;
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (; at < world->customer_count && written < query.size; at++) {
        if (wanted(world->customers[at], &query)) {
            write_customer(&w, world->customers[at], false);
            written++;
        }
    }
    tn_jw_array_end(&w);
    while (at < world->customer_count && !wanted(world->customers[at], &query))
        at++;
    bool more = at < world->customer_count;
    snprintf(token, sizeof token, TOKEN_PREFIX "%zu", at);
    tn_jw_kv_int(&w, "totalCount", written);
    write_links(&w, &query, more ? token : NULL);
    if (more)
        tn_jw_kv_string(&w, "continuationToken", token);
    write_attributes(&w, "Collection");
    tn_jw_object_end(&w);
}
