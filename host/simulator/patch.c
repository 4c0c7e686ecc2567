/* What a PATCH asks of a reservation: see patch.h. */
#include "simulator/patch.h"

#include <string.h>

#include "simulator/arm.h"
#include "simulator/scope.h"
#include "simulator/state.h"

/* ---- the scope --------------------------------------------------------------------------------------------------- */

/* The one scope of a Single reservation, from either of the places it may stand in; NULL: the refusal is written. */
static const char *single_scope(struct tn_sim_call *call, struct tn_json properties)
{
    struct tn_json scopes = tn_json_find(properties, "appliedScopes");
    const char *id = tn_json_string(properties, "appliedScopeProperties.resourceGroupId", NULL);
    if (!id)
        id = tn_json_string(properties, "appliedScopeProperties.subscriptionId", NULL);
    for (struct tn_json_iter it = tn_json_each(scopes); tn_json_next(&it);)
        id = tn_json_string(it.value, "", NULL);
    if (tn_json_length(scopes) > 1)
        tn_sim_arm_error(call, 400, "InvalidSingleAppliedScopesCount",
                         "A reservation whose appliedScopeType is Single has exactly one applied scope.");
    else if (!id)
        tn_sim_arm_error(call, 400, "MissingAppliedScopesForSingle",
                         "A reservation whose appliedScopeType is Single needs a scope in appliedScopes.");
    else
        return id;
    return NULL;
}

/* What the discount may not be moved to is refused with one code. Whether a management group of another tenant is
 * refused so, nobody knows. */
static bool scope_allowed(struct tn_sim_call *call, const char *id, bool group, enum tn_sim_scope *scope)
{
    if (tn_sim_scope_belongs(&call->simulator->world, call->customer, id) && tn_sim_scope_parse(id, scope) &&
        (*scope == TN_SIM_MANAGEMENT_GROUP) == group)
        return true;
    tn_sim_arm_error(call, 400, "AppliedScopesNotAssociatedWithCommerceAccount",
                     "The scope '%.200s' is not associated with the commerce account of the reservation.", id);
    return false;
}

static bool read_management_group(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *id = tn_json_string(properties, "appliedScopeProperties.managementGroupId", NULL);
    const char *tenant = tn_json_string(properties, "appliedScopeProperties.tenantId", NULL);
    if (!id || (tenant && !tn_id_equal(tenant, call->customer->id))) {
        tn_sim_arm_error(call, 400, id ? "AppliedScopesNotAssociatedWithCommerceAccount" : "BadRequest",
                         "The appliedScopeType ManagementGroup needs a managementGroupId of this tenant in "
                         "appliedScopeProperties.");
        return false;
    }
    settings->scope_id = id;
    return scope_allowed(call, id, true, &settings->scope);
}

static bool read_shared(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    if (tn_json_length(tn_json_find(properties, "appliedScopes")) > 0) {
        tn_sim_arm_error(call, 400, "BadRequest", "A reservation whose appliedScopeType is Shared has no scopes.");
        return false;
    }
    settings->scope = TN_SIM_SHARED;
    settings->scope_id = NULL;
    return true;
}

static bool names_scope(struct tn_json properties)
{
    return tn_json_type_of(properties, "appliedScopeType") > TN_JSON_NULL ||
           tn_json_type_of(properties, "appliedScopeProperties") > TN_JSON_NULL ||
           tn_json_length(tn_json_find(properties, "appliedScopes")) > 0;
}

/* Scopes without a type go by the type there is. */
static bool read_scope(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *type = tn_json_string(properties, "appliedScopeType", NULL);
    if (!names_scope(properties))
        return true;
    if (!type)
        type = tn_sim_scope_type(settings->scope);
    if (tn_id_equal(type, "Shared"))
        return read_shared(call, properties, settings);
    if (tn_id_equal(type, "ManagementGroup"))
        return read_management_group(call, properties, settings);
    if (!tn_id_equal(type, "Single")) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent",
                         "The appliedScopeType '%.40s' is none of Shared, Single, ManagementGroup.", type);
        return false;
    }
    settings->scope_id = single_scope(call, properties);
    return settings->scope_id && scope_allowed(call, settings->scope_id, false, &settings->scope);
}

/* ---- the rest of a patch ----------------------------------------------------------------------------------------- */

static bool bad_member(struct tn_sim_call *call, const char *name)
{
    tn_sim_arm_error(call, 400, "InvalidRequestContent", "The value of properties.%s is not one that it may have.",
                     name);
    return false;
}

static bool is_given(struct tn_json properties, const char *name)
{
    return tn_json_type_of(properties, name) > TN_JSON_NULL;
}

