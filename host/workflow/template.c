/* Templates: see template.h. */
#include "workflow/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "workflow/loader.h"

struct parse {
    struct tn_template *template;
    const struct tn_places *places; /* NULL: the text is one literal at the scalar's place */
    const struct tn_yaml *scalar;
};

static bool make_room(struct tn_template *template)
{
    struct tn_template_piece *grown = tn_array_grow(template->pieces, template->count, sizeof *grown);
    if (grown)
        template->pieces = grown;
    return grown;
}

static bool add_piece(struct parse *p, bool is_expression, size_t from, size_t to)
{
    struct tn_template *template = p->template;
    if (!make_room(template))
        return false;
    struct tn_template_piece *piece = &template->pieces[template->count];
    *piece = (struct tn_template_piece){
        .is_expression = is_expression, .line = p->scalar->line, .column = p->scalar->column};
    struct tn_buf text = {0};
    if (p->places) {
        piece->line = p->places->line[from];
        piece->column = p->places->column[from];
    }
    if (is_expression)
        tn_places_unfold(p->places, p->scalar->text, from, to, &text);
    else
        tn_buf_put(&text, p->scalar->text + from, to - from);
    piece->text = tn_buf_take(&text, &piece->len);
    tn_buf_deinit(&text);
    if (!piece->text)
        return false;
    template->count++;
    return true;
}

static int wrong(struct parse *p, size_t at, struct tn_err *err, const char *message)
{
    p->template->error_line = p->places->line[at];
    p->template->error_column = p->places->column[at];
    return tn_err_set(err, TENURE_EINVAL, "%s", message);
}

/* The expression whose ${{ stands at an offset. *end: behind its }}. */
static int parse_expression(struct parse *p, size_t at, size_t *end, struct tn_err *err)
{
    const char *text = p->scalar->text;
    size_t from = at + 3;
    size_t close = tn_expression_end(text, from, p->scalar->len);
    if (close == p->scalar->len)
        return wrong(p, at, err, "'${{' is not closed by '}}'");
    size_t to = close;
    while (from < to && strchr(" \t\r\n", text[from]))
        from++;
    while (to > from && strchr(" \t\r\n", text[to - 1]))
        to--;
    if (from == to)
        return wrong(p, at, err, "'${{ }}' is empty");
    *end = close + 2;
    return add_piece(p, true, from, to) ? TENURE_OK : tn_err_no_memory(err);
}

static int parse_pieces(struct parse *p, struct tn_err *err)
{
    const char *text = p->scalar->text;
    size_t at = 0, len = p->scalar->len;
    while (at < len) {
        const char *open = strstr(text + at, "${{");
        size_t literal_end = open ? (size_t)(open - text) : len;
        if (literal_end > at && !add_piece(p, false, at, literal_end))
            return tn_err_no_memory(err);
        at = literal_end;
        int rc = open ? parse_expression(p, at, &at, err) : TENURE_OK;
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

/* A block ends with a newline that nobody wrote on purpose: behind a sole expression it is dropped. */
static void drop_last_newline(struct tn_template *template, const struct tn_yaml *scalar)
{
    if (!scalar->block || template->count != 2 || !template->pieces[0].is_expression)
        return;
    struct tn_template_piece *rest = &template->pieces[1];
    if (rest->is_expression || strspn(rest->text, "\n") != rest->len)
        return;
    free(rest->text);
    template->count = 1;
}

int tn_template_parse(const struct tn_workflow *workflow, const struct tn_yaml *scalar, struct tn_template *out,
                      struct tn_err *err)
{
    *out = (struct tn_template){0};
    struct tn_places places = {0};
    struct parse p = {.template = out, .scalar = scalar};
    int rc = TENURE_OK;
    if (strstr(scalar->text, "${{")) {
        if (tn_places_make(workflow->source, scalar, &places) < 0)
            return tn_err_no_memory(err);
        p.places = &places;
        rc = parse_pieces(&p, err);
    } else if (scalar->len && !add_piece(&p, false, 0, scalar->len)) {
        rc = tn_err_no_memory(err);
    }
    if (rc == TENURE_OK) {
        drop_last_newline(out, scalar);
        out->whole = out->count == 1 && out->pieces[0].is_expression;
    }
    tn_places_deinit(&places);
    if (rc < 0) {
        int line = out->error_line, column = out->error_column;
        tn_template_deinit(out);
        out->error_line = line;
        out->error_column = column;
    }
    return rc;
}

void tn_template_deinit(struct tn_template *template)
{
    for (size_t i = 0; i < template->count; i++)
        free(template->pieces[i].text);
    free(template->pieces);
    *template = (struct tn_template){0};
}
