/*
 * What is to be bought: purchase requests, in the words of scripts and in Azure's.
 *
 * Scripts say it flat ({sku, region, type, term, billing_plan, billing_scope, quantity, name, scope, renew, flexible}), as
 * the arguments of orders.quote_purchase; Azure nests it, the same for prices, purchases and exchanges.
 *
 * Source: the PurchaseRequest of the Microsoft.Capacity REST reference 2022-11-01, which marks nothing in it as required;
 * required here is what every recorded purchase has sent.
 */
#ifndef TN_AZURE_MODULES_PURCHASE_H
#define TN_AZURE_MODULES_PURCHASE_H

#include "azure/call.h"
#include "azure/modules/capacity.h"

extern const char *const tn_purchase_terms[], *const tn_purchase_plans[];

/* The arguments of a row that names one thing to buy; their doc is that of the fields of a reservation. */
#define TN_PURCHASE_ARGUMENTS                                                                                         \
    {"sku", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "what to reserve, e.g. Standard_D2s_v5"},                   \
        {"type", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "VirtualMachines, SqlDatabases … (see catalog.list)"}, \
        {"region", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "e.g. westeurope; none for global products"},       \
        {"term", TN_TYPE_STRING, true, TN_IN_BODY, NULL, tn_purchase_terms, "how long"},                              \
        {"billing_plan", TN_TYPE_STRING, false, TN_IN_BODY, NULL, tn_purchase_plans, "Upfront unless given"},         \
        {"billing_scope", TN_TYPE_SUBSCRIPTION, true, TN_IN_BODY, NULL, NULL, "subscription that is billed"},         \
        {"quantity", TN_TYPE_INTEGER, true, TN_IN_BODY, NULL, NULL, "how many"},                                      \
        {"name", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "display name"},                                      \
        {"scope",                                                                                                     \
         TN_TYPE_STRING,                                                                                              \
         true,                                                                                                        \
         TN_IN_BODY,                                                                                                  \
         NULL,                                                                                                        \
         NULL,                                                                                                        \
         "Shared, or the id of a subscription, a resource group or a management group"},                              \
        {"renew", TN_TYPE_BOOLEAN, false, TN_IN_BODY, NULL, NULL, "whether it renews by itself"},                     \
    {                                                                                                                 \
        "flexible", TN_TYPE_BOOLEAN, false, TN_IN_BODY, NULL, NULL,                                                   \
            "whether it spreads over the sizes of its family (virtual machines)"                                      \
    }

/* The check of such a row, and of one that names a savings plan to buy. */
int tn_purchase_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);

/* Azure's PurchaseRequest of what such a row was given. L: for documents. */
int tn_purchase_write_values(const struct tn_operation *op, const struct tn_values *values, const char *tenant,
                             lua_State *L, struct tn_json_writer *w, struct tn_err *err);

/* The same of one object in the words of scripts. */
void tn_purchase_write(struct tn_json ours, const char *tenant, struct tn_json_writer *w);
void tn_savings_plan_write(struct tn_json ours, const char *tenant, struct tn_json_writer *w);

/* The other way round, as tn_purchase_write_ours() of azure/operation.h for reservations and requests to buy them. */
void tn_savings_plan_write_ours(struct tn_json body, struct tn_json_writer *w);

#endif
