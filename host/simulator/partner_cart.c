/* Partner Center, carts: see partner_cart.h. */
#include "simulator/partner_cart.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "simulator/partner_center.h"
#include "simulator/partner_subscriptions.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define MOST_LINES 100
#define MS_PER_SECOND 1000

/* ---- what stands against a line --------------------------------------------------------------------------------- */

static bool is_sold(const struct tn_simulator *simulator, const struct tn_sim_customer *customer,
                    const struct tn_sim_cart_line *line)
{
    char id[TN_SIM_ITEM_TEXT];
    if (!line->known)
        return false;
    tn_sim_item_id(simulator, &line->item, customer->country, customer->azure_plan, id);
    return tn_id_equal(id, line->catalog_item_id);
}

/* Term and billing cycle, where they are said, are among those of the SKU. */
static bool is_offered(const struct tn_sim_cart_line *line)
{
    bool monthly = strcmp(line->billing_cycle, "monthly") == 0;
    if (line->term && !tn_id_equal(line->term, line->item.years == 3 ? "P3Y" : "P1Y"))
        return false;
    return strcmp(line->billing_cycle, "one_time") == 0 || (monthly && tn_sim_item_monthly(&line->item));
}

int tn_sim_cart_problem(const struct tn_simulator *simulator, const struct tn_sim_cart *cart,
                        const struct tn_sim_cart_line *line, const char **why)
{
    const struct tn_sim_customer *customer = cart->customer;
    *why = "The catalog item is not sold, or no longer, in this country for this kind of subscription.";
    if (!is_sold(simulator, customer, line))
        return 800020;
    *why = "The catalog item is not sold with this term and billing cycle.";
    if (!is_offered(line))
        return 800020;
    *why = "The provisioning context names no Azure subscription of the customer.";
    if (!line->subscription || !tn_id_equal(line->subscription, customer->subscription))
        return 800011;
    *why = "The subscription is not registered.";
    if (!tn_sim_is_registered(customer))
        return 800030;
    *why = "The quantity is not available.";
    if (line->quantity > TN_SIM_ITEM_MOST)
        return 800017;
    *why = "There is no inventory left in the region.";
    return tn_sim_item_sold_out(&line->item) ? 800010 : 0;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void kv_time(struct tn_json_writer *w, const char *key, int64_t seconds)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, key, tn_time_format(seconds, text));
}

static void write_problem(struct tn_json_writer *w, int code, const char *why)
{
    char text[12];
    snprintf(text, sizeof text, "%d", code);
    tn_jw_key(w, "error");
    tn_jw_object(w);
    tn_jw_kv_string(w, "errorCode", text);
    tn_jw_kv_string(w, "errorDescription", why);
    tn_jw_object_end(w);
}

static void write_line(struct tn_json_writer *w, const struct tn_simulator *simulator, const struct tn_sim_cart *cart,
                       size_t number)
{
    const struct tn_sim_cart_line *line = &cart->lines[number];
    const char *why;
    int code = cart->ordered ? 0 : tn_sim_cart_problem(simulator, cart, line, &why);
    tn_jw_object(w);
    tn_jw_kv_int(w, "id", (int64_t)number);
    tn_jw_kv_string(w, "catalogItemId", line->catalog_item_id);
    if (line->name)
        tn_jw_kv_string(w, "friendlyName", line->name);
    tn_jw_kv_int(w, "quantity", line->quantity);
    tn_jw_kv_string(w, "currencyCode", cart->customer->currency->code);
    tn_jw_kv_string(w, "billingCycle", line->billing_cycle);
    if (line->term)
        tn_jw_kv_string(w, "termDuration", line->term);
    tn_jw_key(w, "provisioningContext");
    tn_jw_object(w);
    if (line->subscription)
        tn_jw_kv_string(w, "subscriptionId", line->subscription);
    tn_jw_kv_string(w, "scope", line->shared ? "shared" : "single");
    tn_jw_object_end(w);
    tn_jw_kv_string(w, "orderGroup", line->group);
    if (code)
        write_problem(w, code, why);
    tn_jw_object_end(w);
}

static void write_cart(struct tn_sim_call *call, int status, const struct tn_sim_cart *cart)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", cart->id);
    kv_time(&w, "creationTimestamp", cart->created);
    kv_time(&w, "lastModifiedTimestamp", cart->modified);
    kv_time(&w, "expirationTimestamp", cart->expires);
    tn_jw_kv_string(&w, "lastModifiedUser", call->simulator->client_id);
    tn_jw_kv_string(&w, "status", cart->ordered ? "Ordered" : "Active");
    tn_jw_key(&w, "lineItems");
    tn_jw_array(&w);
    for (size_t i = 0; i < cart->count; i++)
        write_line(&w, call->simulator, cart, i);
    tn_jw_array_end(&w);
    tn_sim_partner_self(&w, "/customers/%s/carts/%s", cart->customer->id, cart->id);
    tn_sim_partner_attributes(&w, "Cart", NULL);
    tn_jw_object_end(&w);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* A text of the body, kept in the world; NULL: it is not there, or there is no memory left (the answer has failed). */
static const char *keep(struct tn_sim_call *call, struct tn_json at, const char *path)
{
    const char *text = tn_json_string(at, path, NULL);
    const char *kept = text ? tn_sim_world_text(&call->simulator->world, text) : NULL;
    call->answer->body.failed |= text && !kept;
    return kept;
}

static bool is_cycle(const char *text)
{
    return strcmp(text, "one_time") == 0 || strcmp(text, "monthly") == 0 || strcmp(text, "annual") == 0;
}

