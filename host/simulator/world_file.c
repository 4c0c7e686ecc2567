/* World files: see world_file.h. */
#include "simulator/world_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/population.h"
#include "simulator/world_file_read.h"

#define LEAST_AGE_DAYS 60 /* so that filters by age let through what says nothing about it */
#define MOST_AGE_DAYS 300

static const char *const customer_keys[] = {"id",           "domain",       "name",  "country", "currency",
                                            "relationship", "refunded",     "limit", "consent", "rights",
                                            "azure",        "reservations", NULL};
static const char *const reservation_keys[] = {"id",      "order",   "name",         "type",       "sku",
                                               "region",  "term",    "billing_plan", "quantity",   "purchased",
                                               "expires", "state",   "utilization",  "refundable", "exchangeable",
                                               "renew",   "refuses", "worth",        "back",       NULL};

/* ---- reservations ----------------------------------------------------------------------------------------------- */

/* Terms of an order as one reservation states them. */
struct terms {
    int years;                  /* 0: not said */
    int plan;                   /* 0 Upfront, 1 Monthly, -1: not said */
    int64_t purchased, expires; /* 0: not said */
};

static struct terms read_terms(struct tn_sim_reader *reader, const struct tn_yaml *node)
{
    static const char *const terms_words[] = {"P1Y", "P3Y", NULL}, *const plans[] = {"Upfront", "Monthly", NULL};
    struct terms terms = {0};
    int term = tn_sim_read_choice(reader, node, "term", terms_words);
    terms.years = term < 0 ? 0 : term == 1 ? 3 : 1;
    terms.plan = tn_sim_read_choice(reader, node, "billing_plan", plans);
    tn_sim_read_date(reader, node, "purchased", &terms.purchased);
    tn_sim_read_date(reader, node, "expires", &terms.expires);
    int64_t now = reader->world->today * TN_SIM_DAY + TN_SIM_DAY - 1;
    if (terms.purchased > now)
        tn_sim_read_problem(reader, tn_yaml_get(node, "purchased"), NULL, "'purchased' lies in the future");
    if (terms.purchased && terms.expires && terms.expires <= terms.purchased)
        tn_sim_read_problem(reader, tn_yaml_get(node, "expires"), NULL, "'expires' comes before 'purchased'");
    return terms;
}

static void date_order(struct tn_sim_reader *reader, struct tn_sim_order *order, const struct terms *terms,
                       struct tn_sim_random *random)
{
    int64_t today = reader->world->today, newest = (today - LEAST_AGE_DAYS) * TN_SIM_DAY;
    order->years = terms->years ? terms->years : 1;
    order->monthly = terms->plan == 1;
    order->purchased = terms->purchased;
    order->expires = terms->expires;
    if (!order->purchased && order->expires) {
        order->purchased = tn_sim_years_later(order->expires, -order->years);
        if (order->purchased > newest)
            order->purchased = newest;
    } else if (!order->purchased) {
        order->purchased = (today - tn_sim_random_between(random, LEAST_AGE_DAYS, MOST_AGE_DAYS)) * TN_SIM_DAY;
    }
    if (!order->expires)
        order->expires = tn_sim_years_later(order->purchased, order->years);
}

/* A second reservation of an order says nothing about its terms, or the same. */
static bool same_terms(const struct tn_sim_order *order, const struct terms *terms)
{
    return (!terms->years || terms->years == order->years) &&
           (terms->plan < 0 || (terms->plan == 1) == order->monthly) &&
           (!terms->purchased || terms->purchased == order->purchased) &&
           (!terms->expires || terms->expires == order->expires);
}

