/*
 * Partner Center, what the partner is charged and credited for reservations: worked out from the world whenever somebody
 * looks.
 *
 * A purchase is charged at once or month by month, until its order is cancelled; that a part of it was given back leaves
 * what is charged for the rest too high. What comes back for a reservation is credited on the day it was cancelled,
 * unless the world withholds that.
 */
#ifndef TN_SIMULATOR_PARTNER_CHARGES_H
#define TN_SIMULATOR_PARTNER_CHARGES_H

#include "simulator/capacity_write.h"
#include "simulator/world.h"

struct tn_sim_charge {
    const struct tn_sim_order *order;
    bool credit;
    int64_t quantity;
    int64_t coins; /* of the customer's currency; above zero for a credit too */
    int64_t at;    /* seconds since 1970 */
};

/* Calls back for each charge of a customer as it is seen then, in the same order each time. */
void tn_sim_charges(const struct tn_sim_customer *customer, struct tn_sim_sight sight,
                    void (*on_charge)(void *arg, const struct tn_sim_charge *charge), void *arg);

/* Months since the year 0: what an invoice is for. */
int64_t tn_sim_month_of(int64_t seconds);

#endif
