/*
 * One request for a token: its address, its form, and what its answer says.
 *
 * "OAuth 2.0 client credentials flow on the Microsoft identity platform" (v2.0 endpoint, scope=RESOURCE/.default) for
 * Azure Resource Manager; "Partner Center authentication" (v1 endpoint, resource=RESOURCE) for Partner Center. Asking
 * twice is harmless, so the client may repeat it like a read.
 */
#ifndef TN_AUTH_REQUEST_H
#define TN_AUTH_REQUEST_H

#include "auth/credential.h"
#include "base/buf.h"

struct tn_token_request {
    struct tn_http_exchange exchange; /* first: done() casts back through it */
    struct tn_http_header headers[2];
    struct tn_buf url;
    char *form; /* holds the secret: wiped */
    void *owner;
};

/* Fill in everything but done and owner. tenant was checked. */
int tn_token_request_new(const struct tn_cloud *cloud, const struct tn_credential *credential, const char *tenant,
                         enum tn_service service, struct tn_token_request **out, struct tn_err *err);
void tn_token_request_free(struct tn_token_request *request); /* cancels, wipes; NULL is fine */

/* A token and how long it lives, both out of a 200. The body's copy of the token is overwritten before it is decoded,
 * so that no Lua string ever holds it. The caller frees token with tn_secret_free(). */
int tn_token_take(struct lua_State *doc_state, struct tn_buf *body, char **token, int64_t *life_ms, struct tn_err *err);

#endif
