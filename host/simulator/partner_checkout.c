/* Partner Center, checkout: see partner_checkout.h. */
#include "simulator/partner_checkout.h"

#include <stdio.h>
#include <string.h>

#include "simulator/operation.h"
#include "simulator/partner_cart.h"
#include "simulator/partner_center.h"
#include "simulator/partner_orders.h"
#include "simulator/purchase.h"
#include "simulator/route.h"
#include "simulator/state.h"

/* ---- groups of lines -------------------------------------------------------------------------------------------- */

static bool same_group(const struct tn_sim_cart_line *a, const struct tn_sim_cart_line *b)
{
    return strcmp(a->group, b->group) == 0;
}

/* Whether this line is the first of its group. */
static bool begins_group(const struct tn_sim_cart *cart, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (same_group(&cart->lines[i], &cart->lines[number]))
            return false;
    }
    return true;
}

/* What stands against buying the group of this line: the first problem of any of its lines; 0: nothing. */
static int group_problem(const struct tn_simulator *simulator, const struct tn_sim_cart *cart, size_t number,
                         const char **why)
{
    int code = 0;
    for (size_t i = 0; i < cart->count && !code; i++) {
        if (same_group(&cart->lines[i], &cart->lines[number]))
            code = tn_sim_cart_problem(simulator, cart, &cart->lines[i], why);
    }
    return code;
}

/* ---- what becomes of the orders --------------------------------------------------------------------------------- */

/* A checkout that was accepted and has not settled. */
struct checkout {
    struct tn_sim_operation operation;
    struct tn_sim_cart *cart;
    size_t seq; /* in the book */
    int64_t left_ms;
    bool fails;
};

/* All orders of a checkout go the same way at the same time. Milliseconds from this revision of theirs to the next. */
static int64_t next_ms(struct checkout *checkout, int revision)
{
    int64_t ms = checkout->left_ms / (TN_SIM_PURCHASE_STEPS + 1 - revision);
    checkout->left_ms -= ms;
    return ms;
}

/* The state it has come to. */
static enum tn_sim_state advance(const struct checkout *checkout, struct tn_sim_order *order)
{
    struct tn_simulator *simulator = checkout->operation.simulator;
    if (!checkout->fails || order->history.latest->state != TN_SIM_PENDING_BILLING)
        return tn_sim_purchase_advance(simulator, order);
    tn_sim_purchase_fail(simulator, order);
    return TN_SIM_FAILED;
}

