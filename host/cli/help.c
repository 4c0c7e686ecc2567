/* Help, made from the tables of commands and options: see help.h. */
#include "cli/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "tenure/tenure.h"

#define LABEL_BYTES 96

static const struct tn_cli_option help_option = {
    .name = "help", .letter = 'h', .kind = TN_CLI_FLAG, .help = "show this help"};

static void label_option(char label[LABEL_BYTES], const struct tn_cli_option *option)
{
    char letter[5] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(label, LABEL_BYTES, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
}

static void label_command(char label[LABEL_BYTES], const struct tn_cli_command *command)
{
    int at = snprintf(label, LABEL_BYTES, "%s", command->name);
    for (const struct tn_cli_positional *row = command->positionals; row->name && at < LABEL_BYTES; row++) {
        at += snprintf(label + at, (size_t)(LABEL_BYTES - at), row->optional ? " [%s%s]" : " %s%s", row->shown,
                       row->many ? "…" : "");
    }
    if (command->rest && at < LABEL_BYTES)
        snprintf(label + at, (size_t)(LABEL_BYTES - at), " [-- %s]", command->rest);
}

static size_t columns_of(const char *text)
{
    size_t columns = 0, len = strlen(text), at = 0;
    while (at < len) {
        size_t step = tn_utf8_valid_at(text + at, len - at);
        at += step ? step : 1;
        columns++;
    }
    return columns;
}

static void put_row(struct tn_buf *text, const char *label, size_t width, const char *help)
{
    tn_buf_printf(text, "  %s%*s  %s\n", label, (int)(width - columns_of(label)), "", help);
}

static void put_option(struct tn_buf *text, const struct tn_cli_option *option, size_t width)
{
    char label[LABEL_BYTES];
    label_option(label, option);
    put_row(text, label, width, option->help);
}

void tn_cli_help_command(struct tn_buf *text, const struct tn_cli_command *command)
{
    char label[LABEL_BYTES];
    size_t width = strlen("-h, --help");
    for (size_t i = 0; command->options[i]; i++) {
        label_option(label, command->options[i]);
        if (columns_of(label) > width)
            width = columns_of(label);
    }
    label_command(label, command);
    tn_buf_printf(text, "Usage: tenure %s [options]\n\n%c%s.\n", label, toupper(command->summary[0]),
                  command->summary + 1);
    if (command->details)
        tn_buf_printf(text, "\n%s\n", command->details);
    tn_buf_puts(text, "\nOptions:\n");
    for (size_t i = 0; command->options[i]; i++)
        put_option(text, command->options[i], width);
    put_option(text, &help_option, width);
}

void tn_cli_help_overview(struct tn_buf *text)
{
    char label[LABEL_BYTES];
    size_t width = 0;
    for (size_t i = 0; tn_cli_commands[i]; i++) {
        label_command(label, tn_cli_commands[i]);
        if (columns_of(label) > width)
            width = columns_of(label);
    }
    tn_buf_printf(text, "tenure %s: automation for Azure reservations\n\n", tenure_version());
    tn_buf_puts(text, "Usage: tenure COMMAND [arguments] [options]\n\nCommands:\n");
    for (size_t i = 0; tn_cli_commands[i]; i++) {
        label_command(label, tn_cli_commands[i]);
        put_row(text, label, width, tn_cli_commands[i]->summary);
    }
    tn_buf_puts(text, "\n'tenure COMMAND --help' shows what a command takes; 'tenure --version' tells the version.\n\n"
                      "Exit codes: 0 all done · 1 the tool failed · 2 bad usage or invalid workflow · 3 finished, but\n"
                      "some customers or items failed or drifted · 4 not approved, expired or all drifted · 5 stopped\n"
                      "by a guard · 6 outcomes unknown or partial · 75 interrupted, can be resumed (a plan: made\n"
                      "again) · 130, 143 ended by a second signal\n");
}
