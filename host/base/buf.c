/* Growable byte buffers: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tn_buf_deinit(struct tn_buf *buf)
{
    free(buf->data);
    *buf = (struct tn_buf){.limit = buf->limit};
}

void tn_buf_reset(struct tn_buf *buf)
{
    buf->len = 0;
    buf->failed = buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Room for len more bytes and the NUL. */
static bool reserve(struct tn_buf *buf, size_t len)
{
    if (buf->failed)
        return false;
    if (len > SIZE_MAX / 4 || (buf->limit && (buf->len > buf->limit || len > buf->limit - buf->len))) {
        buf->failed = buf->full = true;
        return false;
    }
    size_t need = buf->len + len + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap * 2 : 64;
    if (cap < need)
        cap = need;
    char *data = realloc(buf->data, cap);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

bool tn_buf_put(struct tn_buf *buf, const void *data, size_t len)
{
    if (!reserve(buf, len))
        return false;
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool tn_buf_puts(struct tn_buf *buf, const char *text)
{
    return tn_buf_put(buf, text, strlen(text));
}

bool tn_buf_putc(struct tn_buf *buf, char byte)
{
    return tn_buf_put(buf, &byte, 1);
}

bool tn_buf_printf(struct tn_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (need >= 0 && reserve(buf, (size_t)need)) {
        vsnprintf(buf->data + buf->len, (size_t)need + 1, fmt, again);
        buf->len += (size_t)need;
    } else {
        buf->failed = true;
    }
    va_end(again);
    return !buf->failed;
}

char *tn_buf_take(struct tn_buf *buf, size_t *len)
{
    if (!reserve(buf, 0)) {
        tn_buf_deinit(buf);
        return NULL;
    }
    char *data = buf->data;
    data[buf->len] = '\0';
    if (len)
        *len = buf->len;
    *buf = (struct tn_buf){.limit = buf->limit};
    return data;
}

const char *tn_buf_text(const struct tn_buf *buf)
{
    return buf->data ? buf->data : "";
}
