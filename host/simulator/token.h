/*
 * The token endpoints (v1 and v2), and the tokens they gave out: an application's alone for client credentials with a
 * secret, a user's by that application for the refresh token that is in the ready line's env.
 *
 * A token looks like a JWT, so that redaction can be tried on it, but it is only a key: what it stands for is kept
 * here.
 */
#ifndef TN_SIMULATOR_TOKEN_H
#define TN_SIMULATOR_TOKEN_H

#include "simulator/call.h"
#include "simulator/world.h"

#define TN_SIM_MAX_TOKENS ((size_t)1 << 17) /* the oldest make room */

/* Whom a token is for; a bit each, since the simulator's own URL stands for all of them. */
enum tn_sim_audience { TN_SIM_FOR_ARM = 1, TN_SIM_FOR_PARTNER_CENTER = 2 };

/* Kept in the simulator's store of tokens. */
struct tn_sim_token {
    char id[TN_GUID_TEXT];
    uint64_t digest; /* of the whole text */
    unsigned audience;
    bool user;                        /* a user's, who signed in to the application; else the application's alone */
    int64_t expires_ms;               /* on the loop's clock */
    struct tn_sim_customer *customer; /* whose tenant; our own for Partner Center */
};

enum tn_sim_token_verdict {
    TN_SIM_TOKEN_GOOD,
    TN_SIM_TOKEN_MISSING,
    TN_SIM_TOKEN_BROKEN, /* not one of ours */
    TN_SIM_TOKEN_EXPIRED,
    TN_SIM_TOKEN_MISAIMED, /* for another service */
};

/* Judge the Authorization header; on GOOD call->customer and call->user are set. */
enum tn_sim_token_verdict tn_sim_token_check(struct tn_sim_call *call, unsigned audience);

void tn_sim_token_v1(struct tn_sim_call *call); /* POST /{tenant}/oauth2/token */
void tn_sim_token_v2(struct tn_sim_call *call); /* POST /{tenant}/oauth2/v2.0/token */

/* {"error": …, "error_codes": [code]} as the login service writes it. */
void tn_sim_token_error(struct tn_sim_call *call, int status, const char *error, int code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
