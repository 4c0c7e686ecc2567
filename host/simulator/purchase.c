/* Microsoft.Capacity, purchases: see purchase.h. */
#include "simulator/purchase.h"

#include <stdio.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/capacity_write.h"
#include "simulator/operation.h"
#include "simulator/price.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define FIRST_STEP 3 /* what has been seen first: Creating, as revision 3 */
#define STEPS (TN_SIM_PURCHASE_STEPS - FIRST_STEP + 1)
#define FAILED_MESSAGE "The purchase has failed. Please try again or contact support."

/* ---- price ------------------------------------------------------------------------------------------------------ */

static void write_schedule(struct tn_json_writer *w, const struct tn_sim_priced *priced, int64_t now_seconds)
{
    struct tn_sim_plan plan = {.currency = priced->customer->currency, .begins = now_seconds};
    plan.cents = priced->price.cents;
    plan.coins = priced->price.coins;
    plan.all = 12 * priced->wanted.years;
    tn_jw_key(w, "paymentSchedule");
    tn_jw_array(w);
    tn_sim_payments_write(w, &plan);
    tn_jw_array_end(w);
}

/* The totals with taxes are zero, whatever it costs: so they were on record. A schedule is on record for monthly plans
 * only. */
static void write_priced(struct tn_sim_call *call, const struct tn_sim_priced *priced)
{
    static const char *const totals[] = {"netTotal", "taxTotal", "grandTotal"};
    const struct tn_sim_wanted *wanted = &priced->wanted;
    char title[256];
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_sim_amount_write(&w, "billingCurrencyTotal", priced->customer->currency, priced->price.coins);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        tn_jw_key(&w, totals[i]);
        tn_jw_raw(&w, "0.0", 3);
    }
    tn_jw_kv_bool(&w, "isTaxIncluded", false);
    tn_jw_kv_bool(&w, "isBillingPartnerManaged", priced->customer != call->simulator->world.partner);
    if (wanted->monthly)
        write_schedule(&w, priced, tn_loop_wall_ms(call->simulator->loop) / 1000);
    tn_jw_kv_string(&w, "reservationOrderId", priced->id);
    snprintf(title, sizeof title, "%s, %s, %s", wanted->product->description, wanted->region,
             wanted->years == 3 ? "3 Years" : "1 Year");
    tn_jw_kv_string(&w, "skuTitle", title);
    tn_jw_kv_string(&w, "skuDescription", wanted->product->sku);
    tn_sim_amount_write(&w, "pricingCurrencyTotal", &tn_sim_currencies[0], priced->price.cents);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

static bool read_body(struct tn_sim_call *call, struct tn_sim_wanted *wanted)
{
    struct tn_json root;
    if (tn_sim_call_json(call, &root))
        return tn_sim_wanted_read(call, root, wanted);
    tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
    return false;
}

void tn_sim_purchase_quote(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_priced priced = {.customer = call->customer};
    if (!read_body(call, &priced.wanted))
        return;
    priced.price = tn_sim_wanted_price(simulator, call->customer, &priced.wanted);
    priced.expires_ms = tn_loop_now_ms(simulator->loop) + simulator->faults.session_ms;
    tn_sim_random_guid(&simulator->ids, priced.id);
    if (tn_sim_store_add(&simulator->prices, &priced))
        write_priced(call, &priced);
    else
        call->answer->body.failed = true;
}

/* ---- what becomes of an order ----------------------------------------------------------------------------------- */

static struct tn_sim_change change_now(struct tn_simulator *simulator, int step)
{
    struct tn_sim_change change = {.at_ms = tn_loop_now_ms(simulator->loop), .number = step};
    change.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    change.state = step <= TN_SIM_PURCHASE_STEPS ? tn_sim_purchase_steps[step - 1].state : TN_SIM_SUCCEEDED;
    change.status = step <= TN_SIM_PURCHASE_STEPS ? tn_sim_purchase_steps[step - 1].status : NULL;
    change.message = TN_SIM_PURCHASE_MESSAGE;
    return change;
}

