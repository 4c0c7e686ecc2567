/*
 * What a call asks: URL, body and headers of its requests, made from the operation's row and the call's values. Part of
 * the call engine.
 */
#ifndef TN_AZURE_ASK_H
#define TN_AZURE_ASK_H

#include "azure/call.h"

#define TN_ASK_HEADERS 12

struct tn_ask {
    struct tn_buf url, body;
    struct tn_http_header headers[TN_ASK_HEADERS];
    size_t header_count;
};

/* URL and body of the first request; later pages keep the body. */
int tn_ask_make(struct tn_ask *ask, const struct tn_call *call, const struct tn_cloud *cloud, struct tn_err *err);

/* Set the headers; correlation is borrowed as long as they are used. */
void tn_ask_put_headers(struct tn_ask *ask, const struct tn_call *call, const char *correlation);
void tn_ask_add_header(struct tn_ask *ask, const char *name, const char *value); /* borrowed; one more */

/* A service's link as an address: they come relative, with or without the service's prefix, or absolute. */
void tn_ask_put_link(struct tn_buf *url, const struct tn_cloud *cloud, enum tn_service service, const char *link);

void tn_ask_deinit(struct tn_ask *ask);

#endif
