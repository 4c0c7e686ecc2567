/*
 * Cursors: reading a document from C.
 *
 * A container that a cursor stands on has a slot of its own on the document's thread; reading a scalar leaves nothing
 * behind. Nothing here raises: reads touch raw tables only, and the two things that allocate run protected.
 */
#include "json/internal.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const struct tn_json absent = {0};

struct tn_json tn_json_root(struct tn_json_doc *doc)
{
    return doc ? (struct tn_json){.doc = doc, .slot = TN_JSON_SLOT_ROOT} : absent;
}

/* ---- paths ------------------------------------------------------------------------------------------------------ */

struct splitting {
    struct tn_json_path *entry;
    const char *path;
    int first; /* place of its first name in the key table */
};

/* Fills an entry: the names into the key table, which has room for them, and the text behind them. */
static int split_protected(lua_State *L)
{
    const struct splitting *split = lua_touserdata(L, 1);
    struct tn_json_path entry = {.path = split->path};
    tn_json_push_key_table(L);
    const char *at = split->path;
    for (;;) {
        size_t len = strcspn(at, ".");
        lua_pushlstring(L, at, len);
        lua_rawseti(L, 2, split->first + entry.steps++);
        at += len;
        if (!*at || entry.steps == TN_JSON_PATH_STEPS)
            break;
        at++;
    }
    entry.len = (size_t)(at - split->path);
    entry.more = *at;
    entry.text = lua_pushlstring(L, split->path, entry.len);
    lua_rawseti(L, 2, split->first + TN_JSON_PATH_STEPS);
    *split->entry = entry;
    return 0;
}

/* The entry for the start of a path; NULL when out of memory. *first is where its names begin in the key table. */
static const struct tn_json_path *find_path(struct tn_json_doc *doc, const char *path, int *first)
{
    size_t index = (size_t)(((uint64_t)(uintptr_t)path * 0x9e3779b97f4a7c15u) >> 55);
    struct tn_json_path *entry = &doc->state->paths[index % TN_JSON_PATH_ENTRIES];
    *first = (int)index * TN_JSON_PATH_STRIDE + 1;
    if (entry->path == path && strncmp(path, entry->text, entry->len) == 0 &&
        path[entry->len] == (entry->more ? '.' : '\0'))
        return entry;
    struct splitting split = {.entry = entry, .path = path, .first = *first};
    entry->path = NULL;
    return tn_json_protect(doc->co, split_protected, &split, 0, NULL) == TENURE_OK ? entry : NULL;
}

/* Replaces the value on top by its member with the name at that place of the key table, or by nil. */
static void step_into(lua_State *co, int place)
{
    if (lua_type(co, -1) == LUA_TTABLE) {
        lua_rawgeti(co, TN_JSON_SLOT_KEYS, place);
        lua_rawget(co, -2);
    } else {
        lua_pushnil(co);
    }
    lua_replace(co, -2);
}

/* Pushes what a path leads to, nil when a step of it is absent, and returns its Lua type. Always pushes one value. */
static int push_at(struct tn_json at, const char *path)
{
    lua_State *co = at.doc->co;
    lua_pushvalue(co, at.slot);
    while (*path) {
        int first;
        const struct tn_json_path *entry = find_path(at.doc, path, &first);
        if (!entry) {
            lua_pushnil(co);
            lua_replace(co, -2);
            break;
        }
        for (int i = 0; i < entry->steps; i++)
            step_into(co, first + i);
        path += entry->len + entry->more;
    }
    return lua_type(co, -1);
}

struct tn_json tn_json_find(struct tn_json at, const char *path)
{
    if (!at.doc)
        return absent;
    lua_State *co = at.doc->co;
    if (push_at(at, path) != LUA_TTABLE || !lua_checkstack(co, TN_JSON_SPARE_SLOTS)) {
        lua_pop(co, 1);
        return absent;
    }
    if (!*path) {
        lua_pop(co, 1);
        return at;
    }
    return (struct tn_json){.doc = at.doc, .slot = lua_gettop(co)};
}

/* ---- scalars ---------------------------------------------------------------------------------------------------- */

