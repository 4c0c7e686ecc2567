/* Microsoft.Consumption: what to buy. See consumption.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/consumption.h"
#include "simulator/population.h"
#include "simulator/state.h"
#include "simulator/terms.h"

#define PAGE 20
#define MOST_FOR_ONE 3        /* products recommended to one customer */
#define ON_DEMAND_PERCENT 160 /* what it costs without a reservation, of what it costs with one for a year */
#define THREE_YEARS_PERCENT 62
#define DAYS_OF_YEAR 365

/* What is asked for, and the page while it is written. */
struct page {
    struct tn_sim_call *call;
    struct tn_json_writer w;
    const char *account, *profile, *group; /* NULL: not that scope */
    char type[40], subscription[TN_GUID_TEXT];
    bool shared;
    int days; /* looked back */
    int64_t skip, place;
    bool more;
};

/* One of them. */
struct advice {
    const struct tn_sim_customer *customer;
    const struct tn_sim_product *product;
    const char *region;
    int64_t quantity;
    int years;
};

/* ---- the request ------------------------------------------------------------------------------------------------ */

static bool read_term(const struct tn_sim_term *term, struct page *page)
{
    static const struct {
        const char *name;
        int days;
    } periods[] = {{"Last7Days", 7}, {"Last30Days", 30}, {"Last60Days", 60}};
    if (tn_sim_term_is(term, "properties/resourceType", "eq"))
        return snprintf(page->type, sizeof page->type, "%s", term->value) < (int)sizeof page->type;
    if (tn_sim_term_is(term, "properties/subscriptionId", "eq"))
        return snprintf(page->subscription, sizeof page->subscription, "%s", term->value) < TN_GUID_TEXT;
    if (tn_sim_term_is(term, "properties/scope", "eq")) {
        page->shared = tn_id_equal(term->value, "Shared");
        return page->shared || tn_id_equal(term->value, "Single");
    }
    if (!tn_sim_term_is(term, "properties/lookBackPeriod", "eq"))
        return false;
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        page->days = periods[i].days;
        if (tn_id_equal(term->value, periods[i].name))
            return true;
    }
    return false;
}

static bool read_filter(struct page *page)
{
    struct tn_sim_terms terms;
    const char *filter = tn_sim_call_query(page->call, "$filter");
    bool good = !filter || tn_sim_terms_parse(&terms, filter);
    for (size_t i = 0; good && filter && i < terms.count; i++)
        good = read_term(&terms.list[i], page);
    if (!good)
        tn_sim_arm_error(page->call, 400, "BadRequest",
                         "Invalid query parameter $filter: properties/scope, properties/resourceType, "
                         "properties/lookBackPeriod and properties/subscriptionId are compared by eq, joined by and.");
    return good;
}

static bool read_request(struct tn_sim_call *call, struct page *page)
{
    *page = (struct page){.call = call, .type = "VirtualMachines", .days = 7};
    bool billing = tn_id_equal(call->segments[0], "providers");
    bool narrow = tn_id_equal(call->segments[2], "resourceGroups") ||
                  (billing && tn_id_equal(call->segments[4], "billingProfiles"));
    page->account = billing ? call->params[0] : NULL;
    page->profile = billing && narrow ? call->params[1] : NULL;
    page->group = !billing && narrow ? call->params[1] : NULL;
    if (!billing && !tn_sim_arm_subscription(call, call->params[0]))
        return false;
    return read_filter(page) && tn_sim_arm_skip(call, &page->skip);
}

/* ---- one of them ------------------------------------------------------------------------------------------------ */

static double cost(const struct advice *advice, int days, int64_t percent)
{
    const struct tn_sim_currency *currency = advice->customer->currency;
    int64_t cents = advice->product->year_cents * advice->quantity * days * percent / (DAYS_OF_YEAR * 100);
    int64_t coins = tn_sim_currency_from_cents(currency, cents);
    return currency->decimals == 2 ? (double)coins / 100 : (double)coins;
}

