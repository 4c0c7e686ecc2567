/* The made-up population: the same for the same seed, plausible, and as mixed as was promised. */
#include "check.h"
#include "simulator/population.h"

#define TODAY 20500 /* some day in 2026 */

static void make(struct tn_sim_world *world, uint64_t seed, int64_t customers)
{
    CHECK(tn_sim_world_init(world, seed, TODAY, NULL) == TENURE_OK);
    CHECK(tn_sim_population_add(world, customers, 10, NULL) == TENURE_OK);
}

static bool same_reservation(const struct tn_sim_reservation *a, const struct tn_sim_reservation *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->order->id, b->order->id) == 0 &&
           strcmp(a->settings.name, b->settings.name) == 0 && a->sku == b->sku && a->quantity == b->quantity &&
           a->price_coins == b->price_coins && a->order->purchased == b->order->purchased &&
           a->utilization[2] == b->utilization[2];
}

static bool same_customer(const struct tn_sim_customer *a, const struct tn_sim_customer *b)
{
    if (strcmp(a->id, b->id) != 0 || strcmp(a->name, b->name) != 0 || a->consumed_cents != b->consumed_cents)
        return false;
    const struct tn_sim_reservation *one = a->first, *other = b->first;
    for (; one && other; one = one->next_of_customer, other = other->next_of_customer) {
        if (!same_reservation(one, other))
            return false;
    }
    return !one && !other;
}

/* More customers do not change those that were there. */
static void test_same_seed_same_world(void)
{
    struct tn_sim_world few, many, others;
    make(&few, 7, 20);
    make(&many, 7, 50);
    make(&others, 8, 20);
    for (size_t i = 0; i < few.customer_count; i++) {
        CHECK(same_customer(few.customers[i], many.customers[i]));
        CHECK(!same_customer(few.customers[i], others.customers[i]));
    }
    CHECK_TEXT(few.partner->id, many.partner->id);
    CHECK(!tn_id_equal(few.partner->id, others.partner->id));
    tn_sim_world_deinit(&few);
    tn_sim_world_deinit(&many);
    tn_sim_world_deinit(&others);
}

static void check_order(const struct tn_sim_order *order)
{
    int64_t day = (order->expires - order->purchased) / TN_SIM_DAY;
    CHECK(order->purchased < (int64_t)TODAY * TN_SIM_DAY);
    CHECK(order->years == 3 ? day >= 1095 && day <= 1096 : day == 365 || day == 366);
    CHECK((order->expires > (int64_t)TODAY * TN_SIM_DAY) == (order->history.born.state != TN_SIM_EXPIRED));
    int64_t quantity = 0;
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        quantity += one->quantity;
        CHECK(one->quantity >= 1 && one->quantity <= 8);
        CHECK(one->price_cents > 0 && one->price_coins > 0);
        CHECK(one->sku == order->first->sku);
    }
    CHECK(quantity == order->quantity);
}

static void test_plausible(void)
{
    struct tn_sim_world world;
    make(&world, 3, 300);
    CHECK(world.customer_count == 300 && world.reservation_count == 3000);
    for (size_t i = 0; i < world.customer_count; i++) {
        const struct tn_sim_customer *customer = world.customers[i];
        const struct tn_sim_country *country = tn_sim_country_find(customer->country);
        CHECK_TEXT(country ? country->currency : "none", customer->currency->code);
        CHECK(customer->consumed_cents <= customer->limit_cents);
        CHECK(tn_sim_customer_find(&world, customer->domain) == customer); /* domains are unique */
        CHECK(tn_sim_customer_find(&world, customer->id) == customer);
        for (const struct tn_sim_order *order = customer->first_order; order; order = order->next)
            check_order(order);
    }
    tn_sim_world_deinit(&world);
}

/* Shares over a large world, with room on both sides. */
static void test_mixed(void)
{
    struct tn_sim_world world;
    int64_t consent = 0, rights = 0, used_up = 0, idle = 0, silent = 0, refusing = 0, unreturnable = 0;
    make(&world, 5, 3000);
    for (size_t i = 0; i < world.customer_count; i++) {
        const struct tn_sim_customer *customer = world.customers[i];
        consent += customer->consent_code != 0;
        rights += customer->rights_missing;
        used_up += customer->limit_cents - customer->consumed_cents <= 5000;
        for (const struct tn_sim_reservation *one = customer->first; one; one = one->next_of_customer) {
            silent += one->grains == 0;
            idle += one->grains == 3 && one->utilization[2] <= 5;
            refusing += one->refuses != NULL;
            unreturnable += !one->refundable;
        }
    }
    CHECK(consent > 30 && consent < 90);
    CHECK(rights > 10 && rights < 50);
    CHECK(used_up > 30 && used_up < 90);
    CHECK(idle > 1800 && idle < 2400);
    CHECK(silent > 400 && silent < 800);
    CHECK(refusing > 600 && refusing < 1200);
    CHECK(unreturnable > 1000 && unreturnable < 2200);
    tn_sim_world_deinit(&world);
}

int main(void)
{
    test_same_seed_same_world();
    test_plausible();
    test_mixed();
    return check_result();
}
