/* Reading documents from C: paths, scalars, money, walks, and cursors that stay alive. */
#include "json/json.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "check.h"

static lua_State *L;

static struct tn_json_doc *parse(const char *text)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    if (tn_json_parse(L, text, strlen(text), 0, &doc, &err) < 0) {
        fprintf(stderr, "%s: %s\n", text, err.msg);
        check_failures++;
    }
    return doc;
}

static void test_paths(void)
{
    struct tn_json_doc *doc = parse("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":7}}}}}},\"s\":\"text\",\"\":1}");
    struct tn_json root = tn_json_root(doc);
    int64_t value = 0;
    CHECK(tn_json_int(root, "a.b.c.d.e.f.g", &value) && value == 7);
    CHECK(!tn_json_int(root, "a.b.c.d.e.f.h", &value));
    CHECK(!tn_json_int(root, "a.b.x.d.e.f.g", &value));
    CHECK(!tn_json_int(root, "s.b.x", &value));
    CHECK(tn_json_find(root, "s").doc == NULL);
    CHECK(tn_json_find(root, "nope").doc == NULL);
    struct tn_json c = tn_json_find(root, "a.b.c");
    CHECK(tn_json_int(c, "d.e.f.g", &value) && value == 7);
    CHECK(tn_json_int(tn_json_find(c, ""), "d.e.f.g", &value));
    CHECK(tn_json_string(tn_json_find(root, "nope"), "x", NULL) == NULL);
    CHECK(tn_json_type_of(tn_json_root(NULL), "") == TN_JSON_ABSENT);
    char buffer[8]; /* one address, two paths */
    strcpy(buffer, "s");
    CHECK_TEXT(tn_json_string(root, buffer, NULL), "text");
    strcpy(buffer, "a");
    CHECK(tn_json_string(root, buffer, NULL) == NULL);
    CHECK(tn_json_find(root, buffer).doc == doc);
    tn_json_close(doc);
}

/* More paths than the state remembers, in a state that remembers them from an earlier document. */
static void test_many_paths(void)
{
    static char paths[3000][16];
    struct tn_buf text = {0};
    tn_buf_puts(&text, "{\"m\":{");
    for (int i = 0; i < 3000; i++) {
        tn_buf_printf(&text, "%s\"k%d\":%d", i ? "," : "", i, i);
        snprintf(paths[i], sizeof paths[i], "m.k%d", i);
    }
    tn_buf_puts(&text, "}}");
    for (int round = 0; round < 3; round++) {
        struct tn_json_doc *doc = parse(tn_buf_text(&text));
        int wrong = 0;
        for (int i = 0; i < 3000; i++) {
            int64_t value = -1;
            wrong += !tn_json_int(tn_json_root(doc), paths[i], &value) || value != i;
        }
        CHECK(wrong == 0);
        CHECK(tn_json_mark(doc) == 2); /* scalar reads leave nothing behind */
        tn_json_close(doc);
    }
    tn_buf_deinit(&text);
}

static void test_scalars(void)
{
    struct tn_json_doc *doc = parse(
        "{\"i\":5,\"f\":5.5,\"s\":\"5\",\"t\":true,\"o\":{},\"at\":\"2026-02-01T10:00:00Z\",\"day\":\"2026-02-01\"}");
    struct tn_json root = tn_json_root(doc);
    int64_t whole = 99;
    double number = 99;
    bool flag = false;
    CHECK(!tn_json_int(root, "f", &whole) && !tn_json_int(root, "s", &whole) && !tn_json_int(root, "t", &whole) &&
          whole == 99);
    CHECK(tn_json_double(root, "i", &number) && number == 5);
    CHECK(tn_json_double(root, "f", &number) && number == 5.5);
    CHECK(!tn_json_double(root, "s", &number) && number == 5.5);
    CHECK(tn_json_bool(root, "t", &flag) && flag);
    CHECK(!tn_json_bool(root, "i", &flag) && !tn_json_bool(root, "absent", &flag) && flag);
    CHECK(tn_json_string(root, "i", NULL) == NULL);
    CHECK(tn_json_type_of(root, "i") == TN_JSON_INT && tn_json_type_of(root, "f") == TN_JSON_DOUBLE);
    CHECK(tn_json_type_of(root, "t") == TN_JSON_BOOL && tn_json_type_of(root, "s") == TN_JSON_STRING);
    int64_t seconds = 0;
    CHECK(tn_json_time(root, "at", &seconds) && seconds == 1769940000);
    CHECK(tn_json_time(root, "day", &seconds) && seconds == 1769904000);
    CHECK(!tn_json_time(root, "s", &seconds) && !tn_json_time(root, "i", &seconds));
    tn_json_close(doc);
}

