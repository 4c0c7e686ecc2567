/*
 * What the modules about Microsoft.Capacity share: paths, its version, and fields that are made of several members.
 *
 * Source: the Microsoft.Capacity REST reference 2022-11-01. All of Azure's enumerations are open: values are passed on
 * as they come.
 */
#ifndef TN_AZURE_MODULES_CAPACITY_H
#define TN_AZURE_MODULES_CAPACITY_H

#include "azure/modules/modules.h"
#include "azure/policy.h"

#define TN_CAPACITY "/providers/Microsoft.Capacity"
#define TN_CAPACITY_ORDER TN_CAPACITY "/reservationOrders/{order}"
#define TN_CAPACITY_RESERVATION TN_CAPACITY "/reservationOrders/{reservation.order}/reservations/{reservation}"
#define TN_CAPACITY_VERSION "2022-11-01"

/* An argument that most of these rows take. */
#define TN_ARGUMENT_RESERVATION                                                                           \
    {                                                                                                     \
        "reservation", TN_TYPE_RESERVATION, true, TN_IN_PATH, NULL, NULL, "reservation, full id, or GUID" \
    }
#define TN_ARGUMENT_ORDER                                                                            \
    {                                                                                                \
        "order", TN_TYPE_ORDER, true, TN_IN_PATH, NULL, NULL, "order, reservation, full id, or GUID" \
    }

/* Of tenure.reservations; the others are in record.h. */
extern const struct tn_record tn_record_revision, tn_record_available_scope;

/* Fields of quotes that rules look at. */
#define TN_FIELD_ASKED                                                                                          \
    {                                                                                                           \
        .name = "asked", .compute = tn_capacity_asked, .type = TN_TYPE_BOOLEAN,                                 \
        .doc = "false: it is known to be refused, so that the service was not asked; then there are no amounts" \
    }
#define TN_FIELD_DOUBTS                                                                               \
    {                                                                                                 \
        .name = "doubts", .path = "doubts", .type = TN_TYPE_LIST, .record = &tn_record_refusal,       \
        .doc = "of one that is allowed: why it was expected to be refused; the service's word counts" \
    }

/* compute functions of fields; see struct tn_field. */

/* The reservation's full id, without the "/revisions/{n}" that a split or a history adds to it. */
int tn_capacity_reservation_id(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                               struct tn_err *err);
/* The GUID of the order in the id. */
int tn_capacity_order_of(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err);
/* When it was bought, and when it ends: the time, or the bare date that older objects have. */
int tn_capacity_purchased(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err);
int tn_capacity_expires(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err);
/* Whether the service has answered a quote. */
int tn_capacity_asked(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                      struct tn_err *err);

/* Whether it spreads over the sizes of its family; absent for what is no virtual machine. */
int tn_capacity_flexible(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err);

/* "Shared", "Single" or "ManagementGroup", by what it is the id of; NULL: of nothing that can be a scope. */
const char *tn_capacity_scope_type(const char *scope);
/* An argument "scope", where it is given: whether it can be one, and Azure's members for it. tenant: the customer's. */
int tn_capacity_check_scope(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);
void tn_capacity_write_scope(const char *scope, const char *tenant, struct tn_json_writer *w);

extern const struct tn_record tn_record_sku_property; /* what a product is like: name and value */

#endif
