/*
 * CSV: records of cells, separated by comma, semicolon or tab as the header shows. Cells may be quoted; a quote in one
 * is doubled.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "workflow/loader.h"
#include "workflow/package.h"

#define MAX_COLUMNS 256

struct csv {
    const char *name; /* for messages */
    const char *bytes;
    size_t len, at;
    int line, column;
    char separator;
    struct tn_buf text;         /* the cells of a record, each with its NUL */
    size_t starts[MAX_COLUMNS]; /* of the cells in text */
    const char *cells[MAX_COLUMNS];
    int columns[MAX_COLUMNS];
    size_t count;
    int record_line;
    char *header; /* bytes of the names */
    const char *names[MAX_COLUMNS];
    size_t name_count;
};

static int wrong(const struct csv *csv, int line, int column, struct tn_err *err, const char *message)
{
    return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: %s", csv->name, line, column, message);
}

static bool at_break(const struct csv *csv)
{
    return csv->at >= csv->len || csv->bytes[csv->at] == '\n' || csv->bytes[csv->at] == '\r';
}

static void next_line(struct csv *csv)
{
    if (csv->at < csv->len && csv->bytes[csv->at] == '\r')
        csv->at++;
    if (csv->at < csv->len && csv->bytes[csv->at] == '\n')
        csv->at++;
    csv->line++;
    csv->column = 1;
}

static void next_character(struct csv *csv)
{
    size_t step = tn_utf8_valid_at(csv->bytes + csv->at, csv->len - csv->at);
    tn_buf_put(&csv->text, csv->bytes + csv->at, step);
    csv->at += step;
    csv->column++;
}

/* The separator that stands most often in the first line, outside quotes. */
static char find_separator(const char *bytes, size_t len)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < len && (quoted || (bytes[i] != '\n' && bytes[i] != '\r')); i++) {
        const char *found = bytes[i] ? strchr(candidates, bytes[i]) : NULL;
        quoted ^= bytes[i] == '"';
        if (found && !quoted)
            counts[found - candidates]++;
    }
    for (size_t i = 1; i < 3; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    return candidates[best];
}

static int read_quoted(struct csv *csv, struct tn_err *err)
{
    int line = csv->line, column = csv->column;
    csv->at++;
    csv->column++;
    for (;;) {
        if (csv->at >= csv->len)
            return wrong(csv, line, column, err, "the quote is not closed");
        if (csv->bytes[csv->at] == '"') {
            csv->at++;
            csv->column++;
            if (csv->at >= csv->len || csv->bytes[csv->at] != '"')
                break;
            next_character(csv);
        } else if (at_break(csv)) {
            tn_buf_putc(&csv->text, '\n');
            next_line(csv);
        } else {
            next_character(csv);
        }
    }
    if (!at_break(csv) && csv->bytes[csv->at] != csv->separator)
        return wrong(csv, csv->line, csv->column, err, "text behind a closing quote: inside a cell a quote is doubled");
    return TENURE_OK;
}

static int read_cell(struct csv *csv, struct tn_err *err)
{
    if (csv->count == MAX_COLUMNS)
        return wrong(csv, csv->line, csv->column, err, "more than 256 columns");
    csv->starts[csv->count] = csv->text.len;
    csv->columns[csv->count++] = csv->column;
    int rc = TENURE_OK;
    if (!at_break(csv) && csv->bytes[csv->at] == '"') {
        rc = read_quoted(csv, err);
    } else {
        while (!at_break(csv) && csv->bytes[csv->at] != csv->separator) {
            if (csv->bytes[csv->at] == '"')
                return wrong(csv, csv->line, csv->column, err,
                             "a quote inside a cell: put the whole cell in quotes and double it");
            next_character(csv);
        }
    }
    tn_buf_putc(&csv->text, '\0');
    return rc;
}

/* The next record that is not an empty line. count 0: the end. */
static int read_record(struct csv *csv, struct tn_err *err)
{
    while (csv->at < csv->len && at_break(csv))
        next_line(csv);
    tn_buf_reset(&csv->text);
    csv->count = 0;
    csv->record_line = csv->line;
    if (csv->at >= csv->len)
        return TENURE_OK;
    for (;;) {
        int rc = read_cell(csv, err);
        if (rc < 0)
            return rc;
        if (at_break(csv))
            break;
        csv->at++; /* the separator */
        csv->column++;
    }
    next_line(csv);
    if (csv->text.failed)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < csv->count; i++)
        csv->cells[i] = csv->text.data + csv->starts[i];
    return TENURE_OK;
}

