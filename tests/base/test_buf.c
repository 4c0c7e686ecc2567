/* Buffers: growth, the ceiling, and that a failure stays. */
#include "base/buf.h"

#include <stdlib.h>

#include "check.h"

static void test_growth(void)
{
    struct tn_buf buf = {0};
    CHECK_TEXT(tn_buf_text(&buf), "");
    for (int i = 0; i < 10000; i++)
        tn_buf_putc(&buf, (char)('a' + i % 26));
    CHECK(buf.len == 10000 && !buf.failed && buf.data[10000] == '\0');
    CHECK(buf.data[9999] == 'a' + 9999 % 26);
    CHECK(tn_buf_printf(&buf, "%d-%s", 5, "x") && strcmp(buf.data + 10000, "5-x") == 0);
    CHECK(tn_buf_put(&buf, "", 0) && tn_buf_put(&buf, NULL, 0));
    tn_buf_reset(&buf);
    CHECK_TEXT(tn_buf_text(&buf), "");
    tn_buf_puts(&buf, "again");
    CHECK_TEXT(tn_buf_text(&buf), "again");
    tn_buf_deinit(&buf);
    CHECK(buf.data == NULL && buf.len == 0);
    tn_buf_puts(&buf, "once more");
    CHECK_TEXT(tn_buf_text(&buf), "once more");
    tn_buf_deinit(&buf);
}

static void test_ceiling(void)
{
    struct tn_buf buf = {.limit = 5};
    CHECK(tn_buf_puts(&buf, "12345") && !buf.failed);
    CHECK(!tn_buf_putc(&buf, '6') && buf.failed && buf.full);
    CHECK(!tn_buf_put(&buf, "", 0)); /* failed stays failed */
    CHECK_TEXT(tn_buf_text(&buf), "12345");
    CHECK(tn_buf_take(&buf, NULL) == NULL);
    CHECK(buf.limit == 5 && !buf.failed);
    CHECK(tn_buf_printf(&buf, "%s", "abc"));
    CHECK(!tn_buf_printf(&buf, "%s", "def"));
    tn_buf_reset(&buf);
    CHECK(!buf.failed && !buf.full && tn_buf_puts(&buf, "x"));
    buf.limit = 0;
    CHECK(!tn_buf_put(&buf, "x", (size_t)-1) && buf.failed);
    tn_buf_deinit(&buf);
}

static void test_take(void)
{
    struct tn_buf buf = {0};
    size_t len = 99;
    char *text = tn_buf_take(&buf, &len);
    CHECK(len == 0);
    CHECK_TEXT(text, "");
    free(text);
    tn_buf_puts(&buf, "bytes");
    text = tn_buf_take(&buf, &len);
    CHECK(len == 5 && buf.data == NULL && buf.len == 0);
    CHECK_TEXT(text, "bytes");
    free(text);
}

int main(void)
{
    test_growth();
    test_ceiling();
    test_take();
    return check_result();
}