/* The price is the catalogue's: a return of it is moved as its purchase was. */
static void put_wanted(struct tn_sim_reservation *reservation, const struct tn_sim_wanted *wanted, const char *name,
                       const char *scope_id)
{
    tn_sim_reservation_from_product(reservation, wanted->product, wanted->region);
    reservation->quantity = wanted->quantity;
    reservation->settings = (struct tn_sim_settings){.name = name, .scope = wanted->scope, .renew = wanted->renew};
    reservation->settings.scope_id = wanted->scope == TN_SIM_SHARED ? NULL : scope_id;
    reservation->settings.flexibility_off = wanted->flexibility_off;
    reservation->trend = ""; /* nothing was used yet */
}

struct tn_sim_order *tn_sim_purchase_open(struct tn_simulator *simulator, struct tn_sim_customer *customer,
                                          const char *order_id, const char *reservation_id,
                                          const struct tn_sim_wanted *wanted)
{
    struct tn_sim_world *world = &simulator->world;
    int64_t now_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    const char *name = wanted->name[0] ? tn_sim_world_text(world, wanted->name)
                                       : tn_sim_world_format(world, "%s_%.8s", wanted->product->sku, order_id);
    const char *scope_id = tn_sim_world_text(world, wanted->scope_id);
    struct tn_sim_order *order = name && scope_id ? tn_sim_order_add(world, customer, order_id) : NULL;
    struct tn_sim_reservation *reservation = order ? tn_sim_reservation_add(world, order, reservation_id) : NULL;
    if (!reservation)
        return NULL;
    order->name = name;
    order->years = wanted->years;
    order->monthly = wanted->monthly;
    order->quantity = wanted->quantity;
    order->purchased = now_seconds;
    order->expires = tn_sim_years_later(now_seconds, wanted->years);
    order->history.born = reservation->history.born = change_now(simulator, FIRST_STEP);
    put_wanted(reservation, wanted, name, scope_id);
    return order;
}

enum tn_sim_state tn_sim_purchase_advance(struct tn_simulator *simulator, struct tn_sim_order *order)
{
    struct tn_sim_change change = change_now(simulator, order->history.latest->number + 1);
    if (tn_sim_state_is_purchase(change.state))
        change.at_seconds = order->purchased; /* as on record: only the last one has a time of its own */
    tn_sim_history_add(&simulator->world, &order->history, &change);
    tn_sim_history_add(&simulator->world, &order->first->history, &change);
    return change.state;
}

void tn_sim_purchase_fail(struct tn_simulator *simulator, struct tn_sim_order *order)
{
    tn_sim_change_state(simulator, &order->history, TN_SIM_FAILED, NULL, NULL);
    tn_sim_change_state(simulator, &order->first->history, TN_SIM_FAILED, "PurchaseError", FAILED_MESSAGE);
}

/* A purchase that was accepted and has not settled. */
struct tn_sim_buying {
    struct tn_sim_operation operation;
    struct tn_sim_order *order;
    size_t seq; /* in the book */
    bool fails;
};

/* Milliseconds from a step to the next: all of them together take as long as anything that settles. */
static int64_t step_ms(const struct tn_simulator *simulator, int step)
{
    return simulator->settle_ms * (step + 1) / STEPS - simulator->settle_ms * step / STEPS;
}

static void on_step(struct tn_sim_operation *operation)
{
    struct tn_sim_buying *buying = tn_container_of(operation, struct tn_sim_buying, operation);
    struct tn_simulator *simulator = operation->simulator;
    enum tn_sim_state state = buying->order->history.latest->state;
    if (buying->fails && state == TN_SIM_PENDING_BILLING) {
        tn_sim_purchase_fail(simulator, buying->order);
        state = TN_SIM_FAILED;
    } else {
        state = tn_sim_purchase_advance(simulator, buying->order);
    }
    if (tn_sim_state_is_purchase(state)) {
        tn_sim_operation_go_on(operation, step_ms(simulator, buying->order->history.latest->number - FIRST_STEP));
        return;
    }
    tn_sim_book_settle(&simulator->book, buying->seq, buying->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* ---- purchase --------------------------------------------------------------------------------------------------- */

static size_t book_purchase(struct tn_sim_call *call, const struct tn_sim_priced *priced,
                            const struct tn_sim_order *order)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, "purchase", "pending");
    effect.quantity = priced->wanted.quantity;
    effect.has_amount = true;
    effect.amount = tn_sim_currency_money(priced->customer->currency, priced->price.coins);
    snprintf(effect.reservation, sizeof effect.reservation, "%s", order->first->id);
    return tn_sim_book_add(&call->simulator->book, &effect);
}

