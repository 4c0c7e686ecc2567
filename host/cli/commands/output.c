/* tenure output RUN NAME: a table that a run's scripts filled. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const char *const formats[] = {"table", "json", "jsonl", "tsv", "csv", "md", NULL};

/* The default goes by names of files, which the request looks at. */
static const struct tn_cli_option format = {
    .name = "output",
    .letter = 'o',
    .kind = TN_CLI_CHOICE,
    .value = "FORMAT",
    .choices = formats,
    .help = "table, json, jsonl, tsv, csv or md; by default as the file is called",
};

static const struct tn_cli_positional positionals[] = {
    {.name = "run", .shown = "RUN"}, {.name = "name", .shown = "NAME"}, {0}};

static const struct tn_cli_option *const options[] = {
    &format, &tn_cli_option_to, TN_CLI_LEDGER_OPTIONS, &tn_cli_option_quiet, NULL,
};

const struct tn_cli_command tn_cli_command_output = {
    .name = "output",
    .summary = "write a table that the scripts of a run filled",
    .details =
        "NAME is one of the workflow's outputs. The format goes by the name of --to FILE, else by the file that\n"
        "the workflow names; csv is safe to open in a spreadsheet. Works while the run goes on.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
