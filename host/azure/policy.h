/*
 * Why Azure refuses a refund or an exchange, in words, and what to do instead. The service is the judge: these words
 * explain its codes and decide nothing. Some of its refusals carry a code and no message.
 *
 * Sources: the ErrorResponseCode of the Microsoft.Capacity REST reference 2022-11-01; "Self-service exchanges and refunds for
 * Azure Reservations" and "Changes to the Azure reservation exchange policy" in the Azure documentation. No refused exchange
 * is on record: the codes of exchanges are assumed, and any other code is passed on as it is.
 */
#ifndef TN_AZURE_POLICY_H
#define TN_AZURE_POLICY_H

#include <stddef.h>

/* One sentence for a person: the service's message, or ours where it has none (NULL, ""), and what to do instead, where that
 * is known. */
void tn_policy_explain(const char *code, const char *message, char *text, size_t size);

#endif