static struct tn_sim_order *order_of(struct tn_sim_reader *reader, struct tn_sim_customer *customer,
                                     const struct tn_yaml *node, const char *reservation_id,
                                     struct tn_sim_random *random)
{
    char id[TN_GUID_TEXT], seedling[TN_GUID_TEXT + 16];
    const char *name = tn_sim_read_text(reader, node, "order");
    struct terms terms = read_terms(reader, node);
    snprintf(seedling, sizeof seedling, "order of %.36s", reservation_id);
    tn_guid_derive(id, name ? name : seedling);
    struct tn_sim_order *order = tn_sim_order_find(reader->world, id);
    if (order && order->customer != customer) {
        tn_sim_read_problem(reader, tn_yaml_get(node, "order"), NULL, "the order '%s' belongs to another customer",
                            name);
        return NULL;
    }
    if (order && !same_terms(order, &terms)) {
        tn_sim_read_problem(reader, node, NULL, "an earlier reservation gives the order '%s' other terms or dates",
                            name);
        return NULL;
    }
    if (order)
        return order;
    order = tn_sim_order_add(reader->world, customer, id);
    reader->no_memory |= !order;
    if (order)
        date_order(reader, order, &terms, random);
    return order;
}

/* One that the catalogue has, or one like it: by sku, by type, or any. */
static const struct tn_sim_product *product_like(const char *sku, const char *type, struct tn_sim_random *random)
{
    const struct tn_sim_product *product = sku ? tn_sim_product_find(sku) : NULL;
    if (product)
        return product;
    for (product = tn_sim_products; type && product->type; product++) {
        if (tn_id_equal(product->type, type))
            return product;
    }
    return sku || type ? &tn_sim_products[4] : &tn_sim_products[tn_sim_random_between(random, 0, 9)];
}

static void read_product(struct tn_sim_reader *reader, const struct tn_yaml *node,
                         struct tn_sim_reservation *reservation, struct tn_sim_random *random)
{
    const char *sku = tn_sim_read_text(reader, node, "sku"), *type = tn_sim_read_text(reader, node, "type");
    const char *region = tn_sim_read_text(reader, node, "region");
    const struct tn_sim_country *home = tn_sim_country_find(reservation->order->customer->country);
    const char *near = tn_sim_population_region(random, home ? home->region : tn_sim_regions[0]);
    tn_sim_reservation_from_product(reservation, product_like(sku, type, random), region ? region : near);
    if (sku && !tn_id_equal(sku, reservation->sku))
        reservation->description = sku;
    reservation->sku = sku ? sku : reservation->sku;
    reservation->type = type ? type : reservation->type;
    tn_sim_read_bool(reader, node, "refundable", &reservation->refundable);
    tn_sim_read_bool(reader, node, "exchangeable", &reservation->exchangeable);
    tn_sim_read_bool(reader, node, "renew", &reservation->settings.renew);
}

/* "1%" for all grains, {1: 0%, 7: 1%, 30: 1%}, or none where Azure reports nothing. */
static void read_utilization(struct tn_sim_reader *reader, const struct tn_yaml *node,
                             struct tn_sim_reservation *reservation, struct tn_sim_random *random)
{
    static const char *const grains[] = {"1", "7", "30", NULL};
    const struct tn_yaml *value = tn_yaml_get(node, "utilization");
    double *used = reservation->utilization;
    tn_sim_population_busy(random, reservation);
    if (!value)
        return;
    if (value->kind == TN_YAML_SCALAR && strcmp(value->text, "none") == 0) {
        reservation->grains = 0;
        reservation->trend = "";
        return;
    }
    if (value->kind != TN_YAML_MAPPING) {
        if (tn_sim_read_percent(reader, value, &used[0]))
            used[1] = used[2] = used[0];
        return;
    }
    if (!tn_sim_read_keys(reader, value, "a utilization", grains))
        return;
    for (int i = 0; i < 3; i++) {
        const struct tn_yaml *grain = tn_yaml_get(value, grains[i]);
        if (grain)
            tn_sim_read_percent(reader, grain, &used[i]);
        else
            tn_sim_read_problem(reader, value, NULL, "a utilization by days names 1, 7 and 30; %s is missing",
                                grains[i]);
    }
    reservation->trend = used[0] < used[1] ? "DOWN" : used[0] > used[1] ? "UP" : "SAME";
}

