/*
 * Where a tenant's token endpoint is: the document of OpenID Connect discovery, as the login service has it for its v2
 * endpoints. The official credentials ask for it before they ask for a token; tenure knows the endpoint's path itself.
 *
 * Source: OpenID Connect Discovery 1.0, section 4.2; Microsoft identity platform, "OpenID Connect on the Microsoft
 * identity platform": a tenant's document and its issuer. What it names beside the token endpoint is not served here.
 */
#ifndef TN_SIMULATOR_OPENID_H
#define TN_SIMULATOR_OPENID_H

#include "simulator/call.h"

void tn_sim_openid_configuration(struct tn_sim_call *call); /* GET /{tenant}/v2.0/.well-known/openid-configuration */

#endif
