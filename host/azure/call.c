/*
 * The call engine: one state machine for every row.
 *
 *   start ─▶ look up what the ids leave open (order, quantity) ─▶ token ─▶ request ─┬▶ next page ─▶ token …
 *                                                                  ▲                ├▶ 401, once ─┐
 *                                                                  │                └▶ done       │
 *                                                                  └──────────────────────────────┘
 *
 * A token is asked for before every request of a chain; it comes from the cache in nearly all cases.
 */
#include "azure/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/answer.h"
#include "base/id.h"
#include "net/url.h"

#define MAX_PAGES 2000
#define MAX_BYTES ((size_t)512 << 20) /* of all pages together */
#define TORN_TRIES 4                  /* of a read whose answer is complete for HTTP, but no JSON */
#define MAX_HEADERS 12

struct tn_engine {
    struct tn_caller caller;
    struct tn_loop *loop;
    struct tn_http *http;
    struct tn_auth *auth;
    char partner_tenant[256];
};

struct tn_call_state {
    struct tn_engine *engine;
    struct tn_call *call;
    struct tn_job job;
    struct tn_token_wait token;
    struct tn_http_exchange exchange;
    char *bearer; /* our copy: a retry may outlive the cached token; wiped */
    struct tn_buf url, body;
    struct tn_buf next_url;     /* of the page after this one; empty: none */
    struct tn_buf continuation; /* headers of the next page: name NUL value NUL … */
    struct tn_http_header headers[MAX_HEADERS];
    size_t header_count;
    char correlation[TN_GUID_TEXT];
    bool asked_again; /* a 401 has been answered with a new token */
    bool same_url;    /* the request is repeated as it was */
    uint32_t torn;    /* answers in a row that were no JSON */
    size_t bytes;     /* of all pages so far */
    struct tn_timer timer;
    struct tn_call *lookup; /* a call of our own that fills in what the ids leave open */
    size_t page_cap;
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
    tn_auth_cancel(&state->token);
    tn_http_cancel(&state->exchange);
    tn_http_release(&state->exchange);
    drop_bearer(state);
    tn_buf_deinit(&state->url);
    tn_buf_deinit(&state->body);
    tn_buf_deinit(&state->next_url);
    tn_buf_deinit(&state->continuation);
    if (state->lookup) {
        state->engine->caller.cancel(&state->engine->caller, state->lookup);
        tn_call_release(state->lookup);
        tn_values_deinit(&state->lookup->values);
        free(state->lookup);
    }
    free(state);
}

static void finish(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    call->state = NULL;
    state_free(state);
    call->done(call);
}

static void fail(struct tn_call_state *state, const struct tn_err *err)
{
    state->call->err = *err;
    if (state->call->op->class != TN_CLASS_READ)
        state->call->fate = TN_FATE_NOT_DONE; /* nothing was sent */
    finish(state);
}

/* ---- building the request --------------------------------------------------------------------------------------- */

static const char *tenant_of(const struct tn_call_state *state)
{
    return state->call->tenant ? state->call->tenant : state->engine->partner_tenant;
}

/* The text for "{name}" or "{name.order}" of a path template. NULL: our own table is wrong. */
static const char *placeholder(const struct tn_call *call, const char *name, size_t len)
{
    const char *dot = memchr(name, '.', len);
    size_t name_len = dot ? (size_t)(dot - name) : len;
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        const struct tn_argument_value *value = &call->values.of[i];
        const char *argument = call->op->arguments[i].name;
        if (strlen(argument) != name_len || strncmp(argument, name, name_len) != 0)
            continue;
        if (value->quote)
            return value->quote->order;
        return dot ? value->order : value->text;
    }
    return NULL;
}

static int put_path(struct tn_call_state *state, struct tn_err *err)
{
    const struct tn_operation *op = state->call->op;
    for (const char *at = op->path; *at;) {
        size_t plain = strcspn(at, "{");
        tn_buf_put(&state->url, at, plain);
        at += plain;
        if (!*at)
            break;
        size_t len = strcspn(at, "}") - 1;
        const char *text = placeholder(state->call, at + 1, len);
        if (!text)
            return tn_err_set(err, TENURE_EINTERNAL, "%s.%s: nothing fills %.*s in its path", op->module, op->name,
                              (int)len + 2, at);
        int rc = tn_url_put_segment(&state->url, text, err);
        if (rc < 0)
            return rc;
        at += len + 2;
    }
    return TENURE_OK;
}

