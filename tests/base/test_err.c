/* Errors: codes, prefixes, and messages that are too long. */
#include "base/err.h"

#include "check.h"

static void test_set(void)
{
    struct tn_err err = {0};
    CHECK(tn_err_set(&err, TENURE_EIO, "open '%s'", "x") == TENURE_EIO);
    CHECK_TEXT(err.msg, "open 'x'");
    CHECK_TEXT(tn_err_name(&err), "EIO");
    CHECK(tn_err_prefix(&err, "ledger %d", 1) == TENURE_EIO);
    CHECK(tn_err_prefix(NULL, "ledger %d", 1) < 0);
    CHECK_TEXT(err.msg, "ledger 1: open 'x'");
    strcpy(err.name, "AuthorizationFailed");
    CHECK_TEXT(tn_err_name(&err), "AuthorizationFailed");
    CHECK(tn_err_set(NULL, TENURE_EINVAL, "nobody reads this") == TENURE_EINVAL);
    CHECK(tn_err_no_memory(NULL) == TENURE_ENOMEM);
}

static void test_long_messages(void)
{
    struct tn_err err = {0};
    char text[3000];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    tn_err_set(&err, TENURE_EIO, "%s", text);
    CHECK(strlen(err.msg) == sizeof err.msg - 1);
    tn_err_prefix(&err, "first");
    CHECK(strlen(err.msg) == sizeof err.msg - 1 && strncmp(err.msg, "first: yyy", 10) == 0);
    tn_err_prefix(&err, "%s", text);
    CHECK(strlen(err.msg) == sizeof err.msg - 1 && err.msg[0] == 'y');
}

static void test_names(void)
{
    CHECK_TEXT(tn_status_name(TENURE_OK), "OK");
    CHECK_TEXT(tn_status_name(TENURE_EINTERNAL), "EINTERNAL");
    CHECK_TEXT(tn_status_name(-9999), "UNKNOWN");
    CHECK_TEXT(tn_status_text(TENURE_ETIMEDOUT), "timed out");
    CHECK(TENURE_ENOMEM == -1 && TENURE_EINTERNAL == -19); /* numbers are for ever */
}

int main(void)
{
    test_set();
    test_long_messages();
    test_names();
    return check_result();
}