/* What the whole quantity is worth; either amount gives the other by the rate. */
static void read_worth(struct tn_sim_reader *reader, const struct tn_yaml *node, struct tn_sim_reservation *reservation)
{
    const struct tn_sim_currency *currency = reservation->order->customer->currency, *usd = &tn_sim_currencies[0];
    bool worth = tn_sim_read_money(reader, node, "worth", usd, &reservation->worth_cents);
    bool back = tn_sim_read_money(reader, node, "back", currency, &reservation->worth_coins);
    reservation->fixed = worth || back;
    if (worth && !back)
        reservation->worth_coins = tn_sim_currency_from_cents(currency, reservation->worth_cents);
    if (back && !worth)
        reservation->worth_cents = tn_sim_currency_to_cents(currency, reservation->worth_coins);
}

static void read_state(struct tn_sim_reader *reader, const struct tn_yaml *node, struct tn_sim_reservation *reservation)
{
    static const char *const names[] = {"Succeeded", "Cancelled", "Expired", "Failed", NULL};
    static const enum tn_sim_state states[] = {TN_SIM_SUCCEEDED, TN_SIM_CANCELLED, TN_SIM_EXPIRED, TN_SIM_FAILED};
    struct tn_sim_order *order = reservation->order;
    int state = tn_sim_read_choice(reader, node, "state", names);
    bool over = order->expires <= reader->world->today * TN_SIM_DAY;
    reservation->history.born.state = state >= 0 ? states[state] : over ? TN_SIM_EXPIRED : TN_SIM_SUCCEEDED;
    reservation->history.born.at_seconds = order->purchased;
    if (order->first == reservation || reservation->history.born.state == TN_SIM_SUCCEEDED)
        order->history.born.state = reservation->history.born.state;
    order->history.born.at_seconds = order->purchased;
}

static const char *default_name(struct tn_sim_reader *reader, const struct tn_sim_reservation *reservation,
                                struct tn_sim_random *random)
{
    int64_t workloads = 0;
    while (tn_sim_workloads[workloads])
        workloads++;
    const char *workload = tn_sim_workloads[tn_sim_random_between(random, 0, workloads - 1)];
    return tn_sim_world_format(reader->world, "%s-%s", workload, reservation->sku);
}

/* The GUID behind an entry's id; false: there is no id. */
static bool read_id(struct tn_sim_reader *reader, const struct tn_yaml *node, const char *what, char id[TN_GUID_TEXT])
{
    const char *name = tn_sim_read_text(reader, node, "id");
    if (name)
        tn_guid_derive(id, name);
    else if (!tn_yaml_get(node, "id"))
        tn_sim_read_problem(reader, node, NULL, "%s needs an id", what);
    return name;
}

static void read_reservation(struct tn_sim_reader *reader, struct tn_sim_customer *customer, const struct tn_yaml *node)
{
    char id[TN_GUID_TEXT];
    if (!tn_sim_read_keys(reader, node, "a reservation", reservation_keys) ||
        !read_id(reader, node, "a reservation", id))
        return;
    if (tn_sim_reservation_find(reader->world, id)) {
        tn_sim_read_problem(reader, tn_yaml_get(node, "id"), NULL, "this id is used by another reservation");
        return;
    }
    struct tn_sim_random random = tn_sim_random_part(reader->world->seed, strtoull(id + 24, NULL, 16));
    struct tn_sim_order *order = order_of(reader, customer, node, id, &random);
    struct tn_sim_reservation *reservation = order ? tn_sim_reservation_add(reader->world, order, id) : NULL;
    reader->no_memory |= order && !reservation;
    if (!reservation)
        return;
    read_product(reader, node, reservation, &random);
    tn_sim_read_count(reader, node, "quantity", &reservation->quantity);
    order->quantity += reservation->quantity;
    read_utilization(reader, node, reservation, &random);
    read_worth(reader, node, reservation);
    read_state(reader, node, reservation);
    reservation->refuses = tn_sim_read_text(reader, node, "refuses");
    const char *name = tn_sim_read_text(reader, node, "name");
    reservation->settings.name = name ? name : default_name(reader, reservation, &random);
    if (!order->name)
        order->name = reservation->settings.name;
    reader->no_memory |= !reservation->settings.name;
}

