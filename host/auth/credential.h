/* Credentials as the token request needs them: what to put into its form, and what must never be shown. */
#ifndef TN_AUTH_CREDENTIAL_H
#define TN_AUTH_CREDENTIAL_H

#include "auth/auth.h"

struct tn_credential {
    char *client_id;
    char *secret;
    char *refresh_token; /* the newest; NULL: there is no user to act as */
};

/* Wipe and free a text that was secret; NULL is fine. */
void tn_secret_free(char *secret);

#endif
