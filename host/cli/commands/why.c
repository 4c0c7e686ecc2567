/* tenure why RUN ID: one page about a customer, reservation or effect. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {
    {.name = "run", .shown = "RUN"}, {.name = "id", .shown = "ID"}, {0}};

static const struct tn_cli_option *const options[] = {TN_CLI_LEDGER_OPTIONS, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_why = {
    .name = "why",
    .summary = "everything about one customer, reservation or effect",
    .details = "A customer by id, domain or name; a reservation by its id or the last part of it; an effect by its key "
               "or the\n"
               "beginning of one. What was quoted, decided, sent and answered, in order of time.",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
