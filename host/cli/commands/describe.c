/* tenure describe FILE: a workflow's inputs, permissions, steps. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "workflow", .shown = "WORKFLOW"}, {0}};

static const struct tn_cli_option *const options[] = {TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_describe = {
    .name = "describe",
    .summary = "a workflow's inputs, permissions and steps",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