static bool read_flexibility(struct tn_sim_call *call, const struct tn_sim_reservation *reservation,
                             struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *flexibility = tn_json_string(properties, "instanceFlexibility", NULL);
    if (!is_given(properties, "instanceFlexibility"))
        return true;
    if (!flexibility || (!tn_id_equal(flexibility, "On") && !tn_id_equal(flexibility, "Off")))
        return bad_member(call, "instanceFlexibility");
    if (!reservation->flexible) {
        tn_sim_arm_error(call, 400, "BadRequest", "Instance flexibility does not apply to reservations of %s.",
                         reservation->type);
        return false;
    }
    settings->flexibility_off = tn_id_equal(flexibility, "Off");
    return true;
}

/* What to buy on renewal is kept as it was sent. False: out of memory, or the refusal is written. */
static bool read_renewal(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings)
{
    struct tn_json purchase = tn_json_find(properties, "renewProperties.purchaseProperties");
    struct tn_buf text = {0};
    struct tn_json_writer w;
    if (is_given(properties, "renew") && !tn_json_bool(properties, "renew", &settings->renew))
        return bad_member(call, "renew");
    if (!is_given(properties, "renewProperties.purchaseProperties"))
        return true;
    if (tn_json_type_of(purchase, "") != TN_JSON_OBJECT)
        return bad_member(call, "renewProperties.purchaseProperties");
    tn_jw_init(&w, &text);
    if (tn_json_write(purchase, &w, NULL) == TENURE_OK && !text.failed)
        settings->renewal = tn_sim_world_text(&call->simulator->world, tn_buf_text(&text));
    else
        settings->renewal = NULL;
    tn_buf_deinit(&text);
    call->answer->body.failed |= !settings->renewal;
    return settings->renewal;
}

static bool read_settings(struct tn_sim_call *call, const struct tn_sim_reservation *reservation,
                          struct tn_json properties, struct tn_sim_settings *settings)
{
    const char *name = tn_json_string(properties, "name", NULL);
    if (is_given(properties, "name") && (!name || !*name))
        return bad_member(call, "name");
    if (is_given(properties, "reviewDateTime") && !tn_json_time(properties, "reviewDateTime", &settings->review))
        return bad_member(call, "reviewDateTime");
    if (is_given(properties, "billingScopeId")) {
        tn_sim_arm_error(call, 400, "BillingScopeIdCannotBeChanged",
                         "The billing subscription of a reservation cannot be changed.");
        return false;
    }
    if (name)
        settings->name = name;
    return read_scope(call, properties, settings) && read_flexibility(call, reservation, properties, settings) &&
           read_renewal(call, properties, settings);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_scope(const struct tn_sim_reservation *reservation, const struct tn_sim_settings *a,
                       const struct tn_sim_settings *b)
{
    char scope_a[TN_SIM_SCOPE_TEXT], scope_b[TN_SIM_SCOPE_TEXT];
    tn_sim_scope_format(reservation, a, scope_a);
    tn_sim_scope_format(reservation, b, scope_b);
    return tn_id_equal(scope_a, scope_b);
}

/* A patch that changes nothing is an error. Which of its two codes a patch of several fields gets is a guess. */
static bool changes_something(struct tn_sim_call *call, const struct tn_sim_reservation *reservation,
                              struct tn_json properties, const struct tn_sim_settings *settings)
{
    const struct tn_sim_settings *now = tn_sim_settings_as(reservation, reservation->history.latest);
    if (!same_scope(reservation, now, settings) || strcmp(now->name, settings->name) != 0 ||
        now->flexibility_off != settings->flexibility_off || now->renew != settings->renew ||
        !same_text(now->renewal, settings->renewal) || now->review != settings->review)
        return true;
    if (names_scope(properties))
        tn_sim_arm_error(call, 400, "AppliedScopesSameAsExisting",
                         "The applied scopes are the same as those that the reservation has.");
    else
        tn_sim_arm_error(call, 400, "PatchValuesSameAsExisting",
                         "The values of the patch are the same as those that the reservation has.");
    return false;
}

/* Texts are borrowed from the request until now. */
static bool keep_texts(struct tn_sim_world *world, struct tn_sim_settings *settings)
{
    settings->name = tn_sim_world_text(world, settings->name);
    if (settings->scope_id) {
        settings->scope_id = tn_sim_world_text(world, settings->scope_id);
        return settings->name && settings->scope_id;
    }
    return settings->name;
}

bool tn_sim_patch_read(struct tn_sim_call *call, const struct tn_sim_reservation *reservation,
                       struct tn_sim_settings *settings)
{
    struct tn_json root;
    if (!tn_sim_call_json(call, &root) || tn_json_type_of(root, "properties") <= TN_JSON_NULL) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content has no object 'properties'.");
        return false;
    }
    struct tn_json properties = tn_json_find(root, "properties");
    *settings = *tn_sim_settings_as(reservation, reservation->history.latest);
    if (!read_settings(call, reservation, properties, settings) ||
        !changes_something(call, reservation, properties, settings))
        return false;
    bool kept = keep_texts(&call->simulator->world, settings);
    call->answer->body.failed |= !kept;
    return kept;
}
