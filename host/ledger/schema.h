/*
 * The tables of a ledger: one schema for every database, with a version.
 */
#ifndef TN_LEDGER_SCHEMA_H
#define TN_LEDGER_SCHEMA_H

#include <stdint.h>

#include "base/err.h"

struct tn_db;

#define TN_SCHEMA_APPLICATION 0x746e7572 /* "tnur": how a file says that it is a ledger */
#define TN_SCHEMA_VERSION 4              /* a ledger with a higher one was made by a newer tenure */

/* Add what a ledger of an older format lacks, in the open transaction. */
int tn_schema_upgrade(struct tn_db *db, int64_t from, struct tn_err *err);

/* Make all tables in the open transaction and give the ledger its id. */
int tn_schema_create(struct tn_db *db, struct tn_err *err);

#endif
