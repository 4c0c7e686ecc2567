/*
 * Identifiers: GUIDs, digests, and the ids that Azure spells in several cases.
 */
#ifndef TN_BASE_ID_H
#define TN_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TN_GUID_TEXT 37   /* 36 characters and the NUL */
#define TN_DIGEST_TEXT 65 /* SHA-256 in hexadecimal and the NUL */

/* Eight-four-four-four-twelve hexadecimal digits, either case, exactly len bytes. */
bool tn_guid_valid(const char *text, size_t len);

/* A random GUID, lower case. Returns false when the system has no randomness to give. */
bool tn_guid_random(char guid[TN_GUID_TEXT]);

/* The GUID that a name stands for: the same name gives the same GUID on every machine. A GUID stands for itself (in
 * lower case). World files and --customer write short names this way. */
void tn_guid_derive(char guid[TN_GUID_TEXT], const char *name);

/* SHA-256 of the bytes, as lower-case hexadecimal digits. */
void tn_digest(char hex[TN_DIGEST_TEXT], const void *bytes, size_t len);

/* ASCII only: Azure's ids hold nothing else that has case. */
bool tn_id_equal(const char *a, const char *b);
void tn_id_fold(char *text); /* lower case, in place */

/* How alike two words are: the number of single-character edits between them, at most limit + 1. For suggestions. */
size_t tn_edit_distance(const char *a, const char *b, size_t limit);

/* The closest of the names (NULL-ended) to a mistyped word, or NULL when none is close. */
const char *tn_closest(const char *word, const char *const *names);

uint64_t tn_random64(void);

#endif
