/* The options that several commands share; lists of them are put together in the commands' tables. */
#ifndef TN_CLI_OPTIONS_H
#define TN_CLI_OPTIONS_H

#include "cli/arguments.h"

extern const struct tn_cli_option tn_cli_option_input, tn_cli_option_inputs, tn_cli_option_customers,
    tn_cli_option_only, tn_cli_option_concurrency, tn_cli_option_yes, tn_cli_option_ledger, tn_cli_option_cloud,
    tn_cli_option_profile, tn_cli_option_output, tn_cli_option_to, tn_cli_option_quiet, tn_cli_option_verbose,
    tn_cli_option_no_color, tn_cli_option_no_wait, tn_cli_option_customer, tn_cli_option_cap,
    tn_cli_option_accept_changes, tn_cli_option_query, tn_cli_option_top, tn_cli_option_once;

/* How and where data is written, and how much is said meanwhile. */
#define TN_CLI_OUTPUT_OPTIONS \
    &tn_cli_option_output, &tn_cli_option_to, &tn_cli_option_no_color, &tn_cli_option_quiet, &tn_cli_option_verbose

/* Where runs are kept, and as whom. */
#define TN_CLI_LEDGER_OPTIONS &tn_cli_option_ledger, &tn_cli_option_profile

/* What a workflow starts with. */
#define TN_CLI_WORKFLOW_OPTIONS                                                                 \
    &tn_cli_option_input, &tn_cli_option_inputs, &tn_cli_option_customers, &tn_cli_option_only, \
        &tn_cli_option_concurrency, &tn_cli_option_cloud

#endif
