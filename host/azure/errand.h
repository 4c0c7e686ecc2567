/*
 * Errands: reads on our own account beside the call that a script made, to look up what its ids leave open, to look at
 * what an effect acts on, or to follow it. Part of the call engine.
 */
#ifndef TN_AZURE_ERRAND_H
#define TN_AZURE_ERRAND_H

#include "azure/call.h"

struct tn_errand {
    const struct tn_operation *op;
    const char *id;             /* its first argument; NULL: none */
    const char *option, *value; /* another argument, by its name; NULL: none */
    const char *url;            /* asked instead of the row's path; NULL */
    const char *tenant;
    lua_State *L;
    void (*done)(struct tn_call *call);
    void *owner; /* call->owner */
};

/* Begin; *out, set before, is NULL, and the call itself after. Whoever began ends it, also once it is done. */
int tn_errand_start(struct tn_caller *caller, const struct tn_errand *errand, struct tn_call **out, struct tn_err *err);
void tn_errand_end(struct tn_caller *caller, struct tn_call **call); /* its answer goes; no-op on NULL */

#endif
