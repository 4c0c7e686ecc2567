/*
 * Texts that may be absent.
 */
#ifndef TN_BASE_TEXT_H
#define TN_BASE_TEXT_H

#include <stdbool.h>

/* A copy of text, for the caller to free; NULL for NULL. False: no memory, *out is NULL. */
bool tn_text_copy(char **out, const char *text);

#endif
