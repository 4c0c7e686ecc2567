/* Partner Center, the partner's customers: see partner_customers.h. */
#include "simulator/partner_customers.h"

#include <stdio.h>
#include <string.h>

#include "simulator/partner_center.h"
#include "simulator/state.h"

#define PAGE_MOST 500
#define PAGE_DEFAULT 100

static void write_profile(struct tn_json_writer *w, const struct tn_sim_customer *customer)
{
    tn_jw_key(w, "companyProfile");
    tn_jw_object(w);
    tn_jw_kv_string(w, "tenantId", customer->id);
    tn_jw_kv_string(w, "domain", customer->domain);
    tn_jw_kv_string(w, "companyName", customer->name);
    tn_sim_partner_attributes(w, "CustomerCompanyProfile", NULL);
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
    tn_sim_partner_attributes(w, "CustomerBillingProfile", NULL);
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
    tn_sim_partner_attributes(w, "Customer", NULL);
    tn_jw_object_end(w);
}

void tn_sim_customers_get(struct tn_sim_call *call)
{
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    if (!customer)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_buf_puts(&call->answer->body, TN_SIM_BYTE_ORDER_MARK);
    write_customer(&w, customer, true);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* What a request for the list wants. */
struct query {
    struct tn_sim_page page;
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
    *query = (struct query){.by_domain = false};
    if (!tn_sim_partner_page(call, PAGE_DEFAULT, PAGE_MOST, &query->page))
        return false;
    if (!filter || read_filter(call, filter, query))
        return true;
    tn_sim_partner_error(call, 400, 800002, "The query's filter is not one: Field, Value, Operator starts_with.");
    return false;
}

static bool wanted(const struct tn_sim_customer *customer, const struct query *query)
{
    return !query->prefix[0] || starts_with(query->by_domain ? customer->domain : customer->name, query->prefix);
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

void tn_sim_customers_list(struct tn_sim_call *call)
{
    const struct tn_sim_world *world = &call->simulator->world;
    struct query query;
    struct tn_buf uri = {0};
    if (!read_query(call, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    size_t at = (size_t)query.page.from;
    int64_t written = 0;
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (; at < world->customer_count && written < query.page.size; at++) {
        if (wanted(world->customers[at], &query)) {
            write_customer(&w, world->customers[at], false);
            written++;
        }
    }
    tn_jw_array_end(&w);
    while (at < world->customer_count && !wanted(world->customers[at], &query))
        at++;
    tn_jw_kv_int(&w, "totalCount", written);
    tn_buf_printf(&uri, "/v1/customers?size=%lld", (long long)query.page.size);
    put_filter(&uri, &query);
    tn_sim_partner_seek(&w, tn_buf_text(&uri), at < world->customer_count, (int64_t)at);
    tn_sim_partner_attributes(&w, "Collection", NULL);
    tn_jw_object_end(&w);
    w.out->failed |= uri.failed;
    tn_buf_deinit(&uri);
}
