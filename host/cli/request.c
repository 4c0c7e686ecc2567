/* The words of a command line as the JSON object of a request: members have the long option's name. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_write.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"

static void write_words(struct tn_json_writer *w, const char *text)
{
    while (*text) {
        size_t bytes = strcspn(text, ",");
        if (bytes)
            tn_jw_string_len(w, text, bytes);
        text += bytes + (text[bytes] == ',');
    }
}

static void write_list(struct tn_json_writer *w, const struct tn_cli_arguments *arguments,
                       const struct tn_cli_option *option)
{
    tn_jw_key(w, option->name);
    tn_jw_array(w);
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->list[i].option != option)
            continue;
        if (option->kind == TN_CLI_WORDS)
            write_words(w, arguments->list[i].text);
        else
            tn_jw_string(w, arguments->list[i].text);
    }
    tn_jw_array_end(w);
}

static const struct tn_cli_argument *find(const struct tn_cli_arguments *arguments, const struct tn_cli_option *option)
{
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->list[i].option == option)
            return &arguments->list[i];
    }
    return NULL;
}

static void write_option(struct tn_json_writer *w, const struct tn_cli_arguments *arguments,
                         const struct tn_cli_option *option)
{
    const struct tn_cli_argument *given = find(arguments, option);
    if (!given)
        return;
    if (option->kind == TN_CLI_LIST || option->kind == TN_CLI_WORDS)
        write_list(w, arguments, option);
    else if (option->kind == TN_CLI_FLAG)
        tn_jw_kv_bool(w, option->name, true);
    else if (option->kind == TN_CLI_INTEGER)
        tn_jw_kv_int(w, option->name, given->number);
    else
        tn_jw_kv_string(w, option->name, option->file && strcmp(given->text, "-") == 0 ? "/dev/stdin" : given->text);
}

static void write_positionals(struct tn_json_writer *w, const struct tn_cli_arguments *arguments)
{
    const struct tn_cli_positional *row = arguments->command->positionals;
    for (size_t i = 0; row[i].name && tn_cli_arguments_positional(arguments, i); i++) {
        tn_jw_key(w, row[i].name);
        if (!row[i].many) {
            tn_jw_string(w, tn_cli_arguments_positional(arguments, i));
            continue;
        }
        tn_jw_array(w);
        for (size_t n = i; tn_cli_arguments_positional(arguments, n); n++)
            tn_jw_string(w, tn_cli_arguments_positional(arguments, n));
        tn_jw_array_end(w);
    }
}

/* What is passed on has underscores where options have dashes: --billing-account. */
static void write_name(struct tn_json_writer *w, const struct tn_cli_argument *argument)
{
    char name[64];
    size_t bytes = argument->name_bytes < sizeof name ? argument->name_bytes : sizeof name;
    for (size_t i = 0; i < bytes; i++)
        name[i] = (char)(argument->name[i] == '-' ? '_' : argument->name[i]);
    tn_jw_key_len(w, name, bytes);
}

static bool passes_on_same(const struct tn_cli_argument *one, const struct tn_cli_argument *other)
{
    return one->role == TN_CLI_PASSED_ON && other->role == TN_CLI_PASSED_ON && one->name_bytes == other->name_bytes &&
           memcmp(one->name, other->name, one->name_bytes) == 0;
}

/* How many among the first so many words are of the same name as that one. */
static size_t count_same(const struct tn_cli_arguments *arguments, size_t among, const struct tn_cli_argument *one)
{
    size_t count = 0;
    for (size_t i = 0; i < among; i++)
        count += passes_on_same(one, &arguments->list[i]);
    return count;
}

static void write_same(struct tn_json_writer *w, const struct tn_cli_arguments *arguments,
                       const struct tn_cli_argument *one)
{
    tn_jw_array(w);
    for (size_t i = 0; i < arguments->count; i++) {
        if (passes_on_same(one, &arguments->list[i]))
            tn_jw_string(w, arguments->list[i].text);
    }
    tn_jw_array_end(w);
}

static void write_passed_on(struct tn_json_writer *w, const struct tn_cli_arguments *arguments)
{
    tn_jw_key(w, arguments->command->passes_on);
    tn_jw_object(w);
    for (size_t i = 0; i < arguments->count; i++) {
        const struct tn_cli_argument *argument = &arguments->list[i];
        if (argument->role != TN_CLI_PASSED_ON || count_same(arguments, i, argument))
            continue;
        write_name(w, argument);
        if (count_same(arguments, arguments->count, argument) > 1)
            write_same(w, arguments, argument);
        else
            tn_jw_string(w, argument->text);
    }
    tn_jw_object_end(w);
}

static void write_rest(struct tn_json_writer *w, const struct tn_cli_arguments *arguments)
{
    tn_jw_key(w, arguments->command->rest);
    tn_jw_array(w);
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->list[i].role == TN_CLI_REST)
            tn_jw_string(w, arguments->list[i].text);
    }
    tn_jw_array_end(w);
}

static bool colors_wanted(const struct tn_cli_arguments *arguments)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0) &&
           !tn_cli_arguments_text(arguments, "no-color");
}

/* A table on a terminal fits it and may have colours; anything else is the same wherever it goes. A table that was not
 * asked for is talk (see approve.c) and goes to standard error. */
static void write_output(struct tn_json_writer *w, const struct tn_cli_arguments *arguments, bool as_table)
{
    const char *format = tn_cli_arguments_text(arguments, "output");
    bool table = !format || strcmp(format, "table") == 0;
    bool to_file = tn_cli_arguments_text(arguments, "to");
    int fd = as_table && (!table || to_file) ? STDERR_FILENO : STDOUT_FILENO;
    bool terminal = (as_table || (table && !to_file)) && isatty(fd);
    tn_jw_kv_string(w, "output", as_table || table ? "table" : format);
    if (terminal)
        tn_jw_kv_int(w, "width", tn_cli_terminal_width(fd));
    tn_jw_kv_bool(w, "color", terminal && colors_wanted(arguments));
}

static bool takes_output(const struct tn_cli_command *command)
{
    for (size_t i = 0; command->options[i]; i++) {
        if (command->options[i] == &tn_cli_option_output)
            return true;
    }
    return false;
}

void tn_cli_request_write(struct tn_buf *json, const struct tn_cli_arguments *arguments,
                          const struct tn_cli_request *request)
{
    const struct tn_cli_command *command = arguments->command;
    bool own = request->scope == TN_CLI_OWN;
    struct tn_json_writer w;
    tn_jw_init(&w, json);
    tn_jw_object(&w);
    if (own)
        write_positionals(&w, arguments);
    for (size_t i = 0; command->options[i]; i++) {
        if (!command->options[i]->local && command->options[i]->scope >= request->scope)
            write_option(&w, arguments, command->options[i]);
    }
    if (own && command->passes_on)
        write_passed_on(&w, arguments);
    if (own && command->rest)
        write_rest(&w, arguments);
    if (request->run)
        tn_jw_kv_string(&w, "run", request->run);
    if (request->yes)
        tn_jw_kv_bool(&w, "yes", true);
    if (takes_output(command))
        write_output(&w, arguments, request->as_table);
    tn_jw_object_end(&w);
}
