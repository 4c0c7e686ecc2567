/* The words of a command line, checked against the command's tables: see arguments.h. */
#include "cli/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "base/utf8.h"

#define NAMES_MAX 64 /* more than any command has options, and than there are commands */

struct parser {
    struct tn_cli_arguments *arguments;
    const char *const *words;
    size_t count, next;
    bool ended; /* "--" was seen */
    struct tn_err *err;
};

const struct tn_cli_command *tn_cli_command_find(const char *name)
{
    for (size_t i = 0; tn_cli_commands[i]; i++) {
        if (strcmp(tn_cli_commands[i]->name, name) == 0)
            return tn_cli_commands[i];
    }
    return NULL;
}

const char *tn_cli_command_closest(const char *name)
{
    const char *names[NAMES_MAX] = {NULL};
    for (size_t i = 0; tn_cli_commands[i] && i + 1 < NAMES_MAX; i++)
        names[i] = tn_cli_commands[i]->name;
    return tn_closest(name, names);
}

static int usage_error(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int usage_error(struct parser *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tn_err_setv(p->err, TENURE_EINVAL, fmt, args);
    va_end(args);
    return TENURE_EINVAL;
}

static struct tn_cli_argument *add(struct parser *p)
{
    return &p->arguments->list[p->arguments->count++]; /* there is room for every word */
}

static const struct tn_cli_option *find_option(const struct tn_cli_command *command, const char *name, size_t bytes)
{
    for (size_t i = 0; command->options[i]; i++) {
        if (strlen(command->options[i]->name) == bytes && strncmp(command->options[i]->name, name, bytes) == 0)
            return command->options[i];
    }
    return NULL;
}

static const struct tn_cli_option *find_letter(const struct tn_cli_command *command, char letter)
{
    for (size_t i = 0; command->options[i]; i++) {
        if (command->options[i]->letter == letter)
            return command->options[i];
    }
    return NULL;
}

static bool repeatable(const struct tn_cli_option *option)
{
    return option->kind == TN_CLI_LIST || option->kind == TN_CLI_WORDS;
}

static int check_integer(struct parser *p, struct tn_cli_argument *argument)
{
    const struct tn_cli_option *option = argument->option;
    char *end;
    errno = 0;
    argument->number = strtoll(argument->text, &end, 10);
    if (errno || *end || end == argument->text || strspn(argument->text, "-0123456789") != strlen(argument->text) ||
        argument->number < option->least || argument->number > option->most) {
        return usage_error(p, "option '--%s' takes a whole number from %lld to %lld, not '%s'", option->name,
                           (long long)option->least, (long long)option->most, argument->text);
    }
    return TENURE_OK;
}

static int check_choice(struct parser *p, const struct tn_cli_argument *argument)
{
    const struct tn_cli_option *option = argument->option;
    if (tn_text_among(argument->text, option->choices))
        return TENURE_OK;
    const char *close = tn_closest(argument->text, option->choices);
    return usage_error(p, "option '--%s' does not know '%s'%s%s%s: it takes %s", option->name, argument->text,
                       close ? " (did you mean '" : "", close ? close : "", close ? "'?)" : "", option->help);
}

static int check_value(struct parser *p, struct tn_cli_argument *argument)
{
    const struct tn_cli_option *option = argument->option;
    if (!*argument->text)
        return usage_error(p, "option '--%s' needs a value: --%s %s", option->name, option->name, option->value);
    const char *equals = strchr(argument->text, '=');
    if (option->pair && (!equals || equals == argument->text))
        return usage_error(p, "option '--%s' takes %s, not '%s'", option->name, option->value, argument->text);
    if (option->kind == TN_CLI_INTEGER)
        return check_integer(p, argument);
    if (option->kind == TN_CLI_CHOICE)
        return check_choice(p, argument);
    return TENURE_OK;
}

/* The value of an option is what stands behind its '=' or in the next word. */
static int take_value(struct parser *p, const char *shown, int shown_bytes, const char *value, const char **text)
{
    if (!value) {
        if (p->next == p->count)
            return usage_error(p, "option '%.*s' needs a value", shown_bytes, shown);
        value = p->words[p->next++];
        if (strncmp(value, "--", 2) == 0) {
            return usage_error(p, "option '%.*s' needs a value, and '%s' is an option (if it is the value: %.*s=%s)",
                               shown_bytes, shown, value, shown_bytes, shown, value);
        }
    }
    *text = value;
    return TENURE_OK;
}

static int add_option(struct parser *p, const struct tn_cli_option *option, const char *shown, int shown_bytes,
                      const char *value)
{
    if (!repeatable(option) && tn_cli_arguments_text(p->arguments, option->name))
        return usage_error(p, "option '--%s' is given twice", option->name);
    if (option->kind == TN_CLI_FLAG) {
        if (value)
            return usage_error(p, "option '--%s' takes no value", option->name);
        *add(p) = (struct tn_cli_argument){.role = TN_CLI_OPTION, .option = option, .text = ""};
        return TENURE_OK;
    }
    const char *text;
    if (take_value(p, shown, shown_bytes, value, &text) < 0)
        return TENURE_EINVAL;
    struct tn_cli_argument *argument = add(p);
    *argument = (struct tn_cli_argument){.role = TN_CLI_OPTION, .option = option, .text = text};
    return check_value(p, argument);
}

static int unknown_option(struct parser *p, const char *shown, int shown_bytes)
{
    const struct tn_cli_command *command = p->arguments->command;
    const char *names[NAMES_MAX] = {"help"};
    for (size_t i = 0; command->options[i] && i + 2 < NAMES_MAX; i++)
        names[i + 1] = command->options[i]->name;
    char word[64] = "";
    if (shown_bytes > 2 && (size_t)shown_bytes - 2 < sizeof word)
        memcpy(word, shown + 2, (size_t)shown_bytes - 2);
    const char *close = *word ? tn_closest(word, names) : NULL;
    if (close)
        return usage_error(p, "'%s' has no option '%.*s'; did you mean '--%s'?", command->name, shown_bytes, shown,
                           close);
    return usage_error(p, "'%s' has no option '%.*s'; see 'tenure %s --help'", command->name, shown_bytes, shown,
                       command->name);
}

/* An argument of the operation that `call` names: the library knows which there are, and which are lists. */
static int add_passed_on(struct parser *p, const char *shown, int shown_bytes, const char *value)
{
    size_t bytes = (size_t)shown_bytes - 2;
    const char *text;
    if (take_value(p, shown, shown_bytes, value, &text) < 0)
        return TENURE_EINVAL;
    *add(p) = (struct tn_cli_argument){.role = TN_CLI_PASSED_ON, .name = shown + 2, .name_bytes = bytes, .text = text};
    return TENURE_OK;
}

static int parse_long(struct parser *p, const char *word)
{
    const char *equals = strchr(word, '=');
    int shown_bytes = (int)(equals ? (size_t)(equals - word) : strlen(word));
    const char *value = equals ? equals + 1 : NULL;
    size_t name_bytes = (size_t)shown_bytes - 2;
    if (name_bytes == 4 && strncmp(word + 2, "help", 4) == 0) {
        p->arguments->help = true;
        return TENURE_OK;
    }
    const struct tn_cli_option *option = find_option(p->arguments->command, word + 2, name_bytes);
    if (option)
        return add_option(p, option, word, shown_bytes, value);
    if (p->arguments->command->passes_on && name_bytes)
        return add_passed_on(p, word, shown_bytes, value);
    return unknown_option(p, word, shown_bytes);
}

/* -v, -o json, -ojson, -vo json */
static int parse_letters(struct parser *p, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        if (*letter == 'h') {
            p->arguments->help = true;
            continue;
        }
        const struct tn_cli_option *option = find_letter(p->arguments->command, *letter);
        if (!option)
            return unknown_option(p, word, (int)strlen(word));
        if (option->kind != TN_CLI_FLAG)
            return add_option(p, option, word, (int)strlen(word), letter[1] ? letter + 1 : NULL);
        if (!tn_cli_arguments_text(p->arguments, option->name) && add_option(p, option, word, 2, NULL) < 0)
            return TENURE_EINVAL;
    }
    return TENURE_OK;
}

