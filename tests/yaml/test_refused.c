/* What a reader of the file would not see is refused, with its place and a hint; so is what would take for ever. */
#include <stdlib.h>

#include "check.h"
#include "yaml/yaml.h"

/* The first problem of a text is at this place ("line:column", "" for the whole file) and its text holds these words.
 */
static void refused_len(const char *source, size_t len, const char *place, const char *words, const char *hint)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    CHECK(tn_diagnostics_new("t", source, len, &problems) == TENURE_OK);
    int rc = tn_yaml_parse(source, len, problems, &doc);
    struct tn_buf shown = {0};
    tn_diagnostics_text(problems, &shown);
    char start[40];
    snprintf(start, sizeof start, "t:%s%s", place, *place ? ": " : " ");
    const char *text = tn_buf_text(&shown);
    if (rc != TENURE_EINVAL || doc || strncmp(text, start, strlen(start)) != 0 || !strstr(text, words) ||
        !strstr(text, hint)) {
        fprintf(stderr, "%.60s\n gave %d:\n%s expected %s %s / %s\n", source, rc, text, start, words, hint);
        check_failures++;
    }
    tn_buf_deinit(&shown);
    tn_diagnostics_free(problems);
    tn_yaml_free(doc);
}

static void refused(const char *source, const char *place, const char *words, const char *hint)
{
    refused_len(source, strlen(source), place, words, hint);
}

static void test_hidden_things(void)
{
    refused("a: 1\nb: 2\na: 3\n", "3:1", "'a' is there twice: first in line 1, column 1", "hint: keep one");
    refused("x: {b: 1, c: 2, b: 3}\n", "1:17", "first in line 1, column 5", "hint");
    refused("a: 1\n\"a\": 2\n", "2:1", "twice", "hint");
    refused("a: &x 1\n", "1:4", "anchors", "write the value out");
    refused("a: &x [1]\nb: 2\n", "1:4", "anchors", "quotes");
    refused("a: 1\nb: *a\n", "2:4", "aliases", "write the value out");
    refused("a: &a [*a]\n", "1:4", "anchors", "hint");
    refused("a: !!int 5\n", "1:4", "tags", "quotes");
    refused("a: !custom {x: 1}\n", "1:4", "tags", "quotes");
    refused("a: ! item.x\n", "1:4", "tags", "quotes");
    refused("<<: {a: 1}\n", "1:1", "merge keys", "write the members out");
    refused("? [a, b]\n: 1\n", "1:3", "key cannot be a list", "keys are words");
    refused("{a: 1}: 2\n", "1:1", "key cannot be", "keys are words");
    refused("{: 1}\n", "1:2", "a key is missing", "key: value");
    refused("? |\n  block\n: 1\n", "1:3", "key cannot be a block", "keys are words");
    refused(": 1\n", "1:1", "a key is missing", "key: value");
    refused("a: 1\n---\nb: 2\n", "2:1", "second document", "one file holds one");
    refused("%YAML 1.2\n---\na: 1\n", "1:1", "directives", "remove the line");
    refused("%TAG ! x:\n---\na: 1\n", "1:1", "directives", "remove the line");
}

static void test_deceptive_text(void)
{
    refused("a: 1 # nothing\xe2\x80\xa8"
            "b: 2\n",
            "1:15", "invisible character", "remove it");
    refused("a: 1 # nothing\xc2\x85"
            "b: 2\n",
            "1:15", "invisible character", "remove it");
    refused("a: x\xe2\x80\xae"
            "y\n",
            "1:5", "invisible character", "remove it");
    refused("a: |\n  x\xe2\x81\xa6"
            "y\n",
            "2:4", "invisible character", "remove it");
    refused("# \xe2\x80\x8f\na: 1\n", "1:3", "invisible character", "remove it");
    refused("# \xe2\x80\xae\n\"a\": 1\n", "1:3", "invisible character", "remove it"); /* quotes that follow */
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    static const char quoted[] = "a: \"x\xe2\x80\xaey\"\nb: 'x\xe2\x80\xaey'\n";
    CHECK(tn_diagnostics_new("t", quoted, sizeof quoted - 1, &problems) == TENURE_OK);
    CHECK(tn_yaml_parse(quoted, sizeof quoted - 1, problems, &doc) == TENURE_OK);
    tn_yaml_free(doc);
    tn_diagnostics_free(problems);
}

