/* Errors: see err.h. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

int tn_err_setv(struct tn_err *err, int code, const char *fmt, va_list args)
{
    if (!err)
        return code;
    err->code = code;
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
    return code;
}

int tn_err_set(struct tn_err *err, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tn_err_setv(err, code, fmt, args);
    va_end(args);
    return code;
}

int tn_err_no_memory(struct tn_err *err)
{
    return tn_err_set(err, TENURE_ENOMEM, "out of memory");
}

/* A message that no longer fits is cut at its end. */
int tn_err_prefix(struct tn_err *err, const char *fmt, ...)
{
    char prefix[sizeof err->msg];
    va_list args;
    if (!err)
        return TENURE_EINTERNAL;
    va_start(args, fmt);
    vsnprintf(prefix, sizeof prefix - 3, fmt, args);
    va_end(args);
    size_t len = strlen(prefix);
    memcpy(prefix + len, ": ", 3);
    len += 2;
    memmove(err->msg + len, err->msg, sizeof err->msg - len);
    memcpy(err->msg, prefix, len);
    err->msg[sizeof err->msg - 1] = '\0';
    return err->code;
}

int tn_err_of_answer(struct tn_err *err, int rc)
{
    if (rc != TENURE_EINVAL)
        return rc;
    if (err)
        err->code = TENURE_EPROTO;
    return TENURE_EPROTO;
}

const char *tn_err_name(const struct tn_err *err)
{
    return err->name[0] ? err->name : tn_status_name(err->code);
}

const char *tn_status_name(int code)
{
    switch (code) {
#define X(name, number, text) \
    case -(number):           \
        return #name;
        TENURE_STATUS_MAP(X)
#undef X
    case 0:
        return "OK";
    default:
        return "UNKNOWN";
    }
}

const char *tn_status_text(int code)
{
    switch (code) {
#define X(name, number, text) \
    case -(number):           \
        return text;
        TENURE_STATUS_MAP(X)
#undef X
    case 0:
        return "ok";
    default:
        return "unknown error";
    }
}
