/* Microsoft.Authorization: role assignments. See role.h. */
#include "simulator/role.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/role_definition.h"
#include "simulator/state.h"
#include "simulator/terms.h"

#define OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define SCOPE_TEXT 200

/* What a path is about: all reservations, one order, one reservation. */
struct scope {
    const struct tn_sim_order *order;
    const struct tn_sim_reservation *reservation;
};

/* ---- scopes ----------------------------------------------------------------------------------------------------- */

/* By what stands before the extension: …/reservationOrders/{o}/reservations/{r}/providers/Microsoft.Authorization. */
static bool read_scope(struct tn_sim_call *call, struct scope *scope)
{
    size_t segments = call->segment_count;
    *scope = (struct scope){.order = NULL};
    if (segments <= 2 || tn_id_equal(call->segments[2], "providers"))
        return true;
    scope->order = tn_sim_capacity_order(call);
    if (!scope->order || tn_id_equal(call->segments[4], "providers"))
        return scope->order;
    scope->reservation = tn_sim_capacity_reservation(call, tn_sim_capacity_sight(call));
    return scope->reservation;
}

static void scope_text(const struct tn_sim_assignment *assignment, char text[SCOPE_TEXT])
{
    int len = snprintf(text, SCOPE_TEXT, "/providers/Microsoft.Capacity");
    if (assignment->order)
        len += snprintf(text + len, SCOPE_TEXT - (size_t)len, "/reservationOrders/%s", assignment->order->id);
    if (assignment->reservation)
        snprintf(text + len, SCOPE_TEXT - (size_t)len, "/reservations/%s", assignment->reservation->id);
}

static bool is_at(const struct tn_sim_assignment *assignment, const struct scope *scope)
{
    return assignment->order == scope->order && assignment->reservation == scope->reservation;
}

/* At the scope, or inherited from above. */
static bool reaches(const struct tn_sim_assignment *assignment, const struct scope *scope)
{
    return (!assignment->order || assignment->order == scope->order) &&
           (!assignment->reservation || assignment->reservation == scope->reservation);
}

/* ---- what there is ---------------------------------------------------------------------------------------------- */

static struct tn_sim_assignment *add_assignment(struct tn_sim_call *call, const struct tn_sim_assignment *content)
{
    struct tn_sim_assignment *kept = tn_arena_alloc(call->simulator->world.arena, 1, sizeof *kept);
    if (!kept)
        return NULL;
    *kept = *content;
    kept->next = call->customer->assignments;
    call->customer->assignments = kept;
    return kept;
}

/* Whoever bought an order owns it, and whose directory it moved to: written down when the order's rights are first looked
 * at there. False: out of memory. */
static bool know_owner(struct tn_sim_call *call, const struct tn_sim_order *order)
{
    char seedling[TN_GUID_TEXT * 2 + 24];
    struct tn_sim_assignment owner = {.order = order, .principal_type = "User", .role = OWNER};
    if (!order)
        return true;
    snprintf(seedling, sizeof seedling, "owner of order %s in %s", order->id, call->customer->id);
    tn_guid_derive(owner.name, seedling);
    for (const struct tn_sim_assignment *one = call->customer->assignments; one; one = one->next) {
        if (tn_id_equal(one->name, owner.name))
            return true;
    }
    snprintf(seedling, sizeof seedling, "buyer of %s", call->customer->id);
    tn_guid_derive(owner.principal, seedling);
    owner.created = owner.updated = order->purchased;
    return add_assignment(call, &owner);
}

static struct tn_sim_assignment *find_assignment(const struct tn_sim_call *call, const struct scope *scope,
                                                 const char *name)
{
    for (struct tn_sim_assignment *one = call->customer->assignments; one; one = one->next) {
        if (!one->revoked && is_at(one, scope) && tn_id_equal(one->name, name))
            return one;
    }
    return NULL;
}

static void write_assignment(struct tn_json_writer *w, const struct tn_sim_assignment *assignment,
                             const char *created_by)
{
    char scope[SCOPE_TEXT], text[SCOPE_TEXT + 120], time[TN_TIME_TEXT];
    scope_text(assignment, scope);
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    snprintf(text, sizeof text, "/providers/Microsoft.Authorization/roleDefinitions/%s", assignment->role);
    tn_jw_kv_string(w, "roleDefinitionId", text);
    tn_jw_kv_string(w, "principalId", assignment->principal);
    tn_jw_kv_string(w, "principalType", assignment->principal_type);
    tn_jw_kv_string(w, "scope", scope);
    tn_jw_kv_string(w, "condition", assignment->condition);
    tn_jw_kv_string(w, "conditionVersion", assignment->condition ? "2.0" : NULL);
    tn_jw_kv_string(w, "createdOn", tn_time_format(assignment->created, time));
    tn_jw_kv_string(w, "updatedOn", tn_time_format(assignment->updated, time));
    tn_jw_kv_string(w, "createdBy", created_by);
    tn_jw_kv_string(w, "updatedBy", created_by);
    tn_jw_kv_string(w, "delegatedManagedIdentityResourceId", NULL);
    tn_jw_kv_string(w, "description", assignment->description);
    tn_jw_object_end(w);
    snprintf(text, sizeof text, "%s/providers/Microsoft.Authorization/roleAssignments/%s", scope, assignment->name);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "type", "Microsoft.Authorization/roleAssignments");
    tn_jw_kv_string(w, "name", assignment->name);
    tn_jw_object_end(w);
}

