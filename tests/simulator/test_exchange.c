/* What stands against an exchange, on either side of the day after which savings plans take the place of exchanges. */
#include "base/clock.h"
#include "check.h"
#include "simulator/exchange.h"

static struct tn_sim_world world;

/* Given back: one of so many of a SKU, bought on that day. */
static struct tn_sim_returned returned(const char *sku, int64_t quantity, int64_t bought_day)
{
    static int count;
    char id[TN_GUID_TEXT], name[32];
    snprintf(name, sizeof name, "exchanged %d", count++);
    tn_guid_derive(id, name);
    struct tn_sim_order *order = tn_sim_order_add(&world, world.partner, id);
    order->purchased = bought_day * TN_SIM_DAY;
    order->expires = (bought_day + 365) * TN_SIM_DAY;
    struct tn_sim_reservation *reservation = tn_sim_reservation_add(&world, order, id);
    tn_sim_reservation_from_product(reservation, tn_sim_product_find(sku), "westeurope");
    reservation->quantity = quantity;
    return (struct tn_sim_returned){.reservation = reservation, .refund = {.quantity = 1}};
}

static unsigned objections(struct tn_sim_returned one, const char *sku, int64_t more)
{
    struct tn_sim_bought bought = {.is_plan = !sku, .wanted = {.product = sku ? tn_sim_product_find(sku) : NULL}};
    struct tn_sim_exchange exchange = {
        .returned = &one, .returned_count = 1, .bought = &bought, .bought_count = 1, .refunds_total = 5000};
    exchange.purchases_total = exchange.refunds_total + more;
    return tn_sim_exchange_objections(&exchange);
}

static void test_policy_date(void)
{
    int64_t last = tn_days_from_civil(2027, 2, 1);
    CHECK(objections(returned("Standard_D2s_v5", 1, last), "Standard_D4s_v5", 0) == 0);
    CHECK(objections(returned("Standard_D2s_v5", 1, last + 1), "Standard_D4s_v5", 0) == TN_SIM_BOUGHT_TOO_LATE);
    CHECK(objections(returned("P1v3", 1, last + 1), "P2v3", 0) == TN_SIM_BOUGHT_TOO_LATE);
    CHECK(objections(returned("SQLDB_GP_Compute_Gen5", 1, last + 1), "SQLMI_GP_Compute_Gen5", 0) ==
          TN_SIM_BOUGHT_TOO_LATE);
    CHECK(objections(returned("Premium_P1", 1, last + 1), "Premium_P1", 0) == 0);
}

static void test_others(void)
{
    int64_t day = tn_days_from_civil(2026, 5, 1);
    struct tn_sim_returned two = returned("Standard_D2s_v5", 1, day);
    CHECK(objections(two, "Standard_D4s_v5", -1) == TN_SIM_TOO_CHEAP);
    CHECK(objections(two, "P1v3", 0) == 0);
    CHECK(objections(two, NULL, 0) == 0);
    CHECK(objections(two, "CosmosDB_100RU", 0) == TN_SIM_OTHER_TYPE);
    CHECK(objections(returned("CosmosDB_100RU", 1, day), NULL, 0) == TN_SIM_OTHER_TYPE);
    two.refund.quantity = 2;
    CHECK(objections(two, "Standard_D4s_v5", 0) == TN_SIM_TOO_MANY);
    two.reservation->exchangeable = false;
    CHECK(objections(two, "Standard_D4s_v5", -1) == (TN_SIM_TOO_MANY | TN_SIM_NOT_EXCHANGEABLE | TN_SIM_TOO_CHEAP));
}

int main(void)
{
    CHECK(tn_sim_world_init(&world, 1, tn_days_from_civil(2027, 3, 1), NULL) == TENURE_OK);
    test_policy_date();
    test_others();
    tn_sim_world_deinit(&world);
    return check_result();
}
