/* What a return is worth: exact, prorated to the day, and never more than was paid. */
#include "base/clock.h"
#include "check.h"
#include "simulator/population.h"
#include "simulator/price.h"

#define BOUGHT 20000 /* days since 1970 */

static struct tn_sim_world world;

static struct tn_sim_reservation *buy(const char *currency, int years, bool monthly, int64_t quantity)
{
    static int count;
    char id[TN_GUID_TEXT], name[32];
    snprintf(name, sizeof name, "bought %d", count++);
    tn_guid_derive(id, name);
    struct tn_sim_customer *customer = tn_sim_customer_add(&world, id);
    customer->currency = tn_sim_currency_find(currency);
    struct tn_sim_order *order = tn_sim_order_add(&world, customer, id);
    order->years = years;
    order->monthly = monthly;
    order->purchased = (int64_t)BOUGHT * TN_SIM_DAY;
    order->expires = (int64_t)(BOUGHT + 365 * years) * TN_SIM_DAY;
    struct tn_sim_reservation *reservation = tn_sim_reservation_add(&world, order, id);
    tn_sim_reservation_from_product(reservation, tn_sim_product_find("Standard_D2s_v5"), "westeurope");
    reservation->quantity = quantity;
    return reservation;
}

static struct tn_sim_refund after(const struct tn_sim_reservation *reservation, int64_t quantity, int64_t days)
{
    struct tn_sim_refund refund;
    tn_sim_refund_compute(reservation, quantity, (BOUGHT + days) * TN_SIM_DAY + 3600, &refund);
    return refund;
}

static void test_upfront(void)
{
    struct tn_sim_reservation *reservation = buy("EUR", 1, false, 2);
    reservation->price_coins = 36500;
    reservation->price_cents = 73000;
    struct tn_sim_refund refund = after(reservation, 1, 65);
    CHECK(refund.paid == 36500 && refund.used == 6500 && refund.back == 30000 && refund.remaining == 0);
    CHECK(refund.worth_cents == 60000);
    CHECK(refund.payments == 1 && refund.payments_done == 1);
    CHECK(after(reservation, 2, 65).back == 60000);
    CHECK(after(reservation, 1, 0).back == 36500);
    CHECK(after(reservation, 1, 365).back == 0);
    CHECK(after(reservation, 1, 4000).back == 0);
}

static void test_monthly(void)
{
    struct tn_sim_reservation *reservation = buy("PLN", 1, true, 1);
    reservation->price_coins = 120000;
    struct tn_sim_refund first = after(reservation, 1, 10), fifth = after(reservation, 1, 130);
    CHECK(first.payments == 12 && first.payments_done == 1 && first.paid == 10000 && first.remaining == 110000);
    CHECK(fifth.payments_done == 5 && fifth.paid == 50000 && fifth.remaining == 70000);
    CHECK(fifth.used == 42740 && fifth.back == 7260);
    for (int64_t day = 0; day <= 400; day++) {
        struct tn_sim_refund refund = after(reservation, 1, day);
        CHECK(refund.back >= 0 && refund.back <= refund.paid && refund.paid - refund.used == refund.back);
        CHECK(refund.remaining >= 0 && refund.paid + refund.remaining == 120000);
    }
}

/* The worth a world file gave is exact, and its parts sum up to it. */
/* A total that does not divide is paid to the last coin, and what was paid so far is what a return says. */
static void test_payments(void)
{
    struct tn_sim_reservation *reservation = buy("EUR", 1, true, 1);
    int64_t sum = 0;
    reservation->price_coins = 100003;
    for (int number = 1; number <= 12; number++) {
        sum += tn_sim_price_payment(100003, number, 12);
        CHECK(after(reservation, 1, (number - 1) * 365 / 12 + 1).paid == sum);
    }
    CHECK(sum == 100003);
    CHECK(tn_sim_price_payment(500, 1, 1) == 500);
}

static void test_months(void)
{
    const int64_t day = TN_SIM_DAY, at = 3600;
    CHECK(tn_sim_months_later(tn_days_from_civil(2026, 1, 31) * day + at, 1) ==
          tn_days_from_civil(2026, 2, 28) * day + at);
    CHECK(tn_sim_months_later(tn_days_from_civil(2026, 11, 23) * day, 14) == tn_days_from_civil(2028, 1, 23) * day);
    CHECK(tn_sim_months_later(tn_days_from_civil(2026, 12, 5) * day, 0) == tn_days_from_civil(2026, 12, 5) * day);
    CHECK(tn_sim_months_later(tn_days_from_civil(2026, 11, 30) * day, 1) == tn_days_from_civil(2026, 12, 30) * day);
}

static void test_fixed(void)
{
    struct tn_sim_reservation *reservation = buy("EUR", 3, false, 4);
    reservation->fixed = true;
    reservation->worth_cents = 10001;
    reservation->worth_coins = 9000;
    struct tn_sim_refund part = after(reservation, 1, 100), whole = after(reservation, 4, 700);
    CHECK(part.worth_cents == 2500 && part.back == 2250 && part.paid - part.used == part.back);
    CHECK(whole.worth_cents == 10001 && whole.back == 9000);
}

static void test_currencies(void)
{
    const struct tn_sim_currency *yen = tn_sim_currency_find("JPY"), *zloty = tn_sim_currency_find("PLN");
    char text[TN_MONEY_TEXT];
    struct tn_money money = tn_sim_currency_money(yen, 1500);
    int64_t coins = 0;
    CHECK_TEXT(tn_money_amount(&money, text), "1500.00");
    CHECK(tn_sim_currency_from_cents(yen, 1000) == 1484);
    CHECK(tn_sim_currency_from_cents(zloty, 2250) == 8246);
    CHECK(tn_sim_currency_from_cents(tn_sim_currency_find("USD"), 2250) == 2250);
    CHECK(tn_sim_currency_to_cents(zloty, 8246) == 2250);
    CHECK(tn_money_parse(&money, "12.5", "JPY", NULL) == TENURE_OK && !tn_sim_currency_coins(yen, &money, &coins));
    CHECK(tn_money_parse(&money, "12.5", "PLN", NULL) == TENURE_OK && tn_sim_currency_coins(zloty, &money, &coins));
    CHECK(coins == 1250);
    CHECK(tn_money_parse(&money, "-1", "PLN", NULL) == TENURE_OK && !tn_sim_currency_coins(zloty, &money, &coins));
}

/* 29 February has no anniversary in most years. */
static void test_years(void)
{
    int64_t leap = tn_days_from_civil(2024, 2, 29) * TN_SIM_DAY;
    CHECK(tn_sim_years_later(leap, 1) == tn_days_from_civil(2025, 3, 1) * TN_SIM_DAY);
    CHECK(tn_sim_years_later(leap + 5, 4) == tn_days_from_civil(2028, 2, 29) * TN_SIM_DAY + 5);
}

int main(void)
{
    CHECK(tn_sim_world_init(&world, 1, BOUGHT, NULL) == TENURE_OK);
    test_upfront();
    test_monthly();
    test_payments();
    test_months();
    test_fixed();
    test_currencies();
    test_years();
    tn_sim_world_deinit(&world);
    return check_result();
}
