/* The lines of an effect: see effect_lines.h. */
#include "api/effect_lines.h"

#include "azure/operation.h"
#include "azure/record_write.h"

int tn_effect_lines_write(const char *operation, struct tn_json outcome, lua_State *documents, struct tn_buf *text,
                          struct tn_err *err)
{
    const struct tn_operation *op = operation ? tn_effect_by_name(operation) : NULL;
    struct tn_buf kept = {0};
    struct tn_json_writer w;
    struct tn_json_doc *doc = NULL;
    if (!op || !op->write_lines || !outcome.doc)
        return 0;
    tn_jw_init(&w, &kept);
    op->write_lines(outcome, &w);
    int rc = kept.failed ? tn_err_no_memory(err) : tn_json_parse(documents, kept.data, kept.len, 0, &doc, err);
    bool any = rc == TENURE_OK && tn_json_length(tn_json_root(doc)) > 0;
    tn_jw_init(&w, text);
    if (any)
        rc = tn_record_write_kept(tn_json_root(doc), &w, err);
    if (rc == TENURE_OK && text->failed)
        rc = tn_err_no_memory(err);
    tn_json_close(doc);
    tn_buf_deinit(&kept);
    return rc < 0 ? rc : any;
}
