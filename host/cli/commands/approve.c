/* tenure approve RUN: a yes to a plan, whole or in part. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{.name = "run", .shown = "RUN"}, {0}};

static const struct tn_cli_option from = {
    .name = "from",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .help = "the file of `tenure report RUN --effects --format csv`, with approve in its column decision",
};

static const struct tn_cli_option only = {
    .name = "only",
    .kind = TN_CLI_WORDS,
    .value = "ID,…",
    .help = "only effects of these customers or reservations, or these effects",
};

static const struct tn_cli_option reason = {
    .name = "reason",
    .kind = TN_CLI_TEXT,
    .value = "TEXT",
    .help = "why; kept with the approval",
};

static const struct tn_cli_option *const options[] = {
    &from, &only, &reason, TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_approve = {
    .name = "approve",
    .summary = "approve a plan, or a part of it",
    .details =
        "Nothing is sent: `tenure apply RUN` carries out what is approved. The approval is bound to the plan as it is\n"
        "now, and is refused once the plan has expired; what is approved must be begun by then, too.\n"
        "In the file, approve (or approved, yes, y, x) approves; reject (or rejected, no, n) and an empty cell leave\n"
        "the effect not approved. Its lines and columns may be sorted, added and taken out as a whole; a line that "
        "tells\n"
        "something else of its effect than the plan does refuses the file.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
