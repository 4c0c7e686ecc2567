/* How Microsoft.Capacity writes its objects: see capacity_write.h. */
#include "simulator/capacity_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/price.h"
#include "simulator/scope.h"

#define TYPE "microsoft.capacity/reservationOrders/reservations"
#define EXPIRING_DAYS 30
#define ID_TEXT 200

/* What differs between a reservation and one of its revisions. */
struct look {
    const char *state, *display, *renew_state;
    const char *status, *message; /* NULL: none */
    const struct tn_sim_settings *settings;
    int number; /* of the revision, which is the etag too */
    int64_t at_seconds;
};

void tn_sim_amount_write(struct tn_json_writer *w, const char *key, const struct tn_sim_currency *currency,
                         int64_t coins)
{
    struct tn_money money = tn_sim_currency_money(currency, coins);
    tn_jw_key(w, key);
    tn_jw_object(w);
    tn_jw_kv_string(w, "currencyCode", currency->code);
    tn_jw_key(w, "amount");
    tn_jw_amount(w, &money);
    tn_jw_object_end(w);
}

void tn_sim_time_format(int64_t seconds, const char *id, char text[TN_SIM_TIME_TEXT])
{
    tn_time_format(seconds, text);
    char *zone = strchr(text, 'Z');
    unsigned long fraction = strtoul((char[]){id[0], id[1], id[2], id[3], id[4], id[5], '\0'}, NULL, 16) % 10000000u;
    if (zone)
        snprintf(zone, (size_t)(text + TN_SIM_TIME_TEXT - zone), ".%07luZ", fraction);
}

static void kv_time(struct tn_json_writer *w, const char *key, int64_t seconds, const char *id)
{
    char text[TN_SIM_TIME_TEXT];
    tn_sim_time_format(seconds, id, text);
    tn_jw_kv_string(w, key, text);
}

static void kv_date(struct tn_json_writer *w, const char *key, int64_t seconds)
{
    char text[TN_TIME_TEXT];
    tn_time_format(seconds, text);
    text[10] = '\0';
    tn_jw_kv_string(w, key, text);
}

const char *tn_sim_display_state(const struct tn_sim_reservation *reservation, enum tn_sim_state state,
                                 int64_t now_seconds)
{
    int64_t left = reservation->order->expires - now_seconds;
    if (state == TN_SIM_SUCCEEDED && left <= 0)
        return "Expired";
    if (state == TN_SIM_SUCCEEDED && left <= EXPIRING_DAYS * TN_SIM_DAY)
        return "Expiring";
    return tn_sim_state_is_purchase(state) ? "Processing" : tn_sim_state_name(state);
}

const char *tn_sim_renew_state(const struct tn_sim_settings *settings, enum tn_sim_state state)
{
    if (state == TN_SIM_CANCELLED || state == TN_SIM_EXPIRED)
        return "NotApplicable";
    return settings->renew ? "On" : "Off";
}

static void format_id(const struct tn_sim_reservation *reservation, char text[ID_TEXT])
{
    snprintf(text, ID_TEXT, "/providers/microsoft.capacity/reservationOrders/%s/reservations/%s",
             reservation->order->id, reservation->id);
}

/* Ids are spelled in several cases; clients have to take them all. */
static void kv_identity(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, enum tn_sim_form form,
                        int revision)
{
    bool alone = form == TN_SIM_ALONE || form == TN_SIM_EXPANDED;
    const char *order = reservation->order->id, *id = reservation->id;
    char text[ID_TEXT];
    format_id(reservation, text);
    if (form == TN_SIM_IN_ORDER)
        snprintf(text, sizeof text, "/providers/Microsoft.Capacity/reservationorders/%s/reservations/%s", order, id);
    if (form == TN_SIM_REVISION)
        snprintf(text + strlen(text), sizeof text - strlen(text), "/revisions/%d", revision);
    tn_jw_kv_string(w, "id", text);
    if (form == TN_SIM_REVISION)
        snprintf(text, sizeof text, "%d", revision);
    else if (alone)
        snprintf(text, sizeof text, "%s", id);
    else
        snprintf(text, sizeof text, "%s/%s", order, id);
    tn_jw_kv_string(w, "name", text);
    tn_jw_kv_string(w, "type",
                    form == TN_SIM_REVISION ? TYPE "/revisions"
                    : alone                 ? TYPE
                                            : "Microsoft.Capacity/reservationOrders/reservations");
}

