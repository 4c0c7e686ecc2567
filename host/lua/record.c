/*
 * Strict records: a userdata over the raw body and the row that names its fields.
 *
 * An unknown field is an error with a suggestion, a known one that the service did not report is nil. Fields are read
 * from the body when they are asked for; what takes making (lists, nested records) is made once and kept.
 */
#include <lauxlib.h>
#include <string.h>

#include "azure/operation.h"
#include "azure/values.h"
#include "base/id.h"
#include "lua/value.h"
#include "lua/view.h"

#define RECORD "tenure.record"

struct record {
    const struct tn_record *row;
    struct tn_json_doc *doc; /* open while a field is read */
    struct tn_buf text;      /* while something is made of the body */
};

enum { VALUE_RAW = 1, VALUE_MADE };

void tn_record_push(lua_State *L, int raw, const struct tn_record *row)
{
    raw = lua_absindex(L, raw);
    struct record *record = lua_newuserdatauv(L, sizeof *record, 2);
    *record = (struct record){.row = row};
    luaL_setmetatable(L, RECORD);
    lua_pushvalue(L, raw);
    lua_setiuservalue(L, -2, VALUE_RAW);
}

const struct tn_record *tn_record_test(lua_State *L, int index)
{
    const struct record *record = luaL_testudata(L, index, RECORD);
    return record ? record->row : NULL;
}

void tn_record_push_raw(lua_State *L, int index)
{
    lua_getiuservalue(L, index, VALUE_RAW);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The body as a document; tn_json_close() follows, here or, after a raise, when the record is collected. */
static struct tn_json open_body(lua_State *L, int index, struct record *record)
{
    struct tn_err err = {0};
    tn_json_close(record->doc);
    record->doc = NULL;
    lua_getiuservalue(L, index, VALUE_RAW);
    int rc = tn_json_wrap(L, -1, &record->doc, &err);
    lua_pop(L, 1);
    if (rc < 0)
        tn_lua_raise(L, &err);
    return tn_json_root(record->doc);
}

static void close_body(struct record *record)
{
    tn_json_close(record->doc);
    record->doc = NULL;
}

/* {refund = true, exchange = false}: strict, because can.refnd must not read as "cannot". */
static void push_flags(lua_State *L, struct tn_json body, const struct tn_field *field)
{
    lua_newtable(L);
    lua_newtable(L);
    for (lua_Integer i = 0; field->flags[i].name; i++) {
        int set = tn_record_flag(field, body, &field->flags[i]);
        if (set >= 0) {
            lua_pushboolean(L, set);
            lua_setfield(L, -3, field->flags[i].name);
        }
        lua_pushstring(L, field->flags[i].name);
        lua_rawseti(L, -2, i + 1);
    }
    tn_view_strict(L, field->name);
}

/* {[1] = 97.5, [30] = 12}: any number may be asked for, a name is a mistake. */
static void push_keyed(lua_State *L, const struct tn_field *field, struct tn_json list)
{
    lua_newtable(L);
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        double key, value;
        if (!tn_json_double(it.value, field->key, &key) || !tn_json_double(it.value, field->value, &value))
            continue;
        lua_pushnumber(L, key); /* Lua makes an integer of a whole key */
        lua_pushnumber(L, value);
        lua_rawset(L, -3);
    }
    lua_newtable(L);
    tn_view_strict(L, field->name);
}

static void push_member(lua_State *L, struct tn_json value)
{
    struct tn_money money;
    if (tn_json_type_of(value, "") == TN_JSON_OBJECT && tn_json_money(value, "", &money, NULL) > 0)
        tn_money_push(L, &money);
    else
        tn_value_copy_json(L, value);
}

/* A plain table, whose money is money. */
static void push_table(lua_State *L, struct tn_json object)
{
    lua_newtable(L);
    for (struct tn_json_iter it = tn_json_each(object); tn_json_next(&it);) {
        push_member(L, it.value);
        lua_setfield(L, -2, it.key);
    }
}

/* {team = "emea"}: strict, because data.on_hld must not read as "not on hold". */
static void push_data(lua_State *L, struct tn_json data)
{
    lua_newtable(L);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(data, "row")); tn_json_next(&it);) {
        push_member(L, it.value);
        lua_setfield(L, -2, it.key);
    }
    lua_newtable(L);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(data, "columns")); tn_json_next(&it);) {
        tn_value_copy_json(L, it.value);
        lua_rawseti(L, -2, (lua_Integer)it.index + 1);
    }
    tn_view_strict(L, "customer.data");
}

static void push_list(lua_State *L, const struct tn_field *field, struct tn_json list)
{
    tn_json_push(list, L);
    if (!field->record) {
        tn_value_copy(L, -1);
        lua_remove(L, -2);
        return;
    }
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, -2, i) == LUA_TTABLE)
            tn_record_push(L, -1, field->record);
        else
            lua_pushnil(L);
        lua_rawseti(L, -3, i);
        lua_pop(L, 1);
    }
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

