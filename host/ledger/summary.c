/*
 * What a run looks like: counts, sums, what stands out, and the exit code that the rows come to.
 *
 * One walk over the run's effects, and a handful of indexed queries beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "ledger/database.h"
#include "ledger/effect.h"
#include "ledger/guard.h"
#include "ledger/tally.h"

#define LARGEST 10 /* also the first of each operation that are shown where no amount says which are large */
#define LISTED 50
#define CUSTOMER_STATES 6

static const char *const customer_states[CUSTOMER_STATES] = {"waiting", "running",     "done",
                                                             "skipped", "unreachable", "failed"};
enum { CUSTOMER_UNREACHABLE = 4, CUSTOMER_FAILED = 5 };

struct large {
    char *key;
    struct tn_amounts amounts;
};

/* Effects of one operation that move no money: nothing but what they ask for says what they are. */
struct asked {
    char *operation;
    int64_t count;
    struct tn_buf keys; /* of the first ones, each with its NUL */
};

/* Effects that a person has to look at, by how they ended: the first ones of each. */
enum { LIST_UNKNOWN, LIST_PARTIAL, LIST_FAILED, LISTS };
static const char *const list_names[LISTS] = {"unknown", "partial", "failed_effects"};

struct listed {
    struct tn_buf keys; /* each with its NUL */
    size_t count;       /* also of those that are not listed */
};

struct summary {
    struct tn_db *db;
    struct tn_err *err;
    struct tn_json_writer *w;
    char run[128];
    bool planning; /* not applied yet: sums are those of the plan */
    bool over;     /* what is still open needs a person, or another apply */
    int64_t customers[CUSTOMER_STATES];
    int64_t effects[TN_EFFECT_STATE_COUNT];
    int64_t failed_items, may_follow;
    bool guarded;    /* effects were refused for this reason */
    int64_t drifted; /* and so many for this */
    struct tn_tally tally;
    struct tn_codes refused, skipped, doubted; /* doubted: planned, and a rule was against it */
    struct large largest[LARGEST];             /* largest first */
    size_t large_count;
    struct asked *asked;
    size_t asked_count;
    struct listed listed[LISTS];
};

/* ---- gathering -------------------------------------------------------------------------------------------------- */

static int count_customers(struct summary *summary)
{
    struct tn_rows rows;
    int rc = tn_db_select(summary->db, &rows, summary->err,
                          "SELECT coalesce(apply_state, plan_state), count(*) FROM customer WHERE run = $1"
                          " GROUP BY coalesce(apply_state, plan_state)",
                          TN_BIND(tn_text(summary->run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, summary->err)) > 0) {
        const char *state = tn_rows_text(&rows, 0);
        for (size_t i = 0; state && i < CUSTOMER_STATES; i++) {
            if (strcmp(customer_states[i], state) == 0)
                summary->customers[i] += tn_rows_int(&rows, 1);
        }
    }
    return rc;
}

/* -1, 0, 1 by size alone, for showing the largest first. */
static int compare_money(const struct tn_money *a, const struct tn_money *b)
{
    struct tn_money other = *b;
    memcpy(other.currency, a->currency, sizeof other.currency);
    int order = 0;
    tn_money_compare(&order, a, &other, NULL);
    return order;
}

/* Worth where it is known, else what is billed, whichever way it goes: of an exchange the larger of both. */
static const struct tn_money *size_of(const struct tn_amounts *amounts)
{
    if (amounts->has_worth)
        return &amounts->worth;
    if (!amounts->has_pay || (amounts->has_back && compare_money(&amounts->back, &amounts->pay) >= 0))
        return &amounts->back;
    return &amounts->pay;
}

