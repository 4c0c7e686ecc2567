/*
 * What the made-up world is made of: currencies and their rates, countries, regions, products, words for names.
 */
#ifndef TN_SIMULATOR_CATALOGUE_H
#define TN_SIMULATOR_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"

struct tn_sim_currency {
    char code[4];
    int decimals; /* of its smallest coin: amounts are kept in those */
    int64_t rate; /* ten-thousandths of one unit that one US dollar buys */
};

struct tn_sim_country {
    const char *code; /* "PL" */
    const char *currency;
    const char *company; /* the legal form behind a company's name */
    const char *region;  /* the Azure region next to it */
    int weight;
};

struct tn_sim_product {
    const char *type; /* reservedResourceType */
    const char *sku;
    const char *description;
    const char *kind;   /* resource provider */
    int64_t year_cents; /* US cents for one unit and one year */
    int weight;         /* how often it is met */
    bool refundable, exchangeable, flexible;
};

/* These end with an entry whose first text is empty or NULL. */
extern const struct tn_sim_currency tn_sim_currencies[];
extern const struct tn_sim_country tn_sim_countries[];
extern const struct tn_sim_product tn_sim_products[];
extern const char *const tn_sim_regions[];

#define TN_SIM_COMPANY_NAMES 40
#define TN_SIM_COMPANY_TRADES 23
extern const char *const tn_sim_company_names[TN_SIM_COMPANY_NAMES];
extern const char *const tn_sim_company_trades[TN_SIM_COMPANY_TRADES];
extern const char *const tn_sim_workloads[]; /* words for the display names of reservations */

const struct tn_sim_currency *tn_sim_currency_find(const char *code); /* NULL: unknown */
const struct tn_sim_country *tn_sim_country_find(const char *code);
const struct tn_sim_product *tn_sim_product_find(const char *sku);
const char *tn_sim_region_find(const char *name); /* as the lists above spell it */

/* US cents for one unit and a term of one or three years in a region. */
int64_t tn_sim_product_cents(const struct tn_sim_product *product, const char *region, int years);

/* US cents in the smallest coin of another currency, rounded. */
int64_t tn_sim_currency_from_cents(const struct tn_sim_currency *currency, int64_t cents);
int64_t tn_sim_currency_to_cents(const struct tn_sim_currency *currency, int64_t coins);

struct tn_money tn_sim_currency_money(const struct tn_sim_currency *currency, int64_t coins);

/* False when the money is finer than the currency's smallest coin. */
bool tn_sim_currency_coins(const struct tn_sim_currency *currency, const struct tn_money *money, int64_t *coins);

#endif
