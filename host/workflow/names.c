/*
 * Names in expressions: inputs, operations and their options, which are known without running anything.
 *
 * Nothing is evaluated here. What only a run can tell, such as the fields of a record, is left to it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "azure/values.h"
#include "base/id.h"
#include "base/text.h"
#include "workflow/loader.h"

/* A word of an expression; len 0: none. */
struct word {
    size_t from, len;
};

/* What stands behind and before blanks; for before() at is where to look back from. */
static size_t behind_blanks(const struct tn_piece *piece, size_t at)
{
    while (at < piece->to && isspace((unsigned char)piece->text[at]))
        at++;
    return at;
}

static size_t before_blanks(const struct tn_piece *piece, size_t at)
{
    while (at > piece->from && isspace((unsigned char)piece->text[at - 1]))
        at--;
    return at;
}

/* Whether what begins at an offset is a field or a method of something: it stands behind a dot, but not behind two. */
static bool is_field(const struct tn_piece *piece, size_t at)
{
    at = before_blanks(piece, at);
    if (at == piece->from)
        return false;
    char byte = piece->text[at - 1];
    bool two = at > piece->from + 1 && piece->text[at - 2] == byte;
    return !two && (byte == '.' || byte == ':');
}

/* In "OWNER.word", OWNER, when that is no field itself. */
static struct word find_owner(const struct tn_piece *piece, size_t at)
{
    struct word owner = {0};
    if (!is_field(piece, at))
        return owner;
    size_t end = before_blanks(piece, before_blanks(piece, at) - 1);
    owner.from = end;
    while (owner.from > piece->from && tn_word_byte(piece->text[owner.from - 1]))
        owner.from--;
    owner.len = is_field(piece, owner.from) ? 0 : end - owner.from;
    return owner;
}

static void problem(struct tn_loader *loader, const struct tn_piece *piece, size_t at, const char *hint,
                    const char *message)
{
    tn_diagnostics_add(loader->problems, piece->places->line[at], piece->places->column[at], hint, "%s", message);
}

/* By what is written under "inputs", so that one with a mistake of its own is not reported as missing. */
static void check_input(struct tn_loader *loader, const struct tn_piece *piece, size_t at, const char *name)
{
    const struct tn_yaml *inputs = tn_yaml_get(tn_yaml_root(loader->workflow->yaml), "inputs");
    size_t count = inputs && inputs->kind == TN_YAML_MAPPING ? inputs->count : 0, named = 0;
    const char **names = tn_arena_alloc(loader->arena, count + 1, sizeof *names);
    if (!names) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *input = count ? inputs->first : NULL; input; input = input->next)
        names[named++] = input->key->text;
    names[named] = NULL;
    if (tn_text_among(name, names))
        return;
    char hint[128] = "inputs are declared in the workflow: inputs: {min_worth: {type: money}}", message[128];
    const char *closest = tn_closest(name, names);
    if (closest)
        snprintf(hint, sizeof hint, "did you mean 'inputs.%.64s'?", closest);
    snprintf(message, sizeof message, "there is no input '%.64s'", name);
    problem(loader, piece, at, hint, message);
}

static const struct tn_operation *check_operation(struct tn_loader *loader, const struct tn_piece *piece, size_t at,
                                                  const char *module, const char *name)
{
    const struct tn_operation *op = tn_operation_find(module, name);
    char dotted[160], closest[128], hint[160] = "`tenure describe --operations` lists those there are", message[256];
    snprintf(dotted, sizeof dotted, "%s.%s", module, name);
    if (!op) {
        if (tn_operation_suggest(dotted, '.', closest, sizeof closest))
            snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
        snprintf(message, sizeof message, "there is no operation '%s'", dotted);
        problem(loader, piece, at, hint, message);
    } else if (op->class != TN_CLASS_READ) {
        snprintf(message, sizeof message, "an expression can only read, and %s changes something", dotted);
        problem(loader, piece, at, "call it in the script that 'run' names", message);
    }
    return op;
}

const struct tn_operation *tn_name_check(struct tn_loader *loader, const struct tn_piece *piece, size_t from,
                                         size_t len)
{
    char owner_name[64], name[64];
    struct word owner = find_owner(piece, from);
    if (owner.len == 0 || owner.len >= sizeof owner_name || len >= sizeof name)
        return NULL;
    snprintf(owner_name, sizeof owner_name, "%.*s", (int)owner.len, piece->text + owner.from);
    snprintf(name, sizeof name, "%.*s", (int)len, piece->text + from);
    if (strcmp(owner_name, "inputs") == 0)
        check_input(loader, piece, owner.from, name);
    else if (tn_module_find(owner_name))
        return check_operation(loader, piece, owner.from, owner_name, name);
    return NULL;
}

/* The text between the quotes that open at an offset, where it stands alone and has no escapes. False: something else. */
static bool literal_at(const struct tn_piece *piece, size_t at, char *out, size_t size)
{
    char quote = at < piece->to ? piece->text[at] : '\0';
    if (quote != '"' && quote != '\'')
        return false;
    const char *begin = piece->text + at + 1, *end = memchr(begin, quote, piece->to - at - 1);
    if (!end || (size_t)(end - begin) >= size || memchr(begin, '\\', (size_t)(end - begin)))
        return false;
    size_t next = behind_blanks(piece, (size_t)(end - piece->text) + 1);
    if (next < piece->to && !strchr(",;})", piece->text[next]))
        return false;
    snprintf(out, size, "%.*s", (int)(end - begin), begin);
    return true;
}

static void check_choice(struct tn_loader *loader, const struct tn_piece *piece, size_t at,
                         const struct tn_operation *op, size_t argument)
{
    const char *const *choices = op->arguments[argument].choices;
    struct tn_values values = {0};
    struct tn_err err = {0};
    char text[128], hint[160];
    if (!choices || !literal_at(piece, at, text, sizeof text))
        return;
    if (tn_values_set_text(op, &values, argument, text, &err) < 0) {
        const char *closest = tn_closest(text, choices);
        if (closest)
            snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
        problem(loader, piece, at, closest ? hint : NULL, err.msg);
    }
    tn_values_deinit(&values);
}

void tn_option_check(struct tn_loader *loader, const struct tn_piece *piece, size_t from, size_t len,
                     const struct tn_operation *op)
{
    const char *names[TN_MAX_OPTIONS + 1];
    char name[64], message[256], hint[96];
    size_t before = before_blanks(piece, from), equals = behind_blanks(piece, from + len);
    bool begins = before > piece->from && strchr("{,;", piece->text[before - 1]);
    if (!begins || len >= sizeof name || equals + 1 >= piece->to || piece->text[equals] != '=' ||
        piece->text[equals + 1] == '=')
        return;
    snprintf(name, sizeof name, "%.*s", (int)len, piece->text + from);
    tn_operation_options(op, names);
    int argument = tn_argument_index(op, name);
    if (argument >= 0) {
        check_choice(loader, piece, behind_blanks(piece, equals + 1), op, (size_t)argument);
    } else if (!tn_text_among(name, names)) {
        const char *closest = tn_closest(name, names);
        if (closest)
            snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
        snprintf(message, sizeof message, "%s.%s has no option '%s'", op->module, op->name, name);
        problem(loader, piece, from, closest ? hint : NULL, message);
    }
}
