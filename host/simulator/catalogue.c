/* What the made-up world is made of: see catalogue.h. Prices and rates are plausible, not anybody's. */
#include "simulator/catalogue.h"

#include <string.h>

#include "base/id.h"

const struct tn_sim_currency tn_sim_currencies[] = {
    {"USD", 2, 10000}, {"EUR", 2, 8610},    {"GBP", 2, 7430},   {"PLN", 2, 36650}, {"SEK", 2, 94700},
    {"CHF", 2, 7990},  {"JPY", 0, 1484000}, {"NOK", 2, 100900}, {"DKK", 2, 64260}, {"CZK", 2, 211200},
    {"AUD", 2, 15280}, {"CAD", 2, 13870},   {"INR", 2, 873500}, {"", 0, 0},
};

const struct tn_sim_country tn_sim_countries[] = {
    {"PL", "PLN", "Sp. z o.o.", "polandcentral", 18},
    {"DE", "EUR", "GmbH", "germanywestcentral", 16},
    {"US", "USD", "Inc.", "eastus", 12},
    {"GB", "GBP", "Ltd", "uksouth", 10},
    {"FR", "EUR", "SAS", "francecentral", 8},
    {"SE", "SEK", "AB", "swedencentral", 7},
    {"NL", "EUR", "B.V.", "westeurope", 7},
    {"CH", "CHF", "AG", "switzerlandnorth", 6},
    {"JP", "JPY", "K.K.", "japaneast", 5},
    {"NO", "NOK", "AS", "norwayeast", 3},
    {"DK", "DKK", "A/S", "northeurope", 3},
    {"CZ", "CZK", "s.r.o.", "westeurope", 3},
    {"AU", "AUD", "Pty Ltd", "australiaeast", 2},
    {"CA", "CAD", "Corp.", "canadacentral", 2},
    {"IN", "INR", "Pvt Ltd", "centralindia", 2},
    {NULL, NULL, NULL, NULL, 0},
};

const char *const tn_sim_regions[] = {
    "westeurope",    "northeurope", "polandcentral", "germanywestcentral",
    "francecentral", "uksouth",     "swedencentral", "eastus",
    "eastus2",       "westus2",     "japaneast",     NULL,
};

#define COMPUTE "Microsoft.Compute"

const struct tn_sim_product tn_sim_products[] = {
    {"VirtualMachines", "Standard_B2s", "Reserved VM Instance, Standard_B2s", COMPUTE, 21900, 12, true, true, true},
    {"VirtualMachines", "Standard_B4ms", "Reserved VM Instance, Standard_B4ms", COMPUTE, 87400, 6, true, true, true},
    {"VirtualMachines", "Standard_D2s_v3", "Reserved VM Instance, Standard_D2s_v3", COMPUTE, 50400, 10, true, true,
     true},
    {"VirtualMachines", "Standard_D4s_v3", "Reserved VM Instance, Standard_D4s_v3", COMPUTE, 100900, 5, true, true,
     true},
    {"VirtualMachines", "Standard_D2s_v5", "Reserved VM Instance, Standard_D2s_v5", COMPUTE, 49600, 12, true, true,
     true},
    {"VirtualMachines", "Standard_D4s_v5", "Reserved VM Instance, Standard_D4s_v5", COMPUTE, 99200, 8, true, true,
     true},
    {"VirtualMachines", "Standard_D8s_v5", "Reserved VM Instance, Standard_D8s_v5", COMPUTE, 198300, 3, true, true,
     true},
    {"VirtualMachines", "Standard_E2s_v5", "Reserved VM Instance, Standard_E2s_v5", COMPUTE, 65100, 6, true, true,
     true},
    {"VirtualMachines", "Standard_E4s_v5", "Reserved VM Instance, Standard_E4s_v5", COMPUTE, 130200, 3, true, true,
     true},
    {"VirtualMachines", "Standard_F2s_v2", "Reserved VM Instance, Standard_F2s_v2", COMPUTE, 43800, 4, true, true,
     true},
    {"VirtualMachines", "Standard_L8s_v3", "Reserved VM Instance, Standard_L8s_v3", COMPUTE, 322700, 1, true, true,
     true},
    {"SqlDatabases", "SQLDB_GP_Compute_Gen5", "SQL Database General Purpose Gen5 1 vCore", "Microsoft.Sql", 108300, 6,
     true, true, false},
    {"SqlDatabases", "SQLMI_GP_Compute_Gen5", "SQL Managed Instance General Purpose Gen5 1 vCore", "Microsoft.Sql",
     116100, 3, true, true, false},
    {"AppService", "P1v3", "App Service Premium v3 Plan, P1v3", "Microsoft.Web", 88200, 6, true, true, false},
    {"AppService", "P2v3", "App Service Premium v3 Plan, P2v3", "Microsoft.Web", 176500, 2, true, true, false},
    {"ManagedDisk", "P30", "Premium SSD Managed Disks P30", COMPUTE, 153700, 3, true, false, false},
    {"RedisCache", "Premium_P1", "Azure Cache for Redis Premium P1", "Microsoft.Cache", 172600, 2, true, true, false},
    {"CosmosDb", "CosmosDB_100RU", "Azure Cosmos DB 100 RU/s", "Microsoft.DocumentDB", 5600, 4, true, true, false},
    {"SuseLinux", "sles_1_2_vcpu", "SUSE Linux Enterprise Server 1-2 vCPU VM", COMPUTE, 26900, 3, false, false, false},
    {"RedHat", "rhel_1_4_vcpu", "Red Hat Enterprise Linux 1-4 vCPU VM", COMPUTE, 34900, 2, false, false, false},
    {NULL, NULL, NULL, NULL, 0, 0, false, false, false},
};

