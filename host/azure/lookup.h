/*
 * Looking up what a call leaves open: a bare reservation GUID does not say its order, a quote has to be for a quantity,
 * Partner Center takes a customer by its tenant id only and people know its domain, a ticket needs somebody to answer and the ids of what it is about. Part of the call engine.
 */
#ifndef TN_AZURE_LOOKUP_H
#define TN_AZURE_LOOKUP_H

#include "azure/errand.h"

/* One lookup; embedded, zeroed. It fills in the values of the call. */
struct tn_lookup {
    void (*done)(struct tn_lookup *lookup); /* from the loop, once */
    bool whether_there;                     /* set by its owner: ask, too, whether the call's thing is there already */
    struct tn_err err;
    char there[384]; /* what is there already, in a sentence; "": nothing, or it was not asked */
    /* its own */
    struct tn_engine *engine;                                             /* NULL until it begins */
    struct tn_call *call;                                                 /* that is looked up for */
    struct tn_call *errand;                                               /* under way */
    void (*read)(struct tn_lookup *lookup, const struct tn_call *errand); /* its answer, into call or err */
    bool asked_there;
};

/* 1: begun; what else is open then has to be asked again. 0: nothing is open. Negative: it cannot be looked up. */
int tn_lookup_start(struct tn_lookup *lookup, struct tn_engine *engine, struct tn_call *call, struct tn_err *err);
void tn_lookup_cancel(struct tn_lookup *lookup); /* no done() after this; no-op otherwise */

/* For what begins a lookup: one read. rc as tn_lookup_start(). */
int tn_lookup_ask(struct tn_lookup *lookup, struct tn_errand *errand,
                  void (*read)(struct tn_lookup *lookup, const struct tn_call *errand), struct tn_err *err);

#endif