static int build_url(struct tn_call_state *state, struct tn_err *err)
{
    const struct tn_operation *op = state->call->op;
    const struct tn_cloud *cloud = tn_auth_cloud(state->engine->auth);
    tn_buf_reset(&state->url);
    tn_buf_puts(&state->url, cloud->origin[op->service]);
    tn_buf_puts(&state->url, cloud->prefix[op->service]);
    int rc = put_path(state, err);
    if (rc < 0)
        return rc;
    if (op->api_version)
        tn_url_put_query(&state->url, "api-version", op->api_version);
    for (size_t i = 0; op->arguments[i].name; i++) {
        const struct tn_argument_value *value = &state->call->values.of[i];
        if (op->arguments[i].place == TN_IN_QUERY && value->given && value->text)
            tn_url_put_query(&state->url, op->arguments[i].where, value->text);
    }
    return state->url.failed ? tn_err_no_memory(err) : TENURE_OK;
}

static int build_body(struct tn_call_state *state, struct tn_err *err)
{
    const struct tn_operation *op = state->call->op;
    struct tn_json_writer w;
    tn_buf_reset(&state->body);
    if (!op->build_body)
        return TENURE_OK;
    tn_jw_init(&w, &state->body);
    int rc = op->build_body(op, &state->call->values, &w, err);
    return rc == TENURE_OK && state->body.failed ? tn_err_no_memory(err) : rc;
}

static void add_header(struct tn_call_state *state, const char *name, const char *value)
{
    if (state->header_count < MAX_HEADERS)
        state->headers[state->header_count++] = (struct tn_http_header){name, value};
}

static void build_headers(struct tn_call_state *state)
{
    state->header_count = 0;
    add_header(state, "Accept", "application/json");
    if (state->body.len)
        add_header(state, "Content-Type", "application/json");
    if (state->call->op->service == TN_SERVICE_PARTNER_CENTER) {
        add_header(state, "MS-Contract-Version", "v1");
        add_header(state, "MS-RequestId", state->correlation);
        add_header(state, "MS-CorrelationId", state->correlation);
    } else {
        add_header(state, "x-ms-client-request-id", state->correlation);
        add_header(state, "x-ms-correlation-request-id", state->correlation);
    }
    const char *end = state->continuation.data + state->continuation.len;
    for (const char *at = state->continuation.data; at && at < end;) {
        const char *value = at + strlen(at) + 1;
        add_header(state, at, value);
        at = value + strlen(value) + 1;
    }
}

/* ---- paging ----------------------------------------------------------------------------------------------------- */

struct tn_json tn_call_items(const struct tn_operation *op, struct tn_json body)
{
    switch (op->paging) {
    case TN_PAGING_NEXT_LINK:
        return tn_json_find(body, "value");
    case TN_PAGING_LINKS_NEXT:
        return tn_json_find(body, "items");
    default:
        return body;
    }
}

static void keep_continuation(struct tn_call_state *state, struct tn_json next)
{
    tn_buf_reset(&state->continuation);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(next, "headers")); tn_json_next(&it);) {
        const char *key = tn_json_string(it.value, "key", NULL), *value = tn_json_string(it.value, "value", NULL);
        /* Only what the service documents: an answer must not choose our other headers. */
        if (!key || !value || strcasecmp(key, "MS-ContinuationToken") != 0)
            continue;
        tn_buf_put(&state->continuation, "MS-ContinuationToken", sizeof "MS-ContinuationToken");
        tn_buf_put(&state->continuation, value, strlen(value) + 1);
    }
}

/* Links come relative, with or without the prefix, or absolute. */
static void put_link(struct tn_call_state *state, const char *link)
{
    const struct tn_operation *op = state->call->op;
    const struct tn_cloud *cloud = tn_auth_cloud(state->engine->auth);
    tn_buf_reset(&state->next_url);
    if (link[0] == '/') {
        size_t prefix = strlen(cloud->prefix[op->service]);
        tn_buf_puts(&state->next_url, cloud->origin[op->service]);
        if (strncmp(link, cloud->prefix[op->service], prefix) != 0 || (prefix && link[prefix] != '/'))
            tn_buf_puts(&state->next_url, cloud->prefix[op->service]);
    }
    tn_buf_puts(&state->next_url, link);
}

/* Find the next page's URL in this one. Links are data: followed only to the cloud's own origin, and never round in
 * circles. */
