/*
 * Locks on orders: one open effect for each order, over all runs of the ledger.
 *
 * Orders come as the JSON array of an effect row. An order is known by the last part of its id, without regard to case,
 * so that a full id and a bare GUID are the same order.
 */
#ifndef TN_LEDGER_ORDER_H
#define TN_LEDGER_ORDER_H

#include "base/err.h"

struct tn_db;

/* NULL, [] or an array of plain strings; TENURE_EINVAL for anything else. */
int tn_orders_check(const char *orders, struct tn_err *err);

/* 1: all free or ours. 0: one is held by another effect; message says by which. */
int tn_orders_free(struct tn_db *db, const char *orders, const char *key, char message[512], struct tn_err *err);

int tn_orders_lock(struct tn_db *db, const char *orders, const char *key, struct tn_err *err);
int tn_orders_unlock(struct tn_db *db, const char *key, struct tn_err *err);

#endif
