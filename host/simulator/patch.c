/* What a PATCH asks of a reservation: see patch.h. */
#include "simulator/patch.h"

#include <string.h>

#include "simulator/arm.h"
#include "simulator/scope.h"
#include "simulator/state.h"

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
    return tn_sim_scope_read(call, properties, settings) && read_flexibility(call, reservation, properties, settings) &&
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
    if (tn_sim_scope_named(properties))
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
