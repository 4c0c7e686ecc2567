/*
 * Growable byte buffers with a ceiling.
 *
 * A buffer that once failed (no memory, over its ceiling) stays failed and swallows what follows, so that a writer
 * checks once, at the end. data is NUL-terminated whenever it is not NULL; len does not count the NUL.
 */
#ifndef TN_BASE_BUF_H
#define TN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct tn_buf {
    char *data;
    size_t len, cap;
    size_t limit; /* bytes it may hold; 0: no ceiling */
    bool failed;
    bool full; /* it failed because of its ceiling, not for want of memory */
};

void tn_buf_deinit(struct tn_buf *buf); /* frees; the buffer is empty and usable again */
void tn_buf_reset(struct tn_buf *buf);  /* empties for reuse, keeps the memory and the ceiling */
bool tn_buf_put(struct tn_buf *buf, const void *data, size_t len); /* false: failed */
bool tn_buf_puts(struct tn_buf *buf, const char *text);
bool tn_buf_putc(struct tn_buf *buf, char byte);
bool tn_buf_printf(struct tn_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Moves the bytes out: the caller frees them with free(). NULL when the buffer failed; never NULL for an empty one. */
char *tn_buf_take(struct tn_buf *buf, size_t *len);

/* The text so far, "" when empty. Borrowed until the next write. */
const char *tn_buf_text(const struct tn_buf *buf);

#endif
