/*
 * Places: see place.h.
 *
 * A walk holds a cursor in the source and one in the value and moves both forward: over characters that are the same in
 * both, over escapes, and over line breaks, of which the value keeps a space, some newlines or nothing.
 */
#include "workflow/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tenure/status.h"

struct tn_source {
    const char *bytes;
    size_t len;
    size_t *lines; /* offset of each line's first byte */
    size_t line_count;
    /* the place found last: scalars are mostly asked about in the order of the file */
    int line, column;
    size_t offset;
};

/* Bytes of the line break at an offset; 0: none there. YAML folds at a lone carriage return too, which begins no line.
 */
static size_t break_at(const struct tn_source *source, size_t at)
{
    if (at >= source->len)
        return 0;
    if (source->bytes[at] == '\r')
        return at + 1 < source->len && source->bytes[at + 1] == '\n' ? 2 : 1;
    return source->bytes[at] == '\n';
}

struct tn_source *tn_source_new(struct tn_arena *arena, const char *bytes, size_t len)
{
    struct tn_source *source = tn_arena_alloc(arena, 1, sizeof *source);
    if (!source)
        return NULL;
    source->bytes = tn_arena_text(arena, bytes, len);
    source->len = len;
    size_t count = 1;
    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n';
    source->lines = tn_arena_alloc(arena, count, sizeof *source->lines);
    if (!source->bytes || !source->lines)
        return NULL;
    source->line_count = 1;
    for (size_t at = 0; at < len; at++) {
        if (bytes[at] == '\n')
            source->lines[source->line_count++] = at + 1;
    }
    return source;
}

static size_t character_at(const struct tn_source *source, size_t at)
{
    size_t step = tn_utf8_valid_at(source->bytes + at, source->len - at);
    return step ? step : 1;
}

static size_t offset_of(struct tn_source *source, int line, int column)
{
    if (line < 1 || (size_t)line > source->line_count)
        return source->len;
    size_t at = source->lines[line - 1];
    int reached = 1;
    if (source->line == line && source->column <= column) {
        at = source->offset;
        reached = source->column;
    }
    for (; reached < column && at < source->len && !break_at(source, at); reached++)
        at += character_at(source, at);
    source->line = line;
    source->column = reached;
    source->offset = at;
    return at;
}

struct walk {
    const struct tn_source *source;
    size_t at;        /* in the source */
    int line, column; /* the place of at */
    const char *text;
    size_t len, i; /* in the value */
    struct tn_places *places;
};

static void step_source(struct walk *w)
{
    size_t step = break_at(w->source, w->at);
    if (!step)
        step = character_at(w->source, w->at);
    w->at += step;
    w->column++;
    if (w->source->bytes[w->at - 1] == '\n') {
        w->line++;
        w->column = 1;
    }
}

/* The next bytes of the value come from a place. */
static void take_value(struct walk *w, size_t bytes, int line, int column)
{
    for (; bytes && w->i < w->len; bytes--, w->i++) {
        w->places->line[w->i] = line;
        w->places->column[w->i] = column;
    }
}

/* From here on nothing is known. */
static void give_up(struct walk *w)
{
    take_value(w, w->len - w->i, w->line, w->column);
}

static bool more(const struct walk *w)
{
    return w->i < w->len && w->at < w->source->len;
}

/* A character that stands in the source as in the value. */
static void same_character(struct walk *w)
{
    size_t bytes = character_at(w->source, w->at);
    if (bytes > w->len - w->i || memcmp(w->source->bytes + w->at, w->text + w->i, bytes) != 0) {
        give_up(w);
        return;
    }
    take_value(w, bytes, w->line, w->column);
    step_source(w);
}

static void skip_blanks(struct walk *w)
{
    while (w->at < w->source->len && (w->source->bytes[w->at] == ' ' || w->source->bytes[w->at] == '\t'))
        step_source(w);
}

/* Line breaks of a plain or quoted scalar, with the blanks around them. The value has a space for one, newlines for
 * more. */
static bool fold(struct walk *w)
{
    struct walk start = *w;
    skip_blanks(w);
    if (!break_at(w->source, w->at)) {
        *w = start;
        return false;
    }
    int line = w->line, column = w->column;
    while (break_at(w->source, w->at)) {
        step_source(w);
        skip_blanks(w);
    }
    if (w->i < w->len && w->text[w->i] == ' ') {
        take_value(w, 1, line, column);
        return true;
    }
    for (; w->i < w->len && w->text[w->i] == '\n' && line < w->line; line++, column = 1)
        take_value(w, 1, line, column);
    return true;
}

static void walk_plain(struct walk *w)
{
    while (more(w)) {
        if (!fold(w))
            same_character(w);
    }
}