static void amount(struct tn_json root, const char *path, const char *expected, const char *currency)
{
    struct tn_money money;
    struct tn_err err = {0};
    char text[TN_MONEY_TEXT];
    int top = tn_json_mark(root.doc);
    int rc = tn_json_money(root, path, &money, &err);
    if (rc != 1) {
        fprintf(stderr, "%s: %d %s\n", path, rc, err.msg);
        check_failures++;
        return;
    }
    CHECK_TEXT(tn_money_amount(&money, text), expected);
    CHECK_TEXT(money.currency, currency);
    CHECK(tn_json_mark(root.doc) == top);
}

static void no_amount(struct tn_json root, const char *path, int code, const char *words)
{
    struct tn_money money;
    struct tn_err err = {0};
    int rc = tn_json_money(root, path, &money, &err);
    if (rc != code || !strstr(err.msg, words)) {
        fprintf(stderr, "%s gave %d '%s', expected %d '%s'\n", path, rc, err.msg, code, words);
        check_failures++;
    }
    CHECK(tn_json_money(root, path, &money, NULL) == code);
}

static void test_money(void)
{
    struct tn_json_doc *doc = parse(
        "{\"azure\":{\"amount\":12.3,\"currencyCode\":\"EUR\"},\"ours\":{\"amount\":\"12.30\",\"currency\":\"PLN\"},"
        "\"whole\":{\"amount\":100,\"currencyCode\":\"USD\"},\"zero\":{\"amount\":0,\"currencyCode\":\"USD\"},"
        "\"minus\":{\"amount\":-0.07,\"currencyCode\":\"USD\"},\"big\":{\"amount\":1234567890123456,\"currencyCode\":"
        "\"USD\"},"
        "\"fine\":{\"amount\":0.30000000000000004,\"currencyCode\":\"USD\"},\"unknown\":{\"amount\":null,"
        "\"currencyCode\":\"USD\"},"
        "\"bare\":12.3,\"no_currency\":{\"amount\":1},\"odd\":{\"amount\":true,\"currency\":\"EUR\"},\"cur\":{"
        "\"amount\":1,\"currency\":\"eur\"},"
        "\"null\":null,\"n\":{\"m\":{\"amount\":1.5,\"currencyCode\":\"EUR\"}}}");
    struct tn_json root = tn_json_root(doc);
    amount(root, "azure", "12.30", "EUR");
    amount(root, "ours", "12.30", "PLN");
    amount(root, "whole", "100.00", "USD");
    amount(root, "zero", "0.00", "USD");
    amount(root, "minus", "-0.07", "USD");
    amount(root, "n.m", "1.50", "EUR");
    amount(tn_json_find(root, "azure"), "", "12.30", "EUR");
    no_amount(root, "unknown", 0, "");
    no_amount(root, "null", 0, "");
    no_amount(root, "absent.deep", 0, "");
    no_amount(root, "big", TENURE_ERANGE, "big: ");
    no_amount(root, "fine", TENURE_ERANGE, "fine: ");
    no_amount(root, "bare", TENURE_EPROTO, "bare is no amount");
    no_amount(root, "no_currency", TENURE_EPROTO, "without a currency");
    no_amount(root, "odd", TENURE_EPROTO, "odd: its amount");
    no_amount(root, "cur", TENURE_EPROTO, "cur: 'eur'");
    tn_json_close(doc);
}

static void test_walks(void)
{
    struct tn_json_doc *doc =
        parse("{\"list\":[{\"n\":1},[2],3,\"four\",null],\"o\":{\"b\":1,\"a\":{\"x\":2},\"\\u00e9\":3,\"B\":4}}");
    struct tn_json root = tn_json_root(doc);
    struct tn_json kept = {0};
    size_t count = 0;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "list")); tn_json_next(&it); count++) {
        static const enum tn_json_type types[] = {TN_JSON_OBJECT, TN_JSON_ARRAY, TN_JSON_INT, TN_JSON_STRING,
                                                  TN_JSON_NULL};
        CHECK(it.index == count && it.key == NULL);
        CHECK(tn_json_type_of(it.value, "") == types[count]);
        if (count == 0)
            kept = it.value;
        if (count == 3)
            CHECK_TEXT(tn_json_string(it.value, "", NULL), "four");
    }
    CHECK(count == 5);
    int64_t value = 0;
    CHECK(tn_json_int(kept, "n", &value) && value == 1); /* cursors live as long as the document */
    char order[16] = "";
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "o")); tn_json_next(&it);) {
        strcat(order, it.key);
        if (strcmp(it.key, "a") == 0)
            CHECK(tn_json_int(it.value, "x", &value) && value == 2);
    }
    CHECK_TEXT(order, "Bab\xc3\xa9");
    struct tn_json_iter none = tn_json_each(tn_json_find(root, "absent"));
    CHECK(!tn_json_next(&none));
    none = tn_json_each((struct tn_json){0});
    CHECK(!tn_json_next(&none));
    CHECK(tn_json_length((struct tn_json){0}) == 0);
    CHECK(tn_json_length(tn_json_find(root, "o")) == 0);
    tn_json_close(doc);
    doc = parse("[]");
    struct tn_json_iter empty = tn_json_each(tn_json_root(doc));
    CHECK(!tn_json_next(&empty));
    tn_json_close(doc);
    doc = parse("5");
    empty = tn_json_each(tn_json_root(doc));
    CHECK(!tn_json_next(&empty));
    tn_json_close(doc);
}

