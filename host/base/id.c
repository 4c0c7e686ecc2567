/* Identifiers: see id.h. */
#include "base/id.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const size_t guid_dashes[] = {8, 13, 18, 23};

static bool is_dash(size_t index)
{
    for (size_t i = 0; i < 4; i++) {
        if (guid_dashes[i] == index)
            return true;
    }
    return false;
}

bool tn_guid_valid(const char *text, size_t len)
{
    if (len != TN_GUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (is_dash(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* Two digits for each byte, and no end. */
static char *put_hex(char *at, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *at++ = "0123456789abcdef"[bytes[i] >> 4];
        *at++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return at;
}

/* RFC 9562 layout: version in the 7th byte, variant in the 9th. */
static void format_guid(char guid[TN_GUID_TEXT], const unsigned char bytes[16], unsigned version)
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    unsigned char b[16];
    memcpy(b, bytes, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | (version << 4));
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    const unsigned char *from = b;
    char *at = guid;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; from += groups[i++]) {
        at = put_hex(at, from, groups[i]);
        *at++ = '-';
    }
    at[-1] = '\0';
}

bool tn_guid_random(char guid[TN_GUID_TEXT])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    format_guid(guid, bytes, 4);
    return true;
}

static void sha256(unsigned char out[32], const void *bytes, size_t len)
{
    unsigned size = 32;
    if (EVP_Digest(bytes, len, out, &size, EVP_sha256(), NULL) != 1)
        memset(out, 0, 32); /* cannot happen with the default provider loaded */
}

void tn_guid_derive(char guid[TN_GUID_TEXT], const char *name)
{
    size_t len = strlen(name);
    if (tn_guid_valid(name, len)) {
        memcpy(guid, name, TN_GUID_TEXT);
        tn_id_fold(guid);
        return;
    }
    unsigned char hash[32];
    sha256(hash, name, len);
    format_guid(guid, hash, 8);
}

void tn_digest(char hex[TN_DIGEST_TEXT], const void *bytes, size_t len)
{
    unsigned char hash[32];
    sha256(hash, bytes, len);
    *put_hex(hex, hash, sizeof hash) = '\0';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool tn_id_equal(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (fold(*a) != fold(*b))
            return false;
    }
    return *a == *b;
}

void tn_id_fold(char *text)
{
    for (; *text; text++)
        *text = fold(*text);
}

size_t tn_edit_distance(const char *a, const char *b, size_t limit)
{
    size_t row[65];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > 64 || b_len > 64 || (a_len > b_len ? a_len - b_len : b_len - a_len) > limit)
        return limit + 1;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            size_t change = diagonal + (fold(a[i - 1]) != fold(b[j - 1]));
            size_t shift = (above < row[j - 1] ? above : row[j - 1]) + 1;
            row[j] = change < shift ? change : shift;
            diagonal = above;
        }
    }
    return row[b_len] > limit ? limit + 1 : row[b_len];
}

const char *tn_closest(const char *word, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 1;
    for (; *names; names++) {
        size_t distance = tn_edit_distance(word, *names, best_distance);
        if (distance <= best_distance && (!best || distance < best_distance)) {
            best = *names;
            best_distance = distance;
        }
    }
    return best;
}

uint64_t tn_random64(void)
{
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        value = 0x9e3779b97f4a7c15u; /* only jitter rests on it */
    return value;
}
