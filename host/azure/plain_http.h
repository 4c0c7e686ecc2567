/*
 * Plain HTTP: what rows of the module `http` ask of hosts that are none of our cloud's services, and how their answers
 * become JSON. Part of the call engine.
 *
 * No token and no header of a script's goes there. An effect carries a key that all of its attempts share
 * (Idempotency-Key, a draft of the IETF's HTTPAPI group): whoever knows it does it once; nobody has to.
 */
#ifndef TN_AZURE_PLAIN_HTTP_H
#define TN_AZURE_PLAIN_HTTP_H

#include "azure/ask.h"

/* Of a read: an outage there is not one of the cloud's, for which a run waits. */
#define TN_PLAIN_ATTEMPTS 4
#define TN_PLAIN_DEADLINE_MS 60000 /* over all of them */

/* The address that the call names, with its query. TENURE_EINVAL, TENURE_ENOMEM. */
int tn_plain_put_url(struct tn_buf *url, const struct tn_call *call, struct tn_err *err);

void tn_plain_put_headers(struct tn_ask *ask, const struct tn_call *call, const char *correlation);

/* In the place of the body of a complete 2xx answer: {"status", "type", "text", "json"}, of which text is left out where
 * it is none, and json where the body is no list or object in JSON. That of a read which is said to be JSON, and is not,
 * stays as it is. L: where it is tried. Without memory the answer becomes an empty one, which no read takes. */
void tn_plain_answer(struct tn_http_exchange *exchange, lua_State *L);

#endif
