/* Encoding: sorted, typed, refused with the place, limited. */
#include "json/json.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "check.h"

static lua_State *L;

/* Leaves the value of a Lua expression on top. array{} marks a list, null is null. */
static void evaluate(const char *expression)
{
    lua_pushfstring(L, "return %s", expression);
    if (luaL_dostring(L, lua_tostring(L, -1)) != LUA_OK) {
        fprintf(stderr, "%s: %s\n", expression, lua_tostring(L, -1));
        check_failures++;
    }
    lua_remove(L, -2);
}

static int encode(size_t max_bytes, tn_json_hook hook, struct tn_buf *out, struct tn_err *err)
{
    struct tn_json_writer w;
    tn_jw_init(&w, out);
    int top = lua_gettop(L);
    int rc = tn_json_encode(L, -1, max_bytes, hook, &w, err);
    CHECK(lua_gettop(L) == top);
    lua_pop(L, 1);
    return rc;
}

static void written(const char *expression, const char *expected)
{
    struct tn_buf out = {0};
    struct tn_err err = {0};
    evaluate(expression);
    int rc = encode(0, NULL, &out, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", expression, err.msg);
    CHECK(rc == TENURE_OK && err.code == 0);
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

static void refused(const char *expression, int code, const char *words)
{
    struct tn_buf out = {0};
    struct tn_err err = {0};
    evaluate(expression);
    int rc = encode(1000, NULL, &out, &err);
    if (rc != code || !strstr(err.msg, words)) {
        fprintf(stderr, "%s gave %d '%s', expected %d '%s'\n", expression, rc, err.msg, code, words);
        check_failures++;
    }
    tn_buf_deinit(&out);
}

static void test_written(void)
{
    written("nil", "null");
    written("null", "null");
    written("true", "true");
    written("5", "5");
    written("5.0", "5");
    written("5.5", "5.5");
    written("0.1", "0.1");
    written("0.1 + 0.2", "0.30000000000000004");
    written("123456789.123456", "123456789.123456");
    written("9007199254740993", "9007199254740993");
    written("math.mininteger", "-9223372036854775808");
    written("1e100", "1e+100");
    written("'a\"b\\\\c\\n\\0'", "\"a\\\"b\\\\c\\n\\u0000\"");
    written("'\\xff'", "\"\xef\xbf\xbd\"");
    written("{}", "{}");
    written("array{}", "[]");
    written("{1, 2, {3}}", "[1,2,[3]]");
    written("{b = 1, a = {d = array{}, c = {}}, B = 2, ['a b'] = 3, [''] = 4}",
            "{\"\":4,\"B\":2,\"a\":{\"c\":{},\"d\":[]},\"a b\":3,\"b\":1}");
    written("{['a\\0b'] = 1, a = 2}", "{\"a\":2,\"a\\u0000b\":1}");
    written("array{null, false}", "[null,false]");
    written(
        "{[('k'):rep(100)] = 1}",
        "{\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\":1}");
    written("setmetatable({a = 1}, {__index = error, __pairs = error, __len = error, __tostring = error})",
            "{\"a\":1}");
}

static void test_refused(void)
{
    refused("print", TENURE_EINVAL, "value is a function");
    refused("{rows = {1, 2, print}}", TENURE_EINVAL, "value.rows[3] is a function");
    refused("coroutine.create(print)", TENURE_EINVAL, "thread");
    refused("{a = {b = io.stdout}}", TENURE_EINVAL, "value.a.b is a userdata");
    refused("{0/0}", TENURE_EINVAL, "value[1] is not a finite number");
    refused("1/0", TENURE_EINVAL, "finite");
    refused("{1, nil, 3, x = 1}", TENURE_EINVAL, "gaps or with names");
    refused("{x = {[10] = 1}}", TENURE_EINVAL, "value.x has keys");
    refused("{[1.5] = 1}", TENURE_EINVAL, "keys");
    refused("{[true] = 1}", TENURE_EINVAL, "keys");
    refused("{[0] = 1, a = 1}", TENURE_EINVAL, "keys");
    refused("array{x = 1}", TENURE_EINVAL, "list with gaps");
    refused("(function() local t = {} t.t = t return t end)()", TENURE_EINVAL, "value.t.t.t");
    refused("(function() local t = {} t.t = t return t end)()", TENURE_EINVAL, "contains itself");
    refused("('x'):rep(1001)", TENURE_ERANGE, "more than 1000 bytes");
    refused("('\\1'):rep(200)", TENURE_ERANGE, "more than 1000 bytes");
    refused("(function() local t = array{} for i = 1, 60 do t = {t, t} end return t end)()", TENURE_ERANGE,
            "1000 bytes");
}

static void test_depth(void)
{
    evaluate("(function() local t = {} for i = 1, 63 do t = {t} end return t end)()");
    struct tn_buf out = {0};
    CHECK(encode(0, NULL, &out, NULL) == TENURE_OK);
    struct tn_json_doc *doc = NULL;
    CHECK(tn_json_parse(L, out.data, out.len, 0, &doc, NULL) == TENURE_OK); /* what we write, we can read */
    tn_json_close(doc);
    tn_buf_reset(&out);
    evaluate("(function() local t = {} for i = 1, 64 do t = {t} end return t end)()");
    CHECK(encode(0, NULL, &out, NULL) == TENURE_EINVAL);
    tn_buf_reset(&out);
    struct tn_json_writer w; /* inside something that is open already, that counts too */
    tn_jw_init(&w, &out);
    for (int i = 0; i < 60; i++)
        tn_jw_array(&w);
    evaluate("{{{{{1}}}}}");
    CHECK(tn_json_encode(L, -1, 0, NULL, &w, NULL) == TENURE_EINVAL);
    lua_pop(L, 1);
    tn_buf_deinit(&out);
}

static int on_userdata(lua_State *state, int index, struct tn_json_writer *w, struct tn_err *err)
{
    int what = *(int *)lua_touserdata(state, index);
    if (what == 1) {
        tn_jw_kv_string(&(struct tn_json_writer){.out = w->out}, "",
                        ""); /* a sloppy hook cannot hurt the writer's state */
        tn_buf_reset(w->out);
        tn_jw_string(w, "mine");
        lua_pushnil(state); /* nor the stack */
        return 1;
    }
    if (what == 2)
        return tn_err_set(err, TENURE_EPERM, "not this one");
    if (what == 3)
        return luaL_error(state, "raised in the hook");
    return 0;
}

static int with_userdata(int what, struct tn_buf *out, struct tn_err *err)
{
    int *u = lua_newuserdatauv(L, sizeof *u, 0);
    *u = what;
    return encode(0, on_userdata, out, err);
}

static void test_hook(void)
{
    struct tn_buf out = {0};
    struct tn_err err = {0};
    CHECK(with_userdata(1, &out, &err) == TENURE_OK);
    CHECK_TEXT(tn_buf_text(&out), "\"mine\"");
    CHECK(with_userdata(2, &out, &err) == TENURE_EPERM);
    CHECK(with_userdata(3, &out, &err) < 0 && strstr(err.msg, "raised in the hook"));
    CHECK(with_userdata(4, &out, &err) == TENURE_EINVAL && strstr(err.msg, "userdata"));
    tn_buf_deinit(&out);
}

static void test_limits(void)
{
    struct tn_buf out = {.limit = 20};
    struct tn_err err = {0};
    tn_buf_puts(&out, "0123456789");
    evaluate("'12345678'");
    CHECK(encode(10, NULL, &out, &err) == TENURE_OK); /* exactly ten bytes */
    CHECK(out.limit == 20 && out.len == 20);
    evaluate("1");
    CHECK(encode(10, NULL, &out, &err) == TENURE_ERANGE);
    CHECK(out.limit == 20);
    tn_buf_deinit(&out);
}

static int l_array(lua_State *state)
{
    tn_json_push_array_mark(state);
    lua_setmetatable(state, 1);
    return 1;
}

int main(void)
{
    L = luaL_newstate();
    luaL_openlibs(L);
    tn_json_prepare(L);
    lua_register(L, "array", l_array);
    tn_json_push_null(L);
    lua_setglobal(L, "null");
    test_written();
    test_refused();
    test_depth();
    test_hook();
    test_limits();
    CHECK(lua_gettop(L) == 0);
    lua_close(L);
    return check_result();
}
