/* Waiting before a request is repeated: what a Retry-After header says, and how long that makes the wait. */
#ifndef TN_NET_BACKOFF_H
#define TN_NET_BACKOFF_H

#include <stdint.h>

/* A Retry-After value (seconds, or an HTTP date judged by wall_ms) in milliseconds, clamped to 0 to 15 minutes; -1 for
 * what is neither. */
int64_t tn_retry_after_parse(const char *value, int64_t wall_ms);

#endif