static enum tn_json_type type_of_top(lua_State *co)
{
    switch (lua_type(co, -1)) {
    case LUA_TBOOLEAN:
        return TN_JSON_BOOL;
    case LUA_TNUMBER:
        return lua_isinteger(co, -1) ? TN_JSON_INT : TN_JSON_DOUBLE;
    case LUA_TSTRING:
        return TN_JSON_STRING;
    case LUA_TTABLE:
        return tn_json_is_array(co, -1) ? TN_JSON_ARRAY : TN_JSON_OBJECT;
    default:
        return tn_json_is_null(co, -1) ? TN_JSON_NULL : TN_JSON_ABSENT;
    }
}

enum tn_json_type tn_json_type_of(struct tn_json at, const char *path)
{
    if (!at.doc)
        return TN_JSON_ABSENT;
    push_at(at, path);
    enum tn_json_type type = type_of_top(at.doc->co);
    lua_pop(at.doc->co, 1);
    return type;
}

const char *tn_json_string(struct tn_json at, const char *path, size_t *len)
{
    if (!at.doc)
        return NULL;
    const char *text = push_at(at, path) == LUA_TSTRING ? lua_tolstring(at.doc->co, -1, len) : NULL;
    lua_pop(at.doc->co, 1); /* its container keeps the string alive */
    return text;
}

bool tn_json_int(struct tn_json at, const char *path, int64_t *value)
{
    if (!at.doc)
        return false;
    int whole = 0;
    lua_Integer number = 0;
    if (push_at(at, path) == LUA_TNUMBER)
        number = lua_tointegerx(at.doc->co, -1, &whole);
    lua_pop(at.doc->co, 1);
    if (whole)
        *value = number;
    return whole;
}

bool tn_json_double(struct tn_json at, const char *path, double *value)
{
    if (!at.doc)
        return false;
    bool found = push_at(at, path) == LUA_TNUMBER;
    if (found)
        *value = lua_tonumber(at.doc->co, -1);
    lua_pop(at.doc->co, 1);
    return found;
}

bool tn_json_bool(struct tn_json at, const char *path, bool *value)
{
    if (!at.doc)
        return false;
    bool found = push_at(at, path) == LUA_TBOOLEAN;
    if (found)
        *value = lua_toboolean(at.doc->co, -1);
    lua_pop(at.doc->co, 1);
    return found;
}

