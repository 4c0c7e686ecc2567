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
    struct tn_quote *quote; /* a reference */
    char *asked;            /* what it was asked for: the arguments as the script gave them, JSON */
    char *body;             /* JSON, as the service sent it */
};

static void free_quote(struct tn_pass_quote *kept)
{
    tn_quote_unref(kept->quote);
    free(kept->asked);
    free(kept->body);
    free(kept);
}

void tn_pass_quotes_free(struct tn_pass_customer *customer)
{
    while (customer->quotes) {
        struct tn_pass_quote *kept = customer->quotes;
        customer->quotes = kept->next;
        free_quote(kept);
    }
    free(customer->quote_asked);
    customer->quote_asked = NULL;
}

void tn_pass_quote_kept(const struct tn_pass_customer *customer, const struct tn_quote *quote, struct tn_buf *asked,
                        struct tn_buf *body)
{
    tn_buf_reset(asked);
    tn_buf_reset(body);
    for (const struct tn_pass_quote *kept = customer->quotes; kept; kept = kept->next) {
        if (kept->quote == quote) {
            tn_buf_puts(asked, kept->asked);
            tn_buf_puts(body, kept->body);
            return;
        }
    }
}

/* A quote is for what was asked: the same text for the same arguments, before anything is looked up for them. NULL: out of
 * memory. */
static char *write_asked(const struct tn_call *call)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    tn_values_write(call->op, &call->values, &w);
    char *asked = text.failed ? NULL : strdup(tn_buf_text(&text));
    tn_buf_deinit(&text);
    return asked;
}

static char *write_body(const struct tn_call *call)
{
    struct tn_buf text = {0};
    tn_pass_effect_keep_json(&text, tn_json_root(call->pages[0]));
    char *body = text.len ? strdup(text.data) : NULL;
    tn_buf_deinit(&text);
    return body;
}

/* Takes asked. */
static int keep(struct tn_pass_customer *customer, const struct tn_call *call, char *asked, struct tn_err *err)
{
    struct tn_pass_quote *kept = calloc(1, sizeof *kept);
    if (!kept) {
        free(asked);
        return tn_err_no_memory(err);
    }
    *kept = (struct tn_pass_quote){
        .next = customer->quotes, .quote = tn_quote_ref(call->quote), .asked = asked, .body = write_body(call)};
    if (!kept->asked || !kept->body) {
        free_quote(kept);
        return tn_err_no_memory(err);
    }
    customer->quotes = kept;
    return TENURE_OK;
}

static void on_service_quote(struct tn_call *call)
{
    struct tn_pass_customer *customer = call->keeper;
    char *asked = customer->quote_asked;
    customer->quote_asked = NULL;
    call->done = customer->quote_done;
    if (call->err.code < 0)
        free(asked);
    else if (keep(customer, call, asked, &call->err) < 0)
        tn_call_release(call);
    call->done(call);
}

static void ask_service(struct tn_pass_customer *customer, struct tn_call *call)
{
    struct tn_caller *engine = tn_engine_caller(customer->run->setup.engine);
    free(customer->quote_asked); /* of one that was cancelled */
    customer->quote_asked = write_asked(call);
    customer->quote_done = call->done;
    call->done = on_service_quote;
    call->keeper = customer;
    engine->start(engine, call);
}

/* ---- answered from the ledger ----------------------------------------------------------------------------------- */

/* {"asked": …, …} */
static bool is_about(const char *request, const struct tn_buf *asked)
{
    static const char first[] = "{\"" TN_REQUEST_ASKED "\":";
    size_t len = sizeof first - 1;
    return request && strncmp(request, first, len) == 0 &&
           strncmp(request + len, tn_buf_text(asked), asked->len) == 0 && request[len + asked->len] == ',';
}

/* The script may be gone by now, and its call with it. */
static int on_quoted_before(void *arg, const struct tn_effect_row *row)
{
    struct tn_pass_effect *effect = arg;
    const struct tn_operation *op = tn_effect_by_name(row->operation);
    if (!row->quote || !op || !op->quoted_by || strcmp(op->quoted_by, effect->op->name) != 0 ||
        strcmp(row->step, effect->step) != 0 || !is_about(row->request, &effect->asked_json))
        return 0;
    effect->found = true;
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
    call->pages = calloc(1, sizeof(struct tn_json_doc *));
    if (!call->pages)
        return tn_err_no_memory(err);
    int rc = tn_json_parse(call->L, tn_buf_text(&effect->quote_json), effect->quote_json.len, 0, &call->pages[0], err);
    if (rc < 0)
        return rc;
    call->page_count = 1;
    rc = tn_quote_read(call->op, &call->values, tn_json_root(call->pages[0]), &call->quote, err);
    if (rc < 0)
        return rc;
    call->quote->replayed = true;
    call->quote->made_ms = tn_loop_now_ms(effect->run->setup.loop);
    return keep(effect->customer, call, strdup(tn_buf_text(&effect->asked_json)), err);
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
    char *asked = write_asked(call);
    tn_buf_puts(&effect->asked_json, asked ? asked : "");
    free(asked);
    customer->effect = effect;
    tn_pass_effect_submit(effect, find_quote, on_quote_found);
}
