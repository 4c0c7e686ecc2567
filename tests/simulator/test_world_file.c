/* World files: what is named is exact, what is left out is filled in, what does not fit is shown with its place. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "simulator/price.h"
#include "simulator/world_file.h"

#define TODAY 20500

/* Loads a text as a world file; err as tn_sim_world_file_load leaves it. */
static int load(struct tn_sim_world *world, const char *text, struct tn_err *err)
{
    char path[] = "/tmp/tenure-world-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    CHECK(tn_sim_world_init(world, 1, TODAY, NULL) == TENURE_OK);
    int rc = tn_sim_world_file_load(world, path, err);
    unlink(path);
    return rc;
}

static void refused(const char *text, const char *place, const char *words)
{
    struct tn_sim_world world;
    struct tn_err err = {0};
    CHECK(load(&world, text, &err) == TENURE_EINVAL);
    const char *behind = strstr(err.msg, "-world-"); /* the path ends six characters further */
    if (!behind || strncmp(behind + 13, place, strlen(place)) != 0 || !strstr(err.msg, words)) {
        CHECK(!"the diagnostic");
        fprintf(stderr, "expected %s … %s, got: %s\n", place, words, err.msg);
    }
    tn_sim_world_deinit(&world);
}

static const struct tn_sim_reservation *reservation_named(const struct tn_sim_world *world, const char *name)
{
    char id[TN_GUID_TEXT];
    tn_guid_derive(id, name);
    const struct tn_sim_reservation *found = tn_sim_reservation_find(world, id);
    CHECK(found);
    return found;
}

static const struct tn_sim_customer *customer_named(const struct tn_sim_world *world, const char *name)
{
    char id[TN_GUID_TEXT];
    tn_guid_derive(id, name);
    const struct tn_sim_customer *found = tn_sim_customer_find(world, id);
    CHECK(found);
    return found;
}

static const char good[] =
    "customers:\n"
    "  - {id: kowalski, country: PL, currency: PLN, refunded: 49990 USD, reservations: [{id: r1, sku: "
    "Standard_D2s_v3,\n"
    "     utilization: 1%, worth: 22.50 USD, refuses: RefundLimitExceeded}]}\n"
    "  - {id: smith, currency: USD, consent: missing}\n"
    "  - id: A0000000-0000-4000-8000-00000000000B\n"
    "    domain: brown.example\n"
    "    name: Brown\n"
    "    rights: missing\n"
    "    reservations:\n"
    "      - {id: b1, order: o1, term: P3Y, purchased: 2025-01-15, quantity: 4, worth: 100 USD, back: 90.00 EUR}\n"
    "      - {id: b2, order: o1, utilization: {1: 0%, 7: 1.5%, 30: 1}}\n"
    "      - {id: b3, sku: sles_1_2_vcpu, utilization: none, billing_plan: Monthly}\n"
    "      - {id: b4, sku: Custom_X, type: CosmosDb, region: nowhere, state: Cancelled, refundable: false, name: n}\n"
    "    currency: EUR\n";

static void test_named(void)
{
    struct tn_sim_world world;
    struct tn_err err = {0};
    CHECK(load(&world, good, &err) == TENURE_OK);
    CHECK_TEXT(err.msg, "");
    CHECK(world.customer_count == 3 && world.reservation_count == 5);

    const struct tn_sim_customer *kowalski = customer_named(&world, "kowalski");
    CHECK_TEXT(kowalski->country, "PL");
    CHECK_TEXT(kowalski->domain, "kowalski.onmicrosoft.com");
    CHECK(kowalski->consumed_cents == 4999000 && kowalski->limit_cents == 5000000 && !kowalski->consent_code);
    CHECK(customer_named(&world, "smith")->consent_code == 65001 && !customer_named(&world, "smith")->first);
    const struct tn_sim_customer *brown = tn_sim_customer_find(&world, "brown.example");
    CHECK(brown && brown->rights_missing && brown == customer_named(&world, "a0000000-0000-4000-8000-00000000000b"));
    CHECK_TEXT(brown->currency->code, "EUR");

    const struct tn_sim_reservation *r1 = reservation_named(&world, "r1");
    CHECK(r1->fixed && r1->worth_cents == 2250 && r1->worth_coins == 8246);
    CHECK_TEXT(r1->refuses, "RefundLimitExceeded");
    CHECK(r1->utilization[0] == 1 && r1->utilization[1] == 1 && r1->utilization[2] == 1 && r1->quantity == 1);
    CHECK(r1->order->purchased <= (int64_t)(TODAY - 60) * TN_SIM_DAY);
    CHECK(r1->order->expires > (int64_t)TODAY * TN_SIM_DAY);
    tn_sim_world_deinit(&world);
}

