/*
 * YAML as a small, safe tree: libyaml's events, read under limits, with the place of everything.
 *
 * What a reader of the file would not see is refused: duplicate keys, aliases and anchors, tags, merge keys, complex
 * keys, a second document, deceptive characters outside quotes; and what would take for ever: depth over 64, 256 KiB of
 * input, 20,000 events. Scalars stay text; what type they are is decided by whoever knows the field (YAML 1.2 core
 * schema: `no` is a string).
 *
 * Diagnostics are what a person sees: file:line:column, the line, a caret, a suggestion.
 */
#ifndef TN_YAML_YAML_H
#define TN_YAML_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define TN_YAML_MAX_BYTES (256u << 10)
#define TN_YAML_MAX_DEPTH 64
#define TN_YAML_MAX_EVENTS 20000

enum tn_yaml_kind { TN_YAML_SCALAR, TN_YAML_SEQUENCE, TN_YAML_MAPPING };

/* One node. All nodes belong to their document and live as long as it. Lines and columns count from 1, columns in
 * characters. */
struct tn_yaml {
    enum tn_yaml_kind kind;
    int line, column;
    const char *text; /* scalars: the value, NUL-terminated, len bytes without NUL inside; else NULL */
    size_t len;
    bool plain;            /* scalars: written without quotes and not as a block */
    bool block;            /* scalars: literal (|) or folded (>) */
    struct tn_yaml *key;   /* the key node this one is the value of; NULL in sequences and at the root */
    struct tn_yaml *next;  /* next sibling, in the order of the file */
    struct tn_yaml *first; /* first child of a sequence or mapping (the value nodes; their keys are at ->key) */
    size_t count;          /* children */
};

/* The problems found in one file, in the order they were found; at most 50, then "and N more". */
struct tn_diagnostics;
int tn_diagnostics_new(const char *file, const char *source, size_t len,
                       struct tn_diagnostics **out); /* source is copied */
void tn_diagnostics_free(struct tn_diagnostics *list);
size_t tn_diagnostics_count(const struct tn_diagnostics *list);

/* Add one at a line and column (from 1; 0,0: about the whole file). hint may be NULL: what to write instead. */
void tn_diagnostics_add(struct tn_diagnostics *list, int line, int column, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* All of them for a terminal, each as "file:line:column: message", the source line, a caret, "  hint: …". */
void tn_diagnostics_text(const struct tn_diagnostics *list, struct tn_buf *out);

/* All of them as a JSON array of {file, line, column, message, hint}. */
void tn_diagnostics_json(const struct tn_diagnostics *list, struct tn_buf *out);

struct tn_yaml_doc;

/* Parse one document; a file without any value is a null scalar. On TENURE_EINVAL the diagnostics say why;
 * TENURE_ENOMEM leaves them as they are. */
int tn_yaml_parse(const char *bytes, size_t len, struct tn_diagnostics *problems, struct tn_yaml_doc **out);
void tn_yaml_free(struct tn_yaml_doc *doc);
const struct tn_yaml *tn_yaml_root(const struct tn_yaml_doc *doc);

/* The value of a mapping's key, NULL when it is not there (or node is no mapping). */
const struct tn_yaml *tn_yaml_get(const struct tn_yaml *node, const char *key);

/* The core schema's reading of a plain scalar; all false for quoted and block scalars. */
bool tn_yaml_is_null(const struct tn_yaml *node);                  /* "", ~, null, Null, NULL */
bool tn_yaml_as_bool(const struct tn_yaml *node, bool *value);     /* true and false in three cases only */
bool tn_yaml_as_int(const struct tn_yaml *node, long long *value); /* decimal only: no 0x1F, 010, 1_000 */
bool tn_yaml_as_double(const struct tn_yaml *node, double *value); /* decimal, finite; independent of the locale */

#endif
