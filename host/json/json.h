/*
 * JSON documents: lua-cjson behind cursors.
 *
 * A document is a value decoded into a Lua state; C reads it through cursors without touching a Lua stack, and scripts
 * get the very same value. Decoding is strict and typed, so that nothing is guessed later: whole numbers are integers
 * (5.0 below 2^53, and whatever is written as an integer of 64 bits, to the last digit), nulls in objects are absent,
 * arrays are marked. What leaves the process is written by base/json_write.
 *
 * A document belongs to the thread of its Lua state and must be closed before that state.
 */
#ifndef TN_JSON_JSON_H
#define TN_JSON_JSON_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/money.h"

#define TN_JSON_MAX_BYTES (16u << 20) /* longer input is refused before it is decoded */
#define TN_JSON_MAX_DEPTH 64

/* A bare Lua state that holds documents only (no libraries, no scripts). lua_close() ends it. TENURE_ENOMEM. */
int tn_json_state_new(lua_State **out, struct tn_err *err);

/* Prepare a Lua state for documents: opens cjson for ourselves (out of scripts' reach) and the array mark. Once per
 * state. May raise. */
void tn_json_prepare(lua_State *L);

/* ---- documents -------------------------------------------------------------------------------------------------- */

struct tn_json_doc;

/* Decode one complete JSON value. A leading BOM is dropped. TENURE_EPROTO with what is wrong and where (byte offset):
 * invalid UTF-8, NUL, control characters, NaN, infinities, numbers JSON does not have (0x10, 010, 1., 1e999), anything
 * after the value, depth over 64; TENURE_ERANGE over max_bytes (0: TN_JSON_MAX_BYTES) or 500,000 arrays and objects;
 * TENURE_ENOMEM. Never raises. */
int tn_json_parse(lua_State *L, const char *bytes, size_t len, size_t max_bytes, struct tn_json_doc **out,
                  struct tn_err *err);

/* A document over a Lua value that exists already: the value at index, e.g. a record's raw body. Never raises. */
int tn_json_wrap(lua_State *L, int index, struct tn_json_doc **out, struct tn_err *err);

void tn_json_close(struct tn_json_doc *doc); /* NULL is fine; cursors into it are dead afterwards */

/* ---- cursors ---------------------------------------------------------------------------------------------------- */

enum tn_json_type {
    TN_JSON_ABSENT,
    TN_JSON_NULL,
    TN_JSON_BOOL,
    TN_JSON_INT,
    TN_JSON_DOUBLE,
    TN_JSON_STRING,
    TN_JSON_ARRAY,
    TN_JSON_OBJECT
};

/* One array or object (or scalar root) of a document; passed by value, lives as long as the document. */
struct tn_json {
    struct tn_json_doc *doc; /* NULL: absent */
    int slot;
};

struct tn_json tn_json_root(struct tn_json_doc *doc);

/* What links that are made of ids in a state's documents begin with: a static text, NULL until it is set. Whoever reads
 * documents of several places in one state sets it before those of each. */
void tn_json_set_base(lua_State *L, const char *base);
const char *tn_json_base(struct tn_json at);

/* path: member names joined by dots, "" for the value itself: tn_json_find(at, "properties.policyResult"). An absent
 * step anywhere makes the result absent. An empty table counts as ARRAY and as OBJECT: Azure's [] and {} both read as
 * empty. */
struct tn_json tn_json_find(struct tn_json at, const char *path); /* a container; absent when a scalar or not there */
enum tn_json_type tn_json_type_of(struct tn_json at, const char *path);
/* NULL unless a string; borrowed from the document; len may be NULL */
const char *tn_json_string(struct tn_json at, const char *path, size_t *len);
bool tn_json_int(struct tn_json at, const char *path, int64_t *value);   /* false unless a whole number */
bool tn_json_double(struct tn_json at, const char *path, double *value); /* false unless a number */
bool tn_json_bool(struct tn_json at, const char *path, bool *value);     /* false unless true or false */

/* {"amount": 12.3, "currencyCode": "EUR"} as Azure writes it, or {"amount": "12.30", "currency": "EUR"} as we do.
 * 1: read; 0: absent or null (never zero money); TENURE_EPROTO: there, but not an amount; TENURE_ERANGE: not an exact one. */
int tn_json_money(struct tn_json at, const char *path, struct tn_money *money, struct tn_err *err);

/* The same where amount and currency are two members: "totalCharges" and "currencyCode". */
int tn_json_amount(struct tn_json at, const char *path, const char *currency_path, struct tn_money *money,
                   struct tn_err *err);

/* Seconds since 1970 UTC from an RFC 3339 time or a bare date; false otherwise. */
bool tn_json_time(struct tn_json at, const char *path, int64_t *seconds);

size_t tn_json_length(struct tn_json array); /* 0 for what is no array */

/* for (struct tn_json_iter it = tn_json_each(array); tn_json_next(&it);) … it.value, it.key.
 * Arrays in order, objects in the byte order of their names. it.value is a container, or a scalar that is read with
 * path ""; a container's cursor lives as long as the document, a scalar's until the next step. */
struct tn_json_iter {
    struct tn_json value;
    const char *key; /* objects: the member's name, borrowed; NULL in arrays */
    size_t index;    /* arrays: from 0 */
    struct tn_json of;
    int mark;
    size_t next, count;
};
struct tn_json_iter tn_json_each(struct tn_json container);
bool tn_json_next(struct tn_json_iter *it); /* false at the end; stopping earlier needs no clean-up */

/* Write the value as JSON again: null when absent. TENURE_ERANGE over 16 MiB. */
int tn_json_write(struct tn_json at, struct tn_json_writer *w, struct tn_err *err);

/* Cursors found after a mark are released together. For walks that find several cursors in each of 100,000 elements: at
 * most a million live at once, and what is beyond them reads as absent. */
int tn_json_mark(struct tn_json_doc *doc);
void tn_json_release(struct tn_json_doc *doc, int mark);

/* ---- for host/lua only ------------------------------------------------------------------------------------------ */

/* Push the value (nil when absent) onto a stack of the document's own state. May raise (memory). */
void tn_json_push(struct tn_json at, lua_State *L);

/* Like tn_json_parse, but leaves the value on top of L. Pushes nothing on error. Never raises. */
int tn_json_decode(lua_State *L, const char *bytes, size_t len, size_t max_bytes, struct tn_err *err);

/* Write the Lua value at index as JSON: objects with sorted keys, arrays by mark or by being a non-empty sequence,
 * integers in full. Refused (TENURE_EINVAL, names the place: "value.rows[3]"): functions, threads, other userdata, NaN
 * and infinities, keys that are neither strings nor a sequence, cycles, depth over 64; TENURE_ERANGE over max_bytes of
 * output. A userdata or a table is offered to the hook first (money, records): it returns 1 when it wrote it, 0 when it is
 * not its, negative on error. Does not call metamethods; never raises. */
typedef int (*tn_json_hook)(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err);
int tn_json_encode(lua_State *L, int index, size_t max_bytes, tn_json_hook hook, struct tn_json_writer *w,
                   struct tn_err *err);

/* The metatable that marks arrays, on top of L; scripts' own lists get it through tenure.array{}. */
void tn_json_push_array_mark(lua_State *L);

/* tenure.null: what stands for null inside arrays (a light userdata, truthy). */
void tn_json_push_null(lua_State *L);
bool tn_json_is_null(lua_State *L, int index);

#endif
