/*
 * The rules by themselves: what vetoes, what only doubts, on which day, and that nothing is said of what is not known.
 * Dates and currencies are what a spec cannot choose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/policy.h"
#include "azure/policy_look.h"
#include "base/clock.h"
#include "check.h"

#define ORDER "11111111-1111-4111-8111-111111111111"
#define ID "/providers/Microsoft.Capacity/reservationOrders/" ORDER "/reservations/22222222-2222-4222-8222-222222222222"
#define OTHER \
    "/providers/Microsoft.Capacity/reservationOrders/" ORDER "/reservations/33333333-3333-4333-8333-333333333333"
#define PAID "/subscriptions/44444444-4444-4444-8444-444444444444"

static lua_State *documents;
static char code[TN_POLICY_CODE], found[512];

static int64_t day(int year, int month, int date)
{
    return tn_days_from_civil(year, month, date) * 86400;
}

/* A refund of one reservation of which that much is known. */
static struct tn_values refund_of(const struct tn_operation *op, const struct tn_facts *facts)
{
    struct tn_values values = {0};
    struct tn_err err = {0};
    CHECK(tn_values_set_text(op, &values, 0, ID, &err) == TENURE_OK);
    if (facts)
        CHECK(tn_argument_learn(&values.of[0], facts, &err) == TENURE_OK);
    return values;
}

/* An exchange of one or two reservations of those types (NULL: unknown) for one of another. */
static struct tn_values exchange_of(const struct tn_operation *op, const char *type, const char *second,
                                    const char *wanted, const char *sku)
{
    char purchase[512];
    struct tn_values values = {0};
    struct tn_err err = {0};
    snprintf(purchase, sizeof purchase,
             "[{\"sku\": \"%s\", \"type\": \"%s\", \"term\": \"P1Y\", \"quantity\": 1, \"region\": \"westeurope\", "
             "\"scope\": \"Shared\", \"billing_scope\": \"" PAID "\"}]",
             sku, wanted);
    const char *given = second ? "[\"" ID "\", \"" OTHER "\"]" : ID;
    CHECK(tn_values_set_text(op, &values, (size_t)tn_argument_index(op, "exchange"), given, &err) == TENURE_OK);
    CHECK(tn_values_set_text(op, &values, (size_t)tn_argument_index(op, "purchase"), purchase, &err) == TENURE_OK);
    struct tn_returned *returned = values.of[tn_argument_index(op, "exchange")].returned;
    snprintf(returned[0].facts.type, sizeof returned[0].facts.type, "%s", type ? type : "");
    if (second)
        snprintf(returned[1].facts.type, sizeof returned[1].facts.type, "%s", second);
    return values;
}

static const struct tn_operation *operation(const char *dotted)
{
    return tn_operation_by_dotted(dotted);
}

/* The code that vetoes it; "": none. */
static const char *veto(const struct tn_operation *op, struct tn_values values)
{
    struct tn_err err = {0};
    int rc = tn_policy_judge(op, &values, day(2026, 12, 1), documents, code, found, &err);
    CHECK(rc >= 0);
    tn_values_deinit(&values);
    return rc ? code : "";
}

static const char *veto_refund(const struct tn_facts *facts)
{
    const struct tn_operation *op = operation("reservations.quote_refund");
    return veto(op, refund_of(op, facts));
}

static void test_states(void)
{
    static const char *const over[] = {"Cancelled", "Canceled", "cancelled", "Expired",
                                       "Failed",    "Split",    "Merged",    "BillingFailed"};
    static const char *const not_over[] = {"", "Succeeded", "Pending", "Creating", "NeverSeenBefore"};
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        struct tn_facts facts = {0};
        snprintf(facts.state, sizeof facts.state, "%s", over[i]);
        CHECK_TEXT(veto_refund(&facts), "not-in-effect");
        CHECK(strstr(found, over[i]));
        const struct tn_operation *update = operation("reservations.update");
        CHECK_TEXT(veto(update, refund_of(update, &facts)), "not-in-effect");
    }
    for (size_t i = 0; i < sizeof not_over / sizeof *not_over; i++) {
        struct tn_facts facts = {0};
        snprintf(facts.state, sizeof facts.state, "%s", not_over[i]);
        CHECK_TEXT(veto_refund(&facts), "");
    }
}

