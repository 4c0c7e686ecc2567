/*
 * Quotes: what Azure says an effect would be worth, checked, with its short-lived session.
 *
 * A quote is believed only when ids, signs and currencies match what was asked; an amount that is absent stays absent,
 * and no effect runs on it.
 */
#ifndef TN_AZURE_QUOTE_H
#define TN_AZURE_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "json/json.h"

struct tn_operation;
struct tn_values;

struct tn_quote {
    const struct tn_operation *op;   /* that made it */
    char order[37], reservation[37]; /* GUIDs, lower case */
    char session[64];
    int64_t quantity;
    int64_t made_ms;   /* monotonic */
    uint64_t bound_to; /* the run's customer and step; 0: outside runs */
    bool allowed;      /* no policy errors */
    char refusal[64];  /* code of the first policy error; "" */
    char refusal_text[256];
    bool has_back, has_worth, has_limit_left;
    struct tn_money back;              /* billing currency */
    struct tn_money worth;             /* pricing currency, USD */
    struct tn_money limit, limit_left; /* USD: Azure's refund limit of the billing scope, and what is left of it */
    bool replayed;                     /* answered from the ledger */
};

/* Read and check the answer of a quoting operation. TENURE_EPROTO: an answer about something else, a negative amount,
 * the wrong pricing currency, more money back than was ever paid; TENURE_ERANGE: an amount that cannot be kept exactly.
 */
int tn_quote_read(const struct tn_operation *op, const struct tn_values *values, struct tn_json body,
                  struct tn_quote *quote, struct tn_err *err);

#endif
