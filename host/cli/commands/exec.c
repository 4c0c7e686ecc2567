/* tenure exec FILE.lua: a script without a workflow, over one customer. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "file", .shown = "FILE.lua"}, {0}};

static const struct tn_cli_option with = {
    .name = "with",
    .kind = TN_CLI_LIST,
    .value = "NAME=VALUE",
    .pair = true,
    .help = "what the script finds in ctx.with; repeatable",
};

static const struct tn_cli_option http = {
    .name = "http",
    .kind = TN_CLI_LIST,
    .value = "HOST",
    .help = "a host that the script may ask by plain HTTP (get:HOST: only read); repeatable",
};

static const struct tn_cli_option *const options[] = {
    &tn_cli_option_customer,
    &with,
    &http,
    &tn_cli_option_cap,
    &tn_cli_option_yes,
    &tn_cli_option_no_wait,
    &tn_cli_option_cloud,
    TN_CLI_LEDGER_OPTIONS,
    TN_CLI_OUTPUT_OPTIONS,
    NULL,
};

static int run(struct tn_cli *cli)
{
    return tn_cli_plan_then_apply(cli, "exec");
}

const struct tn_cli_command tn_cli_command_exec = {
    .name = "exec",
    .summary = "run a script without a workflow",
    .details = "Effects of the script are planned, shown and asked about like those of a workflow; money needs --cap.",
    .positionals = positionals,
    .options = options,
    .interrupting = "interrupting: waiting for effects already sent; again to stop at once",
    .shows_log = true,
    .run = run,
};
