/* Waiting before a request is repeated: see backoff.h and tn_http_backoff_ms() in http.h. */
#include "net/backoff.h"

#include <ctype.h>
#include <curl/curl.h>

#include "net/http.h"

#define FIRST_MS 500
#define LONGEST_MS 60000
#define RETRY_AFTER_MAX_MS (15 * 60 * 1000)

static int64_t clamp(int64_t wait_ms)
{
    return wait_ms < 0 ? 0 : wait_ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : wait_ms;
}

static int64_t parse_seconds(const char *digits)
{
    int64_t seconds = 0;
    for (; isdigit((unsigned char)*digits); digits++) {
        seconds = seconds * 10 + (*digits - '0');
        if (seconds > RETRY_AFTER_MAX_MS / 1000)
            seconds = RETRY_AFTER_MAX_MS / 1000; /* stays there whatever follows: ten times it is over again */
    }
    return *digits ? -1 : clamp(seconds * 1000);
}

int64_t tn_retry_after_parse(const char *value, int64_t wall_ms)
{
    if (isdigit((unsigned char)*value))
        return parse_seconds(value);
    if (!isalpha((unsigned char)*value)) /* a date begins with its weekday */
        return -1;
    time_t at = curl_getdate(value, NULL);
    return at == (time_t)-1 ? -1 : clamp((int64_t)at * 1000 - wall_ms);
}

int64_t tn_http_backoff_ms(uint32_t attempt, int64_t retry_after_ms, uint64_t random)
{
    int64_t spread = FIRST_MS;
    for (uint32_t i = 1; i < attempt && spread < LONGEST_MS; i++)
        spread *= 2;
    if (spread > LONGEST_MS)
        spread = LONGEST_MS;
    int64_t jitter = (int64_t)(random % (uint64_t)(spread + 1));
    return retry_after_ms < 0 ? jitter : clamp(retry_after_ms) + jitter;
}
