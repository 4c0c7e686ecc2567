/*
 * Where a ledger lies on the disk: its path, the folder, the room left, and the ballast beside it.
 */
#ifndef TN_LEDGER_PLACE_H
#define TN_LEDGER_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define TN_PLACE_MIN_FREE ((int64_t)64 << 20) /* bytes; below it a ledger is only read and no effect begins */
#define TN_PLACE_BALLAST_BYTES ((int64_t)4 << 20)

/* From "sqlite:PATH" or PATH to an absolute path without symbolic links; makes the folders above it (0700). The caller
 * frees *path. Refuses what no ledger can be: a folder, a device, a network file system, postgres://. */
int tn_place_find(const char *url, char **path, struct tn_err *err);

/* Make the empty file (0600) unless something is there. */
int tn_place_create(const char *path, struct tn_err *err);

/* TENURE_ENOSPC below TN_PLACE_MIN_FREE, and that error. */
int tn_place_check_room(const char *path, struct tn_err *err);
int tn_place_no_room(const char *path, struct tn_err *err);

bool tn_place_has(const char *path, const char *suffix, int64_t *bytes); /* whether PATHsuffix is there, and its size */

int64_t tn_place_free_bytes(const char *path); /* INT64_MAX where it cannot be told */

/* PATH.ballast: room that is given back when the disk is full, so that outcomes still find a place. */
void tn_place_ballast_make(const char *path);
void tn_place_ballast_drop(const char *path);

#endif
