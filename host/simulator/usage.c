/* How a reservation was used: see usage.h. */
#include "simulator/usage.h"

#include "base/clock.h"

#define HOURS 24
#define SPREAD 0.2 /* the hours of a day differ from its average by so much of the room there is */

int64_t tn_sim_day_of(int64_t seconds)
{
    return (seconds - (seconds < 0 ? TN_SIM_DAY - 1 : 0)) / TN_SIM_DAY;
}

struct tn_sim_span tn_sim_span_cut(struct tn_sim_span span, struct tn_sim_span to)
{
    return (struct tn_sim_span){span.first > to.first ? span.first : to.first,
                                span.last < to.last ? span.last : to.last};
}

struct tn_sim_span tn_sim_span_month(int64_t day)
{
    int year, month, unused;
    tn_civil_from_days(day, &year, &month, &unused);
    int64_t next = month == 12 ? tn_days_from_civil(year + 1, 1, 1) : tn_days_from_civil(year, month + 1, 1);
    return (struct tn_sim_span){tn_days_from_civil(year, month, 1), next - 1};
}

/* When it was no longer there: by its own state, else by the end of its term. */
static int64_t end_of(const struct tn_sim_reservation *reservation)
{
    const struct tn_sim_change *latest = reservation->history.latest;
    bool over = latest->state == TN_SIM_CANCELLED || latest->state == TN_SIM_FAILED;
    return over ? latest->at_seconds : reservation->order->expires;
}

static int64_t begin_of(const struct tn_sim_reservation *reservation)
{
    int64_t born = reservation->history.born.at_seconds;
    return born ? born : reservation->order->purchased;
}

struct tn_sim_span tn_sim_usage_span(const struct tn_sim_reservation *reservation, int64_t now_seconds)
{
    struct tn_sim_span there = {tn_sim_day_of(begin_of(reservation)), tn_sim_day_of(end_of(reservation))};
    struct tn_sim_span known = {INT64_MIN, tn_sim_day_of(now_seconds) - 1};
    return reservation->grains ? tn_sim_span_cut(there, known) : (struct tn_sim_span){1, 0};
}

static double percentage(double value)
{
    return value < 0 ? 0 : value > 100 ? 100 : value;
}

/* The average of the days of a window that a shorter one, whose average is known, does not cover. */
static double rest_of_window(double average, int64_t days, double shorter, int64_t shorter_days)
{
    if (days <= shorter_days)
        return average;
    double sum = average * (double)days - shorter * (double)shorter_days;
    return percentage(sum / (double)(days - shorter_days));
}

/* Percent of one day. Each window's average is what the reservation says, unless that cannot be: then the shorter window
 * is right. A younger reservation's windows begin with it. */
static double used_on(const struct tn_sim_reservation *reservation, int64_t day, int64_t now_seconds)
{
    int64_t today = tn_sim_day_of(now_seconds), ago = today - day;
    int64_t age = today - tn_sim_day_of(begin_of(reservation));
    int64_t week = age < 7 ? age : 7, month = age < 30 ? age : 30;
    const double *used = reservation->utilization;
    if (ago <= 1)
        return used[0];
    if (ago <= week)
        return rest_of_window(used[1], week, used[0], 1);
    return rest_of_window(used[2], month, used[1], week);
}

struct tn_sim_usage tn_sim_usage_over(const struct tn_sim_reservation *reservation, struct tn_sim_span days,
                                      int64_t now_seconds)
{
    struct tn_sim_usage usage = {.least = 100};
    for (int64_t day = days.first; day <= days.last; day++) {
        double used = used_on(reservation, day, now_seconds);
        double spread = SPREAD * (used < 100 - used ? used : 100 - used);
        double hours = (double)(reservation->quantity * HOURS);
        usage.reserved_hours += hours;
        usage.used_hours += hours * used / 100;
        usage.least = used - spread < usage.least ? used - spread : usage.least;
        usage.most = used + spread > usage.most ? used + spread : usage.most;
    }
    return usage;
}
