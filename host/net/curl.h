/*
 * The transport over libcurl: reads and effects in two pools that never share a connection.
 */
#ifndef TN_NET_CURL_H
#define TN_NET_CURL_H

#include "net/transport.h"

/* read_connections: at most so many per host for reads. Strings are copied. TENURE_ENOMEM, TENURE_EINVAL (a certificate
 * file that cannot be read). */
int tn_curl_transport_new(struct tn_loop *loop, const struct tn_http_options *options, uint32_t read_connections,
                          struct tn_transport **out, struct tn_err *err);

#endif
