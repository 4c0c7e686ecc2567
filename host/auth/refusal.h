/* Refusals of the login host, told so that a person knows what to do about them. */
#ifndef TN_AUTH_REFUSAL_H
#define TN_AUTH_REFUSAL_H

#include "auth/auth.h"
#include "base/buf.h"

/* Fill err from an answer that is no 200. secrets is what must not come back out of it, NULL-ended. */
void tn_refusal_read(struct lua_State *doc_state, const struct tn_http_exchange *exchange, const char *tenant,
                     const char *const *secrets, struct tn_err *err);

#endif
