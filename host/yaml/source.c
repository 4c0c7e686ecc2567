/* The source text before libyaml sees it: what an editor would not show as it is, is refused here with its place. */
#include "yaml/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct tn_yaml_place tn_yaml_source_place(const struct tn_yaml_source *source, size_t index)
{
    if (index > source->chars)
        index = source->chars;
    size_t low = 0, high = source->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    return (struct tn_yaml_place){.line = (int)low + 1, .column = (int)(index - source->lines[low]) + 1};
}

size_t tn_yaml_source_left(const struct tn_yaml_source *source, size_t index)
{
    return index < source->chars ? source->len - source->offsets[index] : 0;
}

const char *tn_yaml_source_at(const struct tn_yaml_source *source, size_t index)
{
    return index < source->chars ? source->bytes + source->offsets[index] : "";
}

static bool starts_with(const char *bytes, size_t len, const char *prefix, size_t prefix_len)
{
    return len >= prefix_len && memcmp(bytes, prefix, prefix_len) == 0;
}

/* Encodings that are not ours, told by how the file begins. */
static bool refuse_encoding(const char *bytes, size_t len, struct tn_diagnostics *problems)
{
    if (starts_with(bytes, len, "\xef\xbb\xbf", 3)) {
        tn_diagnostics_add(problems, 1, 1, "save the file as UTF-8 without BOM",
                           "the file begins with a byte order mark");
        return true;
    }
    bool marked = starts_with(bytes, len, "\xff\xfe", 2) || starts_with(bytes, len, "\xfe\xff", 2);
    bool every_other_nul = len >= 2 && (!bytes[0] != !bytes[1]);
    if (!marked && !every_other_nul)
        return false;
    tn_diagnostics_add(problems, 0, 0, "save the file as UTF-8", "the file is UTF-16, not UTF-8");
    return true;
}

/* What is wrong with one character, or NULL. */
static const char *refuse_character(uint32_t point, const char *next, size_t left, const char **hint)
{
    *hint = "remove it; inside double quotes an escape such as \"\\x1b\" can stand for it";
    if (point == 0)
        return "a NUL character";
    if (point == '\r' && (left == 0 || *next != '\n')) {
        *hint = "end lines with a line feed";
        return "a carriage return without a line feed: it ends a line here, and not in most editors";
    }
    if ((point < 0x20 && point != '\t' && point != '\n' && point != '\r') || point == 0x7f ||
        (point >= 0x80 && point < 0xa0 && point != 0x85))
        return "a control character";
    if (point == 0xfeff) {
        *hint = "remove it";
        return "an invisible byte order mark";
    }
    if (point == 0xfffe || point == 0xffff)
        return "a character that Unicode does not have";
    return NULL;
}

/* Walks the characters; the tables have room for one entry per byte. */
static int index_characters(struct tn_yaml_source *source, struct tn_diagnostics *problems)
{
    size_t at = 0;
    source->lines[source->line_count++] = 0;
    while (at < source->len) {
        uint32_t point;
        size_t step = tn_utf8_decode(source->bytes + at, source->len - at, &point);
        const char *hint = "save the file as UTF-8";
        const char *what = step ? refuse_character(point, source->bytes + at + step, source->len - at - step, &hint)
                                : "this is not UTF-8";
        if (what) {
            size_t line_start = source->lines[source->line_count - 1];
            tn_diagnostics_add(problems, (int)source->line_count, (int)(source->chars - line_start) + 1, hint, "%s",
                               what);
            return TENURE_EINVAL;
        }
        if (tn_utf8_deceptive(point))
            source->deceptive[source->deceptive_count++] = (uint32_t)source->chars;
        source->offsets[source->chars++] = (uint32_t)at;
        if (point == '\n')
            source->lines[source->line_count++] = (uint32_t)source->chars;
        at += step;
    }
    source->offsets[source->chars] = (uint32_t)at;
    return TENURE_OK;
}

int tn_yaml_source_init(struct tn_yaml_source *source, const char *bytes, size_t len, struct tn_diagnostics *problems)
{
    *source = (struct tn_yaml_source){.bytes = bytes, .len = len};
    if (len > TN_YAML_MAX_BYTES) {
        tn_diagnostics_add(problems, 0, 0, "keep data in a file of its own",
                           "the file has %zu bytes, more than the %u that are read", len, TN_YAML_MAX_BYTES);
        return TENURE_EINVAL;
    }
    if (refuse_encoding(bytes, len, problems))
        return TENURE_EINVAL;
    source->offsets = calloc(len + 1, sizeof *source->offsets);
    source->lines = calloc(len + 2, sizeof *source->lines);
    source->deceptive = calloc(len + 1, sizeof *source->deceptive);
    if (!source->offsets || !source->lines || !source->deceptive)
        return TENURE_ENOMEM;
    return index_characters(source, problems);
}

void tn_yaml_source_deinit(struct tn_yaml_source *source)
{
    free(source->offsets);
    free(source->lines);
    free(source->deceptive);
    *source = (struct tn_yaml_source){0};
}
