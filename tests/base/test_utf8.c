/* UTF-8: every code point there is, and what is none. */
#include "base/utf8.h"

#include "check.h"

static size_t encode(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00 >> len & 0xff) | point);
    return len;
}

static void test_all_points(void)
{
    int wrong = 0;
    for (uint32_t point = 0; point < 0x110000; point++) {
        char bytes[4];
        size_t len = encode(point, bytes);
        uint32_t back = 0;
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        size_t step = tn_utf8_decode(bytes, len, &back);
        wrong += surrogate ? step != 0 : step != len || back != point;
        wrong += len > 1 && tn_utf8_valid_at(bytes, len - 1) != 0; /* cut */
    }
    CHECK(wrong == 0);
}

static void test_invalid(void)
{
    static const char *const invalid[] = {"\x80",
                                          "\xbf",
                                          "\xc0\x80",
                                          "\xc1\xbf",
                                          "\xe0\x80\x80",
                                          "\xf0\x80\x80\x80",
                                          "\xf4\x90\x80\x80",
                                          "\xf8\x88\x80\x80\x80",
                                          "\xff",
                                          "\xc3(",
                                          "\xe2\x82("};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        CHECK(tn_utf8_valid_at(invalid[i], strlen(invalid[i])) == 0);
        CHECK(tn_utf8_check(invalid[i], strlen(invalid[i])) == 0);
    }
    CHECK(tn_utf8_check("ab\xc3\xa9\xff", 5) == 4);
    CHECK(tn_utf8_check("", 0) == 0 && tn_utf8_check("abc", 3) == 3);
}

static void test_deceptive(void)
{
    int count = 0;
    for (uint32_t point = 0; point < 0x110000; point++)
        count += tn_utf8_deceptive(point);
    CHECK(count == 15);
    CHECK(tn_utf8_deceptive(0x202e) && tn_utf8_deceptive(0x61c) && tn_utf8_deceptive(0x85) && !tn_utf8_deceptive('a') &&
          !tn_utf8_deceptive(0x2030));
}

int main(void)
{
    test_all_points();
    test_invalid();
    test_deceptive();
    return check_result();
}