/* Modern bills carry the currency with each amount. */
static void kv_cost(struct page *page, const struct advice *advice, const char *key, double value)
{
    if (!page->profile) {
        tn_jw_kv_double(&page->w, key, value);
        return;
    }
    tn_jw_key(&page->w, key);
    tn_jw_object(&page->w);
    tn_jw_kv_string(&page->w, "currency", advice->customer->currency->code);
    tn_jw_kv_double(&page->w, "value", value);
    tn_jw_object_end(&page->w);
}

static void write_costs(struct page *page, const struct advice *advice)
{
    double without = cost(advice, page->days, ON_DEMAND_PERCENT);
    double with = cost(advice, page->days, advice->years == 3 ? THREE_YEARS_PERCENT : 100);
    kv_cost(page, advice, "costWithNoReservedInstances", without);
    kv_cost(page, advice, "totalCostWithReservedInstances", with);
    kv_cost(page, advice, "netSavings", without - with);
}

/* Each scope spells its ids in another way. */
static void kv_identity(struct page *page, const char *name)
{
    char id[400];
    int len;
    if (page->profile)
        len = snprintf(id, sizeof id, "/providers/Microsoft.Billing/billingAccounts/%.100s/billingProfiles/%.60s",
                       page->account, page->profile);
    else if (page->account)
        len = snprintf(id, sizeof id, "billingAccount/%.100s", page->account);
    else if (page->group)
        len = snprintf(id, sizeof id, "subscriptions/%s/resourceGroups/%.90s", page->call->params[0], page->group);
    else
        len = snprintf(id, sizeof id, "subscriptions/%s", page->call->params[0]);
    snprintf(id + len, sizeof id - (size_t)len, "/providers/Microsoft.Consumption/reservationRecommendations/%s", name);
    tn_jw_kv_string(&page->w, "id", id);
    tn_jw_kv_string(&page->w, "name", name);
    tn_jw_kv_string(&page->w, "type", "Microsoft.Consumption/reservationRecommendations");
    tn_jw_kv_string(&page->w, "kind", page->profile ? "modern" : "legacy");
}

static void write_product(struct page *page, const struct advice *advice)
{
    struct tn_json_writer *w = &page->w;
    char meter[TN_GUID_TEXT], seedling[120];
    snprintf(seedling, sizeof seedling, "meter of %s in %s", advice->product->sku, advice->region);
    tn_guid_derive(meter, seedling);
    tn_jw_kv_string(w, "meterId", meter);
    tn_jw_kv_string(w, "term", advice->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "instanceFlexibilityGroup", "NA");
    tn_jw_kv_int(w, "instanceFlexibilityRatio", 1);
    tn_jw_kv_string(w, "normalizedSize", advice->product->sku);
    tn_jw_kv_int(w, "recommendedQuantity", advice->quantity);
    tn_jw_kv_int(w, "recommendedQuantityNormalized", advice->quantity);
    tn_jw_key(w, "skuProperties");
    tn_jw_array(w);
    tn_jw_array_end(w);
}

static void write_properties(struct page *page, const struct advice *advice)
{
    struct tn_json_writer *w = &page->w;
    char text[TN_TIME_TEXT];
    int64_t today = tn_sim_day_of(tn_loop_wall_ms(page->call->simulator->loop) / 1000);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    if (page->profile) {
        tn_jw_kv_int(w, "lookBackPeriod", page->days);
        tn_jw_kv_string(w, "skuName", advice->product->sku);
        tn_jw_kv_string(w, "location", advice->region);
    } else {
        snprintf(text, sizeof text, "Last%dDays", page->days);
        tn_jw_kv_string(w, "lookBackPeriod", text);
    }
    tn_jw_kv_string(w, "resourceType", advice->product->type);
    write_product(page, advice);
    write_costs(page, advice);
    tn_jw_kv_string(w, "firstUsageDate", tn_time_format((today - page->days) * TN_SIM_DAY, text));
    tn_jw_kv_string(w, "scope", page->shared ? "Shared" : "Single");
    if (!page->shared)
        tn_jw_kv_string(w, "subscriptionId", advice->customer->subscription);
    tn_jw_object_end(w);
}

