/* What rules look at: see policy_look.h. */
#include "azure/policy_look.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/id.h"

#define DAY_S INT64_C(86400)

/* ---- what is given back, or changed ------------------------------------------------------------------------------ */

struct given {
    const struct tn_facts *facts;
    const char *reservation; /* GUID */
    int64_t quantity;        /* 0: all of it */
};

static const struct tn_argument_value *returns_of(const struct tn_policy_case *it)
{
    return tn_values_get(it->op, it->values, "exchange");
}

static size_t given_count(const struct tn_policy_case *it)
{
    const struct tn_argument_value *returns = returns_of(it);
    if (returns->given)
        return returns->returned_count;
    return (size_t)tn_values_get(it->op, it->values, "reservation")->given +
           tn_values_get(it->op, it->values, "with")->given;
}

static struct given given_at(const struct tn_policy_case *it, size_t i)
{
    static const struct tn_facts nothing;
    const struct tn_argument_value *returns = returns_of(it);
    if (returns->given)
        return (struct given){&returns->returned[i].facts, returns->returned[i].reservation,
                              returns->returned[i].quantity};
    const struct tn_argument_value *one = tn_values_get(it->op, it->values, i ? "with" : "reservation");
    const struct tn_argument_value *quantity = tn_values_get(it->op, it->values, "quantity");
    return (struct given){one->facts ? one->facts : &nothing, one->text, quantity->given ? quantity->integer : 0};
}

/* "it", or which of several. */
static const char *named(const struct tn_policy_case *it, const struct given *given, char name[64])
{
    if (given_count(it) == 1)
        return "it";
    snprintf(name, 64, "reservation %.36s", given->reservation);
    return name;
}

static bool is_among(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcasecmp(*words, word) == 0)
            return true;
    }
    return false;
}

/* Asks about each: it is against the whole when it is against one, and for it when it is for each. found is about the one
 * that it is against, or about the last one. */
static enum tn_policy_opinion look_at_each(const struct tn_policy_case *it, char found[TN_POLICY_TEXT],
                                           enum tn_policy_opinion (*look)(const struct given *given, const char *name,
                                                                          char found[TN_POLICY_TEXT]))
{
    enum tn_policy_opinion all = given_count(it) ? TN_POLICY_FINE : TN_POLICY_UNKNOWN;
    for (size_t i = 0; i < given_count(it); i++) {
        char name[64];
        struct given given = given_at(it, i);
        enum tn_policy_opinion one = look(&given, named(it, &given, name), found);
        if (one == TN_POLICY_AGAINST)
            return one;
        all = one == TN_POLICY_UNKNOWN ? one : all;
    }
    return all;
}

/* What is under way may have ended by now; what is over stays over. */
static enum tn_policy_opinion look_at_state(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    static const char *const over[] = {"Cancelled",     "Canceled", "Expired", "Failed",
                                       "BillingFailed", "Split",    "Merged",  NULL};
    const char *state = given->facts->state;
    snprintf(found, TN_POLICY_TEXT, "%s is %s", name, state);
    if (is_among(state, over))
        return TN_POLICY_AGAINST;
    return strcasecmp(state, "Succeeded") == 0 ? TN_POLICY_FINE : TN_POLICY_UNKNOWN;
}

enum tn_policy_opinion tn_rule_in_effect(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_state);
}

static enum tn_policy_opinion tell_flag(enum tn_known flag, const char *name, const char *done,
                                        char found[TN_POLICY_TEXT])
{
    if (flag == TN_KNOWN_NOTHING)
        return TN_POLICY_UNKNOWN;
    snprintf(found, TN_POLICY_TEXT, "Azure's list of reservations says that %s can%s be %s", name,
             flag == TN_KNOWN_NOT ? "not" : "", done);
    return flag == TN_KNOWN_NOT ? TN_POLICY_AGAINST : TN_POLICY_FINE;
}

static enum tn_policy_opinion look_at_refunds(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    return tell_flag(given->facts->refunds, name, "refunded", found);
}

enum tn_policy_opinion tn_rule_refundable(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_refunds);
}