static void push_empty_list(lua_State *L)
{
    lua_newtable(L);
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
}

/* Pushes a value that was read; containers are made here. */
static void push_value(lua_State *L, const struct tn_field *field, const struct tn_field_value *value)
{
    switch (field->type) {
    case TN_TYPE_INTEGER:
    case TN_TYPE_DATE:
    case TN_TYPE_DURATION:
        lua_pushinteger(L, value->integer);
        break;
    case TN_TYPE_NUMBER:
        lua_pushnumber(L, value->number);
        break;
    case TN_TYPE_BOOLEAN:
        lua_pushboolean(L, value->boolean);
        break;
    case TN_TYPE_MONEY:
        tn_money_push(L, &value->money);
        break;
    case TN_TYPE_LIST:
        push_list(L, field, value->json);
        break;
    case TN_TYPE_RECORD:
        tn_json_push(value->json, L);
        tn_record_push(L, -1, field->record);
        lua_remove(L, -2);
        break;
    default:
        if (value->text == value->buffer)
            lua_pushlstring(L, value->buffer, strlen(value->buffer));
        else
            lua_pushlstring(L, value->text, value->text_len);
    }
}

/* Pushes the field as a script sees it, made anew. */
static void push_field(lua_State *L, int index, struct record *record, const struct tn_field *field)
{
    struct tn_err err = {0};
    struct tn_field_value value = {0};
    luaL_checkstack(L, LUA_MINSTACK, record->row->name);
    struct tn_json body = open_body(L, index, record);
    if (field->type == TN_TYPE_FLAGS) {
        push_flags(L, body, field);
    } else if (tn_record_read(field, body, &value, &err) < 0) {
        close_body(record);
        tn_err_prefix(&err, "%s.%s", record->row->name, field->name);
        tn_lua_raise(L, &err);
    } else if (field->type == TN_TYPE_KEYED) {
        push_keyed(L, field, value.json);
    } else if (field->type == TN_TYPE_DATA) {
        push_data(L, value.json);
    } else if (field->type == TN_TYPE_TABLE && value.present) {
        push_table(L, value.json);
    } else if (value.present) {
        push_value(L, field, &value);
    } else if (field->always) {
        push_empty_list(L);
    } else {
        lua_pushnil(L);
    }
    close_body(record);
}

/* ---- what scripts see -------------------------------------------------------------------------------------------- */

static bool is_made(const struct tn_field *field)
{
    return field->type == TN_TYPE_FLAGS || field->type == TN_TYPE_KEYED || field->type == TN_TYPE_LIST ||
           field->type == TN_TYPE_RECORD || field->type == TN_TYPE_DATA || field->type == TN_TYPE_TABLE;
}

/* Keeps the value on top under the name. */
static void keep(lua_State *L, int index, const char *name)
{
    if (lua_getiuservalue(L, index, VALUE_MADE) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, index, VALUE_MADE);
    }
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* Pushes what was kept for the record at 1; false, and nothing pushed, when there is none. */
static bool push_kept(lua_State *L, const char *name)
{
    if (lua_getiuservalue(L, 1, VALUE_MADE) == LUA_TTABLE)
        lua_getfield(L, -1, name);
    else
        lua_pushnil(L);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

static void push_raw_copy(lua_State *L, int index)
{
    lua_getiuservalue(L, index, VALUE_RAW);
    tn_value_copy(L, -1);
    lua_remove(L, -2);
}

const struct tn_field *tn_record_check_field(lua_State *L, const struct tn_record *row, const char *name)
{
    const struct tn_field *field = tn_record_field(row, name);
    if (field || strcmp(name, "raw") == 0)
        return field;
    const char *close = tn_record_suggest(row, name);
    if (close)
        luaL_error(L, "%s: there is no field '%s' (did you mean '%s'?)", row->name, name, close);
    luaL_error(L, "%s: there is no field '%s'", row->name, name);
    return NULL;
}

/* ---- the like of it ---------------------------------------------------------------------------------------------- */

static void unknown_change(lua_State *L, const char *name)
{
    const char *names[TN_MAX_ARGUMENTS + 1];
    size_t count = 0;
    for (; tn_purchase_row.arguments[count].name; count++)
        names[count] = tn_purchase_row.arguments[count].name;
    names[count] = NULL;
    tn_lua_unknown_name(L, "reservation:like", name, names);
}

/* The changes at 2 into the table on top; null takes a member out. */
static void put_changes(lua_State *L)
{
    int like = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        if (!name)
            luaL_error(L, "reservation:like: changes are given by name, as in {quantity = 2}");
        if (tn_argument_index(&tn_purchase_row, name) < 0)
            unknown_change(L, name);
        if (tn_json_is_null(L, -1)) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        lua_setfield(L, like, name);
    }
}

