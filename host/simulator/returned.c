/* What giving a reservation back does to it: see returned.h. */
#include "simulator/returned.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/arm.h"
#include "simulator/operation.h"
#include "simulator/state.h"

#define PENDING_MESSAGE "An operation is in progress on this reservation. Please wait until it has ended."

bool tn_sim_reservation_id_split(const char *text, char order[TN_GUID_TEXT], char reservation[TN_GUID_TEXT])
{
    static const char orders[] = "/providers/microsoft.capacity/reservationorders/", members[] = "/reservations/";
    const size_t orders_len = sizeof orders - 1, members_len = sizeof members - 1, guid_len = TN_GUID_TEXT - 1;
    if (strlen(text) != orders_len + guid_len + members_len + guid_len || strncasecmp(text, orders, orders_len) != 0 ||
        strncasecmp(text + orders_len + guid_len, members, members_len) != 0)
        return false;
    snprintf(order, TN_GUID_TEXT, "%s", text + orders_len);
    snprintf(reservation, TN_GUID_TEXT, "%s", text + orders_len + guid_len + members_len);
    return tn_guid_valid(order, guid_len) && tn_guid_valid(reservation, guid_len);
}

bool tn_sim_reservation_is_live(struct tn_sim_call *call, const struct tn_sim_reservation *reservation)
{
    if (reservation->history.latest->state == TN_SIM_SUCCEEDED)
        return true;
    tn_sim_arm_error(call, 409, "OperationCannotBePerformedInCurrentState",
                     "The reservation '%s' is %s: the operation cannot be performed in its current state.",
                     reservation->id, tn_sim_state_name(reservation->history.latest->state));
    return false;
}

bool tn_sim_order_is_idle(struct tn_sim_call *call, const struct tn_sim_order *order)
{
    enum tn_sim_state state = order->history.latest->state;
    if (state != TN_SIM_PENDING && !tn_sim_state_is_purchase(state))
        return true;
    tn_sim_arm_error(call, 409, "OperationCannotBePerformedInCurrentState",
                     "Another operation is in progress on the reservation order '%s'.", order->id);
    return false;
}

bool tn_sim_returned_begin(struct tn_simulator *simulator, const struct tn_sim_returned *returned)
{
    struct tn_sim_reservation *reservation = returned->reservation;
    if (!tn_sim_change_state(simulator, &reservation->history, TN_SIM_PENDING, "Pending", PENDING_MESSAGE))
        return false;
    if (tn_sim_change_state(simulator, &reservation->order->history, TN_SIM_PENDING, NULL, NULL))
        return true;
    reservation->history.latest = reservation->history.latest->older;
    return false;
}

/* What is left after a partial return: a new reservation like the old one. */
static void add_rest(struct tn_simulator *simulator, const struct tn_sim_returned *returned)
{
    const struct tn_sim_reservation *source = returned->reservation;
    char seedling[TN_GUID_TEXT + 16], id[TN_GUID_TEXT];
    snprintf(seedling, sizeof seedling, "rest of %.36s", source->id);
    tn_guid_derive(id, seedling);
    struct tn_sim_reservation *rest = tn_sim_reservation_like(&simulator->world, source, id);
    if (!rest)
        return;
    rest->split_from = source;
    rest->quantity = source->quantity - returned->refund.quantity;
    rest->worth_cents = source->worth_cents - returned->refund.worth_cents;
    rest->worth_coins = source->worth_coins - returned->refund.back;
    rest->history.born = (struct tn_sim_change){.at_ms = tn_loop_now_ms(simulator->loop), .number = 1};
    rest->history.born.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
}

static bool has_member(const struct tn_sim_order *order, enum tn_sim_state state)
{
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        if (one->history.latest->state == state)
            return true;
    }
    return false;
}

void tn_sim_returned_finish(struct tn_simulator *simulator, const struct tn_sim_returned *returned)
{
    struct tn_sim_reservation *reservation = returned->reservation;
    struct tn_sim_order *order = reservation->order;
    tn_sim_change_state(simulator, &reservation->history, TN_SIM_CANCELLED, NULL, NULL);
    if (returned->refund.quantity < reservation->quantity)
        add_rest(simulator, returned);
    reservation->returned_quantity = returned->refund.quantity;
    reservation->returned_coins = returned->refund.back;
    if (has_member(order, TN_SIM_PENDING))
        return; /* an exchange gives back another one of the same order */
    bool live = has_member(order, TN_SIM_SUCCEEDED);
    tn_sim_change_state(simulator, &order->history, live ? TN_SIM_SUCCEEDED : TN_SIM_CANCELLED, NULL, NULL);
}

void tn_sim_returned_undo(struct tn_simulator *simulator, const struct tn_sim_returned *returned)
{
    tn_sim_change_state(simulator, &returned->reservation->history, TN_SIM_SUCCEEDED, NULL, NULL);
    tn_sim_change_state(simulator, &returned->reservation->order->history, TN_SIM_FAILED, NULL, NULL);
}
