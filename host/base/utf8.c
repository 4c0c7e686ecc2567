/* UTF-8: see utf8.h. */
#include "base/utf8.h"

size_t tn_utf8_decode(const char *text, size_t len, uint32_t *point)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need;
    uint32_t value;
    if (s[0] < 0x80) {
        *point = s[0];
        return 1;
    }
    if ((s[0] & 0xe0) == 0xc0) {
        need = 2;
        value = s[0] & 0x1f;
    } else if ((s[0] & 0xf0) == 0xe0) {
        need = 3;
        value = s[0] & 0x0f;
    } else if ((s[0] & 0xf8) == 0xf0) {
        need = 4;
        value = s[0] & 0x07;
    } else {
        return 0;
    }
    if (len < need)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = (value << 6) | (s[i] & 0x3f);
    }
    if (value < smallest[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return need;
}

size_t tn_utf8_valid_at(const char *text, size_t len)
{
    uint32_t point;
    return tn_utf8_decode(text, len, &point);
}

size_t tn_utf8_check(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t step = (unsigned char)text[at] < 0x80 ? 1 : tn_utf8_valid_at(text + at, len - at);
        if (!step)
            return at;
        at += step;
    }
    return len;
}

bool tn_utf8_deceptive(uint32_t point)
{
    return point == 0x85 || point == 0x61c || point == 0x2028 || point == 0x2029 || point == 0x200e ||
           point == 0x200f || (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}
