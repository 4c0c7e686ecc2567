/* How the operations of an exchange are answered: see exchange.h. */
#include <stdio.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity_write.h"
#include "simulator/exchange.h"
#include "simulator/state.h"

#define ID_TEXT 200

/* What differs between the answers that list the items. */
struct view {
    bool quote; /* of the calculation: its items have no status and no orders */
    size_t step;
};

static void put_locations(struct tn_sim_call *call, const char *id)
{
    static const char *const names[] = {"Azure-AsyncOperation", "Location"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        tn_sim_answer_header(call->answer, names[i],
                             "%s/providers/Microsoft.Capacity/operationResults/%s?api-version=%s", call->simulator->url,
                             id, tn_sim_arm_version(call));
}

void tn_sim_exchange_answer(struct tn_sim_call *call, const char *operation_id)
{
    call->answer->status = 202; /* and no body */
    put_locations(call, operation_id);
}

/* ---- items ------------------------------------------------------------------------------------------------------ */

static void write_returned(struct tn_json_writer *w, const struct tn_sim_exchange *exchange, size_t i, struct view view)
{
    const struct tn_sim_currency *currency = exchange->customer->currency;
    const struct tn_sim_returned *returned = &exchange->returned[i];
    char text[ID_TEXT];
    snprintf(text, sizeof text, "/providers/microsoft.capacity/reservationOrders/%s/reservations/%s",
             returned->reservation->order->id, returned->reservation->id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationId", text);
    tn_jw_kv_int(w, "quantity", returned->refund.quantity);
    tn_sim_amount_write(w, "billingRefundAmount", currency, returned->refund.back);
    tn_jw_key(w, "billingInformation");
    tn_jw_object(w);
    tn_sim_amount_write(w, "billingCurrencyTotalPaidAmount", currency, returned->refund.paid);
    tn_sim_amount_write(w, "billingCurrencyProratedAmount", currency, returned->refund.used);
    tn_sim_amount_write(w, "billingCurrencyRemainingCommitmentAmount", currency, returned->refund.remaining);
    tn_jw_object_end(w);
    if (!view.quote)
        tn_jw_kv_string(w, "status", view.step >= i + 2 ? "Succeeded" : "Pending");
    tn_jw_object_end(w);
}

static const char *status_of(const struct tn_sim_exchange *exchange, size_t i, size_t step)
{
    size_t last = tn_sim_exchange_last(exchange);
    if (step < last - i)
        return "Pending";
    return exchange->fails && i == 0 ? "Failed" : "Succeeded";
}

/* An order's id is there long before the order is. */
static void write_ids(struct tn_json_writer *w, const struct tn_sim_exchange *exchange,
                      const struct tn_sim_bought *bought, size_t step)
{
    char text[ID_TEXT];
    int len = snprintf(text, sizeof text,
                       bought->is_plan ? "/providers/Microsoft.BillingBenefits/savingsPlanOrders/%s"
                                       : "/providers/Microsoft.Capacity/reservationOrders/%s",
                       bought->order_id);
    tn_jw_kv_string(w, bought->is_plan ? "savingsPlanOrderId" : "reservationOrderId", text);
    if (step < tn_sim_exchange_opening(exchange))
        return;
    snprintf(text + len, sizeof text - (size_t)len, bought->is_plan ? "/savingsPlans/%s" : "/reservations/%s",
             bought->id);
    tn_jw_kv_string(w, bought->is_plan ? "savingsPlanId" : "reservationId", text);
}

static void write_bought(struct tn_json_writer *w, const struct tn_sim_exchange *exchange, size_t i, struct view view)
{
    const struct tn_sim_bought *bought = &exchange->bought[i];
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_raw(w, bought->request, strlen(bought->request));
    if (!view.quote)
        write_ids(w, exchange, bought, view.step);
    tn_sim_amount_write(w, "billingCurrencyTotal", exchange->customer->currency, bought->coins);
    if (!bought->is_plan) { /* both were null on record, for a monthly plan too */
        tn_jw_key(w, "paymentSchedule");
        tn_jw_null(w);
        tn_jw_key(w, "pricingCurrencyTotal");
        tn_jw_null(w);
    }
    if (!view.quote)
        tn_jw_kv_string(w, "status", status_of(exchange, i, view.step));
    tn_jw_object_end(w);
}

static void write_list(struct tn_json_writer *w, const struct tn_sim_exchange *exchange, bool plans, struct view view)
{
    tn_jw_key(w, plans ? "savingsPlansToPurchase" : "reservationsToPurchase");
    tn_jw_array(w);
    for (size_t i = 0; i < exchange->bought_count; i++) {
        if (exchange->bought[i].is_plan == plans)
            write_bought(w, exchange, i, view);
    }
    tn_jw_array_end(w);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* null where there is nothing to say against it, and not inside properties as with returns. */
static void write_policy(struct tn_json_writer *w, unsigned objections)
{
    tn_jw_key(w, "policyResult");
    tn_jw_object(w);
    tn_jw_key(w, "policyErrors");
    if (objections)
        tn_jw_array(w);
    else
        tn_jw_null(w);
    for (unsigned bit = 1; bit <= objections; bit <<= 1) {
        if (!(objections & bit))
            continue;
        tn_jw_object(w);
        tn_jw_kv_string(w, "code", tn_sim_objection_code((enum tn_sim_objection)bit));
        tn_jw_kv_string(w, "message", tn_sim_objection_message((enum tn_sim_objection)bit));
        tn_jw_object_end(w);
    }
    if (objections)
        tn_jw_array_end(w);
    tn_jw_object_end(w);
}

static void write_properties(struct tn_json_writer *w, const struct tn_sim_exchange *exchange, struct view view)
{
    const struct tn_sim_currency *currency = exchange->customer->currency;
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "sessionId", exchange->id);
    tn_sim_amount_write(w, "netPayable", currency, exchange->purchases_total - exchange->refunds_total);
    tn_sim_amount_write(w, "refundsTotal", currency, exchange->refunds_total);
    tn_sim_amount_write(w, "purchasesTotal", currency, exchange->purchases_total);
    write_policy(w, exchange->objections);
    write_list(w, exchange, false, view);
    write_list(w, exchange, true, view);
    tn_jw_key(w, "reservationsToExchange");
    tn_jw_array(w);
    for (size_t i = 0; i < exchange->returned_count; i++)
        write_returned(w, exchange, i, view);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

/* {"id", "name", "status"; the object stays open. While it goes on, the answer says again where to ask. */
static struct tn_json_writer begin_result(struct tn_sim_call *call, const char *id, const char *status, bool ended)
{
    char text[ID_TEXT];
    snprintf(text, sizeof text, "/providers/Microsoft.Capacity/operationResults/%s", id);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    if (!ended)
        put_locations(call, id);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", text);
    tn_jw_kv_string(&w, "name", id);
    tn_jw_kv_string(&w, "status", status);
    return w;
}

static void write_error(struct tn_json_writer *w, const char *code, const char *message)
{
    tn_jw_key(w, "error");
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", code);
    tn_jw_kv_string(w, "message", message);
    tn_jw_object_end(w);
}

void tn_sim_exchange_write_quote(struct tn_sim_call *call, const struct tn_sim_exchange *exchange, bool ready)
{
    bool fails = exchange->quote_fails;
    const char *status = !ready ? "Pending" : fails ? "Failed" : "Succeeded";
    struct tn_json_writer w = begin_result(call, exchange->quote_id, status, ready);
    if (ready && fails)
        write_error(&w, "OperationFailed", "The exchange could not be calculated. Please try again later.");
    else if (ready)
        write_properties(&w, exchange, (struct view){.quote = true});
    tn_jw_object_end(&w);
}

void tn_sim_exchange_write(struct tn_sim_call *call, const struct tn_sim_exchange *exchange, size_t step)
{
    bool ended = step == tn_sim_exchange_last(exchange);
    bool returned = step + 1 >= tn_sim_exchange_opening(exchange);
    const char *status = !returned         ? "PendingRefunds"
                         : !ended          ? "PendingPurchases"
                         : exchange->fails ? "Failed"
                                           : "Succeeded";
    struct tn_json_writer w = begin_result(call, exchange->id, status, ended);
    if (step > 0)
        write_properties(&w, exchange, (struct view){.step = step});
    if (ended && exchange->fails)
        write_error(&w, "PurchaseError", "A purchase of the exchange has failed after the refunds were done.");
    tn_jw_object_end(&w);
}