static int read_next_link(struct tn_call_state *state, struct tn_json body, struct tn_err *err)
{
    const struct tn_operation *op = state->call->op;
    const char *link = NULL;
    tn_buf_reset(&state->next_url);
    if (op->paging == TN_PAGING_NEXT_LINK) {
        link = tn_json_string(body, "nextLink", NULL);
    } else if (op->paging == TN_PAGING_LINKS_NEXT) {
        struct tn_json next = tn_json_find(body, "links.next");
        link = tn_json_string(next, "uri", NULL);
        keep_continuation(state, next);
    }
    if (!link || !*link)
        return TENURE_OK;
    put_link(state, link);
    if (state->next_url.failed || state->continuation.failed)
        return tn_err_no_memory(err);
    if (!tn_url_same_origin(state->next_url.data, tn_auth_cloud(state->engine->auth)->origin[op->service]))
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: the next page is said to be on another host; not followed",
                          op->module, op->name);
    if (strcmp(state->next_url.data, tn_buf_text(&state->url)) == 0 && !state->continuation.len)
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: a page names itself as the next one", op->module, op->name);
    if (state->call->page_count >= MAX_PAGES)
        return tn_err_set(err, TENURE_ERANGE, "%s.%s: more than %d pages", op->module, op->name, MAX_PAGES);
    return TENURE_OK;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static int keep_page(struct tn_call_state *state, struct tn_json_doc *doc, struct tn_err *err)
{
    struct tn_call *call = state->call;
    if (call->page_count == state->page_cap) {
        size_t cap = state->page_cap ? state->page_cap * 2 : 1;
        struct tn_json_doc **pages = realloc(call->pages, cap * sizeof(struct tn_json_doc *));
        if (!pages)
            return tn_err_no_memory(err);
        call->pages = pages;
        state->page_cap = cap;
    }
    call->pages[call->page_count++] = doc;
    return TENURE_OK;
}

/* Decode the body into the caller's state and keep it. */
static int take_page(struct tn_call_state *state, struct tn_err *err)
{
    const struct tn_operation *op = state->call->op;
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(state->call->L, tn_buf_text(&exchange->answer), exchange->answer.len, op->max_body_bytes,
                           &doc, err);
    state->bytes += exchange->answer.len;
    if (rc == TENURE_OK && state->bytes > MAX_BYTES) {
        tn_json_close(doc);
        return tn_err_set(err, TENURE_ERANGE, "%s.%s: the pages together are over %zu MiB", op->module, op->name,
                          MAX_BYTES >> 20);
    }
    if (rc < 0) {
        err->http_status = exchange->status;
        err->retryable = rc == TENURE_EPROTO;
        return tn_err_prefix(err, "%s.%s: HTTP %d, but the answer is no usable JSON", op->module, op->name,
                             exchange->status);
    }
    rc = keep_page(state, doc, err);
    if (rc < 0)
        tn_json_close(doc);
    return rc;
}

static int check_shape(const struct tn_operation *op, struct tn_json body, struct tn_err *err)
{
    const char *inside = tn_json_string(body, "error.code", NULL);
    if (inside) {
        snprintf(err->name, sizeof err->name, "%s", inside);
        return tn_err_set(err, TENURE_EREMOTE, "%s.%s: answered 200 with an error inside: %s", op->module, op->name,
                          inside);
    }
    const char *list = op->paging == TN_PAGING_NEXT_LINK    ? "value"
                       : op->paging == TN_PAGING_LINKS_NEXT ? "items"
                                                            : NULL;
    if (list && tn_json_type_of(body, list) != TN_JSON_ARRAY)
        return tn_err_set(err, TENURE_EPROTO, "%s.%s: the answer has no list \"%s\"", op->module, op->name, list);
    return TENURE_OK;
}

static int read_quote(struct tn_call_state *state, struct tn_json body, struct tn_err *err)
{
    struct tn_call *call = state->call;
    call->quote = calloc(1, sizeof *call->quote);
    if (!call->quote)
        return tn_err_no_memory(err);
    int rc = tn_quote_read(call->op, &call->values, body, call->quote, err);
    if (rc < 0)
        return tn_err_prefix(err, "%s.%s", call->op->module, call->op->name);
    call->quote->made_ms = tn_loop_now_ms(state->engine->loop);
    return TENURE_OK;
}

/* The request once more, as it was: a later page is not the first one. */
static void ask_again(struct tn_call_state *state)
{
    state->same_url = true;
    tn_http_release(&state->exchange);
    ask_token(state);
}

static void on_torn_timer(struct tn_timer *timer)
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
    return tn_timer_start(state->engine->loop, &state->timer, wait_ms, on_torn_timer) == TENURE_OK;
}

