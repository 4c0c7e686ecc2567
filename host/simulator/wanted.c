/* What somebody wants to buy: see wanted.h. Hardly a refusal is on record: each has the nearest of the provider's
 * codes. */
#include "simulator/wanted.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/arm.h"
#include "simulator/series.h"
#include "simulator/state.h"

#define MOST_QUANTITY 100000
#define NOWHERE "global" /* the region of what is sold without one */

static bool missing(struct tn_sim_call *call, const char *field)
{
    tn_sim_arm_error(call, 400, "InvalidRequestContent", "The purchase needs '%s'.", field);
    return false;
}

static bool read_product(struct tn_sim_call *call, struct tn_json request, struct tn_sim_wanted *wanted)
{
    const char *sku = tn_json_string(request, "sku.name", NULL);
    const char *type = tn_json_string(request, "properties.reservedResourceType", NULL);
    if (!sku || !type)
        return missing(call, sku ? "properties.reservedResourceType" : "sku.name");
    wanted->product = tn_sim_product_find(sku);
    if (wanted->product && tn_id_equal(wanted->product->type, type))
        return true;
    tn_sim_arm_error(call, 400, "CalculatePriceFailed", "The SKU '%.60s' of '%.40s' is not offered.", sku, type);
    return false;
}

/* Software plans are sold for everywhere: refundable products have a region. */
static bool read_region(struct tn_sim_call *call, struct tn_json request, struct tn_sim_wanted *wanted)
{
    const char *location = tn_json_string(request, "location", NULL);
    wanted->region = location ? tn_sim_region_find(location) : wanted->product->refundable ? NULL : NOWHERE;
    if (wanted->region)
        return true;
    tn_sim_arm_error(call, 400, "InvalidLocationId", "The SKU '%s' is not offered in the location '%.40s'.",
                     wanted->product->sku, location ? location : "");
    return false;
}

static bool read_term(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted)
{
    const char *term = tn_json_string(properties, "term", NULL);
    int64_t today = tn_loop_wall_ms(call->simulator->loop) / 1000 / TN_SIM_DAY;
    if (!term)
        return missing(call, "properties.term");
    wanted->years = tn_id_equal(term, "P1Y") ? 1 : tn_id_equal(term, "P3Y") ? 3 : 0;
    if (!wanted->years)
        tn_sim_arm_error(call, 400, "UnsupportedReservationTerm",
                         "The term '%.20s' is not offered for the SKU '%s': it must be P1Y or P3Y.", term,
                         wanted->product->sku);
    else if (tn_sim_series_retired(wanted->product->sku, wanted->years, today))
        tn_sim_arm_error(call, 400, "CalculatePriceFailed",
                         "New reservations of the SKU '%s' for the term %s are not available since 1 July 2026.",
                         wanted->product->sku, term);
    else
        return true;
    return false;
}

static bool read_plan(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted)
{
    const char *plan = tn_json_string(properties, "billingPlan", NULL);
    wanted->monthly = plan && tn_id_equal(plan, "Monthly");
    if (!plan || tn_id_equal(plan, "Upfront") || (wanted->monthly && wanted->product->refundable))
        return true;
    tn_sim_arm_error(call, 400, "BillingCustomerInputError",
                     "The billing plan '%.20s' is not offered for the SKU '%s'.", plan, wanted->product->sku);
    return false;
}

static bool read_quantity(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted)
{
    if (tn_json_int(properties, "quantity", &wanted->quantity) && wanted->quantity > 0 &&
        wanted->quantity <= MOST_QUANTITY)
        return true;
    tn_sim_arm_error(call, 400, "InvalidRequestContent", "The quantity to buy must be from 1 to %d.", MOST_QUANTITY);
    return false;
}

bool tn_sim_wanted_billing(struct tn_sim_call *call, struct tn_json properties)
{
    static const char prefix[] = "/subscriptions/";
    const char *scope = tn_json_string(properties, "billingScopeId", NULL), *id = scope;
    if (!scope)
        return missing(call, "properties.billingScopeId");
    if (strncasecmp(scope, prefix, sizeof prefix - 1) == 0)
        id += sizeof prefix - 1;
    if (tn_id_equal(id, call->customer->subscription))
        return true;
    tn_sim_arm_error(call, 400, "InvalidSubscriptionId", "The billing scope '%.80s' is not a subscription of yours.",
                     scope);
    return false;
}

bool tn_sim_wanted_scope(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted)
{
    struct tn_sim_settings settings = {0};
    if (!tn_json_string(properties, "appliedScopeType", NULL))
        return missing(call, "properties.appliedScopeType");
    if (!tn_sim_scope_read(call, properties, &settings))
        return false;
    wanted->scope = settings.scope;
    snprintf(wanted->scope_id, sizeof wanted->scope_id, "%s", settings.scope_id ? settings.scope_id : "");
    return true;
}

static bool read_words(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted)
{
    size_t len = 0;
    const char *name = tn_json_string(properties, "displayName", &len);
    const char *flexibility = tn_json_string(properties, "reservedResourceProperties.instanceFlexibility", NULL);
    if (len >= sizeof wanted->name) {
        tn_sim_arm_error(call, 400, "BadRequest", "The display name is longer than %d bytes.", TN_SIM_NAME_TEXT - 1);
        return false;
    }
    snprintf(wanted->name, sizeof wanted->name, "%s", name ? name : "");
    wanted->flexibility_off = flexibility && tn_id_equal(flexibility, "Off");
    tn_json_bool(properties, "renew", &wanted->renew);
    return true;
}

bool tn_sim_wanted_read(struct tn_sim_call *call, struct tn_json request, struct tn_sim_wanted *wanted)
{
    struct tn_json properties = tn_json_find(request, "properties");
    *wanted = (struct tn_sim_wanted){0};
    return read_product(call, request, wanted) && read_region(call, request, wanted) &&
           read_term(call, properties, wanted) && read_plan(call, properties, wanted) &&
           read_quantity(call, properties, wanted) && tn_sim_wanted_billing(call, properties) &&
           tn_sim_wanted_scope(call, properties, wanted) && read_words(call, properties, wanted);
}

bool tn_sim_wanted_same(const struct tn_sim_wanted *a, const struct tn_sim_wanted *b)
{
    return a->product == b->product && a->region == b->region && a->years == b->years && a->monthly == b->monthly &&
           a->quantity == b->quantity && a->scope == b->scope && tn_id_equal(a->scope_id, b->scope_id);
}

struct tn_sim_price tn_sim_wanted_price(const struct tn_simulator *simulator, const struct tn_sim_customer *customer,
                                        const struct tn_sim_wanted *wanted)
{
    int64_t cents = tn_sim_product_cents(wanted->product, wanted->region, wanted->years);
    int64_t coins = tn_sim_currency_from_cents(customer->currency, cents);
    int64_t permille = simulator->price_permille ? simulator->price_permille : 1000;
    return (struct tn_sim_price){.cents = cents * wanted->quantity * permille / 1000,
                                 .coins = coins * wanted->quantity * permille / 1000};
}
