/* Names given with `once`: see name.h. */
#include "ledger/name.h"

#include <stdio.h>

#include "base/id.h"
#include "ledger/database.h"
#include "ledger/effect.h"

/* An attempt that is believed not to have happened leaves its effect approved: it is up to that one to go on. */
static bool uses_up(enum tn_effect_state state, int64_t attempt)
{
    switch (state) {
    case TN_EFFECT_INTENDED:
    case TN_EFFECT_UNKNOWN:
    case TN_EFFECT_ACCEPTED:
    case TN_EFFECT_SUCCEEDED:
    case TN_EFFECT_PARTIAL:
        return true;
    default:
        return state == TN_EFFECT_APPROVED && attempt > 0;
    }
}

static bool row_uses_up(struct tn_rows *rows, const char *key)
{
    const char *other = tn_rows_text(rows, 0), *state = tn_rows_text(rows, 1);
    return other && !tn_id_equal(other, key) && uses_up(tn_effect_state_of(state ? state : ""), tn_rows_int(rows, 2));
}

/* All rows of the name are locked, not only those that use it up: of two intents at once the later one sees the earlier. */
int tn_name_free(struct tn_db *db, const char *named, const char *key, char message[512], struct tn_err *err)
{
    struct tn_rows rows;
    int rc, taken = 0;
    if (!named)
        return 1;
    rc = tn_db_select(db, &rows, err,
                      "SELECT key, state, attempt, run, operation FROM effect WHERE named = $1 OR key = $1"
                      " ORDER BY key" TN_DB_FOR_UPDATE,
                      TN_BIND(tn_text(named)));
    if (rc < 0)
        return rc;
    while (!taken && (rc = tn_rows_next(&rows, err)) > 0) {
        taken = row_uses_up(&rows, key);
        if (taken)
            snprintf(
                message, 512,
                "run %s asked for a %s under the same name already (%s): what is meant once more needs another name",
                tn_rows_text(&rows, 3), tn_rows_text(&rows, 4), tn_rows_text(&rows, 1));
    }
    tn_rows_end(&rows);
    return rc < 0 ? rc : !taken;
}
