/*
 * Following a long-running effect until it has settled: see follow.h.
 *
 * A return has no operation to ask: its Location is the order, which answers 200 at once, so only the states of the
 * order and of the reservation tell. Between two reads there is a timer and nothing else, for minutes if need be.
 *
 *   order Pending …              ask again
 *   order Failed                 ask again: it may be an older failure, read late; once ours must show, the reservation
 *                                tells: unchanged, it was ours that failed; Cancelled, another of its order's
 *   order settled, reservation Cancelled  succeeded (a part of the quantity: the rest lives on as a new reservation)
 *   order settled, reservation unchanged  ask again: reads may lag; given up at the deadline, never guessed
 *
 * A purchase is its order, which is new, so that its state alone tells:
 *
 *   order not there yet, Creating, Pending… ask again
 *   order Succeeded      succeeded
 *   order Failed         failed
 *   order Cancelled      partial: bought and returned since, or never finished; a person has to look
 *
 * Other operations have an address of their own that says how they go on: it was kept when they were accepted, and is
 * asked as it is. A checkout has one for each of its orders; they are asked one after the other.
 */
#include "azure/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/answer.h"
#include "azure/ask.h"
#include "azure/errand.h"
#include "azure/operation_result.h"
#include "base/array.h"
#include "base/id.h"
#include "base/text.h"
#include "net/url.h"

#define FIRST_WAIT_MS 1000
#define LONGEST_WAIT_MS 30000
#define DEADLINE_MS (60 * 60 * 1000)
#define DENIALS_MOST 6 /* in a row, some twenty seconds: rights that were just given may take that long */

struct tn_follow_state {
    struct tn_engine *engine;
    struct tn_follow *follow;
    struct tn_timer timer;
    struct tn_call *errand; /* the read under way; NULL while waiting */
    char order[37], reservation[37];
    char **urls;                      /* of what has addresses of its own: owned, as are its texts */
    size_t url_count, url, good, bad; /* url: which of them is asked now */
    char session[64];                 /* of one whose address was lost: its result is asked for by its id; "" */
    int64_t wait_ms, shown_ms;
    int64_t deadline_ms; /* of the time that the process ran */
    int denials;         /* in a row */
    char failed[64]; /* the word of an order that failed, while its reservation is asked whether that was ours; "" */
};

static void ask(struct tn_timer *timer);

static void end_read(struct tn_follow_state *state)
{
    tn_errand_end(tn_engine_caller(state->engine), &state->errand);
}

void tn_follow_cancel(struct tn_follow *follow)
{
    struct tn_follow_state *state = follow->state;
    if (!state)
        return;
    follow->state = NULL;
    tn_timer_stop(tn_engine_loop(state->engine), &state->timer);
    end_read(state);
    for (size_t i = 0; i < state->url_count; i++)
        free(state->urls[i]);
    free(state->urls);
    free(state);
}

static void finish(struct tn_follow_state *state)
{
    struct tn_follow *follow = state->follow;
    tn_follow_cancel(follow);
    follow->done(follow);
}

static void finish_with(struct tn_follow_state *state, int result, const char *code, const char *message)
{
    state->follow->result = result;
    snprintf(state->follow->code, sizeof state->follow->code, "%s", code);
    snprintf(state->follow->message, sizeof state->follow->message, "%s", message);
    finish(state);
}

static void ask_later(struct tn_follow_state *state)
{
    struct tn_loop *loop = tn_engine_loop(state->engine);
    end_read(state);
    if (tn_loop_ran_ms(loop) >= state->deadline_ms) {
        tn_err_set(&state->follow->err, TENURE_ETIMEDOUT,
                   "%s%s has not settled for an hour: look at it in the portal, then apply again to go on following it",
                   state->order[0] ? "the order " : "the operation", state->order);
        finish(state);
        return;
    }
    int64_t wait = state->wait_ms;
    state->wait_ms = wait * 3 / 2 > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait * 3 / 2;
    if (tn_timer_start(loop, &state->timer, wait, ask) < 0) {
        tn_err_no_memory(&state->follow->err);
        finish(state);
    }
}

static void run_errand(struct tn_follow_state *state, struct tn_errand *errand)
{
    struct tn_err err = {0};
    errand->tenant = state->follow->op->service == TN_SERVICE_ARM ? state->follow->tenant : NULL;
    errand->L = state->follow->L;
    errand->owner = state;
    int rc = tn_errand_start(tn_engine_caller(state->engine), errand, &state->errand, &err);
    if (rc == TENURE_ENOMEM) {
        ask_later(state);
    } else if (rc < 0) {
        state->follow->err = err;
        finish(state);
    }
}

/* What is not known here is waited for, and said. */
static void note_word(struct tn_follow_state *state, const char *word)
{
    tn_strange_note(tn_engine_strange_words(state->engine), state->follow->op, state->follow->tenant, word);
}