/* NULL: out of memory. */
static struct tn_sim_order *buy(struct tn_sim_call *call, const struct tn_sim_priced *priced)
{
    struct tn_simulator *simulator = call->simulator;
    char seedling[TN_GUID_TEXT + 24], id[TN_GUID_TEXT];
    struct tn_sim_buying *buying = tn_sim_operation_begin(simulator, sizeof *buying, step_ms(simulator, 0), on_step);
    struct tn_sim_wanted *wanted = tn_sim_world_copy(&simulator->world, &priced->wanted, sizeof priced->wanted);
    if (!buying || !wanted)
        goto failed;
    snprintf(seedling, sizeof seedling, "reservation of %.36s", priced->id);
    tn_guid_derive(id, seedling);
    buying->order = tn_sim_purchase_open(simulator, priced->customer, priced->id, id, wanted);
    if (!buying->order)
        goto failed;
    buying->order->wanted = wanted;
    buying->seq = book_purchase(call, priced, buying->order);
    buying->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    return buying->order;
failed:
    if (buying)
        tn_sim_operation_end(&buying->operation);
    return NULL;
}

/* What calculatePrice has promised under this id, if it may be bought; NULL: the refusal is written. */
static const struct tn_sim_priced *presented_price(struct tn_sim_call *call, const char *id,
                                                   const struct tn_sim_wanted *wanted)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_priced *priced = tn_sim_store_find(&simulator->prices, id);
    if (priced && tn_sim_fault_hits(&simulator->faults, TN_SIM_EXPIRE_SESSION, call->route->operation, NULL))
        priced->expires_ms = TN_SIM_ALWAYS;
    /* One that was made up, or given to somebody else, is refused in the same words as one that is too old. */
    if (!priced || priced->customer != call->customer || priced->expires_ms <= tn_loop_now_ms(simulator->loop)) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "Session timed out. Call CalculatePrice again and provide the new reservation order id for "
                         "the purchase.");
        return NULL;
    }
    if (tn_sim_wanted_same(&priced->wanted, wanted)) /* nobody knows whether Azure compares them */
        return priced;
    tn_sim_arm_error(call, 400, "BadRequest",
                     "The price of the reservation order '%s' was calculated for another purchase.", priced->id);
    return NULL;
}

static void answer_order(struct tn_sim_call *call, const struct tn_sim_order *order)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_sight sight = {tn_loop_now_ms(simulator->loop), tn_loop_wall_ms(simulator->loop) / 1000};
    bool moving = tn_sim_state_is_purchase(order->history.latest->state);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, moving ? 202 : 200);
    tn_sim_order_write(&w, order, false, sight);
    if (moving)
        tn_sim_answer_header(call->answer, "Location",
                             "%s/providers/Microsoft.Capacity/reservationOrders/%s?api-version=%s", simulator->url,
                             order->id, tn_sim_arm_version(call));
}

/* An order that is there already: the same purchase once more, or somebody's mistake. */
static void answer_again(struct tn_sim_call *call, const struct tn_sim_wanted *wanted)
{
    const struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return;
    if (order->wanted && tn_sim_wanted_same(order->wanted, wanted))
        answer_order(call, order);
    else
        tn_sim_arm_error(call, 409, "ReservationOrderIdAlreadyExists", "The reservation order '%s' already exists.",
                         order->id);
}

void tn_sim_purchase_put(struct tn_sim_call *call)
{
    struct tn_sim_wanted wanted;
    const char *id = call->params[0];
    if (!tn_guid_valid(id, strlen(id))) {
        tn_sim_arm_error(call, 400, "InvalidReservationOrderId", "'%.60s' is not a reservation order id.", id);
        return;
    }
    if (!read_body(call, &wanted))
        return;
    if (tn_sim_order_find(&call->simulator->world, id)) {
        answer_again(call, &wanted);
        return;
    }
    const struct tn_sim_priced *priced = presented_price(call, id, &wanted);
    const struct tn_sim_order *order = priced ? buy(call, priced) : NULL;
    if (order)
        answer_order(call, order);
    else if (priced)
        call->answer->body.failed = true;
}
