/* Help, made from the tables of commands and options. */
#ifndef TN_CLI_HELP_H
#define TN_CLI_HELP_H

#include "base/buf.h"
#include "cli/arguments.h"

void tn_cli_help_overview(struct tn_buf *text);
void tn_cli_help_command(struct tn_buf *text, const struct tn_cli_command *command);

#endif
