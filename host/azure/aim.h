/*
 * What an effect acts on, and where it shows whether it happened: enough to look at it before it is sent, and to find it
 * again after nobody knows what became of it, also in another process.
 */
#ifndef TN_AZURE_AIM_H
#define TN_AZURE_AIM_H

#include <lua.h>

#include "azure/values.h"

struct tn_aim {
    const struct tn_operation *op;
    struct tn_returned *of; /* the reservations that it takes away or takes apart; owned */
    size_t count;
    char order[37];   /* that it makes, or moves away; "" */
    char session[64]; /* under whose id its result is; "" */
};

/* Of a quote, or of one reservation (which is NULL: none). TENURE_ENOMEM. */
int tn_aim_at_quote(struct tn_aim *aim, const struct tn_operation *op, const struct tn_quote *quote,
                    struct tn_err *err);
int tn_aim_at_reservation(struct tn_aim *aim, const struct tn_operation *op, const struct tn_returned *one,
                          struct tn_err *err);

/* The members that bring an aim at a quote back from the request that the ledger keeps, in an open object. */
void tn_aim_write(const struct tn_aim *aim, struct tn_json_writer *w);

/* From what the ledger keeps of an effect: its subject, its quantity, its request (JSON, NULL: none). What these do not
 * tell stays empty. TENURE_ENOMEM, TENURE_EPROTO: not a request. */
int tn_aim_read(struct tn_aim *aim, lua_State *L, const struct tn_operation *op, const char *subject, int64_t quantity,
                const char *request, struct tn_err *err);

/* The next of them that is in an order of its own; their count: there is none. */
size_t tn_aim_next_order(const struct tn_aim *aim, size_t at);

/* Whether there is anything to look at. */
bool tn_aim_known(const struct tn_aim *aim);

void tn_aim_deinit(struct tn_aim *aim); /* zeroed is fine */

#endif