static int keep_if_large(struct summary *summary, const char *key, const struct tn_amounts *amounts)
{
    if (!amounts->has_worth && !amounts->has_back && !amounts->has_pay)
        return TENURE_OK;
    size_t place = summary->large_count;
    while (place > 0 && compare_money(size_of(amounts), size_of(&summary->largest[place - 1].amounts)) > 0)
        place--;
    if (place == LARGEST)
        return TENURE_OK;
    char *copy = strdup(key);
    if (!copy)
        return tn_err_no_memory(summary->err);
    if (summary->large_count == LARGEST)
        free(summary->largest[--summary->large_count].key);
    memmove(&summary->largest[place + 1], &summary->largest[place],
            (summary->large_count - place) * sizeof *summary->largest);
    summary->largest[place] = (struct large){.key = copy, .amounts = *amounts};
    summary->large_count++;
    return TENURE_OK;
}

static struct asked *find_asked(struct summary *summary, const char *operation)
{
    for (size_t i = 0; i < summary->asked_count; i++) {
        if (strcmp(summary->asked[i].operation, operation) == 0)
            return &summary->asked[i];
    }
    struct asked *all = tn_array_grow(summary->asked, summary->asked_count, sizeof *all);
    if (!all)
        return NULL;
    summary->asked = all;
    all[summary->asked_count] = (struct asked){.operation = strdup(operation)};
    return all[summary->asked_count].operation ? &all[summary->asked_count++] : NULL;
}

/* Those without money, as largest has those with it. */
static int keep_if_asked(struct summary *summary, const char *operation, const char *key,
                         const struct tn_amounts *amounts)
{
    if (amounts->has_worth || amounts->has_back || amounts->has_pay)
        return TENURE_OK;
    struct asked *asked = find_asked(summary, operation);
    if (!asked)
        return tn_err_no_memory(summary->err);
    if (asked->count++ < LARGEST)
        tn_buf_put(&asked->keys, key, strlen(key) + 1);
    return asked->keys.failed ? tn_err_no_memory(summary->err) : TENURE_OK;
}

static int add_refused(struct summary *summary, const char *code, const char *message)
{
    if (!code)
        code = "refused";
    summary->guarded = summary->guarded || strcmp(code, "guard") == 0 || strcmp(code, "no-cap") == 0;
    summary->drifted += strcmp(code, "drift") == 0;
    return tn_codes_add(&summary->refused, code, message, 1, summary->err);
}

/* What was accepted and has not settled when its run is over is as unknown as what nobody answered. */
static void keep_if_troubled(struct summary *summary, enum tn_effect_state state, const char *key)
{
    bool unknown = state == TN_EFFECT_UNKNOWN || (state == TN_EFFECT_ACCEPTED && summary->over);
    struct listed *list = unknown                      ? &summary->listed[LIST_UNKNOWN]
                          : state == TN_EFFECT_PARTIAL ? &summary->listed[LIST_PARTIAL]
                          : state == TN_EFFECT_FAILED  ? &summary->listed[LIST_FAILED]
                                                       : NULL;
    if (list && list->count++ < LISTED)
        tn_buf_put(&list->keys, key, strlen(key) + 1);
}

