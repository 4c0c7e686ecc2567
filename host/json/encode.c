/* Encoding: a Lua value as JSON text, written by base/json_write. */
#include "json/internal.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in the value we are, for messages: a member's name, or an index from 1. */
struct step {
    const char *key; /* NULL: an index */
    size_t len;
    lua_Integer index;
};

struct encoding {
    tn_json_hook hook;
    struct tn_json_writer *w;
    struct tn_err *err;
    struct step place[TN_JSON_MAX_DEPTH];
    int depth;
    struct tn_json_keys keys; /* of all open objects; plain memory, so that it survives a raise */
    size_t max_bytes;
    int rc;
};

static int encode_value(struct encoding *e, lua_State *L);

/* "value.rows[3]", as one would write it in Lua. */
static const char *describe_place(const struct encoding *e, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "value");
    for (int i = 0; i < e->depth && used < size; i++) {
        const struct step *step = &e->place[i];
        int wrote = step->key ? snprintf(text + used, size - used, ".%.40s", step->key)
                              : snprintf(text + used, size - used, "[%lld]", (long long)step->index);
        used += (size_t)wrote;
    }
    return text;
}

static int __attribute__((format(printf, 2, 3))) refuse(struct encoding *e, const char *fmt, ...)
{
    char place[200], what[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return tn_err_set(e->err, TENURE_EINVAL, "%s %s", describe_place(e, place, sizeof place), what);
}

/* Whether the table on top is a sequence 1..n and nothing else. */
static bool is_sequence(lua_State *L, lua_Unsigned count)
{
    lua_Unsigned seen = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        bool inside = lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && (lua_Unsigned)lua_tointeger(L, -1) <= count;
        if (!inside) {
            lua_pop(L, 1);
            return false;
        }
        seen++;
    }
    return seen == count;
}

static int encode_array(struct encoding *e, lua_State *L)
{
    lua_Unsigned count = lua_rawlen(L, -1);
    if (!is_sequence(L, count))
        return refuse(e, "is a list with gaps or with names in it: JSON has no such thing");
    struct step *step = &e->place[e->depth++];
    *step = (struct step){0};
    tn_jw_array(e->w);
    for (lua_Unsigned i = 1; i <= count; i++) {
        step->index = (lua_Integer)i;
        lua_rawgeti(L, -1, step->index);
        int rc = encode_value(e, L);
        if (rc < 0)
            return rc;
        lua_pop(L, 1);
    }
    tn_jw_array_end(e->w);
    e->depth--;
    return TENURE_OK;
}

static int encode_object(struct encoding *e, lua_State *L)
{
    size_t first = e->keys.len, others;
    if (!tn_json_keys_collect(L, -1, &e->keys, &others))
        return tn_err_no_memory(e->err);
    if (others > 0)
        return refuse(e, "has keys that are neither text nor those of a list without gaps");
    size_t last = e->keys.len;
    struct step *step = &e->place[e->depth++];
    *step = (struct step){0};
    tn_jw_object(e->w);
    for (size_t i = first; i < last; i++) {
        step->key = e->keys.list[i].text;
        step->len = e->keys.list[i].len;
        tn_jw_key_len(e->w, step->key, step->len);
        lua_pushlstring(L, step->key, step->len);
        lua_rawget(L, -2);
        int rc = encode_value(e, L);
        if (rc < 0)
            return rc;
        lua_pop(L, 1);
    }
    tn_jw_object_end(e->w);
    e->depth--;
    e->keys.len = first;
    return TENURE_OK;
}

static int offer(struct encoding *e, lua_State *L)
{
    int top = lua_gettop(L);
    int rc = e->hook ? e->hook(L, top, e->w, e->err) : 0;
    lua_settop(L, top);
    return rc;
}

/* Depth counts from the start of the text that is written, because that is what has to be read again. */
static int encode_table(struct encoding *e, lua_State *L)
{
    if (e->w->depth >= TN_JSON_MAX_DEPTH)
        return refuse(e, "is nested more than %d deep, or contains itself", TN_JSON_MAX_DEPTH);
    luaL_checkstack(L, TN_JSON_SPARE_SLOTS, "JSON");
    int rc = offer(e, L);
    if (rc != 0)
        return rc < 0 ? rc : TENURE_OK;
    return tn_json_is_array(L, -1) ? encode_array(e, L) : encode_object(e, L);
}

