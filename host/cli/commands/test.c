/* tenure test [DIR…]: busted specs of workflows and scripts, inside the real host. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {
    {.name = "paths", .shown = "DIR", .optional = true, .many = true}, {0}};

static const struct tn_cli_option *const options[] = {&tn_cli_option_quiet, &tn_cli_option_verbose, NULL};

const struct tn_cli_command tn_cli_command_test = {
    .name = "test",
    .summary = "run busted specs inside the host",
    .details = "DIR is a folder or a file, 'spec' when there is none. What follows '--' goes to busted:\n"
               "  tenure test spec -- --filter=refund",
    .positionals = positionals,
    .options = options,
    .rest = "arguments",
    .may_dump = true,
    .run = tn_cli_simple,
};