/* What nobody said speaks neither for nor against anything. */
static void test_flags(void)
{
    struct tn_facts facts = {.refunds = TN_KNOWN_NOT};
    CHECK_TEXT(veto_refund(&facts), "SelfServiceRefundNotSupported");
    facts.refunds = TN_KNOWN_YES;
    facts.exchanges = TN_KNOWN_NOT; /* that is another rule's */
    CHECK_TEXT(veto_refund(&facts), "");
    facts.refunds = TN_KNOWN_NOTHING;
    CHECK_TEXT(veto_refund(&facts), "");
    CHECK_TEXT(veto_refund(NULL), "");
    facts.quantity = 3;
    CHECK_TEXT(veto_refund(&facts), "");
}

static void read_flags(const char *capabilities, enum tn_known refunds, enum tn_known exchanges)
{
    char text[256];
    struct tn_json_doc *doc = NULL;
    struct tn_facts facts;
    snprintf(text, sizeof text,
             "{\"properties\": {\"quantity\": 4, \"provisioningState\": \"Succeeded\", \"reservedResourceType\": "
             "\"VirtualMachines\", \"purchaseDateTime\": \"2026-02-03T00:00:00Z\"%s%s%s}}",
             capabilities ? ", \"capabilities\": \"" : "", capabilities ? capabilities : "", capabilities ? "\"" : "");
    CHECK(tn_json_parse(documents, text, strlen(text), 0, &doc, NULL) == TENURE_OK);
    tn_facts_read(tn_json_root(doc), &facts);
    tn_json_close(doc);
    CHECK(facts.refunds == refunds && facts.exchanges == exchanges);
    CHECK(facts.quantity == 4 && facts.purchased_s == day(2026, 2, 3));
    CHECK_TEXT(facts.state, "Succeeded");
    CHECK_TEXT(facts.type, "VirtualMachines");
}

static void test_facts(void)
{
    read_flags("ApiReturnEnabled, ApiExchangeEnabled", TN_KNOWN_YES, TN_KNOWN_YES);
    read_flags("ApiExchangeEnabled", TN_KNOWN_NOT, TN_KNOWN_YES);
    read_flags("None", TN_KNOWN_NOT, TN_KNOWN_NOT);
    read_flags("", TN_KNOWN_NOTHING, TN_KNOWN_NOTHING);
    read_flags(NULL, TN_KNOWN_NOTHING, TN_KNOWN_NOTHING);
}

static const char *veto_exchange(const char *type, const char *second, const char *wanted)
{
    const struct tn_operation *op = operation("reservations.quote_exchange");
    return veto(op, exchange_of(op, type, second, wanted, "x"));
}

static void test_types(void)
{
    CHECK_TEXT(veto_exchange("VirtualMachines", NULL, "VirtualMachines"), "");
    CHECK_TEXT(veto_exchange("VirtualMachines", NULL, "AppService"), "");
    CHECK_TEXT(veto_exchange("SqlDatabases", NULL, "SqlDataWarehouse"), "");
    CHECK_TEXT(veto_exchange("VirtualMachines", NULL, "CosmosDb"), "ExchangeProductTypeMismatch");
    CHECK_TEXT(veto_exchange("CosmosDb", NULL, "SqlDatabases"), "ExchangeProductTypeMismatch");
    CHECK_TEXT(veto_exchange("VirtualMachines", "AppService", "RedisCache"), "ExchangeProductTypeMismatch");
    CHECK_TEXT(veto_exchange("VirtualMachines", "RedisCache", "RedisCache"), "");
    CHECK_TEXT(veto_exchange("VirtualMachines", NULL, "NeverSeenBefore"), "");
    CHECK_TEXT(veto_exchange("NeverSeenBefore", NULL, "VirtualMachines"), "");
    CHECK_TEXT(veto_exchange(NULL, NULL, "CosmosDb"), "");
}

