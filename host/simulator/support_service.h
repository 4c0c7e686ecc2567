/*
 * Microsoft.Support: the services that a ticket may be about, and their problem classifications.
 *
 * Only the id of Billing is the real one; clients are told to look up the others by name, and find these.
 */
#ifndef TN_SIMULATOR_SUPPORT_SERVICE_H
#define TN_SIMULATOR_SUPPORT_SERVICE_H

#include "simulator/call.h"

void tn_sim_support_services(struct tn_sim_call *call);
void tn_sim_support_service(struct tn_sim_call *call);
void tn_sim_support_classifications(struct tn_sim_call *call);
void tn_sim_support_classification(struct tn_sim_call *call);

/* Names by ids: "/providers/Microsoft.Support/services/{guid}", "…/problemClassifications/{guid}"; NULL: nobody's. */
const char *tn_sim_support_service_name(const char *id);
const char *tn_sim_support_classification_name(const char *id, const char *service_id);

#endif
