/*
 * Money of scripts: exact, and never mixed with plain numbers or with another currency. A quotient or a float factor
 * would need rounding, so there is none.
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/value.h"
#include "lua/view.h"

#define MONEY "tenure.money"

void tn_money_push(lua_State *L, const struct tn_money *money)
{
    struct tn_money *copy = lua_newuserdatauv(L, sizeof *copy, 0);
    *copy = *money;
    luaL_setmetatable(L, MONEY);
}

void tn_money_push_or_nil(lua_State *L, bool has, const struct tn_money *money)
{
    if (has)
        tn_money_push(L, money);
    else
        lua_pushnil(L);
}

struct tn_money *tn_money_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, MONEY);
}

static const char *describe(lua_State *L, int index)
{
    int type = lua_type(L, index);
    return type == LUA_TNUMBER ? "a plain number" : type == LUA_TSTRING ? "text" : luaL_typename(L, index);
}

/* Both operands, or an error that says what the other one is. */
/* An amount that the service did not report is nil; of a vetoed quote nobody asked for one. */
static void no_amount(lua_State *L, const char *doing)
{
    const char *code = tn_quote_last_veto(L);
    if (code)
        luaL_error(L,
                   "cannot %s money and nil: the quote was refused by %s, so nothing was asked and it has no amounts: "
                   "look at quote.allowed first",
                   doing, code);
    luaL_error(L, "cannot %s money and nil: that amount was not reported, so see first whether it is there", doing);
}

static void check_pair(lua_State *L, const char *doing, struct tn_money **a, struct tn_money **b)
{
    *a = tn_money_test(L, 1);
    *b = tn_money_test(L, 2);
    if (*a && *b)
        return;
    if (lua_isnil(L, *a ? 2 : 1))
        no_amount(L, doing);
    luaL_error(L, "cannot %s money and %s: give both as money, e.g. require \"tenure.money\"(\"12.30\", \"EUR\")",
               doing, describe(L, *a ? 2 : 1));
}

static int push_result(lua_State *L, int rc, const struct tn_money *result, const struct tn_err *err)
{
    if (rc < 0)
        return luaL_error(L, "%s", err->msg);
    tn_money_push(L, result);
    return 1;
}

static int mt_add(lua_State *L)
{
    struct tn_money *a, *b, sum;
    struct tn_err err = {0};
    check_pair(L, "add", &a, &b);
    return push_result(L, tn_money_add(&sum, a, b, &err), &sum, &err);
}

static int mt_sub(lua_State *L)
{
    struct tn_money *a, *b, difference;
    struct tn_err err = {0};
    check_pair(L, "subtract", &a, &b);
    return push_result(L, tn_money_sub(&difference, a, b, &err), &difference, &err);
}

static int mt_unm(lua_State *L)
{
    struct tn_money negative;
    struct tn_err err = {0};
    return push_result(L, tn_money_mul(&negative, luaL_checkudata(L, 1, MONEY), -1, &err), &negative, &err);
}

static int mt_mul(lua_State *L)
{
    struct tn_money *money = tn_money_test(L, 1), product;
    struct tn_err err = {0};
    int factor = money ? 2 : 1;
    if (!money)
        money = luaL_checkudata(L, 2, MONEY);
    if (!lua_isinteger(L, factor))
        return luaL_error(L, "money can be multiplied by a whole number only");
    return push_result(L, tn_money_mul(&product, money, lua_tointeger(L, factor), &err), &product, &err);
}

static int mt_no_arithmetic(lua_State *L)
{
    return luaL_error(
        L, "money can be added, subtracted and multiplied by a whole number: anything else would need rounding");
}

static int compare(lua_State *L)
{
    struct tn_money *a, *b;
    struct tn_err err = {0};
    int order = 0;
    check_pair(L, "compare", &a, &b);
    if (tn_money_compare(&order, a, b, &err) < 0)
        luaL_error(L, "%s", err.msg);
    return order;
}

static int mt_lt(lua_State *L)
{
    lua_pushboolean(L, compare(L) < 0);
    return 1;
}

static int mt_le(lua_State *L)
{
    lua_pushboolean(L, compare(L) <= 0);
    return 1;
}

/* Lua asks only for two userdata; two currencies are never the same amount, and asking is a mistake worth an error. */
static int mt_eq(lua_State *L)
{
    bool both = tn_money_test(L, 1) && tn_money_test(L, 2);
    lua_pushboolean(L, both && compare(L) == 0);
    return 1;
}

static int mt_index(lua_State *L)
{
    static const char *const names[] = {"amount", "currency", NULL};
    const struct tn_money *money = luaL_checkudata(L, 1, MONEY);
    const char *name = luaL_checkstring(L, 2);
    char text[TN_MONEY_TEXT];
    if (strcmp(name, "amount") == 0)
        lua_pushstring(L, tn_money_amount(money, text));
    else if (strcmp(name, "currency") == 0)
        lua_pushstring(L, money->currency);
    else
        return tn_lua_unknown_name(L, "money", name, names);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "money is read-only");
}

static int mt_tostring(lua_State *L)
{
    const struct tn_money *money = luaL_checkudata(L, 1, MONEY);
    char text[TN_MONEY_TEXT];
    lua_pushfstring(L, "%s %s", tn_money_amount(money, text), money->currency);
    return 1;
}

/* text .. money */
static int mt_concat(lua_State *L)
{
    for (int i = 1; i <= 2; i++) {
        luaL_argexpected(L, lua_isstring(L, i) || tn_money_test(L, i), i, "text or money");
        luaL_tolstring(L, i, NULL);
    }
    lua_concat(L, 2);
    return 1;
}

int tn_money_l_new(lua_State *L)
{
    struct tn_money money;
    struct tn_err err = {0};
    if (lua_type(L, 1) == LUA_TNUMBER && !lua_isinteger(L, 1))
        return luaL_argerror(L, 1, "give the amount as text, e.g. \"12.30\", so that it stays exact");
    const char *amount = luaL_checkstring(L, 1), *currency = luaL_optstring(L, 2, NULL);
    int rc = currency ? tn_money_parse(&money, amount, currency, &err) : tn_money_parse_text(&money, amount, &err);
    return push_result(L, rc, &money, &err);
}

void tn_money_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__add", mt_add},
                                    {"__sub", mt_sub},
                                    {"__unm", mt_unm},
                                    {"__mul", mt_mul},
                                    {"__div", mt_no_arithmetic},
                                    {"__idiv", mt_no_arithmetic},
                                    {"__mod", mt_no_arithmetic},
                                    {"__pow", mt_no_arithmetic},
                                    {"__lt", mt_lt},
                                    {"__le", mt_le},
                                    {"__eq", mt_eq},
                                    {"__index", mt_index},
                                    {"__newindex", mt_newindex},
                                    {"__tostring", mt_tostring},
                                    {"__concat", mt_concat},
                                    {NULL, NULL}};
    tn_kind_open(L, MONEY, meta);
}
