/*
 * What Partner Center tells of each customer alone, where a workflow wants it (`details: true`): one read for each, several
 * at a time.
 */
#ifndef TN_WORKFLOW_DETAILS_H
#define TN_WORKFLOW_DETAILS_H

#include "azure/call.h"

struct tn_details;

struct tn_details_setup {
    struct tn_engine *engine;
    struct lua_State *documents; /* holds the answers while they are looked at */
    size_t count;
    const char *(*id_of)(void *arg, size_t index); /* the tenant ids */
    /* From the loop, once for each: the customer, or why not (why->code < 0). An error of its own ends it all. */
    int (*on_one)(void *arg, size_t index, struct tn_json customer, const struct tn_err *why, struct tn_err *err);
    /* Once, behind the last: with that error, if there was one. It may free the details. */
    void (*on_end)(void *arg, const struct tn_err *err);
    void *arg;
};

/* on_one and on_end come later, never from inside. */
int tn_details_start(const struct tn_details_setup *setup, struct tn_details **out, struct tn_err *err);

/* Ends what is under way; nothing is called any more. NULL is fine. */
void tn_details_free(struct tn_details *details);

#endif
