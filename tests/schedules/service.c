/* The service: see service.h. */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service_inside.h"

#define TOKEN_FOR "token-for-"

/* ---- requests --------------------------------------------------------------------------------------------------- */

const char *behind(const char *text, const char *word, const char *ends, char *out, size_t size)
{
    const char *at = text ? strstr(text, word) : NULL;
    out[0] = '\0';
    if (!at)
        return NULL;
    at += strlen(word);
    size_t len = strcspn(at, ends);
    snprintf(out, size, "%.*s", (int)len, at);
    return at + len;
}

int find_order(const struct service *service, const char *url)
{
    char id[64];
    behind(url, "/reservationOrders/", "/?", id, sizeof id);
    for (int i = 0; i < service->order_count; i++) {
        if (strcmp(service->orders[i].id, id) == 0)
            return i;
    }
    return -1;
}

int find_reservation(const struct service *service, const char *text)
{
    char id[64];
    behind(text, "/reservations/", "/?\"", id, sizeof id);
    for (int i = 0; i < service->reservation_count; i++) {
        if (strcmp(service->reservations[i].id, id) == 0)
            return i;
    }
    return -1;
}

/* ---- refunds ---------------------------------------------------------------------------------------------------- */

static void answer_session(struct service *service, int status, const struct session *session,
                           struct service_answer *answer)
{
    int customer = service->orders[service->reservations[session->reservation].order].customer;
    struct tn_json_writer w = begin(answer, status);
    write_reservation_id(service, &w, "id", session->reservation);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "sessionId", session->id);
    tn_jw_kv_int(&w, "quantity", session->quantity);
    write_amount(&w, "billingRefundAmount", currency_of(service, customer), session->back_cents);
    tn_jw_key(&w, "policyResult");
    tn_jw_object(&w);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
    write_amount(&w, "pricingRefundAmount", "USD", session->worth_cents);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

static void quote_refund(struct service *service, const struct service_request *request, int64_t at_ms,
                         struct service_answer *answer)
{
    int index = find_reservation(service, request->body), changes;
    char number[24];
    behind(request->body, "\"quantity\":", ",}", number, sizeof number);
    int64_t quantity = atoll(number);
    if (index < 0 || quantity < 1 || quantity > service->reservations[index].quantity) {
        refuse(answer, 400, "InvalidRefundQuantity");
    } else if (service->trouble && service->reservations[index].stays) {
        refuse(answer, 400, "RefundNotPossible");
    } else if (reservation_at(service, index, at_ms, &changes) != LIVE || service->session_count == MOST_SESSIONS) {
        refuse(answer, 409, "OperationCannotBePerformedInCurrentState");
    } else {
        struct session *session = &service->sessions[service->session_count++];
        *session = (struct session){
            .reservation = index, .quantity = quantity, .expires_ms = service->world->now_ms + SESSION_MS};
        chance_guid(&service->chance, session->id);
        price_return(service, index, quantity, &session->back_cents, &session->worth_cents);
        answer_session(service, 200, session, answer);
    }
}

static struct session *find_session(struct service *service, const char *body)
{
    char id[64];
    behind(body, "\"sessionId\":\"", "\"", id, sizeof id);
    for (int i = 0; i < service->session_count; i++) {
        if (strcmp(service->sessions[i].id, id) == 0)
            return &service->sessions[i];
    }
    return NULL;
}

/* request NULL: by a person. */
static struct service_entry *accept(struct service *service, int reservation, int64_t quantity,
                                    const struct service_request *request)
{
    const struct reservation *source = &service->reservations[reservation];
    const struct order *order = &service->orders[source->order];
    struct service_entry *entry = book(service, SERVICE_REFUND, order->customer, request);
    int64_t visible_ms = entry->accepted_ms + (request ? request->late_ms : 0);
    entry->quantity = quantity;
    entry->settled_ms = visible_ms + chance_between(&service->chance, 500, 60000);
    entry->failed = request && chance_hits(&service->chance, service->plan.fails_per_mille);
    memcpy(entry->orders[0], order->id, sizeof order->id);
    memcpy(entry->reservations[0], source->id, sizeof source->id);
    give_back(service, reservation, quantity, visible_ms, entry->settled_ms, entry->failed);
    return entry;
}