static void on_read_page(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    struct tn_err err = {0};
    int rc = take_page(state, &err);
    if (rc == TENURE_EPROTO && try_torn_again(state))
        return;
    state->torn = 0;
    if (rc == TENURE_OK) {
        struct tn_json body = tn_json_root(call->pages[call->page_count - 1]);
        rc = check_shape(call->op, body, &err);
        if (rc == TENURE_OK && call->op->makes_quote)
            rc = read_quote(state, body, &err);
        if (rc == TENURE_OK)
            rc = read_next_link(state, body, &err);
    }
    tn_http_release(&state->exchange);
    if (rc < 0)
        fail(state, &err);
    else if (state->next_url.len)
        ask_token(state);
    else
        finish(state);
}

static void on_read_answer(struct tn_call_state *state)
{
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_call *call = state->call;
    struct tn_err err = {0};
    if (exchange->fate != TN_HTTP_ANSWERED) {
        err = exchange->err;
        err.retryable = true;
        tn_err_prefix(&err, "%s.%s", call->op->module, call->op->name);
        fail(state, &err);
    } else if (exchange->status == 401 && !state->asked_again) {
        state->asked_again = true;
        tn_auth_reject(state->engine->auth, tenant_of(state), call->op->service, state->bearer);
        ask_again(state);
    } else if (exchange->status >= 200 && exchange->status < 300) {
        on_read_page(state);
    } else {
        tn_answer_read_error(call->op, exchange, call->L, &err);
        fail(state, &err);
    }
}

/* Where the service says it can be asked; its own origin only. */
static void keep_location(struct tn_call_state *state)
{
    struct tn_call *call = state->call;
    const char *location = tn_http_header_of(&state->exchange, "azure-asyncoperation");
    if (!location)
        location = tn_http_header_of(&state->exchange, "location");
    if (location && tn_url_same_origin(location, tn_auth_cloud(state->engine->auth)->origin[call->op->service]))
        call->location = strdup(location); /* without memory for it the order still tells */
}

static void on_effect_answer(struct tn_call_state *state)
{
    struct tn_http_exchange *exchange = &state->exchange;
    struct tn_call *call = state->call;
    call->fate = tn_answer_fate(exchange);
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
        if (exchange->answer.len && take_page(state, &call->err) < 0)
            call->fate = TN_FATE_UNKNOWN;
    } else {
        if (exchange->status == 401)
            tn_auth_reject(state->engine->auth, tenant_of(state), call->op->service, state->bearer);
        tn_answer_read_error(call->op, exchange, call->L, &call->err);
    }
    finish(state);
}

static void on_exchange_done(struct tn_http_exchange *exchange)
{
    struct tn_call_state *state = tn_container_of(exchange, struct tn_call_state, exchange);
    if (state->call->op->class == TN_CLASS_READ)
        on_read_answer(state);
    else
        on_effect_answer(state);
}

/* ---- token and request ------------------------------------------------------------------------------------------ */

