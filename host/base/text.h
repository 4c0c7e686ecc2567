/*
 * Texts that may be absent.
 */
#ifndef TN_BASE_TEXT_H
#define TN_BASE_TEXT_H

#include <stdbool.h>

/* A copy of text, for the caller to free; NULL for NULL. False: no memory, *out is NULL. */
bool tn_text_copy(char **out, const char *text);

/* Whether it is one of the words, which end with NULL; NULL is none of them. */
bool tn_text_among(const char *text, const char *const *words);
bool tn_text_among_any_case(const char *text, const char *const *words);

#endif
