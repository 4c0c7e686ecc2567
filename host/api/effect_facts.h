/*
 * The effects of a run as policy gets them: {effect, snapshot or item} each. What it acts on looked like the snapshot just
 * before it was sent; before that, like the item that the plan saw.
 */
#ifndef TN_API_EFFECT_FACTS_H
#define TN_API_EFFECT_FACTS_H

#include "api/policy.h"
#include "ledger/store.h"

/* On the ledger thread. states: as in tn_effect_each(). facts is emptied before. */
int tn_effect_facts_gather(struct tn_db *db, const char *run, unsigned states, struct tn_policy_list *facts,
                           struct tn_err *err);

#endif