/* ---- customers -------------------------------------------------------------------------------------------------- */

static const struct tn_sim_country *country_paying_in(const char *currency)
{
    for (const struct tn_sim_country *country = tn_sim_countries; country->code; country++) {
        if (strcmp(country->currency, currency) == 0)
            return country;
    }
    return NULL;
}

/* Country and currency: each follows from the other where only one is given, both from the seed where none is. */
static void read_country(struct tn_sim_reader *reader, const struct tn_yaml *node, struct tn_sim_customer *customer,
                         struct tn_sim_random *random)
{
    const char *code = tn_sim_read_text(reader, node, "country");
    const char *currency = tn_sim_read_text(reader, node, "currency");
    const struct tn_sim_country *country = code ? tn_sim_country_find(code) : NULL;
    if (code && strlen(code) != 2)
        tn_sim_read_problem(reader, tn_yaml_get(node, "country"), NULL, "'country' is two letters, such as PL");
    if (currency && !tn_sim_currency_find(currency))
        tn_sim_read_problem(reader, tn_yaml_get(node, "currency"), NULL, "the simulator knows no currency '%s'",
                            currency);
    if (!code)
        country = currency ? country_paying_in(currency) : tn_sim_population_country(random);
    if (!currency)
        currency = country ? country->currency : "USD";
    const struct tn_sim_currency *found = tn_sim_currency_find(currency);
    snprintf(customer->country, sizeof customer->country, "%s", code ? code : country ? country->code : "US");
    customer->currency = found ? found : &tn_sim_currencies[0];
}

static void read_names(struct tn_sim_reader *reader, const struct tn_yaml *node, struct tn_sim_customer *customer)
{
    const struct tn_yaml *id = tn_yaml_get(node, "id");
    const char *domain = tn_sim_read_text(reader, node, "domain"), *name = tn_sim_read_text(reader, node, "name");
    const char *relationship = tn_sim_read_text(reader, node, "relationship");
    bool guid = tn_guid_valid(id->text, id->len);
    if (domain && tn_sim_customer_find(reader->world, domain))
        tn_sim_read_problem(reader, tn_yaml_get(node, "domain"), NULL, "this domain is used by another customer");
    if (!domain)
        domain = tn_sim_world_format(reader->world, "%.60s.onmicrosoft.com", guid ? customer->id : id->text);
    if (!name)
        name = guid ? tn_sim_world_format(reader->world, "Customer %.8s", customer->id)
                    : tn_sim_world_text(reader->world, id->text);
    customer->domain = domain;
    customer->name = name;
    customer->relationship = relationship ? relationship : "reseller";
    reader->no_memory |= !domain || !name;
}

static void read_standing(struct tn_sim_reader *reader, const struct tn_yaml *node, struct tn_sim_customer *customer)
{
    static const char *const words[] = {"missing", "granted", NULL}, *const kinds[] = {"plan", "subscription", NULL};
    const struct tn_sim_currency *usd = &tn_sim_currencies[0];
    tn_sim_read_money(reader, node, "refunded", usd, &customer->consumed_cents);
    tn_sim_read_money(reader, node, "limit", usd, &customer->limit_cents);
    if (tn_sim_read_choice(reader, node, "consent", words) == 0)
        customer->consent_code = 65001;
    customer->rights_missing = tn_sim_read_choice(reader, node, "rights", words) == 0;
    customer->azure_plan = tn_sim_read_choice(reader, node, "azure", kinds) == 0;
}

