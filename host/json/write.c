/* Writing what a cursor stands on as JSON again. See json.h. */
#include "json/internal.h"

int tn_json_write(struct tn_json at, struct tn_json_writer *w, struct tn_err *err)
{
    if (!at.doc) {
        tn_jw_null(w);
        return TENURE_OK;
    }
    return tn_json_encode(at.doc->co, at.slot, 0, NULL, w, err);
}
