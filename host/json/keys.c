/* The member names of an object, sorted: for writing and for walking in an order that is the same everywhere. */
#include "json/internal.h"

#include <stdlib.h>
#include <string.h>

/* By bytes: Lua's own order of strings is the locale's. */
static int compare(const void *left, const void *right)
{
    const struct tn_json_key *a = left, *b = right;
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->text, b->text, shorter);
    if (order != 0)
        return order;
    return a->len < b->len ? -1 : a->len > b->len;
}

static bool append(struct tn_json_keys *keys, const char *text, size_t len)
{
    if (keys->len == keys->cap) {
        size_t cap = keys->cap ? keys->cap * 2 : 32;
        struct tn_json_key *list = realloc(keys->list, cap * sizeof *list);
        if (!list)
            return false;
        keys->list = list;
        keys->cap = cap;
    }
    keys->list[keys->len++] = (struct tn_json_key){.text = text, .len = len};
    return true;
}

bool tn_json_keys_collect(lua_State *L, int index, struct tn_json_keys *keys, size_t *others)
{
    size_t first = keys->len;
    index = lua_absindex(L, index);
    *others = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) {
            ++*others;
            continue;
        }
        size_t len;
        const char *text = lua_tolstring(L, -1, &len);
        if (!append(keys, text, len)) {
            lua_pop(L, 1);
            return false;
        }
    }
    if (keys->len > first)
        qsort(keys->list + first, keys->len - first, sizeof *keys->list, compare);
    return true;
}