const char *const tn_sim_company_names[TN_SIM_COMPANY_NAMES] = {
    "Nordwind",  "Kowalski",  "Blue Harbor", "Alpenglow",  "Szczecin", "Müller",     "Fjord",   "Redwood",
    "Van Dijk",  "Ostrava",   "Sakura",      "Lindqvist",  "Granite",  "Baltic",     "Lefèvre", "Helvetia",
    "Whitby",    "Zieliński", "Silverline",  "Aurora",     "Brückner", "Copenhagen", "Delft",   "Everest",
    "Falken",    "Gdańsk",    "Hokkaido",    "Ironbridge", "Jansen",   "Kestrel",    "Lotus",   "Meridian",
    "Northgate", "Orchard",   "Pinewood",    "Quayside",   "Rhein",    "Sundström",  "Tatra",   "Umbra",
};

const char *const tn_sim_company_trades[TN_SIM_COMPANY_TRADES] = {
    "Logistics", "Foods",  "Textiles",  "Robotics",  "Insurance", "Pharma",    "Media",   "Optics",
    "Shipping",  "Energy", "Furniture", "Analytics", "Dental",    "Transport", "Studios", "Machines",
    "Papers",    "Travel", "Ceramics",  "Telecom",   "Packaging", "Brewery",   "Toys",
};

const char *const tn_sim_workloads[] = {
    "prod-web", "prod-sql", "erp",   "warehouse", "build-agents", "analytics",  "shop", "intranet",
    "crm",      "staging",  "batch", "reporting", "vdi",          "mail-relay", NULL,
};

const struct tn_sim_currency *tn_sim_currency_find(const char *code)
{
    for (const struct tn_sim_currency *currency = tn_sim_currencies; currency->code[0]; currency++) {
        if (strcmp(currency->code, code) == 0)
            return currency;
    }
    return NULL;
}

const struct tn_sim_country *tn_sim_country_find(const char *code)
{
    for (const struct tn_sim_country *country = tn_sim_countries; country->code; country++) {
        if (strcmp(country->code, code) == 0)
            return country;
    }
    return NULL;
}

const struct tn_sim_product *tn_sim_product_find(const char *sku)
{
    for (const struct tn_sim_product *product = tn_sim_products; product->type; product++) {
        if (tn_id_equal(product->sku, sku))
            return product;
    }
    return NULL;
}

const char *tn_sim_region_find(const char *name)
{
    for (size_t i = 0; tn_sim_regions[i]; i++) {
        if (tn_id_equal(tn_sim_regions[i], name))
            return tn_sim_regions[i];
    }
    for (const struct tn_sim_country *country = tn_sim_countries; country->code; country++) {
        if (tn_id_equal(country->region, name))
            return country->region;
    }
    return NULL;
}

/* Three years cost less than three times one year; some regions cost more than others. */
int64_t tn_sim_product_cents(const struct tn_sim_product *product, const char *region, int years)
{
    int64_t cents = years == 3 ? product->year_cents * 186 / 100 : product->year_cents;
    return cents * (100 + region[0] % 7 + region[1] % 5) / 100;
}

static int64_t coins_per_unit(const struct tn_sim_currency *currency)
{
    int64_t coins = 1;
    for (int i = 0; i < currency->decimals; i++)
        coins *= 10;
    return coins;
}

int64_t tn_sim_currency_from_cents(const struct tn_sim_currency *currency, int64_t cents)
{
    __int128 scaled = (__int128)cents * currency->rate * coins_per_unit(currency);
    return (int64_t)((scaled + 500000) / 1000000);
}

int64_t tn_sim_currency_to_cents(const struct tn_sim_currency *currency, int64_t coins)
{
    __int128 divisor = (__int128)currency->rate * coins_per_unit(currency);
    return (int64_t)(((__int128)coins * 1000000 + divisor / 2) / divisor);
}

struct tn_money tn_sim_currency_money(const struct tn_sim_currency *currency, int64_t coins)
{
    struct tn_money money = {.digits = coins, .scale = (uint8_t)currency->decimals};
    memcpy(money.currency, currency->code, sizeof money.currency);
    while (money.scale > 0 && money.digits % 10 == 0) {
        money.digits /= 10;
        money.scale--;
    }
    return money;
}

bool tn_sim_currency_coins(const struct tn_sim_currency *currency, const struct tn_money *money, int64_t *coins)
{
    if (money->scale > currency->decimals || money->digits < 0 || money->digits > INT64_MAX / 100000)
        return false;
    int64_t value = money->digits;
    for (int i = money->scale; i < currency->decimals; i++)
        value *= 10;
    *coins = value;
    return true;
}
