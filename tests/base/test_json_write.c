/* The JSON writer: commas, escapes, exact numbers, and depth. */
#include "base/json_write.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

static void test_structure(void)
{
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "a", "x");
    tn_jw_kv_string(&w, "n", NULL);
    tn_jw_key(&w, "list");
    tn_jw_array(&w);
    tn_jw_int(&w, INT64_MIN);
    tn_jw_array(&w);
    tn_jw_array_end(&w);
    tn_jw_object(&w);
    tn_jw_object_end(&w);
    tn_jw_raw(&w, "[1,2]", 5);
    tn_jw_null(&w);
    tn_jw_array_end(&w);
    tn_jw_kv_bool(&w, "t", true);
    tn_jw_kv_int(&w, "i", 9007199254740993);
    tn_jw_object_end(&w);
    CHECK_TEXT(
        tn_buf_text(&out),
        "{\"a\":\"x\",\"n\":null,\"list\":[-9223372036854775808,[],{},[1,2],null],\"t\":true,\"i\":9007199254740993}");
    tn_buf_deinit(&out);
}

static void string(const char *text, size_t len, const char *expected)
{
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    tn_jw_string_len(&w, text, len);
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

static void test_strings(void)
{
    string("", 0, "\"\"");
    string("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    string("\n\t\r\b\x01\x1f\x7f", 7, "\"\\n\\t\\u000d\\u0008\\u0001\\u001f\\u007f\"");
    string("a\0b", 3, "\"a\\u0000b\"");
    string("€😀", 7, "\"€😀\"");
    string("x\xff\xc0\x80y\xe2\x82", 7, "\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void number(double value, const char *expected)
{
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    tn_jw_double(&w, value);
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

static void test_numbers(void)
{
    number(0, "0");
    number(0.1, "0.1");
    number(0.1 + 0.2, "0.30000000000000004");
    number(123456789.123456, "123456789.123456");
    number(-1e300, "-1e+300");
    number(5e-324, "4.94065645841247e-324");
    number((double)NAN, "null");
    number((double)-INFINITY, "null");
    uint64_t bits = 0x243f6a8885a308d3u;
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        struct tn_buf out = {0};
        struct tn_json_writer w;
        tn_jw_init(&w, &out);
        tn_jw_double(&w, value);
        wrong += strtod(tn_buf_text(&out), NULL) != value;
        tn_buf_deinit(&out);
    }
    CHECK(wrong == 0);
}

static void test_money(void)
{
    struct tn_buf out = {0};
    struct tn_json_writer w;
    struct tn_money money;
    tn_jw_init(&w, &out);
    CHECK(tn_money_parse(&money, "12.3", "EUR", NULL) == TENURE_OK);
    tn_jw_array(&w);
    tn_jw_money(&w, &money);
    tn_jw_money(&w, NULL);
    tn_jw_amount(&w, &money);
    tn_jw_array_end(&w);
    CHECK_TEXT(tn_buf_text(&out), "[{\"amount\":\"12.30\",\"currency\":\"EUR\"},null,12.30]");
    tn_buf_deinit(&out);
}

/* 64 deep is written with its commas; one more fails the buffer and nothing else. */
static void test_depth(void)
{
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    for (int i = 0; i < TN_JW_MAX_DEPTH; i++) {
        tn_jw_array(&w);
        tn_jw_int(&w, i);
    }
    tn_jw_int(&w, 64);
    CHECK(!out.failed && strstr(tn_buf_text(&out), ",[63,64"));
    tn_jw_array(&w);
    CHECK(out.failed);
    tn_jw_int(&w, 1);
    for (int i = 0; i <= TN_JW_MAX_DEPTH; i++)
        tn_jw_array_end(&w);
    CHECK(out.failed && w.depth == 0);
    tn_buf_deinit(&out);
}

int main(void)
{
    test_structure();
    test_strings();
    test_numbers();
    test_money();
    test_depth();
    return check_result();
}
