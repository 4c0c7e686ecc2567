/* tenure.customers: the partner's customers. Facts: the Partner Center REST reference. */
#include "azure/modules/fields.h"
#include "azure/modules/modules.h"
#include "net/url.h"

static const struct tn_field customer_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .column = true, .doc = "tenant id of the customer"},
    {.name = "domain",
     .path = "companyProfile.domain",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "default domain"},
    {.name = "name",
     .path = "companyProfile.companyName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "company name"},
    {.name = "relationship",
     .path = "relationshipToPartner",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "reseller, advisor …; only resellers' customers can be transacted for"},
    {.name = "country",
     .path = "billingProfile.defaultAddress.country",
     .type = TN_TYPE_STRING,
     .doc = "two letters; only where details were fetched"},
    {.name = "currency",
     .path = "billingProfile.currency",
     .type = TN_TYPE_STRING,
     .doc = "billing currency; only where details were fetched and the service reports it"},
    {.name = "delegated",
     .path = "allowDelegatedAccess",
     .type = TN_TYPE_BOOLEAN,
     .doc = "whether the partner may act in the tenant; only where details were fetched"},
    {.name = "data",
     .path = TN_JOIN_MEMBER,
     .type = TN_TYPE_DATA,
     .doc = "what the workflow's `join` says of it; a name that no column has is an error"},
    {.name = NULL},
};
const struct tn_record tn_record_customer = {"customer", customer_fields, "A customer of the partner (Partner Center)"};

static const struct tn_record *const records[] = {&tn_record_customer, NULL};

static int check_list(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    if (tn_values_get(op, values, "name")->given && tn_values_get(op, values, "domain")->given)
        return tn_err_set(err, TENURE_EINVAL, "customers.list: name or domain: the service takes one of them");
    return TENURE_OK;
}

/* The service compares beginnings only, without regard to case. */
static int put_filter(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                      struct tn_err *err)
{
    const struct tn_argument_value *name = tn_values_get(op, values, "name"),
                                   *domain = tn_values_get(op, values, "domain");
    struct tn_buf filter = {0};
    struct tn_json_writer w;
    if (!name->given && !domain->given)
        return TENURE_OK;
    tn_jw_init(&w, &filter);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "Field", name->given ? "CompanyName" : "Domain");
    tn_jw_kv_string(&w, "Value", name->given ? name->text : domain->text);
    tn_jw_kv_string(&w, "Operator", "starts_with");
    tn_jw_object_end(&w);
    int rc = filter.failed ? tn_err_no_memory(err) : TENURE_OK;
    if (rc == TENURE_OK)
        tn_url_put_query(url, "filter", tn_buf_text(&filter));
    tn_buf_deinit(&filter);
    return rc;
}

static const struct tn_operation operations[] = {
    {
        .module = "customers",
        .name = "list",
        .method = "GET",
        .path = "/customers?size=500",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"name", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, NULL,
                       "those whose company's name begins so only, in any case"},
                      {"domain", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, NULL,
                       "those whose default domain begins so only, in any case"}},
        .check = check_list,
        .record = &tn_record_customer,
        .paging = TN_PAGING_LINKS_NEXT,
        .put_query = put_filter,
        .doc = "The customers of the partner.",
        .source = "Partner Center REST: Get a list of customers; Get a list of customers filtered by a search field",
    },
    {
        .module = "customers",
        .name = "get",
        .method = "GET",
        .path = "/customers/{customer}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"customer", TN_TYPE_CUSTOMER, true, TN_IN_PATH, NULL, NULL,
                       "tenant id of the customer, or its default domain"}},
        .record = &tn_record_customer,
        .doc = "One customer, with details.",
        .source = "Partner Center REST: Get a customer by ID",
    },
    {.module = NULL},
};

const struct tn_module tn_module_customers = {"customers", operations, records,
                                              "The partner's customers (Partner Center)"};
