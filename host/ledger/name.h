/*
 * Names given with `once`: for one customer and operation one effect is ever sent under a name, over all runs.
 *
 * Several runs may plan under one name. What was sent uses it up, and what may have been; what was only planned, or came to
 * nothing, does not. The intent's transaction asks again, so that of several that are applied at once one is sent.
 */
#ifndef TN_LEDGER_NAME_H
#define TN_LEDGER_NAME_H

#include "base/err.h"

struct tn_db;

/* Whether no other effect than the one with this key has used the name up: 1; 0: one has, and message names its run.
 * named: as in struct tn_effect_row; NULL: it has none, which is free. */
int tn_name_free(struct tn_db *db, const char *named, const char *key, char message[512], struct tn_err *err);

#endif
