/*
 * Azure's own refund limit: so many USD of commitment per billing scope, which is a partner's customer, in twelve months.
 *
 * A plan settles it: the refunds that bring most per USD of limit come first, what does not fit is refused(limit). When
 * applied, each intent asks the ledger, which takes off what Azure may not have counted yet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "workflow/pass.h"

#define YEAR_S (366 * INT64_C(86400)) /* a day more, whatever the time of day they count from */

#define REFUSED "limit"         /* the code, as an intent gives it */
#define RECORDED_WITHIN_MS 5000 /* from the answer to its row in the ledger, which counts from there */

typedef __int128 wide;

struct tn_pass_sent {
    struct tn_pass_sent *next;
    int64_t at_ms; /* monotonic */
    struct tn_money worth;
};

/* ---- what quotes say of it -------------------------------------------------------------------------------------- */

void tn_pass_limit_see(struct tn_pass_customer *customer, const struct tn_quote *quote)
{
    if (customer->limit.known || !quote || !quote->has_limit_left)
        return;
    customer->limit = (struct tn_pass_limit){.known = true,
                                             .whole = quote->limit,
                                             .left = quote->limit_left,
                                             .taken = tn_money_zero(quote->limit_left.currency)};
}

static void add(struct tn_money *sum, const struct tn_money *more)
{
    tn_money_add(sum, sum, more, NULL); /* what has too many digits for it is no refund */
}

void tn_pass_limit_take(struct tn_pass_customer *customer, const struct tn_operation *op,
                        const struct tn_amounts *amounts)
{
    struct tn_pass_limit *limit = &customer->limit;
    if (!op->counts_in_limit || !limit->known || !amounts->has_worth)
        return;
    add(&limit->taken, &amounts->worth);
    struct tn_pass_sent *sent = malloc(sizeof *sent);
    if (!sent)
        return; /* it is then never taken for counted, and the next one may have to wait for another run */
    *sent = (struct tn_pass_sent){limit->sent, tn_loop_now_ms(customer->run->setup.loop), amounts->worth};
    limit->sent = sent;
}

void tn_pass_limit_free(struct tn_pass_customer *customer)
{
    while (customer->limit.sent) {
        struct tn_pass_sent *sent = customer->limit.sent;
        customer->limit.sent = sent->next;
        free(sent);
    }
}

/* What was sent so long ago that the ledger leaves it to Azure's own number. */
static void forget_old(struct tn_pass_customer *customer)
{
    const struct tn_run *run = customer->run;
    struct tn_pass_limit *limit = &customer->limit;
    int64_t since = tn_loop_now_ms(run->setup.loop) - run->setup.quiet_ms - RECORDED_WITHIN_MS;
    for (struct tn_pass_sent **at = &limit->sent; *at;) {
        struct tn_pass_sent *sent = *at;
        if (sent->at_ms > since) {
            at = &sent->next;
            continue;
        }
        *at = sent->next;
        tn_money_sub(&limit->left, &limit->left, &sent->worth, NULL);
        tn_money_sub(&limit->taken, &limit->taken, &sent->worth, NULL);
        free(sent);
    }
}

/* Since the first quote Azure's number went down by what it counted of ours meanwhile, or of somebody else's. That much of
 * ours is put back, for the ledger counts all of ours by itself; never more than we took. Without this, refunds that
 * Azure counts at once would be counted twice, and half of the limit could not be used in one go. */
struct tn_money tn_pass_limit_left(struct tn_pass_customer *customer, const struct tn_quote *quote)
{
    const struct tn_pass_limit *limit = &customer->limit;
    struct tn_money counted, left;
    int order;
    if (!quote->has_limit_left || !limit->known)
        return quote->limit_left;
    forget_old(customer);
    if (tn_money_sub(&counted, &limit->left, &quote->limit_left, NULL) < 0 || tn_money_sign(&counted) <= 0)
        return quote->limit_left;
    if (tn_money_compare(&order, &counted, &limit->taken, NULL) == TENURE_OK && order > 0)
        counted = limit->taken;
    return tn_money_add(&left, &quote->limit_left, &counted, NULL) == TENURE_OK ? left : quote->limit_left;
}

/* ---- settling a plan -------------------------------------------------------------------------------------------- */

struct candidate {
    char *key; /* owned */
    struct tn_money worth, back;
};

struct candidates {
    struct candidate *list;
    size_t count;
};

static int on_planned(void *arg, const struct tn_effect_row *effect)
{
    struct candidates *candidates = arg;
    const struct tn_operation *op = tn_effect_by_name(effect->operation);
    if (!op || !op->counts_in_limit || !effect->planned.has_worth || !effect->planned.has_back)
        return 0;
    struct candidate *list = tn_array_grow(candidates->list, candidates->count, sizeof *list);
    if (!list)
        return TENURE_ENOMEM;
    candidates->list = list;
    struct candidate *candidate = &candidates->list[candidates->count];
    *candidate = (struct candidate){strdup(effect->key), effect->planned.worth, effect->planned.back};
    if (!candidate->key)
        return TENURE_ENOMEM;
    candidates->count++;
    return 0;
}

/* a.back / a.worth against b.back / b.worth, multiplied out; 0 also where the numbers are too far apart to tell. */
static int compare_gain(const struct candidate *a, const struct candidate *b)
{
    wide left = (wide)a->back.digits * b->worth.digits, right = (wide)b->back.digits * a->worth.digits;
    int shift = (b->back.scale + a->worth.scale) - (a->back.scale + b->worth.scale);
    if (shift > 8 || shift < -8)
        return 0;
    for (int i = 0; i < shift; i++)
        left *= 10;
    for (int i = 0; i > shift; i--)
        right *= 10;
    return (left > right) - (left < right);
}

