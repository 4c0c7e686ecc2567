/* The operation table for people, programs and editors: `tenure describe --operations` and `--stubs`. */
#ifndef TN_API_OPERATIONS_H
#define TN_API_OPERATIONS_H

#include "api/host.h"

/* What there is, in the request's format; with "workflow" that module only. */
int tn_operations_describe(struct tn_request *request, struct tn_buf *output, struct tn_err *err);

/* One file of annotations for each module, and one for what every script has, below the folder. */
int tn_operations_write_stubs(struct tn_request *request, const char *folder, struct tn_err *err);

#endif
