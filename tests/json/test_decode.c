/* Decoding is strict and typed: what is refused, with its place, and what every value becomes. */
#include "json/json.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "check.h"

static lua_State *L;

static struct tn_json_doc *parse(const char *text, size_t len)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    int rc = tn_json_parse(L, text, len, 0, &doc, &err);
    if (rc < 0)
        fprintf(stderr, "%.*s: %s\n", (int)len, text, err.msg);
    CHECK(rc == TENURE_OK);
    CHECK(err.code == 0);
    return doc;
}

static struct tn_json_doc *parse_text(const char *text)
{
    return parse(text, strlen(text));
}

/* The text is refused with this code, and the message holds these words. */
static void refused(const char *text, size_t len, int code, const char *words)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    int top = lua_gettop(L);
    int rc = tn_json_parse(L, text, len, 0, &doc, &err);
    if (rc != code || err.code != code || !strstr(err.msg, words)) {
        fprintf(stderr, "'%.*s' gave %d '%s', expected %d '%s'\n", (int)len, text, rc, err.msg, code, words);
        check_failures++;
    }
    CHECK(doc == NULL);
    CHECK(tn_json_decode(L, text, len, 0, NULL) == code);
    CHECK(lua_gettop(L) == top);
    tn_json_close(rc < 0 ? NULL : doc);
}

static void refused_text(const char *text, const char *words)
{
    refused(text, strlen(text), TENURE_EPROTO, words);
}

static void test_refused(void)
{
    refused_text("", "too early");
    refused_text("  ", "too early");
    refused_text("{", "too early");
    refused_text("[1,", "too early");
    refused_text("{\"a\":tru", "too early, after 8 bytes");
    refused_text("\"abc", "too early");
    refused_text("\"abc\\u12", "too early");
    refused_text("[1,]", "byte 3");
    refused_text("[1 2]", "a comma or ]");
    refused_text("{\"a\" 1}", "colon");
    refused_text("{\"a\":1,}", "name in quotes");
    refused_text("{a:1}", "byte 1: a member's name");
    refused_text("{\"a\":1]", "a comma or }");
    refused_text("[1}", "a comma or ]");
    refused_text("nul", "too early");
    refused_text("nulx", "byte 0");
    refused_text("True", "no JSON value");
    refused_text("NaN", "no JSON value");
    refused_text("[Infinity]", "byte 1");
    refused_text("-Infinity", "a digit is missing");
    refused_text("0x10", "byte 1: something follows");
    refused_text("[0x10]", "a comma or ]");
    refused_text("010", "leading zero");
    refused_text("-01", "leading zero");
    refused_text("[1.]", "after the point");
    refused_text("[.5]", "no JSON value");
    refused_text("[+5]", "no JSON value");
    refused_text("[1e]", "exponent");
    refused_text("[1e+]", "exponent");
    refused_text("-", "too early");
    refused_text("[1e999]", "byte 1: a number too large");
    refused_text("[-1e999]", "too large");
    refused_text("{} x", "byte 3: something follows");
    refused_text("{}{}", "something follows");
    refused_text("'a'", "no JSON value");
    refused_text("\"\\x41\"", "an escape that JSON does not have");
    refused_text("\"\\ud800\"", "surrogate");
    refused_text("\"\\udc00\"", "surrogate");
    refused_text("\"\\ud800\\u0041\"", "surrogate");
    refused_text("\"a\nb\"", "byte 2: a control character");
    refused_text("\"tab\there, long enough for a word\"", "byte 4: a control character");
    refused_text("\"\xff\"", "byte 1: this is not UTF-8");
    refused_text("\"\xc0\x80\"", "not UTF-8");
    refused_text("\"\xed\xa0\x80\"", "not UTF-8");
    refused_text("[\"eight plain bytes, then \xe2\x82\"]", "not UTF-8");
    refused_text("/* no */ 1", "no JSON value");
    refused("{}\0anything", 11, TENURE_EPROTO, "byte 2: something follows");
    refused("\"a\0b\"", 5, TENURE_EPROTO, "a NUL byte");
    refused("1\0", 2, TENURE_EPROTO, "something follows");
}