/* Best first: most back per USD of limit, then the larger one; the same plan every time. */
static int compare_candidates(const void *one, const void *other)
{
    const struct candidate *a = one, *b = other;
    int order = strcmp(a->back.currency, b->back.currency), larger = 0;
    if (order == 0)
        order = -compare_gain(a, b);
    if (order == 0 && tn_money_compare(&larger, &a->worth, &b->worth, NULL) == TENURE_OK)
        order = -larger;
    return order ? order : strcmp(a->key, b->key);
}

/* What is refused, and when it would fit: a year after the last day on which this plan may be carried out, all that counts
 * now counts no more. */
static void explain(const struct tn_pass_limit *limit, const struct tn_money *room, const struct candidate *candidate,
                    int64_t settled_s, char text[512])
{
    char left[TN_MONEY_TEXT], free[TN_MONEY_TEXT], needs[TN_MONEY_TEXT], whole[TN_MONEY_TEXT], day[TN_TIME_TEXT];
    int order = 0;
    tn_money_amount(&candidate->worth, needs);
    tn_money_compare(&order, &candidate->worth, &limit->whole, NULL);
    if (order > 0) {
        snprintf(text, 512, "it needs %s USD of a refund limit of %s USD in twelve months: ask support for it", needs,
                 tn_money_amount(&limit->whole, whole));
        return;
    }
    tn_time_format(settled_s + YEAR_S, day);
    snprintf(
        text, 512,
        "it needs %s USD of Azure's refund limit, of which this customer has %s USD left; refunds of this plan that "
        "bring more leave %s USD of that; it fits on %.10s at the latest",
        needs, tn_money_amount(&limit->left, left), tn_money_amount(room, free), day);
}

static int refuse_beyond(struct tn_db *db, const struct tn_run *run, const struct tn_pass_limit *limit,
                         const struct candidates *candidates, struct tn_err *err)
{
    int64_t settled_s = tn_db_now_ms(db) / 1000 + run->setup.workflow->expires_s;
    struct tn_money room = limit->left;
    int rc = TENURE_OK, order;
    for (size_t i = 0; i < candidates->count && rc == TENURE_OK; i++) {
        const struct candidate *candidate = &candidates->list[i];
        rc = tn_money_compare(&order, &candidate->worth, &room, err);
        if (rc == TENURE_OK && order <= 0) {
            rc = tn_money_sub(&room, &room, &candidate->worth, err);
        } else if (rc == TENURE_OK) {
            char text[512];
            explain(limit, &room, candidate, settled_s, text);
            rc = tn_effect_drop(db, candidate->key, TN_EFFECT_REFUSED, REFUSED, text, err);
        }
    }
    return rc;
}

static int settle_one(struct tn_db *db, const struct tn_run *run, const struct tn_pass_customer *customer,
                      struct tn_err *err)
{
    struct candidates candidates = {0};
    int rc = tn_effect_each(db, run->id, customer->id, 1u << TN_EFFECT_PLANNED, on_planned, &candidates, err);
    if (rc < 0 && err->code == 0)
        tn_err_no_memory(err);
    if (rc == TENURE_OK && candidates.count) {
        qsort(candidates.list, candidates.count, sizeof *candidates.list, compare_candidates);
        rc = refuse_beyond(db, run, &customer->limit, &candidates, err);
    }
    for (size_t i = 0; i < candidates.count; i++)
        free(candidates.list[i].key);
    free(candidates.list);
    return rc;
}

int tn_pass_limit_settle(struct tn_db *db, const struct tn_run *run, struct tn_err *err)
{
    int rc = TENURE_OK, order;
    for (size_t i = 0; i < run->customer_count && rc == TENURE_OK; i++) {
        const struct tn_pass_limit *limit = &run->customers[i].limit;
        bool fits =
            !limit->known || (tn_money_compare(&order, &limit->taken, &limit->left, NULL) == TENURE_OK && order <= 0);
        if (!fits)
            rc = settle_one(db, run, &run->customers[i], err);
    }
    return rc;
}

/* ---- what follows ------------------------------------------------------------------------------------------------ */

bool tn_pass_limit_refused(const struct tn_effect_row *effect)
{
    return effect->state == TN_EFFECT_REFUSED && effect->code && strcmp(effect->code, REFUSED) == 0;
}

struct followed {
    const struct tn_run *run;
    struct tn_run_strings *customers;
    bool undecided; /* a part of the plan is not approved: that part, and what follows, waits */
};

/* In order of customers. */
static int on_decided(void *arg, const struct tn_effect_row *effect)
{
    struct followed *followed = arg;
    followed->undecided = effect->state == TN_EFFECT_PLANNED;
    bool last = followed->customers && strcmp(followed->customers->text, effect->customer) == 0;
    if (followed->undecided || last || !tn_pass_limit_refused(effect) ||
        !tn_pass_followers(followed->run, effect->step))
        return followed->undecided;
    return tn_run_strings_add(&followed->customers, effect->customer);
}

int tn_pass_limit_enter(struct tn_db *db, const struct tn_run *run, struct tn_err *err)
{
    struct followed followed = {.run = run};
    int rc = tn_effect_each(db, run->id, NULL, 1u << TN_EFFECT_PLANNED | 1u << TN_EFFECT_REFUSED, on_decided, &followed,
                            err);
    if (rc < 0 && err->code == 0)
        tn_err_no_memory(err);
    const struct tn_run_strings *customer = followed.undecided ? NULL : followed.customers;
    for (; customer && rc >= 0; customer = customer->next)
        rc = tn_customer_enter(db, run->id, customer->text, err);
    tn_run_strings_free(&followed.customers);
    return rc < 0 ? rc : TENURE_OK;
}
