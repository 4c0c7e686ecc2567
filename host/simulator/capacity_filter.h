/*
 * The $filter and the $orderby of the list of reservations: comparisons with eq, joined by and and or; one property,
 * asc or desc.
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
    TN_SIM_BY_FRIENDLY_RENEW,
    TN_SIM_BY_EFFECTIVE,
    TN_SIM_BY_EXPIRY_TIME,
    TN_SIM_BY_EXPIRY_DATE,
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
                          const struct tn_sim_change *as, int64_t now_seconds);

/* The property that a list is ordered by. */
struct tn_sim_ordering {
    enum tn_sim_field field;
    bool descends;
};

/* "properties/quantity desc"; false: not one we understand. */
bool tn_sim_ordering_parse(struct tn_sim_ordering *ordering, const char *text);

#define TN_SIM_FIELD_TEXT 64

/* A property as it is compared, in text or borrowed from elsewhere. */
const char *tn_sim_field_text(const struct tn_sim_reservation *reservation, const struct tn_sim_change *as,
                              enum tn_sim_field field, int64_t now_seconds, char text[TN_SIM_FIELD_TEXT]);

#endif
