/*
 * Partner Center, MS-RequestId: a change that is asked for again with the same value is not made again. It is answered
 * as it was the first time, be that a refusal.
 *
 * What Azure does when the value comes with another request nobody tells: here that is a request of its own.
 */
#ifndef TN_SIMULATOR_PARTNER_REPLAY_H
#define TN_SIMULATOR_PARTNER_REPLAY_H

#include "simulator/call.h"

#define TN_SIM_MAX_REPLIES ((size_t)1 << 17) /* the oldest make room */

/* A change that was answered. Its texts live in the world. Kept in the simulator's store of replies. */
struct tn_sim_reply {
    char id[TN_GUID_TEXT]; /* derived from the request: method, path, MS-RequestId */
    int status;
    const char *body;
    const char *location; /* NULL: none */
};

bool tn_sim_partner_replay(struct tn_sim_call *call); /* True: it was asked for before; the answer is written. */
void tn_sim_partner_keep(struct tn_sim_call *call);   /* its answer, for when it is asked for again */

#endif
