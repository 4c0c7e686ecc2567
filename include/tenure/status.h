/**
 * Status codes: what every function of tenure answers with.
 *
 * 0 is success, errors are negative. Numbers are never reused: a code that falls out of use keeps its number.
 */
#ifndef TENURE_STATUS_H
#define TENURE_STATUS_H

/* X(name, number, text) */
#define TENURE_STATUS_MAP(X)                 \
    X(ENOMEM, 1, "out of memory")            \
    X(EINVAL, 2, "invalid argument")         \
    X(ENOENT, 3, "not found")                \
    X(EIO, 4, "input/output error")          \
    X(ETIMEDOUT, 5, "timed out")             \
    X(ECANCELED, 6, "canceled")              \
    X(ENOTSUP, 7, "not supported")           \
    X(EPERM, 8, "not permitted")             \
    X(EPROTO, 9, "unexpected answer")        \
    X(EUNREACHABLE, 10, "unreachable")       \
    X(EAUTH, 11, "authentication failed")    \
    X(EREMOTE, 12, "refused by the service") \
    X(EBUSY, 13, "in use")                   \
    X(ENOSPC, 14, "no space left")           \
    X(ERANGE, 15, "out of range")            \
    X(ESCRIPT, 16, "script error")           \
    X(EBUDGET, 17, "script over its budget") \
    X(EGUARD, 18, "stopped by a guard")      \
    X(EINTERNAL, 19, "internal error")

#define X(name, number, text) TENURE_##name = -(number),
enum tenure_status { TENURE_OK = 0, TENURE_STATUS_MAP(X) };
#undef X

#endif
