/* tenure.catalog: what can be reserved. Facts: the Microsoft.Capacity REST reference 2022-11-01. */
#include <stdio.h>
#include <string.h>

#include "azure/modules/capacity.h"
#include "azure/modules/fields.h"

/* ---- fields by term: its spelling varies between answers --------------------------------------------------------- */

static const struct {
    const char *name;
    const char *spelled[2];
} terms[] = {{"one_year", {"P1Y", "p1Y"}}, {"three_years", {"P3Y", "p3Y"}}, {"five_years", {"P5Y", "p5Y"}}};

/* The spelling of the field's term that an object has; false when it has none. */
static bool find_term(const struct tn_field *field, struct tn_json raw, const char *object, char path[32])
{
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        if (!strstr(field->name, terms[i].name))
            continue;
        for (size_t spelling = 0; spelling < 2; spelling++) {
            snprintf(path, 32, "%s.%s", object, terms[i].spelled[spelling]);
            if (tn_json_find(raw, path).doc)
                return true;
        }
    }
    return false;
}

static int compute_plans(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    (void)err;
    char path[32];
    value->present = find_term(field, raw, "billingPlans", path);
    if (value->present)
        value->json = tn_json_find(raw, path);
    return TENURE_OK;
}

static int compute_price(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    char path[32];
    if (!find_term(field, raw, "msrp", path))
        return TENURE_OK;
    int rc = tn_json_money(raw, path, &value->money, err);
    value->present = rc > 0;
    return rc < 0 ? rc : TENURE_OK;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static const struct tn_field restriction_fields[] = {
    {.name = "type", .path = "type", .type = TN_TYPE_STRING, .column = true, .doc = "Term or Location"},
    {.name = "values", .path = "values", .type = TN_TYPE_LIST, .column = true, .doc = "which of them"},
    {.name = "reason",
     .path = "reasonCode",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "e.g. NotAvailableForSubscription"},
    {.name = NULL},
};
static const struct tn_record tn_record_restriction = {"restriction", restriction_fields,
                                                       "Where or for how long a product is not sold"};

static const struct tn_field item_fields[] = {
    {.name = "sku",
     .path = "name",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what can be reserved, e.g. Standard_D2s_v3"},
    {.name = "type",
     .path = "resourceType",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "VirtualMachines, SqlDatabases …"},
    {.name = "regions", .path = "locations", .type = TN_TYPE_LIST, .column = true, .doc = "where"},
    {.name = "terms", .path = "terms", .type = TN_TYPE_LIST, .column = true, .doc = "P1Y, P3Y, P5Y"},
    {.name = "one_year",
     .compute = compute_plans,
     .type = TN_TYPE_LIST,
     .doc = "how one year can be paid for: Upfront, Monthly"},
    {.name = "three_years", .compute = compute_plans, .type = TN_TYPE_LIST, .doc = "how three years can be"},
    {.name = "five_years", .compute = compute_plans, .type = TN_TYPE_LIST, .doc = "how five years can be"},
    {.name = "price_one_year",
     .compute = compute_price,
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "list price of the whole term, where it is reported"},
    {.name = "price_three_years",
     .compute = compute_price,
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "the same for three years"},
    {.name = "price_five_years", .compute = compute_price, .type = TN_TYPE_MONEY, .doc = "the same for five years"},
    {.name = "tier", .path = "tier", .type = TN_TYPE_STRING, .doc = "of the product"},
    {.name = "size", .path = "size", .type = TN_TYPE_STRING, .doc = "of the product"},
    {.name = "properties",
     .path = "skuProperties",
     .type = TN_TYPE_LIST,
     .record = &tn_record_sku_property,
     .doc = "Cores, RAM, ReservationsAutofitGroup …"},
    {.name = "restrictions",
     .path = "restrictions",
     .type = TN_TYPE_LIST,
     .record = &tn_record_restriction,
     .doc = "what of it is not sold to this subscription"},
    {.name = NULL},
};
static const struct tn_record tn_record_catalog_item = {"catalog_item", item_fields,
                                                        "A product that can be reserved (Microsoft.Capacity)"};

static const struct tn_record *const records[] = {&tn_record_catalog_item, &tn_record_restriction,
                                                  &tn_record_sku_property, NULL};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static const struct tn_operation operations[] = {
    {
        .module = "catalog",
        .name = "list",
        .method = "GET",
        .path = "/subscriptions/{subscription}" TN_CAPACITY "/catalogs",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"subscription", TN_TYPE_SUBSCRIPTION, true, TN_IN_PATH, NULL, NULL,
                       "GUID, or /subscriptions/ and its GUID: what is sold to it"},
                      {"type", TN_TYPE_STRING, false, TN_IN_QUERY, "reservedResourceType", NULL,
                       "VirtualMachines, SqlDatabases …"},
                      {"region", TN_TYPE_STRING, false, TN_IN_QUERY, "location", NULL, "westeurope …"}},
        .record = &tn_record_catalog_item,
        .paging = TN_PAGING_NEXT_LINK,
        .doc = "What can be reserved, by type and region.",
        .source = "Microsoft.Capacity REST 2022-11-01: Get Catalog",
    },
    {.module = NULL},
};

const struct tn_module tn_module_catalog = {"catalog", operations, records,
                                            "Products that can be reserved (Microsoft.Capacity)"};
