/*
 * Child processes of specs: a command with its standard streams on pipes.
 *
 * What it prints is kept, up to a ceiling; over it the child is killed. A child that is freed while it runs gets
 * SIGKILL; its memory goes once the loop has seen it end, so the loop needs a step after that (tn_loop_free makes one).
 */
#ifndef TN_TESTING_CHILD_H
#define TN_TESTING_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

#define TN_CHILD_MAX_OUTPUT (64u << 20) /* bytes of standard output, and of standard error */

struct tn_child;

struct tn_child_options {
    char **arguments;   /* NULL-ended; the first is the program, looked up in PATH when it has no slash */
    char **environment; /* NULL-ended list of NAME=value: all it sees */
    const char *folder; /* where it starts; NULL: where we are */
    const char *input;  /* its standard input, copied; NULL: none (/dev/null) */
    size_t input_len;
    void (*changed)(void *arg); /* from the loop: output came, a stream or the child ended */
    void *arg;
};

/* TENURE_ENOENT (no such program or folder), TENURE_EIO, TENURE_ENOMEM. */
int tn_child_start(struct tn_loop *loop, const struct tn_child_options *options, struct tn_child **out,
                   struct tn_err *err);
void tn_child_free(struct tn_child *child); /* NULL is fine */

int tn_child_pid(const struct tn_child *child);
int tn_child_kill(struct tn_child *child, int signal, struct tn_err *err); /* no-op once it has ended */

/* It has exited and both its streams are at their end. Then: its exit code, and the signal that ended it (0: none). */
bool tn_child_ended(const struct tn_child *child);
int tn_child_code(const struct tn_child *child);
int tn_child_signal(const struct tn_child *child);
bool tn_child_overflowed(const struct tn_child *child);

/* What it has printed so far; borrowed until the next step of the loop. */
const struct tn_buf *tn_child_output(const struct tn_child *child);
const struct tn_buf *tn_child_errors(const struct tn_child *child);

/* The next line of its output, without the newline: 1; 0: none yet; -1: there will be none. Borrowed as above. */
int tn_child_line(struct tn_child *child, const char **line, size_t *len);

#endif
