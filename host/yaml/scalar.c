/* The core schema's reading of plain scalars: see yaml.h. */
#include "yaml/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

static bool is_plain(const struct tn_yaml *node)
{
    return node && node->kind == TN_YAML_SCALAR && node->plain;
}

bool tn_yaml_is_null(const struct tn_yaml *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_plain(node) && tn_text_among(node->text, nulls);
}

bool tn_yaml_as_bool(const struct tn_yaml *node, bool *value)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    if (!is_plain(node) || (!tn_text_among(node->text, yes) && !tn_text_among(node->text, no)))
        return false;
    *value = tn_text_among(node->text, yes);
    return true;
}

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* Skips a sign and the whole part; NULL when it is octal to some readers: 010. */
static const char *skip_whole(const char *text, size_t *count)
{
    text += *text == '-' || *text == '+';
    *count = digits_at(text);
    return *count > 1 && *text == '0' ? NULL : text + *count;
}

bool tn_yaml_as_int(const struct tn_yaml *node, long long *value)
{
    if (!is_plain(node))
        return false;
    size_t count;
    const char *end = skip_whole(node->text, &count);
    if (!end || count == 0 || *end)
        return false;
    errno = 0;
    long long number = strtoll(node->text, NULL, 10);
    if (errno != 0)
        return false;
    *value = number;
    return true;
}

bool tn_yaml_as_double(const struct tn_yaml *node, double *value)
{
    if (!is_plain(node))
        return false;
    size_t whole, fraction = 0;
    const char *at = skip_whole(node->text, &whole);
    if (!at)
        return false;
    if (*at == '.') {
        fraction = digits_at(at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        size_t exponent = digits_at(at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    if (*at)
        return false;
    double number = tn_number_read(node->text);
    if (!isfinite(number))
        return false;
    *value = number;
    return true;
}
