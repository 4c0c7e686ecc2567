/* The tables of all commands, one per file in commands/. */
#ifndef TN_CLI_COMMANDS_H
#define TN_CLI_COMMANDS_H

#include "cli/arguments.h"

extern const struct tn_cli_command tn_cli_command_run, tn_cli_command_plan, tn_cli_command_apply, tn_cli_command_runs,
    tn_cli_command_show, tn_cli_command_check, tn_cli_command_describe, tn_cli_command_call, tn_cli_command_exec,
    tn_cli_command_simulator, tn_cli_command_test, tn_cli_command_report, tn_cli_command_approve, tn_cli_command_audit,
    tn_cli_command_resume, tn_cli_command_settle, tn_cli_command_why, tn_cli_command_output;

#endif
