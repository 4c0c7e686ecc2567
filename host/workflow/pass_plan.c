/* Planning an effect: recorded with its quote, nothing is sent. See pass_effect.h. */
#include "workflow/pass_effect.h"

#include <stdio.h>
#include <string.h>

void tn_pass_effect_fill_row(struct tn_pass_effect *effect, enum tn_effect_state state, const char *code,
                             const char *message)
{
    const struct tn_pass_customer *customer = effect->customer;
    effect->planned = tn_pass_effect_amounts(effect->quote);
    effect->plan_row = (struct tn_effect_row){
        .key = effect->key,
        .named = effect->named[0] ? effect->named : NULL,
        .run = effect->run->id,
        .customer = customer->id,
        .customer_name = customer->name[0] ? customer->name : customer->domain,
        .step = effect->step,
        .item = (int64_t)customer->item,
        .operation = effect->op->name,
        .subject = effect->subject,
        .subject_name = effect->subject_name,
        .called = effect->called,
        .asks = tn_buf_text(&effect->asks_json),
        .place = effect->place,
        .orders = tn_buf_text(&effect->orders_json),
        .quantity = effect->one.quantity,
        .state = state,
        .planned = effect->planned,
        .code = code,
        .message = message,
        .request = tn_buf_text(&effect->request_json),
        .quote = effect->quote_json.len ? effect->quote_json.data : NULL,
    };
    if (state == TN_EFFECT_PLANNED && effect->quote && effect->quote->doubt[0]) { /* for whoever approves it */
        effect->plan_row.code = effect->quote->doubt;
        effect->plan_row.message = effect->quote->doubt_text;
    }
}

static int on_planned_before(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    effect->state = row->state;
    effect->same_place = row->item == effect->plan_row.item && strcmp(row->step, effect->step) == 0;
    snprintf(effect->code, sizeof effect->code, "%s", row->code ? row->code : "");
    snprintf(effect->message, sizeof effect->message, "%s", row->message ? row->message : "");
    effect->planned = row->planned;
    return 0;
}

/* A pass that was interrupted asks again for what it had planned already: that is the same effect, not a second one. */
static int store_plan(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    effect->found = false;
    int rc = tn_effect_plan(db, &effect->plan_row, &effect->refused, err);
    if (rc == TENURE_OK && effect->refused)
        return tn_effect_find(db, effect->key, on_planned_before, effect, err); /* why, in the ledger's words */
    if (rc != TENURE_EBUSY)
        return rc;
    *err = (struct tn_err){0};
    effect->found = true;
    return tn_effect_find(db, effect->key, on_planned_before, effect, err);
}

static void on_plan_stored(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    struct tn_run *run = effect->run;
    if (!tn_pass_effect_returned(effect))
        return;
    if (effect->found && !effect->same_place) {
        tn_pass_effect_refuse(effect, TN_EFFECT_REFUSED, "duplicate",
                              "this run asks for the same effect at another place already");
        return;
    }
    if (!effect->found && !effect->refused) {
        const struct tn_effect_row *row = &effect->plan_row;
        effect->state = row->state;
        snprintf(effect->code, sizeof effect->code, "%s", row->code ? row->code : "");
        snprintf(effect->message, sizeof effect->message, "%s", row->message ? row->message : "");
    }
    run->progress.planned += effect->state == TN_EFFECT_PLANNED;
    run->progress.refused += effect->state == TN_EFFECT_REFUSED;
    if (effect->state == TN_EFFECT_PLANNED) {
        tn_pass_limit_see(effect->customer, effect->quote);
        tn_pass_limit_take(effect->customer, effect->op, &effect->planned);
        tn_pass_add_money(run, &effect->planned);
    }
    tn_pass_effect_answer(effect);
}

void tn_pass_effect_plan(struct tn_pass_effect *effect)
{
    const char *message = NULL, *refusal = tn_pass_effect_refusal(effect, &message);
    tn_pass_effect_fill_row(effect, refusal ? TN_EFFECT_REFUSED : TN_EFFECT_PLANNED, refusal, message);
    tn_pass_effect_submit(effect, store_plan, on_plan_stored);
}
