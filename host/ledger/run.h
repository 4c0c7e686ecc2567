/*
 * Runs inside the ledger: who holds one.
 */
#ifndef TN_LEDGER_RUN_H
#define TN_LEDGER_RUN_H

#include "base/err.h"

struct tn_db;

/* Who has the run ("": nobody): 1 when that is nobody, us or a dead one; negative: another that lives, or no such run.
 */
int tn_run_check_holder(struct tn_db *db, const char *id, char holder[64], struct tn_err *err);

/* TENURE_EBUSY, with the process that has it. */
int tn_run_busy(struct tn_db *db, const char *id, const char *worker, struct tn_err *err);

#endif
