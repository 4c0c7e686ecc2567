/* HTTP headers: those of a request are checked before anything is sent, those of an answer kept by an allow list. */
#ifndef TN_NET_HEADERS_H
#define TN_NET_HEADERS_H

#include <curl/curl.h>

#include "net/http.h"

#define TN_HEADERS_KEPT_MAX 64
#define TN_HEADER_KEPT_BYTES 8192

/* TENURE_EINVAL names the header, never its value. */
int tn_headers_check(const struct tn_http_exchange *exchange, struct tn_err *err);

/* All headers of the request as curl wants them. NULL: out of memory. Freed with tn_headers_free(). */
struct curl_slist *tn_headers_build(const struct tn_http_exchange *exchange);
void tn_headers_free(struct curl_slist *headers); /* wipes; NULL is fine */

/* True when text is free of control characters (a tab is one). */
bool tn_header_text_plain(const char *text);

/* Split a header line as it came: name in lower case, value trimmed, both cut out of line in place. False: not a
 * header. */
bool tn_header_split(char *line, size_t len, char **name, char **value);

bool tn_header_is_kept(const char *name, const char *value);

#endif
