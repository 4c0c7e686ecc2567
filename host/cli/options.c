/* The options that several commands share: see options.h. */
#include "cli/options.h"

static const char *const formats[] = {"table", "json", "jsonl", "tsv", "csv", "md", NULL};

const struct tn_cli_option tn_cli_option_input = {
    .name = "input",
    .kind = TN_CLI_LIST,
    .value = "NAME=VALUE",
    .pair = true,
    .help = "set an input of the workflow; repeatable",
};

const struct tn_cli_option tn_cli_option_inputs = {
    .name = "inputs",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .file = true,
    .help = "read inputs from a YAML file; '-' is standard input",
};

const struct tn_cli_option tn_cli_option_customers = {
    .name = "customers",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .file = true,
    .help = "only the customers this file lists; '-' is standard input",
};

const struct tn_cli_option tn_cli_option_only = {
    .name = "only",
    .kind = TN_CLI_WORDS,
    .value = "ID,…",
    .help = "only these customers, by id, domain or name; repeatable",
};

const struct tn_cli_option tn_cli_option_concurrency = {
    .name = "concurrency",
    .kind = TN_CLI_INTEGER,
    .value = "N",
    .least = 1,
    .most = 1000,
    .scope = TN_CLI_APPLYING,
    .help = "customers at work at once",
};

const struct tn_cli_option tn_cli_option_yes = {
    .name = "yes",
    .kind = TN_CLI_FLAG,
    .local = true,
    .help = "approve all effects of the plan; do not ask",
};

const struct tn_cli_option tn_cli_option_ledger = {
    .name = "ledger",
    .kind = TN_CLI_TEXT,
    .value = "URL",
    .scope = TN_CLI_EVERYWHERE,
    .help = "where runs are kept",
};

const struct tn_cli_option tn_cli_option_cloud = {
    .name = "cloud",
    .kind = TN_CLI_TEXT,
    .value = "CLOUD",
    .scope = TN_CLI_EVERYWHERE,
    .help = "a cloud's name, its base URL, or 'simulator': one just for this command",
};

const struct tn_cli_option tn_cli_option_profile = {
    .name = "profile",
    .kind = TN_CLI_TEXT,
    .value = "NAME",
    .scope = TN_CLI_EVERYWHERE,
    .help = "a named set of settings",
};

const struct tn_cli_option tn_cli_option_output = {
    .name = "output",
    .letter = 'o',
    .kind = TN_CLI_CHOICE,
    .value = "FORMAT",
    .choices = formats,
    .local = true, /* request.c writes it: it has a default */
    .help = "table (the default), json, jsonl, tsv, csv or md",
};

const struct tn_cli_option tn_cli_option_to = {
    .name = "to",
    .kind = TN_CLI_TEXT,
    .value = "FILE",
    .help = "write the data to this file, in one piece or not at all",
};

const struct tn_cli_option tn_cli_option_quiet = {
    .name = "quiet",
    .kind = TN_CLI_FLAG,
    .local = true,
    .help = "no progress; only data, warnings and errors",
};

const struct tn_cli_option tn_cli_option_verbose = {
    .name = "verbose",
    .letter = 'v',
    .kind = TN_CLI_FLAG,
    .local = true,
    .help = "show what scripts log",
};

const struct tn_cli_option tn_cli_option_no_color = {
    .name = "no-color",
    .kind = TN_CLI_FLAG,
    .local = true,
    .help = "no colours, as with NO_COLOR in the environment",
};

const struct tn_cli_option tn_cli_option_no_wait = {
    .name = "no-wait",
    .kind = TN_CLI_FLAG,
    .scope = TN_CLI_APPLYING,
    .help = "do not stay for effects whose outcome is unknown (exit code 6)",
};

const struct tn_cli_option tn_cli_option_accept_changes = {
    .name = "accept-changes",
    .kind = TN_CLI_FLAG,
    .help = "go on though the workflow or a script was changed since the plan; the audit says so",
};

const struct tn_cli_option tn_cli_option_customer = {
    .name = "customer",
    .kind = TN_CLI_TEXT,
    .value = "ID",
    .help = "whose tenant to act in, by id, domain or name; without it the profile's own",
};

const struct tn_cli_option tn_cli_option_cap = {
    .name = "cap",
    .kind = TN_CLI_LIST,
    .value = "CURRENCY=AMOUNT",
    .pair = true,
    .help = "money that may move (EUR=500), or how often where none is told (count=5); repeatable",
};

const struct tn_cli_option tn_cli_option_query = {
    .name = "query",
    .kind = TN_CLI_TEXT,
    .value = "EXPRESSION",
    .help = "a Lua expression for each record: true keeps it, another value stands in its place",
};

const struct tn_cli_option tn_cli_option_once = {
    .name = "once",
    .kind = TN_CLI_TEXT,
    .value = "NAME",
    .help = "the name of an effect that nothing else tells from the next, e.g. a ticket",
};

const struct tn_cli_option tn_cli_option_top = {
    .name = "top",
    .kind = TN_CLI_INTEGER,
    .value = "N",
    .least = 1,
    .most = 100000000,
    .help = "the first N records of a list, before --query; without it all pages",
};
