/*
 * The call engine: one state machine for every row.
 *
 *   start ─▶ look up what the ids leave open ─▶ make the request ─▶ token ─▶ send ─┬▶ next page ─▶ token …
 *            (lookup.c)                         (ask.c)               ▲            ├▶ 401, torn ─┐
 *                                                                     │            └▶ done       │
 *                                                                     └──────────────────────────┘
 *
 * A quote that is certain to be refused (policy.h) has its answer before its request is made.
 *
 * Here is what happens when; what is asked (ask.c), what answers mean (answer.c), what their pages are (pages.c) and
 * what a quote has to be (quote.c) stands by itself. A token is asked for before every request of a chain; it comes
 * from the cache in nearly all cases. What is asked of hosts that are not our cloud's goes without one (plain_http.h).
 */
#include "azure/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/answer.h"
#include "azure/ask.h"
#include "azure/lookup.h"
#include "azure/lookup_ticket.h"
#include "azure/operation_result.h"
#include "azure/pages.h"
#include "azure/plain_http.h"
#include "azure/policy.h"
#include "base/id.h"
#include "net/url.h"

#define TORN_TRIES 4 /* of a read whose answer is complete for HTTP, but no JSON */

struct tn_engine {
    struct tn_caller caller;
    struct tn_loop *loop;
    struct tn_http *http;
    struct tn_auth *auth;
    struct tn_ticket_facts ticket_facts;
    struct tn_strange_words strange_words;
    char partner_tenant[256];
};

struct tn_call_state {
    struct tn_engine *engine;
    struct tn_call *call;
    struct tn_job job;
    struct tn_lookup lookup;
    struct tn_ask ask;
    struct tn_token_wait token;
    char *bearer; /* our copy: a retry may outlive the cached token; wiped */
    struct tn_http_exchange exchange;
    struct tn_pages pages;
    char correlation[TN_GUID_TEXT];
    bool asked_again; /* a 401 has been answered with a new token */
    uint32_t torn;    /* answers in a row that were no JSON */
    struct tn_result_poll poll;
    struct tn_timer timer;
};

static void advance(struct tn_call_state *state);
static void ask_token(struct tn_call_state *state);

static void drop_bearer(struct tn_call_state *state)
{
    if (state->bearer)
        explicit_bzero(state->bearer, strlen(state->bearer));
    free(state->bearer);
    state->bearer = NULL;
}

static void state_free(struct tn_call_state *state)
{
    if (!state)
        return;
    tn_job_cancel(state->engine->loop, &state->job);
    tn_timer_stop(state->engine->loop, &state->timer);
    tn_lookup_cancel(&state->lookup);
    tn_auth_cancel(&state->token);
    tn_http_cancel(&state->exchange);
    tn_http_release(&state->exchange);
    drop_bearer(state);
    tn_ask_deinit(&state->ask);
    tn_pages_deinit(&state->pages);
    free(state);
}

static void finish(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    call->state = NULL;
    state_free(state);
    call->done(call);
}

static int64_t today_s(const struct tn_call_state *state)
{
    return tn_loop_wall_ms(state->engine->loop) / 1000;
}

static void explain(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    tn_policy_tell(call->op, &call->values, today_s(state), call->L, &call->err);
}

static void fail(struct tn_call_state *state, const struct tn_err *err)
{
    state->call->err = *err;
    explain(state);
    if (state->call->op->class != TN_CLASS_READ)
        state->call->fate = TN_FATE_NOT_DONE; /* nothing was sent */
    finish(state);
}

static const char *tenant_of(const struct tn_call_state *state)
{
    return state->call->tenant ? state->call->tenant : state->engine->partner_tenant;
}

static const struct tn_cloud *cloud_of(const struct tn_call_state *state)
{
    return tn_auth_cloud(state->engine->auth);
}

static struct tn_token_for token_for(const struct tn_call_state *state)
{
    const struct tn_operation *op = state->call->op;
    return (struct tn_token_for){tenant_of(state), op->service, op->as_user};
}