/* ---- where the quote decides -------------------------------------------------------------------------------------- */

/* What is doubted of a quote, which takes the values; "": nothing. */
static const char *doubt(struct tn_quote *quote, struct tn_values *asked)
{
    struct tn_err err = {0};
    quote->asked = asked;
    quote->references = 1;
    CHECK(tn_policy_weigh(quote, day(2027, 6, 1), documents, &err) == TENURE_OK);
    snprintf(code, sizeof code, "%s", quote->doubt);
    snprintf(found, sizeof found, "%s", quote->doubt_text ? quote->doubt_text : quote->refusal_text);
    free(quote->doubt_text);
    free(quote->doubts);
    tn_values_deinit(asked);
    return code;
}

static struct tn_money money(const char *text)
{
    struct tn_money money = {0};
    CHECK(tn_money_parse_text(&money, text, NULL) == TENURE_OK);
    return money;
}

static const char *doubt_purchase(const char *bought, const char *given)
{
    const struct tn_operation *op = operation("reservations.quote_exchange");
    struct tn_values values = exchange_of(op, "VirtualMachines", NULL, "VirtualMachines", "x");
    struct tn_quote quote = {.op = op, .allowed = true, .has_bought = bought != NULL, .has_given = given != NULL};
    if (bought)
        quote.bought = money(bought);
    if (given)
        quote.given = money(given);
    return doubt(&quote, &values);
}

static void test_amounts(void)
{
    CHECK_TEXT(doubt_purchase("99.99 EUR", "100 EUR"), "ExchangePurchaseBelowRefund");
    CHECK(strstr(found, "what is bought costs 99.99 EUR, and what is given back comes to 100.00 EUR"));
    CHECK_TEXT(doubt_purchase("100 EUR", "100 EUR"), "");
    CHECK_TEXT(doubt_purchase("1 EUR", "100 PLN"), ""); /* nobody knows */
    CHECK_TEXT(doubt_purchase(NULL, "100 EUR"), "");
    CHECK_TEXT(doubt_purchase("1 EUR", NULL), "");
}

static void weigh_limit(bool allowed, const char *worth, const char *left)
{
    const struct tn_operation *op = operation("reservations.quote_refund");
    struct tn_values values = refund_of(op, NULL);
    struct tn_quote quote = {.op = op, .allowed = allowed, .has_worth = true, .has_limit_left = left != NULL};
    quote.worth = money(worth);
    if (left)
        quote.limit_left = money(left);
    if (!allowed) {
        snprintf(quote.refusal, sizeof quote.refusal, "RefundLimitExceeded");
        snprintf(quote.refusal_text, sizeof quote.refusal_text, "No.");
    }
    doubt(&quote, &values);
}

static void test_limit(void)
{
    weigh_limit(true, "100 USD", "99.99 USD");
    CHECK_TEXT(code, "RefundLimitExceeded");
    weigh_limit(true, "100 USD", "100 USD");
    CHECK_TEXT(code, "");
    weigh_limit(false, "100 USD", "99.99 USD");
    CHECK_TEXT(found, "No (it is worth 100.00 USD, and 99.99 USD of the limit are left)");
    weigh_limit(false, "100 USD", "500 USD");
    CHECK_TEXT(found, "No; this was not expected here: it is worth 100.00 USD, and 500.00 USD of the limit are left");
    weigh_limit(false, "100 USD", NULL);
    CHECK_TEXT(found, "No.");
}

