/*
 * For the analyzer only (tools/tidy): it sees one file at a time and would think that failing may succeed. Here it
 * learns what base/err.h promises: these functions answer with the code they were given, which is never 0.
 */
#include "base/err.h"

#define tn_err_set(err, code, ...) (tn_err_set((err), (code), __VA_ARGS__), (code))
#define tn_err_no_memory(err) (tn_err_no_memory(err), TENURE_ENOMEM)
#define tn_err_prefix(err, ...) (tn_err_prefix((err), __VA_ARGS__), TENURE_EINTERNAL)
