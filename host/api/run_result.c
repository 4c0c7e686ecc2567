/* What the script of a run without a workflow gave back, as people and programs are told: see run_request.h. */
#include "api/run_request.h"
#include "auth/auth.h"
#include "azure/record_write.h"

/* Links lead where the run's cloud has its portal, whoever looks at it, connected to that cloud or to none. */
static const char *find_portal(const struct tn_run_request *state)
{
    struct tn_json_doc *doc = NULL;
    if (tn_json_parse(state->request->host->documents, tn_buf_text(&state->given_of), state->given_of.len, 0, &doc,
                      NULL) < 0)
        return tn_cloud_portal(NULL);
    const char *portal = tn_cloud_portal(tn_json_string(tn_json_root(doc), "cloud", NULL));
    tn_json_close(doc);
    return portal;
}

void tn_run_request_add_result(struct tn_run_request *state)
{
    lua_State *documents = state->request->host->documents;
    struct tn_json_doc *doc = NULL;
    struct tn_buf told = {0};
    struct tn_json_writer w;
    if (!state->given_back.len ||
        tn_json_parse(documents, tn_buf_text(&state->given_back), state->given_back.len, 0, &doc, NULL) < 0)
        return;
    tn_json_set_base(documents, find_portal(state));
    tn_jw_init(&w, &told);
    if (tn_record_write_kept(tn_json_root(doc), &w, NULL) == TENURE_OK && !told.failed) {
        state->summary.len--; /* its closing brace */
        tn_buf_puts(&state->summary, ",\"result\":");
        tn_buf_put(&state->summary, told.data, told.len);
        tn_buf_puts(&state->summary, "}");
    }
    tn_buf_deinit(&told);
    tn_json_close(doc);
}
