/*
 * Scopes: the ids of subscriptions and groups in which a reservation's discount may be used.
 */
#ifndef TN_SIMULATOR_SCOPE_H
#define TN_SIMULATOR_SCOPE_H

#include "simulator/call.h"
#include "simulator/world.h"

#define TN_SIM_SCOPE_TEXT 256

/* What kind of scope an ARM id names; false: none, or one longer than TN_SIM_SCOPE_TEXT. */
bool tn_sim_scope_parse(const char *id, enum tn_sim_scope *scope);

/* Whether a scope is that customer's. Only subscriptions are known: their resource groups may have any name, and so may
 * management groups, which belong to whoever asks. */
bool tn_sim_scope_belongs(const struct tn_sim_world *world, const struct tn_sim_customer *customer, const char *id);

/* The id of a reservation's scope; "" when it is shared. */
void tn_sim_scope_format(const struct tn_sim_reservation *reservation, const struct tn_sim_settings *settings,
                         char text[TN_SIM_SCOPE_TEXT]);

const char *tn_sim_scope_type(enum tn_sim_scope scope);     /* appliedScopeType: a resource group is Single */
const char *tn_sim_scope_friendly(enum tn_sim_scope scope); /* userFriendlyAppliedScopeType */

/* appliedScopeType, appliedScopes and appliedScopeProperties of a request, where they are given at all; scopes without
 * a type go by the type there is. The texts are borrowed from the request. False: the refusal is written. */
bool tn_sim_scope_read(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_settings *settings);
bool tn_sim_scope_named(struct tn_json properties); /* whether one of them is given */

#endif
