/*
 * Errors: a code and one sentence, filled in by the lowest function that knows the facts.
 *
 * A struct tn_err is zeroed by its owner, stays untouched on success, and owns nothing. The message is for the person
 * who reads it: what happened, to whom, what to do. Passing it on may add a prefix; nobody rewords it.
 */
#ifndef TN_BASE_ERR_H
#define TN_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include "tenure/status.h"

struct tn_err {
    int code;        /* enum tenure_status; 0: no error */
    int http_status; /* 0 where no HTTP answer was seen */
    bool retryable;  /* the same call may succeed later */
    char name[64];   /* a fixed word scripts and plans count by, e.g. "AuthorizationFailed"; "" : the code's own name */
    char request_id[64]; /* the service's id of the request, for support cases; "" where there was none */
    char msg[1024];      /* one sentence, never empty once code is set */
};

/* All of these return code, so that failing is one line: return tn_err_set(err, TENURE_EIO, "open '%s': %s", …).
 * err may be NULL where the caller does not care for the text. */
int tn_err_set(struct tn_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int tn_err_setv(struct tn_err *err, int code, const char *fmt, va_list args) __attribute__((format(printf, 3, 0)));
int tn_err_no_memory(struct tn_err *err);

/* Put "prefix: " before the message. Returns err->code; err may be NULL, and then TENURE_EINTERNAL is returned, since the
 * code that was there is not known: whoever needs it gives an err. */
int tn_err_prefix(struct tn_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What is wrong with what a service answered is no wrong argument of anybody's: of rc and err TENURE_EINVAL becomes
 * TENURE_EPROTO. err may be NULL. Returns rc, or that. */
int tn_err_of_answer(struct tn_err *err, int rc);

/* The fixed word for this error: err->name, or the code's own ("ETIMEDOUT"). Never NULL. */
const char *tn_err_name(const struct tn_err *err);

const char *tn_status_name(int code); /* "EINVAL"; "UNKNOWN" for a number that is none of ours */
const char *tn_status_text(int code); /* "invalid argument" */

#endif
