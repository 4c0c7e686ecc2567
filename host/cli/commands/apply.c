/* tenure apply RUN and tenure resume RUN: carry out what is approved; the same door, for a run that begins and for one
 * that was interrupted. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN"}, {0}};

static const struct tn_cli_option *const options[] = {
    &tn_cli_option_yes,   &tn_cli_option_no_wait, &tn_cli_option_accept_changes, &tn_cli_option_concurrency,
    &tn_cli_option_cloud, TN_CLI_LEDGER_OPTIONS,  TN_CLI_OUTPUT_OPTIONS,         NULL,
};

static int run(struct tn_cli *cli)
{
    return tn_cli_apply(cli, tn_cli_arguments_positional(cli->arguments, 0));
}

const struct tn_cli_command tn_cli_command_apply = {
    .name = "apply",
    .summary = "carry out a plan, or go on with an interrupted run",
    .details = "Every effect is quoted again first; one that moved past the workflow's tolerance is refused.\n"
               "On a run that has ended it changes nothing and exits with that run's code.",
    .positionals = positionals,
    .options = options,
    .interrupting = "interrupting: waiting for effects already sent; again to stop at once",
    .run = run,
};

const struct tn_cli_command tn_cli_command_resume = {
    .name = "resume",
    .summary = "go on with a run that was interrupted",
    .details = "The same as apply. Steps that ended are not run again; unknown outcomes are looked into.\n"
               "On a run that has ended it changes nothing and exits with that run's code.",
    .positionals = positionals,
    .options = options,
    .interrupting = "interrupting: waiting for effects already sent; again to stop at once",
    .run = run,
};
