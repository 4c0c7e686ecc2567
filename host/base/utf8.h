/* UTF-8: checking text that comes from outside. */
#ifndef TN_BASE_UTF8_H
#define TN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes of the character that starts at text, 0 when it is not valid UTF-8 (overlong, surrogate, cut, beyond
 * U+10FFFF). len is at least 1. */
size_t tn_utf8_valid_at(const char *text, size_t len);

/* The same, and the code point. */
size_t tn_utf8_decode(const char *text, size_t len, uint32_t *point);

/* Offset of the first byte that is not part of valid UTF-8; len when all is well. */
size_t tn_utf8_check(const char *text, size_t len);

/* Characters that turn the direction of text or end a line where an editor shows none: they make text look like
 * something it is not (U+0085, U+061C, U+2028, U+2029, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). */
bool tn_utf8_deceptive(uint32_t point);

#endif
