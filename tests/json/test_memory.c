/* The n-th allocation of a Lua state fails: nothing raises, nothing leaks, the state goes on. */
#include "json/json.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "check.h"

/* cjson drops its scratch buffer when Lua runs out of memory inside it. Hosts never let that happen: their allocator
 * grants the memory and stops the script later. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_new";
}

static long left = -1; /* allocations that still succeed; negative: all */

static void *allocate(void *arg, void *block, size_t old_bytes, size_t bytes)
{
    (void)arg;
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    if (left == 0 && (!block || bytes > old_bytes))
        return NULL;
    if (left > 0 && (!block || bytes > old_bytes))
        left--;
    return realloc(block, bytes);
}

static const char text[] =
    "{\"value\":[{\"id\":\"a rather long identifier, longer than forty characters\",\"n\":9007199254740993,\"e\":[]},"
    "{\"id\":\"b\",\"x\":{\"y\":{\"z\":1.5}}}],\"nextLink\":null}";

/* Everything a reader does, once. True when all of it worked. */
static bool work(lua_State *L)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    int rc = tn_json_parse(L, text, sizeof text - 1, 0, &doc, &err);
    if (rc < 0) {
        CHECK(rc == TENURE_ENOMEM && err.code == TENURE_ENOMEM);
        return false;
    }
    size_t seen = 0;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(tn_json_root(doc), "value")); tn_json_next(&it);) {
        seen += tn_json_string(it.value, "id", NULL) != NULL;
        for (struct tn_json_iter member = tn_json_each(it.value); tn_json_next(&member);)
            seen++;
        double z;
        seen += tn_json_double(it.value, "x.y.z", &z);
    }
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    bool whole = seen == 8;
    if (lua_checkstack(L, 8)) {
        tn_json_push(tn_json_root(doc), L);
        rc = tn_json_encode(L, -1, 0, NULL, &w, &err);
        CHECK(rc == TENURE_OK || rc == TENURE_ENOMEM);
        whole = whole && rc == TENURE_OK;
        lua_pop(L, 1);
    }
    tn_buf_deinit(&out);
    tn_json_close(doc);
    return whole;
}

static int prepare(lua_State *L)
{
    tn_json_prepare(L);
    return 0;
}

/* Preparing itself may raise, but leaves a state that can be prepared again. */
static void test_prepare(void)
{
    bool done = false;
    for (long n = 0; n < 1000 && !done; n++) {
        left = -1;
        lua_State *L = lua_newstate(allocate, NULL);
        left = n;
        lua_pushcfunction(L, prepare);
        int status = lua_pcall(L, 0, 0, 0);
        done = status == LUA_OK;
        left = -1;
        if (!done) {
            lua_pop(L, 1);
            lua_pushcfunction(L, prepare);
            CHECK(lua_pcall(L, 0, 0, 0) == LUA_OK);
        }
        CHECK(work(L));
        lua_close(L);
    }
    CHECK(done);
}

static void test_reading(void)
{
    bool done = false;
    long n = 0;
    for (; n < 2000 && !done; n++) {
        left = -1;
        lua_State *L = lua_newstate(allocate, NULL);
        tn_json_prepare(L);
        left = n;
        done = work(L);
        left = -1;
        CHECK(work(L)); /* as if nothing had happened */
        CHECK(lua_gettop(L) == 0);
        lua_close(L);
    }
    CHECK(done && n > 20);
}

int main(void)
{
    test_prepare();
    test_reading();
    return check_result();
}
