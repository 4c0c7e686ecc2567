/*
 * Looking up what ids leave open: a bare reservation GUID does not say its order, a quote has to be for a quantity.
 * Part of the call engine.
 */
#ifndef TN_AZURE_LOOKUP_H
#define TN_AZURE_LOOKUP_H

#include "azure/call.h"

/* One lookup; embedded, zeroed. It fills in the values of the call. */
struct tn_lookup {
    void (*done)(struct tn_lookup *lookup); /* from the loop, once */
    struct tn_err err;
    /* its own */
    struct tn_caller *caller;
    struct tn_call *call;   /* that is looked up for */
    struct tn_call *errand; /* under way */
};

/* 1: begun; what else is open then has to be asked again. 0: nothing is open. Negative: it cannot be looked up. */
int tn_lookup_start(struct tn_lookup *lookup, struct tn_caller *caller, struct tn_call *call, struct tn_err *err);
void tn_lookup_cancel(struct tn_lookup *lookup); /* no done() after this; no-op otherwise */

#endif
