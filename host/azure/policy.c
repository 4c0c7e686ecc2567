/* Refusals in words: see policy.h. */
#include "azure/policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct rule {
    const char *code, *words;
    const char *instead; /* what the service's own words leave out; NULL: nothing */
};

static const struct rule rules[] = {
    {"RefundLimitExceeded",
     "Azure's refund limit of twelve months does not leave room for it: wait until an earlier refund is a year old, or "
     "ask "
     "support for it",
     NULL},
    {"SelfServiceRefundNotSupported", "this product cannot be refunded by self-service: ask support for it", NULL},
    {"SelfServiceExchangeNotSupported", "this product cannot be exchanged by self-service",
     "refund it and buy again, or ask support for it"},
    {"InvalidRefundQuantity", "there is less of it than was to be given back",
     "read the reservation again: a part of it may have been returned or split off"},
    {"ExchangeProductTypeMismatch", "reservations are exchanged within one type of product only",
     "refund it (reservations.refund) and buy the other one (orders.purchase)"},
    {"ExchangePurchaseBelowRefund", "what is bought is worth less than what is given back for it",
     "buy more or for a longer term, or refund it and buy again"},
    {"ExchangeNotAvailableAfterPolicyDate",
     "exchanges of what savings plans cover have ended for reservations bought after 1 February 2027",
     "trade it in for a savings plan (savings_plans), or refund it and buy again"},
    {"OperationCannotBePerformedInCurrentState", "another operation is under way with it", "wait for its end"},
};

static const struct rule *find(const char *code)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcasecmp(rules[i].code, code) == 0)
            return &rules[i];
    }
    return NULL;
}

void tn_policy_explain(const char *code, const char *message, char *text, size_t size)
{
    const struct rule *rule = find(code);
    const char *words = message && *message ? message : rule ? rule->words : NULL;
    size_t len = words ? strlen(words) : 0;
    if (rule && rule->instead)
        snprintf(text, size, "%.*s; %s", (int)(len && words[len - 1] == '.' ? len - 1 : len), words, rule->instead);
    else if (words)
        snprintf(text, size, "%s", words);
    else
        snprintf(text, size, "the service refuses it with the code %s, and does not say why", code);
}