/* reservation:like{changes} -> a plain table, as orders.quote_purchase and quote_exchange take it. */
static int l_like(lua_State *L)
{
    struct record *record = luaL_checkudata(L, 1, RECORD);
    struct tn_json_writer w;
    luaL_argcheck(L, record->row == &tn_record_reservation, 1, "only reservations have their like");
    lua_settop(L, 2);
    tn_buf_reset(&record->text);
    tn_jw_init(&w, &record->text);
    tn_purchase_write_ours(open_body(L, 1, record), &w);
    close_body(record);
    if (record->text.failed)
        luaL_error(L, "out of memory");
    tn_value_decode(L, record->text.data, record->text.len);
    tn_buf_deinit(&record->text);
    if (!lua_isnil(L, 2))
        put_changes(L);
    return 1;
}

static int mt_index(lua_State *L)
{
    struct record *record = luaL_checkudata(L, 1, RECORD);
    const char *name = luaL_checkstring(L, 2);
    lua_settop(L, 2);
    if (record->row == &tn_record_reservation && strcmp(name, "like") == 0) {
        lua_pushcfunction(L, l_like);
        return 1;
    }
    const struct tn_field *field = tn_record_check_field(L, record->row, name);
    bool raw = !field;
    const char *kept = raw || is_made(field) ? name : NULL;
    if (kept && push_kept(L, kept))
        return 1;
    if (raw)
        push_raw_copy(L, 1);
    else
        push_field(L, 1, record, field);
    if (kept && !lua_isnil(L, -1))
        keep(L, 1, kept);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    const struct record *record = luaL_checkudata(L, 1, RECORD);
    return luaL_error(L, "a %s is read-only", record->row->name);
}

/* Upvalue: the row. Fields without a value are left out. */
static int next_field(lua_State *L)
{
    const struct tn_record *row = lua_touserdata(L, lua_upvalueindex(1));
    const struct tn_field *field = row->fields;
    luaL_checktype(L, 1, LUA_TUSERDATA);
    if (!lua_isnoneornil(L, 2)) {
        field = tn_record_field(row, luaL_checkstring(L, 2));
        luaL_argcheck(L, field, 2, "no such field");
        field++;
    }
    for (; field->name; field++) {
        lua_settop(L, 1);
        lua_pushstring(L, field->name);
        if (lua_getfield(L, 1, field->name) != LUA_TNIL)
            return 2;
    }
    return 0;
}

int tn_record_pairs(lua_State *L, const struct tn_record *row)
{
    lua_pushlightuserdata(L, (void *)row);
    lua_pushcclosure(L, next_field, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int mt_pairs(lua_State *L)
{
    const struct record *record = luaL_checkudata(L, 1, RECORD);
    return tn_record_pairs(L, record->row);
}

bool tn_record_push_id(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    struct record *record = luaL_checkudata(L, index, RECORD);
    const struct tn_field *field = tn_record_field(record->row, "id");
    if (field)
        push_field(L, index, record, field);
    if (field && lua_type(L, -1) == LUA_TSTRING)
        return true;
    if (field)
        lua_pop(L, 1);
    return false;
}

void tn_record_facts(lua_State *L, int index, struct tn_facts *facts)
{
    index = lua_absindex(L, index);
    struct record *record = luaL_checkudata(L, index, RECORD);
    tn_facts_read(open_body(L, index, record), facts);
    close_body(record);
}

static int mt_tostring(lua_State *L)
{
    const struct record *record = luaL_checkudata(L, 1, RECORD);
    if (!tn_record_push_id(L, 1))
        lua_pushliteral(L, "without an id");
    lua_pushfstring(L, "%s %s", record->row->name, lua_tostring(L, -1));
    return 1;
}

/* Two records of one kind with the same id are the same thing, whenever they were read. */
static int mt_eq(lua_State *L)
{
    const struct tn_record *a = tn_record_test(L, 1), *b = tn_record_test(L, 2);
    bool equal = a && a == b && tn_record_push_id(L, 1) && tn_record_push_id(L, 2) &&
                 tn_id_equal(lua_tostring(L, -2), lua_tostring(L, -1));
    lua_pushboolean(L, equal);
    return 1;
}

static int mt_gc(lua_State *L)
{
    struct record *record = luaL_checkudata(L, 1, RECORD);
    close_body(record);
    tn_buf_deinit(&record->text);
    return 0;
}

void tn_record_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__index", mt_index}, {"__newindex", mt_newindex}, {"__pairs", mt_pairs},
                                    {"__eq", mt_eq},       {"__tostring", mt_tostring}, {"__gc", mt_gc},
                                    {NULL, NULL}};
    tn_kind_open(L, RECORD, meta);
}
