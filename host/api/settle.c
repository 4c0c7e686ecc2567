/*
 * Request "settle": unknown outcomes, and a person's decision about one of them.
 *
 * Without a decision it lists what is unknown, with the evidence there is. With one it records who decided what, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/ledger_request.h"

struct settle {
    struct tn_ledger_request base;
    const char *effect, *decision, *reason; /* all or none; borrowed from the request */
    char key[80];
    size_t matches;
};

/* What a person may find out, and what it makes of the effect. */
static const struct decision {
    const char *word;
    enum tn_effect_state state;
} decisions[] = {{"succeeded", TN_EFFECT_SUCCEEDED},
                 {"partial", TN_EFFECT_PARTIAL},
                 {"failed", TN_EFFECT_FAILED},
                 {"not-done", TN_EFFECT_APPROVED}};

static const struct decision *find_decision(const char *word)
{
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        if (strcmp(decisions[i].word, word) == 0)
            return &decisions[i];
    }
    return NULL;
}

static int match_key(void *arg, const struct tn_effect_row *effect)
{
    struct settle *settle = arg;
    if (strncmp(effect->key, settle->effect, strlen(settle->effect)) != 0)
        return 0;
    snprintf(settle->key, sizeof settle->key, "%s", effect->key);
    settle->matches++;
    return 0;
}

static int decide(struct tn_db *db, struct settle *settle, struct tn_err *err)
{
    const struct tn_ledger_request *state = &settle->base;
    int rc = tn_effect_each(db, state->run, NULL, 0, match_key, settle, err);
    if (rc < 0)
        return rc;
    if (settle->matches != 1)
        return tn_err_set(err, TENURE_EINVAL, "--effect '%.80s' is %s of run %s", settle->effect,
                          settle->matches ? "the beginning of several effects" : "no effect", state->run);
    return tn_effect_settle(db, settle->key, find_decision(settle->decision)->state, state->actor, settle->reason, err);
}

static int write_unknown(void *arg, const struct tn_effect_row *effect)
{
    struct tn_json_writer *w = arg;
    const struct tn_amounts *amounts = &effect->planned;
    tn_jw_object(w);
    tn_jw_kv_string(w, "effect", effect->key);
    tn_jw_kv_string(w, "state", tn_effect_state_name(effect->state));
    tn_jw_kv_string(w, "operation", effect->operation);
    tn_jw_kv_string(w, "customer",
                    effect->customer_name && *effect->customer_name ? effect->customer_name : effect->customer);
    tn_jw_kv_string(w, "subject", effect->subject);
    tn_jw_kv_string(w, "what", effect->subject_name);
    tn_jw_kv_money(w, "back", amounts->has_back ? &amounts->back : NULL);
    tn_jw_kv_string(w, "message", effect->message);
    tn_jw_kv_string(w, "evidence", effect->evidence);
    tn_jw_kv_string(w, "correlation", effect->correlation);
    tn_jw_object_end(w);
    return 0;
}

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    static const char *const columns[] = {"effect",  "state", "operation", "customer", "what",
                                          "subject", "back",  "message",   "evidence", NULL};
    struct settle *settle = tn_container_of(state, struct settle, base);
    int rc = tn_ledger_request_find(db, state, err);
    if (rc == TENURE_OK && settle->decision)
        rc = decide(db, settle, err);
    if (rc < 0)
        return rc;
    tn_rendered_rows_begin(w, columns, false);
    rc = tn_effect_each(db, state->run, NULL, 1u << TN_EFFECT_UNKNOWN | 1u << TN_EFFECT_PARTIAL, write_unknown, w, err);
    tn_rendered_rows_end(w);
    if (settle->decision)
        snprintf(state->message, sizeof state->message, "settled as %s; `tenure apply %s` goes on with what is left",
                 settle->decision, state->run);
    return rc;
}

static int start(struct tn_request *request, struct tn_err *err)
{
    struct settle *state = request->state;
    const char *run;
    int rc = tn_request_required(request, "run", &run, err);
    if (rc < 0)
        return rc;
    state->effect = tn_request_text(request, "effect");
    state->decision = tn_request_text(request, "as");
    state->reason = tn_request_text(request, "reason");
    bool any = state->effect || state->decision || state->reason;
    if (any && (!state->effect || !state->decision || !state->reason))
        return tn_err_set(err, TENURE_EINVAL, "settle: a decision needs --effect, --as and --reason");
    if (state->decision && !find_decision(state->decision))
        return tn_err_set(err, TENURE_EINVAL,
                          "settle: --as '%.40s' is no decision: succeeded, partial, failed, or not-done (nothing "
                          "happened, try again)",
                          state->decision);
    state->base.reads = !state->decision;
    return tn_ledger_request_start(request, "rows", query, err);
}

const struct tn_request_kind tn_request_settle = {
    .name = "settle", .state_size = sizeof(struct settle), .start = start, .end = tn_ledger_request_end};