static void make_refund(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    struct session *session = find_session(service, request->body);
    bool old = !session || session->expires_ms < service->world->now_ms;
    if (old || (session->used && !service->plan.repeats_sessions)) {
        refuse(answer, 400, "SessionExpired");
        return;
    }
    if (!takes_back(service, session->reservation, &answer->collides)) {
        refuse(answer, 409, "OperationCannotBePerformedInCurrentState");
        return;
    }
    if (!has_room(service, 1, 0)) {
        refuse(answer, 400, "TooManyRefunds");
        return;
    }
    int order = service->reservations[session->reservation].order;
    struct service_entry *entry = accept(service, session->reservation, session->quantity, request);
    entry->back_cents = session->back_cents;
    entry->worth_cents = session->worth_cents;
    session->used = true;
    answer->accepted = true;
    answer_session(service, 202, session, answer);
    snprintf(answer->location, sizeof answer->location,
             SERVICE_URL "/providers/Microsoft.Capacity/reservationOrders/%s?api-version=2022-11-01",
             service->orders[order].id);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* It takes on what is under way already, unless it is strict: the same once more does no harm. */
static void give_name(struct service *service, const struct service_request *request, int index,
                      struct service_answer *answer)
{
    const char *id = service->reservations[index].id;
    int64_t now_ms = service->world->now_ms, visible_ms = now_ms + request->late_ms;
    char name[40];
    int changes;
    behind(request->body, "\"name\":\"", "\"", name, sizeof name);
    if (reservation_at(service, index, now_ms, &changes) != LIVE ||
        (service->plan.strict && changes_open(&service->changes, id, now_ms))) {
        refuse(answer, 409, "OperationCannotBePerformedInCurrentState");
        return;
    }
    if (service->plan.refuses_same && strcmp(changes_name(&service->changes, id, now_ms), name) == 0) {
        refuse(answer, 400, "PatchValuesSameAsExisting");
        return;
    }
    int64_t takes_ms = service->plan.slow_names ? chance_between(&service->chance, 500, 60000) : 0;
    struct change *change = changes_add(&service->changes, id, name, request->correlation, visible_ms + takes_ms);
    if (!change) {
        refuse(answer, 400, "TooManyChanges");
        return;
    }
    change->failed = service->plan.slow_names && service->reservations[index].keeps_name;
    answer->accepted = true;
    answer_reservation(service, index, visible_ms, answer);
    if (!service->plan.slow_names)
        return;
    answer->status = 202;
    snprintf(answer->location, sizeof answer->location, SERVICE_URL OPERATIONS "%zu?api-version=2022-11-01",
             service->changes.count - 1);
}

/* How an exchange, or the giving of a name, goes on. */
static void answer_operation(const struct service *service, const char *path, int64_t at_ms,
                             struct service_answer *answer)
{
    char id[40], *end;
    behind(path, OPERATIONS, "?", id, sizeof id);
    size_t index = strtoul(id, &end, 10);
    if (answer_exchange(service, id, at_ms, answer))
        return;
    if (*end || index >= service->changes.count) {
        refuse(answer, 404, "ResourceNotFound");
        return;
    }
    const struct change *change = &service->changes.list[index];
    bool over = change->settled_ms <= at_ms;
    struct tn_json_writer w = begin(answer, over ? 200 : 202);
    tn_jw_kv_string(&w, "status", !over ? "Running" : change->failed ? "Failed" : "Succeeded");
    tn_jw_object_end(&w);
}

int customer_of(const struct service *service, const struct service_request *request)
{
    for (int i = 0; i < service->customer_count; i++) {
        if (request->bearer && strcmp(service->customers[i].id, request->bearer + sizeof TOKEN_FOR - 1) == 0)
            return i;
    }
    return -1;
}

static bool gives_no_token(const struct service *service, const char *tenant)
{
    for (int i = 0; service->trouble && i < service->customer_count; i++) {
        if (strcmp(service->customers[i].id, tenant) == 0)
            return service->customers[i].refused;
    }
    return false;
}

static void refuse_token(struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 400);
    tn_jw_kv_string(&w, "error", "invalid_grant");
    tn_jw_kv_string(&w, "error_description", "AADSTS65001: nobody has consented.");
    tn_jw_object_end(&w);
}

static void answer_token(const struct service *service, const struct service_request *request,
                         struct service_answer *answer)
{
    char tenant[64], token[80];
    behind(request->url, SERVICE_URL "/", "/", tenant, sizeof tenant);
    if (gives_no_token(service, tenant)) {
        refuse_token(answer);
        return;
    }
    snprintf(token, sizeof token, TOKEN_FOR "%s", tenant);
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_kv_string(&w, "token_type", "Bearer");
    if (strstr(request->url, "/v2.0/"))
        tn_jw_kv_int(&w, "expires_in", 3600);
    else
        tn_jw_kv_string(&w, "expires_in", "3600");
    tn_jw_kv_string(&w, "access_token", token);
    tn_jw_object_end(&w);
}