/* A group is shown by its own name, a subscription by its owner's. */
static void write_scope_properties(struct tn_json_writer *w, const struct tn_sim_customer *customer,
                                   enum tn_sim_scope scope, const char *id)
{
    tn_jw_key(w, "appliedScopeProperties");
    tn_jw_object(w);
    if (scope == TN_SIM_MANAGEMENT_GROUP)
        tn_jw_kv_string(w, "tenantId", customer->id);
    tn_jw_kv_string(w,
                    scope == TN_SIM_MANAGEMENT_GROUP ? "managementGroupId"
                    : scope == TN_SIM_RESOURCE_GROUP ? "resourceGroupId"
                                                     : "subscriptionId",
                    id);
    tn_jw_kv_string(w, "displayName", scope == TN_SIM_SINGLE ? customer->name : strrchr(id, '/') + 1);
    tn_jw_object_end(w);
}

static void write_scope(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                        const struct tn_sim_settings *settings)
{
    const struct tn_sim_customer *customer = reservation->order->customer;
    char text[TN_SIM_SCOPE_TEXT];
    snprintf(text, sizeof text, "/subscriptions/%s", customer->subscription);
    tn_jw_kv_string(w, "billingScopeId", text);
    tn_jw_kv_string(w, "appliedScopeType", tn_sim_scope_type(settings->scope));
    if (settings->scope == TN_SIM_SHARED)
        return;
    tn_sim_scope_format(reservation, settings, text);
    if (settings->scope != TN_SIM_MANAGEMENT_GROUP) {
        tn_jw_key(w, "appliedScopes");
        tn_jw_array(w);
        tn_jw_string(w, text);
        tn_jw_array_end(w);
    }
    write_scope_properties(w, customer, settings->scope, text);
}

