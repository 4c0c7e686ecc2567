/*
 * Reading a section of a workflow: its keys by the table of schema.c, each value by its type.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/loader.h"

const char *tn_node_kind(const struct tn_yaml *node)
{
    bool truth;
    double number;
    if (node->kind == TN_YAML_SEQUENCE)
        return "a list";
    if (node->kind == TN_YAML_MAPPING)
        return "a mapping";
    if (tn_yaml_is_null(node) || (node->len == 0 && node->plain))
        return "nothing";
    if (tn_yaml_as_bool(node, &truth))
        return "a boolean";
    if (tn_yaml_as_double(node, &number))
        return "a number";
    return "text";
}

static const char *key_name(const struct tn_key *key, const struct tn_yaml *node)
{
    return key->name ? key->name : node->key->text;
}

void tn_problem_kind(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, const char *takes)
{
    const char *name = key_name(key, node);
    char hint[256];
    snprintf(hint, sizeof hint, "for example: %s: %s", name, key->example);
    tn_problem(loader, node, hint, "'%s' takes %s, not %s", name, takes, tn_node_kind(node));
}

/* A scalar that is there and still not what it should be: shown as it was written. */
static void problem_value(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                          const char *takes)
{
    const char *name = key_name(key, node);
    if (node->kind != TN_YAML_SCALAR || tn_yaml_is_null(node)) {
        tn_problem_kind(loader, key, node, takes);
        return;
    }
    char hint[256];
    snprintf(hint, sizeof hint, "for example: %s: %s", name, key->example);
    tn_problem(loader, node, hint, "'%s' takes %s, not '%.60s'", name, takes, node->text);
}

const char *tn_read_text(struct tn_loader *loader, const char *key, const struct tn_yaml *node)
{
    const char *kind = tn_node_kind(node);
    if (node->kind == TN_YAML_SCALAR && strcmp(kind, "text") == 0) {
        if (strspn(node->text, " \t\r\n") < node->len)
            return node->text;
        tn_problem(loader, node, NULL, "'%s' is empty", key);
        return NULL;
    }
    if (node->kind == TN_YAML_SCALAR && node->len > 0 && node->len <= 60) {
        char hint[128];
        snprintf(hint, sizeof hint, "put it in quotes: \"%s\"", node->text);
        tn_problem(loader, node, hint, "'%s' takes text, and %s without quotes is %s", key, node->text, kind);
        return NULL;
    }
    tn_problem(loader, node, NULL, "'%s' takes text, not %s", key, kind);
    return NULL;
}

bool tn_name_valid(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t len = strlen(text);
    return len > 0 && len <= 64 && strchr(letters, text[0]) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len;
}

static void read_text(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, const char **out)
{
    const char *text = tn_read_text(loader, key->name, node);
    if (!text)
        return;
    if (key->type == TN_KEY_NAME && !tn_name_valid(text)) {
        char hint[128];
        snprintf(hint, sizeof hint, "a letter, then letters, digits, - and _, at most 64; for example: %s",
                 key->example);
        tn_problem(loader, node, hint, "'%.80s' cannot be %s", text, strcmp(key->name, "id") == 0 ? "an id" : "a name");
        return;
    }
    *out = text;
}

bool tn_read_count(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *count)
{
    long long value;
    if (node->kind == TN_YAML_SCALAR && tn_yaml_as_int(node, &value) && value >= key->least && value <= key->most) {
        *count = value;
        return true;
    }
    char takes[96];
    if (key->least == key->most)
        snprintf(takes, sizeof takes, "%" PRId64, key->most);
    else
        snprintf(takes, sizeof takes, "a whole number from %" PRId64 " to %" PRId64, key->least, key->most);
    problem_value(loader, key, node, takes);
    return false;
}

static void read_boolean(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, bool *out)
{
    if (node->kind != TN_YAML_SCALAR || !tn_yaml_as_bool(node, out))
        problem_value(loader, key, node, "true or false");
}

struct unit {
    const char *name;
    int64_t times;
};

/* "2 s": a whole number and a unit. False: it is none, or does not fit. */
static bool parse_quantity(const char *text, const struct unit *units, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12 || (digits > 1 && text[0] == '0'))
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    const char *unit = text + digits + strspn(text + digits, " ");
    for (; units->name; units++) {
        if (strcmp(unit, units->name) == 0) {
            *out = number * units->times; /* 12 digits times 2^30 fit */
            return true;
        }
    }
    return false;
}