static void on_step(struct tn_sim_operation *operation)
{
    struct checkout *checkout = tn_container_of(operation, struct checkout, operation);
    int revision = 0; /* of those that go on */
    for (size_t i = 0; i < checkout->cart->count; i++) {
        struct tn_sim_order *order = checkout->cart->lines[i].order;
        if (order && tn_sim_state_is_purchase(advance(checkout, order)))
            revision = order->history.latest->number;
    }
    if (revision) {
        tn_sim_operation_go_on(operation, next_ms(checkout, revision));
        return;
    }
    tn_sim_book_settle(&operation->simulator->book, checkout->seq, checkout->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* ---- buying ----------------------------------------------------------------------------------------------------- */

/* The line as a purchase of the same would have it. */
static struct tn_sim_wanted wanted_of(const struct tn_sim_cart_line *line)
{
    struct tn_sim_wanted wanted = {.product = line->item.product, .region = line->item.region};
    wanted.years = line->item.years;
    wanted.monthly = strcmp(line->billing_cycle, "monthly") == 0;
    wanted.scope = line->shared ? TN_SIM_SHARED : TN_SIM_SINGLE;
    if (!line->shared)
        snprintf(wanted.scope_id, sizeof wanted.scope_id, "/subscriptions/%s", line->subscription);
    wanted.quantity = line->quantity;
    snprintf(wanted.name, sizeof wanted.name, "%s", line->name ? line->name : "");
    return wanted;
}

/* False: out of memory. */
static bool buy_line(struct tn_simulator *simulator, const struct tn_sim_cart *cart, struct tn_sim_cart_line *line)
{
    char order[TN_GUID_TEXT], reservation[TN_GUID_TEXT];
    struct tn_sim_wanted wanted = wanted_of(line);
    tn_sim_random_guid(&simulator->ids, order);
    tn_sim_random_guid(&simulator->ids, reservation);
    line->order = tn_sim_purchase_open(simulator, cart->customer, order, reservation, &wanted);
    if (!line->order)
        return false;
    line->order->catalog_item = line->catalog_item_id;
    for (const struct tn_sim_cart_line *one = cart->lines; one < line; one++) {
        if (same_group(one, line)) {
            line->order->sold_with = one->order->sold_with ? one->order->sold_with : one->order;
            break;
        }
    }
    return true;
}

/* The lines that were bought, as one change: reservation is named where there is only one. */
static size_t book_checkout(struct tn_sim_call *call, const struct tn_sim_cart *cart)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_effect effect = tn_sim_partner_effect(call, cart->customer, "checkout", "pending");
    size_t bought = 0;
    int64_t coins = 0;
    for (size_t i = 0; i < cart->count; i++) {
        const struct tn_sim_cart_line *line = &cart->lines[i];
        struct tn_sim_wanted wanted = wanted_of(line);
        if (!line->order)
            continue;
        snprintf(effect.reservation, sizeof effect.reservation, "%s", bought++ ? "" : line->order->first->id);
        effect.quantity += line->quantity;
        coins += tn_sim_wanted_price(simulator, cart->customer, &wanted).coins;
    }
    effect.has_amount = true;
    effect.amount = tn_sim_currency_money(cart->customer->currency, coins);
    return tn_sim_book_add(&simulator->book, &effect);
}

/* False: out of memory. */
static bool buy(struct tn_sim_call *call, struct tn_sim_cart *cart)
{
    struct tn_simulator *simulator = call->simulator;
    const char *why;
    int revision = 0;
    for (size_t i = 0; i < cart->count; i++) {
        if (group_problem(simulator, cart, i, &why))
            continue;
        if (!buy_line(simulator, cart, &cart->lines[i]))
            return false;
        revision = cart->lines[i].order->history.latest->number;
    }
    struct checkout timing = {.left_ms = simulator->settle_ms};
    struct checkout *checkout =
        tn_sim_operation_begin(simulator, sizeof *checkout, next_ms(&timing, revision), on_step);
    if (!checkout)
        return false;
    checkout->cart = cart;
    checkout->left_ms = timing.left_ms;
    checkout->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    checkout->seq = book_checkout(call, cart);
    cart->ordered = true;
    return checkout->seq > 0;
}

/* ---- the call --------------------------------------------------------------------------------------------------- */

/* A cart that was bought already, by a request with another id. */
static void refuse_again(struct tn_sim_call *call, const struct tn_sim_cart *cart)
{
    for (size_t i = 0; i < cart->count; i++) {
        const struct tn_sim_order *order = cart->lines[i].order;
        if (order && tn_sim_state_is_purchase(order->history.latest->state)) {
            tn_sim_partner_error(call, 409, 800060, "An order of the cart '%s' is in progress.", cart->id);
            return;
        }
    }
    tn_sim_partner_error(call, 400, 800065, "The cart '%s' has been submitted already.", cart->id);
}

static bool has_buyable_group(const struct tn_simulator *simulator, const struct tn_sim_cart *cart)
{
    const char *why;
    for (size_t i = 0; i < cart->count; i++) {
        if (!group_problem(simulator, cart, i, &why))
            return true;
    }
    return false;
}

static void write_problem(struct tn_json_writer *w, const char *group, int code, const char *why)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "orderGroupId", group);
    tn_jw_kv_int(w, "code", code);
    tn_jw_kv_string(w, "description", why);
    tn_sim_partner_attributes(w, "OrderError", NULL);
    tn_jw_object_end(w);
}

/* What stood against a group does so still: nothing that was bought has changed it. */
static void write_result(struct tn_sim_call *call, const struct tn_sim_cart *cart)
{
    const struct tn_simulator *simulator = call->simulator;
    const char *why;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 201);
    tn_jw_object(&w);
    tn_jw_key(&w, "orders");
    tn_jw_array(&w);
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->lines[i].order && begins_group(cart, i))
            tn_sim_partner_order_write(&w, simulator, cart->lines[i].order, tn_loop_now_ms(simulator->loop));
    }
    tn_jw_array_end(&w);
    tn_jw_key(&w, "orderErrors");
    tn_jw_array(&w);
    for (size_t i = 0; i < cart->count; i++) {
        int code = !cart->lines[i].order && begins_group(cart, i) ? group_problem(simulator, cart, i, &why) : 0;
        if (code)
            write_problem(&w, cart->lines[i].group, code, why);
    }
    tn_jw_array_end(&w);
    tn_sim_partner_attributes(&w, "CartCheckoutResult", NULL);
    tn_jw_object_end(&w);
}

void tn_sim_partner_checkout(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_cart *cart = tn_sim_partner_named_cart(call);
    if (cart && !cart->ordered &&
        tn_sim_fault_hits(&simulator->faults, TN_SIM_EXPIRE_SESSION, call->route->operation, NULL)) {
        cart->expires_ms = TN_SIM_ALWAYS;
        cart = tn_sim_partner_named_cart(call);
    }
    if (!cart)
        return;
    if (cart->ordered)
        refuse_again(call, cart);
    else if (!has_buyable_group(simulator, cart))
        tn_sim_partner_error(call, 400, 800009, "There is an error in each of the cart's items.");
    else if (buy(call, cart))
        write_result(call, cart);
    else
        call->answer->body.failed = true;
}
