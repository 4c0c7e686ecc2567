/*
 * Azure's roles by the names that people know them by. Source: the page "Azure built-in roles", and the
 * Microsoft.Authorization REST reference 2022-04-01.
 */
#ifndef TN_AZURE_MODULES_ROLES_H
#define TN_AZURE_MODULES_ROLES_H

/* The GUID of a role: of a built-in one that has to do with reservations by its name, in any case, or the GUID itself.
 * NULL: neither. */
const char *tn_role_guid(const char *role);

#endif
