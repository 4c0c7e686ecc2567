/*
 * URLs, built from parts and checked.
 *
 * URLs are never made from a stranger's string: a cloud's origin (scheme, host, port), path segments that are encoded
 * one by one, and query parameters. A link that a service sends back (nextLink, Location) is data: it must have the
 * cloud's origin.
 */
#ifndef TN_NET_URL_H
#define TN_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Percent-encode one path segment onto out. TENURE_EINVAL for "", ".", "..", and control characters. */
int tn_url_put_segment(struct tn_buf *out, const char *segment, struct tn_err *err);

/* Append "?name=value" or "&name=value", percent-encoded. */
void tn_url_put_query(struct tn_buf *out, const char *name, const char *value);

/* Same scheme, host and port as origin ("https://management.azure.com"), no user info, no control characters. */
bool tn_url_same_origin(const char *url, const char *origin);

/* "http" or "https", a host and maybe a port, nothing else; written in one way (lower case, no trailing slash). */
int tn_url_parse_origin(const char *text, struct tn_buf *out, struct tn_err *err);

/* The origin of a whole address, as tn_url_parse_origin() writes it. TENURE_EINVAL: it is none, or has a user in it. */
int tn_url_origin_of(const char *url, struct tn_buf *out, struct tn_err *err);

bool tn_url_is_loopback(const char *origin); /* 127.0.0.0/8, [::1] or localhost */

#endif
