/*
 * Contents: what a run was told in files, kept by its digest, once however many runs were told it.
 */
#include "base/id.h"
#include "ledger/database.h"
#include "ledger/store.h"

int tn_content_keep(struct tn_db *db, const char *run, const char *name, const char *text, size_t len,
                    struct tn_err *err)
{
    char digest[TN_DIGEST_TEXT];
    tn_digest(digest, text, len);
    int rc = tn_db_run(db, err, "INSERT INTO content (digest, text) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
                       TN_BIND(tn_text(digest), tn_text(text)));
    if (rc >= 0)
        rc = tn_db_run(db, err, "INSERT INTO run_content (run, name, digest) VALUES ($1, $2, $3)",
                       TN_BIND(tn_text(run), tn_text(name), tn_text(digest)));
    return rc < 0 ? rc : TENURE_OK;
}

int tn_content_each(struct tn_db *db, const char *run, int (*on_row)(void *arg, const char *name, const char *text),
                    void *arg, struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT name, text FROM run_content JOIN content ON content.digest = run_content.digest"
                          " WHERE run = $1 ORDER BY name",
                          TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        rc = on_row(arg, tn_rows_text(&rows, 0), tn_rows_text(&rows, 1));
        if (rc != 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}