/* The service did not accept our token. */
static void reject_token(struct tn_call_state *state)
{
    if (state->bearer)
        tn_auth_reject(state->engine->auth, token_for(state), state->bearer);
}

/* ---- answers of reads ------------------------------------------------------------------------------------------- */

static int read_quote(struct tn_call_state *state, struct tn_json body, struct tn_err *err)
{
    struct tn_call *call = state->call;
    int rc = tn_quote_read(call->op, &call->values, body, &call->quote, err);
    if (rc < 0)
        return tn_err_prefix(err, "%s.%s", call->op->module, call->op->name);
    call->quote->made_ms = tn_loop_now_ms(state->engine->loop);
    return TENURE_OK;
}

/* What is certain to be refused is not asked: 1, and the call has its answer. */
static int veto_quote(struct tn_call_state *state, struct tn_err *err)
{
    struct tn_call *call = state->call;
    char code[TN_POLICY_CODE], found[TN_POLICY_TEXT];
    int rc =
        call->op->read_quote ? tn_policy_judge(call->op, &call->values, today_s(state), call->L, code, found, err) : 0;
    if (rc <= 0)
        return rc;
    rc = tn_policy_answer(call, code, found, err);
    if (rc == TENURE_OK)
        rc = read_quote(state, tn_json_root(call->pages[0]), err);
    return rc < 0 ? rc : 1;
}

/* The request once more, as it was: a later page is not the first one. */
static void ask_again(struct tn_call_state *state)
{
    tn_http_release(&state->exchange);
    ask_token(state);
}

static void on_ask_timer(struct tn_timer *timer)
{
    ask_again(tn_container_of(timer, struct tn_call_state, timer));
}

/* An answer that broke off and still looked complete: a read is simply asked again. */
static bool try_torn_again(struct tn_call_state *state)
{
    int64_t wait_ms = tn_http_backoff_ms(state->torn + 1, -1, tn_random64());
    if (++state->torn >= TORN_TRIES)
        return false;
    tn_http_release(&state->exchange);
    return tn_timer_start(state->engine->loop, &state->timer, wait_ms, on_ask_timer) == TENURE_OK;
}

/* The operation goes on: its question once more, when it is time. */
static void poll_later(struct tn_call_state *state)
{
    struct tn_err err = {0};
    tn_http_release(&state->exchange);
    if (tn_timer_start(state->engine->loop, &state->timer, state->poll.wait_ms, on_ask_timer) < 0) {
        tn_err_no_memory(&err);
        fail(state, &err);
    }
}

static void drop_page(struct tn_call *call)
{
    tn_json_close(call->pages[--call->page_count]);
}

/* What the page that was just taken says. */
static int read_page(struct tn_call_state *state, struct tn_err *err)
{
    const struct tn_call *call = state->call;
    struct tn_json body = tn_json_root(call->pages[call->page_count - 1]);
    int rc = tn_answer_check(call->op, body, err);
    if (rc == TENURE_OK)
        rc = tn_pages_find_next(&state->pages, call, cloud_of(state), &state->ask, err);
    if (rc == TENURE_OK && call->op->read_quote)
        rc = read_quote(state, body, err);
    return rc == TENURE_OK && call->quote ? tn_policy_weigh(call->quote, today_s(state), call->L, err) : rc;
}

/* Whether the operation is still under way: 1, asked again later; 0: the page is its answer. */
static int read_operation(struct tn_call_state *state, struct tn_err *err)
{
    struct tn_call *call = state->call;
    struct tn_json body = tn_json_root(call->pages[call->page_count - 1]);
    int64_t now_ms = tn_loop_now_ms(state->engine->loop);
    tn_strange_note(&state->engine->strange_words, call->op, call->tenant, tn_json_string(body, "status", NULL));
    int rc = tn_result_read(&state->poll, call, &state->exchange, body, now_ms, err);
    if (rc == 1) {
        drop_page(call);
        poll_later(state);
    }
    return rc;
}