static void start_read(struct tn_follow_state *state, const char *module, const char *id,
                       void (*done)(struct tn_call *call))
{
    struct tn_errand errand = {.op = tn_operation_find(module, "get"), .id = id, .done = done};
    run_errand(state, &errand);
}

/* True: we may not look any more, and it ends here. */
static bool denied(struct tn_follow_state *state, const struct tn_call *call)
{
    state->denials = tn_answer_denied(&call->err) ? state->denials + 1 : 0;
    if (state->denials < DENIALS_MOST)
        return false;
    state->follow->err = call->err;
    finish(state);
    return true;
}

/* An error of a poll is an error of the poll, not of the effect. */
static void on_reservation(struct tn_call *call)
{
    static const char *const gone[] = {"Cancelled", "Canceled", "Expired", NULL};
    static const char *const live[] = {"Succeeded", NULL};
    struct tn_follow_state *state = call->owner;
    const char *word = NULL;
    if (denied(state, call))
        return;
    if (call->err.code == 0)
        word = tn_json_string(tn_json_root(call->pages[0]), "properties.provisioningState", NULL);
    note_word(state, word);
    if (tn_text_among_any_case(word, gone))
        finish_with(state, TN_FOLLOW_SUCCEEDED, "", "");
    else if (state->failed[0] && tn_text_among_any_case(word, live))
        finish_with(state, TN_FOLLOW_FAILED, state->failed,
                    "the service accepted the return, and then the order failed");
    else
        ask_later(state);
}

static const char *const settled[] = {"Succeeded", "Cancelled", "Canceled", "Expired", NULL};
static const char *const failed[] = {"Failed", "BillingFailed", NULL};

static void keep_answer(struct tn_follow_state *state, struct tn_json body)
{
    struct tn_json_writer w;
    tn_buf_reset(&state->follow->answer);
    tn_jw_init(&w, &state->follow->answer);
    if (tn_json_write(body, &w, NULL) < 0 || state->follow->answer.failed)
        tn_buf_reset(&state->follow->answer); /* how it ended counts without it */
}

static void read_state(const struct tn_call *call, char word[64])
{
    const char *text = NULL;
    if (call->err.code == 0)
        text = tn_json_string(tn_json_root(call->pages[0]), "properties.provisioningState", NULL);
    snprintf(word, 64, "%s", text ? text : "");
}

static void on_bought(struct tn_call *call)
{
    static const char *const good[] = {"Succeeded", NULL};
    struct tn_follow_state *state = call->owner;
    char word[64];
    if (denied(state, call))
        return;
    read_state(call, word);
    note_word(state, word);
    bool bad = tn_text_among_any_case(word, failed), ended = tn_text_among_any_case(word, settled);
    if (bad || ended)
        keep_answer(state, tn_json_root(call->pages[0]));
    if (bad)
        finish_with(state, TN_FOLLOW_FAILED, word, "the service accepted the purchase, and then the order failed");
    else if (tn_text_among_any_case(word, good))
        finish_with(state, TN_FOLLOW_SUCCEEDED, "", "");
    else if (ended)
        finish_with(
            state, TN_FOLLOW_PARTIAL, word,
            "the order is there, but not in effect: it was returned since, or never finished; look at it in the "
            "portal");
    else
        ask_later(state);
}

static void on_order(struct tn_call *call)
{
    struct tn_follow_state *state = call->owner;
    char word[64];
    if (denied(state, call))
        return;
    read_state(call, word);
    note_word(state, word);
    bool bad = tn_text_among_any_case(word, failed) && tn_loop_now_ms(tn_engine_loop(state->engine)) >= state->shown_ms;
    snprintf(state->failed, sizeof state->failed, "%s", bad ? word : "");
    if (!bad && !tn_text_among_any_case(word, settled)) {
        ask_later(state);
        return;
    }
    char id[80];
    snprintf(id, sizeof id, "%s/%s", state->order, state->reservation);
    end_read(state);
    start_read(state, "reservations", id, on_reservation);
}

/* A result's address answers as the request itself would have: with the refusal, in the end. That it cannot be read now,
 * or not by us, is none. */
static bool is_refusal(const struct tn_err *err)
{
    int status = err->http_status;
    return err->code < 0 && status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 &&
           status != 408 && status != 429;
}

/* The first reason why something was not done is the one that is told. */
static void note_bad(struct tn_follow_state *state, const char *code, const char *message)
{
    struct tn_follow *follow = state->follow;
    if (state->bad++ > 0)
        return;
    snprintf(follow->code, sizeof follow->code, "%s", code);
    snprintf(follow->message, sizeof follow->message, "%s", message);
}

