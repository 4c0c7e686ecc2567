/*
 * Verifying runs, approvals and effects: each row must say what the events say that made it.
 *
 * An event of an older tenure may lack a fact; then nothing is known and the row's own word is taken. Rows and events are
 * redacted apart (base/redact.h), so that of a text with a secret in it only what stands before that is compared.
 */
#include "ledger/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/redact.h"
#include "ledger/database.h"
#include "ledger/effect.h"

/* ---- facts ------------------------------------------------------------------------------------------------------ */

/* The event that a group of columns shows: seq, number and body, from column first on. */
static struct tn_event_row event_at(struct tn_rows *rows, int first, const char *run, const char *effect)
{
    return (struct tn_event_row){.seq = tn_rows_int(rows, first),
                                 .number = tn_rows_int(rows, first + 1),
                                 .body = tn_rows_text(rows, first + 2),
                                 .run = run,
                                 .effect = effect};
}
#define EVENT_COLUMNS(name) name ".seq, " name ".number, " name ".body"

/* Bodies are our own canonical JSON: a quote inside a text is escaped, so this finds a member and nothing else. What
 * follows its colon, or NULL. */
static const char *find_member(const char *body, const char *name)
{
    char member[64];
    snprintf(member, sizeof member, "\"%s\":", name);
    const char *at = strstr(body, member);
    return at ? at + strlen(member) : NULL;
}

static size_t value_length(const char *value)
{
    size_t at = 1;
    if (*value != '"')
        return strcspn(value, ",}");
    while (value[at] && value[at] != '"')
        at += value[at] == '\\' && value[at + 1] ? 2 : 1;
    return at + (value[at] == '"');
}

static bool is_mark(const char *text, size_t len, size_t at)
{
    size_t mark = strlen(TN_REDACTED);
    return at + mark <= len && memcmp(text + at, TN_REDACTED, mark) == 0;
}

/* Both as JSON. */
static bool same_value(const char *said, size_t said_len, const char *is, size_t is_len)
{
    size_t same = 0;
    while (same < said_len && same < is_len && said[same] == is[same])
        same++;
    if (same == said_len && same == is_len)
        return true;
    bool marked = false;
    for (size_t at = 0; at <= same && tn_redact_needed(said, said_len) && !marked; at++)
        marked = is_mark(said, said_len, at) || is_mark(is, is_len, at);
    return marked;
}

static void tell_difference(struct tn_verify *verify, const char *what, const struct tn_event_row *event,
                            const char *name, const char *is, const char *said)
{
    char other[160];
    snprintf(other, sizeof other, "%.*s", said ? (int)value_length(said) : 4, said ? said : "none");
    tn_verify_problem(verify, what, event, "its %s is %.150s, but the event that made it says %s", name, is, other);
}

/* The row's word against the event's member of that name. What the event lacks, the row lacks. */
static int check_text(struct tn_verify *verify, const char *what, const struct tn_event_row *event, const char *name,
                      const char *fact, const char *is)
{
    const char *said = event->body ? find_member(event->body, fact) : NULL;
    if (!said && (!is || !*is))
        return TENURE_OK;
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    tn_jw_string(&w, is);
    if (!text.failed && (!said || !same_value(said, value_length(said), text.data, text.len)))
        tell_difference(verify, what, event, name, is ? text.data : "none", said);
    int rc = text.failed ? tn_err_no_memory(verify->err) : TENURE_OK;
    tn_buf_deinit(&text);
    return rc;
}

/* Bodies have no member for the number 0. */
static void check_number(struct tn_verify *verify, const char *what, const struct tn_event_row *event, const char *name,
                         const char *fact, int64_t is)
{
    char text[32];
    const char *said = event->body ? find_member(event->body, fact) : NULL;
    snprintf(text, sizeof text, "%" PRId64, is);
    if (said ? !same_value(said, value_length(said), text, strlen(text)) : is != 0)
        tell_difference(verify, what, event, name, text, said);
}

/* A column of a walk that holds a text, and the fact of an event that must say the same. */
struct pair {
    int column;
    const char *name, *fact;
};

static int check_pairs(struct tn_verify *verify, const char *what, struct tn_rows *rows,
                       const struct tn_event_row *event, const struct pair *pairs)
{
    int rc = TENURE_OK;
    for (; rc == TENURE_OK && pairs->name; pairs++)
        rc = check_text(verify, what, event, pairs->name, pairs->fact, tn_rows_text(rows, pairs->column));
    return rc;
}

typedef int check_fn(struct tn_verify *verify, struct tn_rows *rows);