static enum tn_policy_opinion look_at_exchanges(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    return tell_flag(given->facts->exchanges, name, "exchanged", found);
}

enum tn_policy_opinion tn_rule_exchangeable(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_exchanges);
}

/* Where Azure says what it accepts, that counts. */
static enum tn_policy_opinion look_at_type(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    static const char *const kept[] = {"Databricks",        "RedHat", "RedHatOsa", "SuseLinux",
                                       "VMwareCloudSimple", "MDC",    "Sentinel",  NULL};
    if (given->facts->refunds == TN_KNOWN_YES || given->facts->exchanges == TN_KNOWN_YES ||
        !is_among(given->facts->type, kept))
        return TN_POLICY_UNKNOWN;
    snprintf(found, TN_POLICY_TEXT, "%s is of %s, which is documented as not to be given back", name,
             given->facts->type);
    return TN_POLICY_AGAINST;
}

enum tn_policy_opinion tn_rule_returnable(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_type);
}

/* There may be less by now, but never more. */
static enum tn_policy_opinion look_at_quantity(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    int64_t have = given->facts->quantity, asked = given->quantity ? given->quantity : have;
    if (have <= 0)
        return TN_POLICY_UNKNOWN;
    snprintf(found, TN_POLICY_TEXT, "%lld of it were to be given back, and %s has %lld", (long long)asked, name,
             (long long)have);
    return asked > have ? TN_POLICY_AGAINST : TN_POLICY_FINE;
}

enum tn_policy_opinion tn_rule_quantity(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_quantity);
}

enum tn_policy_opinion tn_rule_split(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    int64_t have = given_at(it, 0).facts->quantity;
    int64_t first = tn_values_get(it->op, it->values, "first")->integer;
    int64_t second = tn_values_get(it->op, it->values, "second")->integer;
    if (have <= 0)
        return TN_POLICY_UNKNOWN;
    snprintf(found, TN_POLICY_TEXT, "first is %lld and second is %lld, and it has %lld", (long long)first,
             (long long)second, (long long)have);
    return first > have || have - first != second ? TN_POLICY_AGAINST : TN_POLICY_FINE;
}

/* ---- types of products -------------------------------------------------------------------------------------------- */

/* Types that are exchanged for one another. All others that are known here stand alone; of a type that is not known nobody
 * can say which it belongs to. */
static const struct {
    const char *type, *family;
} families[] = {
    {"VirtualMachines", "compute"},
    {"DedicatedHost", "compute"},
    {"AppService", "compute"},
    {"AVS", "compute"},
    {"SqlDatabases", "SQL"},
    {"SqlDataWarehouse", "SQL"},
    {"SqlAzureHybridBenefit", "SQL"},
    {"SqlEdge", "SQL"},
    {"AzureDataExplorer", "AzureDataExplorer"},
    {"AzureFiles", "AzureFiles"},
    {"BlockBlob", "BlockBlob"},
    {"CosmosDb", "CosmosDb"},
    {"DataFactory", "DataFactory"},
    {"ManagedDisk", "ManagedDisk"},
    {"MariaDb", "MariaDb"},
    {"MySql", "MySql"},
    {"NetAppStorage", "NetAppStorage"},
    {"PostgreSql", "PostgreSql"},
    {"RedisCache", "RedisCache"},
    {"SapHana", "SapHana"},
};

static const char *family_of(const char *type)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcasecmp(families[i].type, type) == 0)
            return families[i].family;
    }
    return NULL;
}

/* That one may be exchanged for the other; unless strict, also where that cannot be known. */
static bool together(const char *a, const char *b, bool strict)
{
    const char *left = family_of(a), *right = family_of(b);
    if (strcasecmp(a, b) == 0)
        return true;
    return left && right ? strcmp(left, right) == 0 : !strict;
}

static const char *type_of(struct tn_json wanted)
{
    const char *type = tn_json_string(wanted, "type", NULL);
    return type ? type : "";
}

