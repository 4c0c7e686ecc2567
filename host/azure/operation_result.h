/*
 * Long-running operations that say themselves how they go on: what a 202 names, and what its answers mean. Part of the
 * call engine.
 *
 * Sources: the ARM asynchronous operations reference; Microsoft.Capacity REST 2022-11-01, Calculate Exchange and Exchange
 * (it writes "Cancelled" where ARM writes "Canceled").
 */
#ifndef TN_AZURE_OPERATION_RESULT_H
#define TN_AZURE_OPERATION_RESULT_H

#include "azure/ask.h"

struct tn_result_poll {
    bool polling;
    bool late;                 /* that has passed; the question is asked once more */
    int64_t wait_ms, until_ms; /* before the next question; on the loop's clock: how long it may take */
};

/* Whether a complete 2xx answer says "ask there how it goes on"; then ask is that question (GET, no body), and the wait
 * before it is set. TENURE_EPROTO: it names another host. 1: yes, 0: no. */
int tn_result_begin(struct tn_result_poll *poll, const struct tn_call *call, const struct tn_http_exchange *exchange,
                    const struct tn_cloud *cloud, int64_t now_ms, struct tn_ask *ask, struct tn_err *err);

/* What an answer to the question says. 1: still running, the wait is set; 0: it ended well, and body has the answer;
 * TENURE_EREMOTE: it ended badly, err says how; TENURE_ETIMEDOUT: it has taken too long. */
int tn_result_read(struct tn_result_poll *poll, const struct tn_call *call, const struct tn_http_exchange *exchange,
                   struct tn_json body, int64_t now_ms, struct tn_err *err);

/* The result of a Microsoft.Capacity operation by its id, which for an exchange is its session's: so on record, and so its
 * address can be made again when it was lost. That it holds for every exchange is assumed. */
extern const struct tn_operation tn_capacity_result;

/* What the word of an operation's status means. NULL: the answer has none, and is the result itself. Partner Center:
 * registrations are NotRegistered, registering, registered ("Get subscription registration status"), orders pending,
 * completed, cancelled ("Order resources"). */
enum tn_result_word {
    TN_RESULT_NONE,
    TN_RESULT_RUNNING,
    TN_RESULT_GOOD,
    TN_RESULT_BAD,
    TN_RESULT_AS_BEFORE /* it has not begun, as reads show it, or is over without having done anything */
};
enum tn_result_word tn_result_word(const char *status);

#endif
