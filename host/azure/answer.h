/*
 * Answers of the remote services: error envelopes and what they mean. Part of the call engine.
 */
#ifndef TN_AZURE_ANSWER_H
#define TN_AZURE_ANSWER_H

#include "azure/call.h"
#include "net/http.h"

/* Turn a complete answer that is no success into an error: ARM's {"error": {"code", "message"}}, Partner Center's
 * {"code", "description"}, or, without an envelope, the status and the first bytes of the text. Documents are decoded
 * in L and closed. */
void tn_answer_read_error(const struct tn_operation *op, const struct tn_http_exchange *exchange, lua_State *L,
                          struct tn_err *err);

/* A complete success that carries an error all the same: TENURE_EREMOTE. One that should be a record and has nothing of
 * it, whoever gave it: TENURE_EPROTO. */
int tn_answer_check(const struct tn_operation *op, struct tn_json body, struct tn_err *err);

/* What became of an effect whose exchange has ended. Documents are decoded in L and closed. */
enum tn_fate tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L);

/* No token, no rights, no consent: it is the customer who is out of reach, and asking again soon does not help. */
bool tn_answer_denied(const struct tn_err *err);

/* The service's id of the request, "" when it sent none. */
void tn_answer_request_id(const struct tn_http_exchange *exchange, char out[64]);

#endif
