/* tenure describe FILE: a workflow's inputs, permissions, steps; and what workflows and scripts can be made of. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_option operations = {
    .name = "operations",
    .kind = TN_CLI_FLAG,
    .help = "the primitives there are, of all modules or of the one named; or what one of them takes",
};

static const struct tn_cli_option stubs = {
    .name = "stubs",
    .kind = TN_CLI_TEXT,
    .value = "FOLDER",
    .help = "write annotations for the Lua language server there: a library for editors",
};

static const struct tn_cli_option schema = {
    .name = "schema",
    .kind = TN_CLI_FLAG,
    .help = "the JSON Schema of workflow files, for editors",
};

static const struct tn_cli_positional positionals[] = {
    {.name = "workflow", .shown = "WORKFLOW", .optional = true},
    {0},
};

static const struct tn_cli_option *const options[] = {&operations, &stubs, &schema, TN_CLI_OUTPUT_OPTIONS, NULL};

const struct tn_cli_command tn_cli_command_describe = {
    .name = "describe",
    .summary = "a workflow's inputs, permissions and steps; or the primitives there are",
    .details = "  tenure describe --operations orders.purchase    what one takes as arguments\n"
               "  tenure describe --operations usage -o md        a page about one module; json has everything there "
               "is to know\n"
               "  tenure describe --stubs ~/.local/share/tenure/lua\n"
               "  tenure describe --schema --to workflow.schema.json",
    .positionals = positionals,
    .options = options,
    .run = tn_cli_simple,
};
