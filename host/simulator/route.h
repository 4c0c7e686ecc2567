/*
 * The table of operations: one row for each thing the simulator answers.
 */
#ifndef TN_SIMULATOR_ROUTE_H
#define TN_SIMULATOR_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "simulator/call.h"

enum tn_sim_service { TN_SIM_LOGIN, TN_SIM_ARM, TN_SIM_PARTNER_CENTER, TN_SIM_WEB, TN_SIM_CONTROL };

struct tn_sim_route {
    enum tn_sim_service service;
    const char *method;
    const char *path;      /* segments in braces match anything and become the call's params, in order */
    const char *operation; /* "module.name" as in the host's operation table; what "on" of a fault aims at */
    const char *action;    /* ARM: the permission it needs, as named in refusals */
    void (*handle)(struct tn_sim_call *call);
};

extern const struct tn_sim_route tn_sim_routes[]; /* ends with a row whose method is NULL */

/* Find the row of a call and fill in route and params. False: none; *path_known tells whether another method has one.
 */
bool tn_sim_route_match(struct tn_sim_call *call, bool *path_known);

/* Which service a path belongs to that no row has: its prefix decides. */
enum tn_sim_service tn_sim_route_service(const struct tn_sim_call *call);

/* Its bare name: "refund". */
const char *tn_sim_operation_name(const char *operation);

/* Whether "refund" or "reservations.refund" names this operation. */
bool tn_sim_operation_is(const char *operation, const char *name);

#endif
