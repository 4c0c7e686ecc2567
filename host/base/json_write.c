/* JSON writer: see json_write.h. */
#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

void tn_jw_init(struct tn_json_writer *w, struct tn_buf *out)
{
    *w = (struct tn_json_writer){.out = out};
}

/* The comma, if one is due before the value that now comes. */
static void separate(struct tn_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0 || w->depth > TN_JW_MAX_DEPTH)
        return;
    uint64_t bit = (uint64_t)1 << (w->depth - 1);
    if (w->filled & bit)
        tn_buf_putc(w->out, ',');
    w->filled |= bit;
}

static void open_level(struct tn_json_writer *w, char bracket)
{
    separate(w);
    tn_buf_putc(w->out, bracket);
    if (w->depth < TN_JW_MAX_DEPTH)
        w->filled &= ~((uint64_t)1 << w->depth);
    else
        w->out->failed = true;
    w->depth++;
}

static void close_level(struct tn_json_writer *w, char bracket)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    tn_buf_putc(w->out, bracket);
}

void tn_jw_object(struct tn_json_writer *w)
{
    open_level(w, '{');
}

void tn_jw_object_end(struct tn_json_writer *w)
{
    close_level(w, '}');
}

void tn_jw_array(struct tn_json_writer *w)
{
    open_level(w, '[');
}

void tn_jw_array_end(struct tn_json_writer *w)
{
    close_level(w, ']');
}

static void put_escaped(struct tn_buf *out, const char *text, size_t len)
{
    tn_buf_putc(out, '"');
    size_t at = 0, plain = 0;
    while (at < len) {
        unsigned char c = (unsigned char)text[at];
        size_t step = c < 0x80 ? 1 : tn_utf8_valid_at(text + at, len - at);
        if (step && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            at += step;
            continue;
        }
        tn_buf_put(out, text + plain, at - plain);
        if (!step)
            tn_buf_puts(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            tn_buf_put(out, (const char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            tn_buf_puts(out, "\\n");
        else if (c == '\t')
            tn_buf_puts(out, "\\t");
        else
            tn_buf_printf(out, "\\u%04x", c);
        at += step ? step : 1;
        plain = at;
    }
    tn_buf_put(out, text + plain, at - plain);
    tn_buf_putc(out, '"');
}

void tn_jw_key_len(struct tn_json_writer *w, const char *key, size_t len)
{
    assert(!w->after_key);
    separate(w);
    put_escaped(w->out, key, len);
    tn_buf_putc(w->out, ':');
    w->after_key = true;
}

void tn_jw_key(struct tn_json_writer *w, const char *key)
{
    tn_jw_key_len(w, key, strlen(key));
}

void tn_jw_string_len(struct tn_json_writer *w, const char *text, size_t len)
{
    separate(w);
    put_escaped(w->out, text, len);
}

void tn_jw_string(struct tn_json_writer *w, const char *text)
{
    if (text)
        tn_jw_string_len(w, text, strlen(text));
    else
        tn_jw_null(w);
}

void tn_jw_int(struct tn_json_writer *w, int64_t value)
{
    separate(w);
    tn_buf_printf(w->out, "%lld", (long long)value);
}

void tn_jw_double(struct tn_json_writer *w, double value)
{
    if (!isfinite(value)) {
        tn_jw_null(w);
        return;
    }
    char text[TN_NUMBER_TEXT];
    if (tn_number_read(tn_number_format(text, value, 15)) != value)
        tn_number_format(text, value, 17);
    separate(w);
    tn_buf_puts(w->out, text);
}

void tn_jw_bool(struct tn_json_writer *w, bool value)
{
    separate(w);
    tn_buf_puts(w->out, value ? "true" : "false");
}

void tn_jw_null(struct tn_json_writer *w)
{
    separate(w);
    tn_buf_puts(w->out, "null");
}

void tn_jw_money(struct tn_json_writer *w, const struct tn_money *money)
{
    if (!money) {
        tn_jw_null(w);
        return;
    }
    char amount[TN_MONEY_TEXT];
    tn_jw_object(w);
    tn_jw_kv_string(w, "amount", tn_money_amount(money, amount));
    tn_jw_kv_string(w, "currency", money->currency);
    tn_jw_object_end(w);
}

void tn_jw_amount(struct tn_json_writer *w, const struct tn_money *money)
{
    char amount[TN_MONEY_TEXT];
    separate(w);
    tn_buf_puts(w->out, tn_money_amount(money, amount));
}

void tn_jw_raw(struct tn_json_writer *w, const char *json, size_t len)
{
    separate(w);
    tn_buf_put(w->out, json, len);
}

void tn_jw_kv_string(struct tn_json_writer *w, const char *key, const char *text)
{
    tn_jw_key(w, key);
    tn_jw_string(w, text);
}

void tn_jw_kv_json(struct tn_json_writer *w, const char *key, const char *json)
{
    tn_jw_key(w, key);
    if (json && *json)
        tn_jw_raw(w, json, strlen(json));
    else
        tn_jw_null(w);
}

void tn_jw_kv_int(struct tn_json_writer *w, const char *key, int64_t value)
{
    tn_jw_key(w, key);
    tn_jw_int(w, value);
}

void tn_jw_kv_double(struct tn_json_writer *w, const char *key, double value)
{
    tn_jw_key(w, key);
    tn_jw_double(w, value);
}

void tn_jw_kv_bool(struct tn_json_writer *w, const char *key, bool value)
{
    tn_jw_key(w, key);
    tn_jw_bool(w, value);
}

void tn_jw_kv_money(struct tn_json_writer *w, const char *key, const struct tn_money *money)
{
    tn_jw_key(w, key);
    tn_jw_money(w, money);
}