static void write_advice(struct page *page, const struct advice *advice)
{
    char name[TN_GUID_TEXT], seedling[160];
    snprintf(seedling, sizeof seedling, "advice for %s: %s in %s, %d years, %d days", advice->customer->id,
             advice->product->sku, advice->region, advice->years, page->days);
    tn_guid_derive(name, seedling);
    tn_jw_object(&page->w);
    kv_identity(page, name);
    if (!page->profile) {
        tn_jw_kv_string(&page->w, "sku", advice->product->sku);
        tn_jw_kv_string(&page->w, "location", advice->region);
    }
    write_properties(page, advice);
    tn_jw_object_end(&page->w);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* Both terms of it, unless it is of another type. The list is opened by its first. */
static void add(struct page *page, struct advice *advice)
{
    static const int years[] = {1, 3};
    if (!tn_id_equal(advice->product->type, page->type))
        return;
    for (size_t i = 0; i < 2; i++) {
        page->more = page->more || page->place == page->skip + PAGE;
        advice->years = years[i];
        if (!page->more && page->place++ >= page->skip)
            write_advice(page, advice);
    }
}

/* Whoever has reservations uses more than they cover, of the same or of other things: this much, by the seed. A resource
 * group has a part of it, if any. */
static void add_customer(struct page *page, const struct tn_sim_customer *customer)
{
    char part[TN_GUID_TEXT], seedling[200];
    snprintf(seedling, sizeof seedling, "advice for %s %.90s", customer->id, page->group ? page->group : "");
    tn_id_fold(seedling);
    tn_guid_derive(part, seedling);
    struct tn_sim_random random = tn_sim_random_part(page->call->simulator->world.seed, strtoull(part + 24, NULL, 16));
    const struct tn_sim_country *home = tn_sim_country_find(customer->country);
    int64_t count = tn_sim_random_between(&random, page->group ? 0 : 1, MOST_FOR_ONE);
    if (!customer->first || (page->subscription[0] && !tn_id_equal(page->subscription, customer->subscription)))
        return;
    for (int64_t i = 0; i < count; i++) {
        struct advice advice = {.customer = customer, .product = tn_sim_population_product(&random)};
        if (i == 0)
            advice.product = tn_sim_product_find(customer->first->sku);
        if (!advice.product)
            advice.product = &tn_sim_products[0];
        advice.region = tn_sim_population_region(&random, home ? home->region : tn_sim_regions[0]);
        advice.quantity = tn_sim_random_between(&random, 1, 5);
        add(page, &advice);
    }
}

/* Azure ends this link with an ampersand that nothing follows. */
static void write_next_link(struct page *page)
{
    struct tn_buf url = {0};
    tn_sim_arm_next_url(page->call, "$skiptoken", page->place, &url);
    tn_buf_putc(&url, '&');
    tn_jw_kv_string(&page->w, "nextLink", tn_buf_text(&url));
    page->w.out->failed |= url.failed;
    tn_buf_deinit(&url);
}

void tn_sim_usage_recommendations(struct tn_sim_call *call)
{
    struct page page;
    struct tn_sim_customer *const *customers = &call->customer;
    if (!read_request(call, &page))
        return;
    size_t count = page.account ? tn_sim_asked_customers(call, &customers) : 1;
    page.w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&page.w);
    tn_jw_key(&page.w, "value");
    tn_jw_array(&page.w);
    for (size_t i = 0; i < count && !page.more; i++)
        add_customer(&page, customers[i]);
    tn_jw_array_end(&page.w);
    if (page.more)
        write_next_link(&page);
    tn_jw_object_end(&page.w);
    if (page.place > 0)
        return;
    tn_buf_reset(&call->answer->body);
    call->answer->status = 204; /* nothing to recommend */
}
