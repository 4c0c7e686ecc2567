/* tenure settle RUN: unknown outcomes, and a person's decision about one of them. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN"}, {0}};

static const struct tn_cli_option effect = {
    .name = "effect",
    .kind = TN_CLI_TEXT,
    .value = "KEY",
    .help = "the effect to decide about; its first characters are enough",
};

static const struct tn_cli_option as = {
    .name = "as",
    .kind = TN_CLI_TEXT,
    .value = "WORD",
    .help = "succeeded, partial, failed, or not-done: nothing happened, try again",
};

static const struct tn_cli_option reason = {
    .name = "reason",
    .kind = TN_CLI_TEXT,
    .value = "TEXT",
    .help = "how you know; kept with the decision",
};

static const struct tn_cli_option *const options[] = {
    &effect, &as, &reason, TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_settle = {
    .name = "settle",
    .summary = "list unknown outcomes, or decide about one",
    .details = "Without a decision it lists what is unknown, with the evidence there is. Look at the reservation in "
               "the portal\n"
               "first: a decision counts as a fact.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