static void test_bytes(void)
{
    refused("\xef\xbb\xbf"
            "a: 1\n",
            "1:1", "byte order mark", "without BOM");
    refused_len("\xff\xfe"
                "a\0:\0 \0"
                "1\0",
                10, "", "UTF-16", "UTF-8");
    refused_len("\xfe\xff\0a\0:", 6, "", "UTF-16", "UTF-8");
    refused_len("a\0:\0 \0"
                "1\0",
                8, "", "UTF-16", "UTF-8");
    refused_len("abc: 1\nd: \0\n", 12, "2:4", "NUL", "hint");
    refused("a: 1\nb: \xff\n", "2:4", "not UTF-8", "UTF-8");
    refused("ä: 1\nö: ü\xc0\x80\n", "2:5", "not UTF-8", "UTF-8");
    refused("a: \x1b[31m\n", "1:4", "control character", "escape");
    refused("a: 1\rb: 2\n", "1:5", "carriage return", "line feed");
    refused("a: x\xef\xbb\xbf\n", "1:5", "byte order mark", "remove");
    refused("a: \"\\0\"\n", "1:4", "NUL", "remove the escape");
}

static void test_suggestions(void)
{
    refused("with: {{ x }}\n", "1:7", "begins with {{", "\"${{ … }}\", in quotes");
    refused("with: {min: ${{ inputs.min }}}\n", "1:7", "this { is not closed", "\"${{ … }}\"");
    refused("a: @x\n", "1:4", "cannot begin with @", "quotes");
    refused("a: `x`\n", "1:4", "cannot begin with `", "quotes");
    refused("a: %x\n", "1:4", "cannot begin with %", "quotes");
    refused("a:\n\tb: 1\n", "2:1", "a tab in the indentation", "spaces");
    refused("a: 1\n\tb: 1\n", "2:1", "tab", "spaces");
    refused("cmd: a: b\n", "1:7", "second ': '", "quotes");
    refused("a: \"open\nb: 1\n", "1:4", "quote is never closed", "closing quote");
    refused("a: 'open\nb: 1\n", "1:4", "quote is never closed", "closing quote");
    refused("a: [1, 2\nb: 1\n", "1:4", "this [ is not closed", "close the bracket");
    refused("a: {x: 1\n", "1:4", "this { is not closed", "close the bracket");
    refused("a: 1\n  b: 2\n", "2:4", "", "hint");
    refused("a:\n  b: 1\n c: 2\n", "3:2", "does not line up", "same indentation");
    refused("a: 1\nword\nb: 2\n", "2:1", "no ':' after this key", "key: value");
    refused("a: - b\n", "1:4", "list cannot begin", "line of its own");
    refused("a: \"\\d\"\n", "1:5", "no such escape", "single quotes");
}

static void test_limits(void)
{
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    refused_len(deep, 200, "1:65", "64 deep", "");
    size_t len = TN_YAML_MAX_BYTES + 1;
    char *large = malloc(len);
    memset(large, '[', len);
    refused_len(large, len, "", "262145 bytes", "");
    refused_len(large, len - 1, "1:65", "64 deep", "");
    memset(large, ' ', len);
    for (size_t i = 0; i < 60000; i += 3)
        memcpy(large + i, "- \n", 3);
    refused_len(large, 60000, "19998:2", "20,000", "file of its own");
    free(large);
}

/* All that can be read past is reported, not only the first. */
static void test_many_problems(void)
{
    struct tn_buf source = {0};
    for (int i = 0; i < 60; i++)
        tn_buf_printf(&source, "k%d: !tag x\n", i);
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    CHECK(tn_diagnostics_new("t", source.data, source.len, &problems) == TENURE_OK);
    CHECK(tn_yaml_parse(source.data, source.len, problems, &doc) == TENURE_EINVAL);
    CHECK(tn_diagnostics_count(problems) == 60);
    struct tn_buf shown = {0};
    tn_diagnostics_text(problems, &shown);
    CHECK(strstr(tn_buf_text(&shown), "t:50:6: tags"));
    CHECK(!strstr(tn_buf_text(&shown), "t:51:"));
    CHECK(strstr(tn_buf_text(&shown), "and 10 more\n"));
    tn_buf_deinit(&shown);
    tn_buf_deinit(&source);
    tn_diagnostics_free(problems);
}

int main(void)
{
    test_hidden_things();
    test_deceptive_text();
    test_bytes();
    test_suggestions();
    test_limits();
    test_many_problems();
    return check_result();
}