static void test_reservations(void)
{
    struct tn_sim_world world;
    CHECK(load(&world, good, NULL) == TENURE_OK);
    const struct tn_sim_reservation *b1 = reservation_named(&world, "b1"), *b2 = reservation_named(&world, "b2");
    const struct tn_sim_reservation *b3 = reservation_named(&world, "b3"), *b4 = reservation_named(&world, "b4");
    char order[TN_GUID_TEXT];
    tn_guid_derive(order, "o1");
    CHECK_TEXT(b1->order->id, order);
    CHECK(b1->order == b2->order && b1->order->quantity == 5 && b1->order->years == 3);
    CHECK(b1->order->purchased == (int64_t)20103 * TN_SIM_DAY); /* 2025-01-15 */
    CHECK(b1->worth_coins == 9000 && b1->worth_cents == 10000);
    CHECK(b2->utilization[0] == 0 && b2->utilization[1] == 1.5 && b2->utilization[2] == 1);
    CHECK(b3->grains == 0 && !b3->refundable && b3->order->monthly);
    CHECK_TEXT(b3->type, "SuseLinux");
    CHECK_TEXT(b4->sku, "Custom_X");
    CHECK_TEXT(b4->type, "CosmosDb");
    CHECK_TEXT(b4->region, "nowhere");
    CHECK_TEXT(b4->settings.name, "n");
    CHECK(b4->history.latest->state == TN_SIM_CANCELLED && !b4->refundable && b4->order->name);
    tn_sim_world_deinit(&world);
}

static void test_refused(void)
{
    refused("customers:\n  - {id: a, contry: PL}\n", ":2:13: ", "did you mean 'country'?");
    refused("custmers: []\n", ":1:1: ", "customers");
    refused("[]\n", ":1:1: ", "a world file");
    refused("customers: 5\n", ":1:12: ", "list of customers");
    refused("customers:\n  - kowalski\n", ":2:5: ", "a customer is written as keys and values");
    refused("customers:\n  - {name: x}\n", ":2:5: ", "needs an id");
    refused("customers:\n  - {id: }\n", ":2:", "'id' needs one value");
    refused("customers:\n  - {id: a}\n  - {id: a}\n", ":3:10: ", "used by another customer");
    refused("customers:\n  - {id: a, domain: d}\n  - {id: b, domain: d}\n", ":3:21: ", "domain");
    refused("customers:\n  - {id: a, currency: XYZ}\n", ":2:23: ", "no currency 'XYZ'");
    refused("customers:\n  - {id: a, refunded: 10 EUR}\n", ":2:23: ", "in USD here");
    refused("customers:\n  - {id: a, refunded: ten}\n", ":2:23: ", "'refunded'");
    refused("customers:\n  - {id: a, consent: no}\n", ":2:22: ", "missing, granted");
    refused("customers:\n  - {id: a, reservations: 1}\n", ":2:27: ", "list");
}

static void refused_reservation(const char *fields, const char *place, const char *words)
{
    char text[300];
    snprintf(text, sizeof text, "customers:\n  - id: a\n    currency: JPY\n    reservations:\n      - {id: x, %s}\n",
             fields);
    refused(text, place, words);
}

static void test_refused_reservations(void)
{
    refused_reservation("qantity: 1", ":5:17: ", "did you mean 'quantity'?");
    refused_reservation("quantity: 0", ":5:27: ", "whole number from 1");
    refused_reservation("quantity: 1.5", ":5:27: ", "whole number from 1");
    refused_reservation("quantity: \"1\"", ":5:27: ", "whole number from 1");
    refused_reservation("quantity: [1]", ":5:27: ", "one value");
    refused_reservation("term: P2Y", ":5:23: ", "P1Y, P3Y");
    refused_reservation("purchased: yesterday", ":5:28: ", "a date");
    refused_reservation("purchased: 2999-01-01", ":5:28: ", "future");
    refused_reservation("purchased: 2025-01-01, expires: 2024-01-01", ":5:49: ", "before 'purchased'");
    refused_reservation("utilization: 101%", ":5:30: ", "percentage");
    refused_reservation("utilization: much", ":5:30: ", "percentage");
    refused_reservation("utilization: {1: 0%, 7: 0%}", ":5:30: ", "30 is missing");
    refused_reservation("utilization: {2: 0%}", ":5:31: ", "unknown key '2'");
    refused_reservation("worth: 22.505 USD", ":5:24: ", "at most 2 places");
    refused_reservation("worth: -1 USD", ":5:24: ", "not negative");
    refused_reservation("worth: 5 EUR", ":5:24: ", "in USD here");
    refused_reservation("back: 10.5 JPY", ":5:23: ", "at most 0 places");
    refused_reservation("back: 10 EUR", ":5:23: ", "in JPY here");
    refused_reservation("refundable: maybe", ":5:29: ", "true or false");
    refused_reservation("state: Gone", ":5:24: ", "Succeeded, Cancelled");
    refused("customers:\n  - {id: a, reservations: [{id: r}, {id: r}]}\n", ":2:42: ", "another reservation");
    refused(
        "customers:\n  - {id: a, reservations: [{id: r, order: o}]}\n  - {id: b, reservations: [{id: s, order: o}]}\n",
        ":3:43: ", "another customer");
    refused("customers:\n  - {id: a, reservations: [{id: r, order: o, term: P3Y}, {id: s, order: o, term: P1Y}]}\n",
            ":2:58: ", "other terms");
}

static void test_missing_file(void)
{
    struct tn_sim_world world;
    struct tn_err err = {0};
    CHECK(tn_sim_world_init(&world, 1, TODAY, NULL) == TENURE_OK);
    CHECK(tn_sim_world_file_load(&world, "/nowhere/world.yaml", &err) == TENURE_ENOENT);
    CHECK(strstr(err.msg, "/nowhere/world.yaml"));
    tn_sim_world_deinit(&world);
}

int main(void)
{
    test_named();
    test_reservations();
    test_refused();
    test_refused_reservations();
    test_missing_file();
    return check_result();
}
