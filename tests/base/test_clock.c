/* Civil time: formats, offsets, leap days, and that days and dates are each other's inverse. */
#include "base/clock.h"

#include "check.h"

static void reads(const char *text, int64_t expected)
{
    int64_t seconds = -1;
    if (!tn_time_parse(text, strlen(text), &seconds) || seconds != expected) {
        fprintf(stderr, "%s is %lld, expected %lld\n", text, (long long)seconds, (long long)expected);
        check_failures++;
    }
}

static void refused(const char *text)
{
    int64_t seconds = 42;
    if (tn_time_parse(text, strlen(text), &seconds) || seconds != 42) {
        fprintf(stderr, "'%s' was taken as a time\n", text);
        check_failures++;
    }
}

static void test_parse(void)
{
    reads("1970-01-01T00:00:00Z", 0);
    reads("2026-02-01T10:00:00Z", 1769940000);
    reads("2026-02-01t10:00:00z", 1769940000);
    reads("2026-02-01 10:00:00Z", 1769940000);
    reads("2026-02-01T10:00:00.1234567Z", 1769940000);
    reads("2026-02-01T12:30:00+02:30", 1769940000);
    reads("2026-02-01T02:00:00-08:00", 1769940000);
    reads("2026-02-01", 1769904000);
    reads("2024-02-29", 1709164800);
    reads("2000-02-29", 951782400);
    reads("1969-12-31T23:59:59Z", -1);
    reads("2016-12-31T23:59:60Z", 1483228800);
    refused("");
    refused("2026");
    refused("2026-02");
    refused("2026-2-1");
    refused("2026-02-30");
    refused("2025-02-29");
    refused("1900-02-29");
    refused("2026-13-01");
    refused("2026-00-01");
    refused("2026-01-00");
    refused("2026-02-01T10:00:00");
    refused("2026-02-01T10:00Z");
    refused("2026-02-01T24:00:00Z");
    refused("2026-02-01T10:60:00Z");
    refused("2026-02-01T10:00:61Z");
    refused("2026-02-01T10:00:00.Z");
    refused("2026-02-01T10:00:00Zx");
    refused("2026-02-01T10:00:00+2:00");
    refused("2026-02-01T10:00:00+24:00");
    refused("2026-02-01T10:00:00.123456789012Z");
    refused("2026-02-01x");
    refused("-026-02-01");
}

static void test_format(void)
{
    char text[TN_TIME_TEXT];
    CHECK_TEXT(tn_time_format(0, text), "1970-01-01T00:00:00Z");
    CHECK_TEXT(tn_time_format(-1, text), "1969-12-31T23:59:59Z");
    CHECK_TEXT(tn_time_format(1769940000, text), "2026-02-01T10:00:00Z");
    tn_time_format(INT64_MAX / 4, text);
    CHECK(strlen(text) == 20);
    tn_time_format(INT64_MIN / 4, text);
    CHECK(strlen(text) == 20);
}

static void test_days(void)
{
    int wrong = 0, previous_day = 0;
    for (int64_t days = -800000; days < 800000; days++) {
        int year, month, day;
        tn_civil_from_days(days, &year, &month, &day);
        wrong += tn_days_from_civil(year, month, day) != days || month < 1 || month > 12 || day < 1 || day > 31;
        wrong += days > -800000 && day != previous_day + 1 && day != 1;
        previous_day = day;
    }
    CHECK(wrong == 0);
    wrong = 0;
    for (int64_t seconds = -60000000000; seconds < 200000000000; seconds += 86399 * 101) {
        char text[TN_TIME_TEXT];
        int64_t back;
        tn_time_format(seconds, text);
        wrong += !tn_time_parse(text, strlen(text), &back) || back != seconds;
    }
    CHECK(wrong == 0);
}

static void test_system(void)
{
    const struct tn_clock *clock = &tn_clock_system;
    int64_t monotonic = clock->monotonic_ms(clock->arg);
    CHECK(clock->monotonic_ms(clock->arg) >= monotonic);
    CHECK(clock->boottime_ms(clock->arg) >= monotonic);
    CHECK(clock->wall_ms(clock->arg) > 1600000000000); /* after 2020 */
}

int main(void)
{
    test_parse();
    test_format();
    test_days();
    test_system();
    return check_result();
}
