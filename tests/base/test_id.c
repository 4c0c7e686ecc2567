/* Identifiers: GUIDs, digests, folding, and suggestions for a mistyped word. */
#include "base/id.h"

#include "check.h"

static bool valid(const char *text)
{
    return tn_guid_valid(text, strlen(text));
}

static void test_guids(void)
{
    CHECK(valid("01234567-89ab-cdef-0123-456789abcdef"));
    CHECK(valid("01234567-89AB-CDEF-0123-456789ABCDEF"));
    CHECK(!valid(""));
    CHECK(!valid("01234567-89ab-cdef-0123-456789abcde"));
    CHECK(!valid("01234567-89ab-cdef-0123-456789abcdef0"));
    CHECK(!valid("0123456-789ab-cdef-0123-456789abcdef"));
    CHECK(!valid("01234567-89ab-cdef-0123-456789abcdeg"));
    CHECK(!valid("01234567089ab-cdef-0123-456789abcdef"));
    char a[TN_GUID_TEXT], b[TN_GUID_TEXT];
    CHECK(tn_guid_random(a) && tn_guid_random(b));
    CHECK(valid(a) && valid(b) && strcmp(a, b) != 0 && a[14] == '4' && strchr("89ab", a[19]));
    tn_guid_derive(a, "kowalski");
    CHECK_TEXT(a, "a377e09c-5592-8b46-b784-0112cae16709");
    tn_guid_derive(b, "kowalskI");
    CHECK(valid(a) && strcmp(a, b) != 0);
    tn_guid_derive(a, "01234567-89AB-CDEF-0123-456789ABCDEF");
    CHECK_TEXT(a, "01234567-89ab-cdef-0123-456789abcdef");
}

static void test_digest(void)
{
    char hex[TN_DIGEST_TEXT];
    tn_digest(hex, "abc", 3);
    CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    tn_digest(hex, "", 0);
    CHECK_TEXT(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_folding(void)
{
    CHECK(tn_id_equal("/Subscriptions/ABC", "/subscriptions/abc"));
    CHECK(!tn_id_equal("abc", "abcd") && !tn_id_equal("abcd", "abc") && tn_id_equal("", ""));
    CHECK(!tn_id_equal("@", "`") && !tn_id_equal("[", "{")); /* neighbours of letters are no letters */
    char text[] = "AZaz[\xc3\x84";
    tn_id_fold(text);
    CHECK_TEXT(text, "azaz[\xc3\x84");
}

static void test_closest(void)
{
    static const char *const names[] = {"reservations", "refund", "customers", "concurrency", "when", "where", NULL};
    CHECK(tn_edit_distance("kitten", "sitting", 5) == 3);
    CHECK(tn_edit_distance("kitten", "sitting", 2) == 3);
    CHECK(tn_edit_distance("", "abc", 5) == 3);
    CHECK(tn_edit_distance("same", "SAME", 5) == 0);
    CHECK_TEXT(tn_closest("reservation", names), "reservations");
    CHECK_TEXT(tn_closest("custmoers", names), "customers");
    CHECK_TEXT(tn_closest("wen", names), "when");
    CHECK(tn_closest("zzzzzz", names) == NULL);
    char long_word[200];
    memset(long_word, 'a', 199);
    long_word[199] = '\0';
    CHECK(tn_closest(long_word, names) == NULL);
}

int main(void)
{
    test_guids();
    test_digest();
    test_folding();
    test_closest();
    return check_result();
}
