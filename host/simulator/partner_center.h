/*
 * What all Partner Center answers have in common: headers, refusals, collections and their links, pages.
 */
#ifndef TN_SIMULATOR_PARTNER_CENTER_H
#define TN_SIMULATOR_PARTNER_CENTER_H

#include "simulator/book.h"
#include "simulator/call.h"

#define TN_SIM_BYTE_ORDER_MARK "\xef\xbb\xbf" /* some of its bodies begin with one */

void tn_sim_partner_headers(struct tn_sim_call *call);
bool tn_sim_partner_admit(struct tn_sim_call *call); /* False: the refusal is written. */

/* Some calls serve no application without a user. False: the refusal is written. */
bool tn_sim_partner_user(struct tn_sim_call *call);

/* {"code", "description", "data", "source"} */
void tn_sim_partner_error(struct tn_sim_call *call, int status, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The customer that the path names; NULL: the refusal is written. */
struct tn_sim_customer *tn_sim_partner_customer(struct tn_sim_call *call);

/* What this call does to a customer, for the book: without quantity, amount and reservation yet. */
struct tn_sim_effect tn_sim_partner_effect(const struct tn_sim_call *call, const struct tn_sim_customer *customer,
                                           const char *kind, const char *state);

/* "attributes": {"objectType", "etag"}; etag may be NULL. */
void tn_sim_partner_attributes(struct tn_json_writer *w, const char *type, const char *etag);

/* name: {"uri", "method", "headers"}; token, which may be NULL, is a header to send along. */
void tn_sim_partner_link(struct tn_json_writer *w, const char *name, const char *uri, const char *token);

/* "links": {"self"} */
void tn_sim_partner_self(struct tn_json_writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* {"totalCount", "items": [ … : begins a collection whose items are all there. */
void tn_sim_partner_items(struct tn_json_writer *w, int64_t count);
void tn_sim_partner_items_end(struct tn_json_writer *w);

/* Which part of a list is asked for: size, and from where, in whatever way the list counts. */
struct tn_sim_page {
    int64_t size, from;
};

/* The size where the request says none (or 0), and the most it may be. False: the refusal is written. */
bool tn_sim_partner_page(struct tn_sim_call *call, int64_t size, int64_t most, struct tn_sim_page *page);

/* "links" of a list: self, and next where there is more, which goes on from there; then "continuationToken". */
void tn_sim_partner_seek(struct tn_json_writer *w, const char *uri, bool more, int64_t from);

#endif
