/*
 * Caps: what --cap of `exec` and of effects by `call` allows, as the guards of the run that they become.
 */
#ifndef TN_API_CAPS_H
#define TN_API_CAPS_H

#include "api/request.h"
#include "workflow/workflow.h"

struct tn_caps {
    struct tn_guard_row *rows; /* the caller frees them */
    size_t count;
};

/* The caps over the effect that is called, or (NULL) over all there are. TENURE_EINVAL names the one that is wrong. */
int tn_caps_read(const struct tn_request *request, const struct tn_operation *called, struct tn_caps *caps,
                 struct tn_err *err);

#endif
