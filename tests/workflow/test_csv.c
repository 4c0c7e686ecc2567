/* CSV files as people's programs write them, and the exact place of what is wrong in one. */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"

static int on_row(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    struct tn_buf *out = arg;
    (void)err;
    tn_buf_printf(out, "%d:", row->line);
    for (size_t i = 0; i < row->count; i++)
        tn_buf_printf(out, " %s=%s@%d", row->names[i], row->cells[i], row->columns[i]);
    tn_buf_puts(out, "\n");
    return 0;
}

static void rows_of(const char *bytes, size_t len, const char *expected)
{
    struct tn_buf out = {0};
    struct tn_err err = {0};
    fixture_write_bytes("t.csv", bytes, len);
    if (tn_csv_read(fixture_path("t.csv"), on_row, &out, &err) < 0) {
        const char *message = strstr(err.msg, "t.csv");
        CHECK(err.code == TENURE_EINVAL);
        tn_buf_puts(&out, message ? message : err.msg);
    }
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

#define ROWS(text, expected) rows_of(text, sizeof(text) - 1, expected)

static void test_good(void)
{
    ROWS("a,b\n1,2\n", "2: a=1@1 b=2@3\n");
    ROWS("a;b\n1,5;2\n", "2: a=1,5@1 b=2@5\n");
    ROWS("a\tb\n1;,\t2", "2: a=1;,@1 b=2@5\n");
    ROWS("a\n1\n", "2: a=1@1\n");
    ROWS("a,b\n,\n", "2: a=@1 b=@2\n");
    ROWS(" a ,\tb\n 1, 2\n", "2: a= 1@1 b= 2@4\n");
    ROWS("\xef\xbb\xbf"
         "a,b\r\n1,2\r\n\r\n3,4\r\n",
         "2: a=1@1 b=2@3\n4: a=3@1 b=4@3\n");
    ROWS("a,b\n\"x \"\"y\"\", z\",\"l1\nl2\"\n3,4\n", "2: a=x \"y\", z@1 b=l1\nl2@14\n4: a=3@1 b=4@3\n");
    ROWS("\"a,1\";b\nä;ö\n", "2: a,1=ä@1 b=ö@3\n");
    ROWS("a,b\n", "");
}

static void test_bad(void)
{
    ROWS("", "t.csv:1:1: the file is empty: the first line names the columns");
    ROWS("a,b\n1,2\n1,2,3\n", "2: a=1@1 b=2@3\nt.csv:3:5: 3 cells, and the header has 2");
    ROWS("a,b\nä,x\"y\n", "t.csv:2:4: a quote inside a cell: put the whole cell in quotes and double it");
    ROWS("a,b\n1,\"x\"y\n", "t.csv:2:6: text behind a closing quote: inside a cell a quote is doubled");
    ROWS("a,b\n1,\"x\ny\n", "t.csv:2:3: the quote is not closed");
    ROWS("a,,c\n", "t.csv:1:3: a column without a name");
    ROWS("a,a\n", "t.csv:1:3: two columns are called 'a'");
    ROWS("a,b\nä,\xff\n", "t.csv:2:3: not UTF-8: save the file as UTF-8");
    ROWS("a,b\n1,\0\n", "t.csv:2:3: a NUL byte: this is no CSV");
    ROWS("\xff\xfe"
         "a\0",
         "t.csv:1:1: UTF-16: save the file as UTF-8");
}

static void ids_of(const char *text, const char *expected)
{
    char **ids = NULL;
    size_t count = 0;
    struct tn_err err = {0};
    struct tn_buf out = {0};
    fixture_write("c.csv", text);
    if (tn_customer_ids_read(fixture_path("c.csv"), &ids, &count, &err) < 0) {
        tn_buf_puts(&out, strstr(err.msg, "c.csv"));
    } else {
        for (size_t i = 0; i < count; i++)
            tn_buf_printf(&out, "%s ", ids[i]);
        CHECK(!ids[count]);
        tn_customer_ids_free(ids);
    }
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

static void test_customers(void)
{
    ids_of("id,name\na,One\nb,Two\n", "a b ");
    ids_of("Name;Domain\nOne;one.com\n", "one.com ");
    ids_of("domain,id\none.com,\ntwo.com,2\n", "one.com 2 ");
    ids_of("name\nx\n", "c.csv:1:1: no column 'id' or 'domain': the first line names the columns");
    ids_of("id\n", "c.csv: no customers in it");
    ids_of("id,name\na,\n../b,\n", "c.csv:3:1: '../b' is not a tenant id or domain");
    ids_of("name,id\nx,\n", "c.csv:2:3: '' is not a tenant id or domain");
    ids_of("id\nabc\nx\nABC\n", "c.csv:4:1: customer 'ABC' is on line 2 already");
}

static void test_many(void)
{
    struct tn_buf text = {0};
    char **ids = NULL;
    size_t count = 0;
    tn_buf_puts(&text, "id\n");
    for (int i = 0; i < 20000; i++)
        tn_buf_printf(&text, "customer-%d\n", i * 7919 % 20000);
    fixture_write("c.csv", tn_buf_text(&text));
    CHECK(tn_customer_ids_read(fixture_path("c.csv"), &ids, &count, NULL) == TENURE_OK && count == 20000);
    CHECK_TEXT(ids ? ids[1] : "", "customer-7919");
    tn_customer_ids_free(ids);
    tn_buf_deinit(&text);
    CHECK(tn_customer_ids_read("/nowhere.csv", &ids, &count, NULL) == TENURE_ENOENT);
}

int main(void)
{
    fixture_open();
    test_good();
    test_bad();
    test_customers();
    test_many();
    fixture_close();
    return check_result();
}