static int parse_word(struct parser *p, const char *word)
{
    size_t bytes = strlen(word);
    if (tn_utf8_check(word, bytes) != bytes)
        return usage_error(p, "argument %zu is not valid UTF-8; nothing was done", p->next);
    if (p->ended) {
        bool rest = p->arguments->command->rest;
        *add(p) = (struct tn_cli_argument){.role = rest ? TN_CLI_REST : TN_CLI_POSITIONAL, .text = word};
        return TENURE_OK;
    }
    if (strcmp(word, "--") == 0) {
        p->ended = true;
        return TENURE_OK;
    }
    if (strncmp(word, "--", 2) == 0)
        return parse_long(p, word);
    if (word[0] == '-' && word[1])
        return parse_letters(p, word);
    *add(p) = (struct tn_cli_argument){.role = TN_CLI_POSITIONAL, .text = word};
    return TENURE_OK;
}

static int check_positionals(struct parser *p)
{
    const struct tn_cli_command *command = p->arguments->command;
    size_t have = 0, most = 0;
    while (tn_cli_arguments_positional(p->arguments, have))
        have++;
    for (; command->positionals[most].name; most++) {
        const struct tn_cli_positional *positional = &command->positionals[most];
        if (most >= have && !positional->optional) {
            return usage_error(p, "'%s' needs %s; see 'tenure %s --help'", command->name, positional->shown,
                               command->name);
        }
        if (positional->many)
            return TENURE_OK;
    }
    if (have > most) {
        return usage_error(p, "'%s' does not take '%s'; see 'tenure %s --help'", command->name,
                           tn_cli_arguments_positional(p->arguments, most), command->name);
    }
    return TENURE_OK;
}

int tn_cli_arguments_parse(struct tn_cli_arguments *arguments, const struct tn_cli_command *command,
                           const char *const *words, size_t count, struct tn_err *err)
{
    *arguments = (struct tn_cli_arguments){.command = command};
    arguments->list = calloc(count + 1, sizeof *arguments->list);
    if (!arguments->list)
        return tn_err_no_memory(err);
    struct parser p = {.arguments = arguments, .words = words, .count = count, .err = err};
    while (p.next < p.count) {
        const char *word = p.words[p.next++];
        if (parse_word(&p, word) < 0)
            return TENURE_EINVAL;
    }
    return arguments->help ? TENURE_OK : check_positionals(&p);
}

void tn_cli_arguments_deinit(struct tn_cli_arguments *arguments)
{
    free(arguments->list);
    *arguments = (struct tn_cli_arguments){0};
}

const char *tn_cli_arguments_text(const struct tn_cli_arguments *arguments, const char *option)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const struct tn_cli_argument *argument = &arguments->list[i];
        if (argument->option && strcmp(argument->option->name, option) == 0)
            return argument->text;
    }
    return NULL;
}

const char *tn_cli_arguments_positional(const struct tn_cli_arguments *arguments, size_t n)
{
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->list[i].role == TN_CLI_POSITIONAL && n-- == 0)
            return arguments->list[i].text;
    }
    return NULL;
}
