/* Lua states that hold documents, and the documents themselves: see json.h. */
#include "json/internal.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE 16 /* closed documents kept per state: a thread costs more to make than a small answer to decode */

int luaopen_cjson(lua_State *L);

/* Keys of the registry, by their addresses. */
static char state_key, decoder_key, array_mark_key, key_table_key;

struct tn_json_state *tn_json_state_of(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    struct tn_json_state *state = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return state;
}

void tn_json_set_base(lua_State *L, const char *base)
{
    struct tn_json_state *state = tn_json_state_of(L);
    if (state)
        state->base = base;
}

const char *tn_json_base(struct tn_json at)
{
    return at.doc ? at.doc->state->base : NULL;
}

void tn_json_push_decoder(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &decoder_key);
}

void tn_json_push_key_table(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_table_key);
}

void tn_json_push_array_mark(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_mark_key);
}

void tn_json_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

bool tn_json_is_null(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && !lua_touserdata(L, index);
}

static bool is_marked(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    tn_json_push_array_mark(L);
    bool marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return marked;
}

bool tn_json_is_array(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TTABLE && (lua_rawlen(L, index) > 0 || is_marked(L, index));
}

int tn_json_caught(lua_State *L, int status, struct tn_err *err)
{
    if (status == LUA_OK)
        return TENURE_OK;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error without a text";
    int rc = status == LUA_ERRMEM ? tn_err_no_memory(err) : tn_err_set(err, TENURE_EPROTO, "JSON: %s", text);
    lua_pop(L, 1);
    return rc;
}

int tn_json_protect(lua_State *L, lua_CFunction function, void *arg, int nresults, struct tn_err *err)
{
    if (!lua_checkstack(L, TN_JSON_SPARE_SLOTS))
        return tn_err_no_memory(err);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, arg);
    return tn_json_caught(L, lua_pcall(L, 1, nresults, 0), err);
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* The threads of idle documents go with the state; only what is ours is left to free. */
static int on_state_collected(lua_State *L)
{
    struct tn_json_state *state = lua_touserdata(L, 1);
    while (state->idle) {
        struct tn_json_doc *doc = state->idle;
        state->idle = doc->next_idle;
        free(doc);
    }
    if (state->c_locale)
        freelocale(state->c_locale);
    state->c_locale = NULL;
    return 0;
}

static struct tn_json_state *new_state(lua_State *L)
{
    struct tn_json_state *state = lua_newuserdatauv(L, sizeof *state, 0);
    memset(state, 0, sizeof *state);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, on_state_collected);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    state->c_locale = newlocale(LC_ALL_MASK, "C", NULL);
    if (!state->c_locale)
        luaL_error(L, "the C locale: out of memory");
    return state;
}

static int open_cjson(lua_State *L)
{
    return luaopen_cjson(L);
}

/* A cjson of our own, which no script reaches. It remembers the decimal point it finds while it opens. */
static void open_decoder(lua_State *L, struct tn_json_state *state)
{
    locale_t callers = uselocale(state->c_locale);
    lua_pushcfunction(L, open_cjson);
    int status = lua_pcall(L, 0, 1, 0);
    uselocale(callers);
    if (status != LUA_OK)
        lua_error(L);
    lua_getfield(L, -1, "decode_invalid_numbers");
    lua_pushboolean(L, 0);
    lua_call(L, 1, 0);
    lua_getfield(L, -1, "decode_max_depth");
    lua_pushinteger(L, TN_JSON_MAX_DEPTH);
    lua_call(L, 1, 0);
    lua_getfield(L, -1, "encode_keep_buffer");
    lua_pushboolean(L, 0);
    lua_call(L, 1, 0);
    lua_getfield(L, -1, "decode");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &decoder_key);
    lua_pop(L, 1);
}

void tn_json_prepare(lua_State *L)
{
    luaL_checkstack(L, LUA_MINSTACK, "JSON");
    if (tn_json_state_of(L))
        return;
    struct tn_json_state *state = new_state(L);
    open_decoder(L, state);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, "array");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_mark_key);
    lua_createtable(L, TN_JSON_PATH_ENTRIES * TN_JSON_PATH_STRIDE, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_table_key);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key); /* last: a state that is there is whole */
}

static void *allocate(void *arg, void *block, size_t old_bytes, size_t bytes)
{
    (void)arg, (void)old_bytes;
    if (bytes > 0)
        return realloc(block, bytes);
    free(block);
    return NULL;
}

static int prepare_protected(lua_State *L)
{
    tn_json_prepare(L);
    return 0;
}

int tn_json_state_new(lua_State **out, struct tn_err *err)
{
    lua_State *L = lua_newstate(allocate, NULL);
    if (!L)
        return tn_err_no_memory(err);
    memset(lua_getextraspace(L), 0, LUA_EXTRASPACE);
    if (tn_json_protect(L, prepare_protected, NULL, 0, err) < 0) {
        lua_close(L);
        return tn_err_no_memory(err);
    }
    *out = L;
    return TENURE_OK;
}

/* ---- documents -------------------------------------------------------------------------------------------------- */

static int open_protected(lua_State *L)
{
    struct tn_json_doc *doc = lua_touserdata(L, 1);
    doc->co = lua_newthread(L);
    luaL_checkstack(doc->co, LUA_MINSTACK, "JSON");
    doc->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* A document with its key table and no root yet. */
static int open_doc(lua_State *L, struct tn_json_doc **out, struct tn_err *err)
{
    if (!lua_checkstack(L, TN_JSON_SPARE_SLOTS))
        return tn_err_no_memory(err);
    struct tn_json_state *state = tn_json_state_of(L);
    if (!state)
        return tn_err_set(err, TENURE_EINTERNAL, "this Lua state was not prepared for JSON");
    struct tn_json_doc *doc = state->idle;
    if (doc) {
        state->idle = doc->next_idle;
        state->idle_count--;
    } else {
        doc = calloc(1, sizeof *doc);
        if (!doc)
            return tn_err_no_memory(err);
        doc->state = state;
        int rc = tn_json_protect(L, open_protected, doc, 0, err);
        if (rc < 0) {
            free(doc);
            return rc;
        }
    }
    tn_json_push_key_table(doc->co);
    *out = doc;
    return TENURE_OK;
}

int tn_json_parse(lua_State *L, const char *bytes, size_t len, size_t max_bytes, struct tn_json_doc **out,
                  struct tn_err *err)
{
    struct tn_json_doc *doc;
    int rc = open_doc(L, &doc, err);
    if (rc < 0)
        return rc;
    rc = tn_json_decode_with(doc->co, doc->state, bytes, len, max_bytes, err);
    if (rc < 0) {
        tn_json_close(doc);
        return rc;
    }
    *out = doc;
    return TENURE_OK;
}

int tn_json_wrap(lua_State *L, int index, struct tn_json_doc **out, struct tn_err *err)
{
    index = lua_absindex(L, index);
    struct tn_json_doc *doc;
    int rc = open_doc(L, &doc, err);
    if (rc < 0)
        return rc;
    lua_pushvalue(L, index);
    lua_xmove(L, doc->co, 1);
    *out = doc;
    return TENURE_OK;
}

void tn_json_close(struct tn_json_doc *doc)
{
    if (!doc)
        return;
    struct tn_json_state *state = doc->state;
    lua_settop(doc->co, 0);
    if (state->idle_count < MAX_IDLE) {
        doc->next_idle = state->idle;
        state->idle = doc;
        state->idle_count++;
        return;
    }
    luaL_unref(doc->co, LUA_REGISTRYINDEX, doc->anchor);
    free(doc);
}
