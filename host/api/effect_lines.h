/*
 * What an effect of several things did, one by one, for people: an exchange's returns and purchases, the parts of a move.
 */
#ifndef TN_API_EFFECT_LINES_H
#define TN_API_EFFECT_LINES_H

#include "base/json_write.h"
#include "json/json.h"

/* The lines of the outcome that the ledger keeps of an effect of this operation (its whole name; NULL: no lines), as one
 * array of records with the fields that scripts see, onto text. 1: written; 0: it has none, and nothing was written;
 * negative: an unreadable one. documents: a state for JSON. */
int tn_effect_lines_write(const char *operation, struct tn_json outcome, lua_State *documents, struct tn_buf *text,
                          struct tn_err *err);

#endif