static void answer_assignment(struct tn_sim_call *call, int status, const struct tn_sim_assignment *assignment)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    write_assignment(&w, assignment, call->simulator->client_id);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* atScope() changes nothing: rights below the scope are not listed anyway. Groups have no members here, so assignedTo
 * is as principalId. NULL is anybody; false: not a filter of assignments. */
static bool read_filter(const char *filter, struct tn_sim_terms *terms, const char **principal)
{
    *principal = NULL;
    if (!filter)
        return true;
    if (!tn_sim_terms_parse(terms, filter))
        return false;
    for (size_t i = 0; i < terms->count; i++) {
        const struct tn_sim_term *term = &terms->list[i];
        if (tn_sim_term_is(term, "principalId", "eq") || tn_sim_term_is(term, "assignedTo", ""))
            *principal = term->value;
        else if (!tn_sim_term_is(term, "atScope", ""))
            return false;
    }
    return true;
}

void tn_sim_roles_list(struct tn_sim_call *call)
{
    struct scope scope;
    struct tn_sim_terms terms;
    const char *principal;
    if (!read_scope(call, &scope))
        return;
    if (!read_filter(tn_sim_call_query(call, "$filter"), &terms, &principal)) {
        tn_sim_arm_error(call, 400, "InvalidFilter",
                         "The filter is not understood: atScope(), principalId eq 'id' or assignedTo('id').");
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    w.out->failed |= !know_owner(call, scope.order);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_assignment *one = call->customer->assignments; one; one = one->next) {
        if (!one->revoked && reaches(one, &scope) && (!principal || tn_id_equal(one->principal, principal)))
            write_assignment(&w, one, call->simulator->client_id);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

/* The assignment that the path names; NULL: there is none, or no path to it (*refused). */
static struct tn_sim_assignment *named_assignment(struct tn_sim_call *call, struct scope *scope, bool *refused)
{
    const char *name = call->segments[call->segment_count - 1];
    *refused = true;
    if (!read_scope(call, scope))
        return NULL;
    if (!tn_guid_valid(name, strlen(name))) {
        tn_sim_arm_error(call, 400, "InvalidRoleAssignmentId",
                         "The role assignment ID '%.60s' is not valid: it must be a GUID.", name);
        return NULL;
    }
    *refused = false;
    if (!know_owner(call, scope->order))
        call->answer->body.failed = true;
    return find_assignment(call, scope, name);
}

void tn_sim_roles_get(struct tn_sim_call *call)
{
    struct scope scope;
    bool refused;
    const struct tn_sim_assignment *assignment = named_assignment(call, &scope, &refused);
    if (assignment)
        answer_assignment(call, 200, assignment);
    else if (!refused)
        tn_sim_arm_error(call, 404, "RoleAssignmentNotFound", "The role assignment '%.60s' is not found.",
                         call->segments[call->segment_count - 1]);
}

/* ---- changing --------------------------------------------------------------------------------------------------- */

static bool book(struct tn_sim_call *call, const char *kind, const struct scope *scope)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, kind, "succeeded");
    if (scope->reservation)
        snprintf(effect.reservation, sizeof effect.reservation, "%s", scope->reservation->id);
    return tn_sim_book_add(&call->simulator->book, &effect) > 0;
}

void tn_sim_roles_revoke(struct tn_sim_call *call)
{
    struct scope scope;
    bool refused;
    struct tn_sim_assignment *assignment = named_assignment(call, &scope, &refused);
    if (refused)
        return;
    if (!assignment) {
        call->answer->status = 204;
        return;
    }
    if (!book(call, "revoke", &scope)) {
        call->answer->body.failed = true;
        return;
    }
    assignment->revoked = true;
    answer_assignment(call, 200, assignment);
}

static const char *type_of(const char *text)
{
    static const char *const types[] = {"User", "Group", "ServicePrincipal", "ForeignGroup", "Device", NULL};
    for (size_t i = 0; types[i]; i++) {
        if (!text || tn_id_equal(types[i], text))
            return types[i];
    }
    return NULL;
}

/* There is no directory: everybody exists but those that are mistaken for somebody, an application's id for its
 * principal's above all. */
static bool is_nobody(const struct tn_sim_call *call, const char *principal)
{
    return tn_id_equal(principal, call->simulator->client_id) || tn_id_equal(principal, call->customer->id) ||
           tn_id_equal(principal, "00000000-0000-0000-0000-000000000000");
}

static bool refuse(struct tn_sim_call *call, int status, const char *code, const char *fmt, const char *what)
{
    char message[300];
    snprintf(message, sizeof message, "%s '%.120s'.", fmt, what ? what : "");
    tn_sim_arm_error(call, status, code, "%s", message);
    return false;
}

