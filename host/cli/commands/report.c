/* tenure report RUN: what a run planned and did, for people who were not there. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const char *const formats[] = {"html", "csv", "json", "md", NULL};

static const struct tn_cli_option format = {
    .name = "format",
    .kind = TN_CLI_CHOICE,
    .value = "FORMAT",
    .choices = formats,
    .help = "html (one page to mail), csv, json, or md; by default as the file is called, else md",
};

static const struct tn_cli_option effects = {
    .name = "effects",
    .kind = TN_CLI_FLAG,
    .help = "every effect, one by one; html shows the first 2,000 of them without it",
};

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN"}, {0}};

static const struct tn_cli_option *const options[] = {
    &format, &effects, &tn_cli_option_to, TN_CLI_LEDGER_OPTIONS, &tn_cli_option_quiet, NULL,
};

const struct tn_cli_command tn_cli_command_report = {
    .name = "report",
    .summary = "write a report of a run: what it planned and did, for whom, and what needs a person",
    .details = "html is one file that opens offline, on a phone too: to mail. md is for a ticket, csv for a\n"
               "spreadsheet: a line per customer, with --effects a line per effect. json has everything.\n"
               "Works while the run goes on.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
