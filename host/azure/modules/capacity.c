/* What the records of Microsoft.Capacity share: see capacity.h. */
#include "azure/modules/capacity.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "azure/modules/fields.h"
#include "azure/values.h"

/* The id without the "/revisions/{n}" that a split or a history adds to it. */
int tn_capacity_reservation_id(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                               struct tn_err *err)
{
    (void)field;
    (void)err;
    char order[37], reservation[37], id[160];
    const char *text = tn_json_string(raw, "id", NULL);
    if (!text || !tn_reservation_id_parse(text, order, reservation) || !order[0] || !reservation[0])
        return TENURE_OK;
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", order, reservation);
    tn_field_set_text(value, id);
    return TENURE_OK;
}

int tn_capacity_order_of(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    (void)field;
    (void)err;
    char order[37], reservation[37];
    const char *text = tn_json_string(raw, "id", NULL);
    if (text && tn_reservation_id_parse(text, order, reservation) && order[0])
        tn_field_set_text(value, order);
    return TENURE_OK;
}

static int first_date(const struct tn_field *field, struct tn_json raw, const char *const *paths,
                      struct tn_field_value *value, struct tn_err *err)
{
    for (; *paths; paths++) {
        enum tn_json_type type = tn_json_type_of(raw, *paths);
        if (type == TN_JSON_ABSENT || type == TN_JSON_NULL)
            continue;
        if (!tn_json_time(raw, *paths, &value->integer))
            return tn_err_set(err, TENURE_EPROTO, "the answer's %s is not a time (%s)", field->name, *paths);
        value->present = true;
        break;
    }
    return TENURE_OK;
}

int tn_capacity_purchased(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err)
{
    static const char *const paths[] = {"properties.purchaseDateTime", "properties.purchaseDate", NULL};
    return first_date(field, raw, paths, value, err);
}

int tn_capacity_expires(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    static const char *const paths[] = {"properties.expiryDateTime", "properties.expiryDate", NULL};
    return first_date(field, raw, paths, value, err);
}

static const struct tn_field sku_property_fields[] = {
    {.name = "name", .path = "name", .type = TN_TYPE_STRING, .column = true, .doc = "Cores, Ram …"},
    {.name = "value", .path = "value", .type = TN_TYPE_STRING, .column = true, .doc = "as text"},
    {.name = NULL},
};
const struct tn_record tn_record_sku_property = {"sku_property", sku_property_fields, "What a product is like"};

/* ---- scopes ------------------------------------------------------------------------------------------------------ */

#define SUBSCRIPTIONS "/subscriptions/"
#define MANAGEMENT_GROUPS "/providers/Microsoft.Management/managementGroups/"

/* What a scope's id is an id of; NULL: of nothing that can be one. */
int tn_capacity_flexible(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    const char *flexibility = tn_json_string(raw, "properties.instanceFlexibility", NULL);
    (void)field, (void)err;
    value->present = flexibility != NULL;
    value->boolean = flexibility && strcasecmp(flexibility, "On") == 0;
    return TENURE_OK;
}

const char *tn_capacity_scope_type(const char *scope)
{
    if (strcasecmp(scope, "Shared") == 0)
        return "Shared";
    if (strncasecmp(scope, SUBSCRIPTIONS, strlen(SUBSCRIPTIONS)) == 0)
        return "Single"; /* a resource group, too, as Azure has it */
    if (strncasecmp(scope, MANAGEMENT_GROUPS, strlen(MANAGEMENT_GROUPS)) == 0)
        return "ManagementGroup";
    return NULL;
}

int tn_capacity_check_scope(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const struct tn_argument_value *scope = tn_values_get(op, values, "scope");
    if (!scope->given || tn_capacity_scope_type(scope->text))
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL,
                      "%s.%s: scope is '%.80s', but takes Shared, /subscriptions/{guid}, a resource group's id, "
                      "or " MANAGEMENT_GROUPS "{name}",
                      op->module, op->name, scope->text);
}

void tn_capacity_write_scope(const char *scope, const char *tenant, struct tn_json_writer *w)
{
    const char *type = tn_capacity_scope_type(scope);
    tn_jw_kv_string(w, "appliedScopeType", type);
    if (strcmp(type, "Single") == 0) {
        tn_jw_key(w, "appliedScopes");
        tn_jw_array(w);
        tn_jw_string(w, scope);
        tn_jw_array_end(w);
    } else if (strcmp(type, "ManagementGroup") == 0) {
        tn_jw_key(w, "appliedScopeProperties");
        tn_jw_object(w);
        tn_jw_kv_string(w, "tenantId", tenant);
        tn_jw_kv_string(w, "managementGroupId", scope);
        tn_jw_object_end(w);
    }
}

int tn_capacity_asked(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                      struct tn_err *err)
{
    (void)field, (void)err;
    value->present = true;
    value->boolean = tn_json_type_of(raw, TN_POLICY_VETOED) == TN_JSON_ABSENT;
    return TENURE_OK;
}
