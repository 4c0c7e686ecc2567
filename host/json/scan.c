/*
 * The strict check that comes before cjson, which by itself takes NaN, 0x10, 010, 1., invalid UTF-8 and anything behind
 * a NUL.
 *
 * One pass over the text, without recursion: what kind each open bracket is sits in one bit per depth. It knows the
 * whole grammar, so that every complaint can name the byte.
 */
#include "json/internal.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

#define MAX_CONTAINERS 500000u /* each may take a cursor, and a Lua stack ends at a million slots */
#define MAX_NUMBER 1100u       /* the longest exact decimal of a double has 1,077 characters */

struct scan {
    const char *bytes;
    size_t len, at;
    uint64_t objects; /* bit per open bracket: it is an object */
    int depth;
    size_t containers;
    struct tn_json_findings *findings;
    size_t copied; /* how much of bytes findings->rewritten holds, once it holds anything */
    struct tn_err *err;
};

static int refuse(struct scan *s, size_t at, const char *what)
{
    if (at >= s->len)
        return tn_err_set(s->err, TENURE_EPROTO, "not valid JSON: the text ends too early, after %zu bytes", s->len);
    return tn_err_set(s->err, TENURE_EPROTO, "not valid JSON at byte %zu: %s", at, what);
}

static int peek(const struct scan *s)
{
    return s->at < s->len ? (unsigned char)s->bytes[s->at] : -1;
}