static void send_request(struct tn_call_state *state)
{
    const struct tn_operation *op = state->call->op;
    bool first_page = !state->next_url.len, same = state->same_url;
    struct tn_err err = {0};
    state->same_url = false;
    int rc = first_page && !same ? build_url(state, &err) : TENURE_OK;
    if (!first_page && !same) {
        struct tn_buf swap = state->url;
        state->url = state->next_url;
        state->next_url = swap;
        tn_buf_reset(&state->next_url);
    }
    if (rc == TENURE_OK)
        rc = build_body(state, &err);
    if (rc < 0) {
        fail(state, &err);
        return;
    }
    build_headers(state);
    bool has_body = strcmp(op->method, "GET") != 0;
    state->exchange = (struct tn_http_exchange){
        .method = op->method,
        .url = state->url.data,
        .headers = state->headers,
        .header_count = state->header_count,
        .bearer = state->bearer,
        .body = has_body ? tn_buf_text(&state->body) : NULL,
        .body_len = has_body ? state->body.len : 0,
        .class = op->class == TN_CLASS_READ ? TN_HTTP_READ : TN_HTTP_EFFECT,
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

static void on_token(struct tn_token_wait *wait)
{
    struct tn_call_state *state = tn_container_of(wait, struct tn_call_state, token);
    drop_bearer(state);
    if (wait->err.code == 0 && !(state->bearer = strdup(wait->token)))
        tn_err_no_memory(&wait->err);
    if (wait->err.code == 0 && too_late(state))
        tn_err_set(&wait->err, TENURE_ETIMEDOUT, "not sent: it could not be sent soon enough after its intent");
    if (wait->err.code < 0)
        fail(state, &wait->err);
    else
        send_request(state);
}

static void ask_token(struct tn_call_state *state)
{
    state->token = (struct tn_token_wait){.ready = on_token};
    tn_auth_get(state->engine->auth, tenant_of(state), state->call->op->service, &state->token);
}

/* ---- looking up what ids leave open ----------------------------------------------------------------------------- */

/* The reservation argument of a call; NULL when it has none. */
static struct tn_argument_value *reservation_of(struct tn_call *call)
{
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        if (call->op->arguments[i].type == TN_TYPE_RESERVATION && call->values.of[i].given)
            return &call->values.of[i];
    }
    return NULL;
}

static int find_in_list(const struct tn_call *list, struct tn_argument_value *wanted, struct tn_err *err)
{
    for (size_t page = 0; page < list->page_count; page++) {
        struct tn_json items = tn_call_items(list->op, tn_json_root(list->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
            char order[37], reservation[37];
            const char *id = tn_json_string(it.value, "id", NULL);
            if (!id || !tn_reservation_id_parse(id, order, reservation) || !tn_id_equal(reservation, wanted->text))
                continue;
            wanted->order = strdup(order);
            tn_json_int(it.value, "properties.quantity", &wanted->integer);
            return wanted->order ? TENURE_OK : tn_err_no_memory(err);
        }
    }
    return tn_err_set(err, TENURE_ENOENT, "no reservation %s in tenant %s", wanted->text,
                      list->tenant ? list->tenant : "of the partner");
}

static void on_lookup_done(struct tn_call *lookup)
{
    struct tn_call_state *state = lookup->owner;
    struct tn_argument_value *wanted = reservation_of(state->call);
    struct tn_err err = lookup->err;
    if (err.code == 0 && lookup->op->paging != TN_PAGING_NONE)
        find_in_list(lookup, wanted, &err);
    else if (err.code == 0 && !tn_json_int(tn_json_root(lookup->pages[0]), "properties.quantity", &wanted->integer))
        tn_err_set(&err, TENURE_EPROTO, "reservations.get: the answer has no quantity");
    state->lookup = NULL;
    tn_call_release(lookup);
    tn_values_deinit(&lookup->values);
    free(lookup);
    if (err.code < 0)
        fail(state, &err);
    else
        advance(state);
}

static void start_lookup(struct tn_call_state *state, const struct tn_operation *op,
                         const struct tn_argument_value *wanted)
{
    struct tn_err err = {0};
    struct tn_call *lookup = calloc(1, sizeof *lookup);
    if (!lookup) {
        tn_err_no_memory(&err);
        fail(state, &err);
        return;
    }
    *lookup = (struct tn_call){
        .op = op, .tenant = state->call->tenant, .L = state->call->L, .done = on_lookup_done, .owner = state};
    if (wanted) {
        char id[128];
        snprintf(id, sizeof id, "%s/%s", wanted->order, wanted->text);
        if (tn_values_set_text(op, &lookup->values, 0, id, &err) < 0) {
            tn_values_deinit(&lookup->values);
            free(lookup);
            fail(state, &err);
            return;
        }
    }
    state->lookup = lookup;
    state->engine->caller.start(&state->engine->caller, lookup);
}

static void advance(struct tn_call_state *state)
{
    const struct tn_argument_value *reservation = reservation_of(state->call);
    if (reservation && !reservation->order) {
        start_lookup(state, tn_operation_find("reservations", "list"), NULL);
        return;
    }
    if (reservation && state->call->op->makes_quote && reservation->integer <= 0 &&
        !tn_values_get(state->call->op, &state->call->values, "quantity")->given) {
        start_lookup(state, tn_operation_find("reservations", "get"), reservation);
        return;
    }
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
    free(call->quote);
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
    snprintf(engine->partner_tenant, sizeof engine->partner_tenant, "%s", partner_tenant ? partner_tenant : "");
    *out = engine;
    return TENURE_OK;
}

void tn_engine_free(struct tn_engine *engine)
{
    free(engine);
}

struct tn_caller *tn_engine_caller(struct tn_engine *engine)
{
    return &engine->caller;
}

const struct tn_cloud *tn_engine_cloud(const struct tn_engine *engine)
{
    return tn_auth_cloud(engine->auth);
}

struct tn_loop *tn_engine_loop(const struct tn_engine *engine)
{
    return engine->loop;
}
