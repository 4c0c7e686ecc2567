/* Partner Center, what the partner is charged and credited: see partner_charges.h. */
#include "simulator/partner_charges.h"

#include <string.h>

#include "base/clock.h"
#include "simulator/partner_orders.h"
#include "simulator/price.h"

int64_t tn_sim_month_of(int64_t seconds)
{
    int year, month, day;
    tn_civil_from_days(seconds / TN_SIM_DAY, &year, &month, &day);
    return (int64_t)year * 12 + month - 1;
}

/* Until when an order is charged for. */
static int64_t charged_until(const struct tn_sim_order *order, struct tn_sim_sight sight)
{
    const struct tn_sim_change *as = tn_sim_history_at(&order->history, sight.at_ms);
    if (!as || as->state != TN_SIM_CANCELLED)
        return sight.now_seconds;
    return as->at_seconds > order->purchased ? as->at_seconds : order->purchased;
}

static void charge_order(const struct tn_sim_order *order, struct tn_sim_sight sight,
                         void (*on_charge)(void *arg, const struct tn_sim_charge *charge), void *arg)
{
    const char *status = tn_sim_partner_order_status(order, sight.at_ms);
    struct tn_sim_charge charge = {.order = order, .quantity = order->quantity, .at = order->purchased};
    int done, all;
    if (!status || strcmp(status, "completed") != 0 || !order->first || order->quantity < 1)
        return;
    tn_sim_order_payments(order, sight.now_seconds, &done, &all);
    for (int number = 1; number <= all && charge.at <= charged_until(order, sight); number++) {
        charge.coins = tn_sim_price_payment(order->first->price_coins * order->quantity, number, all);
        on_charge(arg, &charge);
        charge.at = tn_sim_months_later(order->purchased, number);
    }
}

/* What was given back before the world began came back as it would have then. */
static void credit_reservation(const struct tn_sim_reservation *reservation, struct tn_sim_sight sight,
                               void (*on_charge)(void *arg, const struct tn_sim_charge *charge), void *arg)
{
    const struct tn_sim_change *as = tn_sim_history_at(&reservation->history, sight.at_ms);
    struct tn_sim_charge charge = {.order = reservation->order, .credit = true};
    struct tn_sim_refund refund;
    if (!as || as->state != TN_SIM_CANCELLED || reservation->credit_withheld)
        return;
    charge.at = as->at_seconds;
    charge.quantity = reservation->returned_quantity;
    charge.coins = reservation->returned_coins;
    if (as == &reservation->history.born) {
        tn_sim_refund_compute(reservation, reservation->quantity, as->at_seconds, &refund);
        charge.quantity = refund.quantity;
        charge.coins = refund.back;
    }
    if (charge.quantity > 0)
        on_charge(arg, &charge);
}

void tn_sim_charges(const struct tn_sim_customer *customer, struct tn_sim_sight sight,
                    void (*on_charge)(void *arg, const struct tn_sim_charge *charge), void *arg)
{
    for (const struct tn_sim_order *order = customer->first_order; order; order = order->next)
        charge_order(order, sight, on_charge, arg);
    for (const struct tn_sim_reservation *one = customer->first; one; one = one->next_of_customer)
        credit_reservation(one, sight, on_charge, arg);
}
