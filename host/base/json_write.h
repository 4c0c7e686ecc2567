/*
 * JSON writer: builds one JSON text in a buffer.
 *
 * Every JSON that leaves the process is written here: integers in full, money from its exact digits, strings escaped.
 * Commas are the writer's business. Errors are the buffer's (buf->failed), nesting over TN_JW_MAX_DEPTH among them; an
 * end without its beginning is our own bug (assert).
 */
#ifndef TN_BASE_JSON_WRITE_H
#define TN_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/money.h"

#define TN_JW_MAX_DEPTH 64

struct tn_json_writer {
    struct tn_buf *out; /* borrowed */
    unsigned depth;
    uint64_t filled; /* bit per open bracket: a value was written there already */
    bool after_key;
};

void tn_jw_init(struct tn_json_writer *w, struct tn_buf *out);
void tn_jw_object(struct tn_json_writer *w); /* { */
void tn_jw_object_end(struct tn_json_writer *w);
void tn_jw_array(struct tn_json_writer *w); /* [ */
void tn_jw_array_end(struct tn_json_writer *w);
void tn_jw_key(struct tn_json_writer *w, const char *key);
void tn_jw_key_len(struct tn_json_writer *w, const char *key, size_t len);
void tn_jw_string(struct tn_json_writer *w, const char *text);                 /* NULL writes null */
void tn_jw_string_len(struct tn_json_writer *w, const char *text, size_t len); /* invalid UTF-8 becomes U+FFFD */
void tn_jw_int(struct tn_json_writer *w, int64_t value);
void tn_jw_double(struct tn_json_writer *w,
                  double value); /* shortest of %.15g and %.17g that reads back; not finite: null */
void tn_jw_bool(struct tn_json_writer *w, bool value);
void tn_jw_null(struct tn_json_writer *w);
void tn_jw_money(struct tn_json_writer *w,
                 const struct tn_money *money); /* {"amount": "12.30", "currency": "EUR"}; NULL: null */
void tn_jw_amount(struct tn_json_writer *w, const struct tn_money *money); /* a JSON number from the exact digits */
void tn_jw_raw(struct tn_json_writer *w, const char *json, size_t len);    /* already one JSON value */

/* key and value in one go, for the many flat objects */
void tn_jw_kv_string(struct tn_json_writer *w, const char *key, const char *text);
void tn_jw_kv_int(struct tn_json_writer *w, const char *key, int64_t value);
void tn_jw_kv_double(struct tn_json_writer *w, const char *key, double value);
void tn_jw_kv_bool(struct tn_json_writer *w, const char *key, bool value);
void tn_jw_kv_json(struct tn_json_writer *w, const char *key, const char *json); /* one JSON value; NULL or "": null */
void tn_jw_kv_money(struct tn_json_writer *w, const char *key, const struct tn_money *money);

#endif
