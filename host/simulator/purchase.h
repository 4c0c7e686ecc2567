/*
 * Microsoft.Capacity, purchases: price, order, and what becomes of it.
 *
 *   calculatePrice ─▶ order id ─▶ PUT ─202─▶ Creating ─▶ PendingCapacity ─▶ ConfirmedCapacity ─▶ PendingBilling
 *                                    Succeeded ◀─ ConfirmedBilling ◀─(in all: settle_ms)─┤
 *                                                         Failed ◀─(fail_operation)──────┘
 *
 * The id names the order: the same request with it once more is answered as the order it has made.
 */
#ifndef TN_SIMULATOR_PURCHASE_H
#define TN_SIMULATOR_PURCHASE_H

#include "simulator/wanted.h"
#include "simulator/world.h"

#define TN_SIM_MAX_PRICED ((size_t)1 << 16)

/* What calculatePrice has promised; kept in the simulator's store of prices. */
struct tn_sim_priced {
    char id[TN_GUID_TEXT]; /* of the order to be */
    struct tn_sim_customer *customer;
    struct tn_sim_wanted wanted;
    struct tn_sim_price price;
    int64_t expires_ms; /* on the loop's clock */
};

void tn_sim_purchase_quote(struct tn_sim_call *call);
void tn_sim_purchase_put(struct tn_sim_call *call);

/* An order with its reservation, both in the state Creating; NULL: out of memory. */
struct tn_sim_order *tn_sim_purchase_open(struct tn_simulator *simulator, struct tn_sim_customer *customer,
                                          const char *order_id, const char *reservation_id,
                                          const struct tn_sim_wanted *wanted);

/* Its next step on the way to Succeeded. Returns the state it has come to. */
enum tn_sim_state tn_sim_purchase_advance(struct tn_simulator *simulator, struct tn_sim_order *order);
void tn_sim_purchase_fail(struct tn_simulator *simulator, struct tn_sim_order *order);

#endif
