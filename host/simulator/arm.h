/*
 * What all ARM answers have in common: the gateway's checks, the headers, the error envelope.
 */
#ifndef TN_SIMULATOR_ARM_H
#define TN_SIMULATOR_ARM_H

#include "simulator/call.h"

/* The ids that ARM puts on every answer, errors too. */
void tn_sim_arm_headers(struct tn_sim_call *call);

/* Token, api-version, rights. False: the refusal is written. */
bool tn_sim_arm_admit(struct tn_sim_call *call);

/* {"error": {"code", "message"}} from the provider, or from the gateway before it. */
void tn_sim_arm_error(struct tn_sim_call *call, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void tn_sim_arm_gateway_error(struct tn_sim_call *call, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

const char *tn_sim_arm_version(const struct tn_sim_call *call); /* the api-version that was asked for */

/* Whether the subscription is one of the caller's. False: the refusal is written. */
bool tn_sim_arm_subscription(struct tn_sim_call *call, const char *id);

/* The same request again, further on by the parameter that says how far: absolute, with everything it needs; and the
 * same as "nextLink". */
void tn_sim_arm_next_url(const struct tn_sim_call *call, const char *skip_name, int64_t skip, struct tn_buf *url);
void tn_sim_arm_next_link(const struct tn_sim_call *call, struct tn_json_writer *w, const char *skip_name,
                          int64_t skip);

/* The place in a list that a $skiptoken of ours names, 0 without one. False: the refusal is written. */
bool tn_sim_arm_skip(struct tn_sim_call *call, int64_t *skip);

#endif
