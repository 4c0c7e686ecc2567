/*
 * One Lua expression over records, confined as those of a workflow are: `tenure call --query`.
 *
 * It sees the fields of a record by name, the whole record as `it`, and the time as `now`; for plain values there is
 * `it` alone. True keeps a record, false and nil leave it out, anything else stands in its place. Each record has the
 * CPU and memory of one item.
 */
#ifndef TN_LUA_QUERY_H
#define TN_LUA_QUERY_H

#include "azure/record.h"
#include "base/buf.h"
#include "loop/loop.h"

struct tn_query;

enum tn_query_answer { TN_QUERY_DROPS, TN_QUERY_KEEPS, TN_QUERY_REPLACES };

/* record: of what will be asked about; NULL: plain values. TENURE_EINVAL: no Lua expression; the message says where. */
int tn_query_new(struct tn_loop *loop, const char *text, const struct tn_record *record, struct tn_query **out,
                 struct tn_err *err);
void tn_query_free(struct tn_query *query); /* NULL is fine */

/* An enum tn_query_answer; what replaces the value is written to instead, as JSON. TENURE_EINVAL: it raised; TENURE_EBUDGET. */
int tn_query_ask(struct tn_query *query, struct tn_json value, struct tn_buf *instead, struct tn_err *err);

#endif
