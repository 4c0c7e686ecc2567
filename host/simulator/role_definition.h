/*
 * The built-in roles that concern reservations, by their real ids.
 */
#ifndef TN_SIMULATOR_ROLE_DEFINITION_H
#define TN_SIMULATOR_ROLE_DEFINITION_H

#include <stdbool.h>

bool tn_sim_role_exists(const char *id); /* a GUID in either case */

#endif
