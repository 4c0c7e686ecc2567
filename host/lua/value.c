/* Values as JSON and back: see value.h. */
#include "lua/value.h"

#include <lauxlib.h>
#include <string.h>

#include "lua/view.h"

void tn_value_open(lua_State *L)
{
    tn_view_open(L);
    tn_money_open(L);
    tn_record_open(L);
    tn_quote_open(L);
    tn_outcome_open(L);
    tn_error_open(L);
}

void tn_kind_open(lua_State *L, const char *name, const luaL_Reg *meta)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, meta, 0);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

#define RECORD_MARK "$record"

/* A table that would read back as a record would be taken for what the service said. */
static int check_table(lua_State *L, int index, struct tn_err *err)
{
    lua_pushliteral(L, RECORD_MARK);
    bool marked = lua_rawget(L, index) != LUA_TNIL;
    lua_pop(L, 1);
    return !marked ? 0
                   : tn_err_set(err, TENURE_EINVAL,
                                "a table cannot have the member '" RECORD_MARK "': it says what the service answered");
}

/* {"$record": "reservation", "raw": {…}} */
static int write_record(lua_State *L, int index, const struct tn_record *record, struct tn_json_writer *w,
                        struct tn_err *err)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, RECORD_MARK, record->name);
    tn_jw_key(w, "raw");
    tn_record_push_raw(L, index);
    int rc = tn_json_encode(L, -1, TN_VALUE_MAX_BYTES, tn_value_write, w, err);
    if (rc < 0)
        return rc;
    tn_jw_object_end(w);
    return 1;
}

static int write_view(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err)
{
    tn_view_push_content(L, index);
    int rc = tn_json_encode(L, -1, TN_VALUE_MAX_BYTES, tn_value_write, w, err);
    return rc < 0 ? rc : 1;
}

int tn_value_write(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err)
{
    if (lua_type(L, index) == LUA_TTABLE)
        return check_table(L, index, err);
    const struct tn_record *record = tn_record_test(L, index);
    if (record)
        return write_record(L, index, record, w, err);
    if (tn_view_is(L, index))
        return write_view(L, index, w, err);
    const struct tn_money *money = tn_money_test(L, index);
    const struct tn_outcome *outcome = tn_outcome_test(L, index);
    const char *placeholder = tn_placeholder_test(L, index);
    if (money)
        tn_jw_money(w, money);
    else if (outcome)
        tn_outcome_write(outcome, w);
    else if (placeholder)
        tn_jw_string(w, placeholder);
    else if (tn_quote_test(L, index))
        return tn_err_set(err, TENURE_EINVAL,
                          "a quote cannot be kept: it is over within minutes; keep its amounts instead");
    else if (tn_error_test(L, index))
        return tn_err_set(err, TENURE_EINVAL, "an error cannot be kept: keep its code and message instead");
    else
        return 0;
    return 1;
}

static int encode(lua_State *L, int index, tn_json_hook hook, struct tn_buf *json, struct tn_err *err)
{
    struct tn_json_writer w;
    tn_jw_init(&w, json);
    int rc = tn_json_encode(L, index, TN_VALUE_MAX_BYTES, hook, &w, err);
    return rc == TENURE_OK && json->failed ? tn_err_no_memory(err) : rc;
}

int tn_value_encode(lua_State *L, int index, struct tn_buf *json, struct tn_err *err)
{
    return encode(L, index, tn_value_write, json, err);
}

static int write_plain(lua_State *L, int index, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_record *record = tn_record_test(L, index);
    if (record || tn_outcome_test(L, index))
        return tn_err_set(err, TENURE_EINVAL, "give the fields that are to be told, not the %s itself",
                          record ? record->name : "outcome");
    if (!tn_view_is(L, index))
        return tn_value_write(L, index, w, err);
    tn_view_push_content(L, index);
    int rc = tn_json_encode(L, -1, TN_VALUE_MAX_BYTES, write_plain, w, err);
    return rc < 0 ? rc : 1;
}

