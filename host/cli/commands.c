/* All commands, in the order help lists them. Each is a file in commands/. */
#include "cli/commands.h"

#include <stddef.h>

const struct tn_cli_command *const tn_cli_commands[] = {
    &tn_cli_command_run,
    &tn_cli_command_plan,
    &tn_cli_command_approve,
    &tn_cli_command_apply,
    &tn_cli_command_resume,
    &tn_cli_command_settle,
    &tn_cli_command_runs,
    &tn_cli_command_show,
    &tn_cli_command_why,
    &tn_cli_command_report,
    &tn_cli_command_output,
    &tn_cli_command_audit,
    &tn_cli_command_check,
    &tn_cli_command_describe,
    &tn_cli_command_call,
    &tn_cli_command_exec,
    &tn_cli_command_simulator,
    &tn_cli_command_test,
    NULL,
};
