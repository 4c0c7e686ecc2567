/*
 * Looking up what a support ticket needs beside what a script says of it: the ids of what it is about, and whether it is
 * there already. Part of the call engine.
 */
#ifndef TN_AZURE_LOOKUP_TICKET_H
#define TN_AZURE_LOOKUP_TICKET_H

#include "azure/lookup.h"
#include "azure/support_contact.h"

/* What an engine keeps between calls. Assumption: an id that Microsoft.Support gives to a service or to a kind of problem
 * is the same in all tenants, as those that its documentation shows are. */
struct tn_ticket_facts {
    struct tn_support_contact contact; /* the profile's */
    const struct tn_about *about;      /* whose ids these are; NULL: none are known */
    char *service, *classification;
    int64_t found_ms; /* on the loop's clock; what was found long ago is looked up again */
};
void tn_ticket_facts_deinit(struct tn_ticket_facts *facts);

/* rc as tn_lookup_start(). */
int tn_lookup_ticket(struct tn_lookup *lookup, struct tn_err *err);

#endif