static void read_customer(struct tn_sim_reader *reader, const struct tn_yaml *node)
{
    char id[TN_GUID_TEXT];
    if (!tn_sim_read_keys(reader, node, "a customer", customer_keys) || !read_id(reader, node, "a customer", id))
        return;
    if (tn_sim_customer_find(reader->world, id)) {
        tn_sim_read_problem(reader, tn_yaml_get(node, "id"), NULL, "this id is used by another customer");
        return;
    }
    struct tn_sim_random random = tn_sim_random_part(reader->world->seed, strtoull(id + 24, NULL, 16));
    struct tn_sim_customer *customer = tn_sim_customer_add(reader->world, id);
    reader->no_memory |= !customer;
    if (!customer)
        return;
    read_names(reader, node, customer);
    read_country(reader, node, customer, &random);
    read_standing(reader, node, customer);
    const struct tn_yaml *list = tn_yaml_get(node, "reservations");
    if (list && list->kind != TN_YAML_SEQUENCE)
        tn_sim_read_problem(reader, list, NULL, "'reservations' is a list");
    for (const struct tn_yaml *one = list && list->kind == TN_YAML_SEQUENCE ? list->first : NULL; one; one = one->next)
        read_reservation(reader, customer, one);
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static void read_root(struct tn_sim_reader *reader, const struct tn_yaml *root)
{
    static const char *const root_keys[] = {"customers", NULL};
    if (!tn_sim_read_keys(reader, root, "a world file", root_keys))
        return;
    const struct tn_yaml *list = tn_yaml_get(root, "customers");
    if (!list || list->kind != TN_YAML_SEQUENCE) {
        tn_sim_read_problem(reader, list ? list : root, NULL, "a world file needs a list of customers");
        return;
    }
    for (const struct tn_yaml *one = list->first; one; one = one->next)
        read_customer(reader, one);
}

/* At most one byte more than a document may have, which the parser then refuses. */
static int read_file(const char *path, struct tn_buf *text, struct tn_err *err)
{
    char block[8192];
    size_t got;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return tn_err_set(err, errno == ENOENT ? TENURE_ENOENT : TENURE_EINVAL, "world file '%s': %s", path,
                          strerror(errno));
    while (text->len <= TN_YAML_MAX_BYTES && (got = fread(block, 1, sizeof block, file)) > 0)
        tn_buf_put(text, block, got);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed)
        return tn_err_set(err, TENURE_EINVAL, "world file '%s': %s", path, strerror(failed));
    return text->failed ? tn_err_no_memory(err) : TENURE_OK;
}

static int report(const struct tn_diagnostics *problems, struct tn_err *err)
{
    struct tn_buf text = {0};
    tn_diagnostics_text(problems, &text);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    int rc = tn_err_set(err, TENURE_EINVAL, "%s", tn_buf_text(&text));
    tn_buf_deinit(&text);
    return rc;
}

int tn_sim_world_file_load(struct tn_sim_world *world, const char *path, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_sim_reader reader = {.world = world};
    struct tn_yaml_doc *doc = NULL;
    int rc = read_file(path, &text, err);
    if (rc == TENURE_OK && tn_diagnostics_new(path, tn_buf_text(&text), text.len, &reader.problems) < 0)
        rc = tn_err_no_memory(err);
    if (rc < 0)
        goto out;
    rc = tn_yaml_parse(tn_buf_text(&text), text.len, reader.problems, &doc);
    if (rc == TENURE_OK)
        read_root(&reader, tn_yaml_root(doc));
    if (tn_diagnostics_count(reader.problems) > 0)
        rc = report(reader.problems, err);
    else if (rc < 0 || reader.no_memory)
        rc = tn_err_no_memory(err);
out:
    tn_yaml_free(doc);
    tn_diagnostics_free(reader.problems);
    tn_buf_deinit(&text);
    return rc;
}