bool tn_json_time(struct tn_json at, const char *path, int64_t *seconds)
{
    size_t len;
    const char *text = tn_json_string(at, path, &len);
    return text && tn_time_parse(text, len, seconds);
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

static int read_amount(struct tn_json at, const char *path, const char *currency, struct tn_money *money,
                       struct tn_err *err)
{
    int64_t whole;
    double fraction;
    char digits[32];
    size_t len;
    const char *text = tn_json_string(at, path, &len);
    if (text && strlen(text) == len)
        return tn_money_parse(money, text, currency, err);
    if (tn_json_int(at, path, &whole)) {
        snprintf(digits, sizeof digits, "%lld", (long long)whole);
        return tn_money_parse(money, digits, currency, err);
    }
    if (tn_json_double(at, path, &fraction))
        return tn_money_from_double(money, fraction, currency, err);
    return tn_err_set(err, TENURE_EPROTO, "its amount is neither a number nor a decimal text");
}

int tn_json_amount(struct tn_json at, const char *path, const char *currency_path, struct tn_money *money,
                   struct tn_err *err)
{
    enum tn_json_type type = tn_json_type_of(at, path);
    if (type == TN_JSON_ABSENT || type == TN_JSON_NULL)
        return 0;
    const char *currency = tn_json_string(at, currency_path, NULL);
    if (!currency)
        return tn_err_set(err, TENURE_EPROTO, "an amount without a currency");
    int rc = read_amount(at, path, currency, money, err);
    return rc < 0 ? tn_err_of_answer(err, rc) : 1;
}

/* A money object that sits in a slot of its own. */
static int read_money(struct tn_json at, struct tn_money *money, struct tn_err *err)
{
    const char *currency = tn_json_string(at, "currencyCode", NULL) ? "currencyCode" : "currency";
    return tn_json_amount(at, "amount", currency, money, err);
}

int tn_json_money(struct tn_json at, const char *path, struct tn_money *money, struct tn_err *err)
{
    enum tn_json_type type = tn_json_type_of(at, path);
    if (type == TN_JSON_ABSENT || type == TN_JSON_NULL)
        return 0;
    const char *what = *path ? path : "the value";
    struct tn_json object = tn_json_find(at, path);
    if (!object.doc)
        return tn_err_set(err, TENURE_EPROTO,
                          "%s is no amount of money: an object with amount and currency is expected", what);
    int before = object.slot;
    int rc = read_money(object, money, err);
    if (*path)
        lua_settop(object.doc->co, before - 1);
    if (rc < 0 && err)
        tn_err_prefix(err, "%s", what);
    return rc;
}

/* ---- walks ------------------------------------------------------------------------------------------------------ */

size_t tn_json_length(struct tn_json array)
{
    if (!array.doc || lua_type(array.doc->co, array.slot) != LUA_TTABLE)
        return 0;
    return (size_t)lua_rawlen(array.doc->co, array.slot);
}

/* Pushes a list of the sorted names onto the stack of the protected call, which is the document's thread. */
static int list_keys_protected(lua_State *L)
{
    const struct tn_json_keys *keys = lua_touserdata(L, 1);
    lua_createtable(L, (int)keys->len, 0);
    for (size_t i = 0; i < keys->len; i++) {
        lua_pushlstring(L, keys->list[i].text, keys->list[i].len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Leaves the list of an object's names on top; false, and nothing, when out of memory. */
static bool push_sorted_keys(struct tn_json object, size_t *count)
{
    struct tn_json_keys keys = {0};
    size_t others;
    lua_State *co = object.doc->co;
    bool done = tn_json_keys_collect(co, object.slot, &keys, &others) &&
                tn_json_protect(co, list_keys_protected, &keys, 1, NULL) == TENURE_OK;
    *count = keys.len;
    free(keys.list);
    return done;
}

/* Slots of a walk: (objects: the list of names,) a place for scalars at it.mark; containers get slots behind that. */
struct tn_json_iter tn_json_each(struct tn_json container)
{
    struct tn_json_iter it = {.of = container};
    if (!container.doc || lua_type(container.doc->co, container.slot) != LUA_TTABLE)
        return it;
    lua_State *co = container.doc->co;
    size_t count = (size_t)lua_rawlen(co, container.slot);
    bool object = count == 0;
    if (object) {
        lua_pushnil(co);
        if (!lua_next(co, container.slot))
            return it;
        lua_pop(co, 2);
        if (!push_sorted_keys(container, &count))
            return it;
    }
    if (!lua_checkstack(co, TN_JSON_SPARE_SLOTS + 1))
        return it;
    lua_pushnil(co);
    it.mark = object ? -lua_gettop(co) : lua_gettop(co);
    it.count = count;
    return it;
}

bool tn_json_next(struct tn_json_iter *it)
{
    if (it->next >= it->count)
        return false;
    lua_State *co = it->of.doc->co;
    bool object = it->mark < 0;
    int scalar_slot = object ? -it->mark : it->mark;
    lua_Integer place = (lua_Integer)it->next + 1;
    if (object) {
        lua_rawgeti(co, scalar_slot - 1, place);
        it->key = lua_tostring(co, -1);
        lua_rawget(co, it->of.slot);
    } else {
        lua_rawgeti(co, it->of.slot, place);
    }
    it->index = it->next++;
    it->value = (struct tn_json){.doc = it->of.doc, .slot = scalar_slot};
    if (lua_type(co, -1) != LUA_TTABLE) {
        lua_replace(co, scalar_slot);
        return true;
    }
    it->value.slot = lua_gettop(co);
    if (lua_checkstack(co, TN_JSON_SPARE_SLOTS))
        return true;
    lua_pop(co, 1);
    it->next = it->count;
    return false;
}

int tn_json_mark(struct tn_json_doc *doc)
{
    return lua_gettop(doc->co);
}

void tn_json_release(struct tn_json_doc *doc, int mark)
{
    if (mark >= TN_JSON_SLOT_ROOT && mark < lua_gettop(doc->co))
        lua_settop(doc->co, mark);
}

void tn_json_push(struct tn_json at, lua_State *L)
{
    luaL_checkstack(L, 1, "JSON");
    if (!at.doc) {
        lua_pushnil(L);
        return;
    }
    lua_pushvalue(at.doc->co, at.slot);
    lua_xmove(at.doc->co, L, 1);
}