static int encode_userdata(struct encoding *e, lua_State *L)
{
    if (e->w->depth >= TN_JSON_MAX_DEPTH)
        return refuse(e, "is nested more than %d deep", TN_JSON_MAX_DEPTH);
    int rc = offer(e, L);
    if (rc == 0)
        return refuse(e, "is a userdata, which JSON has no word for");
    return rc < 0 ? rc : TENURE_OK;
}

static int encode_number(struct encoding *e, lua_State *L)
{
    if (lua_isinteger(L, -1)) {
        tn_jw_int(e->w, lua_tointeger(L, -1));
        return TENURE_OK;
    }
    double number = lua_tonumber(L, -1);
    if (!isfinite(number))
        return refuse(e, "is not a finite number");
    tn_jw_double(e->w, number);
    return TENURE_OK;
}

static int encode_string(struct encoding *e, lua_State *L)
{
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    tn_jw_string_len(e->w, text, len);
    return TENURE_OK;
}

static int encode_any(struct encoding *e, lua_State *L)
{
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        tn_jw_null(e->w);
        return TENURE_OK;
    case LUA_TBOOLEAN:
        tn_jw_bool(e->w, lua_toboolean(L, -1));
        return TENURE_OK;
    case LUA_TNUMBER:
        return encode_number(e, L);
    case LUA_TSTRING:
        return encode_string(e, L);
    case LUA_TTABLE:
        return encode_table(e, L);
    case LUA_TUSERDATA:
        return encode_userdata(e, L);
    case LUA_TLIGHTUSERDATA:
        if (tn_json_is_null(L, -1)) {
            tn_jw_null(e->w);
            return TENURE_OK;
        }
        return refuse(e, "is a userdata, which JSON has no word for");
    default:
        return refuse(e, "is a %s, which JSON has no word for", lua_typename(L, lua_type(L, -1)));
    }
}

/* Writes the value on top of L. */
static int encode_value(struct encoding *e, lua_State *L)
{
    int rc = encode_any(e, L);
    if (rc < 0 || !e->w->out->failed)
        return rc;
    if (!e->w->out->full)
        return tn_err_no_memory(e->err);
    return tn_err_set(e->err, TENURE_ERANGE, "the value takes more than %zu bytes as JSON", e->max_bytes);
}

static int encode_protected(lua_State *L)
{
    struct encoding *e = lua_touserdata(L, 1);
    e->rc = encode_value(e, L);
    return 0;
}

/* The value's own limit may be tighter than the buffer's; the buffer enforces the tighter one. */
static size_t tighter_limit(const struct tn_buf *out, size_t max_bytes)
{
    size_t limit = max_bytes > SIZE_MAX - out->len ? SIZE_MAX : out->len + max_bytes;
    return out->limit && out->limit < limit ? out->limit : limit;
}

int tn_json_encode(lua_State *L, int index, size_t max_bytes, tn_json_hook hook, struct tn_json_writer *w,
                   struct tn_err *err)
{
    if (max_bytes == 0)
        max_bytes = TN_JSON_MAX_BYTES;
    if (!lua_checkstack(L, TN_JSON_SPARE_SLOTS))
        return tn_err_no_memory(err);
    struct encoding encoding = {.hook = hook, .w = w, .err = err, .max_bytes = max_bytes};
    size_t buffer_limit = w->out->limit;
    w->out->limit = tighter_limit(w->out, max_bytes);
    index = lua_absindex(L, index);
    lua_pushcfunction(L, encode_protected);
    lua_pushlightuserdata(L, &encoding);
    lua_pushvalue(L, index);
    int rc = tn_json_caught(L, lua_pcall(L, 2, 0, 0), err);
    w->out->limit = buffer_limit;
    free(encoding.keys.list);
    return rc < 0 ? rc : encoding.rc;
}
