/*
 * One request for a token: its address, its form, and what its answer says.
 *
 * "OAuth 2.0 client credentials flow on the Microsoft identity platform" (v2.0 endpoint, scope=RESOURCE/.default) for
 * Azure Resource Manager; "Partner Center authentication" (v1 endpoint, resource=RESOURCE) for Partner Center. As a user,
 * both by that user's refresh token ("Enable the Secure Application Model", Partner Center; "Refresh the access token",
 * Microsoft identity platform). Asking twice is harmless, so the client may repeat it like a read.
 */
#ifndef TN_AUTH_REQUEST_H
#define TN_AUTH_REQUEST_H

#include "auth/credential.h"
#include "base/buf.h"

struct tn_token_request {
    struct tn_http_exchange exchange; /* first: done() casts back through it */
    struct tn_http_header headers[2];
    struct tn_buf url;
    char *form;          /* holds the secret: wiped */
    char *refresh_token; /* that is sent; wiped; NULL: the application asks for itself */
    void *owner;
};

/* Fill in everything but done and owner. The tenant was checked, and that there is a user where one has to act. */
int tn_token_request_new(const struct tn_cloud *cloud, const struct tn_credential *credential, struct tn_token_for whom,
                         struct tn_token_request **out, struct tn_err *err);
void tn_token_request_free(struct tn_token_request *request); /* cancels, wipes; NULL is fine */

/* What is in a 200. */
struct tn_token_answer {
    char *token;
    char *refresh_token; /* to be used from now on; NULL: the one that was sent stays */
    int64_t life_ms;
};

/* Tokens are overwritten in the body before it is decoded, so that no Lua string ever holds one. The caller frees both
 * with tn_secret_free(). */
int tn_token_take(struct lua_State *doc_state, struct tn_buf *body, struct tn_token_answer *answer, struct tn_err *err);

#endif
