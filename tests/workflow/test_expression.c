/* Expressions: what YAML or habit does to them, and that Lua gets to know the right line. */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"

#define STEP(lines) WORKFLOW(STEPS "    " lines "\n")

static void test_empty(void)
{
    REFUSED(STEP("when:"), "8:10: 'when' is empty [for example: when: item.can.refund]");
    REFUSED(STEP("when: ''"), "8:11: 'when' is empty [for example: when: item.can.refund]");
    REFUSED(STEP("when: [a]"), "8:11: 'when' takes a Lua expression, not a list [for example: when: item.can.refund]");
    REFUSED(STEP("when: ${{ item.x }}"), "8:11: 'when' is an expression already [write it without ${{ }}]");
}

#define CUT                                            \
    " is cut off here: ' #' starts a comment in YAML " \
    "[put the expression in single quotes, or on its own line under '>': there # is no comment]"
static void test_comment(void)
{
    REFUSED(STEP("when: item.name == \"a #b\""), "8:26: 'when'" CUT);
    REFUSED(STEP("when: item.x  # why"), "8:17: 'when'" CUT);
    REFUSED(STEP("when: item.x\n      and item.y > #ctx.rows"), "9:19: 'when'" CUT);
    REFUSED(STEP("when: #items"), "8:10: 'when'" CUT);
    REFUSED(STEP("when: item.x#y"), ""); /* no comment: Lua will say what is wrong */
    REFUSED(STEP("when: 'item.name == \"a #b\"'  # a comment behind quotes is one"), "");
    REFUSED(STEP("when: >\n      item.name == \"a #b\""), "");
}

static void test_operators(void)
{
    REFUSED(STEP("when: a != b"), "8:13: '!=' is not Lua [write ~=]");
    REFUSED(STEP("when: a && b || c"), "8:13: '&&' is not Lua [write and]\n8:18: '||' is not Lua [write or]");
    REFUSED(STEP("when: '!a'"), "8:12: '!' is not Lua [write not]");
    REFUSED(STEP("when: a = b"), "8:13: a single '=' cannot stand in an expression [write == to compare]");
    REFUSED(STEP("when: (a === b)"), "8:14: '===' is not Lua [write ==]");
    REFUSED(STEP("when: >\n      a and\n      b != c"), "10:9: '!=' is not Lua [write ~=]");
    REFUSED(STEP("when: |\n\n      a and\n        (b && c)"), "11:12: '&&' is not Lua [write and]");
    REFUSED(STEP("when: \"a\n      and \\u0041\\t != 1\""), "9:20: '!=' is not Lua [write ~=]");
    REFUSED(STEP("when: 'a ''\n\n      b'' != 1'"), "10:11: '!=' is not Lua [write ~=]");
}

/* Nothing is said of what may be meant. */
static void test_no_false_alarm(void)
{
    REFUSED(STEP("when: 'f{state = \"x\", [a] = {b = 1}} and a <= b and a ~= b and a >= b and a == b'"), "");
    REFUSED(STEP("when: 'a == \"!= && || =\" and b == [[ ! = ]] and c == [==[ ]] && ]==]'"), "");
    REFUSED(STEP("when: |\n      a -- != && in a comment\n      and b --[[ || ]] and c"), "");
    REFUSED(STEP("when: '(function() local x = 1 return x end)()'"), "");
    REFUSED(STEP("when: 'a & b | c ~ d'"), "");
    REFUSED(STEP("when: true"), "");
}

static void place(const char *lines, const char *text, int line, int column)
{
    struct tn_buf problems = {0}, whole = {0};
    tn_buf_printf(&whole, "%s    %s\n", WORKFLOW(STEPS), lines);
    struct tn_workflow *w = fixture_load(tn_buf_text(&whole), &problems);
    CHECK_TEXT(tn_buf_text(&problems), "");
    CHECK_TEXT(w ? w->steps[0].when.text : NULL, text);
    if (!w || w->steps[0].when.line != line || w->steps[0].when.column != column) {
        fprintf(stderr, "%s: at %d:%d\n", lines, w ? w->steps[0].when.line : 0, w ? w->steps[0].when.column : 0);
        check_failures++;
    }
    tn_workflow_free(w);
    tn_buf_deinit(&problems);
    tn_buf_deinit(&whole);
}

static void test_places(void)
{
    place("when: a", "a", 8, 11);
    place("when: a\n      b\n\n      c", "a\nb\n\nc", 8, 11);
    place("when: 'a'", "a", 8, 12);
    place("when: \"a\n      b\n\n\n      c\\\n      d\"", "a\nb\n\n\ncd", 8, 12);
    place("when: |\n      a\n        b\n\n      c", "a\n  b\n\nc", 9, 7);
    place("when: >\n      a\n        b\n\n      c\n      d", "a\n  b\n\nc\nd", 9, 7);
    place("when: >-\n\n\n      a\n\n\n      c", "a\n\n\nc", 11, 7);
    place("when: |2\n        a\n      b", "a\nb", 9, 9);
    place("when: >+ # why\n        a\n\n", "a", 9, 9);
    place("when:\n      a\n      b", "a\nb", 9, 7);
    place("when: \"ä\\u00e4 ö\"", "ää ö", 8, 12);
    place("when: a\r\n      b", "a\nb", 8, 11);
}

int main(void)
{
    fixture_open();
    test_empty();
    test_comment();
    test_operators();
    test_no_false_alarm();
    test_places();
    fixture_close();
    return check_result();
}
