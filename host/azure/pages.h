/*
 * Pages: what a call's answers are decoded into, and where the next one is. Part of the call engine.
 *
 * A single record is one page. A link to the next page is data: it is followed only to the cloud's own origin, and
 * never round in circles.
 */
#ifndef TN_AZURE_PAGES_H
#define TN_AZURE_PAGES_H

#include "azure/ask.h"

struct tn_pages {
    size_t bytes;               /* of all pages so far */
    int64_t items;              /* the same */
    struct tn_buf next_url;     /* of the page after the latest; empty: none */
    struct tn_buf continuation; /* headers of its request: name NUL value NUL … */
};

/* Decode the answer's body into the caller's state and keep it with the call's pages. TENURE_EPROTO: it is not one
 * complete JSON value. */
int tn_pages_take(struct tn_pages *pages, struct tn_call *call, const struct tn_http_exchange *exchange,
                  struct tn_err *err);

/* Check that the page just taken is one, and find the next in it. */
int tn_pages_find_next(struct tn_pages *pages, const struct tn_call *call, const struct tn_cloud *cloud,
                       const struct tn_ask *ask, struct tn_err *err);

/* Have the next page asked for. False: there is none. */
bool tn_pages_turn(struct tn_pages *pages, struct tn_ask *ask);

/* The headers that the page needs beside the call's own. */
void tn_pages_add_headers(const struct tn_pages *pages, struct tn_ask *ask);

void tn_pages_deinit(struct tn_pages *pages);

#endif
