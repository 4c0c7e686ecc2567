/*
 * Quotes: what Azure says an effect would be worth, checked, with its short-lived session.
 *
 * A quote is believed only when ids, signs and currencies match what was asked; an amount that is absent stays absent,
 * and no effect runs on it. Whoever holds a quote holds a reference: it is shared, and does not change once others have it.
 */
#ifndef TN_AZURE_QUOTE_H
#define TN_AZURE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "json/json.h"

struct tn_operation;
struct tn_values;

struct tn_quote {
    const struct tn_operation *op; /* that made it */
    struct tn_values *asked;       /* with which it is asked for again; owned */
    char order[37];                /* GUID, lower case: of the reservation, or of the order that would be bought; "" */
    char reservation[37];          /* the one that it is about; "" */
    char session[64];
    int64_t quantity;
    int64_t made_ms;   /* monotonic */
    uint64_t bound_to; /* the run's customer and step; 0: outside runs */
    bool allowed;      /* no policy errors */
    char refusal[64];  /* code of the first policy error that has one; "" */
    char refusal_text[512];
    bool vetoed;      /* by what is known here (policy.h): the service was not asked, and there are no amounts */
    char doubt[64];   /* allowed, though a rule was against it: its code; "" */
    char *doubt_text; /* and its words; owned; NULL */
    char *doubts;     /* all of them: a JSON list of refusals; owned; NULL: it is not allowed */
    char *refusals;   /* why not: a JSON list of refusals; owned; NULL: it is allowed */
    char *lines;      /* what it would do one by one: a JSON list of records; owned; NULL */
    char title[128];  /* what it is about, in the service's words; "" */
    bool has_back, has_pay, has_worth, has_limit_left;
    struct tn_money back;          /* billing currency */
    struct tn_money pay;           /* billing currency */
    struct tn_money worth;         /* pricing currency, USD */
    bool has_bought, has_given;    /* of an exchange: what is compared, in the billing currency: */
    struct tn_money bought, given; /* all that is bought, and all that is given back with what need not be paid more */
    struct tn_money limit, limit_left; /* USD: Azure's refund limit of the billing scope, and what is left of it */
    bool replayed;                     /* answered from the ledger */
    size_t references;
};

/* Read and check the answer of a quoting operation, as its row says. values are kept: what a lookup left open in them is
 * taken from the answer. TENURE_EPROTO: an answer about something else, a negative amount, the wrong pricing currency,
 * more money back than was ever paid; TENURE_ERANGE: an amount that cannot be kept exactly. *out: one reference. */
int tn_quote_read(const struct tn_operation *op, const struct tn_values *values, struct tn_json body,
                  struct tn_quote **out, struct tn_err *err);

/* The body that a quote was read from, with what its record shows beside it: lines, and worth where that was added up.
 * L: where lines are parsed. */
int tn_quote_write(const struct tn_quote *quote, struct tn_json body, lua_State *L, struct tn_json_writer *w,
                   struct tn_err *err);

struct tn_quote *tn_quote_ref(struct tn_quote *quote); /* NULL is fine, here and below */
void tn_quote_unref(struct tn_quote *quote);

/* ---- what rows read their quotes with ---------------------------------------------------------------------------- */

/* quote->op and asked are set. */
typedef int (*tn_quote_reader)(struct tn_quote *quote, struct tn_json body, struct tn_err *err);

int tn_quote_read_refund(struct tn_quote *quote, struct tn_json body, struct tn_err *err);
int tn_quote_read_purchase(struct tn_quote *quote, struct tn_json body, struct tn_err *err);
int tn_quote_read_exchange(struct tn_quote *quote, struct tn_json body, struct tn_err *err);

#endif
