/* Microsoft.Capacity, changing the directory: see directory.h. */
#include "simulator/directory.h"

#include <stdio.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/returned.h"
#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/update.h"

#define NO_RIGHTS "There is no authorization in the destination tenant."
#define FAILED "The item could not be moved. Please try again later."

/* Whose tenant the body names; NULL: the refusal is written. Going where it is already is taken to be an error. */
static struct tn_sim_customer *read_destination(struct tn_sim_call *call)
{
    struct tn_json root;
    const char *id = NULL;
    if (tn_sim_call_json(call, &root))
        id = tn_json_string(root, "destinationTenantId", NULL);
    if (!id) {
        tn_sim_arm_error(call, 400, "MissingTenantId", "The body needs a destinationTenantId.");
        return NULL;
    }
    struct tn_sim_customer *destination = NULL;
    if (tn_guid_valid(id, strlen(id)))
        destination = tn_sim_customer_find(&call->simulator->world, id);
    if (destination && destination != call->customer)
        return destination;
    tn_sim_arm_error(call, 400, "InvalidTenantId", "'%.60s' is not the id of another tenant.", id);
    return NULL;
}

/* Scopes in the tenant it leaves are worth nothing where it goes: it is shared there. This is a guess. */
static bool leave_scopes(struct tn_simulator *simulator, struct tn_sim_order *order)
{
    for (struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        struct tn_sim_settings settings = *tn_sim_settings_as(one, one->history.latest);
        if (settings.scope == TN_SIM_SHARED)
            continue;
        settings.scope = TN_SIM_SHARED;
        settings.scope_id = NULL;
        if (!tn_sim_reservation_set(simulator, one, &settings, *one->history.latest))
            return false;
    }
    return true;
}

/* Billing goes along, in the currency of whoever has it now. */
static void convert(struct tn_sim_order *order, const struct tn_sim_currency *currency)
{
    for (struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        one->price_coins = tn_sim_currency_from_cents(currency, one->price_cents);
        one->worth_coins = tn_sim_currency_from_cents(currency, one->worth_cents);
    }
}

static void enter_in_book(struct tn_sim_call *call, const struct tn_sim_order *order, const char *state)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, "change_directory", state);
    effect.quantity = order->quantity;
    if (!tn_sim_book_add(&call->simulator->book, &effect))
        call->answer->body.failed = true;
}

static void write_item(struct tn_json_writer *w, const char *id, const char *name, const char *error)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_string(w, "name", name);
    tn_jw_kv_bool(w, "isSucceeded", !error);
    if (error)
        tn_jw_kv_string(w, "error", error);
    tn_jw_object_end(w);
}

static void write_items(struct tn_sim_call *call, const struct tn_sim_order *order, const char *error)
{
    int64_t now_ms = tn_loop_now_ms(call->simulator->loop);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "reservationOrder");
    write_item(&w, order->id, order->name, error);
    tn_jw_key(&w, "reservations");
    tn_jw_array(&w);
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        const struct tn_sim_change *as = tn_sim_history_at(&one->history, now_ms);
        if (as)
            write_item(&w, one->id, tn_sim_settings_as(one, as)->name, error);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void tn_sim_orders_change_directory(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order || !tn_sim_order_is_idle(call, order))
        return;
    struct tn_sim_customer *destination = read_destination(call);
    if (!destination)
        return;
    const char *error = destination->rights_missing ? NO_RIGHTS : NULL;
    if (!error && tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL))
        error = FAILED;
    if (!error && !leave_scopes(simulator, order)) {
        call->answer->body.failed = true;
        return;
    }
    if (!error) {
        convert(order, destination->currency);
        tn_sim_order_move(order, destination);
    }
    enter_in_book(call, order, error ? "failed" : "succeeded");
    write_items(call, order, error);
}
