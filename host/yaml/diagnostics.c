/* Diagnostics: what a person sees of a problem in a file. See yaml.h. */
#include "yaml/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/utf8.h"

#define MAX_SHOWN 50
#define MAX_CELLS 100 /* of a source line; a longer one is cut around the caret */

struct diagnostic {
    int line, column;
    char *message;
    char *hint; /* NULL: none */
};

struct tn_diagnostics {
    char *file, *source;
    size_t source_len;
    struct diagnostic shown[MAX_SHOWN];
    size_t kept, count; /* count goes on when shown is full, or there was no memory to keep one */
};

int tn_diagnostics_new(const char *file, const char *source, size_t len, struct tn_diagnostics **out)
{
    struct tn_diagnostics *list = calloc(1, sizeof *list);
    if (!list)
        return TENURE_ENOMEM;
    list->file = strdup(file);
    list->source = malloc(len + 1);
    if (!list->file || !list->source) {
        tn_diagnostics_free(list);
        return TENURE_ENOMEM;
    }
    if (len > 0)
        memcpy(list->source, source, len);
    list->source[len] = '\0';
    list->source_len = len;
    *out = list;
    return TENURE_OK;
}

void tn_diagnostics_free(struct tn_diagnostics *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->kept; i++) {
        free(list->shown[i].message);
        free(list->shown[i].hint);
    }
    free(list->file);
    free(list->source);
    free(list);
}

size_t tn_diagnostics_count(const struct tn_diagnostics *list)
{
    return list->count;
}

void tn_diagnostics_add(struct tn_diagnostics *list, int line, int column, const char *hint, const char *fmt, ...)
{
    list->count++;
    if (list->kept == MAX_SHOWN)
        return;
    struct diagnostic new = {.line = line, .column = column};
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&new.message, fmt, args);
    va_end(args);
    if (len < 0)
        return;
    if (hint && !(new.hint = strdup(hint))) {
        free(new.message);
        return;
    }
    list->shown[list->kept++] = new;
}

/* ---- for a terminal --------------------------------------------------------------------------------------------- */

/* Columns of a terminal that a character takes: most take one, those of East Asian scripts two, accents none. */
static int cells_of(uint32_t point)
{
    bool accent = (point >= 0x300 && point <= 0x36f) || point == 0x200d || (point >= 0xfe00 && point <= 0xfe0f);
    bool wide = (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
                (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
                (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
                (point >= 0xffe0 && point <= 0xffe6) || (point >= 0x1f300 && point <= 0x1f64f) ||
                (point >= 0x1f900 && point <= 0x1f9ff) || (point >= 0x20000 && point <= 0x3fffd);
    return accent ? 0 : wide ? 2 : 1;
}

/* One character as a terminal may show it: what would move the cursor or turn the text becomes an escape. Returns the
 * bytes read; *cells is what it takes on the screen. */
static size_t render(const char *text, size_t len, char shown[16], int *cells)
{
    uint32_t point;
    size_t step = tn_utf8_decode(text, len, &point);
    if (!step)
        snprintf(shown, 16, "\\x%02x", (unsigned char)*text);
    else if (point == '\t')
        snprintf(shown, 16, "\\t");
    else if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        snprintf(shown, 16, "\\x%02x", (unsigned)point);
    else if (tn_utf8_deceptive(point) || point == 0xfeff)
        snprintf(shown, 16, "\\u%04x", (unsigned)point);
    else
        snprintf(shown, 16, "%.*s", (int)step, text);
    bool as_it_is = step && (shown[0] != '\\' || point == '\\');
    *cells = as_it_is ? cells_of(point) : (int)strlen(shown);
    return step ? step : 1;
}

static void put_safely(struct tn_buf *out, const char *text)
{
    size_t len = strlen(text);
    char shown[16];
    int cells;
    for (size_t at = 0; at < len; tn_buf_puts(out, shown))
        at += render(text + at, len - at, shown, &cells);
}

/* The bytes of a line, without its end; NULL when there is no such line. */
static const char *find_line(const struct tn_diagnostics *list, int line, size_t *len)
{
    const char *at = list->source, *end = list->source + list->source_len;
    for (; line > 1; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            return NULL;
        at++;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop)
        stop = end;
    if (stop > at && stop[-1] == '\r')
        stop--;
    *len = (size_t)(stop - at);
    return at;
}

/* Cells before a column, so that the caret stands below it. */
static int cells_before(const char *text, size_t len, int column)
{
    char shown[16];
    int cells, sum = 0;
    size_t at = 0;
    for (int i = 1; i < column && at < len; i++) {
        at += render(text + at, len - at, shown, &cells);
        sum += cells;
    }
    return sum;
}

static void put_source(const struct tn_diagnostics *list, const struct diagnostic *d, struct tn_buf *out)
{
    size_t len = 0;
    const char *text = d->line > 0 ? find_line(list, d->line, &len) : NULL;
    if (!text)
        return;
    int caret = cells_before(text, len, d->column), first = caret > MAX_CELLS - 20 ? caret - MAX_CELLS / 2 : 0;
    char shown[16];
    int cells, at_cell = 0, caret_shown = 4;
    tn_buf_puts(out, first > 0 ? "    ..." : "    ");
    caret_shown += first > 0 ? 3 : 0;
    bool cut = false;
    for (size_t at = 0; at < len && !cut;) {
        at += render(text + at, len - at, shown, &cells);
        if (at_cell >= first)
            tn_buf_puts(out, shown);
        if (at_cell >= first && at_cell < caret)
            caret_shown += cells;
        at_cell += cells;
        cut = at_cell >= first + MAX_CELLS && at < len;
    }
    tn_buf_puts(out, cut ? "...\n" : "\n");
    tn_buf_printf(out, "%*s^\n", caret_shown, "");
}

void tn_diagnostics_text(const struct tn_diagnostics *list, struct tn_buf *out)
{
    for (size_t i = 0; i < list->kept; i++) {
        const struct diagnostic *d = &list->shown[i];
        put_safely(out, list->file);
        if (d->line > 0)
            tn_buf_printf(out, ":%d:%d", d->line, d->column);
        tn_buf_puts(out, ": ");
        put_safely(out, d->message);
        tn_buf_putc(out, '\n');
        put_source(list, d, out);
        if (d->hint) {
            tn_buf_puts(out, "  hint: ");
            put_safely(out, d->hint);
            tn_buf_putc(out, '\n');
        }
    }
    if (list->count > list->kept)
        tn_buf_printf(out, "and %zu more\n", list->count - list->kept);
}

static void write_one(struct tn_json_writer *w, const char *file, const struct diagnostic *d)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "file", file);
    tn_jw_kv_int(w, "line", d->line);
    tn_jw_kv_int(w, "column", d->column);
    tn_jw_kv_string(w, "message", d->message);
    tn_jw_kv_string(w, "hint", d->hint);
    tn_jw_object_end(w);
}

void tn_diagnostics_json(const struct tn_diagnostics *list, struct tn_buf *out)
{
    struct tn_json_writer w;
    tn_jw_init(&w, out);
    tn_jw_array(&w);
    for (size_t i = 0; i < list->kept; i++)
        write_one(&w, list->file, &list->shown[i]);
    if (list->count > list->kept) {
        char message[40];
        snprintf(message, sizeof message, "and %zu more", list->count - list->kept);
        write_one(&w, list->file, &(struct diagnostic){.message = message});
    }
    tn_jw_array_end(&w);
}
