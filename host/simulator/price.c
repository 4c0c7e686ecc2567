/* What a return is worth: see price.h. */
#include "simulator/price.h"

static int64_t whole_days(int64_t seconds)
{
    return seconds / TN_SIM_DAY;
}

/* Days of the term that are over, and all of them (at least one). */
static void term_days(const struct tn_sim_order *order, int64_t now_seconds, int64_t *over, int64_t *all)
{
    *all = whole_days(order->expires) - whole_days(order->purchased);
    *over = whole_days(now_seconds) - whole_days(order->purchased);
    if (*all < 1)
        *all = 1;
    if (*over < 0)
        *over = 0;
    if (*over > *all)
        *over = *all;
}

/* amount * part / whole, rounded; the product does not overflow. */
static int64_t share(int64_t amount, int64_t part, int64_t whole)
{
    return (int64_t)(((__int128)amount * part + whole / 2) / whole);
}

int64_t tn_sim_price_payment(int64_t total, int number, int all)
{
    return share(total, number, all) - share(total, number - 1, all);
}

void tn_sim_order_payments(const struct tn_sim_order *order, int64_t now_seconds, int *done, int *all)
{
    int64_t over, days;
    term_days(order, now_seconds, &over, &days);
    *all = order->monthly ? 12 * order->years : 1;
    *done = (int)(over * *all / days) + 1;
    if (*done > *all)
        *done = *all;
}

/* What was paid of a total by now, and how much of that is not used yet. */
static int64_t unused(const struct tn_sim_order *order, int64_t total, int64_t now_seconds, int64_t *paid)
{
    int64_t over, days;
    int done, all;
    term_days(order, now_seconds, &over, &days);
    tn_sim_order_payments(order, now_seconds, &done, &all);
    *paid = share(total, done, all);
    int64_t used = share(total, over, days);
    return *paid > used ? *paid - used : 0;
}

void tn_sim_refund_compute(const struct tn_sim_reservation *reservation, int64_t quantity, int64_t now_seconds,
                           struct tn_sim_refund *refund)
{
    const struct tn_sim_order *order = reservation->order;
    int64_t total = reservation->price_coins * quantity, paid_cents;
    *refund = (struct tn_sim_refund){.quantity = quantity};
    tn_sim_order_payments(order, now_seconds, &refund->payments_done, &refund->payments);
    refund->back = unused(order, total, now_seconds, &refund->paid);
    refund->worth_cents = unused(order, reservation->price_cents * quantity, now_seconds, &paid_cents);
    refund->remaining = total - refund->paid;
    if (reservation->fixed) {
        refund->back = share(reservation->worth_coins, quantity, reservation->quantity);
        refund->worth_cents = share(reservation->worth_cents, quantity, reservation->quantity);
        if (refund->paid < refund->back)
            refund->paid = refund->back;
    }
    refund->used = refund->paid - refund->back;
}

void tn_sim_refund_scale(struct tn_sim_refund *refund, int64_t permille)
{
    refund->back = refund->back * permille / 1000;
    refund->worth_cents = refund->worth_cents * permille / 1000;
    if (refund->paid < refund->back)
        refund->paid = refund->back;
    refund->used = refund->paid - refund->back;
}
