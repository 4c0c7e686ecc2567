/*
 * Places: where in the file the bytes of a scalar's value stand.
 *
 * YAML folds lines, strips indentation and replaces escapes, so that a value's n-th byte says nothing about its place.
 * These functions read the scalar a second time along its source, so that a message about an expression, or Lua's own,
 * can name the line it is on.
 */
#ifndef TN_WORKFLOW_PLACE_H
#define TN_WORKFLOW_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "yaml/yaml.h"

/* A file's bytes and where its lines start. */
struct tn_source;
struct tn_source *tn_source_new(struct tn_arena *arena, const char *bytes, size_t len); /* copied; NULL: no memory */

struct tn_places {
    int *line, *column; /* of each byte of the value, and of the place behind its last one */
    size_t len;
    bool comment; /* a comment follows on the scalar's last line */
};

/* TENURE_ENOMEM. Where value and source cannot be brought together, the rest has the last place that was known. */
int tn_places_make(struct tn_source *source, const struct tn_yaml *scalar, struct tn_places *places);
void tn_places_deinit(struct tn_places *places);

/* Append a part of the value with its line breaks as they are in the file, folded or not: its n-th line is the file's
 * line places->line[from] + n - 1. */
void tn_places_unfold(const struct tn_places *places, const char *text, size_t from, size_t to, struct tn_buf *out);

#endif
