/*
 * The temporary folder of a test run, and files.
 *
 * It is made when the first spec asks, readable by its owner only, and removed with all it holds.
 */
#ifndef TN_TESTING_FOLDER_H
#define TN_TESTING_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct tn_folder {
    char path[PATH_MAX]; /* a pattern for mkdtemp() until it is made */
    bool made;
    unsigned count; /* folders made in it */
};

/* above: where temporary files go ($TMPDIR); unless an absolute path: /tmp. */
void tn_folder_init(struct tn_folder *folder, const char *above);

/* A fresh empty folder inside; path holds PATH_MAX bytes. TENURE_EIO. */
int tn_folder_make(struct tn_folder *folder, char path[PATH_MAX], struct tn_err *err);
void tn_folder_remove(struct tn_folder *folder); /* what cannot be removed stays */

/* Write a file from its start, making the folders above it; append the whole of a file to text. TENURE_EIO. */
int tn_folder_write_file(const char *path, const char *bytes, size_t len, struct tn_err *err);
int tn_folder_read_file(const char *path, struct tn_buf *text, struct tn_err *err);

#endif
