/* tenure.applied: which orders a subscription profits from. Facts: the Microsoft.Capacity REST reference 2022-11-01. */
#include "azure/modules/capacity.h"

static const struct tn_record *const records[] = {NULL};

static const struct tn_operation operations[] = {
    {
        .module = "applied",
        .name = "list",
        .method = "GET",
        .path = "/subscriptions/{subscription}" TN_CAPACITY "/appliedReservations",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"subscription", TN_TYPE_SUBSCRIPTION, true, TN_IN_PATH, NULL, NULL,
                       "GUID, or /subscriptions/ and its GUID"}},
        .paging = TN_PAGING_NEXT_LINK,
        .list = "properties.reservationOrderIds.value",
        .doc = "Full ids of the reservation orders that apply to a subscription.",
        .source = "Microsoft.Capacity REST 2022-11-01: Get Applied Reservation List",
    },
    {.module = NULL},
};

const struct tn_module tn_module_applied = {"applied", operations, records,
                                            "Orders that apply to a subscription (Microsoft.Capacity)"};
