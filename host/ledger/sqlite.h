/*
 * SQLite behind database.h: one file, WAL, synchronous=FULL, so that what was acknowledged survives.
 */
#ifndef TN_LEDGER_SQLITE_H
#define TN_LEDGER_SQLITE_H

#include "ledger/database.h"

/* Open the file (which exists, and may be empty) and make its tables. path is borrowed for the life of the database. A
 * file that is no ledger, or from a newer tenure, is refused and left as it is. Closed with db->ops->close(). */
int tn_sqlite_open(const char *path, struct tn_db **out, struct tn_err *err);

/* The same to read it where the disk is full: nothing is written, made or locked beside it. TENURE_ENOSPC: it cannot be
 * read without writing (it is not there, is empty, is of an older format, or its log has lost its index). */
int tn_sqlite_open_full(const char *path, struct tn_db **out, struct tn_err *err);

#endif