/* False: the refusal is written. */
static bool read_line(struct tn_sim_call *call, struct tn_json at, size_t number, struct tn_sim_cart_line *line)
{
    const char *scope = tn_json_string(at, "provisioningContext.scope", NULL);
    *line = (struct tn_sim_cart_line){.shared = !scope || !tn_id_equal(scope, "single")};
    line->catalog_item_id = keep(call, at, "catalogItemId");
    line->billing_cycle = keep(call, at, "billingCycle");
    line->term = keep(call, at, "termDuration");
    line->name = keep(call, at, "friendlyName");
    line->subscription = keep(call, at, "provisioningContext.subscriptionId");
    line->group = keep(call, at, "orderGroup");
    if (!line->catalog_item_id)
        tn_sim_partner_error(call, 400, 800002, "Line item %zu has no catalogItemId.", number);
    else if (!line->billing_cycle || !is_cycle(line->billing_cycle))
        tn_sim_partner_error(call, 400, 800002, "Line item %zu has no billingCycle one_time, monthly or annual.",
                             number);
    else if (!tn_json_int(at, "quantity", &line->quantity) || line->quantity < 1)
        tn_sim_partner_error(call, 400, 800002, "Line item %zu has no quantity above zero.", number);
    else
        line->known = tn_sim_item_ordered(line->catalog_item_id, &line->item);
    /* How lines are grouped that do not say it nobody tells: here by how they are paid. */
    if (!line->group && line->billing_cycle)
        line->group = strcmp(line->billing_cycle, "one_time") == 0 ? "0" : "1";
    return !call->answer->status;
}

/* The lines of the body instead of those it had. False: the refusal is written, and nothing changed. */
static bool read_lines(struct tn_sim_call *call, struct tn_sim_cart *cart)
{
    struct tn_json root, list = {0};
    if (tn_sim_call_json(call, &root))
        list = tn_json_find(root, "lineItems");
    size_t count = tn_json_length(list), number = 0;
    if (count < 1 || count > MOST_LINES) {
        tn_sim_partner_error(call, 400, 800002, "The cart's lineItems are not a list of 1 to %d.", MOST_LINES);
        return false;
    }
    struct tn_sim_cart_line *lines = tn_arena_alloc(call->simulator->world.arena, count, sizeof *lines);
    call->answer->body.failed |= !lines;
    for (struct tn_json_iter it = tn_json_each(list); lines && tn_json_next(&it); number++) {
        if (!read_line(call, it.value, number, &lines[number]))
            return false;
    }
    if (call->answer->body.failed)
        return false;
    cart->lines = lines;
    cart->count = count;
    return true;
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

struct tn_sim_cart *tn_sim_partner_named_cart(struct tn_sim_call *call)
{
    const struct tn_simulator *simulator = call->simulator;
    const struct tn_sim_customer *customer = tn_sim_partner_customer(call);
    if (!customer)
        return NULL;
    struct tn_sim_cart *cart = tn_sim_index_find(&simulator->world.by_cart, call->params[1]);
    if (cart && cart->customer == customer && (cart->ordered || cart->expires_ms > tn_loop_now_ms(simulator->loop)))
        return cart;
    tn_sim_partner_error(call, 404, 800008, "The cart '%.40s' was not found, or has expired.", call->params[1]);
    return NULL;
}

/* An accepted change of a cart. False: out of memory. */
static bool book_cart(struct tn_sim_call *call, const struct tn_sim_cart *cart, const char *kind)
{
    struct tn_sim_effect effect = tn_sim_partner_effect(call, cart->customer, kind, "succeeded");
    for (size_t i = 0; i < cart->count; i++)
        effect.quantity += cart->lines[i].quantity;
    return tn_sim_book_add(&call->simulator->book, &effect) > 0;
}

/* From now on it has as much time as it had when it was new. */
static void touch(const struct tn_simulator *simulator, struct tn_sim_cart *cart)
{
    cart->modified = tn_loop_wall_ms(simulator->loop) / MS_PER_SECOND;
    cart->expires = cart->modified + simulator->faults.session_ms / MS_PER_SECOND;
    cart->expires_ms = tn_loop_now_ms(simulator->loop) + simulator->faults.session_ms;
}

void tn_sim_partner_create_cart(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_cart made = {.customer = tn_sim_partner_customer(call)};
    if (!made.customer)
        return;
    if (!tn_id_equal(made.customer->relationship, "reseller")) {
        tn_sim_partner_error(call, 403, 20002, "The partner is no reseller of the customer '%s'.", made.customer->id);
        return;
    }
    if (!read_lines(call, &made))
        return;
    tn_sim_random_guid(&simulator->ids, made.id);
    touch(simulator, &made);
    made.created = made.modified;
    struct tn_sim_cart *cart = tn_arena_alloc(simulator->world.arena, 1, sizeof *cart);
    if (!cart || !tn_sim_index_put(&simulator->world.by_cart, made.id, cart) ||
        !book_cart(call, &made, "create_cart")) {
        call->answer->body.failed = true;
        return;
    }
    *cart = made;
    write_cart(call, 201, cart);
}

void tn_sim_partner_cart(struct tn_sim_call *call)
{
    const struct tn_sim_cart *cart = tn_sim_partner_named_cart(call);
    if (cart)
        write_cart(call, 200, cart);
}

void tn_sim_partner_update_cart(struct tn_sim_call *call)
{
    struct tn_sim_cart *cart = tn_sim_partner_named_cart(call);
    if (!cart)
        return;
    if (cart->ordered) {
        tn_sim_partner_error(call, 400, 800065, "The cart '%s' has been submitted already.", cart->id);
        return;
    }
    if (!read_lines(call, cart))
        return;
    touch(call->simulator, cart);
    if (book_cart(call, cart, "update_cart"))
        write_cart(call, 200, cart);
    else
        call->answer->body.failed = true;
}