static void read_quantity(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *out)
{
    static const struct unit times[] = {{"ms", 1},         {"s", 1000},        {"second", 1000}, {"seconds", 1000},
                                        {"minute", 60000}, {"minutes", 60000}, {NULL, 0}};
    static const struct unit sizes[] = {{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {NULL, 0}};
    bool time = key->type == TN_KEY_TIME;
    int64_t value;
    if (node->kind == TN_YAML_SCALAR && parse_quantity(node->text, time ? times : sizes, &value) &&
        value >= key->least && value <= key->most)
        *out = value;
    else
        problem_value(loader, key, node, time ? "a time from 10 ms to 10 minutes" : "a size from 1 MB to 4 GB");
}

/* "12.5%" in parts: no more places than they have. False: it is none. */
static bool parse_percent(const char *text, int64_t most, int64_t *parts)
{
    size_t len = strlen(text);
    const char *at = text;
    int64_t value = 0, unit = most / 100; /* of the digit at hand, in parts */
    if (len < 2 || len > 12 || text[len - 1] != '%' || tn_leading_zero(text) || *at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0') * unit;
    if (*at == '.' && at[1] != '%') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            if (unit % 10 != 0)
                return false;
            unit /= 10;
            value += (*at - '0') * unit;
        }
    }
    *parts = value;
    return *at == '%' && at[1] == '\0' && value <= most;
}

bool tn_read_percent(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *parts)
{
    int64_t value;
    if (node->kind == TN_YAML_SCALAR && parse_percent(node->text, key->most, &value)) {
        *parts = value;
        return true;
    }
    problem_value(loader, key, node, "a share from 0% to 100%");
    return false;
}

static void read_duration(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, int64_t *out)
{
    int64_t seconds;
    if (node->kind == TN_YAML_SCALAR && tn_duration_parse(node->text, &seconds) && seconds >= key->least &&
        seconds <= key->most)
        *out = seconds;
    else
        problem_value(loader, key, node, "a time from 1 second to 366 days");
}

void tn_read_nothing(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    (void)into;
    int64_t version;
    if (key->type == TN_KEY_COUNT) /* checked and not kept: the version of the language */
        tn_read_count(loader, key, node, &version);
}

static void read_value(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    void *out = (char *)into + key->offset;
    if (key->read) {
        key->read(loader, key, node, into);
        return;
    }
    switch (key->type) {
    case TN_KEY_TEXT:
    case TN_KEY_NAME:
        read_text(loader, key, node, out);
        break;
    case TN_KEY_COUNT:
        tn_read_count(loader, key, node, out);
        break;
    case TN_KEY_BOOLEAN:
        read_boolean(loader, key, node, out);
        break;
    case TN_KEY_EXPRESSION:
        tn_read_expression(loader, key, node, out);
        break;
    case TN_KEY_TIME:
    case TN_KEY_SIZE:
        read_quantity(loader, key, node, out);
        break;
    case TN_KEY_PERCENT:
        tn_read_percent(loader, key, node, out);
        break;
    case TN_KEY_DURATION:
        read_duration(loader, key, node, out);
        break;
    case TN_KEY_SECTION:
        tn_section_read(loader, key->inside, node, key->name, into);
        break;
    default: /* rows of the other types bring their own read */
        break;
    }
}

static void problem_unknown(struct tn_loader *loader, enum tn_section section, const struct tn_yaml *key,
                            const char *name)
{
    const char *closest = tn_key_suggest(section, key->text);
    char list[256], hint[320];
    tn_key_list(section, list, sizeof list);
    if (closest)
        snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
    else
        snprintf(hint, sizeof hint, "it takes: %s", list);
    tn_problem(loader, key, hint, "unknown key '%.80s' in %s", key->text, name);
}

static void check_required(struct tn_loader *loader, enum tn_section section, const struct tn_yaml *node,
                           const char *name)
{
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE; key++) {
        if (key->where != section || !key->required || tn_yaml_get(node, key->name))
            continue;
        char hint[256];
        snprintf(hint, sizeof hint, "add: %s: %s", key->name, key->example);
        tn_problem(loader, node, hint, "'%s' is missing in %s", key->name, name);
    }
}

bool tn_section_read(struct tn_loader *loader, enum tn_section section, const struct tn_yaml *node, const char *name,
                     void *into)
{
    if (node->kind != TN_YAML_MAPPING) {
        char list[256], hint[320];
        tn_key_list(section, list, sizeof list);
        snprintf(hint, sizeof hint, "its keys: %s", list);
        tn_problem(loader, node, *list ? hint : NULL, "%s is a mapping of keys, not %s", name, tn_node_kind(node));
        return false;
    }
    for (const struct tn_yaml *value = node->first; value; value = value->next) {
        const struct tn_key *key = tn_key_find(section, value->key->text);
        if (!key)
            problem_unknown(loader, section, value->key, name);
        else if (key->later)
            tn_problem(loader, value->key, "take it out until a later version enforces it",
                       "'%s' is not supported yet by this version", key->name);
        else
            read_value(loader, key, value, into);
    }
    check_required(loader, section, node, name);
    return true;
}
