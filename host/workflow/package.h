/*
 * Packages: the folder a workflow belongs to, and reading files beneath it.
 *
 * A path in a workflow or a script never leads out of its package: not by `..`, not by being absolute, not through a
 * symbolic link.
 */
#ifndef TN_WORKFLOW_PACKAGE_H
#define TN_WORKFLOW_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define TN_SCRIPT_MAX_BYTES (256u << 10)

/* The package root of a file with an absolute path: the nearest folder upwards with a package.yaml, else the file's
 * own. The caller frees it; NULL: no memory. */
char *tn_package_root(const char *file);

/* Read a file by its path relative to the root. The caller frees *bytes, which end with a NUL. TENURE_EINVAL: the path
 * is none that may be used; TENURE_ENOENT; TENURE_EIO. */
int tn_package_read(const char *root, const char *path, size_t max_bytes, char **bytes, size_t *len,
                    struct tn_err *err);

/* The same for a Lua script: UTF-8 source text, never compiled Lua. */
int tn_package_read_script(const char *root, const char *path, char **bytes, size_t *len, struct tn_err *err);

/* The closest name to that of a file that is not there, in the same folder: as a path, written to out. False: none is
 * close. */
bool tn_package_suggest(const char *root, const char *path, char *out, size_t size);

/* Open beneath a folder by openat2(2), and where the kernel has none, component by component without following links.
 * Negative errno. */
int tn_package_open(int root, const char *path);
int tn_package_open_walking(int root, const char *path);

/* Read what a person named, by any path: a file, a pipe, /dev/stdin. TENURE_ENOENT, TENURE_EIO, TENURE_EINVAL. */
int tn_path_read(const char *file, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err);

/* Read an open file to its end; closes fd. name is for messages. */
int tn_file_read(int fd, const char *name, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err);

#endif
