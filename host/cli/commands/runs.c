/* tenure runs: the runs in the ledger. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{0}};

static const struct tn_cli_option *const options[] = {TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_runs = {
    .name = "runs",
    .summary = "list the runs in the ledger",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
