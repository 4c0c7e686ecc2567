/* The service: see service.h. */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"

#define MOST_CUSTOMERS 6
#define MOST_ORDERS 24
#define MOST_RESERVATIONS 192
#define MOST_REFUNDS 128
#define MOST_SESSIONS 2048
#define SESSION_MS (10 * 60 * 1000)
#define LIFE_DAYS 730
#define DAY_MS INT64_C(86400000)
#define NEVER INT64_MAX
#define TOKEN_FOR "token-for-"
#define OPERATIONS "/providers/Microsoft.Capacity/operationResults/"

struct customer {
    char id[37];
    bool euros, refused; /* refused: gives no tokens any more, once trouble has begun */
};

struct order {
    char id[37];
    int customer;
    int64_t bought_ms; /* before the schedule began */
};

struct reservation {
    char id[37];
    int order;
    int64_t quantity, price_cents, born_ms;
    bool stays;      /* cannot be returned, once trouble has begun */
    bool keeps_name; /* whoever wants to give it another is told that it did not work, in the end */
};

struct refund {
    struct service_entry entry;
    int reservation;
    int64_t visible_ms;
};

struct session {
    char id[37];
    int reservation;
    int64_t quantity, back_cents, worth_cents, expires_ms;
    bool used;
};

struct service {
    struct world *world;
    struct service_plan plan;
    struct chance chance;
    struct customer customers[MOST_CUSTOMERS];
    struct order orders[MOST_ORDERS];
    struct reservation reservations[MOST_RESERVATIONS];
    struct refund refunds[MOST_REFUNDS];
    struct session *sessions;
    struct changes changes;
    bool trouble;
    int customer_count, order_count, reservation_count, refund_count, session_count;
};

/* ---- the world as it was ---------------------------------------------------------------------------------------- */

enum state { LIVE, PENDING, CANCELLED, FAILED };
static const char *const state_names[] = {"Succeeded", "Pending", "Cancelled", "Failed"};

/* *changes: how often it changed before at_ms. */
static enum state reservation_at(const struct service *service, int index, int64_t at_ms, int *changes)
{
    enum state state = LIVE;
    *changes = 1;
    for (int i = 0; i < service->refund_count; i++) {
        const struct refund *refund = &service->refunds[i];
        if (refund->reservation != index || refund->visible_ms > at_ms)
            continue;
        bool settled = refund->entry.settled_ms <= at_ms;
        *changes += settled ? 2 : 1;
        if (!settled)
            state = PENDING;
        else if (!refund->entry.failed && state != PENDING)
            state = CANCELLED;
    }
    return state;
}

static enum state order_at(const struct service *service, int order, int64_t at_ms)
{
    enum state state = LIVE;
    int64_t latest = -1;
    int live = 0, changes;
    for (int i = 0; i < service->refund_count; i++) {
        const struct refund *refund = &service->refunds[i];
        if (service->reservations[refund->reservation].order != order || refund->visible_ms > at_ms)
            continue;
        if (refund->entry.settled_ms > at_ms)
            return PENDING;
        if (refund->entry.settled_ms > latest) {
            latest = refund->entry.settled_ms;
            state = refund->entry.failed ? FAILED : LIVE;
        }
    }
    for (int i = 0; i < service->reservation_count; i++) {
        const struct reservation *one = &service->reservations[i];
        if (one->order == order && one->born_ms <= at_ms && reservation_at(service, i, at_ms, &changes) == LIVE)
            live++;
    }
    return live == 0 && state == LIVE ? CANCELLED : state;
}

