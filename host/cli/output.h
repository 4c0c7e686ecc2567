/* Where data goes: standard output, or a file that is there in full or not at all. */
#ifndef TN_CLI_OUTPUT_H
#define TN_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Everything, or false with errno. */
bool tn_cli_write_all(int fd, const char *data, size_t len);
bool tn_cli_write_text(int fd, const char *data,
                       size_t len); /* the same, and a newline where it does not end with one */

/* Data to standard output (path NULL) or to the file; ends it with a newline where it has none. TENURE_EIO,
 * TENURE_ENOSPC. */
int tn_cli_output_write(const char *path, const char *data, size_t len, struct tn_err *err);

/* Before the work begins: can the file be written? TENURE_EINVAL. */
int tn_cli_output_check(const char *path, struct tn_err *err);

int tn_cli_terminal_width(int fd); /* 80 where it does not say */

#endif
