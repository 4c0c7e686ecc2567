/* tenure call MODULE.NAME: any primitive from the shell. Options it does not know are the operation's arguments. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {
    {.name = "operation", .shown = "MODULE.NAME"},
    {.name = "first", .shown = "FIRST", .optional = true},
    {0},
};

static const struct tn_cli_option *const options[] = {
    &tn_cli_option_customer,
    &tn_cli_option_cap,
    &tn_cli_option_yes,
    &tn_cli_option_no_wait,
    &tn_cli_option_query,
    &tn_cli_option_top,
    &tn_cli_option_once,
    &tn_cli_option_cloud,
    TN_CLI_LEDGER_OPTIONS,
    TN_CLI_OUTPUT_OPTIONS,
    NULL,
};

static int run(struct tn_cli *cli)
{
    return tn_cli_plan_then_apply(cli, "call");
}

const struct tn_cli_command tn_cli_command_call = {
    .name = "call",
    .summary = "call any primitive",
    .details =
        "FIRST is the primitive's first argument; the others are given as --name VALUE. A list is JSON, or --name "
        "VALUE\n"
        "once for each of its values:\n"
        "  tenure call reservations.quote_refund ID --quantity 1 --customer contoso.com\n"
        "  tenure call reservations.quote_exchange '[{\"reservation\": \"ID\", \"quantity\": 1}]' --purchase TABLE "
        "--purchase TABLE\n"
        "`tenure describe --operations` lists the primitives, and with the name of one behind it, its arguments.\n"
        "--query is asked about each record, whose fields it sees by name, the whole record as `it`, the time as "
        "`now`\n"
        "(in seconds, as dates are):\n"
        "  --query 'expires - now < 30 * 86400'       --query '{sku = sku, used = utilization[30]}'\n"
        "An effect is planned, shown and asked about like that of a workflow; money needs --cap.\n"
        "A read exits with 3 when the customer that --customer names could not be reached, and with 1 when it was the\n"
        "cloud, or the profile's own tenant.",
    .positionals = positionals,
    .options = options,
    .passes_on = "arguments",
    .interrupting = "interrupting: waiting for effects already sent; again to stop at once",
    .shows_log = true,
    .run = run,
};
