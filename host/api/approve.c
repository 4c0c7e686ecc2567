/*
 * Request "approve": a person's yes to a plan, whole or in part.
 *
 * --from takes the file back that `report --effects --format csv` gave, with a word in its last column (decisions.h); --only
 * names customers, reservations or effects. What is approved is bound to the plan as it is now: its hash goes into the approval.
 */
#include <stdlib.h>
#include <string.h>

#include "api/decisions.h"
#include "api/ledger_request.h"
#include "azure/call.h"
#include "base/id.h"

struct choice {
    struct tn_decisions decisions;
    const char **only; /* chosen by id; each with its texts in one allocation */
    size_t only_count;
    const char **chosen; /* keys of the run, once matched; point into matched */
    struct tn_buf matched;
    size_t chosen_count;
    const char *reason;
};

struct approve {
    struct tn_ledger_request base;
    struct choice choice;
};

/* ---- matching, on the ledger thread ----------------------------------------------------------------------------- */

/* A word names an effect by its key or the first 8 characters of it, a customer, or a reservation. */
static bool is_named(const struct tn_effect_row *effect, const char *word)
{
    char order[37], reservation[37], asked_order[37], asked[37];
    size_t len = strlen(word);
    if ((len >= 8 && strncmp(effect->key, word, len) == 0) || tn_id_equal(effect->customer, word) ||
        (effect->customer_name && strcmp(effect->customer_name, word) == 0))
        return true;
    return effect->subject && tn_reservation_id_parse(effect->subject, order, reservation) &&
           tn_reservation_id_parse(word, asked_order, asked) && asked[0] && tn_id_equal(asked, reservation);
}

static int on_effect(void *arg, const struct tn_effect_row *effect)
{
    struct choice *choice = arg;
    bool wanted = tn_decisions_approve(&choice->decisions, effect->key);
    for (size_t i = 0; i < choice->only_count; i++)
        wanted = wanted || is_named(effect, choice->only[i]);
    if (!wanted || effect->state != TN_EFFECT_PLANNED)
        return 0;
    tn_buf_put(&choice->matched, effect->key, strlen(effect->key) + 1);
    choice->chosen_count++;
    return 0;
}

static int list_chosen(struct choice *choice, struct tn_err *err)
{
    const char *at = choice->matched.data;
    free(choice->chosen);
    choice->chosen = calloc(choice->chosen_count + 1, sizeof *choice->chosen);
    if (!choice->chosen || choice->matched.failed)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < choice->chosen_count; i++) {
        choice->chosen[i] = at;
        at += strlen(at) + 1;
    }
    return TENURE_OK;
}

/* Some of the plan: the keys that the file or the words choose. */
static int choose(struct tn_db *db, struct tn_ledger_request *state, struct choice *choice, struct tn_err *err)
{
    const char *file = choice->decisions.file;
    tn_buf_reset(&choice->matched); /* a transaction may be run again */
    choice->chosen_count = 0;
    int rc = tn_effect_each(db, state->run, NULL, 0, on_effect, choice, err);
    if (rc >= 0)
        rc = tn_decisions_check_known(&choice->decisions, state->run, err);
    if (rc >= 0)
        rc = tn_decisions_compare(&choice->decisions, db, state->run, err);
    if (rc < 0)
        return rc;
    if (!choice->chosen_count && file)
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s approves no effect of run %s that waits for approval: write approve in the column "
                          "decision of those that may be done",
                          file, state->run);
    if (!choice->chosen_count)
        return tn_err_set(err, TENURE_EINVAL, "--only names no effect of run %s that waits for approval", state->run);
    return list_chosen(choice, err);
}

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    struct approve *approve = tn_container_of(state, struct approve, base);
    struct choice *choice = &approve->choice;
    bool some = choice->decisions.file || choice->only_count;
    int64_t approved = 0;
    int rc = tn_ledger_request_find(db, state, err);
    if (rc == TENURE_OK && (!choice->reason || !*choice->reason)) /* to someone who mistyped the run, no help */
        rc = tn_err_set(err, TENURE_EINVAL, "approve: reason is missing: say with --reason why it may be done");
    if (rc == TENURE_OK && some)
        rc = choose(db, state, choice, err);
    struct tn_approval approval = {.run = state->run,
                                   .actor = state->actor,
                                   .reason = choice->reason,
                                   .keys = some ? choice->chosen : NULL,
                                   .key_count = choice->chosen_count};
    if (rc == TENURE_OK)
        rc = tn_plan_approve(db, &approval, &approved, err);
    if (rc < 0)
        return rc;
    static const char *const columns[] = {"run", "approved", "actor", "reason", NULL};
    tn_rendered_rows_begin(w, columns, true);
    tn_jw_object(w);
    tn_jw_kv_string(w, "run", state->run);
    tn_jw_kv_int(w, "approved", approved);
    tn_jw_kv_string(w, "actor", state->actor);
    tn_jw_kv_string(w, "reason", choice->reason);
    tn_jw_object_end(w);
    tn_rendered_rows_end(w);
    return TENURE_OK;
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static int start(struct tn_request *request, struct tn_err *err)
{
    struct approve *state = request->state;
    const char *file = tn_request_text(request, "from");
    const char *run;
    int rc = tn_request_required(request, "run", &run, err);
    state->choice.reason = tn_request_text(request, "reason");
    if (rc == TENURE_OK)
        rc = tn_request_list(request, "only", true, &state->choice.only, &state->choice.only_count, err);
    if (rc == TENURE_OK && file && state->choice.only_count)
        rc = tn_err_set(err, TENURE_EINVAL, "approve: give --from or --only, not both");
    if (rc == TENURE_OK && file)
        rc = tn_decisions_read(&state->choice.decisions, file, err);
    return rc < 0 ? rc : tn_ledger_request_start(request, "rows", query, err);
}

static void end(struct tn_request *request)
{
    struct approve *state = request->state;
    tn_decisions_deinit(&state->choice.decisions);
    tn_buf_deinit(&state->choice.matched);
    free(state->choice.only);
    free(state->choice.chosen);
    tn_ledger_request_end(request);
}

const struct tn_request_kind tn_request_approve = {
    .name = "approve", .state_size = sizeof(struct approve), .start = start, .end = end};
