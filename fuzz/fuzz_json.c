/* JSON from outside: parse, walk, write. What we write parses again to the same text, and the parser never disagrees
 * with itself about what it takes. */
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static lua_State *L;

/* Reads everything there is, in every way there is. */
static void walk(struct tn_json at, int depth)
{
    REQUIRE(depth <= TN_JSON_MAX_DEPTH);
    size_t count = 0;
    struct tn_money money;
    struct tn_err err = {0};
    int64_t whole;
    double number;
    size_t len;
    tn_json_money(at, "", &money, &err);
    tn_json_time(at, "", &whole);
    const char *text = tn_json_string(at, "", &len);
    REQUIRE(!text || tn_utf8_check(text, len) == len);
    if (tn_json_int(at, "", &whole))
        REQUIRE(tn_json_double(at, "", &number));
    for (struct tn_json_iter it = tn_json_each(at); tn_json_next(&it); count++) {
        REQUIRE(it.index == count);
        if (it.key && !strchr(it.key, '.') && *it.key && tn_json_type_of(it.value, "") != TN_JSON_NULL)
            tn_json_type_of(at, it.key);
        walk(it.value, depth + 1);
    }
    if (tn_json_type_of(at, "") == TN_JSON_ARRAY)
        REQUIRE(tn_json_length(at) == count);
}

static void encode(struct tn_json_doc *doc, struct tn_buf *out)
{
    struct tn_json_writer w;
    tn_jw_init(&w, out);
    tn_json_push(tn_json_root(doc), L);
    REQUIRE(tn_json_encode(L, -1, 8 * TN_JSON_MAX_BYTES, NULL, &w, NULL) == TENURE_OK);
    lua_pop(L, 1);
}

static void check_round_trip(struct tn_json_doc *doc)
{
    struct tn_buf once = {0}, twice = {0};
    struct tn_json_doc *again = NULL;
    encode(doc, &once);
    REQUIRE(tn_json_parse(L, once.data, once.len, 8 * TN_JSON_MAX_BYTES, &again, NULL) == TENURE_OK);
    encode(again, &twice);
    REQUIRE(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    tn_json_close(again);
    tn_buf_deinit(&once);
    tn_buf_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tn_err err = {0};
    if (!L)
        REQUIRE(tn_json_state_new(&L, NULL) == TENURE_OK);
    struct tn_json_doc *doc = NULL;
    char *text = malloc(len); /* exactly as long as it is, so that reading on is seen */
    REQUIRE(text || len == 0);
    if (len > 0)
        memcpy(text, data, len);
    int rc = tn_json_parse(L, text, len, 0, &doc, &err);
    free(text);
    REQUIRE(rc == err.code && (rc == TENURE_OK) == (doc != NULL));
    /* The scan knows the whole grammar: nothing is left for cjson to complain about. */
    REQUIRE(rc == TENURE_OK || strncmp(err.msg, "JSON: ", 6) != 0);
    if (doc) {
        walk(tn_json_root(doc), 0);
        check_round_trip(doc);
    }
    tn_json_close(doc);
    REQUIRE(lua_gettop(L) == 0);
    return 0;
}
