/* YAML from outside: read, walk the tree, show the problems. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "yaml/yaml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static void walk_scalar(const struct tn_yaml *node)
{
    bool flag;
    long long whole;
    double number;
    REQUIRE(node->text && node->text[node->len] == '\0' && strlen(node->text) == node->len);
    REQUIRE(tn_utf8_check(node->text, node->len) == node->len);
    REQUIRE(!(node->plain && node->block));
    int readings = tn_yaml_is_null(node) + tn_yaml_as_bool(node, &flag) + tn_yaml_as_double(node, &number);
    REQUIRE(readings <= 1 && (node->plain || readings == 0));
    if (tn_yaml_as_int(node, &whole))
        REQUIRE(readings == 1);
}

static void walk(const struct tn_yaml *node, int depth)
{
    REQUIRE(node->line >= 1 && node->column >= 1 && depth <= TN_YAML_MAX_DEPTH);
    if (node->kind == TN_YAML_SCALAR) {
        walk_scalar(node);
        return;
    }
    size_t count = 0;
    for (const struct tn_yaml *child = node->first; child; child = child->next, count++) {
        REQUIRE((node->kind == TN_YAML_MAPPING) == (child->key != NULL));
        if (child->key)
            REQUIRE(tn_yaml_get(node, child->key->text) == child); /* no key is hidden by another */
        walk(child, depth + 1);
    }
    REQUIRE(count == node->count);
}

/* What a terminal gets to see holds nothing that a terminal obeys. */
static void check_shown(const struct tn_buf *out)
{
    for (size_t at = 0; at < out->len;) {
        uint32_t point;
        size_t step = tn_utf8_decode(out->data + at, out->len - at, &point);
        REQUIRE(step && (point >= 0x20 || point == '\n') && !(point >= 0x7f && point < 0xa0) &&
                !tn_utf8_deceptive(point));
        at += step;
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    char *text = malloc(len); /* exactly as long as it is, so that reading on is seen */
    REQUIRE(text || len == 0);
    if (len > 0)
        memcpy(text, data, len);
    REQUIRE(tn_diagnostics_new("fuzz.yaml", text, len, &problems) == TENURE_OK);
    int rc = tn_yaml_parse(text, len, problems, &doc);
    REQUIRE(rc == TENURE_OK || rc == TENURE_EINVAL);
    REQUIRE((rc == TENURE_OK) == (tn_diagnostics_count(problems) == 0) && (rc == TENURE_OK) == (doc != NULL));
    if (doc)
        walk(tn_yaml_root(doc), 0);
    struct tn_buf out = {0};
    tn_diagnostics_text(problems, &out);
    check_shown(&out);
    tn_buf_reset(&out);
    tn_diagnostics_json(problems, &out);
    REQUIRE(!out.failed);
    tn_buf_deinit(&out);
    tn_yaml_free(doc);
    tn_diagnostics_free(problems);
    free(text);
    return 0;
}