/* Whether something that is given back is of a type that goes with this one. */
static bool is_given_for(const struct tn_policy_case *it, const char *type, bool strict)
{
    for (size_t i = 0; i < given_count(it); i++) {
        if (together(given_at(it, i).facts->type, type, strict))
            return true;
    }
    return false;
}

/* The types that are given back, each once: "VirtualMachines, AppService". False: one of them is not known. */
static bool list_types(const struct tn_policy_case *it, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < given_count(it); i++) {
        const char *type = given_at(it, i).facts->type;
        size_t len = strlen(text);
        if (!*type)
            return false;
        if (!strcasestr(text, type))
            snprintf(text + len, size - len, "%s%s", len ? ", " : "", type);
    }
    return true;
}

static enum tn_policy_opinion compare_types(const struct tn_policy_case *it, bool strict, char found[TN_POLICY_TEXT])
{
    char given[160];
    if (!tn_json_length(it->wanted) || !list_types(it, given, sizeof given))
        return TN_POLICY_UNKNOWN;
    for (struct tn_json_iter each = tn_json_each(it->wanted); tn_json_next(&each);) {
        snprintf(found, TN_POLICY_TEXT, "%s would be given back for %.60s", given, type_of(each.value));
        if (!is_given_for(it, type_of(each.value), strict))
            return TN_POLICY_AGAINST;
    }
    return TN_POLICY_FINE;
}

enum tn_policy_opinion tn_rule_families(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return compare_types(it, false, found);
}

/* All that is given back is of one family. */
static bool is_one_family(const struct tn_policy_case *it)
{
    for (size_t i = 1; i < given_count(it); i++) {
        if (!together(given_at(it, 0).facts->type, given_at(it, i).facts->type, true))
            return false;
    }
    return true;
}

/* Savings plans are documented for compute, and for some databases. */
static bool is_covered(const char *type)
{
    const char *family = family_of(type);
    return family && (strcmp(family, "compute") == 0 || strcmp(family, "SQL") == 0);
}

enum tn_policy_opinion tn_rule_grouping(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    char given[160];
    if (!list_types(it, given, sizeof given))
        return TN_POLICY_UNKNOWN;
    for (size_t i = 0; it->plans && i < given_count(it); i++) {
        snprintf(found, TN_POLICY_TEXT, "no savings plan is known here to cover %s", given_at(it, i).facts->type);
        if (!is_covered(given_at(it, i).facts->type))
            return TN_POLICY_AGAINST;
    }
    if (!is_one_family(it)) {
        snprintf(found, TN_POLICY_TEXT, "%s would be given back in one exchange", given);
        return TN_POLICY_AGAINST;
    }
    return compare_types(it, true, found);
}

/* ---- dates -------------------------------------------------------------------------------------------------------- */

static enum tn_policy_opinion look_at_purchase(const struct given *given, const char *name, char found[TN_POLICY_TEXT])
{
    char day[TN_TIME_TEXT];
    const struct tn_facts *facts = given->facts;
    if (!facts->purchased_s || !facts->type[0])
        return TN_POLICY_UNKNOWN;
    snprintf(found, TN_POLICY_TEXT, "%s was bought on %.10s", name, tn_time_format(facts->purchased_s, day));
    bool late = facts->purchased_s >= tn_days_from_civil(2027, 2, 2) * DAY_S;
    return late && is_covered(facts->type) ? TN_POLICY_AGAINST : TN_POLICY_FINE;
}

enum tn_policy_opinion tn_rule_bought_late(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    return look_at_each(it, found, look_at_purchase);
}

