/* Errands: see errand.h. */
#include "azure/errand.h"

#include <stdlib.h>

int tn_errand_start(struct tn_caller *caller, const struct tn_errand *errand, struct tn_call **out, struct tn_err *err)
{
    struct tn_call *call = calloc(1, sizeof *call);
    if (!call)
        return tn_err_no_memory(err);
    *call = (struct tn_call){.op = errand->op,
                             .tenant = errand->tenant,
                             .url = errand->url,
                             .L = errand->L,
                             .done = errand->done,
                             .owner = errand->owner};
    int rc = errand->id ? tn_values_set_text(call->op, &call->values, 0, errand->id, err) : TENURE_OK;
    if (rc == TENURE_OK && errand->value)
        rc = tn_values_set_text(call->op, &call->values, (size_t)tn_argument_index(call->op, errand->option),
                                errand->value, err);
    if (rc < 0) {
        tn_values_deinit(&call->values);
        free(call);
        return rc;
    }
    *out = call;
    caller->start(caller, call); /* may be done, and ended, at once */
    return TENURE_OK;
}

void tn_errand_end(struct tn_caller *caller, struct tn_call **call)
{
    struct tn_call *ended = *call;
    if (!ended)
        return;
    *call = NULL;
    caller->cancel(caller, ended);
    tn_call_release(ended);
    tn_values_deinit(&ended->values);
    free(ended);
}