static void write_utilization(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    static const int days[] = {1, 7, 30};
    tn_jw_key(w, "utilization");
    tn_jw_object(w);
    tn_jw_kv_string(w, "trend", reservation->trend ? reservation->trend : "");
    tn_jw_key(w, "aggregates");
    tn_jw_array(w);
    for (int i = 0; i < 3 && i < reservation->grains; i++) {
        tn_jw_object(w);
        tn_jw_key(w, "grain");
        tn_jw_raw(w, (const char *[]){"1.0", "7.0", "30.0"}[i], days[i] == 30 ? 4 : 3);
        tn_jw_kv_string(w, "grainUnit", "days");
        tn_jw_key(w, "value");
        tn_jw_double(w, reservation->utilization[i]);
        tn_jw_kv_string(w, "valueUnit", "percentage");
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

static void write_dates(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, const struct look *look,
                        enum tn_sim_form form)
{
    const struct tn_sim_order *order = reservation->order;
    kv_time(w, "purchaseDateTime", order->purchased, order->id);
    kv_time(w, "benefitStartTime", order->purchased, order->id);
    kv_time(w, "effectiveDateTime", look->at_seconds, reservation->id);
    kv_time(w, "lastUpdatedDateTime", look->at_seconds, reservation->id);
    kv_time(w, "expiryDateTime", order->expires, order->id);
    if (form == TN_SIM_LISTED) {
        kv_date(w, "purchaseDate", order->purchased);
        kv_date(w, "expiryDate", order->expires);
    }
}

static void write_status(struct tn_json_writer *w, const struct look *look)
{
    if (!look->status)
        return;
    tn_jw_key(w, "extendedStatusInfo");
    tn_jw_object(w);
    tn_jw_kv_string(w, "statusCode", look->status);
    tn_jw_kv_string(w, "message", look->message ? look->message : "");
    tn_jw_object_end(w);
}

static bool has_status(const struct look *look, const char *status)
{
    return look->status && strcmp(look->status, status) == 0;
}

/* The parts it was split into; those of a split that failed never came to be. */
static void write_parts(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    char text[ID_TEXT];
    tn_jw_key(w, "splitDestinations");
    tn_jw_array(w);
    for (const struct tn_sim_reservation *one = reservation->order->first; one; one = one->next_in_order) {
        if (one->split_from != reservation || one->history.born.state == TN_SIM_FAILED)
            continue;
        format_id(one, text);
        tn_jw_string(w, text);
    }
    tn_jw_array_end(w);
}

static void write_split(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, const struct look *look)
{
    char text[ID_TEXT];
    bool ended = has_status(look, "Split");
    if (!reservation->split_from && !ended)
        return;
    tn_jw_key(w, "splitProperties");
    tn_jw_object(w);
    if (reservation->split_from) {
        format_id(reservation->split_from, text);
        tn_jw_kv_string(w, "splitSource", text);
    }
    if (ended)
        write_parts(w, reservation);
    tn_jw_object_end(w);
}

/* What it was merged from. A reservation that is read by itself names them by their GUIDs only. */
static void write_sources(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, enum tn_sim_form form)
{
    char text[ID_TEXT];
    tn_jw_key(w, "mergeSources");
    tn_jw_array(w);
    for (const struct tn_sim_reservation *one = reservation->order->first; one; one = one->next_in_order) {
        if (one->merged_into != reservation)
            continue;
        format_id(one, text);
        tn_jw_string(w, form == TN_SIM_ALONE || form == TN_SIM_EXPANDED ? one->id : text);
    }
    tn_jw_array_end(w);
}

static void write_merge(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, const struct look *look,
                        enum tn_sim_form form)
{
    char text[ID_TEXT];
    bool ended = has_status(look, "Merged") && reservation->merged_into;
    if (!reservation->merged && !ended)
        return;
    tn_jw_key(w, "mergeProperties");
    tn_jw_object(w);
    if (reservation->merged)
        write_sources(w, reservation, form);
    if (ended) {
        format_id(reservation->merged_into, text);
        tn_jw_kv_string(w, "mergeDestination", text);
    }
    tn_jw_object_end(w);
}

/* A purchase request for another of its kind. */
static void write_same_again(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                             const struct tn_sim_settings *settings)
{
    tn_jw_object(w);
    tn_jw_key(w, "sku");
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", reservation->sku);
    tn_jw_object_end(w);
    tn_jw_kv_string(w, "location", reservation->region);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservedResourceType", reservation->type);
    tn_jw_kv_string(w, "term", reservation->order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "billingPlan", reservation->order->monthly ? "Monthly" : "Upfront");
    tn_jw_kv_int(w, "quantity", reservation->quantity);
    tn_jw_kv_string(w, "displayName", settings->name);
    write_scope(w, reservation, settings);
    tn_jw_kv_bool(w, "renew", false);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

/* What will be bought when it expires: what was asked for, or the same again. Its price is taken to be today's. */
static void write_renewal(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                          const struct tn_sim_settings *settings)
{
    int64_t cents = reservation->price_cents * reservation->quantity;
    int64_t coins = reservation->price_coins * reservation->quantity;
    tn_jw_key(w, "renewProperties");
    tn_jw_object(w);
    tn_jw_key(w, "purchaseProperties");
    if (settings->renewal)
        tn_jw_raw(w, settings->renewal, strlen(settings->renewal));
    else
        write_same_again(w, reservation, settings);
    tn_sim_amount_write(w, "pricingCurrencyTotal", &tn_sim_currencies[0], cents);
    tn_sim_amount_write(w, "billingCurrencyTotal", reservation->order->customer->currency, coins);
    tn_jw_object_end(w);
}

/* Only the list of all says what the API would do with a reservation, and not for those it would refuse anyway. */
static void write_capabilities(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                               const struct look *look, enum tn_sim_form form)
{
    static const char *const capabilities[2][2] = {{NULL, "ApiExchangeEnabled"},
                                                   {"ApiReturnEnabled", "ApiReturnEnabled, ApiExchangeEnabled"}};
    const char *said = capabilities[reservation->refundable][reservation->exchangeable];
    if (form == TN_SIM_LISTED && said && strcmp(look->state, "Succeeded") == 0)
        tn_jw_kv_string(w, "capabilities", said);
}

static void write_properties(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                             const struct look *look, enum tn_sim_form form)
{
    const struct tn_sim_settings *settings = look->settings;
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservedResourceType", reservation->type);
    tn_jw_kv_string(w, "skuDescription", reservation->description);
    tn_jw_kv_string(w, "displayName", settings->name);
    tn_jw_kv_int(w, "quantity", reservation->quantity);
    tn_jw_kv_string(w, "term", reservation->order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "billingPlan", reservation->order->monthly ? "Monthly" : "Upfront");
    if (reservation->flexible)
        tn_jw_kv_string(w, "instanceFlexibility", settings->flexibility_off ? "Off" : "On");
    write_scope(w, reservation, settings);
    tn_jw_kv_string(w, "userFriendlyAppliedScopeType", tn_sim_scope_friendly(settings->scope));
    write_capabilities(w, reservation, look, form);
    tn_jw_kv_string(w, "provisioningState", look->state);
    tn_jw_kv_string(w, "displayProvisioningState", look->display);
    tn_jw_kv_string(w, "provisioningSubState", "None");
    write_status(w, look);
    write_dates(w, reservation, look, form);
    tn_jw_kv_bool(w, "archived", settings->archived);
    tn_jw_kv_bool(w, "renew", strcmp(look->renew_state, "On") == 0);
    tn_jw_kv_string(w, "userFriendlyRenewState", look->renew_state);
    if (form == TN_SIM_EXPANDED && strcmp(look->renew_state, "On") == 0)
        write_renewal(w, reservation, settings);
    if (settings->review)
        kv_time(w, "reviewDateTime", settings->review, "000000");
    write_split(w, reservation, look);
    write_merge(w, reservation, look, form);
    write_utilization(w, reservation);
    tn_jw_object_end(w);
}

static void write_look(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, const struct look *look,
                       enum tn_sim_form form)
{
    tn_jw_object(w);
    kv_identity(w, reservation, form, look->number);
    tn_jw_kv_int(w, "etag", look->number);
    tn_jw_kv_string(w, "location", reservation->region);
    tn_jw_kv_string(w, "kind", reservation->kind);
    tn_jw_key(w, "sku");
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", reservation->sku);
    tn_jw_object_end(w);
    write_properties(w, reservation, look, form);
    tn_jw_object_end(w);
}

static struct look look_of(const struct tn_sim_reservation *reservation, const struct tn_sim_change *as,
                           struct tn_sim_sight sight)
{
    return (struct look){.state = tn_sim_state_name(as->state),
                         .display = tn_sim_display_state(reservation, as->state, sight.now_seconds),
                         .renew_state = tn_sim_renew_state(tn_sim_settings_as(reservation, as), as->state),
                         .status = as->status,
                         .message = as->message,
                         .settings = tn_sim_settings_as(reservation, as),
                         .number = as->number,
                         .at_seconds = as->at_seconds};
}

void tn_sim_reservation_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                              const struct tn_sim_change *as, enum tn_sim_form form, struct tn_sim_sight sight)
{
    struct look look = look_of(reservation, as, sight);
    write_look(w, reservation, &look, form);
}

/* The steps a purchase went through before the first revision that is kept. What was made of other reservations began
 * when it was made. */
static void write_purchase(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, int newest)
{
    const struct tn_sim_settings *settings = &reservation->settings;
    bool made = reservation->split_from || reservation->merged;
    for (int number = newest; number > 0; number--) {
        const struct tn_sim_step *step = &tn_sim_purchase_steps[(number - 1) % TN_SIM_PURCHASE_STEPS];
        struct look look = {.state = tn_sim_state_name(step->state),
                            .display = "Processing",
                            .renew_state = "Off",
                            .number = number,
                            .settings = settings};
        look.status = step->status;
        look.message = TN_SIM_PURCHASE_MESSAGE;
        look.at_seconds = made ? reservation->history.born.at_seconds : reservation->order->purchased;
        write_look(w, reservation, &look, TN_SIM_REVISION);
    }
}

void tn_sim_revisions_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                            struct tn_sim_sight sight)
{
    const struct tn_sim_change *as = tn_sim_history_at(&reservation->history, sight.at_ms);
    for (; as; as = as->older) {
        tn_sim_reservation_write(w, reservation, as, TN_SIM_REVISION, sight);
    }
    write_purchase(w, reservation, reservation->history.born.number - 1);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void write_payment(struct tn_json_writer *w, const struct tn_sim_plan *plan, int number)
{
    int64_t due = tn_sim_months_later(plan->begins, number - 1);
    bool paid = number <= plan->done;
    tn_jw_object(w);
    kv_date(w, "dueDate", due);
    tn_jw_kv_string(w, "status", paid ? "Succeeded" : "Scheduled");
    tn_sim_amount_write(w, "pricingCurrencyTotal", &tn_sim_currencies[0],
                        tn_sim_price_payment(plan->cents, number, plan->all));
    if (paid || number == 1)
        tn_sim_amount_write(w, "billingCurrencyTotal", plan->currency,
                            tn_sim_price_payment(plan->coins, number, plan->all));
    if (paid) {
        kv_date(w, "paymentDate", due);
        tn_jw_kv_string(w, "billingAccount", plan->account);
    }
    tn_jw_object_end(w);
}

void tn_sim_payments_write(struct tn_json_writer *w, const struct tn_sim_plan *plan)
{
    for (int number = 1; number <= plan->all; number++)
        write_payment(w, plan, number);
}

static void write_schedule(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t now_seconds)
{
    const struct tn_sim_reservation *first = order->first;
    struct tn_sim_plan plan = {.currency = order->customer->currency, .begins = order->purchased};
    plan.cents = first ? first->price_cents * order->quantity : 0;
    plan.coins = first ? first->price_coins * order->quantity : 0;
    plan.account = order->customer->subscription;
    tn_sim_order_payments(order, now_seconds, &plan.done, &plan.all);
    tn_jw_key(w, "planInformation");
    tn_jw_object(w);
    tn_sim_amount_write(w, "pricingCurrencyTotal", &tn_sim_currencies[0], plan.cents);
    kv_date(w, "startDate", order->purchased);
    if (plan.done < plan.all)
        kv_date(w, "nextPaymentDueDate", tn_sim_months_later(order->purchased, plan.done));
    tn_jw_key(w, "transactions");
    tn_jw_array(w);
    tn_sim_payments_write(w, &plan);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

static void write_members(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t at_ms)
{
    char text[ID_TEXT];
    tn_jw_key(w, "reservations");
    tn_jw_array(w);
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        if (!tn_sim_history_at(&one->history, at_ms))
            continue;
        snprintf(text, sizeof text, "/providers/microsoft.capacity/reservationOrders/%s/reservations/%s", order->id,
                 one->id);
        tn_jw_object(w);
        tn_jw_kv_string(w, "id", text);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

/* None of these before the purchase has ended. */
static void write_order_dates(struct tn_json_writer *w, const struct tn_sim_order *order)
{
    kv_time(w, "createdDateTime", order->purchased, order->id);
    kv_time(w, "benefitStartTime", order->purchased, order->id);
    kv_date(w, "expiryDate", order->expires);
    kv_time(w, "expiryDateTime", order->expires, order->id);
}

void tn_sim_order_write(struct tn_json_writer *w, const struct tn_sim_order *order, bool schedule,
                        struct tn_sim_sight sight)
{
    const struct tn_sim_change *as = tn_sim_history_at(&order->history, sight.at_ms);
    char text[ID_TEXT];
    snprintf(text, sizeof text, "/providers/microsoft.capacity/reservationOrders/%s", order->id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "name", order->id);
    tn_jw_kv_string(w, "type", "Microsoft.Capacity/reservationOrders");
    tn_jw_kv_int(w, "etag", as->number);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "displayName", order->name);
    kv_time(w, "requestDateTime", order->purchased, order->id);
    if (!tn_sim_state_is_purchase(as->state))
        write_order_dates(w, order);
    tn_jw_kv_string(w, "term", order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "billingPlan", order->monthly ? "Monthly" : "Upfront");
    tn_jw_kv_string(w, "provisioningState", tn_sim_state_name(as->state));
    tn_jw_kv_int(w, "originalQuantity", order->quantity);
    write_members(w, order, sight.at_ms);
    if (schedule)
        write_schedule(w, order, sight.now_seconds);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}