/* "Standard_D4-2s_v3" → "Dsv3", "Standard_B2ms" → "Bms": what is left without the number of processors. False: no size. */
static bool name_series(const char *sku, char name[16])
{
    static const char prefix[] = "Standard_";
    size_t len = 0;
    bool digits = false;
    name[0] = '\0';
    if (strncasecmp(sku, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *at = sku + sizeof prefix - 1;
    for (; *at && *at != '_' && len < 10; at++) {
        digits = digits || isdigit((unsigned char)*at);
        if (isalpha((unsigned char)*at))
            name[len++] = *at;
    }
    name[len] = '\0';
    if (strncasecmp(at, "_v", 2) == 0 && isdigit((unsigned char)at[2]))
        snprintf(name + len, 16 - len, "v%.2s", at + 2);
    else if (*at)
        return false;
    return digits && len > 0;
}

bool tn_policy_series_retired(const char *sku, int years, int64_t now_s, char name[16])
{
    static const char *const one_year[] = {"Av2", "Amv2", "D", "Ds", "Dv2", "Dsv2", "F",
                                           "Fs",  "Fsv2", "G", "Gs", "Ls",  "Lsv2", NULL};
    static const char *const three_years[] = {"Dv3", "Dsv3", "Ev3", "Esv3", NULL};
    if (now_s < tn_days_from_civil(2026, 7, 1) * DAY_S || !name_series(sku, name))
        return false;
    bool first_b =
        toupper((unsigned char)name[0]) == 'B' && !strpbrk(name, "0123456789"); /* Bv1, whatever its features */
    if (is_among(name, one_year) || first_b)
        return years == 1;
    return is_among(name, three_years) && (years == 1 || years == 3);
}

enum tn_policy_opinion tn_rule_series(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    for (struct tn_json_iter each = tn_json_each(it->wanted); tn_json_next(&each);) {
        const char *sku = tn_json_string(each.value, "sku", NULL), *term = tn_json_string(each.value, "term", NULL);
        char series[16];
        int years = 0;
        if (!sku || !term || strcasecmp(type_of(each.value), "VirtualMachines") != 0 ||
            sscanf(term, "P%1dY", &years) != 1 || !tn_policy_series_retired(sku, years, it->now_s, series))
            continue;
        snprintf(found, TN_POLICY_TEXT,
                 "%.60s is of the series %s, of which nothing is sold for %d year%s since 1 July 2026", sku, series,
                 years, years > 1 ? "s" : "");
        return TN_POLICY_AGAINST;
    }
    return TN_POLICY_UNKNOWN; /* what else is sold is the catalogue's to say */
}

/* ---- amounts ------------------------------------------------------------------------------------------------------ */

/* Whether most is less than what is asked of it; nothing is known of amounts that are not told, or of two currencies. */
static enum tn_policy_opinion compare(bool has, const struct tn_money *asked, const struct tn_money *most)
{
    int order;
    if (!has || tn_money_compare(&order, asked, most, NULL) < 0)
        return TN_POLICY_UNKNOWN;
    return order > 0 ? TN_POLICY_AGAINST : TN_POLICY_FINE;
}

enum tn_policy_opinion tn_rule_commitment(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    char bought[TN_MONEY_TEXT], given[TN_MONEY_TEXT];
    const struct tn_quote *quote = it->quote;
    if (!quote)
        return TN_POLICY_UNKNOWN;
    enum tn_policy_opinion opinion = compare(quote->has_bought && quote->has_given, &quote->given, &quote->bought);
    if (opinion != TN_POLICY_UNKNOWN)
        snprintf(found, TN_POLICY_TEXT, "what is bought costs %s %s, and what is given back comes to %s %s",
                 tn_money_amount(&quote->bought, bought), quote->bought.currency, tn_money_amount(&quote->given, given),
                 quote->given.currency);
    return opinion;
}

enum tn_policy_opinion tn_rule_limit(const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    char worth[TN_MONEY_TEXT], left[TN_MONEY_TEXT];
    const struct tn_quote *quote = it->quote;
    if (!quote)
        return TN_POLICY_UNKNOWN;
    enum tn_policy_opinion opinion =
        compare(quote->has_worth && quote->has_limit_left, &quote->worth, &quote->limit_left);
    if (opinion != TN_POLICY_UNKNOWN)
        snprintf(found, TN_POLICY_TEXT, "it is worth %s %s, and %s %s of the limit are left",
                 tn_money_amount(&quote->worth, worth), quote->worth.currency,
                 tn_money_amount(&quote->limit_left, left), quote->limit_left.currency);
    return opinion;
}
