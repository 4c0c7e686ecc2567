/* Text with ${{ expressions }} in `with`: its pieces, their places, and what is wrong with one. */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"
#include "workflow/template.h"

#define WITH(value) WORKFLOW(STEPS "    with:\n      v: " value "\n")

static void pieces(const char *text, const char *expected)
{
    struct tn_buf problems = {0}, out = {0};
    struct tn_workflow *w = fixture_load(text, &problems);
    struct tn_template template;
    struct tn_err err = {0};
    CHECK_TEXT(tn_buf_text(&problems), "");
    if (w && tn_template_parse(w, tn_yaml_get(w->steps[0].with, "v"), &template, &err) == TENURE_OK) {
        tn_buf_puts(&out, template.whole ? "whole" : "");
        for (size_t i = 0; i < template.count; i++) {
            const struct tn_template_piece *piece = &template.pieces[i];
            CHECK(strlen(piece->text) == piece->len);
            tn_buf_printf(&out, piece->is_expression ? "{%s@%d:%d}" : "'%s@%d:%d'", piece->text, piece->line,
                          piece->column);
        }
        tn_template_deinit(&template);
    }
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_workflow_free(w);
    tn_buf_deinit(&out);
    tn_buf_deinit(&problems);
}

static void test_pieces(void)
{
    pieces(WITH("plain"), "'plain@9:10'");
    pieces(WITH("\"\""), "");
    pieces(WITH("\"${{ item.a }}\""), "whole{item.a@9:15}");
    pieces(WITH("${{item.a}}"), "whole{item.a@9:13}");
    pieces(WITH("a ${{ b }} c ${{ d }}"), "'a @9:10'{b@9:16}' c @9:20'{d@9:27}");
    pieces(WITH("'${{ {a = {b = \"}}\"}} }}'"), "whole{{a = {b = \"}}\"}}@9:15}");
    pieces(WITH("|\n        ${{ a }}"), "whole{a@10:13}");
    pieces(WITH("|\n        x\n        ${{ a\n          + b }}!"), "'x\n@10:9'{a\n  + b@11:13}'!\n@12:17'");
    pieces(WITH("'${{ a\n\n        + b }}'"), "whole{a\n\n+ b@9:15}");
    pieces(WITH("'$ { {{ x }}'"), "'$ { {{ x }}@9:10'");
}

static void test_bad(void)
{
    REFUSED(WITH("'a ${{ b'"), "9:13: '${{' is not closed by '}}' [for example: \"${{ inputs.min_worth }}\"]");
    REFUSED(WITH("a ${{ b #x }}"),
            "9:12: '${{' is not closed by '}}' [' #' starts a comment in YAML: put the value in quotes]");
    REFUSED(WITH("'${{ \"}} }}'"), "9:11: '${{' is not closed by '}}' [for example: \"${{ inputs.min_worth }}\"]");
    REFUSED(WITH("{deep: [1, '${{  }}']}"), "9:22: '${{ }}' is empty [for example: \"${{ inputs.min_worth }}\"]");
    REFUSED(WITH("'ok ${{ a }} ${{ b != c }}'"), "9:29: '!=' is not Lua [write ~=]");
}

int main(void)
{
    fixture_open();
    test_pieces();
    test_bad();
    fixture_close();
    return check_result();
}
