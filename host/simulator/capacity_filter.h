/*
 * The $filter of the list of reservations: comparisons with eq, joined by and and or.
 */
#ifndef TN_SIMULATOR_CAPACITY_FILTER_H
#define TN_SIMULATOR_CAPACITY_FILTER_H

#include <stdbool.h>

#include "simulator/world.h"

#define TN_SIM_MAX_TERMS 16

enum tn_sim_field {
    TN_SIM_BY_SKU,
    TN_SIM_BY_TYPE,
    TN_SIM_BY_DISPLAY_NAME,
    TN_SIM_BY_DISPLAY_STATE,
    TN_SIM_BY_STATE,
    TN_SIM_BY_TERM,
    TN_SIM_BY_QUANTITY,
    TN_SIM_BY_RENEW,
    TN_SIM_BY_ARCHIVED,
    TN_SIM_BY_SCOPE,
    TN_SIM_BY_FRIENDLY_SCOPE,
    TN_SIM_FIELDS,
};

/* a and b or c: `and` binds tighter. */
struct tn_sim_filter {
    struct {
        enum tn_sim_field field;
        char value[96];
        bool or_before; /* this term begins another alternative */
    } terms[TN_SIM_MAX_TERMS];
    size_t count; /* 0: everything passes */
};

bool tn_sim_filter_parse(struct tn_sim_filter *filter, const char *text); /* false: not one we understand */
bool tn_sim_filter_passes(const struct tn_sim_filter *filter, const struct tn_sim_reservation *reservation,
                          enum tn_sim_state state, int64_t now_seconds);

#endif
