/*
 * Intents left behind by processes that died.
 */
#ifndef TN_LEDGER_INTENT_H
#define TN_LEDGER_INTENT_H

#include <stdint.h>

#include "base/err.h"

struct tn_db;

/* The run's effects that are `intended` by another worker become `unknown`: whether their request left, nobody can say.
 * The caller has made sure that those workers are dead. */
int tn_effects_left_behind(struct tn_db *db, const char *run, int64_t *left, struct tn_err *err);

#endif
