/*
 * Microsoft.Capacity, exchanges: reservations are given back for new ones, or for savings plans, in one operation.
 *
 *   calculateExchange ─202─▶ operationResults/{quote id}:  Pending ─▶ Succeeded, with session id and sums
 *                                                                 └─(fail_operation)─▶ Failed
 *   exchange ─202─▶ operationResults/{session id}:  PendingRefunds ─▶ … each one given back ─▶ PendingPurchases ─▶ …
 *                                                   each one bought ─(in all: settle_ms)─▶ Succeeded
 *                                                                  └─(fail_operation)─▶ Failed: one purchase is missing
 *
 * How far an exchange has come is one number, its step; what is answered follows from that, so that a read may look at
 * it as it was a moment ago:
 *
 *   0 accepted · 1 its items show · 2 … the returns, one by one · then the purchases' orders are there · then the
 *   purchases, one by one, from the last to the first
 */
#ifndef TN_SIMULATOR_EXCHANGE_H
#define TN_SIMULATOR_EXCHANGE_H

#include "simulator/book.h"
#include "simulator/returned.h"
#include "simulator/wanted.h"

#define TN_SIM_MAX_EXCHANGED 100 /* items of one kind in an exchange */

/* Why an exchange would be refused; a bit each. */
enum tn_sim_objection {
    TN_SIM_NOT_EXCHANGEABLE = 1,
    TN_SIM_TOO_MANY = 2,         /* more is given back than there is */
    TN_SIM_OTHER_TYPE = 4,       /* bought is something of another kind */
    TN_SIM_TOO_CHEAP = 8,        /* what is bought is worth less than what is given back */
    TN_SIM_BOUGHT_TOO_LATE = 16, /* after exchanges for what savings plans cover have ended */
};

/* One reservation or savings plan that is bought. */
struct tn_sim_bought {
    bool is_plan;                /* a savings plan; those come behind the reservations */
    struct tn_sim_wanted wanted; /* of a reservation */
    const char *request;         /* as it was sent: JSON */
    int64_t coins;               /* what it costs for the whole term, in the customer's currency */
    char order_id[TN_GUID_TEXT], id[TN_GUID_TEXT];
    struct tn_sim_order *order; /* once it is there; never of a savings plan */
};

/* Lives in the world, as do its arrays. */
struct tn_sim_exchange {
    char id[TN_GUID_TEXT]; /* of its session, and of its operation */
    char quote_id[TN_GUID_TEXT];
    struct tn_sim_customer *customer;
    struct tn_sim_returned *returned;
    struct tn_sim_bought *bought;
    size_t returned_count, bought_count;
    int64_t refunds_total,
        purchases_total; /* in the customer's currency; refunds with what need not be paid any more */
    unsigned objections;
    int64_t quoted_ms, ready_ms, expires_ms; /* on the loop's clock */
    bool quote_fails;
    int64_t *reached_ms; /* when each step was; NULL: not exchanged yet */
    size_t step;
    bool fails;
    struct tn_sim_line *lines; /* of the book: the returns, then the purchases */
};

void tn_sim_exchange_quote(struct tn_sim_call *call);
void tn_sim_exchange_commit(struct tn_sim_call *call);
void tn_sim_operation_result(struct tn_sim_call *call);

/* What stands against an exchange that is otherwise filled in. */
unsigned tn_sim_exchange_objections(const struct tn_sim_exchange *exchange);
const char *tn_sim_objection_code(enum tn_sim_objection objection);
const char *tn_sim_objection_message(enum tn_sim_objection objection);

/* Its steps; the last one is its end. */
size_t tn_sim_exchange_opening(const struct tn_sim_exchange *exchange); /* the orders are there */
size_t tn_sim_exchange_last(const struct tn_sim_exchange *exchange);

/* 202 with where to ask how it goes. */
void tn_sim_exchange_answer(struct tn_sim_call *call, const char *operation_id);

/* The answer to who asks how it goes: of the calculation, and of the exchange at a step. */
void tn_sim_exchange_write_quote(struct tn_sim_call *call, const struct tn_sim_exchange *exchange, bool ready);
void tn_sim_exchange_write(struct tn_sim_call *call, const struct tn_sim_exchange *exchange, size_t step);

#endif