static int walk(struct tn_verify *verify, const char *sql, check_fn *check)
{
    struct tn_rows rows;
    int rc = tn_db_select(verify->db, &rows, verify->err, sql, NULL, 0);
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, verify->err)) > 0) {
        rc = check(verify, &rows);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* ---- runs ------------------------------------------------------------------------------------------------------- */

enum {
    RUN_ID,
    RUN_WORKFLOW,
    RUN_DIGEST,
    RUN_ACTOR,
    RUN_STATE,
    RUN_REASON,
    RUN_HASH,
    RUN_EXPIRES,
    RUN_BEGUN,
    RUN_LATEST = RUN_BEGUN + 3,
    RUN_PLANNED = RUN_LATEST + 3
};

static const char select_runs[] =
    "SELECT run.id, run.workflow, run.digest, run.actor, run.state, run.reason, run.plan_hash, "
    "run.expires, " EVENT_COLUMNS("begun") ", " EVENT_COLUMNS("latest") ", " EVENT_COLUMNS(
        "planned") " FROM run LEFT JOIN (SELECT run AS id, min(CASE WHEN kind = 'run' THEN seq END) AS begun,"
                   " max(CASE WHEN kind = 'run' THEN seq END) AS latest, max(CASE WHEN kind = 'plan' THEN seq END) AS "
                   "planned"
                   " FROM event WHERE kind IN ('run', 'plan') GROUP BY run) AS said ON said.id = run.id"
                   " LEFT JOIN event AS begun ON begun.seq = said.begun LEFT JOIN event AS latest ON latest.seq = "
                   "said.latest"
                   " LEFT JOIN event AS planned ON planned.seq = said.planned ORDER BY run.id";

static int check_run(struct tn_verify *verify, struct tn_rows *rows)
{
    static const struct pair at_first[] = {
        {RUN_WORKFLOW, "workflow", "workflow"}, {RUN_DIGEST, "digest", "digest"}, {RUN_ACTOR, "actor", "actor"}, {0}};
    static const struct pair at_last[] = {{RUN_STATE, "state", "state"}, {RUN_REASON, "reason", "reason"}, {0}};
    static const struct pair of_plan[] = {{RUN_HASH, "plan's hash", "hash"}, {0}};
    char expires[TN_TIME_TEXT];
    const char *id = tn_rows_text(rows, RUN_ID);
    const struct tn_event_row begun = event_at(rows, RUN_BEGUN, id, NULL),
                              latest = event_at(rows, RUN_LATEST, id, NULL),
                              planned = event_at(rows, RUN_PLANNED, id, NULL);
    if (!begun.body) {
        tn_verify_problem(verify, "run", &begun, "it has no event: it was put there past the ledger");
        return TENURE_OK;
    }
    int64_t expires_ms = tn_rows_int(rows, RUN_EXPIRES);
    int rc = check_pairs(verify, "run", rows, &begun, at_first);
    if (rc == TENURE_OK)
        rc = check_pairs(verify, "run", rows, &latest, at_last);
    if (rc == TENURE_OK)
        rc = check_pairs(verify, "run", rows, &planned, of_plan);
    if (rc == TENURE_OK)
        rc = check_text(verify, "run", &planned, "plan's end", "expires",
                        expires_ms > 0 ? tn_time_format(expires_ms / 1000, expires) : NULL);
    return rc;
}

static int tell_lost_run(struct tn_verify *verify, struct tn_rows *rows)
{
    const struct tn_event_row event = {.run = tn_rows_text(rows, 0), .seq = tn_rows_int(rows, 1)};
    tn_verify_problem(verify, "run", &event, "its events are there, but the run is gone");
    return TENURE_OK;
}

static const char select_lost_runs[] =
    "SELECT run, min(seq) FROM event WHERE kind = 'run' AND run IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM run WHERE run.id = event.run) GROUP BY run ORDER BY run";

/* ---- approvals -------------------------------------------------------------------------------------------------- */

enum { APPROVAL_ID, APPROVAL_RUN, APPROVAL_ACTOR, APPROVAL_REASON, APPROVAL_HASH, APPROVAL_EFFECTS, APPROVAL_SAID };

/* They were written together, so they have their time in common; should two be of one moment, also their order. */
#define APPROVALS                                                                                                      \
    "(SELECT id, run, actor, reason, plan_hash, effects, at, row_number() OVER (PARTITION BY run, at ORDER BY id) AS " \
    "place FROM approval) AS approval"
#define APPROVAL_EVENTS                                                                                  \
    "(SELECT seq, number, body, run, at, row_number() OVER (PARTITION BY run, at ORDER BY seq) AS place" \
    " FROM event WHERE kind = 'approval') AS said"
#define TOGETHER " ON said.run = approval.run AND said.at = approval.at AND said.place = approval.place "

static const char select_approvals[] =
    "SELECT approval.id, approval.run, actor, reason, plan_hash, effects, " EVENT_COLUMNS(
        "said") " FROM " APPROVALS " LEFT JOIN " APPROVAL_EVENTS TOGETHER "ORDER BY approval.id";

static const char select_lost_approvals[] =
    "SELECT said.run, said.seq, said.number, said.body FROM " APPROVAL_EVENTS " LEFT JOIN " APPROVALS TOGETHER
    "WHERE approval.id IS NULL ORDER BY said.seq";

static int check_approval(struct tn_verify *verify, struct tn_rows *rows)
{
    static const struct pair pairs[] = {{APPROVAL_ACTOR, "actor", "actor"},
                                        {APPROVAL_REASON, "reason", "reason"},
                                        {APPROVAL_HASH, "plan's hash", "hash"},
                                        {0}};
    const struct tn_event_row event = event_at(rows, APPROVAL_SAID, tn_rows_text(rows, APPROVAL_RUN), NULL);
    if (!event.body) {
        tn_verify_problem(verify, "approval", &event,
                          "approval %" PRId64 " has no event of its time: it was put there past the ledger",
                          tn_rows_int(rows, APPROVAL_ID));
        return TENURE_OK;
    }
    check_number(verify, "approval", &event, "number of effects", "effects", tn_rows_int(rows, APPROVAL_EFFECTS));
    return check_pairs(verify, "approval", rows, &event, pairs);
}

static int tell_lost_approval(struct tn_verify *verify, struct tn_rows *rows)
{
    const struct tn_event_row event = event_at(rows, 1, tn_rows_text(rows, 0), NULL);
    tn_verify_problem(verify, "approval", &event, "the approval that this event made is gone: %.300s", event.body);
    return TENURE_OK;
}

/* ---- effects ---------------------------------------------------------------------------------------------------- */

enum {
    EFFECT_KEY,
    EFFECT_RUN,
    EFFECT_STATE,
    EFFECT_ATTEMPT,
    EFFECT_QUANTITY,
    EFFECT_CUSTOMER,
    EFFECT_CUSTOMER_NAME,
    EFFECT_OPERATION,
    EFFECT_SUBJECT,
    EFFECT_SUBJECT_NAME,
    EFFECT_CALLED,
    EFFECT_PLANNED_BACK,
    EFFECT_PLANNED_PAY,
    EFFECT_PLANNED_WORTH,
    EFFECT_ACTUAL_BACK,
    EFFECT_ACTUAL_PAY,
    EFFECT_ACTUAL_WORTH,
    EFFECT_CODE,
    EFFECT_MESSAGE,
    EFFECT_CORRELATION,
    EFFECT_REQUEST_ID,
    EFFECT_EVIDENCE,
    EFFECT_PLANNED,
    EFFECT_LATEST = EFFECT_PLANNED + 3,
    EFFECT_REASONED = EFFECT_LATEST + 3,
    EFFECT_SENT = EFFECT_REASONED + 3,
    EFFECT_ANSWERED = EFFECT_SENT + 3,
    EFFECT_SEEN = EFFECT_ANSWERED + 3
};

/* Approving keeps the code and message of the plan, which its event does not repeat; likewise for what came with an
 * earlier event of the same attempt. */
#define NEWEST(which) "max(CASE WHEN kind = 'effect' AND " which " THEN seq END)"

static const char select_effects[] =
    "SELECT effect.key, effect.run, state, attempt, quantity, customer, customer_name, operation, subject, "
    "subject_name,"
    " called, planned_back, planned_pay, planned_worth, actual_back, actual_pay, actual_worth, code, message,"
    " correlation, request_id, evidence, " EVENT_COLUMNS("planning") ", " EVENT_COLUMNS("latest") ", " EVENT_COLUMNS(
        "r"
        "e"
        "a"
        "s"
        "o"
        "n"
        "e"
        "d") ", " EVENT_COLUMNS("sent") ", " EVENT_COLUMNS("answered") ", " EVENT_COLUMNS("seen") " FROM effect LEFT "
                                                                                                  "JOIN (SELECT effect "
                                                                                                  "AS "
                                                                                                  "key, min(CASE WHEN "
                                                                                                  "kind = 'effect' "
                                                                                                  "THEN seq "
                                                                                                  "END) AS planning,"
                                                                                                  " " NEWEST(
                                                                                                      "1 = 1") " AS "
                                                                                                               "latest,"
                                                                                                               " " NEWEST(
                                                                                                                   "NOT"
                                                                                                                   " ("
                                                                                                                   "bod"
                                                                                                                   "y "
                                                                                                                   "LIK"
                                                                                                                   "E "
                                                                                                                   "'%"
                                                                                                                   "\"f"
                                                                                                                   "rom"
                                                                                                                   "\":"
                                                                                                                   "\"p"
                                                                                                                   "lan"
                                                                                                                   "ned"
                                                                                                                   "\"%"
                                                                                                                   "' "
                                                                                                                   "AND"
                                                                                                                   " bo"
                                                                                                                   "dy "
                                                                                                                   "LIK"
                                                                                                                   "E "
                                                                                                                   "'%"
                                                                                                                   "\"s"
                                                                                                                   "tat"
                                                                                                                   "e\""
                                                                                                                   ":\""
                                                                                                                   "app"
                                                                                                                   "rov"
                                                                                                                   "ed"
                                                                                                                   "\"%"
                                                                                                                   "'"
                                                                                                                   ")") " AS reasoned,"
                                                                                                                        " " NEWEST(
                                                                                                                            "body LIKE "
                                                                                                                            "'%\"correlation\":"
                                                                                                                            "\"%'") " AS sent,"
                                                                                                                                    " " NEWEST(
                                                                                                                                        "body "
                                                                                                                                        "LIKE "
                                                                                                                                        "'%"
                                                                                                                                        "\"requ"
                                                                                                                                        "est_"
                                                                                                                                        "id\":"
                                                                                                                                        "\"%'") " AS answered,"
                                                                                                                                                " max(CASE WHEN body LIKE '%\"evidence\":\"%' OR body LIKE '%\"by\":\"person\"%' THEN seq END) AS seen"
                                                                                                                                                " FROM event WHERE kind IN ('effect', 'probe') GROUP BY effect) AS said ON said.key = effect.key"
                                                                                                                                                " LEFT JOIN event AS planning ON planning.seq = said.planning LEFT JOIN event AS latest ON latest.seq = said.latest"
                                                                                                                                                " LEFT JOIN event AS reasoned ON reasoned.seq = said.reasoned LEFT JOIN event AS sent ON sent.seq = said.sent"
                                                                                                                                                " LEFT JOIN event AS answered ON answered.seq = said.answered LEFT JOIN event AS seen ON seen.seq = said.seen"
                                                                                                                                                " ORDER BY effect.key";

static bool says_attempt(const struct tn_event_row *event, int64_t attempt)
{
    char text[32];
    const char *said = event->body ? find_member(event->body, "attempt") : NULL;
    snprintf(text, sizeof text, "%" PRId64, attempt);
    return said ? same_value(said, value_length(said), text, strlen(text)) : attempt == 0;
}

static bool says_state(const struct tn_event_row *event, const char *state)
{
    const char *said = event->body ? find_member(event->body, "state") : NULL;
    size_t len = strlen(state);
    return said && value_length(said) == len + 2 && memcmp(said + 1, state, len) == 0;
}

/* As it was planned. An older tenure's event has the amounts only. */
static int check_planned(struct tn_verify *verify, struct tn_rows *rows, const struct tn_event_row *event)
{
    static const struct pair always[] = {{EFFECT_PLANNED_BACK, "planned back", "back"},
                                         {EFFECT_PLANNED_PAY, "planned pay", "pay"},
                                         {EFFECT_PLANNED_WORTH, "planned worth", "worth"},
                                         {0}};
    static const struct pair by_now[] = {{EFFECT_CUSTOMER, "customer", "customer"},
                                         {EFFECT_CUSTOMER_NAME, "customer_name", "customer_name"},
                                         {EFFECT_OPERATION, "operation", "operation"},
                                         {EFFECT_SUBJECT, "subject", "subject"},
                                         {EFFECT_SUBJECT_NAME, "subject_name", "subject_name"},
                                         {EFFECT_CALLED, "called", "called"},
                                         {0}};
    int rc = check_pairs(verify, "effect", rows, event, always);
    if (rc < 0 || !find_member(event->body, "operation"))
        return rc;
    check_number(verify, "effect", event, "quantity", "quantity", tn_rows_int(rows, EFFECT_QUANTITY));
    return check_pairs(verify, "effect", rows, event, by_now);
}

/* What belongs to the present attempt: an event of an earlier one is no word for it. */
static int check_of_attempt(struct tn_verify *verify, struct tn_rows *rows, int first, const struct pair *pairs)
{
    struct tn_event_row event = event_at(rows, first, tn_rows_text(rows, EFFECT_RUN), tn_rows_text(rows, EFFECT_KEY));
    if (!says_attempt(&event, tn_rows_int(rows, EFFECT_ATTEMPT)))
        event.body = NULL;
    return check_pairs(verify, "effect", rows, &event, pairs);
}

static int check_attempt(struct tn_verify *verify, struct tn_rows *rows)
{
    static const struct pair reasoned[] = {{EFFECT_CODE, "code", "code"}, {EFFECT_MESSAGE, "message", "message"}, {0}};
    static const struct pair sent[] = {{EFFECT_CORRELATION, "correlation", "correlation"}, {0}};
    static const struct pair answered[] = {{EFFECT_REQUEST_ID, "request_id", "request_id"}, {0}};
    static const struct pair seen[] = {{EFFECT_EVIDENCE, "evidence", "evidence"}, {0}};
    static const struct pair decided[] = {{EFFECT_EVIDENCE, "evidence", "message"}, {0}};
    const char *body = tn_rows_text(rows, EFFECT_SEEN + 2);
    bool probed = !body || find_member(body, "evidence");
    int rc = check_of_attempt(verify, rows, EFFECT_REASONED, reasoned);
    if (rc == TENURE_OK)
        rc = check_of_attempt(verify, rows, EFFECT_SENT, sent);
    if (rc == TENURE_OK)
        rc = check_of_attempt(verify, rows, EFFECT_ANSWERED, answered);
    return rc < 0 ? rc : check_of_attempt(verify, rows, EFFECT_SEEN, probed ? seen : decided);
}

static int check_effect(struct tn_verify *verify, struct tn_rows *rows)
{
    static const struct pair spent[] = {{EFFECT_ACTUAL_BACK, "back", "back"},
                                        {EFFECT_ACTUAL_PAY, "pay", "pay"},
                                        {EFFECT_ACTUAL_WORTH, "worth", "worth"},
                                        {0}};
    const char *run = tn_rows_text(rows, EFFECT_RUN), *key = tn_rows_text(rows, EFFECT_KEY);
    const char *state = tn_rows_text(rows, EFFECT_STATE);
    const struct tn_event_row planned = event_at(rows, EFFECT_PLANNED, run, key),
                              latest = event_at(rows, EFFECT_LATEST, run, key);
    int64_t attempt = tn_rows_int(rows, EFFECT_ATTEMPT);
    if (!latest.body) {
        tn_verify_problem(verify, "effect", &latest, "it has no event: it was put there past the ledger");
        return TENURE_OK;
    }
    if (!state || !says_state(&latest, state) || !says_attempt(&latest, attempt)) {
        tn_verify_problem(verify, "effect", &latest,
                          "it is %s at attempt %" PRId64 ", but its latest event says something else",
                          state ? state : "nothing", attempt);
        return TENURE_OK;
    }
    int rc = check_planned(verify, rows, &planned);
    bool has_spent =
        says_state(&latest, "accepted") || says_state(&latest, "succeeded") || says_state(&latest, "partial");
    if (rc == TENURE_OK && has_spent)
        rc = check_pairs(verify, "effect", rows, &latest, spent);
    return rc < 0 ? rc : check_attempt(verify, rows);
}

static int tell_lost_effect(struct tn_verify *verify, struct tn_rows *rows)
{
    const struct tn_event_row event = {
        .effect = tn_rows_text(rows, 0), .run = tn_rows_text(rows, 1), .seq = tn_rows_int(rows, 2)};
    tn_verify_problem(verify, "effect", &event, "its events are there, but the effect is gone");
    return TENURE_OK;
}

static const char select_lost_effects[] =
    "SELECT effect, min(run), min(seq) FROM event WHERE kind = 'effect' AND effect IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.key = event.effect) GROUP BY effect ORDER BY effect";

/* ---- all of them ------------------------------------------------------------------------------------------------ */

int tn_verify_rows(struct tn_verify *verify)
{
    static const struct {
        const char *sql;
        check_fn *check;
    } walks[] = {
        {select_runs, check_run},           {select_lost_runs, tell_lost_run},
        {select_approvals, check_approval}, {select_lost_approvals, tell_lost_approval},
        {select_effects, check_effect},     {select_lost_effects, tell_lost_effect},
    };
    int rc = TENURE_OK;
    for (size_t i = 0; rc == TENURE_OK && i < sizeof walks / sizeof *walks; i++)
        rc = walk(verify, walks[i].sql, walks[i].check);
    return rc;
}
