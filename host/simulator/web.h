/*
 * Hosts that are none of Azure's: what is put or posted to /web/{name} is there to be got. For trying plain HTTP; asks for
 * no token, and every fault can be aimed at it.
 */
#ifndef TN_SIMULATOR_WEB_H
#define TN_SIMULATOR_WEB_H

#include "simulator/call.h"

#define TN_SIM_MAX_PAGES 10000

struct tn_sim_page {
    char id[TN_GUID_TEXT]; /* made of its name */
    const char *text;      /* the world's; NULL: it was taken away */
};

void tn_sim_web_get(struct tn_sim_call *call);
void tn_sim_web_put(struct tn_sim_call *call); /* in the place of what is there */
void tn_sim_web_add(struct tn_sim_call *call); /* POST, PATCH: one line more; answers "ok", as web hooks do */
void tn_sim_web_delete(struct tn_sim_call *call);

#endif
