/*
 * Clocks and civil time.
 *
 * Durations are measured on the monotonic clock, deadlines that must survive a suspend on the boot-time clock, and only
 * what people read is wall time. A struct tn_clock is injected, so that tests can hold time still.
 */
#ifndef TN_BASE_CLOCK_H
#define TN_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tn_clock {
    int64_t (*monotonic_ms)(void *arg);
    int64_t (*boottime_ms)(void *arg);
    int64_t (*wall_ms)(void *arg); /* milliseconds since 1970 UTC */
    void *arg;
};

extern const struct tn_clock tn_clock_system;

#define TN_TIME_TEXT 32

/* "2026-02-01T10:00:00Z", seconds since 1970 UTC. Returns text. */
char *tn_time_format(int64_t seconds, char text[TN_TIME_TEXT]);

/* RFC 3339 in UTC or with an offset, up to 9 fraction digits (dropped), or a bare date. False when it is neither. */
bool tn_time_parse(const char *text, size_t len, int64_t *seconds);

/* Days since 1970-01-01 of a civil date (proleptic Gregorian); and back. */
int64_t tn_days_from_civil(int year, int month, int day);
void tn_civil_from_days(int64_t days, int *year, int *month, int *day);

#endif
