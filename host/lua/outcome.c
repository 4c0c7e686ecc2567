/*
 * Outcomes of effects, as scripts see them; and the placeholder for what nobody can know before the effect was made.
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/value.h"
#include "lua/view.h"

#define OUTCOME "tenure.outcome"
#define PLACEHOLDER "tenure.placeholder"

static const char *const names[] = {"state", "ok",    "code",       "message", "back", "pay",
                                    "worth", "lines", "request_id", "answer",  NULL};

void tn_outcome_push(lua_State *L, const struct tn_outcome *outcome)
{
    size_t size = sizeof *outcome + outcome->answer_len + 1 + (outcome->lines_len ? outcome->lines_len + 1 : 0);
    memcpy(lua_newuserdatauv(L, size, 1), outcome, size);
    luaL_setmetatable(L, OUTCOME);
}

const struct tn_outcome *tn_outcome_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, OUTCOME);
}

static void push_text(lua_State *L, const char *text)
{
    if (*text)
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
}

/* Nobody can know it while planning. False: it is not planned, nothing is pushed. */
static bool push_placeholder(lua_State *L, const struct tn_outcome *outcome)
{
    if (outcome->state != TN_EFFECT_PLANNED)
        return false;
    lua_newuserdatauv(L, 0, 0);
    luaL_setmetatable(L, PLACEHOLDER);
    return true;
}

static void push_request_id(lua_State *L, const struct tn_outcome *outcome)
{
    if (!push_placeholder(L, outcome))
        push_text(L, outcome->request_id);
}

/* What the service answered with, as the record that its row says. */
static void push_answer(lua_State *L, const struct tn_outcome *outcome)
{
    struct tn_err err = {0};
    if (push_placeholder(L, outcome))
        return;
    if (!outcome->answer_len) {
        lua_pushnil(L);
        return;
    }
    if (tn_json_decode(L, outcome->answer, outcome->answer_len, 0, &err) < 0)
        luaL_error(L, "the answer of an effect: %s", err.msg);
    if (lua_istable(L, -1))
        tn_record_push(L, -1, outcome->record);
}

/* Made once: a line is the same whenever it is asked for. */
static void push_lines(lua_State *L, const struct tn_outcome *outcome)
{
    if (!outcome->lines_len) {
        if (!outcome->tells_lines || !push_placeholder(L, outcome))
            lua_pushnil(L);
        return;
    }
    if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    tn_value_decode(L, tn_outcome_lines(outcome), outcome->lines_len);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
}

static int mt_index(lua_State *L)
{
    const struct tn_outcome *outcome = luaL_checkudata(L, 1, OUTCOME);
    const struct tn_amounts *amounts = &outcome->amounts;
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "state") == 0)
        lua_pushstring(L, tn_effect_state_name(outcome->state));
    else if (strcmp(name, "ok") == 0)
        lua_pushboolean(L, outcome->ok);
    else if (strcmp(name, "code") == 0)
        push_text(L, outcome->code);
    else if (strcmp(name, "message") == 0)
        push_text(L, outcome->message);
    else if (strcmp(name, "back") == 0)
        tn_money_push_or_nil(L, amounts->has_back, &amounts->back);
    else if (strcmp(name, "pay") == 0)
        tn_money_push_or_nil(L, amounts->has_pay, &amounts->pay);
    else if (strcmp(name, "worth") == 0)
        tn_money_push_or_nil(L, amounts->has_worth, &amounts->worth);
    else if (strcmp(name, "request_id") == 0)
        push_request_id(L, outcome);
    else if (strcmp(name, "answer") == 0)
        push_answer(L, outcome);
    else if (strcmp(name, "lines") == 0)
        push_lines(L, outcome);
    else
        return tn_lua_unknown_name(L, "outcome", name, names);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "an outcome is read-only");
}

static int mt_tostring(lua_State *L)
{
    const struct tn_outcome *outcome = luaL_checkudata(L, 1, OUTCOME);
    lua_pushfstring(L, outcome->code[0] ? "outcome %s (%s)" : "outcome %s", tn_effect_state_name(outcome->state),
                    outcome->code);
    return 1;
}

static void write_text(struct tn_json_writer *w, const char *key, const char *text)
{
    if (*text)
        tn_jw_kv_string(w, key, text);
}

static void write_amount(struct tn_json_writer *w, const char *key, bool has, const struct tn_money *money)
{
    if (has)
        tn_jw_kv_money(w, key, money);
}

void tn_outcome_write(const struct tn_outcome *outcome, struct tn_json_writer *w)
{
    const struct tn_amounts *amounts = &outcome->amounts;
    tn_jw_object(w);
    if (outcome->answer_len) {
        tn_jw_key(w, "answer");
        tn_jw_object(w);
        tn_jw_kv_string(w, "$record", outcome->record->name);
        tn_jw_key(w, "raw");
        tn_jw_raw(w, outcome->answer, outcome->answer_len);
        tn_jw_object_end(w);
    }
    write_amount(w, "back", amounts->has_back, &amounts->back);
    write_text(w, "code", outcome->code);
    if (outcome->lines_len) {
        tn_jw_key(w, "lines");
        tn_jw_raw(w, tn_outcome_lines(outcome), outcome->lines_len);
    }
    write_text(w, "message", outcome->message);
    tn_jw_kv_bool(w, "ok", outcome->ok);
    write_amount(w, "pay", amounts->has_pay, &amounts->pay);
    write_text(w, "request_id", outcome->request_id);
    tn_jw_kv_string(w, "state", tn_effect_state_name(outcome->state));
    write_amount(w, "worth", amounts->has_worth, &amounts->worth);
    tn_jw_object_end(w);
}

/* ---- placeholders ------------------------------------------------------------------------------------------------ */

static int mt_placeholder(lua_State *L)
{
    return luaL_error(L, "this value is known only after apply: it can be printed, but not computed with");
}

static int mt_placeholder_tostring(lua_State *L)
{
    lua_pushliteral(L, TN_KNOWN_AFTER_APPLY);
    return 1;
}

static int mt_placeholder_concat(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

const char *tn_placeholder_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, PLACEHOLDER) ? TN_KNOWN_AFTER_APPLY : NULL;
}

void tn_outcome_open(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__index", mt_index}, {"__newindex", mt_newindex}, {"__tostring", mt_tostring}, {NULL, NULL}};
    static const luaL_Reg placeholder[] = {
        {"__add", mt_placeholder},
        {"__sub", mt_placeholder},
        {"__mul", mt_placeholder},
        {"__div", mt_placeholder},
        {"__mod", mt_placeholder},
        {"__pow", mt_placeholder},
        {"__unm", mt_placeholder},
        {"__idiv", mt_placeholder},
        {"__len", mt_placeholder},
        {"__lt", mt_placeholder},
        {"__le", mt_placeholder},
        {"__eq", mt_placeholder},
        {"__index", mt_placeholder},
        {"__newindex", mt_placeholder},
        {"__call", mt_placeholder},
        {"__tostring", mt_placeholder_tostring},
        {"__concat", mt_placeholder_concat},
        {NULL, NULL},
    };
    tn_kind_open(L, OUTCOME, meta);
    tn_kind_open(L, PLACEHOLDER, placeholder);
}
