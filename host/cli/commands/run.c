/* tenure run WORKFLOW: plan, show, ask, apply. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "workflow", .shown = "WORKFLOW"}, {0}};

static const struct tn_cli_option *const options[] = {
    TN_CLI_WORKFLOW_OPTIONS, &tn_cli_option_yes,    &tn_cli_option_no_wait,
    TN_CLI_LEDGER_OPTIONS,   TN_CLI_OUTPUT_OPTIONS, NULL,
};

static int run(struct tn_cli *cli)
{
    return tn_cli_plan_then_apply(cli, "plan");
}

const struct tn_cli_command tn_cli_command_run = {
    .name = "run",
    .summary = "plan a workflow, show the plan, ask, apply it",
    .positionals = positionals,
    .options = options,
    .interrupting = "interrupting: waiting for effects already sent; again to stop at once",
    .run = run,
};