/* An escape of a double-quoted scalar. */
static void escape(struct walk *w)
{
    int line = w->line, column = w->column;
    step_source(w);
    if (w->at >= w->source->len)
        return;
    if (break_at(w->source, w->at)) { /* a line goes on: nothing in the value */
        step_source(w);
        skip_blanks(w);
        return;
    }
    static const char kinds[] = "xuU";
    const char *kind = strchr(kinds, w->source->bytes[w->at]);
    int digits = kind && *kind ? 2 << (kind - kinds) : 0;
    step_source(w);
    for (; digits && w->at < w->source->len; digits--)
        step_source(w);
    size_t bytes = tn_utf8_valid_at(w->text + w->i, w->len - w->i);
    take_value(w, bytes ? bytes : 1, line, column);
}

static void walk_quoted(struct walk *w)
{
    char quote = w->source->bytes[w->at];
    step_source(w);
    while (more(w)) {
        char byte = w->source->bytes[w->at];
        if (fold(w))
            continue;
        if (quote == '"' && byte == '\\') {
            escape(w);
        } else {
            same_character(w);
            if (quote == '\'' && byte == '\'' && w->at < w->source->len)
                step_source(w); /* the second of two */
        }
    }
}

static size_t count_leading(const char *text, size_t len, char byte)
{
    size_t n = 0;
    while (n < len && text[n] == byte)
        n++;
    return n;
}

/* How far a block is indented: what its first line with something on it has in the source and not in the value. */
static size_t block_indent(const struct walk *w)
{
    size_t at = w->at;
    for (;;) {
        size_t spaces = count_leading(w->source->bytes + at, w->source->len - at, ' ');
        size_t end = at + spaces;
        if (break_at(w->source, end)) {
            at = end + break_at(w->source, end);
            continue;
        }
        size_t newlines = count_leading(w->text, w->len, '\n');
        size_t kept = count_leading(w->text + newlines, w->len - newlines, ' ');
        return spaces > kept ? spaces - kept : 0;
    }
}

/* Skip the indentation of one line; false: nothing else is on it. */
static bool enter_block_line(struct walk *w, size_t indent)
{
    for (; indent && w->at < w->source->len && w->source->bytes[w->at] == ' '; indent--)
        step_source(w);
    return w->at < w->source->len && !break_at(w->source, w->at);
}

static void walk_block(struct walk *w)
{
    while (w->at < w->source->len && !break_at(w->source, w->at))
        step_source(w); /* | or > and what else is on its line */
    if (w->at < w->source->len)
        step_source(w);
    size_t indent = block_indent(w);
    while (more(w)) {
        bool content = enter_block_line(w, indent);
        while (content && more(w) && !break_at(w->source, w->at))
            same_character(w);
        /* The value has a newline for the break, a space where two lines were folded, or nothing: the last of several.
         */
        int line = w->line, column = w->column;
        if (w->at < w->source->len)
            step_source(w);
        if (w->i < w->len && (w->text[w->i] == '\n' || (content && w->text[w->i] == ' ')))
            take_value(w, 1, line, column);
    }
}

/* Whether a comment follows on the line where the scalar ends. */
static bool comment_follows(const struct walk *end)
{
    struct walk w = *end;
    skip_blanks(&w);
    return w.at < w.source->len && w.at > end->at && w.source->bytes[w.at] == '#';
}

int tn_places_make(struct tn_source *source, const struct tn_yaml *scalar, struct tn_places *places)
{
    *places = (struct tn_places){.len = scalar->len};
    places->line = calloc(scalar->len + 1, sizeof(int));
    places->column = calloc(scalar->len + 1, sizeof(int));
    if (!places->line || !places->column) {
        tn_places_deinit(places);
        return TENURE_ENOMEM;
    }
    struct walk w = {.source = source,
                     .at = offset_of(source, scalar->line, scalar->column),
                     .line = scalar->line,
                     .column = scalar->column,
                     .text = scalar->text,
                     .len = scalar->len,
                     .places = places};
    if (scalar->block)
        walk_block(&w);
    else if (scalar->plain)
        walk_plain(&w);
    else if (w.at < source->len)
        walk_quoted(&w);
    give_up(&w);
    places->line[w.len] = w.line;
    places->column[w.len] = w.column;
    places->comment = scalar->plain && comment_follows(&w);
    return TENURE_OK;
}

void tn_places_deinit(struct tn_places *places)
{
    free(places->line);
    free(places->column);
    *places = (struct tn_places){0};
}

void tn_places_unfold(const struct tn_places *places, const char *text, size_t from, size_t to, struct tn_buf *out)
{
    for (size_t i = from; i < to; i++) {
        int breaks = places->line[i + 1] - places->line[i];
        if (breaks <= 0 || (text[i] != ' ' && text[i] != '\n'))
            tn_buf_putc(out, text[i]);
        for (; breaks > 0 && (text[i] == ' ' || text[i] == '\n'); breaks--)
            tn_buf_putc(out, '\n');
    }
}