static bool anything_under_way(const struct service *service, int order)
{
    for (int i = 0; i < service->refund_count; i++) {
        const struct refund *refund = &service->refunds[i];
        if (service->reservations[refund->reservation].order == order &&
            refund->entry.settled_ms > service->world->now_ms)
            return true;
    }
    return false;
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

/* It loses a day's worth each day, and prices move a little each hour. */
static void price(const struct service *service, int index, int64_t quantity, int64_t *back, int64_t *worth)
{
    const struct reservation *one = &service->reservations[index];
    const struct order *order = &service->orders[one->order];
    int64_t now_ms = service->world->now_ms, gone = (now_ms + order->bought_ms) / DAY_MS;
    int64_t wobble = (now_ms / (DAY_MS / 24) * 7919 + index * 104729) % 13 - 6; /* per mille */
    *worth = one->price_cents * quantity * (LIFE_DAYS - gone) / LIFE_DAYS * (1000 + wobble) / 1000;
    *back = service->customers[order->customer].euros ? *worth * 91 / 100 : *worth;
}

static const char *currency_of(const struct service *service, int reservation)
{
    const struct order *order = &service->orders[service->reservations[reservation].order];
    return service->customers[order->customer].euros ? "EUR" : "USD";
}

/* ---- accepting -------------------------------------------------------------------------------------------------- */

static bool accept(struct service *service, int reservation, int64_t quantity, int64_t back, int64_t worth,
                   const struct service_request *request)
{
    struct reservation *source = &service->reservations[reservation];
    int64_t now_ms = service->world->now_ms;
    if (service->refund_count == MOST_REFUNDS || service->reservation_count == MOST_RESERVATIONS)
        return false;
    struct refund *refund = &service->refunds[service->refund_count++];
    *refund = (struct refund){.reservation = reservation};
    refund->visible_ms = now_ms + (request ? request->late_ms : 0);
    refund->entry = (struct service_entry){
        .quantity = quantity, .back_cents = back, .worth_cents = worth, .by_person = !request, .accepted_ms = now_ms};
    refund->entry.settled_ms = refund->visible_ms + chance_between(&service->chance, 500, 60000);
    refund->entry.failed = request && chance_hits(&service->chance, service->plan.fails_per_mille);
    snprintf(refund->entry.correlation, sizeof refund->entry.correlation, "%s", request ? request->correlation : "");
    snprintf(refund->entry.currency, sizeof refund->entry.currency, "%s", currency_of(service, reservation));
    memcpy(refund->entry.reservation, source->id, sizeof source->id);
    memcpy(refund->entry.order, service->orders[source->order].id, sizeof refund->entry.order);
    if (!refund->entry.failed && quantity < source->quantity) {
        struct reservation *rest = &service->reservations[service->reservation_count++];
        *rest = *source;
        chance_guid(&service->chance, rest->id);
        rest->quantity = source->quantity - quantity;
        rest->born_ms = refund->entry.settled_ms;
    }
    return true;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static struct tn_json_writer begin(struct service_answer *answer, int status)
{
    struct tn_json_writer w;
    answer->status = status;
    tn_buf_reset(&answer->body);
    tn_jw_init(&w, &answer->body);
    tn_jw_object(&w);
    return w;
}

static void refuse(struct service_answer *answer, int status, const char *code)
{
    struct tn_json_writer w = begin(answer, status);
    tn_jw_key(&w, "error");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "code", code);
    tn_jw_kv_string(&w, "message", "The model service says no.");
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

static void write_amount(struct tn_json_writer *w, const char *name, const char *currency, int64_t cents)
{
    char number[32];
    int len = snprintf(number, sizeof number, "%lld.%02lld", (long long)(cents / 100), (long long)(cents % 100));
    tn_jw_key(w, name);
    tn_jw_object(w);
    tn_jw_kv_string(w, "currencyCode", currency);
    tn_jw_key(w, "amount");
    tn_jw_raw(w, number, (size_t)len);
    tn_jw_object_end(w);
}

static void write_reservation(struct service *service, struct tn_json_writer *w, int index, int64_t at_ms)
{
    const struct reservation *one = &service->reservations[index];
    const struct order *order = &service->orders[one->order];
    char id[200], when[TN_TIME_TEXT];
    int changes;
    enum state state = reservation_at(service, index, at_ms, &changes);
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", order->id, one->id);
    tn_time_format((WALL_START_MS - order->bought_ms + LIFE_DAYS * DAY_MS) / 1000, when);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_int(w, "etag", changes);
    tn_jw_kv_string(w, "location", "westeurope");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "provisioningState", state_names[state]);
    tn_jw_kv_string(w, "displayProvisioningState", state_names[state]);
    tn_jw_kv_int(w, "quantity", one->quantity);
    tn_jw_kv_string(w, "displayName", changes_name(&service->changes, one->id, at_ms));
    tn_jw_kv_string(w, "expiryDateTime", when);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void answer_customers(struct service *service, struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_kv_int(&w, "totalCount", service->customer_count);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (int i = 0; i < service->customer_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "customer%d.example", i);
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "id", service->customers[i].id);
        tn_jw_key(&w, "companyProfile");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "tenantId", service->customers[i].id);
        tn_jw_kv_string(&w, "domain", name);
        tn_jw_kv_string(&w, "companyName", name);
        tn_jw_object_end(&w);
        tn_jw_kv_string(&w, "relationshipToPartner", "reseller");
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

/* Of an order, or, with order < 0, all live ones of a customer. */
static void answer_list(struct service *service, int order, int customer, int64_t at_ms, struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 200);
    int changes;
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (int i = 0; i < service->reservation_count; i++) {
        const struct reservation *one = &service->reservations[i];
        bool wanted = order >= 0 ? one->order == order
                                 : service->orders[one->order].customer == customer &&
                                       reservation_at(service, i, at_ms, &changes) == LIVE;
        if (wanted && one->born_ms <= at_ms)
            write_reservation(service, &w, i, at_ms);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

static void answer_reservation(struct service *service, int index, int64_t at_ms, struct service_answer *answer)
{
    struct tn_json_writer w;
    if (index < 0 || service->reservations[index].born_ms > at_ms) {
        refuse(answer, 404, "ResourceNotFound");
        return;
    }
    answer->status = 200;
    tn_buf_reset(&answer->body);
    tn_jw_init(&w, &answer->body);
    write_reservation(service, &w, index, at_ms);
}

static void answer_order(struct service *service, int order, int64_t at_ms, struct service_answer *answer)
{
    char id[128];
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s", service->orders[order].id);
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_kv_int(&w, "etag", 1);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "provisioningState", state_names[order_at(service, order, at_ms)]);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

static void answer_session(struct service *service, int status, const struct session *session,
                           struct service_answer *answer)
{
    const struct reservation *one = &service->reservations[session->reservation];
    char id[200];
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s",
             service->orders[one->order].id, one->id);
    struct tn_json_writer w = begin(answer, status);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "sessionId", session->id);
    tn_jw_kv_int(&w, "quantity", session->quantity);
    write_amount(&w, "billingRefundAmount", currency_of(service, session->reservation), session->back_cents);
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

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* What stands behind a word, up to a character that ends it; "" when the word is not there. */
static void behind(const char *text, const char *word, const char *ends, char *out, size_t size)
{
    const char *at = text ? strstr(text, word) : NULL;
    out[0] = '\0';
    if (at) {
        at += strlen(word);
        snprintf(out, size, "%.*s", (int)strcspn(at, ends), at);
    }
}

static int find_order(const struct service *service, const char *url)
{
    char id[64];
    behind(url, "/reservationOrders/", "/?", id, sizeof id);
    for (int i = 0; i < service->order_count; i++) {
        if (strcmp(service->orders[i].id, id) == 0)
            return i;
    }
    return -1;
}

static int find_reservation(const struct service *service, const char *text)
{
    char id[64];
    behind(text, "/reservations/", "/?\"", id, sizeof id);
    for (int i = 0; i < service->reservation_count; i++) {
        if (strcmp(service->reservations[i].id, id) == 0)
            return i;
    }
    return -1;
}

static void quote(struct service *service, const struct service_request *request, int64_t at_ms,
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
        price(service, index, quantity, &session->back_cents, &session->worth_cents);
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

/* Nothing is seen that does not show yet: that is the point. */
static void give_back(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    struct session *session = find_session(service, request->body);
    int64_t now_ms = service->world->now_ms;
    int changes, order = session ? service->reservations[session->reservation].order : -1;
    if (!session || session->expires_ms < now_ms || (session->used && !service->plan.repeats_sessions)) {
        refuse(answer, 400, "SessionExpired");
    } else if (reservation_at(service, session->reservation, now_ms, &changes) != LIVE ||
               order_at(service, order, now_ms) == PENDING ||
               (service->plan.strict && anything_under_way(service, order))) {
        refuse(answer, 409, "OperationCannotBePerformedInCurrentState");
    } else if (accept(service, session->reservation, session->quantity, session->back_cents, session->worth_cents,
                      request)) {
        session->used = true;
        answer->accepted = true;
        answer_session(service, 202, session, answer);
        snprintf(answer->location, sizeof answer->location,
                 SERVICE_URL "/providers/Microsoft.Capacity/reservationOrders/%s?api-version=2022-11-01",
                 service->orders[order].id);
    }
}

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

/* How the giving of a name goes on. */
static void answer_operation(const struct service *service, const char *path, int64_t at_ms,
                             struct service_answer *answer)
{
    char number[24];
    behind(path, OPERATIONS, "?", number, sizeof number);
    size_t index = strtoul(number, NULL, 10);
    if (index >= service->changes.count) {
        refuse(answer, 404, "ResourceNotFound");
        return;
    }
    const struct change *change = &service->changes.list[index];
    bool over = change->settled_ms <= at_ms;
    struct tn_json_writer w = begin(answer, over ? 200 : 202);
    tn_jw_kv_string(&w, "status", !over ? "Running" : change->failed ? "Failed" : "Succeeded");
    tn_jw_object_end(&w);
}

/* Whose token it is, is whose reservations are seen. */
static int customer_of(const struct service *service, const struct service_request *request)
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

void service_ask(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    const char *path = request->url + sizeof SERVICE_URL - 1;
    int order = find_order(service, path);
    int64_t at_ms = service->world->now_ms - request->stale_ms;
    if (strstr(path, "/token"))
        answer_token(service, request, answer);
    else if (strncmp(path, "/v1/customers", 13) == 0)
        answer_customers(service, answer);
    else if (strstr(path, "/calculateRefund"))
        quote(service, request, at_ms, answer);
    else if (strstr(path, "/return"))
        give_back(service, request, answer);
    else if (strstr(path, OPERATIONS))
        answer_operation(service, path, at_ms, answer);
    else if (request->changes && find_reservation(service, path) >= 0)
        give_name(service, request, find_reservation(service, path), answer);
    else if (order >= 0 && strstr(path, "/reservations/"))
        answer_reservation(service, find_reservation(service, path), at_ms, answer);
    else if (order >= 0 && strstr(path, "/reservations"))
        answer_list(service, order, -1, at_ms, answer);
    else if (order >= 0)
        answer_order(service, order, at_ms, answer);
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
    int64_t now_ms = service->world->now_ms, back, worth;
    const struct reservation *one = &service->reservations[index];
    if (one->born_ms > now_ms || reservation_at(service, index, now_ms, &changes) != LIVE ||
        order_at(service, one->order, now_ms) == PENDING)
        return;
    int64_t quantity = chance_between(&service->chance, 1, one->quantity);
    price(service, index, quantity, &back, &worth);
    tell(service->world, "a person returns %lld of %s", (long long)quantity, one->id);
    accept(service, index, quantity, back, worth, NULL);
}

/* ---- books and life --------------------------------------------------------------------------------------------- */

size_t service_count(const struct service *service)
{
    return (size_t)service->refund_count;
}

const struct service_entry *service_entry(const struct service *service, size_t index)
{
    return &service->refunds[index].entry;
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
            *order = (struct order){.customer = i, .bought_ms = chance_between(chance, 10, 400) * DAY_MS};
            chance_guid(chance, order->id);
            for (int64_t members = chance_between(chance, 1, 2); members > 0; members--) {
                struct reservation *one = &service->reservations[service->reservation_count++];
                *one = (struct reservation){.order = service->order_count, .born_ms = -NEVER};
                chance_guid(chance, one->id);
                one->quantity = chance_between(chance, 1, 4);
                one->price_cents = chance_between(chance, 5000, 40000);
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
    if (!service || !(service->sessions = calloc(MOST_SESSIONS, sizeof *service->sessions)))
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
    free(service);
}