static void test_depth(void)
{
    char text[200];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    struct tn_json_doc *doc = parse(text, 128);
    tn_json_close(doc);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    refused(text, 130, TENURE_EPROTO, "byte 64: nested more than 64 deep");
}

static void test_size(void)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    CHECK(tn_json_parse(L, "[1,2,3]", 7, 6, &doc, &err) == TENURE_ERANGE);
    CHECK(tn_json_parse(L, "[1,2,3]", 7, 7, &doc, NULL) == TENURE_OK);
    tn_json_close(doc);
    size_t len = TN_JSON_MAX_BYTES + 1;
    char *large = malloc(len);
    memset(large, ' ', len);
    large[0] = '1';
    refused(large, len, TENURE_ERANGE, "over the limit");
    doc = parse(large, len - 1);
    tn_json_close(doc);
    memset(large, '[', 1);
    for (size_t i = 1; i + 3 < 2000000; i += 3)
        memcpy(large + i, "[],", 3);
    refused(large, 1500001, TENURE_ERANGE, "500000 arrays and objects");
    free(large);
}

/* Lua's own words for the decoded value's type at t[1]. */
static void number(const char *text, bool whole, double value)
{
    CHECK(tn_json_decode(L, text, strlen(text), 0, NULL) == TENURE_OK);
    lua_rawgeti(L, -1, 1);
    if (lua_isinteger(L, -1) != whole || lua_tonumber(L, -1) != value) {
        fprintf(stderr, "%s is %s %.17g\n", text, lua_isinteger(L, -1) ? "integer" : "float", lua_tonumber(L, -1));
        check_failures++;
    }
    lua_pop(L, 2);
}

static void integer(const char *text, int64_t value)
{
    CHECK(tn_json_decode(L, text, strlen(text), 0, NULL) == TENURE_OK);
    lua_rawgeti(L, -1, 1);
    CHECK(lua_isinteger(L, -1) && lua_tointeger(L, -1) == value);
    lua_pop(L, 2);
}

static void test_numbers(void)
{
    number("[5]", true, 5);
    number("[5.0]", true, 5);
    number("[1e3]", true, 1000);
    number("[-0]", true, 0);
    number("[5.5]", false, 5.5);
    number("[1e-400]", true, 0);
    number("[123456789.123456]", false, 123456789.123456);
    number("[1e15]", true, 1e15);
    number("[1e300]", false, 1e300);
    number("[100000000000000000000]", false, 1e20);
    integer("[9007199254740991]", 9007199254740991);
    integer("[9007199254740993]", 9007199254740993);
    integer("[-9007199254740993]", -9007199254740993);
    integer("[9223372036854775807]", INT64_MAX);
    integer("[-9223372036854775808]", INT64_MIN);
    number("[9223372036854775808]", false, 0x1p63);
    struct tn_json_doc *doc = parse_text("9007199254740993");
    int64_t value = 0;
    CHECK(tn_json_int(tn_json_root(doc), "", &value) && value == 9007199254740993);
    tn_json_close(doc);
    doc = parse_text("{\"a\":{\"b\":1234567890123456789}}");
    CHECK(tn_json_int(tn_json_root(doc), "a.b", &value) && value == 1234567890123456789);
    tn_json_close(doc);
}

