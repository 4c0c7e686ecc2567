/* tenure.roles: who may do what with reservations. Facts: the Microsoft.Authorization REST reference 2022-04-01. */
#include "azure/modules/roles.h"

#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/capacity.h"
#include "azure/modules/fields.h"
#include "base/id.h"

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

/* Built-in roles by the names that people know them by; GUIDs from the page of built-in roles. Others go by their GUID. */
static const struct {
    const char *name, *guid;
} known_roles[] = {
    {"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"},
    {"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"},
    {"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
    {"User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"},
    {"Reservations Administrator", "a8889054-8d42-49c9-bc1c-52486c10e7cd"},
    {"Reservations Reader", "582fc458-8989-419f-a480-75249bc5db7e"},
};

/* By its name, where it is one of those we know: nobody knows GUIDs by heart. */
static int compute_role_name(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                             struct tn_err *err)
{
    int rc = compute_role(field, raw, value, err);
    for (size_t i = 0; value->present && i < sizeof known_roles / sizeof *known_roles; i++) {
        if (tn_id_equal(known_roles[i].guid, value->text)) {
            tn_field_set_text(value, known_roles[i].name);
            break;
        }
    }
    return rc;
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
    {.name = "role", .compute = compute_role, .type = TN_TYPE_ID, .doc = "GUID of the role: see roles.definitions"},
    {.name = "role_name",
     .compute = compute_role_name,
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "its name where it is one of Azure's own that roles.grant knows, else its GUID"},
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

/* ---- giving and taking away ------------------------------------------------------------------------------------- */

const char *tn_role_guid(const char *role)
{
    for (size_t i = 0; i < sizeof known_roles / sizeof *known_roles; i++) {
        if (strcasecmp(known_roles[i].name, role) == 0)
            return known_roles[i].guid;
    }
    return tn_guid_valid(role, strlen(role)) ? role : NULL;
}

static int check_principal(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    return tn_values_check_guid(op, values, "principal", "an object id, a GUID", err);
}

static int check_revoke(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    return tn_values_check_guid(op, values, "assignment", "a GUID, name of a record of roles.list", err);
}

static int check_grant(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const char *role = tn_values_get(op, values, "role")->text;
    int rc = check_principal(op, values, err);
    if (rc < 0)
        return rc;
    if (!tn_role_guid(role))
        return tn_err_set(err, TENURE_EINVAL,
                          "roles.grant: role is '%.80s', but takes a GUID of roles.definitions, or Owner, Contributor, "
                          "Reader, Reservations Administrator or Reservations Reader",
                          role);
    if (tn_values_get(op, values, "order")->given && tn_values_get(op, values, "reservation")->given)
        return tn_err_set(err, TENURE_EINVAL,
                          "roles.grant: name the order or the reservation: a right on one is none on the other");
    return TENURE_OK;
}

/* The same role for the same principal at the same place is the same assignment, whoever runs this. */
static void name_assignment(const struct tn_call *call, char name[TN_THING_TEXT])
{
    const struct tn_argument_value *order = tn_call_argument(call, "order"),
                                   *reservation = tn_call_argument(call, "reservation");
    char text[512], guid[TN_GUID_TEXT];
    snprintf(text, sizeof text, "role assignment %s|%s|%s|%s|%s", call->tenant ? call->tenant : "",
             order->given ? order->text : "", reservation->given ? reservation->text : "",
             tn_role_guid(tn_call_argument(call, "role")->text), tn_call_argument(call, "principal")->text);
    tn_id_fold(text);
    tn_guid_derive(guid, text);
    snprintf(name, TN_THING_TEXT, "%s", guid);
}

static int build_grant(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *type = tn_call_argument(call, "principal_type"),
                                   *description = tn_call_argument(call, "description");
    char role[160];
    (void)err;
    snprintf(role, sizeof role, DEFINITIONS "/%s", tn_role_guid(tn_call_argument(call, "role")->text));
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "roleDefinitionId", role);
    tn_jw_kv_string(w, "principalId", tn_call_argument(call, "principal")->text);
    if (type->given)
        tn_jw_kv_string(w, "principalType", type->text);
    if (description->given)
        tn_jw_kv_string(w, "description", description->text);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

static const struct tn_field revoke_takes[] = {
    {.name = "principal", .path = "properties.principalId", .type = TN_TYPE_ID},
    {.name = "principal_type", .path = "properties.principalType", .type = TN_TYPE_STRING},
    {.name = "role", .compute = compute_role_name, .type = TN_TYPE_STRING},
    {.name = "scope", .path = "properties.scope", .type = TN_TYPE_ID},
    {.name = NULL},
};

static const char *const principal_types[] = {"User", "Group", "ServicePrincipal", "ForeignGroup", "Device", NULL};
static const char *const assigned_already[] = {"RoleAssignmentExists", NULL};

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
        .check = check_principal,
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
    {
        .module = "roles",
        .name = "grant",
        .method = "PUT",
        .path = TN_CAPACITY ASSIGNMENTS "/{thing}",
        .paths = {{"order", TN_CAPACITY_ORDER ASSIGNMENTS "/{thing}", false},
                  {"reservation", TN_CAPACITY_RESERVATION ASSIGNMENTS "/{thing}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {{"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL,
                       "on this order and its reservations; on all reservations of the tenant unless given"},
                      {"reservation", TN_TYPE_RESERVATION, false, TN_IN_PATH, NULL, NULL,
                       "on this reservation only, which gives no right on its order"},
                      {"principal", TN_TYPE_ID, true, TN_IN_BODY, NULL, NULL,
                       "object id of a user, a group or an application's service principal"},
                      {"role", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "its name, if built in, or its GUID"},
                      {"principal_type", TN_TYPE_STRING, false, TN_IN_BODY, NULL, principal_types,
                       "say it of what was only just made: it is then not looked up"},
                      {"description", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "free text"}},
        .record = &tn_record_assignment,
        .build_body = build_grant,
        .name_thing = name_assignment,
        .check = check_grant,
        .already = assigned_already,
        .doc = "Give somebody a role. It may take half an hour until it counts everywhere.",
        .source = "Microsoft.Authorization REST 2022-04-01: Role Assignments, Create",
    },
    {
        .module = "roles",
        .name = "revoke",
        .method = "DELETE",
        .path = TN_CAPACITY ASSIGNMENTS "/{assignment}",
        .paths = {{"order", TN_CAPACITY_ORDER ASSIGNMENTS "/{assignment}", false},
                  {"reservation", TN_CAPACITY_RESERVATION ASSIGNMENTS "/{assignment}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {{"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL,
                       "that it was given on; all reservations of the tenant unless given"},
                      {"reservation", TN_TYPE_RESERVATION, false, TN_IN_PATH, NULL, NULL, "that it was given on"},
                      {"assignment", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL,
                       "its GUID, name of a record of roles.list"}},
        .record = &tn_record_assignment,
        .check = check_revoke,
        .before = revoke_takes,
        .doc = "Take a role away. What nobody has any more is taken away already.",
        .source = "Microsoft.Authorization REST 2022-04-01: Role Assignments, Delete",
    },
    {.module = NULL},
};

const struct tn_module tn_module_roles = {"roles", operations, records,
                                          "Roles on reservations (Microsoft.Authorization)"};
