/* tenure audit [RUN]: the events of a ledger, and whether their chain is whole. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN", .optional = true}, {0}};

static const struct tn_cli_option verify = {
    .name = "verify",
    .kind = TN_CLI_FLAG,
    .help = "walk the whole chain: exits 1 when an event, or what it made, was changed, removed or cut",
};

static const struct tn_cli_option head = {
    .name = "head",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .help = "with --verify: compare with this copy of the head instead of the one beside the ledger",
};

static const struct tn_cli_option *const options[] = {&verify, &head, TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS,
                                                      NULL};

const struct tn_cli_command tn_cli_command_audit = {
    .name = "audit",
    .summary = "export the audit trail, or verify it",
    .details =
        "Every transition, decision and approval is an event, sealed into a chain of hashes. '-o jsonl' exports them.\n"
        "Keep LEDGER.head elsewhere too: it shows later that nothing was cut off.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
