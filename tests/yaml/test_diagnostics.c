/* What a person sees: the line, the caret below the right character, nothing that a terminal would obey. */
#include <stdlib.h>

#include "check.h"
#include "yaml/yaml.h"

static void shown(const char *source, int line, int column, const char *message, const char *hint, const char *expected)
{
    struct tn_diagnostics *list = NULL;
    struct tn_buf out = {0};
    CHECK(tn_diagnostics_new("dir/f.yaml", source, strlen(source), &list) == TENURE_OK);
    tn_diagnostics_add(list, line, column, hint, "%s", message);
    tn_diagnostics_text(list, &out);
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
    tn_diagnostics_free(list);
}

static void test_text(void)
{
    shown("a: 1\nbc: 2\n", 2, 5, "no", "yes", "dir/f.yaml:2:5: no\n    bc: 2\n        ^\n  hint: yes\n");
    shown("a: 1\r\n", 1, 5, "at the end", NULL, "dir/f.yaml:1:5: at the end\n    a: 1\n        ^\n");
    shown("a", 0, 0, "the whole file", NULL, "dir/f.yaml: the whole file\n");
    shown("a", 9, 1, "beyond", NULL, "dir/f.yaml:9:1: beyond\n");
    shown("", 1, 1, "empty", NULL, "dir/f.yaml:1:1: empty\n    \n    ^\n");
    shown("äö: ü", 1, 5, "umlaut", NULL, "dir/f.yaml:1:5: umlaut\n    äö: ü\n        ^\n");
    shown("\tx", 1, 2, "after a tab", NULL, "dir/f.yaml:1:2: after a tab\n    \\tx\n      ^\n");
    shown("\x1b[2Jx", 1, 5, "escape", NULL, "dir/f.yaml:1:5: escape\n    \\x1b[2Jx\n           ^\n");
    shown("\xe2\x80\xaex", 1, 2, "bidi", NULL, "dir/f.yaml:1:2: bidi\n    \\u202ex\n          ^\n");
    shown("\xffx", 1, 2, "bytes", NULL, "dir/f.yaml:1:2: bytes\n    \\xffx\n        ^\n");
    shown("a\\b", 1, 3, "backslash", NULL, "dir/f.yaml:1:3: backslash\n    a\\b\n      ^\n");
    shown("日本x", 1, 3, "wide", NULL, "dir/f.yaml:1:3: wide\n    日本x\n        ^\n");
    shown("x", 1, 1, "key \x1b[31m\n", "\x07", "dir/f.yaml:1:1: key \\x1b[31m\\x0a\n    x\n    ^\n  hint: \\x07\n");
}

/* The caret of a cut line stands below its character. */
static void test_long_lines(void)
{
    char source[5001];
    for (int column = 1; column <= 5000; column += 7) {
        memset(source, 'x', 5000);
        source[5000] = '\0';
        source[column - 1] = 'Y';
        struct tn_diagnostics *list = NULL;
        struct tn_buf out = {0};
        CHECK(tn_diagnostics_new("f", source, 5000, &list) == TENURE_OK);
        tn_diagnostics_add(list, 1, column, NULL, "m");
        tn_diagnostics_text(list, &out);
        const char *line = strchr(tn_buf_text(&out), '\n') + 1, *carets = strchr(line, '\n') + 1;
        size_t caret = strcspn(carets, "^");
        CHECK(out.len < 300);
        if (line[caret] != 'Y') {
            fprintf(stderr, "column %d:\n%s", column, tn_buf_text(&out));
            check_failures++;
        }
        tn_buf_deinit(&out);
        tn_diagnostics_free(list);
    }
}

static void test_json(void)
{
    struct tn_diagnostics *list = NULL;
    struct tn_buf out = {0};
    CHECK(tn_diagnostics_new("f\"", "", 0, &list) == TENURE_OK);
    tn_diagnostics_json(list, &out);
    CHECK_TEXT(tn_buf_text(&out), "[]");
    tn_buf_reset(&out);
    tn_diagnostics_add(list, 1, 2, "h", "%s %d", "m", 5);
    tn_diagnostics_add(list, 0, 0, NULL, "n");
    tn_diagnostics_json(list, &out);
    CHECK_TEXT(tn_buf_text(&out), "[{\"file\":\"f\\\"\",\"line\":1,\"column\":2,\"message\":\"m 5\",\"hint\":\"h\"},"
                                  "{\"file\":\"f\\\"\",\"line\":0,\"column\":0,\"message\":\"n\",\"hint\":null}]");
    tn_buf_deinit(&out);
    tn_diagnostics_free(list);
    tn_diagnostics_free(NULL);
    tn_yaml_free(NULL);
}

int main(void)
{
    test_text();
    test_long_lines();
    test_json();
    return check_result();
}