int tn_value_encode_plain(lua_State *L, int index, struct tn_buf *json, struct tn_err *err)
{
    return encode(L, index, write_plain, json, err);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The text of a member of the table on top, NULL when it is none; the table keeps it. */
static const char *member_text(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

static size_t count_members(lua_State *L)
{
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        count++;
    }
    return count;
}

/* Puts a record or money in the place of the table on top, when that is what it stands for. */
static bool revive_kind(lua_State *L)
{
    const char *name = member_text(L, RECORD_MARK), *amount = member_text(L, "amount"),
               *currency = member_text(L, "currency");
    const struct tn_record *record = name ? tn_record_find(name) : NULL;
    struct tn_money money;
    if ((!record && !(amount && currency)) || count_members(L) != 2)
        return false;
    if (record) {
        lua_pushliteral(L, "raw");
        if (lua_rawget(L, -2) != LUA_TTABLE) {
            lua_pop(L, 1);
            return false;
        }
        tn_record_push(L, -1, record);
        lua_replace(L, -3);
        lua_pop(L, 1);
        return true;
    }
    if (tn_money_parse(&money, amount, currency, NULL) < 0)
        return false;
    tn_money_push(L, &money);
    lua_replace(L, -2);
    return true;
}

/* Depth is bounded by what the JSON room decodes. */
static void revive(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TTABLE || revive_kind(L))
        return;
    luaL_checkstack(L, 8, "value");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -1) == LUA_TTABLE) {
            revive(L);
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -4); /* a member that exists: allowed while walking */
        } else {
            lua_pop(L, 1);
        }
    }
}

void tn_value_decode(lua_State *L, const char *json, size_t len)
{
    struct tn_err err = {0};
    if (tn_json_decode(L, json, len, 0, &err) < 0)
        luaL_error(L, "%s", err.msg);
    revive(L);
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

static void copy_container(lua_State *L, struct tn_json at, bool array)
{
    luaL_checkstack(L, 8, "JSON");
    lua_newtable(L);
    for (struct tn_json_iter it = tn_json_each(at); tn_json_next(&it);) {
        tn_value_copy_json(L, it.value);
        if (it.key)
            lua_setfield(L, -2, it.key);
        else
            lua_rawseti(L, -2, (lua_Integer)it.index + 1);
    }
    if (array) {
        tn_json_push_array_mark(L);
        lua_setmetatable(L, -2);
    }
}

void tn_value_copy_json(lua_State *L, struct tn_json at)
{
    int64_t integer = 0;
    double number = 0;
    bool boolean = false;
    size_t len = 0;
    const char *text;
    enum tn_json_type type = tn_json_type_of(at, "");
    switch (type) {
    case TN_JSON_BOOL:
        tn_json_bool(at, "", &boolean);
        lua_pushboolean(L, boolean);
        break;
    case TN_JSON_INT:
        tn_json_int(at, "", &integer);
        lua_pushinteger(L, integer);
        break;
    case TN_JSON_DOUBLE:
        tn_json_double(at, "", &number);
        lua_pushnumber(L, number);
        break;
    case TN_JSON_STRING:
        text = tn_json_string(at, "", &len);
        lua_pushlstring(L, text, len);
        break;
    case TN_JSON_ARRAY:
    case TN_JSON_OBJECT:
        copy_container(L, at, type == TN_JSON_ARRAY);
        break;
    case TN_JSON_NULL:
        tn_json_push_null(L);
        break;
    default:
        lua_pushnil(L);
    }
}

void tn_value_copy(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE) {
        lua_pushvalue(L, index);
        return;
    }
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, "value");
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        tn_value_copy(L, -1);
        lua_remove(L, -2);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    if (lua_getmetatable(L, index)) /* the array mark */
        lua_setmetatable(L, -2);
}
