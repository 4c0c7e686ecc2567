/*
 * Quotes of scripts: their bodies are kept for the ledger, and a step that runs again after an intent gets the quote that
 * intent was made on from there.
 */
#include "workflow/pass_effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kept for the ledger ---------------------------------------------------------------------------------------- */

struct tn_pass_quote {
    struct tn_pass_quote *next;
    char session[64];
    char body[]; /* JSON, as the service sent it */
};

void tn_pass_quotes_free(struct tn_pass_customer *customer)
{
    while (customer->quotes) {
        struct tn_pass_quote *quote = customer->quotes;
        customer->quotes = quote->next;
        free(quote);
    }
}

void tn_pass_quote_body(const struct tn_pass_customer *customer, const char *session, struct tn_buf *out)
{
    tn_buf_reset(out);
    for (const struct tn_pass_quote *quote = customer->quotes; quote; quote = quote->next) {
        if (strcmp(quote->session, session) == 0) {
            tn_buf_puts(out, quote->body);
            return;
        }
    }
}

static int keep(struct tn_pass_customer *customer, const struct tn_call *call, struct tn_err *err)
{
    struct tn_buf body = {0};
    tn_pass_effect_keep_json(&body, tn_json_root(call->pages[0]));
    struct tn_pass_quote *quote = malloc(sizeof *quote + body.len + 1);
    if (!quote || !body.len) {
        free(quote);
        tn_buf_deinit(&body);
        return tn_err_no_memory(err);
    }
    snprintf(quote->session, sizeof quote->session, "%s", call->quote->session);
    memcpy(quote->body, body.data, body.len + 1);
    quote->next = customer->quotes;
    customer->quotes = quote;
    tn_buf_deinit(&body);
    return TENURE_OK;
}

static void on_service_quote(struct tn_call *call)
{
    struct tn_pass_customer *customer = call->keeper;
    call->done = customer->quote_done;
    if (call->err.code == 0 && keep(customer, call, &call->err) < 0)
        tn_call_release(call);
    call->done(call);
}

static void ask_service(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_caller *engine = tn_engine_caller(customer->run->setup.engine);
    customer->quote_done = call->done;
    call->done = on_service_quote;
    call->keeper = customer;
    engine->start(engine, call);
}

/* ---- answered from the ledger ----------------------------------------------------------------------------------- */

/* The script may be gone by now, and its call with it. */
static int on_quoted_before(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    char order[37], reservation[37];
    const struct tn_operation *op = tn_effect_by_name(row->operation);
    if (!row->quote || !op || !op->quoted_by || strcmp(op->quoted_by, effect->op->name) != 0 ||
        strcmp(row->step, effect->step) != 0 || !tn_reservation_id_parse(row->subject, order, reservation) ||
        !tn_id_equal(reservation, effect->reservation))
        return 0;
    effect->found = true;
    effect->quantity = row->quantity;
    snprintf(effect->order, sizeof effect->order, "%s", order);
    tn_buf_reset(&effect->quote_json);
    tn_buf_puts(&effect->quote_json, row->quote);
    return 0;
}

static int find_quote(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    unsigned begun = 1u << TN_EFFECT_INTENDED | 1u << TN_EFFECT_ACCEPTED | 1u << TN_EFFECT_SUCCEEDED |
                     1u << TN_EFFECT_PARTIAL | 1u << TN_EFFECT_FAILED | 1u << TN_EFFECT_UNKNOWN;
    return tn_effect_each(db, effect->run->id, effect->customer->id, begun, on_quoted_before, effect, err);
}

/* Give the stored quote as if the service had just answered with it. */
static int replay_quote(struct tn_pass_effect *effect, struct tn_call *call, struct tn_err *err)
{
    struct tn_argument_value *asked = &call->values.of[tn_argument_index(call->op, "reservation")];
    asked->integer = effect->quantity;
    if (!asked->order && !(asked->order = strdup(effect->order)))
        return tn_err_no_memory(err);
    call->pages = calloc(1, sizeof(struct tn_json_doc *));
    call->quote = calloc(1, sizeof *call->quote);
    if (!call->pages || !call->quote)
        return tn_err_no_memory(err);
    int rc = tn_json_parse(call->L, tn_buf_text(&effect->quote_json), effect->quote_json.len, 0, &call->pages[0], err);
    if (rc < 0)
        return rc;
    call->page_count = 1;
    rc = tn_quote_read(call->op, &call->values, tn_json_root(call->pages[0]), call->quote, err);
    call->quote->replayed = true;
    call->quote->made_ms = tn_loop_now_ms(effect->run->setup.loop);
    return rc;
}

static void on_quote_found(struct tn_ledger_work *work)
{
    struct tn_pass_effect *effect = tn_container_of(work, struct tn_pass_effect, work);
    if (!tn_pass_effect_returned(effect))
        return;
    struct tn_call *call = effect->call;
    struct tn_pass_customer *customer = effect->customer;
    bool found = effect->found;
    if (found)
        replay_quote(effect, call, &call->err);
    effect->call = NULL;
    tn_pass_effect_discard(effect, false);
    if (found)
        call->done(call);
    else
        ask_service(customer, call);
}

void tn_pass_quote_start(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_pass_effect *effect = customer->replaying ? tn_pass_effect_make(customer, call) : NULL;
    if (!effect) {
        ask_service(customer, call);
        return;
    }
    const struct tn_argument_value *asked = tn_values_get(call->op, &call->values, "reservation");
    snprintf(effect->reservation, sizeof effect->reservation, "%s", asked->text);
    customer->effect = effect;
    tn_pass_effect_submit(effect, find_quote, on_quote_found);
}
