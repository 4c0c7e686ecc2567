/* tenure.customers: the partner's customers. Facts: the Partner Center REST reference. */
#include "azure/modules/modules.h"

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

static const struct tn_operation operations[] = {
    {
        .module = "customers",
        .name = "list",
        .method = "GET",
        .path = "/customers?size=500",
        .service = TN_SERVICE_PARTNER_CENTER,
        .record = &tn_record_customer,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "All customers of the partner.",
        .source = "Partner Center REST: Get a list of customers",
    },
    {
        .module = "customers",
        .name = "get",
        .method = "GET",
        .path = "/customers/{customer}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"customer", TN_TYPE_CUSTOMER, true, TN_IN_PATH, NULL, NULL, "tenant id of the customer"}},
        .record = &tn_record_customer,
        .doc = "One customer, with details.",
        .source = "Partner Center REST: Get a customer by ID",
    },
    {.module = NULL},
};

const struct tn_module tn_module_customers = {"customers", operations, records,
                                              "The partner's customers (Partner Center)"};
