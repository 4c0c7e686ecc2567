/*
 * Quotes of scripts: what the service promised, bound to the run's customer and step.
 *
 * A quote is read-only, and cannot be kept in a step's result: its session is over before anybody reads that again.
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/value.h"

#define QUOTE "tenure.quote"

enum { VALUE_RECORD = 1 };

struct holder {
    struct tn_quote *quote; /* a reference; NULL while it is made */
};

void tn_quote_push(lua_State *L, struct tn_quote *quote, int raw)
{
    raw = lua_absindex(L, raw);
    struct holder *holder = lua_newuserdatauv(L, sizeof *holder, 1);
    holder->quote = NULL;
    luaL_setmetatable(L, QUOTE);
    holder->quote = tn_quote_ref(quote);
    tn_record_push(L, raw, quote->op->record);
    lua_setiuservalue(L, -2, VALUE_RECORD);
}

struct tn_quote *tn_quote_test(lua_State *L, int index)
{
    const struct holder *holder = luaL_testudata(L, index, QUOTE);
    return holder ? holder->quote : NULL;
}

static const struct tn_quote *check_quote(lua_State *L)
{
    const struct holder *holder = luaL_checkudata(L, 1, QUOTE);
    return holder->quote;
}

static void push_reservation(lua_State *L, const struct tn_quote *quote)
{
    lua_pushfstring(L, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", quote->order,
                    quote->reservation);
}

/* What was checked when the quote was read comes from there; false: it is the record's. */
static bool push_checked(lua_State *L, const struct tn_quote *quote, const char *name)
{
    if (strcmp(name, "reservation") == 0)
        push_reservation(L, quote);
    else if (strcmp(name, "quantity") == 0)
        lua_pushinteger(L, quote->quantity);
    else if (strcmp(name, "back") == 0)
        tn_money_push_or_nil(L, quote->has_back, &quote->back);
    else if (strcmp(name, "pay") == 0)
        tn_money_push_or_nil(L, quote->has_pay, &quote->pay);
    else if (strcmp(name, "worth") == 0)
        tn_money_push_or_nil(L, quote->has_worth, &quote->worth);
    else if (strcmp(name, "limit_left") == 0)
        tn_money_push_or_nil(L, quote->has_limit_left, &quote->limit_left);
    else if (strcmp(name, "allowed") == 0)
        lua_pushboolean(L, quote->allowed);
    else if (strcmp(name, "asked") == 0)
        lua_pushboolean(L, !quote->vetoed);
    else if (strcmp(name, "doubts") == 0 && quote->doubts)
        tn_value_decode(L, quote->doubts, strlen(quote->doubts));
    else if (strcmp(name, "refusals") == 0 && quote->refusals)
        tn_value_decode(L, quote->refusals, strlen(quote->refusals));
    else if (strcmp(name, "lines") == 0 && quote->lines)
        tn_value_decode(L, quote->lines, strlen(quote->lines));
    else
        return false;
    return true;
}

/* ---- amounts that are not there ---------------------------------------------------------------------------------- */

/* By these addresses the registry has the coroutine that was last told nil for an amount, since the quote was vetoed, and
 * by what that was. Others that run in the same state are told nothing of it. */
static const char vetoed_for, vetoed_by;

static void note_vetoed(lua_State *L, const struct tn_quote *quote)
{
    lua_pushlightuserdata(L, quote->vetoed ? L : NULL);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &vetoed_for);
    lua_pushstring(L, quote->refusal);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &vetoed_by);
}

const char *tn_quote_last_veto(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &vetoed_for);
    bool ours = lua_touserdata(L, -1) == L;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &vetoed_by);
    const char *code = ours ? lua_tostring(L, -1) : NULL; /* the registry keeps it */
    lua_pop(L, 2);
    return code;
}

static int mt_index(lua_State *L)
{
    const struct tn_quote *quote = check_quote(L);
    const char *name = luaL_checkstring(L, 2);
    tn_record_check_field(L, quote->op->record, name); /* here, where the script's line is one call up */
    const struct tn_field *field = tn_record_field(quote->op->record, name);
    if (field && field->type == TN_TYPE_MONEY)
        note_vetoed(L, quote);
    if (!push_checked(L, quote, name)) {
        lua_getiuservalue(L, 1, VALUE_RECORD);
        lua_getfield(L, -1, name);
    }
    return 1;
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "a quote is read-only");
}

static int mt_pairs(lua_State *L)
{
    return tn_record_pairs(L, check_quote(L)->op->record);
}

static int mt_tostring(lua_State *L)
{
    const struct tn_quote *quote = check_quote(L);
    if (quote->reservation[0])
        lua_pushfstring(L, "quote for reservation %s", quote->reservation);
    else
        lua_pushfstring(L, "quote of %s.%s", quote->op->module, quote->op->name);
    return 1;
}

static int mt_gc(lua_State *L)
{
    struct holder *holder = luaL_checkudata(L, 1, QUOTE);
    tn_quote_unref(holder->quote);
    holder->quote = NULL;
    return 0;
}

void tn_quote_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__index", mt_index}, {"__newindex", mt_newindex},
                                    {"__pairs", mt_pairs}, {"__tostring", mt_tostring},
                                    {"__gc", mt_gc},       {NULL, NULL}};
    tn_kind_open(L, QUOTE, meta);
}
