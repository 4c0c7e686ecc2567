/*
 * Partner Center: the partner's customers.
 */
#ifndef TN_SIMULATOR_PARTNER_CENTER_H
#define TN_SIMULATOR_PARTNER_CENTER_H

#include "simulator/call.h"

void tn_sim_partner_headers(struct tn_sim_call *call);
bool tn_sim_partner_admit(struct tn_sim_call *call); /* False: the refusal is written. */

/* {"code", "description", "data", "source"} */
void tn_sim_partner_error(struct tn_sim_call *call, int status, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void tn_sim_customers_list(struct tn_sim_call *call);
void tn_sim_customers_get(struct tn_sim_call *call);

#endif
