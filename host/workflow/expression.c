/*
 * Expressions: Lua in a workflow file, with its exact place.
 *
 * Lua itself judges the syntax later. Here is caught what YAML would hide from it (a comment that cuts it off) and what
 * people bring from other languages, with the right spelling.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "workflow/loader.h"

#define MAX_NESTING 64

/* A scan over Lua's tokens, as far as it takes to know what is code and not a string or a comment. */
struct scan {
    struct tn_loader *loader;
    const struct tn_places *places;
    const char *text;
    size_t from, at, to;
    char open[MAX_NESTING];                          /* brackets not closed yet */
    const struct tn_operation *options[MAX_NESTING]; /* whose options the bracket holds; NULL: nobody's */
    size_t depth;
    const struct tn_operation *called; /* named just before, so that a table here holds its options */
    bool
        has_function; /* then there may be statements and names of its own: neither a single = nor a name is our business */
};

static char peek(const struct scan *s, size_t ahead)
{
    return s->at + ahead < s->to ? s->text[s->at + ahead] : '\0';
}

static void problem(const struct scan *s, const char *hint, const char *message)
{
    tn_diagnostics_add(s->loader->problems, s->places->line[s->at], s->places->column[s->at], hint, "%s", message);
}

/* Length of [==[ or ]==] at an offset; 0: neither. */
static size_t long_bracket(const struct scan *s, size_t at, char bracket)
{
    size_t end = at + 1;
    if (at >= s->to || s->text[at] != bracket)
        return 0;
    while (end < s->to && s->text[end] == '=')
        end++;
    return end < s->to && s->text[end] == bracket ? end + 1 - at : 0;
}

static void skip_long(struct scan *s, size_t opening)
{
    for (s->at += opening; s->at < s->to; s->at++) {
        if (long_bracket(s, s->at, ']') == opening) {
            s->at += opening;
            return;
        }
    }
}

/* Skip a string or a comment. False: there is none here. */
static bool skip_text(struct scan *s)
{
    char byte = peek(s, 0);
    size_t opening = long_bracket(s, s->at, '[');
    if (opening) {
        skip_long(s, opening);
        return true;
    }
    if (byte == '-' && peek(s, 1) == '-') {
        s->at += 2;
        opening = long_bracket(s, s->at, '[');
        if (opening) {
            skip_long(s, opening);
            return true;
        }
        while (s->at < s->to && peek(s, 0) != '\n')
            s->at++;
        return true;
    }
    if (byte != '"' && byte != '\'')
        return false;
    for (s->at++; s->at < s->to && peek(s, 0) != byte; s->at++)
        s->at += peek(s, 0) == '\\';
    s->at = s->at < s->to ? s->at + 1 : s->to;
    return true;
}

bool tn_word_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

static void check_names(struct scan *s, size_t from, size_t len)
{
    const struct tn_piece piece = {.places = s->places, .text = s->text, .from = s->from, .to = s->to};
    const struct tn_operation *op = s->depth && s->depth <= MAX_NESTING ? s->options[s->depth - 1] : NULL;
    if (op)
        tn_option_check(s->loader, &piece, from, len, op);
    s->called = tn_name_check(s->loader, &piece, from, len);
}

static void skip_word(struct scan *s)
{
    size_t from = s->at;
    while (s->at < s->to && tn_word_byte(peek(s, 0)))
        s->at++;
    if (s->at - from == 8 && memcmp(s->text + from, "function", 8) == 0)
        s->has_function = true;
    if (!s->has_function)
        check_names(s, from, s->at - from);
}

static void bracket(struct scan *s, char byte)
{
    if (byte == '(' || byte == '[' || byte == '{') {
        if (s->depth < MAX_NESTING) {
            s->open[s->depth] = byte;
            s->options[s->depth] = byte == '{' ? s->called : NULL;
        }
        s->depth++;
    } else if (s->depth && (byte == ')' || byte == ']' || byte == '}')) {
        s->depth--;
    }
}

/* A field of a table, {state = "x"}, is the one place where an expression has a single =. */
static bool in_table(const struct scan *s)
{
    return s->depth > MAX_NESTING || (s->depth && s->open[s->depth - 1] == '{');
}

