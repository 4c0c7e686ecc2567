/* libyaml's complaints in words that help, with the place where the mistake is rather than where it was noticed. */
#include "yaml/internal.h"

#include <stdio.h>
#include <string.h>

/* A problem of libyaml's and what we make of it. at_context: the mistake began where the context did. */
struct advice {
    const char *context; /* NULL: any */
    const char *problem;
    bool at_context;
    const char *message; /* NULL: libyaml's own */
    const char *hint;
};

static const struct advice advices[] = {
    {"while scanning a quoted scalar", "found unexpected end of stream", true, "this quote is never closed",
     "add the closing quote"},
    {"while scanning a quoted scalar", "found unexpected document indicator", true, "this quote is never closed",
     "add the closing quote"},
    {NULL, "found unknown escape character", false, "double quotes have no such escape",
     "use single quotes, or write \\\\ for a backslash"},
    {NULL, "mapping values are not allowed in this context", false, "a second ': ' in one line",
     "put the value in quotes: key: \"a: b\""},
    {NULL, "could not find expected ':'", true, "no ':' after this key",
     "a mapping is written as 'key: value'; a text over several lines needs | or quotes"},
    {"while parsing a block mapping", "did not find expected key", false,
     "this does not line up with the keys above it",
     "give all keys of one mapping the same indentation; a value that begins with a quote ends with it"},
    {"while parsing a block collection", "did not find expected '-' indicator", false,
     "this does not line up with the list above it", "give all '- ' of one list the same indentation"},
    {NULL, "block sequence entries are not allowed in this context", false, "a list cannot begin behind a key",
     "begin the list in a line of its own, below the key"},
    {NULL, "found a tab character that violates indentation", false, "a tab in the indentation", "indent with spaces"},
    {NULL, "did not find expected node content", false, "a value is missing here",
     "write the value, or close the bracket before it"},
    {NULL, "found undefined tag handle", false, "tags (!…) are not used here",
     "put a value that begins with ! in quotes"},
    {NULL, "did not find expected <document start>", false, "something follows the end of the document",
     "one file holds one document"},
};

static struct tn_yaml_place place_of(const struct tn_yaml_source *source, yaml_mark_t mark)
{
    return tn_yaml_source_place(source, mark.index);
}

/* The rest of the line at an index, for looking at. */
static size_t rest_of_line(const struct tn_yaml_source *source, size_t index, const char **text)
{
    *text = tn_yaml_source_at(source, index);
    size_t left = tn_yaml_source_left(source, index);
    const char *end = left ? memchr(*text, '\n', left) : NULL;
    return end ? (size_t)(end - *text) : left;
}

/* Characters that begin no value. */
static bool advise_start(const struct tn_yaml_source *source, size_t index, struct tn_diagnostics *problems)
{
    struct tn_yaml_place place = tn_yaml_source_place(source, index);
    char first = *tn_yaml_source_at(source, index);
    if (first == '\t')
        tn_diagnostics_add(problems, place.line, place.column, "indent with spaces", "a tab in the indentation");
    else if (first == '@' || first == '`' || first == '%')
        tn_diagnostics_add(problems, place.line, place.column, "put the value in quotes",
                           "a value cannot begin with %c unless it is quoted", first);
    else
        return false;
    return true;
}

/* An unclosed bracket is reported where it opens; inside it, an expression without quotes is the likely reason. */
static bool advise_brackets(const yaml_parser_t *parser, const struct tn_yaml_source *source,
                            struct tn_diagnostics *problems)
{
    bool sequence = parser->context && strcmp(parser->context, "while parsing a flow sequence") == 0;
    bool mapping = parser->context && strcmp(parser->context, "while parsing a flow mapping") == 0;
    if (!sequence && !mapping)
        return false;
    struct tn_yaml_place opening = place_of(source, parser->context_mark),
                         noticed = place_of(source, parser->problem_mark);
    const char *text;
    size_t len = rest_of_line(source, parser->context_mark.index, &text);
    bool expression = memmem(text, len, "${{", 3);
    const char *hint = expression ? "put an expression inside brackets in quotes: \"${{ … }}\""
                                  : "close the bracket, or separate its parts with commas";
    tn_diagnostics_add(problems, opening.line, opening.column, hint,
                       "this %c is not closed: line %d, column %d has neither a comma nor %c", sequence ? '[' : '{',
                       noticed.line, noticed.column, sequence ? ']' : '}');
    return true;
}

static bool same(const char *text, const char *expected)
{
    return text && strcmp(text, expected) == 0;
}

static bool advise_missing_key(const yaml_parser_t *parser, const struct tn_yaml_source *source,
                               struct tn_diagnostics *problems)
{
    bool here = same(parser->problem, "did not find expected key") ||
                same(parser->problem, "did not find expected node content");
    if (!here || *tn_yaml_source_at(source, parser->problem_mark.index) != ':')
        return false;
    struct tn_yaml_place place = place_of(source, parser->problem_mark);
    tn_diagnostics_add(problems, place.line, place.column, "a mapping is written as 'key: value'",
                       "a key is missing before ':'");
    return true;
}

static const struct advice *find_advice(const yaml_parser_t *parser)
{
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (same(parser->problem, advices[i].problem) &&
            (!advices[i].context || same(parser->context, advices[i].context)))
            return &advices[i];
    }
    return NULL;
}

void tn_yaml_advise(const yaml_parser_t *parser, const struct tn_yaml_source *source, struct tn_diagnostics *problems)
{
    const char *problem = parser->problem ? parser->problem : "this cannot be read as YAML";
    if (same(problem, "found character that cannot start any token") &&
        advise_start(source, parser->problem_mark.index, problems))
        return;
    if (advise_missing_key(parser, source, problems))
        return;
    const struct advice *advice = find_advice(parser);
    if (!advice && advise_brackets(parser, source, problems))
        return;
    bool at_context = advice && advice->at_context && parser->context;
    struct tn_yaml_place place = place_of(source, at_context ? parser->context_mark : parser->problem_mark);
    tn_diagnostics_add(problems, place.line, place.column, advice ? advice->hint : NULL, "%s",
                       advice && advice->message ? advice->message : problem);
}
