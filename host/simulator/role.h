/*
 * Microsoft.Authorization: who may do what about all reservations, an order or one reservation.
 *
 * A right is inherited downwards only: one on the order is a right on its reservations, too, never the other way round.
 * Whoever bought an order has it from the beginning. Rights that are granted here open nothing for the simulator's own
 * client, which may do everything where it may do anything.
 */
#ifndef TN_SIMULATOR_ROLE_H
#define TN_SIMULATOR_ROLE_H

#include "simulator/call.h"
#include "simulator/world.h"

/* Lives as long as the world, revoked or not. */
struct tn_sim_assignment {
    struct tn_sim_assignment *next; /* of the customer's */
    char name[TN_GUID_TEXT];
    const struct tn_sim_order *order;             /* NULL: all reservations of the tenant */
    const struct tn_sim_reservation *reservation; /* NULL: the whole order */
    char role[TN_GUID_TEXT], principal[TN_GUID_TEXT];
    const char *principal_type;          /* static */
    const char *description, *condition; /* NULL: none */
    int64_t created, updated;            /* seconds since 1970 */
    bool revoked;
};

void tn_sim_roles_list(struct tn_sim_call *call);
void tn_sim_roles_get(struct tn_sim_call *call);
void tn_sim_roles_grant(struct tn_sim_call *call);
void tn_sim_roles_revoke(struct tn_sim_call *call);
void tn_sim_roles_definitions(struct tn_sim_call *call);
void tn_sim_roles_definition(struct tn_sim_call *call);

#endif
