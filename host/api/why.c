/* Request "why": everything the ledger knows about one customer, reservation or effect of a run. */
#include <string.h>

#include "api/effect_lines.h"
#include "api/ledger_request.h"
#include "auth/auth.h"

struct why {
    struct tn_ledger_request base;
    const char *id; /* borrowed from the request */
};

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    const struct why *why = tn_container_of(state, struct why, base);
    int rc = tn_ledger_request_find(db, state, err);
    return rc < 0 ? rc : tn_why_write(db, state->run, why->id, w, err);
}

/* ---- line by line ------------------------------------------------------------------------------------------------ */

/* The lines of what an effect was answered with, by the effect's key. */
static int write_lines(struct tn_json entry, lua_State *L, struct tn_json_writer *w, struct tn_err *err)
{
    const char *key = tn_json_string(entry, "effect.key", NULL);
    struct tn_buf lines = {0};
    int rc = tn_effect_lines_write(tn_json_string(entry, "effect.operation", NULL), tn_json_find(entry, "outcome"), L,
                                   &lines, err);
    if (rc > 0 && key) {
        tn_jw_key(w, key);
        tn_jw_raw(w, lines.data, lines.len);
    }
    tn_buf_deinit(&lines);
    return rc < 0 ? rc : TENURE_OK;
}

/* For people only, with where the portal of the run's cloud is: programs have the service's own answer. */
static int add_lines(struct tn_ledger_request *state, struct tn_err *err)
{
    lua_State *L = state->request->host->documents;
    const char *format = tn_request_text(state->request, "output");
    struct tn_json_doc *doc = NULL;
    struct tn_buf text = {0};
    struct tn_json_writer w;
    if (format && strcmp(format, "table") != 0)
        return TENURE_OK;
    int rc = tn_json_parse(L, state->json.data, state->json.len, 0, &doc, err);
    if (rc == TENURE_ERANGE) { /* more than can be read here: a page of the rest is better than none */
        *err = (struct tn_err){0};
        return TENURE_OK;
    }
    if (rc < 0)
        return rc;
    const char *portal = tn_cloud_portal(tn_json_string(tn_json_root(doc), "request.cloud", NULL));
    tn_jw_init(&w, &text);
    tn_jw_object(&w);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(tn_json_root(doc), "effects")); tn_json_next(&it);) {
        if (rc == TENURE_OK)
            rc = write_lines(it.value, L, &w, err);
    }
    tn_jw_object_end(&w);
    tn_json_close(doc);
    state->json.len--; /* its closing brace */
    tn_buf_printf(&state->json, ",\"portal\":\"%s\",\"lines\":", portal);
    tn_buf_put(&state->json, text.data, text.len);
    tn_buf_puts(&state->json, "}");
    tn_buf_deinit(&text);
    return rc == TENURE_OK && state->json.failed ? tn_err_no_memory(err) : rc;
}

/* ---- the request --------------------------------------------------------------------------------------------------- */

static int start(struct tn_request *request, struct tn_err *err)
{
    struct why *state = request->state;
    const char *run;
    int rc = tn_request_required(request, "run", &run, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "id", &state->id, err);
    state->base.reads = true;
    state->base.complete = add_lines;
    return rc < 0 ? rc : tn_ledger_request_start(request, "why", query, err);
}

const struct tn_request_kind tn_request_why = {
    .name = "why", .state_size = sizeof(struct why), .start = start, .end = tn_ledger_request_end};