static inline void skip_space(struct scan *s)
{
    if (s->at < s->len && s->bytes[s->at] > ' ')
        return; /* services write no spaces */
    while (s->at < s->len) {
        char c = s->bytes[s->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->at++;
    }
}

/* Put text and a mark where the bytes from..to stand. The first time makes room for the whole text at once. */
static void rewrite(struct scan *s, size_t from, size_t to, const char *before, char mark)
{
    struct tn_buf *out = &s->findings->rewritten;
    if (s->copied == 0 && tn_buf_put(out, s->bytes, s->len))
        out->len = 0;
    tn_buf_put(out, s->bytes + s->copied, from - s->copied);
    tn_buf_puts(out, before);
    tn_buf_putc(out, mark);
    s->copied = to;
}

/* ---- strings ---------------------------------------------------------------------------------------------------- */

/* How many of the eight bytes before the first that is not plain: not ASCII, a control character, quote or backslash.
 * The subtractions borrow from the next byte only behind such a byte, so that the lowest mark is right. */
static size_t count_plain(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    uint64_t special = ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & high;
    return special ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

static void skip_plain(struct scan *s)
{
    size_t at = s->at, step = 8;
    for (; step == 8 && at + 8 <= s->len; at += step)
        step = count_plain(s->bytes + at);
    s->at = at;
}

static int hex4(const struct scan *s, size_t at)
{
    int value = 0;
    for (size_t i = at; i < at + 4; i++) {
        int c = i < s->len ? (unsigned char)s->bytes[i] : 0;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static int scan_unicode_escape(struct scan *s)
{
    int unit = hex4(s, s->at + 2);
    if (unit < 0)
        return refuse(s, s->at + 6 > s->len ? s->len : s->at, "\\u needs four hexadecimal digits");
    bool high = unit >= 0xd800 && unit <= 0xdbff, low = unit >= 0xdc00 && unit <= 0xdfff;
    if (high) {
        bool escape = s->at + 7 < s->len && s->bytes[s->at + 6] == '\\' && s->bytes[s->at + 7] == 'u';
        int second = escape ? hex4(s, s->at + 8) : -1;
        if (second < 0xdc00 || second > 0xdfff)
            return refuse(s, s->at, "half of a surrogate pair");
        s->at += 6;
    } else if (low) {
        return refuse(s, s->at, "half of a surrogate pair");
    }
    s->at += 6;
    return TENURE_OK;
}

static int scan_escape(struct scan *s)
{
    if (s->at + 1 >= s->len)
        return refuse(s, s->len, "");
    char c = s->bytes[s->at + 1];
    if (c == 'u')
        return scan_unicode_escape(s);
    if (!c || !strchr("\"\\/bfnrt", c))
        return refuse(s, s->at, "an escape that JSON does not have");
    s->at += 2;
    return TENURE_OK;
}

/* s->at is on the opening quote. */
static int scan_string(struct scan *s)
{
    s->at++;
    while (s->at < s->len) {
        skip_plain(s);
        if (s->at >= s->len)
            break;
        unsigned char c = (unsigned char)s->bytes[s->at];
        if (c == '"') {
            s->at++;
            return TENURE_OK;
        }
        if (c == '\\') {
            int rc = scan_escape(s);
            if (rc < 0)
                return rc;
        } else if (c < 0x20) {
            return refuse(s, s->at, c ? "a control character in a string" : "a NUL byte in a string");
        } else {
            size_t step = c < 0x80 ? 1 : tn_utf8_valid_at(s->bytes + s->at, s->len - s->at);
            if (!step)
                return refuse(s, s->at, "this is not UTF-8");
            s->at += step;
        }
    }
    return refuse(s, s->len, "");
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

static size_t scan_digits(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->len && s->bytes[s->at] >= '0' && s->bytes[s->at] <= '9')
        s->at++;
    return s->at - start;
}

/* An integer of 16 to 19 digits may be more than a double keeps: hand it on as digits when it fits 64 bits. */
static void keep_long_integer(struct scan *s, size_t start)
{
    bool negative = s->bytes[start] == '-';
    uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
    for (size_t i = start + negative; i < s->at; i++) {
        uint64_t digit = (uint64_t)(s->bytes[i] - '0');
        if (value > (limit - digit) / 10)
            return;
        value = value * 10 + digit;
    }
    rewrite(s, start, s->at, "\"", TN_JSON_MARK_INTEGER);
    tn_buf_put(&s->findings->rewritten, s->bytes + start, s->at - start);
    tn_buf_putc(&s->findings->rewritten, '"');
    s->findings->long_integers = true;
}

static bool is_finite(const struct scan *s, size_t start)
{
    char text[MAX_NUMBER + 1];
    size_t len = s->at - start;
    memcpy(text, s->bytes + start, len);
    text[len] = '\0';
    return isfinite(tn_number_read(text));
}

static int scan_number(struct scan *s)
{
    s->findings->all_typed = false;
    size_t start = s->at;
    s->at += peek(s) == '-';
    bool zero = peek(s) == '0', fraction = false, exponent = false;
    size_t digits = scan_digits(s);
    if (digits == 0)
        return refuse(s, s->at, "a digit is missing");
    if (zero && digits > 1)
        return refuse(s, start, "a number with a leading zero");
    if (peek(s) == '.') {
        s->at++;
        fraction = true;
        if (scan_digits(s) == 0)
            return refuse(s, s->at, "a digit is missing after the point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        exponent = true;
        s->at += peek(s) == '+' || peek(s) == '-';
        if (scan_digits(s) == 0)
            return refuse(s, s->at, "a digit is missing in the exponent");
    }
    if (s->at - start > MAX_NUMBER)
        return refuse(s, start, "a number of over 1,100 characters");
    if ((exponent || digits > 300) && !is_finite(s, start))
        return refuse(s, start, "a number too large for a double");
    if (!fraction && !exponent && digits >= 16 && digits <= 19)
        keep_long_integer(s, start);
    return TENURE_OK;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word), left = s->len - s->at;
    size_t compared = left < len ? left : len;
    if (memcmp(s->bytes + s->at, word, compared) != 0)
        return refuse(s, s->at, "no JSON value starts like this");
    if (compared < len)
        return refuse(s, s->len, "");
    s->at += len;
    return TENURE_OK;
}

static int open_container(struct scan *s, bool object)
{
    if (s->depth >= TN_JSON_MAX_DEPTH)
        return refuse(s, s->at, "nested more than 64 deep");
    if (++s->containers > MAX_CONTAINERS)
        return tn_err_set(s->err, TENURE_ERANGE, "JSON with more than %u arrays and objects: ask for smaller pages",
                          MAX_CONTAINERS);
    uint64_t bit = (uint64_t)1 << s->depth++;
    s->objects = object ? s->objects | bit : s->objects & ~bit;
    s->at++;
    return TENURE_OK;
}

static bool in_object(const struct scan *s)
{
    return s->depth > 0 && (s->objects & (uint64_t)1 << (s->depth - 1));
}

/* A member's name and its colon. */
static int scan_name(struct scan *s)
{
    skip_space(s);
    if (peek(s) != '"')
        return refuse(s, s->at, "a member's name in quotes is missing");
    int rc = scan_string(s);
    if (rc < 0)
        return rc;
    skip_space(s);
    if (peek(s) != ':')
        return refuse(s, s->at, "a colon is missing after a member's name");
    s->at++;
    return TENURE_OK;
}

/* Opens an array or object; *complete when it was empty and closed at once. */
static int scan_opening(struct scan *s, bool object, bool *complete)
{
    size_t start = s->at;
    int rc = open_container(s, object);
    if (rc < 0)
        return rc;
    skip_space(s);
    *complete = peek(s) == (object ? '}' : ']');
    if (!*complete)
        return object ? scan_name(s) : TENURE_OK;
    s->at++;
    s->depth--;
    if (!object) {
        rewrite(s, start, s->at, "[\"", TN_JSON_MARK_EMPTY);
        tn_buf_puts(&s->findings->rewritten, "\"]");
    }
    return TENURE_OK;
}

/* One scalar or opening bracket; *complete when a whole value has been read. */
static int scan_value(struct scan *s, bool *complete)
{
    skip_space(s);
    *complete = true;
    switch (peek(s)) {
    case '{':
        return scan_opening(s, true, complete);
    case '[':
        s->findings->all_typed = false;
        return scan_opening(s, false, complete);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        s->findings->all_typed = false;
        return scan_word(s, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return scan_number(s);
    default:
        return refuse(s, s->at, "no JSON value starts like this");
    }
}

/* After a complete value: commas and closing brackets, up to where the next value starts or all are closed. */
static int scan_after_value(struct scan *s)
{
    while (s->depth > 0) {
        skip_space(s);
        bool object = in_object(s);
        if (peek(s) == ',') {
            s->at++;
            return object ? scan_name(s) : TENURE_OK;
        }
        if (peek(s) != (object ? '}' : ']'))
            return refuse(s, s->at, object ? "a comma or } is missing" : "a comma or ] is missing");
        s->at++;
        s->depth--;
    }
    return TENURE_OK;
}

int tn_json_scan(const char *bytes, size_t len, struct tn_json_findings *findings, struct tn_err *err)
{
    *findings = (struct tn_json_findings){.all_typed = true};
    struct scan s = {.bytes = bytes, .len = len, .findings = findings, .err = err};
    do {
        bool complete;
        int rc = scan_value(&s, &complete);
        if (rc == TENURE_OK && complete)
            rc = scan_after_value(&s);
        if (rc < 0)
            return rc;
    } while (s.depth > 0);
    skip_space(&s);
    if (s.at < len)
        return refuse(&s, s.at, "something follows the value");
    if (s.copied > 0)
        tn_buf_put(&findings->rewritten, bytes + s.copied, len - s.copied);
    return findings->rewritten.failed ? tn_err_no_memory(err) : TENURE_OK;
}