static void on_read_page(struct tn_call_state *state)
{
    struct tn_err err = {0};
    int rc = tn_pages_take(&state->pages, state->call, &state->exchange, &err);
    if (rc == TENURE_EPROTO && try_torn_again(state))
        return;
    state->torn = 0;
    if (rc == TENURE_OK && state->poll.polling)
        rc = read_operation(state, &err);
    if (rc == 1)
        return;
    if (rc == TENURE_OK)
        rc = read_page(state, &err);
    tn_http_release(&state->exchange);
    if (rc < 0)
        fail(state, &err);
    else if (tn_pages_turn(&state->pages, &state->ask))
        ask_token(state);
    else
        finish(state);
}

/* A complete 2xx answer of a read. One without a body (204, or a poll that only says 202) has no page. */
static void on_read_success(struct tn_call_state *state)
{
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_err err = {0};
    int64_t now_ms = tn_loop_now_ms(state->engine->loop);
    int rc = 0;
    if (!state->poll.polling)
        rc = tn_result_begin(&state->poll, state->call, exchange, cloud_of(state), now_ms, &state->ask, &err);
    else if (!exchange->answer.len)
        rc = tn_result_read(&state->poll, state->call, exchange, (struct tn_json){0}, now_ms, &err);
    if (rc < 0)
        fail(state, &err);
    else if (rc == 1)
        poll_later(state);
    else if (exchange->status == 204 || (exchange->status == 202 && !exchange->answer.len))
        finish(state);
    else
        on_read_page(state);
}

static void on_read_answer(struct tn_call_state *state)
{
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_call *call = state->call;
    struct tn_err err = {0};
    call->http_status = exchange->status;
    if (exchange->fate != TN_HTTP_ANSWERED) {
        err = exchange->err;
        err.retryable = true;
        tn_err_prefix(&err, "%s.%s", call->op->module, call->op->name);
        fail(state, &err);
    } else if (exchange->status == 401 && state->bearer && !state->asked_again) {
        state->asked_again = true;
        reject_token(state);
        ask_again(state);
    } else if (exchange->status >= 200 && exchange->status < 300) {
        on_read_success(state);
    } else {
        tn_answer_read_error(call->op, exchange, call->L, &err);
        fail(state, &err);
    }
}

/* ---- answers of effects: one attempt, and what became of it ----------------------------------------------------- */

/* Where the service says it can be asked; its own origin only. Without memory for it the order still tells. */
static void keep_location(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    enum tn_service service = call->op->service;
    struct tn_buf url = {0};
    if (service == TN_SERVICE_PLAIN)
        return;
    const char *location = tn_http_header_of(&state->exchange, "azure-asyncoperation");
    if (!location)
        location = tn_http_header_of(&state->exchange, "location");
    if (location)
        tn_ask_put_link(&url, cloud_of(state), service, location);
    if (location && tn_url_same_origin(tn_buf_text(&url), cloud_of(state)->origin[service]))
        call->location = tn_buf_take(&url, NULL);
    tn_buf_deinit(&url);
}

static void on_effect_answer(struct tn_call_state *state)
{
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_call *call = state->call;
    call->fate = tn_answer_fate(exchange, call->L);
    call->http_status = exchange->status;
    if (exchange->fate != TN_HTTP_ANSWERED) {
        call->err = exchange->err;
        tn_err_prefix(&call->err, "%s.%s", call->op->module, call->op->name);
        finish(state);
        return;
    }
    tn_answer_request_id(exchange, call->request_id);
    if (call->fate == TN_FATE_DONE) {
        keep_location(state);
        /* A body that is not one complete JSON value is torn: nobody knows what it said. An empty one says nothing. */
        if (exchange->answer.len && tn_pages_take(&state->pages, call, exchange, &call->err) < 0)
            call->fate = TN_FATE_UNKNOWN;
    } else {
        if (exchange->status == 401)
            reject_token(state);
        if (exchange->status >= 200 && exchange->status < 300)
            tn_err_set(&call->err, TENURE_EPROTO, "%s.%s: the answer broke off", call->op->module, call->op->name);
        else
            tn_answer_read_error(call->op, exchange, call->L, &call->err);
        explain(state);
    }
    finish(state);
}

