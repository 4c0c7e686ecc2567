/*
 * What is done by items: exchanges, in which reservations are given back for new ones, or for savings plans, in one
 * operation; purchases; moves of an order to another directory.
 *
 * The items are what matters: the refunds of an exchange run first, so that a purchase that fails afterwards leaves the
 * customer with money back and without cover. Each item is a line, of the quote and of the outcome alike.
 *
 * Sources: the Microsoft.Capacity REST reference 2022-11-01, Calculate Exchange, Exchange, Change Directory. No failed exchange is on
 * record: that items say by their status what was done and what was not is taken from the schema.
 */
#ifndef TN_AZURE_MODULES_EXCHANGE_H
#define TN_AZURE_MODULES_EXCHANGE_H

#include "azure/call.h"
#include "azure/modules/modules.h"

extern const struct tn_record tn_record_exchange_quote, tn_record_exchange_line;

int tn_exchange_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);
int tn_exchange_build_quote(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err);
int tn_exchange_write_refused(const struct tn_call *call, const char *code, const char *message,
                              struct tn_json_writer *w, struct tn_err *err);
int tn_exchange_build(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err);
enum tn_ended tn_exchange_ended(struct tn_json body);
bool tn_exchange_moved(struct tn_json body, struct tn_money *back, struct tn_money *pay);

/* Of a move to another directory. */
enum tn_ended tn_move_ended(struct tn_json body);
void tn_move_write_lines(struct tn_json body, struct tn_json_writer *w);

/* Lines: of a split or a merge, of an exchange's quote or result, and of an order that was bought. */
void tn_parts_write_lines(struct tn_json body, struct tn_json_writer *w);
void tn_exchange_write_lines(struct tn_json body, struct tn_json_writer *w);
void tn_purchase_write_lines(struct tn_json body, struct tn_json_writer *w);

#endif
