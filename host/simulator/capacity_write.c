/* How Microsoft.Capacity writes its objects: see capacity_write.h. */
#include "simulator/capacity_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/price.h"

#define TYPE "microsoft.capacity/reservationOrders/reservations"
#define EXPIRING_DAYS 30
#define ID_TEXT 200

/* What differs between a reservation and one of its revisions. */
struct look {
    const char *state, *display;
    const char *status, *message; /* NULL: none */
    int number;                   /* > 0: written as that revision */
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

/* Azure's times have seven fraction digits; ours come from the id, so that they look it and stay the same. */
static void kv_time(struct tn_json_writer *w, const char *key, int64_t seconds, const char *id)
{
    char text[TN_TIME_TEXT + 16];
    tn_time_format(seconds, text);
    char *zone = strchr(text, 'Z');
    unsigned long fraction = strtoul((char[]){id[0], id[1], id[2], id[3], id[4], id[5], '\0'}, NULL, 16) % 10000000u;
    if (zone)
        snprintf(zone, (size_t)(text + sizeof text - zone), ".%07luZ", fraction);
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
    return tn_sim_state_name(state);
}

/* Ids are spelled in several cases; clients have to take them all. */
static void kv_identity(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, enum tn_sim_form form,
                        int revision)
{
    const char *order = reservation->order->id, *id = reservation->id;
    char text[ID_TEXT];
    int len = form == TN_SIM_IN_ORDER
                  ? snprintf(text, sizeof text, "/providers/Microsoft.Capacity/reservationorders/%s/reservations/%s",
                             order, id)
                  : snprintf(text, sizeof text, "/providers/microsoft.capacity/reservationOrders/%s/reservations/%s",
                             order, id);
    if (revision > 0)
        snprintf(text + len, sizeof text - (size_t)len, "/revisions/%d", revision);
    tn_jw_kv_string(w, "id", text);
    if (revision > 0)
        snprintf(text, sizeof text, "%d", revision);
    else if (form == TN_SIM_ALONE)
        snprintf(text, sizeof text, "%s", id);
    else
        snprintf(text, sizeof text, "%s/%s", order, id);
    tn_jw_kv_string(w, "name", text);
    tn_jw_kv_string(w, "type",
                    revision > 0           ? TYPE "/revisions"
                    : form == TN_SIM_ALONE ? TYPE
                                           : "Microsoft.Capacity/reservationOrders/reservations");
}

static void write_scope(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    char text[ID_TEXT];
    snprintf(text, sizeof text, "/subscriptions/%s", reservation->order->customer->subscription);
    tn_jw_kv_string(w, "billingScopeId", text);
    tn_jw_kv_string(w, "appliedScopeType", reservation->shared ? "Shared" : "Single");
    tn_jw_kv_string(w, "userFriendlyAppliedScopeType", reservation->shared ? "Shared" : "Single");
    if (reservation->shared)
        return;
    tn_jw_key(w, "appliedScopes");
    tn_jw_array(w);
    tn_jw_string(w, text);
    tn_jw_array_end(w);
    tn_jw_key(w, "appliedScopeProperties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "subscriptionId", text);
    tn_jw_kv_string(w, "displayName", reservation->order->customer->name);
    tn_jw_object_end(w);
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

static void write_origin(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    char text[ID_TEXT];
    if (!reservation->rest_of)
        return;
    snprintf(text, sizeof text, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s",
             reservation->order->id, reservation->rest_of->id);
    tn_jw_key(w, "splitProperties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "splitSource", text);
    tn_jw_object_end(w);
}

/* Only the list of all says what the API would do with a reservation, and not for those it would refuse anyway. */
static void write_capabilities(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                               const struct look *look, enum tn_sim_form form)
{
    if (form != TN_SIM_LISTED || !reservation->refundable || strcmp(look->state, "Succeeded") != 0)
        return;
    tn_jw_kv_string(w, "capabilities",
                    reservation->exchangeable ? "ApiReturnEnabled, ApiExchangeEnabled" : "ApiReturnEnabled");
}

static void write_properties(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                             const struct look *look, enum tn_sim_form form)
{
    bool over = strcmp(look->state, "Cancelled") == 0 || strcmp(look->state, "Expired") == 0;
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservedResourceType", reservation->type);
    tn_jw_kv_string(w, "skuDescription", reservation->description);
    tn_jw_kv_string(w, "displayName", reservation->name);
    tn_jw_kv_int(w, "quantity", reservation->quantity);
    tn_jw_kv_string(w, "term", reservation->order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "billingPlan", reservation->order->monthly ? "Monthly" : "Upfront");
    if (reservation->flexible)
        tn_jw_kv_string(w, "instanceFlexibility", "On");
    write_scope(w, reservation);
    write_capabilities(w, reservation, look, form);
    tn_jw_kv_string(w, "provisioningState", look->state);
    tn_jw_kv_string(w, "displayProvisioningState", look->display);
    tn_jw_kv_string(w, "provisioningSubState", "None");
    write_status(w, look);
    write_dates(w, reservation, look, form);
    tn_jw_kv_bool(w, "archived", reservation->archived);
    tn_jw_kv_bool(w, "renew", reservation->renew && !over);
    tn_jw_kv_string(w, "userFriendlyRenewState", over ? "NotApplicable" : reservation->renew ? "On" : "Off");
    write_origin(w, reservation);
    write_utilization(w, reservation);
    tn_jw_object_end(w);
}

static void write_look(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, const struct look *look,
                       enum tn_sim_form form)
{
    tn_jw_object(w);
    kv_identity(w, reservation, form, look->number);
    tn_jw_kv_int(w, "etag", look->number > 0 ? look->number : reservation->history.latest->number);
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
                         .status = as->status,
                         .message = as->message,
                         .at_seconds = as->at_seconds};
}

void tn_sim_reservation_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                              const struct tn_sim_change *as, enum tn_sim_form form, struct tn_sim_sight sight)
{
    struct look look = look_of(reservation, as, sight);
    write_look(w, reservation, &look, form);
}

/* The steps a purchase went through before the first revision that is kept. */
static void write_purchase(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, int newest)
{
    static const char *const states[] = {"Creating",          "Creating",       "Creating",        "PendingCapacity",
                                         "ConfirmedCapacity", "PendingBilling", "ConfirmedBilling"};
    for (int number = newest; number > 0; number--) {
        const char *state = states[(number - 1) % 7];
        bool pending = strcmp(state, "Creating") != 0 && strcmp(state, "ConfirmedCapacity") != 0;
        struct look look = {.state = state, .display = "Processing", .number = number};
        look.status = pending ? "Pending" : NULL;
        look.message = "The purchase is being processed.";
        look.at_seconds = reservation->order->purchased;
        write_look(w, reservation, &look, TN_SIM_ALONE);
    }
}

void tn_sim_revisions_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                            struct tn_sim_sight sight)
{
    const struct tn_sim_change *as = tn_sim_history_at(&reservation->history, sight.at_ms);
    for (; as; as = as->older) {
        struct look look = look_of(reservation, as, sight);
        look.number = as->number;
        write_look(w, reservation, &look, TN_SIM_ALONE);
    }
    write_purchase(w, reservation, reservation->history.born.number - 1);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void write_payment(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t cents, int number,
                          int done, int all)
{
    const struct tn_sim_currency *currency = order->customer->currency;
    int64_t due = order->purchased + (order->expires - order->purchased) * (number - 1) / all;
    tn_jw_object(w);
    kv_date(w, "dueDate", due);
    tn_jw_kv_string(w, "status", number <= done ? "Succeeded" : "Scheduled");
    tn_sim_amount_write(w, "pricingCurrencyTotal", &tn_sim_currencies[0], cents / all);
    if (number <= done) {
        kv_date(w, "paymentDate", due);
        tn_sim_amount_write(w, "billingCurrencyTotal", currency, tn_sim_currency_from_cents(currency, cents / all));
        tn_jw_kv_string(w, "billingAccount", order->customer->subscription);
    }
    tn_jw_object_end(w);
}

static void write_schedule(struct tn_json_writer *w, const struct tn_sim_order *order, int64_t now_seconds)
{
    int done, all;
    int64_t cents = order->first ? order->first->price_cents * order->quantity : 0;
    tn_sim_order_payments(order, now_seconds, &done, &all);
    tn_jw_key(w, "planInformation");
    tn_jw_object(w);
    tn_sim_amount_write(w, "pricingCurrencyTotal", &tn_sim_currencies[0], cents);
    kv_date(w, "startDate", order->purchased);
    if (done < all)
        kv_date(w, "nextPaymentDueDate", order->purchased + (order->expires - order->purchased) * done / all);
    tn_jw_key(w, "transactions");
    tn_jw_array(w);
    for (int number = 1; number <= all; number++)
        write_payment(w, order, cents, number, done, all);
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
    tn_jw_kv_int(w, "etag", as ? as->number : 1);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "displayName", order->name);
    kv_time(w, "requestDateTime", order->purchased, order->id);
    kv_time(w, "createdDateTime", order->purchased, order->id);
    kv_time(w, "benefitStartTime", order->purchased, order->id);
    kv_date(w, "expiryDate", order->expires);
    kv_time(w, "expiryDateTime", order->expires, order->id);
    tn_jw_kv_string(w, "term", order->years == 3 ? "P3Y" : "P1Y");
    tn_jw_kv_string(w, "billingPlan", order->monthly ? "Monthly" : "Upfront");
    tn_jw_kv_string(w, "provisioningState", tn_sim_state_name(as ? as->state : TN_SIM_SUCCEEDED));
    tn_jw_kv_int(w, "originalQuantity", order->quantity);
    write_members(w, order, sight.at_ms);
    if (schedule)
        write_schedule(w, order, sight.now_seconds);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}
