/*
 * Redaction: the one place that secrets do not get past, on their way into the ledger, logs, reports and messages.
 *
 * A secret is known by its name (authorization, *token*, *secret*, *password*, *assertion*; in JSON, headers, forms and
 * query strings) or by its shape (a JSON web token, "Bearer …", sig=…). Its value becomes "[redacted]"; everything
 * else, also the well-formedness of JSON, stays as it is.
 */
#ifndef TN_BASE_REDACT_H
#define TN_BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define TN_REDACTED "[redacted]"

/* Whether there may be anything to redact. One fast look: most texts hold nothing like it. */
bool tn_redact_needed(const char *text, size_t len);

/* Append the text without its secrets. False: out failed. */
bool tn_redact(struct tn_buf *out, const char *text, size_t len);

#endif
