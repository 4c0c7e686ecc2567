/* tenure plan WORKFLOW: make and show a plan; it never asks. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "workflow", .shown = "WORKFLOW"}, {0}};

static const struct tn_cli_option again = {
    .name = "again",
    .kind = TN_CLI_TEXT,
    .value = "RUN",
    .help = "only customers of that run which ended in one of --state, with its inputs where none are given",
};

static const struct tn_cli_option state = {
    .name = "state",
    .kind = TN_CLI_WORDS,
    .value = "STATE,…",
    .help = "with --again: which; failed,unreachable if it is not given",
};

static const struct tn_cli_option *const options[] = {
    TN_CLI_WORKFLOW_OPTIONS, &again, &state, TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL,
};

const struct tn_cli_command tn_cli_command_plan = {
    .name = "plan",
    .summary = "make and show a plan; nothing changes",
    .details = "Reads what the workflow needs, quotes every effect it would have, and keeps the plan in the ledger.\n"
               "'tenure apply RUN' carries it out.",
    .positionals = positionals,
    .options = options,
    .interrupting = "interrupting; again to stop at once",
    .run = tn_cli_simple,
};