static int add_effect(struct summary *summary, struct tn_rows *rows, int64_t customer)
{
    const char *name = tn_rows_text(rows, 0), *key = tn_rows_text(rows, 1), *operation = tn_rows_text(rows, 3);
    enum tn_effect_state state = tn_effect_state_of(name ? name : "");
    if (state == TN_EFFECT_STATE_COUNT || !key || !operation)
        return tn_err_set(summary->err, TENURE_EIO, "the ledger '%s' holds an effect that cannot be read",
                          summary->db->path);
    summary->effects[state]++;
    if (state == TN_EFFECT_REFUSED)
        return add_refused(summary, tn_rows_text(rows, 4), tn_rows_text(rows, 5));
    keep_if_troubled(summary, state, key);
    bool counts = summary->planning
                      ? state == TN_EFFECT_PLANNED || state == TN_EFFECT_APPROVED
                      : state == TN_EFFECT_ACCEPTED || state == TN_EFFECT_SUCCEEDED || state == TN_EFFECT_PARTIAL;
    if (!counts)
        return TENURE_OK;
    const char *doubt = summary->planning ? tn_rows_text(rows, 4) : NULL;
    if (doubt && tn_codes_add(&summary->doubted, doubt, tn_rows_text(rows, 5), 1, summary->err) < 0)
        return summary->err->code;
    int first = summary->planning ? 6 : 9;
    struct tn_amounts amounts = {0};
    amounts.has_back = tn_rows_amount(rows, first, &amounts.back);
    amounts.has_pay = tn_rows_amount(rows, first + 1, &amounts.pay);
    amounts.has_worth = tn_rows_amount(rows, first + 2, &amounts.worth);
    int rc = tn_tally_add(&summary->tally, operation, &amounts, customer, summary->err);
    if (rc == TENURE_OK)
        rc = keep_if_asked(summary, operation, key, &amounts);
    return rc < 0 ? rc : keep_if_large(summary, key, &amounts);
}

