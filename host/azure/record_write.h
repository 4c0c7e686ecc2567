/* Records as JSON: every field a script sees, by its Lua name. For `call` and reports. */
#ifndef TN_AZURE_RECORD_WRITE_H
#define TN_AZURE_RECORD_WRITE_H

#include "azure/record.h"
#include "base/json_write.h"

/* {"id": …, "quantity": 3, "purchased": "2026-02-01T10:00:00Z", "utilization": {"30": 1.5}, "can": {"refund": true},
 * …}; what Azure did not report is left out. Negative: an unreadable field. */
int tn_record_write(const struct tn_record *record, struct tn_json raw, struct tn_json_writer *w, struct tn_err *err);

/* A value as runs keep it, in which records are {"$record": name, "raw": …}: the same with their fields instead, as
 * above. TENURE_EPROTO: an unreadable field. */
int tn_record_write_kept(struct tn_json value, struct tn_json_writer *w, struct tn_err *err);

/* One field as a member of an object that is being written. 1: written; 0: Azure did not report it; negative:
 * unreadable, and nothing was written. */
int tn_record_write_field(const struct tn_field *field, struct tn_json raw, const char *member,
                          struct tn_json_writer *w, struct tn_err *err);

/* The names of the default columns as a JSON array. */
void tn_record_write_columns(const struct tn_record *record, struct tn_json_writer *w);

#endif
