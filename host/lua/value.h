/*
 * Values between scripts and everybody else: plain data as JSON and back, and the named kinds (money, records, quotes,
 * outcomes, errors) as userdata.
 */
#ifndef TN_LUA_VALUE_H
#define TN_LUA_VALUE_H

#include <lauxlib.h>
#include <lua.h>

#include "azure/facts.h"
#include "azure/operation.h"
#include "azure/quote.h"
#include "azure/record.h"
#include "base/err.h"
#include "base/money.h"
#include "json/json.h"
#include "workflow/effect.h"

#define TN_VALUE_MAX_BYTES (1u << 20) /* of JSON: a step's result, an item of each, the fields of a log line */

/* Metatables of all kinds, once per state. */
void tn_value_open(lua_State *L);

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* The hook that writes our userdata, and refuses tables that would be read back as a record. */
int tn_value_write(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err);

/* Write the value at index, at most TN_VALUE_MAX_BYTES. Never raises. */
int tn_value_encode(lua_State *L, int index, struct tn_buf *json, struct tn_err *err);

/* For others to read: what only we could read back (records, outcomes) is refused. */
int tn_value_encode_plain(lua_State *L, int index, struct tn_buf *json, struct tn_err *err);

/* Decode onto the top of L: money is money again, and records are records. May raise; what is no JSON is an error text.
 */
void tn_value_decode(lua_State *L, const char *json, size_t len);

/* A copy of what a cursor stands on, which may belong to another state. May raise. */
void tn_value_copy_json(lua_State *L, struct tn_json at);

/* A copy of the plain table at index, down to the last table in it. */
void tn_value_copy(lua_State *L, int index);

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

/* The metatable of a kind of userdata, out of scripts' reach. */
void tn_kind_open(lua_State *L, const char *name, const luaL_Reg *meta);

void tn_money_open(lua_State *L);
void tn_money_push(lua_State *L, const struct tn_money *money);
void tn_money_push_or_nil(lua_State *L, bool has, const struct tn_money *money);
struct tn_money *tn_money_test(lua_State *L, int index); /* NULL: it is none */
int tn_money_l_new(lua_State *L);                        /* tenure.money(amount, currency) */

void tn_record_open(lua_State *L);
void tn_record_push(lua_State *L, int raw, const struct tn_record *record); /* over the raw table at that index */
const struct tn_record *tn_record_test(lua_State *L, int index);            /* NULL: it is none */
/* The field of that name, NULL for `raw`; raises where there is none. */
const struct tn_field *tn_record_check_field(lua_State *L, const struct tn_record *row, const char *name);
/* pairs() over the value at 1, which has the fields of the row: those that it knows, in their order. */
int tn_record_pairs(lua_State *L, const struct tn_record *row);
void tn_record_push_raw(lua_State *L, int index); /* for our own eyes only */
bool tn_record_push_id(lua_State *L, int index);  /* its id as text; false, and nothing pushed, where it has none */
void tn_record_facts(lua_State *L, int index,
                     struct tn_facts *facts); /* what a reservation says of itself; may raise */

void tn_quote_open(lua_State *L);
void tn_quote_push(lua_State *L, struct tn_quote *quote, int raw); /* takes a reference of its own */
struct tn_quote *tn_quote_test(lua_State *L, int index);           /* NULL: it is none */
/* The code of the rule that vetoed the quote whose amount this coroutine read last; NULL: another one's, or no such. */
const char *tn_quote_last_veto(lua_State *L);

void tn_outcome_open(lua_State *L);
void tn_outcome_push(lua_State *L, const struct tn_outcome *outcome);
const struct tn_outcome *tn_outcome_test(lua_State *L, int index);
/* Its text when the value is one that is known only after apply, else NULL. */
const char *tn_placeholder_test(lua_State *L, int index);

void tn_outcome_write(const struct tn_outcome *outcome, struct tn_json_writer *w);

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* The innermost line of Lua that is under way: "scripts/x.lua:12". False, and "", when there is none. */
#define TN_PLACE_TEXT 96
bool tn_lua_place(lua_State *L, char *place, size_t size);

void tn_error_open(lua_State *L);
struct tn_lua_error {
    struct tn_err err;
    char place[TN_PLACE_TEXT]; /* of the script that called; "" */
};
const struct tn_lua_error *tn_error_test(lua_State *L, int index);

/* Raise a structured error: code message status request_id retryable. */
int tn_lua_raise(lua_State *L, const struct tn_err *err);

#endif
