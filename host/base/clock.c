/* Clocks and civil time: see clock.h. */
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_monotonic(void *arg)
{
    (void)arg;
    return read_ms(CLOCK_MONOTONIC);
}

static int64_t system_boottime(void *arg)
{
    (void)arg;
    return read_ms(CLOCK_BOOTTIME);
}

static int64_t system_wall(void *arg)
{
    (void)arg;
    return read_ms(CLOCK_REALTIME);
}

const struct tn_clock tn_clock_system = {
    .monotonic_ms = system_monotonic, .boottime_ms = system_boottime, .wall_ms = system_wall};

/* Days and civil dates: March-based years in 400-year eras, so that leap days come last. */
int64_t tn_days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void tn_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

char *tn_time_format(int64_t seconds, char text[TN_TIME_TEXT])
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int year, month, day;
    tn_civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999)
        year = year < 0 ? 0 : 9999;
    snprintf(text, TN_TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02uZ", year, (unsigned)month % 100, (unsigned)day % 100,
             (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
    return text;
}

/* Reads count digits at *at and moves past them; -1 when they are not all digits. */
static int digits(const char **at, const char *end, int count)
{
    int value = 0;
    for (; count > 0; count--, (*at)++) {
        if (*at >= end || !isdigit((unsigned char)**at))
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool skip(const char **at, const char *end, char expected)
{
    if (*at >= end || **at != expected)
        return false;
    (*at)++;
    return true;
}

static bool parse_offset(const char **at, const char *end, int64_t *seconds)
{
    *seconds = 0;
    if (*at < end && (**at == 'Z' || **at == 'z')) {
        (*at)++;
        return true;
    }
    if (*at >= end || (**at != '+' && **at != '-'))
        return false;
    int sign = **at == '-' ? -1 : 1;
    (*at)++;
    int hours = digits(at, end, 2);
    if (!skip(at, end, ':'))
        return false;
    int minutes = digits(at, end, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *seconds = sign * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

static bool parse_time_of_day(const char **at, const char *end, int64_t *seconds)
{
    int hour = digits(at, end, 2);
    if (!skip(at, end, ':'))
        return false;
    int minute = digits(at, end, 2);
    if (!skip(at, end, ':'))
        return false;
    int second = digits(at, end, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    if (*at < end && **at == '.') {
        (*at)++;
        int places = 0;
        for (; *at < end && isdigit((unsigned char)**at); (*at)++)
            places++;
        if (places < 1 || places > 9)
            return false;
    }
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

bool tn_time_parse(const char *text, size_t len, int64_t *seconds)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *at = text, *end = text + len;
    int year = digits(&at, end, 4);
    if (!skip(&at, end, '-'))
        return false;
    int month = digits(&at, end, 2);
    if (!skip(&at, end, '-'))
        return false;
    int day = digits(&at, end, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > month_days[month - 1] + (month == 2 && leap))
        return false;
    int64_t of_day = 0, offset = 0;
    if (at < end) {
        if (!skip(&at, end, 'T') && !skip(&at, end, 't') && !skip(&at, end, ' '))
            return false;
        if (!parse_time_of_day(&at, end, &of_day) || !parse_offset(&at, end, &offset) || at != end)
            return false;
    }
    *seconds = tn_days_from_civil(year, month, day) * 86400 + of_day - offset;
    return true;
}
