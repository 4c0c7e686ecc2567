/*
 * Microsoft.Capacity, returns: quote, commit, and what settles afterwards.
 *
 *   calculateRefund ─▶ session ─▶ return ─202─▶ Pending ─settle─▶ given back
 *                                                 └─(fail_operation)─▶ as it was, order Failed
 */
#ifndef TN_SIMULATOR_REFUND_H
#define TN_SIMULATOR_REFUND_H

#include "simulator/call.h"
#include "simulator/returned.h"

#define TN_SIM_MAX_SESSIONS ((size_t)1 << 17)

/* What a quote promised; kept in the simulator's store of sessions. */
struct tn_sim_session {
    char id[TN_GUID_TEXT];
    struct tn_sim_returned returned;
    int64_t expires_ms; /* on the loop's clock */
    bool used;
};

void tn_sim_refund_quote(struct tn_sim_call *call);
void tn_sim_refund_return(struct tn_sim_call *call);

#endif
