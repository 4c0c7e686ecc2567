/*
 * Microsoft.Capacity, returns: quote, commit, and what settles afterwards.
 *
 *   calculateRefund ─▶ session ─▶ return ─202─▶ order and reservation Pending ─settle─▶ reservation Cancelled,
 *                                                                        │              order Cancelled or Succeeded
 *                                                                        └─(fail_operation)─▶ order Failed, as it was
 *
 * A partial return cancels the whole reservation and makes a new one of what is left.
 */
#ifndef TN_SIMULATOR_REFUND_H
#define TN_SIMULATOR_REFUND_H

#include "simulator/call.h"
#include "simulator/price.h"

#define TN_SIM_MAX_SESSIONS ((size_t)1 << 17)

/* What a quote promised; kept in the simulator's store of sessions. */
struct tn_sim_session {
    char id[TN_GUID_TEXT];
    struct tn_sim_reservation *reservation;
    struct tn_sim_refund refund;
    int64_t expires_ms; /* on the loop's clock */
    bool used;
};

void tn_sim_refund_quote(struct tn_sim_call *call);
void tn_sim_refund_return(struct tn_sim_call *call);

/* Forget the returns that have not settled: the simulator ends. */
void tn_sim_operations_stop(struct tn_simulator *simulator);
size_t tn_sim_operations_count(const struct tn_simulator *simulator);

#endif
