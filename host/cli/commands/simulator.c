/* tenure simulator: the Azure look-alike, until a signal ends it. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static const struct tn_cli_positional positionals[] = {{0}};

static const struct tn_cli_option listen = {
    .name = "listen",
    .kind = TN_CLI_TEXT,
    .value = "ADDRESS",
    .help = "address and port; 127.0.0.1:0 (the default) takes a free port",
};

static const struct tn_cli_option customers = {
    .name = "customers",
    .kind = TN_CLI_INTEGER,
    .value = "N",
    .least = 0,
    .most = 1000000,
    .help = "how many customers to make up",
};

static const struct tn_cli_option reservations = {
    .name = "reservations",
    .kind = TN_CLI_INTEGER,
    .value = "N",
    .least = 0,
    .most = 100000,
    .help = "reservations for each of them",
};

static const struct tn_cli_option seed = {
    .name = "seed",
    .kind = TN_CLI_INTEGER,
    .value = "N",
    .least = 0,
    .most = INT64_MAX,
    .help = "the same seed makes the same world",
};

static const struct tn_cli_option world = {
    .name = "world",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .file = true,
    .help = "a YAML file with exact customers and reservations",
};

static const struct tn_cli_option latency = {
    .name = "latency",
    .kind = TN_CLI_INTEGER,
    .value = "MS",
    .least = 0,
    .most = 600000,
    .help = "milliseconds added to every answer",
};

static const struct tn_cli_option faults = {
    .name = "faults",
    .kind = TN_CLI_TEXT,
    .value = "JSON",
    .help = "what goes wrong: {\"throttle\": 0.05, \"drop\": {\"next\": 3}}",
};

static const struct tn_cli_option settle = {
    .name = "settle",
    .kind = TN_CLI_INTEGER,
    .value = "MS",
    .least = 0,
    .most = 86400000,
    .help = "milliseconds until a long-running operation settles (2000)",
};

static const struct tn_cli_option tls = {
    .name = "tls",
    .kind = TN_CLI_FLAG,
    .help = "https, with a certificate made for this start: its file is TENURE_CA_FILE in env",
};

static const struct tn_cli_option *const options[] = {
    &listen, &customers,           &reservations,          &seed, &world, &latency, &faults, &settle,
    &tls,    &tn_cli_option_quiet, &tn_cli_option_verbose, NULL,
};

const struct tn_cli_command tn_cli_command_simulator = {
    .name = "simulator",
    .summary = "start the Azure look-alike, for trying and testing",
    .details = "Prints one line of JSON when it is ready: its url, and in env the variables a client needs.\n"
               "SIGTERM or Ctrl-C ends it.",
    .positionals = positionals,
    .options = options,
    .may_dump = true,
    .run = tn_cli_simple,
};
