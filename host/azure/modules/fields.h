/*
 * What the modules' records and filters share.
 *
 * Fields that are made of several members have a compute function; these are its tools. A field whose members are
 * absent stays absent.
 */
#ifndef TN_AZURE_MODULES_FIELDS_H
#define TN_AZURE_MODULES_FIELDS_H

#include "azure/operation.h"
#include "azure/values.h"

/* Text that a compute function had to make, cut to the value's own buffer. */
void tn_field_set_text(struct tn_field_value *value, const char *text);

/* Link to the page of a resource in the portal at that origin; NULL: the public one. Assumption: the portal opens any resource id this way; no public document
 * promises it. */
void tn_field_set_portal(struct tn_field_value *value, const char *portal, const char *id);

/* The first of these members that says something. TENURE_OK. */
int tn_field_first_text(struct tn_json raw, const char *const *paths, struct tn_field_value *value);

/* The first of these members that is a number, or a decimal as text. TENURE_EPROTO for other text. */
int tn_field_first_number(const struct tn_field *field, struct tn_json raw, const char *const *paths,
                          struct tn_field_value *value, struct tn_err *err);

/* What stands behind the last slash of an id. */
void tn_field_last_segment(struct tn_json raw, const char *path, struct tn_field_value *value);

/* A $filter, condition by condition; text, unless NULL, follows the condition in quotes. finish puts it onto the URL,
 * where there is any, and releases it. */
void tn_filter_put(struct tn_buf *filter, const char *joint, const char *condition, const char *text);
int tn_filter_finish(struct tn_buf *filter, struct tn_buf *url, struct tn_err *err);

/* The $filter of the arguments "from" and "through": "FIELD ge 2026-01-01 AND FIELD le 2026-01-31". */
int tn_filter_put_days(const struct tn_operation *op, const struct tn_values *values, const char *field,
                       struct tn_buf *url, struct tn_err *err);
const char *tn_filter_day(int64_t seconds, char day[TN_VALUE_TEXT]); /* "2026-01-01" */

#endif