/* One operator or bracket. */
static void check_operator(struct scan *s)
{
    char byte = peek(s, 0), next = peek(s, 1);
    size_t len = 1;
    if (byte == '!' && next == '=') {
        problem(s, "write ~=", "'!=' is not Lua");
        len = 2 + (peek(s, 2) == '=');
    } else if (byte == '&' && next == '&') {
        problem(s, "write and", "'&&' is not Lua");
        len = 2;
    } else if (byte == '|' && next == '|') {
        problem(s, "write or", "'||' is not Lua");
        len = 2;
    } else if (byte == '!') {
        problem(s, "write not", "'!' is not Lua");
    } else if (byte == '=' && next == '=') {
        len = 2;
        if (peek(s, 2) == '=') {
            problem(s, "write ==", "'===' is not Lua");
            len = 3;
        }
    } else if ((byte == '<' || byte == '>' || byte == '~') && next == '=') {
        len = 2;
    } else if (byte == '=' && !in_table(s) && !s->has_function) {
        problem(s, "write == to compare", "a single '=' cannot stand in an expression");
    }
    bracket(s, byte);
    if (byte != '(' && !isspace((unsigned char)byte))
        s->called = NULL;
    s->at += len;
}

void tn_expression_check(struct tn_loader *loader, const struct tn_places *places, const char *text, size_t from,
                         size_t to)
{
    struct scan s = {.loader = loader, .places = places, .text = text, .from = from, .at = from, .to = to};
    while (s.at < s.to) {
        if (skip_text(&s))
            continue;
        if (tn_word_byte(peek(&s, 0)))
            skip_word(&s);
        else
            check_operator(&s);
    }
}

size_t tn_expression_end(const char *text, size_t from, size_t to)
{
    struct scan s = {.text = text, .at = from, .to = to};
    while (s.at < s.to) {
        if (skip_text(&s))
            continue;
        if (s.depth == 0 && peek(&s, 0) == '}' && peek(&s, 1) == '}')
            return s.at;
        bracket(&s, peek(&s, 0));
        s.at++;
    }
    return to;
}

static const char in_quotes[] =
    "put the expression in single quotes, or on its own line under '>': there # is no comment";

/* The first and the last byte that count; both len when there is nothing. */
static void trim(const char *text, size_t len, size_t *from, size_t *to)
{
    *from = strspn(text, " \t\r\n");
    *to = len;
    while (*to > *from && strchr(" \t\r\n", text[*to - 1]))
        --*to;
}

static void check(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                  const struct tn_places *places, struct tn_expression *out)
{
    size_t from, to;
    trim(node->text, node->len, &from, &to);
    if (places->comment) {
        tn_diagnostics_add(loader->problems, places->line[node->len], places->column[node->len], in_quotes,
                           "'%s' is cut off here: ' #' starts a comment in YAML", key->name);
        return;
    }
    if (from == to || tn_yaml_is_null(node)) {
        char hint[256];
        snprintf(hint, sizeof hint, "for example: %s: %s", key->name, key->example);
        tn_problem(loader, node, hint, "'%s' is empty", key->name);
        return;
    }
    if (strncmp(node->text + from, "${{", 3) == 0) {
        tn_diagnostics_add(loader->problems, places->line[from], places->column[from], "write it without ${{ }}",
                           "'%s' is an expression already", key->name);
        return;
    }
    tn_expression_check(loader, places, node->text, from, to);
    struct tn_buf text = {0};
    tn_places_unfold(places, node->text, from, to, &text);
    out->text = text.failed ? NULL : tn_arena_text(loader->arena, tn_buf_text(&text), text.len);
    tn_buf_deinit(&text);
    out->line = places->line[from];
    out->column = places->column[from];
    loader->no_memory |= !out->text;
}

void tn_read_expression(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                        struct tn_expression *out)
{
    if (node->kind != TN_YAML_SCALAR) {
        tn_problem_kind(loader, key, node, "a Lua expression");
        return;
    }
    struct tn_places places;
    if (tn_places_make(loader->source, node, &places) < 0) {
        loader->no_memory = true;
        return;
    }
    check(loader, key, node, &places, out);
    tn_places_deinit(&places);
}