/* One address has told its end: ask the next one, or conclude. */
static void next_url(struct tn_follow_state *state)
{
    struct tn_follow *follow = state->follow;
    if (++state->url < state->url_count) {
        end_read(state);
        if (tn_timer_start(tn_engine_loop(state->engine), &state->timer, 0, ask) == TENURE_OK)
            return;
        tn_err_no_memory(&follow->err);
    }
    follow->result = !state->bad ? TN_FOLLOW_SUCCEEDED : state->good ? TN_FOLLOW_PARTIAL : TN_FOLLOW_FAILED;
    finish(state);
}

/* It has ended, well or badly: its items say how. */
static void finish_by_items(struct tn_follow_state *state, struct tn_json body)
{
    char code[64], message[256];
    const char *text = tn_json_string(body, "error.code", NULL);
    enum tn_ended ended = state->follow->op->ended(body);
    keep_answer(state, body);
    snprintf(code, sizeof code, "%s", text ? text : ended == TN_ENDED_PARTLY ? "partly" : "failed");
    text = tn_json_string(body, "error.message", NULL);
    snprintf(message, sizeof message, "%s%s%.150s",
             ended == TN_ENDED_PARTLY ? "a part of it was done, and a part was not, as tenure why tells line by line"
                                      : "the service accepted it, and then nothing of it was done",
             text ? ": " : "", text ? text : "");
    if (ended == TN_ENDED_WELL)
        finish_with(state, TN_FOLLOW_SUCCEEDED, "", "");
    else
        finish_with(state, ended == TN_ENDED_PARTLY ? TN_FOLLOW_PARTIAL : TN_FOLLOW_FAILED, code, message);
}

/* What an operation's own address answered. Without a status it is the result itself. What is as it was before may be
 * read late, as long as ours need not show yet. */
static void on_operation(struct tn_call *call)
{
    struct tn_follow_state *state = call->owner;
    if (denied(state, call))
        return;
    struct tn_json body = call->page_count ? tn_json_root(call->pages[0]) : (struct tn_json){0};
    const char *text = tn_json_string(body, "status", NULL); /* also of an answer that has an error inside */
    enum tn_result_word word = tn_result_word(text);
    note_word(state, text);
    if (word == TN_RESULT_AS_BEFORE)
        word = tn_loop_now_ms(tn_engine_loop(state->engine)) < state->shown_ms ? TN_RESULT_RUNNING : TN_RESULT_BAD;
    if (state->follow->op->ended && (word == TN_RESULT_BAD || word == TN_RESULT_GOOD)) {
        finish_by_items(state, body);
    } else if (word == TN_RESULT_BAD) {
        const char *code = tn_json_string(body, "error.code", NULL), *why = tn_json_string(body, "error.message", NULL);
        note_bad(state, code ? code : text, why ? why : "the service accepted it, and then it failed");
        next_url(state);
    } else if (is_refusal(&call->err)) {
        note_bad(state, tn_err_name(&call->err), call->err.msg);
        next_url(state);
    } else if (call->err.code < 0 || call->http_status == 202 || word == TN_RESULT_RUNNING) {
        ask_later(state);
    } else {
        state->good++;
        next_url(state);
    }
}

static void ask_operation(struct tn_follow_state *state)
{
    static const struct tn_operation results[] = {
        [TN_SERVICE_ARM] = {.module = "operations", .name = "result", .method = "GET", .service = TN_SERVICE_ARM},
        [TN_SERVICE_PARTNER_CENTER] = {.module = "operations",
                                       .name = "result",
                                       .method = "GET",
                                       .service = TN_SERVICE_PARTNER_CENTER},
    };
    struct tn_errand errand = {.op = &tn_capacity_result, .id = state->session, .done = on_operation};
    if (state->url_count)
        errand = (struct tn_errand){
            .op = &results[state->follow->op->service], .url = state->urls[state->url], .done = on_operation};
    run_errand(state, &errand);
}

static void ask(struct tn_timer *timer)
{
    struct tn_follow_state *state = tn_container_of(timer, struct tn_follow_state, timer);
    end_read(state);
    if (state->url_count || state->session[0])
        ask_operation(state);
    else
        start_read(state, "orders", state->order,
                   state->follow->op->long_running == TN_LRO_PURCHASE ? on_bought : on_order);
}

static int add_url(struct tn_follow_state *state, const char *link, struct tn_err *err)
{
    enum tn_service service = state->follow->op->service;
    struct tn_buf url = {0};
    char **urls = tn_array_grow(state->urls, state->url_count, sizeof *urls);
    if (!urls)
        return tn_err_no_memory(err);
    state->urls = urls;
    tn_ask_put_link(&url, tn_engine_cloud(state->engine), service, link);
    urls[state->url_count] = tn_buf_take(&url, NULL);
    if (!urls[state->url_count])
        return tn_err_no_memory(err);
    state->url_count++;
    return TENURE_OK;
}

