/* Redaction: no secret gets through, and nothing else is touched. */
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "check.h"

#define JWT "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl-_9"

static const struct {
    const char *text, *expected; /* NULL: stays as it is */
} cases[] = {
    /* by name, in JSON */
    {"{\"access_token\":\"abc\",\"a\":1}", "{\"access_token\":\"[redacted]\",\"a\":1}"},
    {"{ \"Refresh_Token\" : \"a\\\"b\" , \"x\":\"y\"}", "{ \"Refresh_Token\" : \"[redacted]\" , \"x\":\"y\"}"},
    {"{\"client_secret\":\"a\\\\\",\"x\":\"y\"}", "{\"client_secret\":\"[redacted]\",\"x\":\"y\"}"},
    {"{\"password\":12345}", "{\"password\":\"[redacted]\"}"},
    {"{\"token\":null,\"secret\":false}", NULL},
    {"{\"secrets\":{\"a\":\"}\",\"b\":[1]},\"c\":2}", "{\"secrets\":\"[redacted]\",\"c\":2}"},
    {"{\"tokens\":[\"a\",\"b\"]}", "{\"tokens\":\"[redacted]\"}"},
    {"{\"x-ms-authorization-auxiliary\":\"EncryptedBearer x\"}", "{\"x-ms-authorization-auxiliary\":\"[redacted]\"}"},
    {"{\"client_assertion\":\"abc\"}", "{\"client_assertion\":\"[redacted]\"}"},
    {"{\"authorization\":\"Basic abc\"}", "{\"authorization\":\"[redacted]\"}"},
    /* JSON as a text inside JSON */
    {"{\"message\":\"got {\\\"id_token\\\":\\\"abc\\\",\\\"b\\\":1}\"}",
     "{\"message\":\"got {\\\"id_token\\\":\\\"[redacted]\\\",\\\"b\\\":1}\"}"},
    /* headers, forms, queries */
    {"Authorization: Bearer abc\r\nHost: x", "Authorization: Bearer [redacted]\r\nHost: x"},
    {"Proxy-Authorization: Basic YWJj", "Proxy-Authorization: Basic [redacted]"},
    {"X-Auth-Token: abc123", "X-Auth-Token: [redacted]"},
    {"client_id=x&client_secret=a%20b~c&scope=y", "client_id=x&client_secret=[redacted]&scope=y"},
    {"https://h/p?sv=1&sig=ab%2Bc&se=2", "https://h/p?sv=1&sig=[redacted]&se=2"},
    {"SIG=abc", "SIG=[redacted]"},
    {"--password=hunter2 --other", "--password=[redacted] --other"},
    {"AZURE_CLIENT_SECRET=abc", "AZURE_CLIENT_SECRET=[redacted]"},
    /* by shape */
    {"got " JWT " back", "got [redacted] back"},
    {"{\"body\":\"" JWT "\"}", "{\"body\":\"[redacted]\"}"},
    {"torn: eyJhbGciOiJSUzI1NiJ9.eyJhdW", "torn: [redacted]"},
    {"with bearer 0123456789abcdef0123", "with bearer [redacted]"},
    /* what only looks like it */
    {"", NULL},
    {"design=nice&resign=no", NULL},
    {"{\"code\":\"InvalidAuthenticationToken\",\"message\":\"The access token has expired.\"}", NULL},
    {"InvalidAuthenticationToken: The access token has expired", NULL},
    {"AuthorizationFailed: the client has no authorization to do so", NULL},
    {"invalid_token: the token is gone", NULL},
    {"the bearer of bad news", NULL},
    {"no token for tenant contoso", NULL},
    {"eyJust a word", NULL},
    {"greyJacket.x.y", NULL},
    {"{\"reason\":\"idle for 30 days\",\"state\":\"approved\"}", NULL},
    /* cut off anywhere */
    {"{\"token\":\"abc", "{\"token\":\"[redacted]"},
    {"{\"token\":{\"a\":\"b", "{\"token\":\"[redacted]\""},
    {"{\"token\":", NULL},
    {"token", NULL},
    {"token=", NULL},
    {"password=\\", NULL},
};

static char *redacted(const char *text)
{
    struct tn_buf out = {0};
    CHECK(tn_redact(&out, text, strlen(text)));
    return tn_buf_take(&out, NULL);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *expected = cases[i].expected ? cases[i].expected : cases[i].text;
        char *once = redacted(cases[i].text), *twice = redacted(once);
        CHECK_TEXT(once, expected);
        CHECK_TEXT(twice, expected); /* what is redacted stays so */
        CHECK(!cases[i].expected || tn_redact_needed(cases[i].text, strlen(cases[i].text)));
        free(once);
        free(twice);
    }
    CHECK(!tn_redact_needed("{\"state\":\"approved\",\"quantity\":1}", 33));
}

/* Every cut of every case, in memory of exactly that size: a sanitizer sees the first byte too many. */
static void test_cuts(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t len = 0; len <= strlen(cases[i].text); len++) {
            char *exact = malloc(len ? len : 1);
            struct tn_buf out = {0};
            CHECK(exact && memcpy(exact, cases[i].text, len));
            tn_redact_needed(exact, len);
            CHECK(tn_redact(&out, exact, len));
            tn_buf_deinit(&out);
            free(exact);
        }
    }
}

static void test_ceiling(void)
{
    struct tn_buf out = {.limit = 10};
    CHECK(!tn_redact(&out, "{\"token\":\"abc\"}", 15));
    tn_buf_deinit(&out);
}

int main(void)
{
    test_cases();
    test_cuts();
    test_ceiling();
    return check_result();
}
