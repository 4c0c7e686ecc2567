/*
 * How a reservation was used, day by day: figures that its utilization over 1, 7 and 30 days is the average of.
 */
#ifndef TN_SIMULATOR_USAGE_H
#define TN_SIMULATOR_USAGE_H

#include "simulator/world.h"

/* Days since 1970, both included; none when first > last. */
struct tn_sim_span {
    int64_t first, last;
};

struct tn_sim_usage {
    double reserved_hours, used_hours;
    double least, most; /* percent, of one hour */
};

/* The days that usage is known of: while it was there, up to yesterday. None where Azure reports nothing. */
struct tn_sim_span tn_sim_usage_span(const struct tn_sim_reservation *reservation, int64_t now_seconds);

/* Over days of that span. */
struct tn_sim_usage tn_sim_usage_over(const struct tn_sim_reservation *reservation, struct tn_sim_span days,
                                      int64_t now_seconds);

struct tn_sim_span tn_sim_span_cut(struct tn_sim_span span, struct tn_sim_span to); /* what both have */
struct tn_sim_span tn_sim_span_month(int64_t day);                                  /* the whole month around a day */
int64_t tn_sim_day_of(int64_t seconds);

#endif
