/* URLs: what may become part of one, and whose they are. */
#include "net/url.h"

#include "check.h"

static int put(const char *segment, struct tn_buf *out)
{
    struct tn_err err = {0};
    tn_buf_deinit(out);
    int rc = tn_url_put_segment(out, segment, &err);
    CHECK(rc == TENURE_OK || err.msg[0]);
    return rc;
}

static void test_segments(void)
{
    struct tn_buf out = {0};
    CHECK(put("Microsoft.Capacity", &out) == TENURE_OK);
    CHECK_TEXT(tn_buf_text(&out), "Microsoft.Capacity");
    CHECK(put("a/b?c#d%e f\xc3\xa9", &out) == TENURE_OK);
    CHECK_TEXT(tn_buf_text(&out), "a%2Fb%3Fc%23d%25e%20f%C3%A9");
    CHECK(put("...", &out) == TENURE_OK);
    CHECK(put("", &out) == TENURE_EINVAL);
    CHECK(put(".", &out) == TENURE_EINVAL);
    CHECK(put("..", &out) == TENURE_EINVAL);
    CHECK(put("a\r\nHost: evil", &out) == TENURE_EINVAL);
    CHECK(put("a\x7f", &out) == TENURE_EINVAL);
    CHECK(out.len == 0);
    tn_buf_deinit(&out);
}

static void test_query(void)
{
    struct tn_buf out = {0};
    tn_buf_puts(&out, "https://h/p");
    tn_url_put_query(&out, "api-version", "2022-11-01");
    tn_url_put_query(&out, "$filter", "a eq 'b' & c");
    CHECK_TEXT(tn_buf_text(&out), "https://h/p?api-version=2022-11-01&%24filter=a%20eq%20%27b%27%20%26%20c");
    tn_buf_deinit(&out);
}

static void test_same_origin(void)
{
    const char *arm = "https://management.azure.com";
    CHECK(tn_url_same_origin("https://management.azure.com/subscriptions?x=1#y", arm));
    CHECK(tn_url_same_origin("HTTPS://Management.Azure.Com:443/", arm));
    CHECK(!tn_url_same_origin("http://management.azure.com/", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com:444/", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com.evil.example/", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com@evil.example/", arm));
    CHECK(!tn_url_same_origin("https://user:pw@management.azure.com/", arm));
    CHECK(!tn_url_same_origin("https://evil.example\\@management.azure.com/", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com\\.evil.example/", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com/a\r\nX: y", arm));
    CHECK(!tn_url_same_origin("https://management.azure.com /", arm));
    CHECK(!tn_url_same_origin("//management.azure.com/", arm));
    CHECK(!tn_url_same_origin("/subscriptions", arm));
    CHECK(!tn_url_same_origin("ftp://management.azure.com/", "ftp://management.azure.com"));
    CHECK(!tn_url_same_origin("", arm));
    CHECK(tn_url_same_origin("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"));
    CHECK(tn_url_same_origin("http://[::1]:8080/x", "http://[::1]:8080"));
}

static void check_origin(const char *text, const char *expected)
{
    struct tn_buf out = {0};
    struct tn_err err = {0};
    int rc = tn_url_parse_origin(text, &out, &err);
    CHECK(rc == (expected ? TENURE_OK : TENURE_EINVAL));
    CHECK_TEXT(tn_buf_text(&out), expected ? expected : "");
    CHECK(expected || err.msg[0]);
    tn_buf_deinit(&out);
}

static void test_parse_origin(void)
{
    check_origin("https://Management.Azure.com/", "https://management.azure.com");
    check_origin("https://host:443", "https://host");
    check_origin("http://127.0.0.1:8080", "http://127.0.0.1:8080");
    check_origin("http://127.1", "http://127.0.0.1");
    check_origin("http://[::1]:9", "http://[::1]:9");
    check_origin("https://host/path", NULL);
    check_origin("https://host?", NULL);
    check_origin("https://host/?q=1", NULL);
    check_origin("https://host#f", NULL);
    check_origin("https://user@host", NULL);
    check_origin("host", NULL);
    check_origin("ftp://host", NULL);
    check_origin("file:///etc/passwd", NULL);
    check_origin("https://", NULL);
    check_origin("https://ho st", NULL);
    check_origin("https://h\xc3\xb6st", NULL);
    check_origin("https://host:99999", NULL);
}

static void test_loopback(void)
{
    CHECK(tn_url_is_loopback("http://127.0.0.1:80"));
    CHECK(tn_url_is_loopback("http://127.8.9.1"));
    CHECK(tn_url_is_loopback("http://localhost:1"));
    CHECK(tn_url_is_loopback("https://LOCALHOST"));
    CHECK(tn_url_is_loopback("http://[::1]:1"));
    CHECK(!tn_url_is_loopback("http://127.0.0.1.evil.example"));
    CHECK(!tn_url_is_loopback("http://128.0.0.1"));
    CHECK(!tn_url_is_loopback("http://localhost.evil.example"));
    CHECK(!tn_url_is_loopback("nonsense"));
}

int main(void)
{
    test_segments();
    test_query();
    test_same_origin();
    test_parse_origin();
    test_loopback();
    return check_result();
}
