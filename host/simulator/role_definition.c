/* Microsoft.Authorization: the roles there are. See role.h. */
#include "simulator/role_definition.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "simulator/arm.h"
#include "simulator/role.h"
#include "simulator/terms.h"

#define ID "/providers/Microsoft.Authorization/roleDefinitions/"
#define MOST_ACTIONS 4

static const struct role {
    const char *id, *name, *description, *scope;
    const char *actions[MOST_ACTIONS], *not_actions[MOST_ACTIONS]; /* end with NULL */
} roles[] = {
    {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", "May do everything, and let others.", "/", {"*"}, {NULL}},
    {"b24988ac-6180-42a0-ab88-20f7382dd24c",
     "Contributor",
     "May do everything, but not let others.",
     "/",
     {"*"},
     {"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"}},
    {"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", "May see everything.", "/", {"*/read"}, {NULL}},
    {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
     "User Access Administrator",
     "May see everything, and let others do it.",
     "/",
     {"*/read", "Microsoft.Authorization/*"},
     {NULL}},
    {"a8889054-8d42-49c9-bc1c-52486c10e7cd",
     "Reservations Administrator",
     "May do everything about reservations, and let others.",
     "/providers/Microsoft.Capacity",
     {"Microsoft.Capacity/*", "Microsoft.Authorization/roleAssignments/*"},
     {NULL}},
    {"582fc458-8989-419f-a480-75249bc5db7e",
     "Reservations Reader",
     "May see all reservations.",
     "/providers/Microsoft.Capacity",
     {"Microsoft.Capacity/*/read", "Microsoft.Authorization/roleAssignments/read"},
     {NULL}},
    {"f7b75c60-3036-4b75-91c3-6b41c27c1689",
     "Reservation Purchaser",
     "May buy reservations.",
     "/",
     {"Microsoft.Capacity/catalogs/read", "Microsoft.Capacity/register/action", "Microsoft.Support/supportTickets/*"},
     {NULL}},
};
#define ROLES (sizeof roles / sizeof roles[0])

bool tn_sim_role_exists(const char *id)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (tn_id_equal(roles[i].id, id))
            return true;
    }
    return false;
}

static void write_texts(struct tn_json_writer *w, const char *key, const char *const *texts)
{
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (size_t i = 0; i < MOST_ACTIONS && texts[i]; i++)
        tn_jw_string(w, texts[i]);
    tn_jw_array_end(w);
}

static void write_role(struct tn_json_writer *w, const struct role *role)
{
    static const char *const none[MOST_ACTIONS] = {NULL};
    char id[sizeof ID + TN_GUID_TEXT];
    snprintf(id, sizeof id, ID "%s", role->id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_string(w, "type", "Microsoft.Authorization/roleDefinitions");
    tn_jw_kv_string(w, "name", role->id);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "roleName", role->name);
    tn_jw_kv_string(w, "type", "BuiltInRole");
    tn_jw_kv_string(w, "description", role->description);
    write_texts(w, "assignableScopes", (const char *const[MOST_ACTIONS]){role->scope});
    tn_jw_key(w, "permissions");
    tn_jw_array(w);
    tn_jw_object(w);
    write_texts(w, "actions", role->actions);
    write_texts(w, "notActions", role->not_actions);
    write_texts(w, "dataActions", none);
    write_texts(w, "notDataActions", none);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

/* False: not a filter of definitions. All of ours are built in and may be assigned wherever we are asked. */
static bool passes(const struct role *role, const struct tn_sim_terms *terms, bool *passed)
{
    *passed = true;
    for (size_t i = 0; i < terms->count; i++) {
        const struct tn_sim_term *term = &terms->list[i];
        if (tn_sim_term_is(term, "roleName", "eq"))
            *passed = *passed && tn_id_equal(term->value, role->name);
        else if (tn_sim_term_is(term, "type", "eq"))
            *passed = *passed && tn_id_equal(term->value, "BuiltInRole");
        else if (!tn_sim_term_is(term, "atScopeAndBelow", "") && !tn_sim_term_is(term, "atScope", ""))
            return false;
    }
    return true;
}

void tn_sim_roles_definitions(struct tn_sim_call *call)
{
    struct tn_sim_terms terms = {.count = 0};
    const char *filter = tn_sim_call_query(call, "$filter");
    bool passed;
    if (filter && (!tn_sim_terms_parse(&terms, filter) || !passes(&roles[0], &terms, &passed))) {
        tn_sim_arm_error(call, 400, "InvalidFilter",
                         "The filter is not understood: roleName eq 'name', type eq 'BuiltInRole', atScopeAndBelow().");
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (size_t i = 0; i < ROLES; i++) {
        if (passes(&roles[i], &terms, &passed) && passed)
            write_role(&w, &roles[i]);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void tn_sim_roles_definition(struct tn_sim_call *call)
{
    const char *id = call->segments[call->segment_count - 1];
    for (size_t i = 0; i < ROLES; i++) {
        if (!tn_id_equal(roles[i].id, id))
            continue;
        struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
        write_role(&w, &roles[i]);
        return;
    }
    tn_sim_arm_error(call, 404, "RoleDefinitionDoesNotExist",
                     "The specified role definition with ID '%.60s' does not exist.", id);
}
