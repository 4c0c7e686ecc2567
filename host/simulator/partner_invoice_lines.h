/*
 * Partner Center, the lines of invoices: see partner_invoices.h for what they are of.
 */
#ifndef TN_SIMULATOR_PARTNER_INVOICE_LINES_H
#define TN_SIMULATOR_PARTNER_INVOICE_LINES_H

#include "simulator/call.h"

void tn_sim_partner_invoice_lines(struct tn_sim_call *call);

#endif
