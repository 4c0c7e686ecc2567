/* tenure.roles: who may do what with reservations. Facts: the Microsoft.Authorization REST reference 2022-04-01. */
#include "azure/modules/capacity.h"
#include "azure/modules/fields.h"

#define VERSION "2022-04-01"
#define ASSIGNMENTS "/providers/Microsoft.Authorization/roleAssignments"
#define DEFINITIONS "/providers/Microsoft.Authorization/roleDefinitions"

static int compute_role(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    (void)field, (void)err;
    tn_field_last_segment(raw, "properties.roleDefinitionId", value);
    return TENURE_OK;
}

static const struct tn_field assignment_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id"},
    {.name = "name", .path = "name", .type = TN_TYPE_ID, .doc = "its GUID"},
    {.name = "principal",
     .path = "properties.principalId",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "object id of who has the role"},
    {.name = "principal_type",
     .path = "properties.principalType",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "User, Group, ServicePrincipal, ForeignGroup or Device"},
    {.name = "role",
     .compute = compute_role,
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "GUID of the role: see roles.definitions"},
    {.name = "scope",
     .path = "properties.scope",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "what it is for: an order, or all reservations"},
    {.name = "description", .path = "properties.description", .type = TN_TYPE_STRING, .doc = "free text"},
    {.name = "created",
     .path = "properties.createdOn",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it was made"},
    {.name = "created_by", .path = "properties.createdBy", .type = TN_TYPE_ID, .doc = "object id of who made it"},
    {.name = "updated", .path = "properties.updatedOn", .type = TN_TYPE_DATE, .doc = "when it was changed last"},
    {.name = NULL},
};
static const struct tn_record tn_record_assignment = {"role_assignment", assignment_fields,
                                                      "A role that somebody has (Microsoft.Authorization)"};

static const struct tn_field role_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id"},
    {.name = "role", .path = "name", .type = TN_TYPE_ID, .column = true, .doc = "its GUID"},
    {.name = "name",
     .path = "properties.roleName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "e.g. Reservations Administrator"},
    {.name = "type",
     .path = "properties.type",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "BuiltInRole or CustomRole"},
    {.name = "description",
     .path = "properties.description",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what it is for"},
    {.name = "scopes", .path = "properties.assignableScopes", .type = TN_TYPE_LIST, .doc = "where it can be assigned"},
    {.name = NULL},
};
static const struct tn_record tn_record_role = {"role", role_fields, "A role there is (Microsoft.Authorization)"};

static const struct tn_record *const records[] = {&tn_record_assignment, &tn_record_role, NULL};

static int put_list(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                    struct tn_err *err)
{
    const struct tn_argument_value *principal = tn_values_get(op, values, "principal");
    struct tn_buf filter = {0};
    if (principal->given)
        tn_filter_put(&filter, " and ", "principalId eq ", principal->text);
    return tn_filter_finish(&filter, url, err);
}

static int put_definitions(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                           struct tn_err *err)
{
    const struct tn_argument_value *name = tn_values_get(op, values, "name");
    struct tn_buf filter = {0};
    if (name->given)
        tn_filter_put(&filter, " and ", "roleName eq ", name->text);
    return tn_filter_finish(&filter, url, err);
}

static const struct tn_operation operations[] = {
    {
        .module = "roles",
        .name = "list",
        .method = "GET",
        .path = TN_CAPACITY ASSIGNMENTS,
        .paths = {{"order", TN_CAPACITY_ORDER ASSIGNMENTS, false},
                  {"reservation", TN_CAPACITY_RESERVATION ASSIGNMENTS, false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL,
                       "on this order and above; all reservations of the tenant unless given"},
                      {"reservation", TN_TYPE_RESERVATION, false, TN_IN_PATH, NULL, NULL,
                       "on this reservation and above"},
                      {"principal", TN_TYPE_ID, false, TN_IN_QUERY, NULL, NULL,
                       "object id: of this user, group or application only"}},
        .record = &tn_record_assignment,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_list,
        .doc = "Who has which role on reservations.",
        .source = "Microsoft.Authorization REST 2022-04-01: Role Assignments, List For Scope",
    },
    {
        .module = "roles",
        .name = "definitions",
        .method = "GET",
        .path = TN_CAPACITY DEFINITIONS,
        .paths = {{"order", TN_CAPACITY_ORDER DEFINITIONS, false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"name", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, NULL, "the role of this name only"},
                      {"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL,
                       "those for this order; for all reservations of the tenant unless given"}},
        .record = &tn_record_role,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_definitions,
        .doc = "The roles that can be given on reservations.",
        .source = "Microsoft.Authorization REST 2022-04-01: Role Definitions, List",
    },
    {.module = NULL},
};

const struct tn_module tn_module_roles = {"roles", operations, records,
                                          "Roles on reservations (Microsoft.Authorization)"};
