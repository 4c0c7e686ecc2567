/*
 * What somebody wants to buy: the PurchaseRequest that calculatePrice, a purchase and calculateExchange carry.
 */
#ifndef TN_SIMULATOR_WANTED_H
#define TN_SIMULATOR_WANTED_H

#include "simulator/call.h"
#include "simulator/catalogue.h"
#include "simulator/scope.h"

#define TN_SIM_NAME_TEXT 65 /* a display name's limit and the NUL */

struct tn_sim_wanted {
    const struct tn_sim_product *product;
    const char *region; /* static */
    int years;
    bool monthly, flexibility_off, renew;
    int64_t quantity;
    enum tn_sim_scope scope;
    char scope_id[TN_SIM_SCOPE_TEXT]; /* "": shared */
    char name[TN_SIM_NAME_TEXT];      /* "": none was given */
};

/* What it costs in all, for the whole term. */
struct tn_sim_price {
    int64_t cents; /* US cents */
    int64_t coins; /* the smallest coin of the customer's billing currency */
};

/* Read and checked against catalogue, calendar and customer. False: the refusal is written. */
bool tn_sim_wanted_read(struct tn_sim_call *call, struct tn_json request, struct tn_sim_wanted *wanted);

/* Its billingScopeId must be the customer's subscription, whole or as a bare GUID. False: the refusal is written. */
bool tn_sim_wanted_billing(struct tn_sim_call *call, struct tn_json properties);

/* Its applied scope, which must be given and the customer's. False: the refusal is written. */
bool tn_sim_wanted_scope(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_wanted *wanted);

/* Whether the same is bought for the same money; names and switches may differ. */
bool tn_sim_wanted_same(const struct tn_sim_wanted *a, const struct tn_sim_wanted *b);

/* Today's price: that of the catalogue, moved as quotes are. */
struct tn_sim_price tn_sim_wanted_price(const struct tn_simulator *simulator, const struct tn_sim_customer *customer,
                                        const struct tn_sim_wanted *wanted);

#endif