static void test_nulls_and_arrays(void)
{
    struct tn_json_doc *doc =
        parse_text("{\"n\":null,\"list\":[null,1,null],\"none\":[],\"nothing\":{},\"deep\":[[],{\"x\":null}]}");
    struct tn_json root = tn_json_root(doc);
    CHECK(tn_json_type_of(root, "n") == TN_JSON_ABSENT);
    CHECK(tn_json_type_of(root, "none") == TN_JSON_ARRAY);
    CHECK(tn_json_type_of(root, "nothing") == TN_JSON_OBJECT);
    CHECK(tn_json_length(tn_json_find(root, "list")) == 3);
    CHECK(tn_json_length(tn_json_find(root, "none")) == 0);
    tn_json_push(root, L);
    CHECK(lua_getfield(L, -1, "list") == LUA_TTABLE);
    lua_rawgeti(L, -1, 3);
    CHECK(tn_json_is_null(L, -1));
    lua_pop(L, 1);
    CHECK(lua_getmetatable(L, -1));
    tn_json_push_array_mark(L);
    CHECK(lua_rawequal(L, -1, -2));
    lua_pop(L, 3);
    lua_getfield(L, -1, "none");
    CHECK(lua_rawlen(L, -1) == 0);
    lua_pushnil(L);
    CHECK(!lua_next(L, -2)); /* nothing of the mark is left in it */
    lua_pop(L, 1);
    lua_getfield(L, -1, "nothing");
    CHECK(!lua_getmetatable(L, -1));
    lua_pop(L, 2);
    tn_json_close(doc);
    doc = parse_text("[]");
    CHECK(tn_json_type_of(tn_json_root(doc), "") == TN_JSON_ARRAY);
    tn_json_close(doc);
    doc = parse_text("null");
    CHECK(tn_json_type_of(tn_json_root(doc), "") == TN_JSON_NULL);
    tn_json_close(doc);
}

/* A string that looks like one of the scan's marks is only a string, whatever else the text makes the scan write. */
static void test_marks_cannot_be_forged(void)
{
    struct tn_json_doc *doc = parse_text("{\"a\":[\"\\u00ff\"],\"b\":\"\\u00fe5\",\"c\":[],\"d\":[\"\xc3\xbf\"]}");
    struct tn_json root = tn_json_root(doc);
    CHECK(tn_json_length(tn_json_find(root, "a")) == 1);
    CHECK(tn_json_length(tn_json_find(root, "d")) == 1);
    CHECK_TEXT(tn_json_string(root, "b", NULL), "\xc3\xbe"
                                                "5");
    CHECK(tn_json_length(tn_json_find(root, "c")) == 0);
    tn_json_close(doc);
}

static void test_strings(void)
{
    struct tn_json_doc *doc =
        parse_text("\xef\xbb\xbf {\"a\":\"\\u20ac \\ud83d\\ude00 \\\"\\\\\\/\\b\\f\\n\\r\\t\",\"z\":\"a\\u0000b\"}");
    size_t len = 0;
    CHECK_TEXT(tn_json_string(tn_json_root(doc), "a", NULL), "€ 😀 \"\\/\b\f\n\r\t");
    const char *text = tn_json_string(tn_json_root(doc), "z", &len);
    CHECK(len == 3 && memcmp(text, "a\0b", 3) == 0);
    tn_json_close(doc);
    doc = parse_text("{\"a\":1,\"a\":2}");
    int64_t value = 0;
    CHECK(tn_json_int(tn_json_root(doc), "a", &value) && value == 2);
    tn_json_close(doc);
}

static void test_unprepared_state(void)
{
    lua_State *bare = luaL_newstate();
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    CHECK(tn_json_parse(bare, "1", 1, 0, &doc, &err) == TENURE_EINTERNAL);
    tn_json_prepare(bare);
    tn_json_prepare(bare);
    CHECK(tn_json_parse(bare, "1", 1, 0, &doc, &err) == TENURE_OK);
    tn_json_close(doc);
    CHECK(lua_getglobal(bare, "cjson") == LUA_TNIL); /* out of scripts' reach */
    CHECK(lua_gettop(bare) == 1);
    lua_close(bare);
}

int main(void)
{
    CHECK(tn_json_state_new(&L, NULL) == TENURE_OK);
    test_refused();
    test_depth();
    test_size();
    test_numbers();
    test_nulls_and_arrays();
    test_marks_cannot_be_forged();
    test_strings();
    test_unprepared_state();
    CHECK(lua_gettop(L) == 0);
    lua_close(L);
    return check_result();
}
