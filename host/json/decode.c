/* Decoding: the strict scan, then cjson, then one pass that gives every value its type. */
#include "json/internal.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct decoding {
    const char *text;
    size_t len;
    const struct tn_json_findings *findings;
};

struct typing {
    lua_State *L;
    int array_mark; /* where it is on the stack */
    bool marked_empties, marked_integers;
};

static void type_table(const struct typing *t, int index);

/* Puts what belongs in the place of the value on top, when that is another one: pushes it and returns true. */
static bool retype(const struct typing *t, int type)
{
    lua_State *L = t->L;
    switch (type) {
    case LUA_TNUMBER: {
        double number = lua_tonumber(L, -1);
        if (number != floor(number) || fabs(number) >= 0x1p53)
            return false;
        lua_pushinteger(L, (lua_Integer)number);
        return true;
    }
    case LUA_TTABLE:
        type_table(t, lua_gettop(L));
        return false;
    case LUA_TSTRING:
        if (t->marked_integers && lua_tostring(L, -1)[0] == TN_JSON_MARK_INTEGER) {
            lua_pushinteger(L, strtoll(lua_tostring(L, -1) + 1, NULL, 10));
            return true;
        }
        return false;
    default:
        return false;
    }
}

static void type_array(const struct typing *t, int index)
{
    lua_State *L = t->L;
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    lua_pushvalue(L, t->array_mark);
    lua_setmetatable(L, index);
    for (lua_Integer i = 1; i <= count; i++) {
        int type = lua_rawgeti(L, index, i);
        if (t->marked_empties && type == LUA_TSTRING && lua_tostring(L, -1)[0] == TN_JSON_MARK_EMPTY) {
            lua_pushnil(L);
            lua_rawseti(L, index, i);
        } else if (retype(t, type)) {
            lua_rawseti(L, index, i);
        }
        lua_pop(L, 1);
    }
}

/* Nulls are removed: an absent member and a null one read the same. Setting a member that exists is allowed under
 * lua_next. */
static void type_object(const struct typing *t, int index)
{
    lua_State *L = t->L;
    do { /* key and value are on top */
        int type = lua_type(L, -1);
        if (type == LUA_TLIGHTUSERDATA) {
            lua_pushvalue(L, -2);
            lua_pushnil(L);
            lua_rawset(L, index);
        } else if (retype(t, type)) {
            lua_pushvalue(L, -3);
            lua_insert(L, -2);
            lua_rawset(L, index);
        }
        lua_pop(L, 1);
    } while (lua_next(L, index));
}

/* cjson makes arrays with integer keys and objects with string keys, so that the first key tells which it is. */
static void type_table(const struct typing *t, int index)
{
    lua_State *L = t->L;
    luaL_checkstack(L, TN_JSON_SPARE_SLOTS, "JSON");
    lua_pushnil(L);
    if (!lua_next(L, index))
        return;
    if (lua_type(L, -2) == LUA_TNUMBER) {
        lua_pop(L, 2);
        type_array(t, index);
    } else {
        type_object(t, index);
    }
}

static int decode_protected(lua_State *L)
{
    const struct decoding *d = lua_touserdata(L, 1);
    tn_json_push_array_mark(L);
    tn_json_push_decoder(L);
    lua_pushlstring(L, d->text, d->len);
    lua_call(L, 1, 1);
    if (d->findings->all_typed)
        return 1;
    struct typing typing = {.L = L,
                            .array_mark = 2,
                            .marked_empties = d->findings->rewritten.len > 0,
                            .marked_integers = d->findings->long_integers};
    retype(&typing, lua_type(L, -1)); /* another value comes on top */
    return 1;
}

int tn_json_decode_with(lua_State *L, struct tn_json_state *state, const char *bytes, size_t len, size_t max_bytes,
                        struct tn_err *err)
{
    if (max_bytes == 0)
        max_bytes = TN_JSON_MAX_BYTES;
    if (len > max_bytes)
        return tn_err_set(err, TENURE_ERANGE, "JSON of %zu bytes is over the limit of %zu", len, max_bytes);
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    struct tn_json_findings findings;
    int rc = tn_json_scan(bytes, len, &findings, err);
    if (rc == TENURE_OK) {
        struct decoding decoding = {.text = bytes, .len = len, .findings = &findings};
        if (findings.rewritten.len > 0) {
            decoding.text = findings.rewritten.data;
            decoding.len = findings.rewritten.len;
        }
        locale_t callers = uselocale(state->c_locale);
        rc = tn_json_protect(L, decode_protected, &decoding, 1, err);
        uselocale(callers);
    }
    tn_buf_deinit(&findings.rewritten);
    return rc;
}

int tn_json_decode(lua_State *L, const char *bytes, size_t len, size_t max_bytes, struct tn_err *err)
{
    if (!lua_checkstack(L, TN_JSON_SPARE_SLOTS))
        return tn_err_no_memory(err);
    struct tn_json_state *state = tn_json_state_of(L);
    if (!state)
        return tn_err_set(err, TENURE_EINTERNAL, "this Lua state was not prepared for JSON");
    return tn_json_decode_with(L, state, bytes, len, max_bytes, err);
}
