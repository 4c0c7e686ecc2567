/* Reading single fields of a world file: see world_file_read.h. */
#include "simulator/world_file_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void tn_sim_read_problem(struct tn_sim_reader *reader, const struct tn_yaml *at, const char *hint, const char *fmt, ...)
{
    char text[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    tn_diagnostics_add(reader->problems, at ? at->line : 0, at ? at->column : 0, hint, "%s", text);
}

bool tn_sim_read_keys(struct tn_sim_reader *reader, const struct tn_yaml *node, const char *what,
                      const char *const *keys)
{
    char hint[80];
    if (node->kind != TN_YAML_MAPPING) {
        tn_sim_read_problem(reader, node, NULL, "%s is written as keys and values, such as {id: kowalski}", what);
        return false;
    }
    bool good = true;
    for (const struct tn_yaml *child = node->first; child; child = child->next) {
        const char *key = child->key->text;
        if (tn_text_among(key, keys))
            continue;
        const char *close = tn_closest(key, keys);
        snprintf(hint, sizeof hint, "did you mean '%s'?", close ? close : "");
        tn_sim_read_problem(reader, child->key, close ? hint : NULL, "unknown key '%s' of %s", key, what);
        good = false;
    }
    return good;
}

/* The scalar at a key; NULL: not there, or reported. */
static const struct tn_yaml *scalar_at(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key)
{
    const struct tn_yaml *node = tn_yaml_get(map, key);
    if (!node)
        return NULL;
    if (node->kind == TN_YAML_SCALAR && node->len > 0 && !tn_yaml_is_null(node))
        return node;
    tn_sim_read_problem(reader, node, NULL, "'%s' needs one value", key);
    return NULL;
}

const char *tn_sim_read_text(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    if (!node)
        return NULL;
    const char *text = tn_sim_world_text(reader->world, node->text);
    reader->no_memory |= !text;
    return text;
}

void tn_sim_read_bool(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, bool *value)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    if (node && !tn_yaml_as_bool(node, value))
        tn_sim_read_problem(reader, node, NULL, "'%s' is true or false", key);
}

void tn_sim_read_count(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, int64_t *value)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    long long number = 0;
    if (!node)
        return;
    if (tn_yaml_as_int(node, &number) && number >= 1 && number <= 100000)
        *value = number;
    else
        tn_sim_read_problem(reader, node, NULL, "'%s' is a whole number from 1 to 100000", key);
}

void tn_sim_read_date(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, int64_t *seconds)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    if (node && !tn_time_parse(node->text, node->len, seconds))
        tn_sim_read_problem(reader, node, NULL, "'%s' is a date, such as 2026-01-31", key);
}

int tn_sim_read_choice(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key,
                       const char *const *words)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    char list[200];
    size_t len = 0;
    if (!node)
        return -1;
    for (int i = 0; words[i]; i++) {
        if (tn_id_equal(node->text, words[i]))
            return i;
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", words[i]);
    }
    tn_sim_read_problem(reader, node, NULL, "'%s' is one of %s", key, list);
    return -1;
}

bool tn_sim_read_money(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key,
                       const struct tn_sim_currency *currency, int64_t *coins)
{
    const struct tn_yaml *node = scalar_at(reader, map, key);
    struct tn_money money;
    struct tn_err err = {0};
    if (!node)
        return false;
    if (tn_money_parse_text(&money, node->text, &err) < 0)
        tn_sim_read_problem(reader, node, NULL, "'%s': %s", key, err.msg);
    else if (strcmp(money.currency, currency->code) != 0)
        tn_sim_read_problem(reader, node, NULL, "'%s' is in %s here, not in %s", key, currency->code, money.currency);
    else if (!tn_sim_currency_coins(currency, &money, coins))
        tn_sim_read_problem(reader, node, NULL, "'%s' is not negative and has at most %d places", key,
                            currency->decimals);
    else
        return true;
    return false;
}

bool tn_sim_read_percent(struct tn_sim_reader *reader, const struct tn_yaml *node, double *value)
{
    char text[24] = "";
    struct tn_money number; /* exact decimals are what its parser reads */
    if (node->kind == TN_YAML_SCALAR && node->len > 0 && node->len < sizeof text) {
        memcpy(text, node->text, node->len);
        if (text[node->len - 1] == '%')
            text[node->len - 1] = '\0';
    }
    if (tn_money_parse(&number, text, "XXX", NULL) == TENURE_OK) {
        *value = (double)number.digits;
        for (int i = 0; i < number.scale; i++)
            *value /= 10;
        if (*value >= 0 && *value <= 100)
            return true;
    }
    tn_sim_read_problem(reader, node, NULL, "a utilization is a percentage from 0%% to 100%%, such as 1%%");
    return false;
}
