/* Credentials: see auth.h. */
#include "auth/credential.h"

#include <stdlib.h>
#include <string.h>

void tn_secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

int tn_credential_secret(const char *client_id, const char *secret, struct tn_credential **out, struct tn_err *err)
{
    if (!client_id || !*client_id)
        return tn_err_set(err, TENURE_EINVAL, "there is no client id to sign in with: set AZURE_CLIENT_ID");
    if (!secret || !*secret)
        return tn_err_set(err, TENURE_EINVAL, "there is no secret to sign in with: set AZURE_CLIENT_SECRET");
    struct tn_credential *credential = calloc(1, sizeof *credential);
    if (!credential)
        return tn_err_no_memory(err);
    credential->client_id = strdup(client_id);
    credential->secret = strdup(secret);
    if (!credential->client_id || !credential->secret) {
        tn_credential_free(credential);
        return tn_err_no_memory(err);
    }
    *out = credential;
    return TENURE_OK;
}

void tn_credential_free(struct tn_credential *credential)
{
    if (!credential)
        return;
    free(credential->client_id);
    tn_secret_free(credential->secret);
    free(credential);
}
