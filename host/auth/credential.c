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

/* A token alone: what stands around it in a file or a variable is a mistake that the login host would not explain. */
static bool token_valid(const char *text)
{
    size_t len = 0;
    while (text[len] > 0x20 && text[len] < 0x7f)
        len++;
    return len > 0 && text[len] == '\0';
}

int tn_credential_secret(const char *client_id, const char *secret, const char *refresh_token,
                         struct tn_credential **out, struct tn_err *err)
{
    if (!client_id || !*client_id)
        return tn_err_set(err, TENURE_EINVAL, "there is no client id to sign in with: set AZURE_CLIENT_ID");
    if (!secret || !*secret)
        return tn_err_set(err, TENURE_EINVAL, "there is no secret to sign in with: set AZURE_CLIENT_SECRET");
    if (refresh_token && !token_valid(refresh_token))
        return tn_err_set(err, TENURE_EINVAL,
                          "the refresh token has a blank or another character in it that no token has: set "
                          "TENURE_REFRESH_TOKEN to the token alone");
    struct tn_credential *credential = calloc(1, sizeof *credential);
    if (!credential)
        return tn_err_no_memory(err);
    credential->client_id = strdup(client_id);
    credential->secret = strdup(secret);
    credential->refresh_token = refresh_token ? strdup(refresh_token) : NULL;
    if (!credential->client_id || !credential->secret || !credential->refresh_token != !refresh_token) {
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
    tn_secret_free(credential->refresh_token);
    free(credential);
}
