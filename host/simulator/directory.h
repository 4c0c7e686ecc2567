/*
 * Microsoft.Capacity, changing the directory: an order goes to another customer's tenant with all its reservations.
 */
#ifndef TN_SIMULATOR_DIRECTORY_H
#define TN_SIMULATOR_DIRECTORY_H

#include "simulator/call.h"

/* Answered 200 even where nothing moved: each item says whether it did. Nothing does without rights in the destination,
 * or with the fault fail_operation. */
void tn_sim_orders_change_directory(struct tn_sim_call *call);

#endif
