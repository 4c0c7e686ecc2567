/*
 * Microsoft.Consumption: how reservations were used, what to buy, what was paid.
 *
 * A billing account or profile is asked for by any id: it is the one of the token's tenant, and the partner's has all
 * customers in it. Nothing here lags behind or is ever too large.
 */
#ifndef TN_SIMULATOR_CONSUMPTION_H
#define TN_SIMULATOR_CONSUMPTION_H

#include "simulator/call.h"
#include "simulator/usage.h"
#include "simulator/world.h"

void tn_sim_usage_summaries(struct tn_sim_call *call);
void tn_sim_usage_details(struct tn_sim_call *call);
void tn_sim_usage_recommendations(struct tn_sim_call *call);
void tn_sim_usage_transactions(struct tn_sim_call *call);

/* What a path asks about: one of these. */
struct tn_sim_asked {
    const struct tn_sim_order *order;             /* NULL: billing */
    const struct tn_sim_reservation *reservation; /* NULL: all of the order, or of billing */
    const char *account, *profile;                /* NULL: not billing; no profile */
};

bool tn_sim_asked_read(struct tn_sim_call *call, struct tn_sim_asked *asked); /* False: the refusal is written. */

/* The scope as ids begin with it, without the slash before "providers". */
void tn_sim_asked_text(const struct tn_sim_asked *asked, char *text, size_t size);

/* The customers that a billing scope covers: from *first, so many. */
size_t tn_sim_asked_customers(const struct tn_sim_call *call, struct tn_sim_customer *const **first);

/* Days from "{field} ge … AND {field} le …", either in any case; open where nothing is said. False: the refusal is
 * written. */
bool tn_sim_asked_days(struct tn_sim_call *call, const char *filter, const char *field, struct tn_sim_span *days);

#endif