/* The names of the columns: their bytes move out of the record's buffer. */
static int read_header(struct csv *csv, struct tn_err *err)
{
    int rc = read_record(csv, err);
    if (rc < 0)
        return rc;
    if (csv->count == 0)
        return wrong(csv, 1, 1, err, "the file is empty: the first line names the columns");
    size_t len;
    csv->header = tn_buf_take(&csv->text, &len);
    if (!csv->header)
        return tn_err_no_memory(err);
    csv->name_count = csv->count;
    for (size_t i = 0; i < csv->count; i++) {
        const char *name = tn_text_trim(csv->header + csv->starts[i]);
        csv->names[i] = name;
        if (!*name)
            return wrong(csv, csv->record_line, csv->columns[i], err, "a column without a name");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(csv->names[j], name) == 0)
                return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: two columns are called '%.60s'", csv->name,
                                  csv->record_line, csv->columns[i], name);
        }
    }
    return TENURE_OK;
}

static int read_rows(struct csv *csv, int (*on_row)(void *arg, const struct tn_csv_row *row, struct tn_err *err),
                     void *arg, struct tn_err *err)
{
    for (;;) {
        int rc = read_record(csv, err);
        if (rc < 0 || csv->count == 0)
            return rc;
        if (csv->count != csv->name_count)
            return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: %zu cells, and the header has %zu", csv->name,
                              csv->record_line, csv->columns[csv->count - 1], csv->count, csv->name_count);
        struct tn_csv_row row = {.names = csv->names,
                                 .cells = csv->cells,
                                 .columns = csv->columns,
                                 .count = csv->count,
                                 .line = csv->record_line,
                                 .separator = csv->separator};
        rc = on_row(arg, &row, err);
        if (rc != 0)
            return rc;
    }
}

/* Text that is text: UTF-8 without NUL. */
static int check_bytes(const struct csv *csv, struct tn_err *err)
{
    if (csv->len >= 2 && (memcmp(csv->bytes, "\xff\xfe", 2) == 0 || memcmp(csv->bytes, "\xfe\xff", 2) == 0))
        return wrong(csv, 1, 1, err, "UTF-16: save the file as UTF-8");
    size_t bad = tn_utf8_check(csv->bytes, csv->len);
    const char *nul = memchr(csv->bytes, '\0', bad);
    if (nul)
        bad = (size_t)(nul - csv->bytes);
    if (bad == csv->len)
        return TENURE_OK;
    struct csv place = {.bytes = csv->bytes, .len = bad, .at = csv->at, .line = 1, .column = 1};
    while (place.at < place.len) {
        if (at_break(&place)) {
            next_line(&place);
        } else {
            place.at += tn_utf8_valid_at(place.bytes + place.at, place.len - place.at);
            place.column++;
        }
    }
    return wrong(csv, place.line, place.column, err,
                 nul ? "a NUL byte: this is no CSV" : "not UTF-8: save the file as UTF-8");
}

int tn_csv_parse(const char *name, const char *bytes, size_t len,
                 int (*on_row)(void *arg, const struct tn_csv_row *row, struct tn_err *err), void *arg,
                 struct tn_err *err)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return tn_err_no_memory(err);
    *csv = (struct csv){.name = name, .bytes = bytes, .len = len, .line = 1, .column = 1};
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    csv->separator = find_separator(bytes, len);
    int rc = check_bytes(csv, err);
    if (rc == TENURE_OK)
        rc = read_header(csv, err);
    if (rc == TENURE_OK)
        rc = read_rows(csv, on_row, arg, err);
    free(csv->header);
    tn_buf_deinit(&csv->text);
    free(csv);
    return rc;
}

int tn_csv_read(const char *file, int (*on_row)(void *arg, const struct tn_csv_row *row, struct tn_err *err), void *arg,
                struct tn_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    int rc = tn_path_read(file, TN_CSV_MAX_BYTES, &bytes, &len, err);
    if (rc == TENURE_OK)
        rc = tn_csv_parse(file, bytes, len, on_row, arg, err);
    free(bytes);
    return rc;
}