/* The orders of a checkout, and what of it was refused at once. */
static int read_orders(struct tn_follow_state *state, struct tn_json poll, struct tn_err *err)
{
    const char *code = tn_json_string(poll, "refused.code", NULL);
    const char *message = tn_json_string(poll, "refused.message", NULL);
    int rc = TENURE_OK;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(poll, "orders")); rc == TENURE_OK && tn_json_next(&it);) {
        const char *link = tn_json_string(it.value, "", NULL);
        if (link)
            rc = add_url(state, link, err);
    }
    if (code)
        note_bad(state, code, message ? message : "");
    return rc;
}

static int read_poll(struct tn_follow_state *state, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    const struct tn_follow *follow = state->follow;
    int rc = tn_json_parse(follow->L, follow->poll, strlen(follow->poll), 0, &doc, err);
    if (rc < 0)
        return rc;
    const char *order = tn_json_string(tn_json_root(doc), "order", NULL);
    const char *reservation = tn_json_string(tn_json_root(doc), "reservation", NULL);
    const char *location = tn_json_string(tn_json_root(doc), "location", NULL);
    const char *session = tn_json_string(tn_json_root(doc), "session", NULL);
    if (follow->op->long_running == TN_LRO_ORDERS) {
        rc = read_orders(state, tn_json_root(doc), err);
    } else if (follow->op->long_running == TN_LRO_OPERATION && location) {
        rc = add_url(state, location, err);
    } else if (session) {
        snprintf(state->session, sizeof state->session, "%s", session);
    } else if (order && (reservation || follow->op->long_running == TN_LRO_PURCHASE)) {
        snprintf(state->order, sizeof state->order, "%s", order);
        snprintf(state->reservation, sizeof state->reservation, "%s", reservation ? reservation : "");
    }
    if (rc == TENURE_OK && !state->url_count && !state->session[0] && !state->order[0])
        rc = tn_err_set(err, TENURE_EINTERNAL, "the ledger does not say where to follow this effect");
    tn_json_close(doc);
    return rc;
}

static void on_begin_failed(struct tn_timer *timer)
{
    finish(tn_container_of(timer, struct tn_follow_state, timer));
}

void tn_follow_start(struct tn_engine *engine, struct tn_follow *follow)
{
    struct tn_loop *loop = tn_engine_loop(engine);
    struct tn_follow_state *state = calloc(1, sizeof *state);
    if (!state) {
        tn_err_no_memory(&follow->err);
        follow->done(follow);
        return;
    }
    *state = (struct tn_follow_state){.engine = engine,
                                      .follow = follow,
                                      .wait_ms = FIRST_WAIT_MS * 3 / 2,
                                      .shown_ms = tn_loop_now_ms(loop) + follow->shown_ms,
                                      .deadline_ms = tn_loop_ran_ms(loop) + DEADLINE_MS};
    follow->state = state;
    int rc = read_poll(state, &follow->err);
    if (tn_timer_start(loop, &state->timer, rc < 0 ? 0 : FIRST_WAIT_MS, rc < 0 ? on_begin_failed : ask) < 0) {
        tn_err_no_memory(&follow->err);
        finish(state);
    }
}

/* Where each order of a checkout is read, and the first of its groups that did not become one. */
static void write_orders(const struct tn_call *call, struct tn_json_writer *w)
{
    struct tn_json body = call->page_count ? tn_json_root(call->pages[0]) : (struct tn_json){0};
    tn_jw_key(w, "orders");
    tn_jw_array(w);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(body, "orders")); tn_json_next(&it);) {
        const char *id = tn_json_string(it.value, "id", NULL);
        struct tn_buf link = {0};
        tn_buf_printf(&link, "/customers/%s/orders/", tn_call_argument(call, "customer")->text);
        if (id && tn_url_put_segment(&link, id, NULL) == TENURE_OK)
            tn_jw_string(w, tn_buf_text(&link));
        tn_buf_deinit(&link);
    }
    tn_jw_array_end(w);
    char code[64] = "", message[256] = "";
    call->op->tell(body, code, message);
    if (!code[0])
        return;
    tn_jw_key(w, "refused");
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", code);
    tn_jw_kv_string(w, "message", message);
    tn_jw_object_end(w);
}

void tn_follow_write_poll(const struct tn_aim *aim, const struct tn_call *call, struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_aim_write(aim, w);
    tn_jw_kv_string(w, "location", call ? call->location : NULL);
    if (call && call->op->long_running == TN_LRO_ORDERS)
        write_orders(call, w);
    if (aim->session[0])
        tn_jw_kv_string(w, "session", aim->session);
    tn_jw_object_end(w);
}
