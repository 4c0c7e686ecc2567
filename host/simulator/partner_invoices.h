/*
 * Partner Center, invoices: one for each month and currency, with a line for each purchase, payment and refund.
 *
 * The current month's can be read as it grows, by its id and as "unbilled". Nothing tells whether Partner Center shows it
 * by its id before the month is over.
 */
#ifndef TN_SIMULATOR_PARTNER_INVOICES_H
#define TN_SIMULATOR_PARTNER_INVOICES_H

#include "simulator/call.h"
#include "simulator/catalogue.h"

#define TN_SIM_INVOICE_TEXT 16

/* The id of a month's invoice in a currency; and what an id names. False: no invoice there could be. */
void tn_sim_invoice_id(int64_t month, const struct tn_sim_currency *currency, char id[TN_SIM_INVOICE_TEXT]);
bool tn_sim_invoice_read(const char *id, int64_t *month, const struct tn_sim_currency **currency);

void tn_sim_partner_invoice_unknown(struct tn_sim_call *call); /* Refuses the id in the path. */

void tn_sim_partner_invoices(struct tn_sim_call *call);
void tn_sim_partner_invoice(struct tn_sim_call *call);

#endif
