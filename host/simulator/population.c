/* The made-up population: see population.h. */
#include "simulator/population.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define CENTS_PER_USD 100

static size_t length_of(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

static const char *any_of(struct tn_sim_random *random, const char *const *words)
{
    return words[tn_sim_random_between(random, 0, (int64_t)length_of(words) - 1)];
}

const struct tn_sim_country *tn_sim_population_country(struct tn_sim_random *random)
{
    int64_t total = 0;
    for (const struct tn_sim_country *country = tn_sim_countries; country->code; country++)
        total += country->weight;
    int64_t at = tn_sim_random_between(random, 0, total - 1);
    const struct tn_sim_country *country = tn_sim_countries;
    while (at >= country->weight)
        at -= country++->weight;
    return country;
}

const struct tn_sim_product *tn_sim_population_product(struct tn_sim_random *random)
{
    int64_t total = 0;
    for (const struct tn_sim_product *product = tn_sim_products; product->type; product++)
        total += product->weight;
    int64_t at = tn_sim_random_between(random, 0, total - 1);
    const struct tn_sim_product *product = tn_sim_products;
    while (at >= product->weight)
        at -= product++->weight;
    return product;
}

const char *tn_sim_population_region(struct tn_sim_random *random, const char *home)
{
    return tn_sim_random_chance(random, 0.7) ? home : any_of(random, tn_sim_regions);
}

/* ---- reservations ----------------------------------------------------------------------------------------------- */

/* Percentages are reported with two places at most. */
static double percent(struct tn_sim_random *random, int64_t least, int64_t most)
{
    return (double)tn_sim_random_between(random, least * 100, most * 100) / 100.0;
}

/* The nearest average of a window's days that one over its first few leaves possible, with two places as well. */
static double fitting(double average, double days, double shorter, double shorter_days)
{
    double least = shorter * shorter_days / days, most = least + 100 * (days - shorter_days) / days;
    if (average < least)
        return ceil(least * 100) / 100;
    return average > most ? floor(most * 100) / 100 : average;
}

static void set_utilization(struct tn_sim_reservation *reservation, double day, double week, double month)
{
    week = fitting(week, 7, day, 1);
    reservation->grains = 3;
    reservation->utilization[0] = day;
    reservation->utilization[1] = week;
    reservation->utilization[2] = fitting(month, 30, week, 7);
    reservation->trend = day < week ? "DOWN" : day > week ? "UP" : "SAME";
}

void tn_sim_population_busy(struct tn_sim_random *random, struct tn_sim_reservation *reservation)
{
    double used = percent(random, 70, 100);
    set_utilization(reservation, used, used, used);
}

static void use(struct tn_sim_random *random, struct tn_sim_reservation *reservation)
{
    int64_t roll = tn_sim_random_between(random, 0, 99);
    if (roll < 80)
        tn_sim_population_busy(random, reservation);
    else if (roll < 87) /* idle all the month */
        set_utilization(reservation, 0, percent(random, 0, 2), percent(random, 0, 4));
    else if (roll < 92) /* idle lately */
        set_utilization(reservation, 0, percent(random, 0, 3), percent(random, 30, 80));
    else if (roll < 98)
        set_utilization(reservation, percent(random, 10, 60), percent(random, 10, 60), percent(random, 10, 60));
    else
        reservation->trend = ""; /* Azure reports nothing */
}

static void date_order(struct tn_sim_random *random, const struct tn_sim_world *world, struct tn_sim_order *order)
{
    bool over = tn_sim_random_chance(random, 0.01);
    order->years = tn_sim_random_chance(random, 0.35) ? 3 : 1;
    int64_t most = order->years * 365 - 8, least = over ? order->years * 366 + 5 : 4;
    int64_t age = over ? least + tn_sim_random_between(random, 0, 80) : tn_sim_random_between(random, least, most);
    order->purchased = (world->today - age) * TN_SIM_DAY + tn_sim_random_between(random, 0, TN_SIM_DAY - 1);
    order->expires = tn_sim_years_later(order->purchased, order->years);
    if (over)
        order->history.born.state = TN_SIM_EXPIRED;
}

static const char *display_name(struct tn_sim_random *random, struct tn_sim_world *world,
                                const struct tn_sim_reservation *reservation)
{
    if (tn_sim_random_chance(random, 0.5))
        return tn_sim_world_format(world, "%s-%s", any_of(random, tn_sim_workloads), reservation->sku);
    int year, month, day;
    tn_civil_from_days(reservation->order->purchased / TN_SIM_DAY, &year, &month, &day);
    return tn_sim_world_format(world, "VM_RI_%02d-%02d-%04d_%02d-%02d", month, day, year,
                               (int)tn_sim_random_between(random, 0, 23), (int)tn_sim_random_between(random, 0, 59));
}

static void settle_state(struct tn_sim_random *random, struct tn_sim_reservation *reservation)
{
    struct tn_sim_change *born = &reservation->history.born;
    born->state = reservation->order->history.born.state;
    born->at_seconds = reservation->order->purchased + 360;
    if (born->state == TN_SIM_SUCCEEDED && tn_sim_random_chance(random, 0.02))
        born->state = TN_SIM_CANCELLED;
    if (born->state == TN_SIM_CANCELLED && reservation->order->first == reservation)
        reservation->order->history.born.state = TN_SIM_CANCELLED;
    if (born->state == TN_SIM_SUCCEEDED && tn_sim_random_chance(random, 0.03))
        reservation->refuses = "SelfServiceRefundNotSupported";
    reservation->settings.renew = tn_sim_random_chance(random, 0.1);
    reservation->settings.scope = tn_sim_random_chance(random, 0.75) ? TN_SIM_SHARED : TN_SIM_SINGLE;
}

/* Mostly one or two, at most eight. */
static int64_t any_quantity(struct tn_sim_random *random)
{
    int64_t roll = tn_sim_random_between(random, 0, 99);
    if (roll < 88)
        return roll < 65 ? 1 : 2;
    return roll < 96 ? tn_sim_random_between(random, 3, 4) : tn_sim_random_between(random, 5, 8);
}

static bool add_reservation(struct tn_sim_world *world, struct tn_sim_customer *customer, struct tn_sim_random *random,
                            const char *home)
{
    char id[TN_GUID_TEXT];
    const struct tn_sim_product *product = tn_sim_population_product(random);
    const char *region = tn_sim_population_region(random, home);
    struct tn_sim_order *order = customer->last_order;
    const struct tn_sim_reservation *sibling = order ? order->last : NULL;
    /* Some orders hold two reservations: one bought, later split. */
    bool joins = tn_sim_random_chance(random, 0.1) && sibling && sibling == order->first;
    if (joins) {
        product = tn_sim_product_find(sibling->sku);
        region = sibling->region;
    } else {
        tn_sim_random_guid(random, id);
        order = tn_sim_order_add(world, customer, id);
        if (!order)
            return false;
        date_order(random, world, order);
        order->monthly = product->refundable && tn_sim_random_chance(random, 0.4);
    }
    tn_sim_random_guid(random, id);
    struct tn_sim_reservation *reservation = tn_sim_reservation_add(world, order, id);
    if (!reservation)
        return false;
    reservation->quantity = any_quantity(random);
    order->quantity += reservation->quantity;
    tn_sim_reservation_from_product(reservation, product, region);
    use(random, reservation);
    settle_state(random, reservation);
    reservation->settings.name = display_name(random, world, reservation);
    if (!joins)
        order->name = reservation->settings.name;
    return reservation->settings.name;
}

/* ---- customers -------------------------------------------------------------------------------------------------- */

/* "Łódź Foods 2" becomes "dfoods2": ASCII letters and digits only; the number keeps it unique. */
static const char *domain_of(struct tn_sim_world *world, const char *company, int64_t number)
{
    char slug[64];
    size_t len = 0;
    for (const char *at = company; *at && len + 1 < sizeof slug; at++) {
        if (isascii((unsigned char)*at) && isalnum((unsigned char)*at))
            slug[len++] = (char)tolower((unsigned char)*at);
    }
    slug[len] = '\0';
    return tn_sim_world_format(world, "%s%lld.onmicrosoft.com", slug, (long long)number + 1);
}

/* Walks through all pairs of words before a name comes a second time, then with a number. */
static bool name_customer(struct tn_sim_world *world, struct tn_sim_customer *customer, const char *legal_form,
                          int64_t number)
{
    const int64_t names = TN_SIM_COMPANY_NAMES, trades = TN_SIM_COMPANY_TRADES;
    int64_t round = number / (names * trades), place = number % (names * trades);
    const char *name = tn_sim_company_names[place % names];
    const char *trade = tn_sim_company_trades[(place % names * 7 + place / names) % trades];
    char company[96];
    if (round > 0)
        snprintf(company, sizeof company, "%s %s %lld", name, trade, (long long)round + 1);
    else
        snprintf(company, sizeof company, "%s %s", name, trade);
    customer->name = tn_sim_world_format(world, "%s %s", company, legal_form);
    customer->domain = domain_of(world, company, number);
    return customer->name && customer->domain;
}

/* How much of the limit earlier refunds have used: mostly nothing, sometimes nearly all. */
static int64_t any_consumed(struct tn_sim_random *random)
{
    int64_t roll = tn_sim_random_between(random, 0, 99);
    if (roll < 70)
        return 0;
    if (roll < 95)
        return tn_sim_random_between(random, 50 * CENTS_PER_USD, 20000 * CENTS_PER_USD);
    if (roll < 98)
        return tn_sim_random_between(random, 20000 * CENTS_PER_USD, 45000 * CENTS_PER_USD);
    return tn_sim_random_between(random, 49950 * CENTS_PER_USD, 50000 * CENTS_PER_USD);
}

static bool add_customer(struct tn_sim_world *world, int64_t number, int64_t reservations)
{
    struct tn_sim_random random = tn_sim_random_part(world->seed, (uint64_t)number + 1);
    char id[TN_GUID_TEXT];
    tn_sim_random_guid(&random, id);
    struct tn_sim_customer *customer = tn_sim_customer_add(world, id);
    if (!customer)
        return false;
    const struct tn_sim_country *country = tn_sim_population_country(&random);
    memcpy(customer->country, country->code, sizeof customer->country);
    customer->currency = tn_sim_currency_find(country->currency);
    customer->consumed_cents = any_consumed(&random);
    if (tn_sim_random_chance(&random, 0.02))
        customer->consent_code = tn_sim_random_chance(&random, 0.5) ? 700016 : 65001;
    else
        customer->rights_missing = tn_sim_random_chance(&random, 0.01);
    if (!name_customer(world, customer, country->company, number))
        return false;
    for (int64_t i = 0; i < reservations; i++) {
        if (!add_reservation(world, customer, &random, country->region))
            return false;
    }
    return true;
}

int tn_sim_population_add(struct tn_sim_world *world, int64_t customers, int64_t reservations, struct tn_err *err)
{
    for (int64_t number = 0; number < customers; number++) {
        if (!add_customer(world, number, reservations))
            return tn_err_no_memory(err);
    }
    return TENURE_OK;
}