static int walk_effects(struct summary *summary)
{
    struct tn_rows rows;
    struct tn_buf last = {0};
    int64_t customer = 0;
    int rc =
        tn_db_select(summary->db, &rows, summary->err,
                     "SELECT state, key, customer, operation, code, message, planned_back, planned_pay, planned_worth,"
                     " actual_back, actual_pay, actual_worth FROM effect WHERE run = $1 ORDER BY customer, item",
                     TN_BIND(tn_text(summary->run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, summary->err)) > 0) {
        const char *id = tn_rows_text(&rows, 2);
        if (customer == 0 || strcmp(tn_buf_text(&last), id ? id : "") != 0) {
            customer++;
            tn_buf_reset(&last);
            tn_buf_puts(&last, id ? id : "");
        }
        rc = add_effect(summary, &rows, customer);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    bool no_memory = last.failed;
    for (size_t i = 0; i < LISTS; i++)
        no_memory = no_memory || summary->listed[i].keys.failed;
    tn_buf_deinit(&last);
    tn_tally_sort(&summary->tally);
    return rc == 0 && no_memory ? tn_err_no_memory(summary->err) : rc;
}

/* The items that count are those of the pass their customer is in. */
#define CURRENT_ITEMS                                                                                              \
    " FROM item LEFT JOIN customer ON customer.run = item.run AND customer.id = item.customer WHERE item.run = $1" \
    " AND item.pass = CASE WHEN customer.id IS NULL THEN (SELECT max(pass) FROM item_list WHERE item_list.run = "  \
    "item.run AND item_list.customer = item.customer) WHEN customer.apply_state IS NULL THEN 0 ELSE 1 "            \
    "END"

static int gather_codes(struct summary *summary, struct tn_codes *codes, const char *sql)
{
    struct tn_rows rows;
    int rc = tn_db_select(summary->db, &rows, summary->err, sql, TN_BIND(tn_text(summary->run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, summary->err)) > 0) {
        const char *code = tn_rows_text(&rows, 0);
        rc = tn_codes_add(codes, code ? code : "skipped", tn_rows_text(&rows, 1), tn_rows_int(&rows, 2), summary->err);
        if (rc < 0)
            break;
    }
    tn_rows_end(&rows);
    return rc;
}

/* Items that were skipped, and customers that were skipped before they had any. */
static int gather_skipped(struct summary *summary)
{
    int rc =
        gather_codes(summary, &summary->skipped,
                     "SELECT item.code, min(coalesce(item.label, customer.name, item.customer)), count(*)" CURRENT_ITEMS
                     " AND item.state = 'skipped' GROUP BY item.code");
    if (rc < 0)
        return rc;
    return gather_codes(
        summary, &summary->skipped,
        "SELECT coalesce(apply_code, plan_code), min(coalesce(name, id)), count(*) FROM customer WHERE run = $1"
        " AND coalesce(apply_state, plan_state) = 'skipped' AND NOT EXISTS"
        " (SELECT 1 FROM item WHERE item.run = customer.run AND item.customer = customer.id AND item.state = 'skipped')"
        " GROUP BY coalesce(apply_code, plan_code)");
}

static int gather(struct summary *summary)
{
    int rc = count_customers(summary);
    if (rc == TENURE_OK)
        rc = walk_effects(summary);
    if (rc == TENURE_OK)
        rc = gather_skipped(summary);
    if (rc == TENURE_OK)
        rc = tn_db_number(summary->db, summary->err, &summary->failed_items,
                          "SELECT count(*)" CURRENT_ITEMS " AND item.state = 'failed'", TN_BIND(tn_text(summary->run)));
    return rc < 0 ? rc : TENURE_OK;
}

static void deinit(struct summary *summary)
{
    tn_tally_deinit(&summary->tally);
    tn_codes_deinit(&summary->refused);
    tn_codes_deinit(&summary->skipped);
    tn_codes_deinit(&summary->doubted);
    for (size_t i = 0; i < LISTS; i++)
        tn_buf_deinit(&summary->listed[i].keys);
    for (size_t i = 0; i < summary->large_count; i++)
        free(summary->largest[i].key);
    for (size_t i = 0; i < summary->asked_count; i++) {
        free(summary->asked[i].operation);
        tn_buf_deinit(&summary->asked[i].keys);
    }
    free(summary->asked);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_counts(struct summary *summary)
{
    tn_jw_key(summary->w, "customers");
    tn_jw_object(summary->w);
    for (size_t i = 0; i < CUSTOMER_STATES; i++)
        tn_jw_kv_int(summary->w, customer_states[i], summary->customers[i]);
    tn_jw_object_end(summary->w);
    tn_jw_key(summary->w, "effects");
    tn_jw_object(summary->w);
    for (size_t i = 0; i < TN_EFFECT_STATE_COUNT; i++)
        tn_jw_kv_int(summary->w, tn_effect_state_name((enum tn_effect_state)i), summary->effects[i]);
    tn_jw_object_end(summary->w);
    tn_jw_kv_int(summary->w, "may_follow", summary->may_follow);
    tn_jw_key(summary->w, "totals");
    tn_tally_write_totals(&summary->tally, TN_TALLY_EITHER, summary->w);
    tn_jw_key(summary->w, "back");
    tn_tally_write_totals(&summary->tally, TN_TALLY_BACK, summary->w);
    tn_jw_key(summary->w, "pay");
    tn_tally_write_totals(&summary->tally, TN_TALLY_PAY, summary->w);
}

/* Amounts where the guard keeps them: one that is per customer has as many as there are customers. */
static void write_guard_sums(struct tn_json_writer *w, const struct tn_guard_row *guard)
{
    bool counts = guard->kind == TN_GUARD_COUNT || guard->kind == TN_GUARD_IN_FLIGHT;
    if (guard->kind == TN_GUARD_FAILURES || guard->kind == TN_GUARD_UNREACHABLE) {
        tn_jw_kv_int(w, "share_ppm", guard->share_ppm);
        tn_jw_kv_int(w, "of_at_least", guard->of_at_least);
    } else if (guard->per_customer && counts) {
        tn_jw_kv_int(w, "cap", guard->count);
    } else if (guard->per_customer) {
        tn_jw_kv_money(w, "cap", &guard->cap);
    } else if (counts) {
        tn_jw_kv_int(w, "cap", guard->count);
        tn_jw_kv_int(w, "planned", guard->count_planned);
        tn_jw_kv_int(w, "used", guard->count_used);
    } else {
        tn_jw_kv_money(w, "cap", &guard->cap);
        tn_jw_kv_money(w, "planned", &guard->planned);
        tn_jw_kv_money(w, "used", &guard->used);
    }
}

static int on_guard(void *arg, const struct tn_guard_row *guard)
{
    struct summary *summary = arg;
    tn_jw_object(summary->w);
    tn_jw_kv_string(summary->w, "operation", *guard->operation ? guard->operation : NULL);
    tn_jw_kv_string(summary->w, "kind", tn_guard_kind_name(guard->kind));
    if (guard->per_customer)
        tn_jw_kv_bool(summary->w, "per_customer", true);
    write_guard_sums(summary->w, guard);
    tn_jw_object_end(summary->w);
    summary->guarded = summary->guarded || tn_guard_over(guard);
    return 0;
}

static int write_guards(struct summary *summary)
{
    tn_jw_key(summary->w, "guards");
    tn_jw_array(summary->w);
    int rc = tn_guard_each(summary->db, summary->run, on_guard, summary, summary->err);
    tn_jw_array_end(summary->w);
    return rc;
}

static int on_effect(void *arg, const struct tn_effect_row *effect)
{
    tn_effect_write(effect, arg);
    return 0;
}

static int write_largest(struct summary *summary)
{
    int rc = TENURE_OK;
    tn_jw_key(summary->w, "largest");
    tn_jw_array(summary->w);
    for (size_t i = 0; rc == TENURE_OK && i < summary->large_count; i++)
        rc = tn_effect_find(summary->db, summary->largest[i].key, on_effect, summary->w, summary->err);
    tn_jw_array_end(summary->w);
    return rc;
}

static int write_keyed(struct summary *summary, const char *name, const struct tn_buf *keys)
{
    int rc = TENURE_OK;
    tn_jw_key(summary->w, name);
    tn_jw_array(summary->w);
    for (size_t at = 0; rc == TENURE_OK && at < keys->len; at += strlen(keys->data + at) + 1)
        rc = tn_effect_find(summary->db, keys->data + at, on_effect, summary->w, summary->err);
    tn_jw_array_end(summary->w);
    return rc;
}

static int by_operation(const void *a, const void *b)
{
    return strcmp(((const struct asked *)a)->operation, ((const struct asked *)b)->operation);
}

static int write_asked(struct summary *summary)
{
    int rc = TENURE_OK;
    if (summary->asked_count)
        qsort(summary->asked, summary->asked_count, sizeof *summary->asked, by_operation);
    tn_jw_key(summary->w, "asked");
    tn_jw_array(summary->w);
    for (size_t i = 0; rc == TENURE_OK && i < summary->asked_count; i++) {
        tn_jw_object(summary->w);
        tn_jw_kv_string(summary->w, "operation", summary->asked[i].operation);
        tn_jw_kv_int(summary->w, "count", summary->asked[i].count);
        rc = write_keyed(summary, "effects", &summary->asked[i].keys);
        tn_jw_object_end(summary->w);
    }
    tn_jw_array_end(summary->w);
    return rc;
}

static int write_customers(struct summary *summary, const char *state)
{
    struct tn_rows rows;
    int rc = tn_db_select(summary->db, &rows, summary->err,
                          "SELECT id, name, CASE WHEN apply_state IS NULL THEN plan_code ELSE apply_code END,"
                          " CASE WHEN apply_state IS NULL THEN plan_message ELSE apply_message END FROM customer"
                          " WHERE run = $1 AND coalesce(apply_state, plan_state) = $2 ORDER BY seq, id LIMIT $3",
                          TN_BIND(tn_text(summary->run), tn_text(state), tn_int(LISTED)));
    if (rc < 0)
        return rc;
    tn_jw_key(summary->w, state);
    tn_jw_array(summary->w);
    while ((rc = tn_rows_next(&rows, summary->err)) > 0) {
        tn_jw_object(summary->w);
        tn_jw_kv_string(summary->w, "id", tn_rows_text(&rows, 0));
        tn_jw_kv_string(summary->w, "name", tn_rows_text(&rows, 1));
        tn_jw_kv_string(summary->w, "code", tn_rows_text(&rows, 2));
        tn_jw_kv_string(summary->w, "message", tn_rows_text(&rows, 3));
        tn_jw_object_end(summary->w);
    }
    tn_jw_array_end(summary->w);
    return rc;
}

static int write_failed_items(struct summary *summary)
{
    static const char *const columns[] = {"customer", "customer_name", "step", "label", "code", "detail"};
    struct tn_rows rows;
    int rc = tn_db_select(summary->db, &rows, summary->err,
                          "SELECT item.customer, customer.name, item.step, item.label, item.code, item.detail,"
                          " item.position" CURRENT_ITEMS " AND item.state = 'failed'"
                          " ORDER BY customer.seq, item.customer, item.step, item.position LIMIT $2",
                          TN_BIND(tn_text(summary->run), tn_int(LISTED)));
    if (rc < 0)
        return rc;
    tn_jw_kv_int(summary->w, "failed_items_total", summary->failed_items);
    tn_jw_key(summary->w, "failed_items");
    tn_jw_array(summary->w);
    while ((rc = tn_rows_next(&rows, summary->err)) > 0) {
        tn_jw_object(summary->w);
        for (int i = 0; i < (int)(sizeof columns / sizeof *columns); i++)
            tn_jw_kv_string(summary->w, columns[i], tn_rows_text(&rows, i));
        tn_jw_kv_int(summary->w, "item", tn_rows_int(&rows, 6));
        tn_jw_object_end(summary->w);
    }
    tn_jw_array_end(summary->w);
    return rc;
}

/* All that was to be carried out has drifted, and nothing was: beside it there is only what nobody approved, and what was
 * refused for other reasons. */
static bool wholly_drifted(const struct summary *summary)
{
    int64_t others = 0;
    for (int state = 0; state < TN_EFFECT_STATE_COUNT; state++)
        others += state == TN_EFFECT_PLANNED || state == TN_EFFECT_REFUSED ? 0 : summary->effects[state];
    return summary->drifted > 0 && others == 0;
}

/* The first that applies of 6, 5, 4, 3, 0; the others are the caller's to know, as is a plan that was not approved. */
static int exit_code(const struct summary *summary)
{
    if (summary->listed[LIST_UNKNOWN].count > 0 || summary->effects[TN_EFFECT_PARTIAL] > 0)
        return 6;
    if (summary->guarded)
        return 5;
    if (wholly_drifted(summary))
        return 4;
    if (summary->customers[CUSTOMER_UNREACHABLE] > 0 || summary->customers[CUSTOMER_FAILED] > 0 ||
        summary->failed_items > 0 || summary->effects[TN_EFFECT_FAILED] > 0 || summary->drifted > 0)
        return 3;
    return 0;
}

static int on_output(void *arg, const char *name, int64_t rows)
{
    struct summary *summary = arg;
    tn_jw_object(summary->w);
    tn_jw_kv_string(summary->w, "name", name);
    tn_jw_kv_int(summary->w, "rows", rows);
    tn_jw_object_end(summary->w);
    return 0;
}

static int write_outputs(struct summary *summary)
{
    tn_jw_key(summary->w, "outputs");
    tn_jw_array(summary->w);
    int rc = tn_outputs_count(summary->db, summary->run, on_output, summary, summary->err);
    tn_jw_array_end(summary->w);
    return rc;
}

static int write_details(struct summary *summary)
{
    int rc = write_guards(summary);
    tn_jw_key(summary->w, "by_currency");
    tn_tally_write_rows(&summary->tally, summary->w);
    if (rc == TENURE_OK)
        rc = write_largest(summary);
    if (rc == TENURE_OK)
        rc = write_asked(summary);
    tn_jw_key(summary->w, "refused");
    tn_codes_write(&summary->refused, summary->w);
    tn_jw_key(summary->w, "skipped");
    tn_codes_write(&summary->skipped, summary->w);
    tn_jw_key(summary->w, "doubted");
    tn_codes_write(&summary->doubted, summary->w);
    if (rc == TENURE_OK)
        rc = write_customers(summary, customer_states[CUSTOMER_UNREACHABLE]);
    if (rc == TENURE_OK)
        rc = write_customers(summary, customer_states[CUSTOMER_FAILED]);
    if (rc == TENURE_OK)
        rc = write_failed_items(summary);
    for (size_t i = 0; i < LISTS && rc == TENURE_OK; i++)
        rc = write_keyed(summary, list_names[i], &summary->listed[i].keys);
    if (rc == TENURE_OK)
        rc = write_outputs(summary);
    tn_jw_kv_int(summary->w, "exit_code", exit_code(summary));
    return rc;
}

static void write_time(struct tn_json_writer *w, const char *name, int64_t ms)
{
    char text[TN_TIME_TEXT];
    tn_jw_kv_string(w, name, ms > 0 ? tn_time_format(ms / 1000, text) : NULL);
}

static int on_run(void *arg, const struct tn_run_row *run)
{
    struct summary *summary = arg;
    snprintf(summary->run, sizeof summary->run, "%s", run->id);
    summary->planning = strcmp(run->state, "planning") == 0 || strcmp(run->state, "planned") == 0;
    summary->over =
        strcmp(run->state, "done") == 0 || strcmp(run->state, "stopped") == 0 || strcmp(run->state, "interrupted") == 0;
    summary->may_follow = run->may_follow;
    int rc = gather(summary);
    if (rc < 0)
        return rc;
    tn_jw_object(summary->w);
    tn_jw_kv_string(summary->w, "run", run->id);
    tn_jw_kv_string(summary->w, "state", run->state);
    tn_jw_kv_string(summary->w, "hash", run->hash);
    write_time(summary->w, "expires", run->expires_ms);
    write_counts(summary);
    tn_jw_kv_string(summary->w, "workflow", run->workflow);
    write_time(summary->w, "created", run->created_ms);
    write_time(summary->w, "planned", run->planned_ms);
    write_time(summary->w, "ended", run->ended_ms);
    tn_jw_kv_string(summary->w, "actor", run->actor);
    tn_jw_kv_string(summary->w, "reason", run->reason);
    rc = write_details(summary);
    tn_jw_object_end(summary->w);
    return rc;
}

int tn_summary_write(struct tn_db *db, const char *run, struct tn_json_writer *w, struct tn_err *err)
{
    struct summary summary = {.db = db, .err = err, .w = w};
    int rc = tn_run_find(db, run, on_run, &summary, err);
    deinit(&summary);
    return rc;
}

/* Its only item's value. */
int tn_summary_result(struct tn_db *db, const char *run, struct tn_buf *json, struct tn_buf *request,
                      struct tn_err *err)
{
    struct tn_rows rows;
    int rc = tn_db_select(db, &rows, err,
                          "SELECT item.value, (SELECT request FROM run WHERE run.id = item.run)" CURRENT_ITEMS
                          " AND item.state = 'done' AND item.value IS NOT NULL"
                          " AND EXISTS (SELECT 1 FROM run WHERE run.id = item.run"
                          " AND (run.workflow LIKE 'exec %' OR run.workflow LIKE 'call %')) LIMIT 1",
                          TN_BIND(tn_text(run)));
    if (rc < 0)
        return rc;
    while ((rc = tn_rows_next(&rows, err)) > 0) {
        const char *started = tn_rows_text(&rows, 1);
        tn_buf_puts(json, tn_rows_text(&rows, 0));
        tn_buf_puts(request, started ? started : "{}");
    }
    return rc == 0 && (json->failed || request->failed) ? tn_err_no_memory(err) : rc;
}