/* ---- token and request ------------------------------------------------------------------------------------------ */

static void on_exchange_done(struct tn_http_exchange *exchange)
{
    struct tn_call_state *state = tn_container_of(exchange, struct tn_call_state, exchange);
    const struct tn_call *call = state->call;
    if (call->op->service == TN_SERVICE_PLAIN)
        tn_plain_answer(exchange, call->L);
    if (call->op->class == TN_CLASS_READ)
        on_read_answer(state);
    else
        on_effect_answer(state);
}

static void send_request(struct tn_call_state *state)
{
    const struct tn_operation *op = state->call->op;
    struct tn_ask *ask = &state->ask;
    tn_ask_put_headers(ask, state->call, state->correlation);
    tn_pages_add_headers(&state->pages, ask);
    const char *method = state->poll.polling ? "GET" : op->method;
    bool has_body = strcmp(method, "GET") != 0;
    state->exchange = (struct tn_http_exchange){
        .method = method,
        .url = ask->url.data,
        .headers = ask->headers,
        .header_count = ask->header_count,
        .bearer = state->bearer,
        .body = has_body ? tn_buf_text(&ask->body) : NULL,
        .body_len = has_body ? ask->body.len : 0,
        .class = op->class == TN_CLASS_READ ? TN_HTTP_READ : TN_HTTP_EFFECT,
        .deadline_ms = op->service == TN_SERVICE_PLAIN ? TN_PLAIN_DEADLINE_MS : 0,
        .max_attempts = op->service == TN_SERVICE_PLAIN ? TN_PLAIN_ATTEMPTS : 0,
        .max_body_bytes = op->max_body_bytes,
        .done = on_exchange_done,
    };
    tn_http_start(state->engine->http, &state->exchange);
}

/* A permit counts for a short while: whoever was stopped meanwhile gives it back unsent. */
static bool too_late(const struct tn_call_state *state)
{
    const struct tn_clock *clock = tn_loop_clock(state->engine->loop);
    return state->call->send_by_boot_ms && clock->boottime_ms(clock->arg) > state->call->send_by_boot_ms;
}

static void send_in_time(struct tn_call_state *state)
{
    struct tn_err err = {0};
    if (!too_late(state)) {
        send_request(state);
        return;
    }
    tn_err_set(&err, TENURE_ETIMEDOUT, "not sent: it could not be sent soon enough after its intent");
    fail(state, &err);
}

static void on_token(struct tn_token_wait *wait)
{
    struct tn_call_state *state = tn_container_of(wait, struct tn_call_state, token);
    drop_bearer(state);
    if (wait->err.code == 0 && !(state->bearer = strdup(wait->token)))
        tn_err_no_memory(&wait->err);
    if (wait->err.code < 0)
        fail(state, &wait->err);
    else
        send_in_time(state);
}

/* Our tokens are for our cloud's services only. */
static void ask_token(struct tn_call_state *state)
{
    if (state->call->op->service == TN_SERVICE_PLAIN) {
        send_in_time(state);
        return;
    }
    state->token = (struct tn_token_wait){.ready = on_token};
    tn_auth_get(state->engine->auth, token_for(state), &state->token);
}

/* ---- the way there ---------------------------------------------------------------------------------------------- */

static void on_lookup_done(struct tn_lookup *lookup)
{
    struct tn_call_state *state = tn_container_of(lookup, struct tn_call_state, lookup);
    struct tn_err err = lookup->err;
    if (err.code < 0)
        fail(state, &err);
    else
        advance(state);
}

static void advance(struct tn_call_state *state)
{
    struct tn_err err = {0};
    state->lookup.done = on_lookup_done;
    int rc = tn_engine_check(state->engine, state->call->op, &err);
    if (rc < 0)
        tn_err_prefix(&err, "%s.%s", state->call->op->module, state->call->op->name);
    else
        rc = tn_lookup_start(&state->lookup, state->engine, state->call, &err);
    if (rc > 0)
        return; /* the state may be gone already */
    if (rc == 0)
        rc = veto_quote(state, &err);
    if (rc > 0) {
        finish(state);
        return;
    }
    if (rc == 0)
        rc = tn_ask_make(&state->ask, state->call, cloud_of(state), &err);
    if (rc < 0)
        fail(state, &err);
    else
        ask_token(state);
}

