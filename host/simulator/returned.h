/*
 * What giving a reservation back does to it and its order, be it for a refund or in an exchange.
 *
 *   begin ─▶ both Pending ─┬─ finish ─▶ reservation Cancelled; order Cancelled, or Succeeded where something is left
 *                          └─ undo ───▶ reservation as it was, order Failed
 */
#ifndef TN_SIMULATOR_RETURNED_H
#define TN_SIMULATOR_RETURNED_H

#include "simulator/call.h"
#include "simulator/price.h"

/* What is given back of a reservation, and what for. */
struct tn_sim_returned {
    struct tn_sim_reservation *reservation;
    struct tn_sim_refund refund;
};

/* ".../reservationOrders/{o}/reservations/{r}": the two GUIDs, whatever the case of the words. */
bool tn_sim_reservation_id_split(const char *text, char order[TN_GUID_TEXT], char reservation[TN_GUID_TEXT]);

/* Whether nothing stands against giving it back now. False: the refusal is written. */
bool tn_sim_reservation_is_live(struct tn_sim_call *call, const struct tn_sim_reservation *reservation);
bool tn_sim_order_is_idle(struct tn_sim_call *call, const struct tn_sim_order *order);

/* The order and the reservation become Pending together, or neither does: out of memory. */
bool tn_sim_returned_begin(struct tn_simulator *simulator, const struct tn_sim_returned *returned);

/* A part given back cancels the whole reservation, and what is left is a new one. */
void tn_sim_returned_finish(struct tn_simulator *simulator, const struct tn_sim_returned *returned);
void tn_sim_returned_undo(struct tn_simulator *simulator, const struct tn_sim_returned *returned);

#endif
