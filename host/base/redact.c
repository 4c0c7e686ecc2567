/* Redaction: see redact.h. */
#include "base/redact.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define BEARER_MIN 16 /* characters: shorter ones are words of a sentence */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool begins(const char *text, size_t len, const char *word)
{
    size_t i = 0;
    while (word[i] && i < len && lower(text[i]) == word[i])
        i++;
    return !word[i];
}

static bool contains(const char *text, size_t len, const char *word)
{
    for (size_t i = 0; i < len; i++) {
        if (begins(text + i, len - i, word))
            return true;
    }
    return false;
}

static bool ends(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && begins(text + len - word_len, word_len, word);
}

bool tn_redact_needed(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *at = text + i;
        size_t left = len - i;
        bool found = false;
        switch (*at | 0x20) {
        case 'a':
            found = begins(at, left, "authorization") || begins(at, left, "assertion");
            break;
        case 'b':
            found = begins(at, left, "bearer");
            break;
        case 'e':
            found = left > 2 && memcmp(at, "eyJ", 3) == 0;
            break;
        case 'p':
            found = begins(at, left, "password");
            break;
        case 's':
            found = begins(at, left, "secret") || begins(at, left, "sig=");
            break;
        case 't':
            found = begins(at, left, "token");
            break;
        default:
            break;
        }
        if (found)
            return true;
    }
    return false;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_secret_name(const char *name, size_t len)
{
    bool authorization = (len == 13 && begins(name, len, "authorization")) || ends(name, len, "-authorization") ||
                         ends(name, len, "_authorization") || contains(name, len, "authorization-auxiliary");
    return authorization || contains(name, len, "token") || contains(name, len, "secret") ||
           contains(name, len, "password") || contains(name, len, "assertion") ||
           (len == 3 && begins(name, len, "sig"));
}

/* "InvalidAuthenticationToken: it has expired", "invalid_token: …": a sentence that begins with a code. */
static bool is_code(const char *name, size_t len)
{
    bool camel = false, parted = false;
    for (size_t i = 0; i < len; i++) {
        camel = camel || (i > 0 && isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1]));
        parted = parted || name[i] == '_' || name[i] == '-';
    }
    return (camel && !parted) || begins(name, len, "invalid");
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

struct text {
    const char *at, *end;
    struct tn_buf *out;
};

static void skip_redacted(struct text *text, const char *to)
{
    tn_buf_puts(text->out, TN_REDACTED);
    text->at = to;
}

/* The quotes of a string inside a string are escaped; depth is how many backslashes stand before each. */
static size_t count_backslashes(const char *at, const char *end)
{
    size_t count = 0;
    while (at + count < end && at[count] == '\\')
        count++;
    return count;
}

static const char *find_quote(const char *at, const char *end, size_t depth)
{
    size_t backslashes = 0;
    for (; at < end; at++) {
        if (*at == '"' && (depth == 0 ? backslashes % 2 == 0 : backslashes == depth))
            return at - depth;
        backslashes = *at == '\\' ? backslashes + 1 : 0;
    }
    return end;
}

static void redact_quoted(struct text *text)
{
    size_t depth = count_backslashes(text->at, text->end);
    const char *value = text->at + depth + 1;
    tn_buf_put(text->out, text->at, depth + 1);
    skip_redacted(text, find_quote(value, text->end, depth));
}

static const char *find_close(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        if (*at == '"') {
            at = find_quote(at + 1, end, 0);
            if (at == end)
                break;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (depth == 0)
            return at + 1;
    }
    return end;
}

static bool is_delimiter(char c)
{
    return isspace((unsigned char)c) || (c && strchr("&;,\"'<>()[]{}\\", c));
}

static const char *find_delimiter(const char *at, const char *end)
{
    while (at < end && !is_delimiter(*at))
        at++;
    return at;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* "Bearer abc": the scheme stays. */
static const char *skip_scheme(const char *at, const char *end)
{
    static const char *const schemes[] = {"bearer ", "basic ", "negotiate "};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (begins(at, (size_t)(end - at), schemes[i]))
            return skip_space(at + strlen(schemes[i]), end);
    }
    return at;
}

/* A number in JSON becomes a text; true, false and null tell nothing. */
static void redact_literal(struct text *text)
{
    const char *to = find_delimiter(text->at, text->end);
    if (isdigit((unsigned char)*text->at) || *text->at == '-') {
        tn_buf_puts(text->out, "\"" TN_REDACTED "\"");
        text->at = to;
    }
}

static void redact_bare(struct text *text)
{
    const char *value = skip_scheme(text->at, text->end), *to = find_delimiter(value, text->end);
    bool done = begins(value, (size_t)(text->end - value), TN_REDACTED);
    tn_buf_put(text->out, text->at, (size_t)(value - text->at));
    text->at = value;
    if (to > value && !done)
        skip_redacted(text, to);
}

/* After a secret's name: what stands between it and its value is copied, the value is not. */
static void redact_value(struct text *text, bool code)
{
    size_t depth = count_backslashes(text->at, text->end);
    const char *at = text->at + depth;
    bool quoted = at < text->end && *at == '"';
    at = skip_space(quoted ? at + 1 : text->at, text->end);
    if (at == text->end || (*at != ':' && *at != '=') || (*at == ':' && code && !quoted))
        return;
    at = skip_space(at + 1, text->end);
    tn_buf_put(text->out, text->at, (size_t)(at - text->at));
    text->at = at;
    const char *quote = at + count_backslashes(at, text->end);
    if (quote < text->end && *quote == '"') {
        redact_quoted(text);
    } else if (quoted && at < text->end && (*at == '{' || *at == '[')) {
        tn_buf_puts(text->out, "\"" TN_REDACTED "\"");
        text->at = find_close(at, text->end);
    } else if (quoted && at < text->end) {
        redact_literal(text);
    } else if (at < text->end) {
        redact_bare(text);
    }
}

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static const char *find_token_end(const char *at, const char *end)
{
    while (at < end && (is_name(*at) || (*at && strchr(".=+/~", *at))))
        at++;
    return at;
}

static bool redact_shape(struct text *text, size_t len)
{
    bool token = len > 3 && memcmp(text->at, "eyJ", 3) == 0;
    const char *to = token ? find_token_end(text->at, text->end) : text->at;
    if (memchr(text->at, '.', (size_t)(to - text->at))) {
        skip_redacted(text, to);
        return true;
    }
    if (len != 6 || !begins(text->at, len, "bearer"))
        return false;
    const char *value = skip_space(text->at + len, text->end);
    to = find_token_end(value, text->end);
    if (to - value < BEARER_MIN)
        return false;
    tn_buf_put(text->out, text->at, (size_t)(value - text->at));
    skip_redacted(text, to);
    return true;
}

bool tn_redact(struct tn_buf *out, const char *data, size_t len)
{
    struct text text = {data, data + len, out};
    while (text.at < text.end) {
        size_t name_len = 0;
        while (text.at + name_len < text.end && is_name(text.at[name_len]))
            name_len++;
        if (name_len == 0) {
            tn_buf_putc(out, *text.at++);
        } else if (!redact_shape(&text, name_len)) {
            const char *name = text.at;
            tn_buf_put(out, name, name_len);
            text.at += name_len;
            if (is_secret_name(name, name_len))
                redact_value(&text, is_code(name, name_len));
        }
    }
    return !out->failed;
}
