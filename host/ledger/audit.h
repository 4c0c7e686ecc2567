/*
 * The audit chain inside the ledger: sealing events, and whether the ledger is the one its head file knows.
 */
#ifndef TN_LEDGER_AUDIT_H
#define TN_LEDGER_AUDIT_H

#include "base/id.h"
#include "ledger/head.h"
#include "ledger/store.h"

/* The hash that an event with these fields has in the chain. TENURE_ENOMEM. */
int tn_audit_hash(char hash[TN_DIGEST_TEXT], const char *prev_hash, const struct tn_event_row *event,
                  struct tn_err *err);

/* What the first event is chained to: a digest of the ledger's id. id may be NULL. */
int tn_audit_origin(struct tn_db *db, char id[TN_GUID_TEXT], char hash[TN_DIGEST_TEXT], struct tn_err *err);

/* Seals at most a thousand events: 1 when there may be more, 0 when all are sealed. */
int tn_audit_seal_some(struct tn_db *db, struct tn_err *err);

/* Whether events are waiting to be sealed: 1, 0, negative. */
int tn_audit_unsealed(struct tn_db *db, struct tn_err *err);

/* At open, outside a transaction: compare the head file with the chain. Fills db->suspicion; makes the head file of a
 * ledger that has no sealed event yet. */
int tn_audit_check(struct tn_db *db, struct tn_err *err);

/* Write the head file as the chain is now, unless the ledger is suspect. */
int tn_audit_publish(struct tn_db *db, struct tn_err *err);

/* 1: the ledger may be acted on; 0: it is suspect and nobody has said yet that it may. */
int tn_audit_trusted(struct tn_db *db, struct tn_err *err);

#endif
