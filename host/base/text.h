/*
 * Texts that may be absent.
 */
#ifndef TN_BASE_TEXT_H
#define TN_BASE_TEXT_H

#include <stdbool.h>

/* A copy of text, for the caller to free; NULL for NULL. False: no memory, *out is NULL. */
bool tn_text_copy(char **out, const char *text);

/* Takes the blanks and tabs around text away, in place; returns text. */
char *tn_text_trim(char *text);

/* Whether it is one of the words, which end with NULL; NULL is none of them. */
bool tn_text_among(const char *text, const char *const *words);
bool tn_text_among_any_case(const char *text, const char *const *words);

/* What stands behind the last dot of a file's name; NULL: nothing does. */
const char *tn_text_ending(const char *file);

/* The one of the formats (NULL-ended) that a file's name ends in, in any case; NULL: none of them. */
const char *tn_text_format(const char *file, const char *const *formats);

#endif