static void on_start(struct tn_job *job)
{
    advance(tn_container_of(job, struct tn_call_state, job));
}

/* ---- doors ------------------------------------------------------------------------------------------------------ */

static void engine_start(struct tn_caller *caller, struct tn_call *call)
{
    struct tn_engine *engine = tn_container_of(caller, struct tn_engine, caller);
    struct tn_call_state *state = calloc(1, sizeof *state);
    if (!state) {
        tn_err_no_memory(&call->err);
        call->fate = TN_FATE_NOT_DONE;
        call->done(call); /* the one case that cannot wait for the loop: there is nothing to queue it with */
        return;
    }
    state->engine = engine;
    state->call = call;
    call->state = state;
    call->partner = engine->partner_tenant;
    if (call->correlation)
        snprintf(state->correlation, sizeof state->correlation, "%s", call->correlation);
    else
        tn_guid_random(state->correlation);
    tn_job_post(engine->loop, &state->job, on_start);
}

static void engine_cancel(struct tn_caller *caller, struct tn_call *call)
{
    (void)caller;
    state_free(call->state);
    call->state = NULL;
}

void tn_call_release(struct tn_call *call)
{
    for (size_t i = 0; i < call->page_count; i++)
        tn_json_close(call->pages[i]);
    free(call->pages);
    tn_quote_unref(call->quote);
    free(call->outcome);
    free(call->location);
    call->pages = NULL;
    call->page_count = 0;
    call->quote = NULL;
    call->outcome = NULL;
    call->location = NULL;
}

int tn_engine_new(struct tn_loop *loop, struct tn_http *http, struct tn_auth *auth, const char *partner_tenant,
                  struct tn_engine **out, struct tn_err *err)
{
    struct tn_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return tn_err_no_memory(err);
    *engine = (struct tn_engine){.caller = {engine_start, engine_cancel}, .loop = loop, .http = http, .auth = auth};
    tn_strange_init(&engine->strange_words, loop);
    snprintf(engine->partner_tenant, sizeof engine->partner_tenant, "%s", partner_tenant ? partner_tenant : "");
    *out = engine;
    return TENURE_OK;
}

void tn_engine_free(struct tn_engine *engine)
{
    if (!engine)
        return;
    tn_ticket_facts_deinit(&engine->ticket_facts);
    tn_strange_deinit(&engine->strange_words);
    free(engine);
}

struct tn_caller *tn_engine_caller(struct tn_engine *engine)
{
    return &engine->caller;
}

void tn_engine_take_contact(struct tn_engine *engine, struct tn_support_contact *contact)
{
    tn_support_contact_deinit(&engine->ticket_facts.contact);
    engine->ticket_facts.contact = *contact;
    *contact = (struct tn_support_contact){0};
}

struct tn_ticket_facts *tn_engine_ticket_facts(struct tn_engine *engine)
{
    return &engine->ticket_facts;
}

struct tn_strange_words *tn_engine_strange_words(struct tn_engine *engine)
{
    return &engine->strange_words;
}

int tn_engine_check(const struct tn_engine *engine, const struct tn_operation *op, struct tn_err *err)
{
    const char *partner = engine->partner_tenant;
    if (op->names_partner && !tn_guid_valid(partner, strlen(partner)))
        return tn_err_set(err, TENURE_EINVAL,
                          "what is sent names the partner by its tenant id, and the settings say '%.100s': set "
                          "AZURE_TENANT_ID, or the profile's tenant, to the id, a GUID",
                          partner);
    return op->as_user ? tn_auth_check_user(engine->auth, err) : TENURE_OK;
}

const struct tn_cloud *tn_engine_cloud(const struct tn_engine *engine)
{
    return tn_auth_cloud(engine->auth);
}

struct tn_loop *tn_engine_loop(const struct tn_engine *engine)
{
    return engine->loop;
}