static const char *doubt_date(const char *type, int64_t purchased_s, bool allowed)
{
    const struct tn_operation *op = operation("reservations.quote_exchange");
    struct tn_values values = exchange_of(op, type, NULL, type, "x");
    values.of[tn_argument_index(op, "exchange")].returned[0].facts.purchased_s = purchased_s;
    struct tn_quote quote = {.op = op, .allowed = allowed};
    snprintf(quote.refusal, sizeof quote.refusal, "%s", allowed ? "" : "ExchangeNotAvailableAfterPolicyDate");
    snprintf(quote.refusal_text, sizeof quote.refusal_text, "No.");
    return doubt(&quote, &values);
}

static void test_dates(void)
{
    CHECK_TEXT(doubt_date("VirtualMachines", day(2027, 2, 2), true), "ExchangeNotAvailableAfterPolicyDate");
    CHECK_TEXT(doubt_date("SqlDatabases", day(2027, 2, 2), true), "ExchangeNotAvailableAfterPolicyDate");
    CHECK_TEXT(doubt_date("VirtualMachines", day(2027, 2, 2) - 1, true), "");
    CHECK_TEXT(doubt_date("RedisCache", day(2027, 3, 1), true), "");
    CHECK_TEXT(doubt_date("VirtualMachines", 0, true), "");
    doubt_date("VirtualMachines", day(2027, 3, 1), false);
    CHECK_TEXT(found, "No (it was bought on 2027-03-01)");
    doubt_date("VirtualMachines", day(2026, 3, 1), false);
    CHECK_TEXT(found, "No; this was not expected here: it was bought on 2026-03-01");
}

static void test_grouping(void)
{
    const struct tn_operation *op = operation("reservations.quote_exchange");
    struct tn_values values = exchange_of(op, "VirtualMachines", NULL, "NeverSeenBefore", "x");
    struct tn_quote quote = {.op = op, .allowed = true};
    CHECK_TEXT(doubt(&quote, &values), "ExchangeProductTypeMismatch");
    values = exchange_of(op, "VirtualMachines", "RedisCache", "RedisCache", "x");
    quote = (struct tn_quote){.op = op, .allowed = true};
    CHECK_TEXT(doubt(&quote, &values), "ExchangeProductTypeMismatch");
    values = exchange_of(op, "VirtualMachines", "AppService", "AppService", "x");
    quote = (struct tn_quote){.op = op, .allowed = true};
    CHECK_TEXT(doubt(&quote, &values), "");
}

/* ---- series ------------------------------------------------------------------------------------------------------- */

static void sold_until(const char *sku, const char *series, int longest)
{
    char name[16];
    for (int years = 1; years <= 3; years += 2) {
        CHECK(!tn_policy_series_retired(sku, years, day(2026, 7, 1) - 1, name));
        CHECK(tn_policy_series_retired(sku, years, day(2026, 7, 1), name) == (years <= longest));
        CHECK(!series || strcmp(name, series) == 0);
    }
}

static void test_series(void)
{
    sold_until("Standard_A2_v2", "Av2", 1);
    sold_until("Standard_A2m_v2", "Amv2", 1);
    sold_until("Standard_B4ms", "Bms", 1);
    sold_until("Standard_D1", "D", 1);
    sold_until("Standard_DS11-1_v2", "DSv2", 1);
    sold_until("Standard_F2s_v2", "Fsv2", 1);
    sold_until("Standard_GS2", "GS", 1);
    sold_until("Standard_L8s_v2", "Lsv2", 1);
    sold_until("standard_d4s_v3", "dsv3", 3);
    sold_until("Standard_E4-2s_v3", "Esv3", 3);
    sold_until("Standard_D2s_v5", "Dsv5", 0);
    sold_until("Standard_D2as_v4", "Dasv4", 0);
    sold_until("Standard_B2s_v2", "Bsv2", 0);
    sold_until("Standard_L8s_v3", "Lsv3", 0);
    sold_until("Standard_", NULL, 0);
    sold_until("Standard_D", NULL, 0);
    sold_until("Standard_D2_x3", NULL, 0);
    sold_until("P1v3", NULL, 0);
    sold_until("", NULL, 0);
    sold_until("Standard_ABCDEFGHIJKLMNOPQRSTUVWXYZ2_v2", NULL, 0);
}

