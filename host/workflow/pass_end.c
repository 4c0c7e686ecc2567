/*
 * How items and customers end: what the ledger keeps of it, and what becomes of their effects that nobody carries out.
 *
 * All in the transaction that stores the end, so that no effect is left which neither a script asks for again nor a person
 * is told of.
 */
#include <stdio.h>
#include <string.h>

#include "workflow/pass.h"

/* ---- effects that are left -------------------------------------------------------------------------------------- */

/* What is not to be carried out, or was not asked for by apply, is counted and listed, not left open. */
struct leftover {
    const char *step; /* NULL: of all steps and items */
    int64_t item;
    bool of_ended; /* not what an item that is to run (again) may ask for yet */
    struct tn_db *db;
    struct tn_err *err;
    struct tn_run_strings *keys;
};

static int on_leftover(void *arg, const struct tn_effect_row *effect)
{
    struct leftover *leftover = arg;
    if (leftover->step && (effect->item != leftover->item || strcmp(effect->step, leftover->step) != 0))
        return 0;
    const struct tn_item_row item = {.run = effect->run,
                                     .customer = effect->customer,
                                     .step = effect->step,
                                     .pass = TN_PASS_APPLY,
                                     .index = effect->item};
    bool waits = false;
    int rc = leftover->of_ended ? tn_item_waits(leftover->db, &item, &waits, leftover->err) : TENURE_OK;
    if (rc < 0 || waits)
        return rc;
    return tn_run_strings_add(&leftover->keys, effect->key);
}

static int withdraw(struct tn_db *db, const struct tn_pass_customer *customer, struct leftover leftover,
                    const char *code, const char *message, struct tn_err *err)
{
    unsigned open = 1u << (customer->run->pass == TN_PASS_PLAN ? TN_EFFECT_PLANNED : TN_EFFECT_APPROVED);
    leftover.db = db;
    leftover.err = err;
    int rc = tn_effect_each(db, customer->run->id, customer->id, open, on_leftover, &leftover, err);
    for (struct tn_run_strings *key = leftover.keys; key && rc == TENURE_OK; key = key->next)
        rc = tn_effect_drop(db, key->text, TN_EFFECT_WITHDRAWN, code, message, err);
    tn_run_strings_free(&leftover.keys);
    return rc;
}

static int withdraw_rest(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err)
{
    if (strcmp(customer->state, "done") == 0)
        return withdraw(db, customer, (struct leftover){.of_ended = true}, "not-asked",
                        "the workflow did not ask for it again", err);
    return withdraw(db, customer, (struct leftover){0}, "not-reached",
                    "its customer failed before it was asked for: make a new plan for it", err);
}

/* A failed item is final in its run: its effects do not come up again. While planning it has shown a part of what it does
 * only, which nobody is to approve: a refund, say, without what was to be bought for it. */
static int withdraw_item(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err)
{
    const struct leftover leftover = {.step = customer->ending.step, .item = customer->ending.index};
    if (customer->run->pass == TN_PASS_PLAN)
        return withdraw(db, customer, leftover, "item-failed",
                        "its item failed while planning, so that the plan has not all of it", err);
    return withdraw(db, customer, leftover, "not-reached",
                    "its item failed before it was asked for: make a new plan for it", err);
}

/* ---- a customer ------------------------------------------------------------------------------------------------- */

int tn_pass_end_store(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    const struct tn_run *run = customer->run;
    if (run->pass == TN_PASS_APPLY && strcmp(customer->state, "waiting") != 0) {
        int rc = withdraw_rest(db, customer, err);
        if (rc < 0)
            return rc;
    }
    char items[64];
    const char *code = NULL, *message = NULL;
    if (customer->err.code < 0) {
        code = tn_err_name(&customer->err);
        message = customer->err.msg;
    } else if (customer->failed_items && strcmp(customer->state, "done") == 0) {
        code = TN_CUSTOMER_ITEMS_FAILED;
        snprintf(items, sizeof items, "%zu of its items failed", customer->failed_items);
        message = items;
    }
    int rc = tn_customer_set(db, run->id, customer->id, run->pass, customer->state, 0, code, message, err);
    return rc == TENURE_OK && customer->weigh ? tn_pass_guard_weigh(db, customer, err) : rc;
}

/* ---- an item ---------------------------------------------------------------------------------------------------- */

/* The rows that its script wrote, which end with it. */
static int store_outputs(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err)
{
    const struct tn_buf *outputs = &customer->job.outputs;
    struct tn_output_row row = {.run = customer->run->id,
                                .customer = customer->id,
                                .step = customer->ending.step,
                                .pass = customer->ending.pass,
                                .index = customer->ending.index,
                                .place = customer->seq};
    int rc = TENURE_OK;
    for (size_t at = 0; at < customer->job.outputs_whole && rc == TENURE_OK;) {
        char *name = outputs->data + at, *json = strchr(name, '\t'), *end = strchr(json, '\n');
        *json++ = *end = '\0';
        row.name = name;
        row.row = json;
        rc = tn_output_add(db, &row, err);
        json[-1] = '\t'; /* a transaction may be run again */
        *end = '\n';
        at = (size_t)(end + 1 - outputs->data);
    }
    return rc;
}

static int on_open_effect(void *arg, const struct tn_effect_row *effect)
{
    struct tn_pass_customer *customer = arg;
    customer->ending_open = customer->ending_open || (effect->item == customer->ending.index &&
                                                      strcmp(effect->step, customer->ending.step) == 0);
    return 0;
}

static int find_open(struct tn_db *db, struct tn_pass_customer *customer, unsigned states, struct tn_err *err)
{
    customer->ending_open = false;
    return tn_effect_each(db, customer->run->id, customer->id, states, on_open_effect, customer, err);
}

/* Final, with what was left of it withdrawn; but not while something of it is under way or in doubt: who failed then is
 * to be asked again, or nobody would ever follow that to its end. */
static int store_failed(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    int rc =
        find_open(db, customer, 1u << TN_EFFECT_INTENDED | 1u << TN_EFFECT_ACCEPTED | 1u << TN_EFFECT_UNKNOWN, err);
    return rc < 0 || customer->ending_open ? rc : withdraw_item(db, customer, err);
}

/* A person may have approved what its script was told not to be, while that ran. */
static int find_approved(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    customer->ending_open = false;
    return customer->told_unapproved ? find_open(db, customer, 1u << TN_EFFECT_APPROVED, err) : TENURE_OK;
}

int tn_pass_end_store_item(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    int rc = find_approved(db, customer, err);
    if (rc >= 0 && !customer->ending_open && strcmp(customer->ending.state, "failed") == 0)
        rc = store_failed(db, customer, err);
    if (rc < 0 || customer->ending_open)
        return rc;
    rc = store_outputs(db, customer, err);
    return rc < 0 ? rc : tn_item_end(db, &customer->ending, err);
}

void tn_pass_end_warn_open(const struct tn_pass_customer *customer)
{
    char text[1600];
    const struct tn_run *run = customer->run;
    const struct tn_item_row *ending = &customer->ending;
    snprintf(text, sizeof text,
             "customer %s (%s): step '%s' failed (%s%s%.1000s), while it is not known what became of an effect of it: "
             "`tenure resume %s` tries again",
             customer->name, customer->id, ending->step, ending->code, ending->detail ? ": " : "",
             ending->detail ? ending->detail : "", run->id);
    if (run->setup.on_warning)
        run->setup.on_warning(run->setup.arg, text);
}