/* Role and principal of a body. False: the refusal is written. */
static bool read_whom(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_assignment *wanted)
{
    const char *role = tn_json_string(properties, "roleDefinitionId", NULL);
    const char *principal = tn_json_string(properties, "principalId", NULL);
    const char *type = tn_json_string(properties, "principalType", NULL);
    const char *id = role ? strrchr(role, '/') : NULL;
    if (!role || !principal)
        return refuse(call, 400, "BadRequestFormat", "The request needs", role ? "principalId" : "roleDefinitionId");
    if (!id || !tn_guid_valid(id + 1, strlen(id + 1)))
        return refuse(call, 400, "InvalidRoleDefinitionId", "This is not the ID of a role definition:", role);
    if (!tn_guid_valid(principal, strlen(principal)))
        return refuse(call, 400, "InvalidPrincipalId", "The principal ID is not a GUID:", principal);
    wanted->principal_type = type_of(type);
    if (!wanted->principal_type)
        return refuse(call, 400, "InvalidPrincipalType", "There is no principal type", type);
    if (!tn_sim_role_exists(id + 1))
        return refuse(call, 400, "RoleDefinitionDoesNotExist", "There is no role definition with the ID", id + 1);
    if (is_nobody(call, principal))
        return refuse(call, 400, "PrincipalNotFound", "The directory has no principal with the ID", principal);
    snprintf(wanted->role, sizeof wanted->role, "%s", id + 1);
    snprintf(wanted->principal, sizeof wanted->principal, "%s", principal);
    tn_id_fold(wanted->role);
    tn_id_fold(wanted->principal);
    return true;
}

static bool read_grant(struct tn_sim_call *call, struct tn_sim_assignment *wanted)
{
    struct tn_json root;
    struct tn_sim_world *world = &call->simulator->world;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return false;
    }
    struct tn_json properties = tn_json_find(root, "properties");
    const char *description = tn_json_string(properties, "description", NULL);
    const char *condition = tn_json_string(properties, "condition", NULL);
    const char *version = tn_json_string(properties, "conditionVersion", NULL);
    if (!read_whom(call, properties, wanted))
        return false;
    if (version && strcmp(version, "2.0") != 0)
        return refuse(call, 400, "InvalidConditionVersion", "The version of a condition is 2.0, not", version);
    wanted->description = description ? tn_sim_world_text(world, description) : NULL;
    wanted->condition = condition ? tn_sim_world_text(world, condition) : NULL;
    call->answer->body.failed |= (description && !wanted->description) || (condition && !wanted->condition);
    return !call->answer->body.failed;
}

/* Another assignment that grants the same. */
static const struct tn_sim_assignment *same_right(const struct tn_sim_call *call,
                                                  const struct tn_sim_assignment *wanted)
{
    const struct scope scope = {wanted->order, wanted->reservation};
    for (const struct tn_sim_assignment *one = call->customer->assignments; one; one = one->next) {
        if (!one->revoked && is_at(one, &scope) && tn_id_equal(one->role, wanted->role) &&
            tn_id_equal(one->principal, wanted->principal))
            return one;
    }
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The name is taken: by the same right, whose description may change, or by another, which may not become this one. */
static void update(struct tn_sim_call *call, const struct scope *scope, struct tn_sim_assignment *there,
                   const struct tn_sim_assignment *wanted)
{
    bool same = same_text(there->description, wanted->description) && same_text(there->condition, wanted->condition);
    if (!tn_id_equal(there->role, wanted->role) || !tn_id_equal(there->principal, wanted->principal)) {
        tn_sim_arm_error(call, 400, "RoleAssignmentUpdateNotPermitted",
                         "The role, principal and scope of a role assignment cannot be updated.");
        return;
    }
    if (!same && !book(call, "grant", scope)) {
        call->answer->body.failed = true;
        return;
    }
    if (!same) {
        there->description = wanted->description;
        there->condition = wanted->condition;
        there->updated = wanted->updated;
    }
    answer_assignment(call, 200, there);
}

void tn_sim_roles_grant(struct tn_sim_call *call)
{
    struct scope scope;
    bool refused;
    struct tn_sim_assignment wanted = {.created = tn_loop_wall_ms(call->simulator->loop) / 1000};
    struct tn_sim_assignment *there = named_assignment(call, &scope, &refused);
    if (refused || !read_grant(call, &wanted))
        return;
    snprintf(wanted.name, sizeof wanted.name, "%s", call->segments[call->segment_count - 1]);
    tn_id_fold(wanted.name);
    wanted.updated = wanted.created;
    wanted.order = scope.order;
    wanted.reservation = scope.reservation;
    if (there) {
        update(call, &scope, there, &wanted);
        return;
    }
    if (same_right(call, &wanted)) {
        tn_sim_arm_error(call, 409, "RoleAssignmentExists",
                         "The role assignment already exists. The ID of the existing role assignment is %s.",
                         same_right(call, &wanted)->name);
        return;
    }
    const struct tn_sim_assignment *kept = add_assignment(call, &wanted);
    if (kept && book(call, "grant", &scope))
        answer_assignment(call, 201, kept);
    else
        call->answer->body.failed = true;
}
