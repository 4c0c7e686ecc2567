/* How long a read waits before it is repeated. */
#include "net/backoff.h"

#include "check.h"
#include "net/http.h"

#define MINUTE_MS 60000

static void test_retry_after(void)
{
    const int64_t now_ms = 1767225600000; /* 2026-01-01T00:00:00Z, a Thursday */
    CHECK(tn_retry_after_parse("0", now_ms) == 0);
    CHECK(tn_retry_after_parse("17", now_ms) == 17000);
    CHECK(tn_retry_after_parse("900", now_ms) == 15 * MINUTE_MS);
    CHECK(tn_retry_after_parse("901", now_ms) == 15 * MINUTE_MS);
    CHECK(tn_retry_after_parse("99999999999", now_ms) == 15 * MINUTE_MS);
    CHECK(tn_retry_after_parse("99999999999999999999999999999999999999", now_ms) == 15 * MINUTE_MS);
    CHECK(tn_retry_after_parse("Thu, 01 Jan 2026 00:00:30 GMT", now_ms) == 30000);
    CHECK(tn_retry_after_parse("Wed, 31 Dec 2025 00:00:00 GMT", now_ms) == 0);
    CHECK(tn_retry_after_parse("Thu, 01 Jan 2099 00:00:00 GMT", now_ms) == 15 * MINUTE_MS);
    CHECK(tn_retry_after_parse("", now_ms) == -1);
    CHECK(tn_retry_after_parse("-5", now_ms) == -1);
    CHECK(tn_retry_after_parse("1.5", now_ms) == -1);
    CHECK(tn_retry_after_parse("5 seconds", now_ms) == -1);
    CHECK(tn_retry_after_parse("soon", now_ms) == -1);
}

static void test_backoff(void)
{
    CHECK(tn_http_backoff_ms(1, -1, 0) == 0);
    CHECK(tn_http_backoff_ms(1, -1, 500) == 500);
    CHECK(tn_http_backoff_ms(1, -1, 501) == 0);
    CHECK(tn_http_backoff_ms(4, -1, 4000) == 4000);
    CHECK(tn_http_backoff_ms(8, -1, 60000) == 60000);
    CHECK(tn_http_backoff_ms(8, -1, 60001) == 0);
    CHECK(tn_http_backoff_ms(4000000000u, -1, 60000) == 60000);
    CHECK(tn_http_backoff_ms(1, 5000, 0) == 5000); /* never earlier than asked */
    CHECK(tn_http_backoff_ms(1, 5000, 500) == 5500);
    CHECK(tn_http_backoff_ms(1, 0, 250) == 250);
    CHECK(tn_http_backoff_ms(1, INT64_MAX, 0) == 15 * MINUTE_MS);
}

int main(void)
{
    test_retry_after();
    test_backoff();
    return check_result();
}