/* A long walk over scalars takes one slot; over containers, what a mark gives back. */
static void test_long_walks(void)
{
    struct tn_buf text = {0};
    tn_buf_puts(&text, "{\"n\":[0");
    for (int i = 1; i < 1500000; i++)
        tn_buf_puts(&text, ",1");
    tn_buf_puts(&text, "],\"o\":[{\"a\":{}}");
    for (int i = 1; i < 200000; i++)
        tn_buf_puts(&text, ",{\"a\":{}}");
    tn_buf_puts(&text, "]}");
    struct tn_json_doc *doc = parse(tn_buf_text(&text));
    tn_buf_deinit(&text);
    struct tn_json root = tn_json_root(doc);
    int64_t sum = 0, value;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "n")); tn_json_next(&it);)
        sum += tn_json_int(it.value, "", &value) ? value : 0;
    CHECK(sum == 1499999);
    int seen = 0;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(root, "o")); tn_json_next(&it); seen++)
        CHECK(tn_json_find(it.value, "a").doc == doc);
    CHECK(seen == 200000);
    struct tn_json list = tn_json_find(root, "o");
    int lost = 0;
    for (int i = 0; i < 2000000; i++) {
        int mark = tn_json_mark(doc);
        lost += tn_json_find(root, "o").doc != doc;
        tn_json_release(doc, mark);
    }
    CHECK(lost == 0);
    CHECK(tn_json_length(list) == 200000);
    tn_json_close(doc);
}

static void test_wrap(void)
{
    lua_newtable(L);
    lua_pushnumber(L, 5.0);
    lua_setfield(L, -2, "f");
    lua_newtable(L);
    lua_pushstring(L, "x");
    lua_rawseti(L, -2, 1);
    lua_setfield(L, -2, "list");
    struct tn_json_doc *doc = NULL;
    CHECK(tn_json_wrap(L, -1, &doc, NULL) == TENURE_OK);
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT); /* the document keeps the value */
    struct tn_json root = tn_json_root(doc);
    int64_t value = 0;
    CHECK(tn_json_int(root, "f", &value) && value == 5);
    CHECK(tn_json_type_of(root, "list") == TN_JSON_ARRAY);
    tn_json_push(root, L);
    CHECK(lua_istable(L, -1));
    tn_json_push((struct tn_json){0}, L);
    CHECK(lua_isnil(L, -1));
    lua_pop(L, 2);
    tn_json_close(doc);
}

/* Strings borrowed from a document outlive collections; documents are independent of each other and of their order. */
static void test_many_documents(void)
{
    enum { COUNT = 100 };
    struct tn_json_doc *docs[COUNT];
    const char *names[COUNT];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            char text[64];
            snprintf(text, sizeof text, "{\"name\":\"document %d %d\"}", round, i);
            docs[i] = parse(text);
            names[i] = tn_json_string(tn_json_root(docs[i]), "name", NULL);
        }
        lua_gc(L, LUA_GCCOLLECT);
        for (int i = 0; i < COUNT; i++) {
            char expected[64];
            snprintf(expected, sizeof expected, "document %d %d", round, i);
            CHECK_TEXT(names[i], expected);
        }
        for (int i = 0; i < COUNT; i += 2)
            tn_json_close(docs[i]);
        for (int i = 1; i < COUNT; i += 2)
            tn_json_close(docs[i]);
    }
    tn_json_close(NULL);
}

int main(void)
{
    CHECK(tn_json_state_new(&L, NULL) == TENURE_OK);
    test_paths();
    test_many_paths();
    test_scalars();
    test_money();
    test_walks();
    test_long_walks();
    test_wrap();
    test_many_documents();
    CHECK(lua_gettop(L) == 0);
    lua_close(L);
    return check_result();
}
