/* OpenID Connect discovery: see openid.h. */
#include "simulator/openid.h"

#include <stdio.h>

#include "simulator/state.h"
#include "simulator/token.h"

static void kv_words(struct tn_json_writer *w, const char *name, const char *const *words)
{
    tn_jw_key(w, name);
    tn_jw_array(w);
    for (; *words; words++)
        tn_jw_string(w, *words);
    tn_jw_array_end(w);
}

static void kv_addresses(struct tn_json_writer *w, const char *url, const char *tenant)
{
    static const char *const tails[][2] = {
        {"token_endpoint", "oauth2/v2.0/token"},
        {"authorization_endpoint", "oauth2/v2.0/authorize"},
        {"jwks_uri", "discovery/v2.0/keys"},
        {"issuer", "v2.0"},
    };
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char address[TN_GUID_TEXT + 120];
        snprintf(address, sizeof address, "%s/%s/%s", url, tenant, tails[i][1]);
        tn_jw_kv_string(w, tails[i][0], address);
    }
}

void tn_sim_openid_configuration(struct tn_sim_call *call)
{
    static const char *const methods[] = {"client_secret_post", NULL}, *const modes[] = {"query", "form_post", NULL};
    static const char *const subjects[] = {"pairwise", NULL}, *const algorithms[] = {"RS256", NULL};
    static const char *const types[] = {"code", "id_token", "code id_token", "id_token token", NULL};
    static const char *const scopes[] = {"openid", "profile", "email", "offline_access", NULL};
    const struct tn_sim_customer *customer = tn_sim_customer_find(&call->simulator->world, call->params[0]);
    if (!customer) {
        tn_sim_token_error(call, 400, "invalid_tenant", 90002, "Tenant '%.80s' not found.", call->params[0]);
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    kv_addresses(&w, call->simulator->url, customer->id);
    kv_words(&w, "token_endpoint_auth_methods_supported", methods);
    kv_words(&w, "response_modes_supported", modes);
    kv_words(&w, "subject_types_supported", subjects);
    kv_words(&w, "id_token_signing_alg_values_supported", algorithms);
    kv_words(&w, "response_types_supported", types);
    kv_words(&w, "scopes_supported", scopes);
    tn_jw_object_end(&w);
}
