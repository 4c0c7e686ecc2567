/*
 * Clouds, credentials and tokens.
 *
 * A token is asked for per tenant, audience and who acts, cached, renewed at 80 % of its life, and however many wait for
 * the same one, one request is in flight. Tokens and secrets stay in C: nobody above this room sees more than a borrowed
 * const char * for the length of one request, and nothing of them is logged.
 */
#ifndef TN_AUTH_AUTH_H
#define TN_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/http.h"

/* ---- clouds ----------------------------------------------------------------------------------------------------- */

enum tn_service {
    TN_SERVICE_ARM,
    TN_SERVICE_PARTNER_CENTER,
    TN_SERVICE_COUNT,
    TN_SERVICE_PLAIN = TN_SERVICE_COUNT /* none of the cloud's: any host, by its whole address, without a token */
};

struct tn_cloud {
    char name[256];                     /* "AzureCloud", "AzureUSGovernment", "AzureChinaCloud", or the base URL */
    char login[256];                    /* origin of the token endpoint */
    char origin[TN_SERVICE_COUNT][256]; /* origin of each service; "": this cloud has none */
    char prefix[TN_SERVICE_COUNT][16];  /* path prefix of each service: "" or "/v1" */
    /* Audience asked for, e.g. https://management.azure.com/.default: by the application, and by it for its user. */
    char scope[TN_SERVICE_COUNT][256], user_scope[TN_SERVICE_COUNT][256];
    const char *portal; /* origin of the portal for people; static. Of a base URL: the public one */
    bool loopback;      /* all of it is on loopback */
};

/* "public" (or NULL), "china", "usgov", Azure's own names, or a base URL that serves everything. TENURE_EINVAL. */
int tn_cloud_find(struct tn_cloud *cloud, const char *name, struct tn_err *err);

/* The portal of the cloud that is called so, as what was kept of a run calls its cloud: for links where nobody is
 * connected. NULL, an address, or a name that is none: the public one. Static. */
const char *tn_cloud_portal(const char *name);

/* ---- credentials ------------------------------------------------------------------------------------------------ */

/* From where the secret comes decides the kind; more kinds follow (certificate, federated …). */
struct tn_credential;

/* An application with a secret, and, where refresh_token is not NULL, a user of its tenant who signed in to it: then it
 * can act as that user, too (Secure Application Model). All strings are copied; secrets are wiped on free. TENURE_EINVAL:
 * one is missing, or cannot be what it should be; the message does not show it. */
int tn_credential_secret(const char *client_id, const char *secret, const char *refresh_token,
                         struct tn_credential **out, struct tn_err *err);
void tn_credential_free(struct tn_credential *credential);

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

struct tn_auth;

/* cloud is copied, credential taken on success (freed with it), http and loop borrowed; free it before http. doc_state:
 * a state for JSON documents. */
struct lua_State;
int tn_auth_new(struct tn_loop *loop, struct tn_http *http, struct lua_State *doc_state, const struct tn_cloud *cloud,
                struct tn_credential *credential, struct tn_auth **out, struct tn_err *err);
void tn_auth_free(struct tn_auth *auth); /* NULL is fine */
const struct tn_cloud *tn_auth_cloud(const struct tn_auth *auth);

/* What a token is for. */
struct tn_token_for {
    const char *tenant;
    enum tn_service service;
    bool as_user; /* the application acts as the user who signed in to it, not by itself */
};

/* One wait for a token; embedded, zeroed. ready() comes from the loop, once, with token set or err set: TENURE_EAUTH
 * when the login host refused (name is its error word, e.g. "invalid_client"; the message names tenant, AADSTS text and
 * what to do; http_status set) or no user is there to act as (tn_auth_check_user()), or what the network said.
 *
 * A refresh token that comes with a user's token is the one used from then on, for all tenants. It is kept in memory
 * only: the next process begins with the configured one again, which the login host lets do ("the old one may keep
 * working", Microsoft identity platform) until it expires or is revoked. */
struct tn_token_wait {
    const char *token; /* borrowed until the wait is released or the loop is stepped again */
    struct tn_err err;
    void (*ready)(struct tn_token_wait *wait);
    /* its own */
    struct tn_token_entry *entry;
    struct tn_token_wait *prev, *next;
    struct tn_job job;
};
void tn_auth_get(struct tn_auth *auth, struct tn_token_for whom, struct tn_token_wait *wait);
void tn_auth_cancel(struct tn_token_wait *wait); /* no ready() after this; no-op otherwise */

/* The service answered 401 to this token: the next tn_auth_get() asks for a new one (unless a newer is cached already).
 */
void tn_auth_reject(struct tn_auth *auth, struct tn_token_for whom, const char *token);

/* Whether there is a user to act as: TENURE_OK, or TENURE_EAUTH with a message that says what to set. */
int tn_auth_check_user(const struct tn_auth *auth, struct tn_err *err);

#endif
