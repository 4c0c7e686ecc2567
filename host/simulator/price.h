/*
 * What a return is worth: the part of what was paid that was not used yet, prorated to the day.
 */
#ifndef TN_SIMULATOR_PRICE_H
#define TN_SIMULATOR_PRICE_H

#include "simulator/world.h"

/* Amounts for a quantity of one reservation. worth is in US cents, the others in the smallest coin of the billing
 * currency. */
struct tn_sim_refund {
    int64_t quantity;
    int64_t worth_cents;                 /* pricingRefundAmount */
    int64_t back, paid, used, remaining; /* back = paid - used; remaining: future payments that are cancelled */
    int payments_done, payments;
};

void tn_sim_refund_compute(const struct tn_sim_reservation *reservation, int64_t quantity, int64_t now_seconds,
                           struct tn_sim_refund *refund);

/* Prices moved: less or more comes back. */
void tn_sim_refund_scale(struct tn_sim_refund *refund, int64_t permille);

/* One of all the payments that make up a total, from 1. */
int64_t tn_sim_price_payment(int64_t total, int number, int all);

/* Payments of an order made by now, and all of them: 1 of 1 when paid upfront. */
void tn_sim_order_payments(const struct tn_sim_order *order, int64_t now_seconds, int *done, int *all);

#endif
