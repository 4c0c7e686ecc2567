/*
 * Request "approve": a person's yes to a plan, whole or in part.
 *
 * --from takes the file back that `report --effects --format csv` gave, with a word in its last column; --only names customers,
 * reservations or effects. What is approved is bound to the plan as it is now: its hash goes into the approval.
 */
#include <stdlib.h>
#include <string.h>

#include "api/ledger_request.h"
#include "azure/call.h"
#include "base/id.h"
#include "base/text.h"
#include "workflow/workflow.h"

/* A line of the file. */
struct decision {
    size_t key; /* where it begins in keys */
    int line;
    bool yes;
};

struct choice {
    const char *file;
    struct tn_buf keys;      /* in the file: each with its NUL */
    struct tn_buf decisions; /* the same as struct decision, each key once */
    const char **only;       /* chosen by id; each with its texts in one allocation */
    size_t only_count;
    bool by_file;
    const char **chosen; /* keys of the run, once matched; point into matched */
    struct tn_buf matched;
    size_t chosen_count, known;
    const char *reason;
};

struct approve {
    struct tn_ledger_request base;
    struct choice choice;
};

/* ---- the file --------------------------------------------------------------------------------------------------- */

static int column_of(const struct tn_csv_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcasecmp(row->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static const struct decision *find_decision(const struct choice *choice, const char *key)
{
    const struct decision *decisions = (const void *)choice->decisions.data;
    for (size_t i = 0; i < choice->decisions.len / sizeof *decisions; i++) {
        if (strcmp(choice->keys.data + decisions[i].key, key) == 0)
            return &decisions[i];
    }
    return NULL;
}

static int decide(struct choice *choice, const char *key, bool yes, int line, struct tn_err *err)
{
    const struct decision *before = find_decision(choice, key);
    if (before && before->yes != yes)
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s:%d: the effect %.12s is %s here, and line %d says otherwise: leave one of them",
                          choice->file, line, key, yes ? "approved" : "not approved", before->line);
    if (before)
        return TENURE_OK;
    const struct decision decision = {.key = choice->keys.len, .line = line, .yes = yes};
    tn_buf_put(&choice->keys, key, strlen(key) + 1);
    tn_buf_put(&choice->decisions, (const char *)&decision, sizeof decision);
    return choice->keys.failed || choice->decisions.failed ? tn_err_no_memory(err) : TENURE_OK;
}

/* Whoever rejects leaves the effect as it is: nobody said yes to it. */
static int on_csv_row(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    static const char *const yes[] = {"approve", "approved", "yes", "y", "x", NULL};
    static const char *const no[] = {"", "reject", "rejected", "no", "n", NULL};
    struct choice *choice = arg;
    int key = column_of(row, "key"), decision = column_of(row, "decision");
    if (key < 0 || decision < 0)
        return tn_err_set(
            err, TENURE_EINVAL,
            "%.200s:1: the file has no column \"%s\": make it with `tenure report RUN --effects --format csv`",
            choice->file, key < 0 ? "key" : "decision");
    const char *word = row->cells[decision];
    bool approves = tn_text_among_any_case(word, yes);
    if (!approves && !tn_text_among_any_case(word, no))
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s:%d:%d: '%.40s' is no decision: write approve (or yes, y, x); reject (or no, n) and "
                          "nothing leave the effect not approved",
                          choice->file, row->line, row->columns[decision], word);
    return decide(choice, row->cells[key], approves, row->line, err);
}

/* ---- matching, on the ledger thread ----------------------------------------------------------------------------- */

static bool in_file(const struct choice *choice, const char *key)
{
    const struct decision *decision = find_decision(choice, key);
    return decision && decision->yes;
}

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
    bool wanted = choice->by_file && in_file(choice, effect->key);
    choice->known += wanted;
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
    choice->chosen = calloc(choice->chosen_count + 1, sizeof *choice->chosen);
    if (!choice->chosen || choice->matched.failed)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < choice->chosen_count; i++) {
        choice->chosen[i] = at;
        at += strlen(at) + 1;
    }
    return TENURE_OK;
}

static size_t count_approved(const struct choice *choice)
{
    const struct decision *decisions = (const void *)choice->decisions.data;
    size_t count = 0;
    for (size_t i = 0; i < choice->decisions.len / sizeof *decisions; i++)
        count += decisions[i].yes;
    return count;
}

/* Some of the plan: the keys that the file or the words choose. */
static int choose(struct tn_db *db, struct tn_ledger_request *state, struct choice *choice, struct tn_err *err)
{
    int rc = tn_effect_each(db, state->run, NULL, 0, on_effect, choice, err);
    if (rc < 0)
        return rc;
    if (choice->by_file && choice->known < count_approved(choice))
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s approves effects that run %s does not have: it was made for another plan",
                          choice->file, state->run);
    if (!choice->chosen_count && choice->by_file)
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s approves no effect of run %s that waits for approval: write approve in the column "
                          "decision of those that may be done",
                          choice->file, state->run);
    if (!choice->chosen_count)
        return tn_err_set(err, TENURE_EINVAL, "--only names no effect of run %s that waits for approval", state->run);
    return list_chosen(choice, err);
}

static int query(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err)
{
    struct approve *approve = tn_container_of(state, struct approve, base);
    struct choice *choice = &approve->choice;
    bool some = choice->by_file || choice->only_count;
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
    state->choice.by_file = file;
    state->choice.file = file;
    if (rc == TENURE_OK && file && state->choice.only_count)
        rc = tn_err_set(err, TENURE_EINVAL, "approve: give --from or --only, not both");
    if (rc == TENURE_OK && file)
        rc = tn_csv_read(file, on_csv_row, &state->choice, err);
    return rc < 0 ? rc : tn_ledger_request_start(request, "rows", query, err);
}

static void end(struct tn_request *request)
{
    struct approve *state = request->state;
    tn_buf_deinit(&state->choice.keys);
    tn_buf_deinit(&state->choice.decisions);
    tn_buf_deinit(&state->choice.matched);
    free(state->choice.only);
    free(state->choice.chosen);
    tn_ledger_request_end(request);
}

const struct tn_request_kind tn_request_approve = {
    .name = "approve", .state_size = sizeof(struct approve), .start = start, .end = end};
