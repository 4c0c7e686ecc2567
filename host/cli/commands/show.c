/* tenure show RUN: counts, totals, what needs a person. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN"}, {0}};

static const struct tn_cli_option *const options[] = {TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_show = {
    .name = "show",
    .summary = "show a run: counts, totals, what needs a person",
    .details =
        "Works from another terminal while the run goes on. '-o jsonl' gives one effect per line.\n"
        "In '-o json' money stands by operation and billing currency: 'back' is what comes back, 'pay' what has\n"
        "to be paid (for an exchange what is left after that), 'totals' the former where an operation has it, else\n"
        "the latter.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
