/* The records of tenure.partner: what its rows answer with. */
#ifndef TN_AZURE_MODULES_PARTNER_RECORDS_H
#define TN_AZURE_MODULES_PARTNER_RECORDS_H

#include "azure/record.h"

extern const struct tn_record tn_record_subscription, tn_record_registration, tn_record_product, tn_record_sku,
    tn_record_availability, tn_record_inventory, tn_record_partner_order, tn_record_cart, tn_record_checkout,
    tn_record_entitlement, tn_record_invoice, tn_record_invoice_line, tn_record_policy;

/* The code of a refusal, which Partner Center writes as a number or as a text; "": there is none. */
void tn_partner_code(struct tn_json refusal, char code[64]);

extern const struct tn_record *const tn_partner_records[]; /* these and those in them; NULL-ended */

#endif
