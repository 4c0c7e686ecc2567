/* tenure check FILE…: validate workflows without running them. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "files", .shown = "FILE", .many = true}, {0}};

static const struct tn_cli_option *const options[] = {TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_check = {
    .name = "check",
    .summary = "validate workflows without running them",
    .details =
        "Says every mistake as file:line:column, with the line and a suggestion; exits with 2 when there is one.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