/* What is asked for by a path under an order. */
static void ask_order(struct service *service, const struct service_request *request, const char *path, int64_t at_ms,
                      struct service_answer *answer)
{
    int order = find_order(service, path);
    if (strcmp(request->method, "PUT") == 0)
        make_purchase(service, request, answer);
    else if (order < 0 || service->orders[order].born_ms > at_ms)
        refuse(answer, 404, "ReservationOrderNotFound");
    else if (strcmp(request->method, "PATCH") == 0 && find_reservation(service, path) >= 0)
        give_name(service, request, find_reservation(service, path), answer);
    else if (strstr(path, "/calculateRefund"))
        quote_refund(service, request, at_ms, answer);
    else if (strstr(path, "/return"))
        make_refund(service, request, answer);
    else if (strstr(path, "/reservations/"))
        answer_reservation(service, find_reservation(service, path), at_ms, answer);
    else if (strstr(path, "/reservations"))
        answer_list(service, order, -1, at_ms, answer);
    else
        answer_order(service, 200, order, at_ms, answer);
}

void service_ask(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    const char *path = request->url + sizeof SERVICE_URL - 1;
    int64_t at_ms = service->world->now_ms - request->stale_ms;
    if (strstr(path, "/token"))
        answer_token(service, request, answer);
    else if (strncmp(path, "/v1/customers", 13) == 0)
        answer_customers(service, answer);
    else if (strstr(path, "/reservationOrders/"))
        ask_order(service, request, path, at_ms, answer);
    else if (strstr(path, OPERATIONS))
        answer_operation(service, path, at_ms, answer);
    else if (strstr(path, "/calculateExchange"))
        quote_exchange(service, request, at_ms, answer);
    else if (strstr(path, "/exchange"))
        make_exchange(service, request, answer);
    else if (strstr(path, "/calculatePrice"))
        quote_purchase(service, request, answer);
    else if (strstr(path, "/reservations"))
        answer_list(service, -1, customer_of(service, request), at_ms, answer);
    else
        refuse(answer, 404, "ResourceNotFound");
}

void service_trouble(struct service *service)
{
    service->trouble = true;
}

void service_person(struct service *service)
{
    int index = (int)chance_below(&service->chance, service->reservation_count), changes;
    int64_t now_ms = service->world->now_ms;
    const struct reservation *one = &service->reservations[index];
    if (one->born_ms > now_ms || reservation_at(service, index, now_ms, &changes) != LIVE ||
        order_at(service, one->order, now_ms) == PENDING || !has_room(service, 1, 0))
        return;
    int64_t quantity = chance_between(&service->chance, 1, one->quantity);
    tell(service->world, "a person returns %lld of %s", (long long)quantity, one->id);
    accept(service, index, quantity, NULL);
}

/* ---- books and life --------------------------------------------------------------------------------------------- */

size_t service_count(const struct service *service)
{
    return (size_t)service->entry_count;
}

const struct service_entry *service_entry(const struct service *service, size_t index)
{
    return &service->entries[index];
}

const struct changes *service_changes(const struct service *service)
{
    return &service->changes;
}

static void populate(struct service *service)
{
    struct chance *chance = &service->chance;
    for (int i = 0; i < service->plan.customers && i < MOST_CUSTOMERS; i++) {
        struct customer *customer = &service->customers[service->customer_count++];
        chance_guid(chance, customer->id);
        customer->euros = chance_hits(chance, 500);
        customer->refused = chance_hits(chance, service->plan.trouble_per_mille);
        for (int64_t left = chance_between(chance, 1, service->plan.orders_per_customer); left > 0; left--) {
            struct order *order = &service->orders[service->order_count];
            *order = (struct order){.customer = i,
                                    .bought_ms = chance_between(chance, 10, 400) * DAY_MS,
                                    .born_ms = -NEVER,
                                    .settled_ms = -NEVER};
            chance_guid(chance, order->id);
            for (int64_t members = chance_between(chance, 1, 2); members > 0; members--) {
                struct reservation *one = &service->reservations[service->reservation_count++];
                *one = (struct reservation){.order = service->order_count, .born_ms = -NEVER};
                chance_guid(chance, one->id);
                one->quantity = chance_between(chance, 1, 4);
                one->price_cents = chance_between(chance, 5000, 40000);
                one->monthly = chance_hits(chance, 300);
                one->stays = chance_hits(chance, service->plan.trouble_per_mille);
                one->keeps_name = chance_hits(chance, service->plan.fails_per_mille);
            }
            service->order_count++;
        }
    }
}

struct service *service_new(struct world *world, const struct service_plan *plan)
{
    struct service *service = calloc(1, sizeof *service);
    if (!service || !(service->sessions = calloc(MOST_SESSIONS, sizeof *service->sessions)) ||
        !(service->prices = calloc(MOST_PRICES, sizeof *service->prices)) || !(service->exchanges = exchanges_new()))
        abort();
    service->world = world;
    service->plan = *plan;
    service->chance.state = chance_next(&world->chance);
    populate(service);
    return service;
}

void service_free(struct service *service)
{
    if (!service)
        return;
    free(service->sessions);
    free(service->prices);
    free(service->exchanges);
    free(service);
}