/* A purchase is not vetoed: where the service refuses to price it, its words are followed by ours. */
static void test_unpriced(void)
{
    const struct tn_operation *op = operation("orders.quote_purchase");
    static const char *const given[][2] = {
        {"sku", "Standard_D2s_v3"}, {"type", "VirtualMachines"}, {"term", "P1Y"},
        {"quantity", "1"},          {"scope", "Shared"},         {"billing_scope", PAID}};
    struct tn_values values = {0};
    struct tn_err err = {0};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        CHECK(tn_values_set_text(op, &values, (size_t)tn_argument_index(op, given[i][0]), given[i][1], &err) ==
              TENURE_OK);
    CHECK(tn_policy_judge(op, &values, day(2026, 12, 1), documents, code, found, &err) == 0);
    tn_err_set(&err, TENURE_EREMOTE, "It is not offered");
    tn_policy_tell(op, &values, day(2026, 6, 30), documents, &err);
    CHECK_TEXT(err.msg, "It is not offered");
    err.retryable = true;
    tn_policy_tell(op, &values, day(2026, 7, 1), documents, &err);
    CHECK_TEXT(err.msg, "It is not offered");
    err.retryable = false;
    tn_policy_tell(op, &values, day(2026, 7, 1), documents, &err);
    CHECK(strstr(err.msg, "It is not offered (this product is not sold any more: Standard_D2s_v3 is of the series "
                          "Dsv3, of which nothing is sold for 1 year "
                          "since 1 July 2026; choose a newer series"));
    tn_values_deinit(&values);
}

/* A code has words also where it comes with HTTP 400, of whatever was asked. */
static void test_code(void)
{
    const struct tn_operation *op = operation("reservations.update");
    struct tn_values values = refund_of(op, NULL);
    struct tn_err err = {.name = "BillingScopeIdCannotBeChanged"};
    tn_err_set(&err, TENURE_EREMOTE, "HTTP 400");
    tn_policy_tell(op, &values, day(2026, 7, 1), documents, &err);
    CHECK(strstr(err.msg,
                 "HTTP 400 (who is billed for a reservation cannot be changed in place; exchange it for its like"));
    tn_values_deinit(&values);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static void test_table(void)
{
    bool doubts = false;
    for (const struct tn_policy_rule *rule = tn_policy_rules; rule->code; rule++) {
        char text[512];
        CHECK(rule->words && rule->source && strlen(rule->code) < TN_POLICY_CODE);
        CHECK((rule->force == TN_POLICY_EXPLAINS) == !rule->look);
        CHECK(!rule->look == !rule->looks_at && !rule->look == !rule->of);
        CHECK(rule->force != TN_POLICY_VETOES || !doubts); /* what vetoes is asked first */
        doubts = doubts || rule->force == TN_POLICY_DOUBTS;
        tn_policy_explain(rule->code, NULL, false, text, sizeof text);
        CHECK(strncmp(text, rule->words, strlen(rule->words)) == 0);
        CHECK(rule->instead && strstr(text, rule->instead)); /* a person is always told what to do instead */
        if (!rule->kept)
            continue;
        tn_policy_explain(rule->code, "Azure's words.", true, text, sizeof text);
        CHECK(strncmp(text, "Azure's words; ", 15) == 0 && strstr(text, rule->kept) && !strstr(text, "buy again"));
    }
}

int main(void)
{
    struct tn_err err = {0};
    CHECK(tn_json_state_new(&documents, &err) == TENURE_OK);
    test_states();
    test_flags();
    test_facts();
    test_types();
    test_amounts();
    test_limit();
    test_dates();
    test_grouping();
    test_series();
    test_unpriced();
    test_code();
    test_table();
    lua_close(documents);
    return check_result();
}
