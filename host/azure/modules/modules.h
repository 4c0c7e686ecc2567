/*
 * The modules of the operation table, one file each: its records, the bodies of its requests, its rows.
 *
 * A row needs a doc, a source, a route in the simulator, and a spec that calls it.
 */
#ifndef TN_AZURE_MODULES_MODULES_H
#define TN_AZURE_MODULES_MODULES_H

#include "azure/operation.h"

extern const struct tn_module tn_module_applied, tn_module_catalog, tn_module_customers, tn_module_http,
    tn_module_orders, tn_module_partner, tn_module_reservations, tn_module_roles, tn_module_support, tn_module_usage;

#endif
