/*
 * Exchanges, from the quote to the last of their items: see service_inside.h.
 *
 * First one after another is given back, then one order after another opens and settles. What the quote and the exchange
 * answer is read under ids of their own, the exchange's under its session's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service_inside.h"

/* What becomes of it in the end. */
enum ending {
    ALL,
    NOTHING,
    UNBOUGHT,   /* all is given back, and not all is bought */
    HALF_GIVEN, /* nor is all given back */
};

struct returned {
    int reservation;
    int64_t quantity, back_cents, owed_cents, paid_cents; /* owed: need not be paid any more */
    int64_t done_ms;
    bool failed;
};

struct bought {
    char name[NAME_TEXT];
    int64_t quantity, cents; /* in the billing currency */
    int64_t dollar_cents;
    int64_t done_ms;
    bool failed;
};

struct exchange {
    char session[37], calculation[37];
    int customer;
    struct returned returned[MOST_ITEMS];
    struct bought bought[MOST_ITEMS];
    int returned_count, bought_count;
    int64_t ready_ms, expires_ms; /* of the quote */
    bool used;
    /* once it is accepted */
    enum ending ending;
    int64_t visible_ms, settled_ms;
    const char *word; /* its own status in the end */
};

struct exchange *exchanges_new(void)
{
    return calloc(MOST_EXCHANGES, sizeof(struct exchange));
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

struct totals {
    int64_t back, credit, bought, pay; /* credit: back and what is owed no more */
};

/* Of what was done by now, or of all of it. */
static struct totals add_up(const struct exchange *exchange, bool all)
{
    struct totals totals = {0};
    for (int i = 0; i < exchange->returned_count; i++) {
        const struct returned *one = &exchange->returned[i];
        bool counts = all || !one->failed;
        totals.back += counts ? one->back_cents : 0;
        totals.credit += counts ? one->back_cents + one->owed_cents : 0;
    }
    for (int i = 0; i < exchange->bought_count; i++)
        totals.bought += all || !exchange->bought[i].failed ? exchange->bought[i].cents : 0;
    totals.pay = totals.bought > totals.credit ? totals.bought - totals.credit : 0;
    return totals;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static const char *word_of(int64_t done_ms, bool failed, int64_t at_ms)
{
    return done_ms > at_ms ? "Pending" : failed ? "Failed" : "Succeeded";
}

/* at_ms < 0: of a quote, whose items have no status. */
static void write_returns(const struct service *service, const struct exchange *exchange, int64_t at_ms,
                          struct tn_json_writer *w)
{
    const char *currency = currency_of(service, exchange->customer);
    tn_jw_key(w, "reservationsToExchange");
    tn_jw_array(w);
    for (int i = 0; i < exchange->returned_count; i++) {
        const struct returned *one = &exchange->returned[i];
        tn_jw_object(w);
        write_reservation_id(service, w, "reservationId", one->reservation);
        tn_jw_kv_int(w, "quantity", one->quantity);
        write_amount(w, "billingRefundAmount", currency, one->back_cents);
        tn_jw_key(w, "billingInformation");
        tn_jw_object(w);
        write_amount(w, "billingCurrencyTotalPaidAmount", currency, one->paid_cents);
        write_amount(w, "billingCurrencyRemainingCommitmentAmount", currency, one->owed_cents);
        tn_jw_object_end(w);
        if (at_ms >= 0)
            tn_jw_kv_string(w, "status", word_of(one->done_ms, one->failed, at_ms));
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_request(const struct bought *one, struct tn_json_writer *w)
{
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_int(w, "quantity", one->quantity);
    tn_jw_kv_string(w, "displayName", one->name);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void write_bought(const struct service *service, const struct exchange *exchange, int64_t at_ms,
                         struct tn_json_writer *w)
{
    tn_jw_key(w, "reservationsToPurchase");
    tn_jw_array(w);
    for (int i = 0; i < exchange->bought_count; i++) {
        const struct bought *one = &exchange->bought[i];
        tn_jw_object(w);
        write_request(one, w);
        write_amount(w, "billingCurrencyTotal", currency_of(service, exchange->customer), one->cents);
        tn_jw_kv_string(w, "pricingCurrencyTotal", NULL);
        if (at_ms >= 0)
            tn_jw_kv_string(w, "status", word_of(one->done_ms, one->failed, at_ms));
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_properties(const struct service *service, const struct exchange *exchange, int64_t at_ms,
                             struct tn_json_writer *w)
{
    const struct totals totals = add_up(exchange, true);
    const char *currency = currency_of(service, exchange->customer);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "sessionId", exchange->session);
    write_amount(w, "netPayable", currency, totals.bought - totals.credit);
    write_amount(w, "refundsTotal", currency, totals.credit);
    write_amount(w, "purchasesTotal", currency, totals.bought);
    tn_jw_key(w, "policyResult");
    tn_jw_object(w);
    tn_jw_kv_string(w, "policyErrors", NULL);
    tn_jw_object_end(w);
    write_returns(service, exchange, at_ms, w);
    write_bought(service, exchange, at_ms, w);
    tn_jw_object_end(w);
}

static struct tn_json_writer begin_result(const char *id, const char *status, struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_kv_string(&w, "name", id);
    tn_jw_kv_string(&w, "status", status);
    return w;
}

static void answer_quote(const struct service *service, const struct exchange *exchange, int64_t at_ms,
                         struct service_answer *answer)
{
    bool ready = exchange->ready_ms <= at_ms;
    struct tn_json_writer w = begin_result(exchange->calculation, ready ? "Succeeded" : "Pending", answer);
    if (ready)
        write_properties(service, exchange, -1, &w);
    tn_jw_object_end(&w);
}

static const char *status_at(const struct exchange *exchange, int64_t at_ms)
{
    for (int i = 0; i < exchange->returned_count; i++) {
        if (exchange->returned[i].done_ms > at_ms)
            return "PendingRefunds";
    }
    return exchange->settled_ms > at_ms ? "PendingPurchases" : exchange->word;
}

/* On record it had no items at first. */
static void answer_result(const struct service *service, const struct exchange *exchange, int64_t at_ms,
                          struct service_answer *answer)
{
    const char *status = status_at(exchange, at_ms);
    struct tn_json_writer w = begin_result(exchange->session, status, answer);
    if (at_ms > exchange->visible_ms + 1000 || exchange->settled_ms <= at_ms)
        write_properties(service, exchange, at_ms, &w);
    if (exchange->settled_ms <= at_ms && exchange->ending != ALL) {
        tn_jw_key(&w, "error");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "code", "PurchaseError");
        tn_jw_kv_string(&w, "message", "The model service has not done all of it.");
        tn_jw_object_end(&w);
    }
    tn_jw_object_end(&w);
}

bool answer_exchange(const struct service *service, const char *id, int64_t at_ms, struct service_answer *answer)
{
    for (int i = 0; i < service->exchange_count; i++) {
        const struct exchange *exchange = &service->exchanges[i];
        bool quoted = strcmp(exchange->calculation, id) == 0;
        bool made = exchange->used && exchange->visible_ms <= at_ms && strcmp(exchange->session, id) == 0;
        if (quoted)
            answer_quote(service, exchange, at_ms, answer);
        else if (made)
            answer_result(service, exchange, at_ms, answer);
        if (quoted || made)
            return true;
    }
    return false;
}

static void put_location(struct service_answer *answer, const char *id)
{
    snprintf(answer->location, sizeof answer->location, SERVICE_URL OPERATIONS "%s?api-version=2022-11-01", id);
}

/* ---- the quote -------------------------------------------------------------------------------------------------- */

/* 0, or the status of a refusal. */
static int read_returned(const struct service *service, const char *id, int64_t quantity, int64_t at_ms,
                         struct returned *one)
{
    int index = find_reservation(service, id), changes;
    int64_t worth;
    if (index < 0 || quantity < 1 || quantity > service->reservations[index].quantity)
        return 400;
    const struct reservation *source = &service->reservations[index];
    if (service->trouble && source->stays)
        return 400;
    if (reservation_at(service, index, at_ms, &changes) != LIVE)
        return 409;
    *one = (struct returned){.reservation = index, .quantity = quantity};
    price_return(service, index, quantity, &one->back_cents, &worth);
    int64_t paid = in_currency(service, service->orders[source->order].customer, source->price_cents * quantity);
    one->paid_cents = paid > one->back_cents ? paid : one->back_cents;
    one->owed_cents = source->monthly ? one->back_cents * 2 : 0;
    return 0;
}

static int read_returns(const struct service *service, const char *body, int64_t at_ms, struct exchange *exchange)
{
    char id[200], number[24];
    while ((body = behind(body, "\"reservationId\":\"", "\"", id, sizeof id))) {
        body = behind(body, "\"quantity\":", ",}", number, sizeof number);
        if (exchange->returned_count == MOST_ITEMS)
            return 400;
        int status = read_returned(service, id, atoll(number), at_ms, &exchange->returned[exchange->returned_count++]);
        if (status)
            return status;
    }
    return exchange->returned_count ? 0 : 400;
}

static int read_bought(const struct service *service, const char *body, struct exchange *exchange)
{
    char number[24];
    body = strstr(body, "\"reservationsToPurchase\"");
    while ((body = behind(body, "\"quantity\":", ",}", number, sizeof number))) {
        if (exchange->bought_count == MOST_ITEMS)
            return 400;
        struct bought *one = &exchange->bought[exchange->bought_count++];
        *one = (struct bought){.quantity = atoll(number)};
        body = behind(body, "\"displayName\":\"", "\"", one->name, sizeof one->name);
        if (one->quantity < 1 || !body)
            return 400;
        one->dollar_cents = price_purchase(service, one->name, one->quantity);
        one->cents = in_currency(service, exchange->customer, one->dollar_cents);
    }
    return exchange->bought_count ? 0 : 400;
}

void quote_exchange(struct service *service, const struct service_request *request, int64_t at_ms,
                    struct service_answer *answer)
{
    struct exchange *exchange = &service->exchanges[service->exchange_count];
    int status = service->exchange_count == MOST_EXCHANGES ? 400 : 0;
    if (!status) {
        *exchange = (struct exchange){.customer = customer_of(service, request)};
        status = exchange->customer < 0 ? 404 : read_returns(service, request->body, at_ms, exchange);
    }
    status = status ? status : read_bought(service, request->body, exchange);
    if (status) {
        refuse(answer, status, status == 409 ? "OperationCannotBePerformedInCurrentState" : "BadRequest");
        return;
    }
    service->exchange_count++;
    bool at_once = chance_hits(&service->chance, 500);
    exchange->ready_ms = service->world->now_ms + (at_once ? 0 : chance_between(&service->chance, 500, 25000));
    exchange->expires_ms = exchange->ready_ms + SESSION_MS;
    chance_guid(&service->chance, exchange->session);
    chance_guid(&service->chance, exchange->calculation);
    if (at_once) {
        answer_quote(service, exchange, exchange->ready_ms, answer);
        return;
    }
    answer->status = 202;
    tn_buf_reset(&answer->body);
    put_location(answer, exchange->calculation);
}

/* ---- the exchange ----------------------------------------------------------------------------------------------- */

static enum ending draw_ending(struct service *service, const struct exchange *exchange)
{
    struct chance *chance = &service->chance;
    if (chance_hits(chance, service->plan.fails_per_mille))
        return NOTHING;
    if (!chance_hits(chance, service->plan.partly_per_mille))
        return ALL;
    return exchange->returned_count > 1 && chance_hits(chance, 300) ? HALF_GIVEN : UNBOUGHT;
}

/* What fails is the first; of the others that are bought sometimes one more. */
static void draw_items(struct service *service, struct exchange *exchange)
{
    struct chance *chance = &service->chance;
    int64_t most_ms = chance_hits(chance, 200) ? 300000 : 20000, at_ms = exchange->visible_ms;
    enum ending ending = exchange->ending = draw_ending(service, exchange);
    bool another = chance_hits(chance, 500);
    for (int i = 0; i < exchange->returned_count; i++) {
        exchange->returned[i].done_ms = at_ms += chance_between(chance, 500, most_ms);
        exchange->returned[i].failed = ending == NOTHING || (ending == HALF_GIVEN && i == 0);
    }
    for (int i = 0; i < exchange->bought_count; i++) {
        exchange->bought[i].done_ms = at_ms += chance_between(chance, 500, most_ms);
        exchange->bought[i].failed = ending != ALL && (ending != UNBOUGHT || i == 0 || another);
    }
    exchange->settled_ms = at_ms;
    exchange->word = ending == ALL || (ending == UNBOUGHT && chance_hits(chance, 300)) ? "Succeeded"
                     : chance_hits(chance, 200)                                        ? "Cancelled"
                                                                                       : "Failed";
}

static void move_things(struct service *service, const struct exchange *exchange)
{
    int64_t opened_ms = exchange->visible_ms;
    for (int i = 0; i < exchange->returned_count; i++) {
        const struct returned *one = &exchange->returned[i];
        give_back(service, one->reservation, one->quantity, exchange->visible_ms, one->done_ms, one->failed);
        opened_ms = one->done_ms;
    }
    for (int i = 0; i < exchange->bought_count; i++) {
        const struct bought *one = &exchange->bought[i];
        if (exchange->ending == ALL || exchange->ending == UNBOUGHT)
            open_order(service, exchange->customer, NULL, one->quantity, one->dollar_cents, opened_ms, one->done_ms,
                       one->failed);
    }
}

/* Once more under the same session, before it shows: the money moves again. */
static void book_exchange(struct service *service, const struct exchange *exchange,
                          const struct service_request *request)
{
    struct service_entry *entry = book(service, SERVICE_EXCHANGE, exchange->customer, request);
    const struct totals totals = add_up(exchange, false);
    entry->settled_ms = exchange->settled_ms;
    entry->failed = exchange->ending == NOTHING;
    entry->partly = exchange->ending == UNBOUGHT || exchange->ending == HALF_GIVEN;
    entry->back_cents = totals.back;
    entry->pay_cents = totals.pay;
    for (int i = 0; i < exchange->returned_count; i++) {
        const struct returned *one = &exchange->returned[i];
        const struct reservation *source = &service->reservations[one->reservation];
        entry->quantity += one->quantity;
        memcpy(entry->orders[i], service->orders[source->order].id, sizeof entry->orders[i]);
        if (!one->failed)
            memcpy(entry->reservations[i], source->id, sizeof entry->reservations[i]);
    }
}

static struct exchange *find_session(const struct service *service, const char *body)
{
    char id[64];
    behind(body, "\"sessionId\":\"", "\"", id, sizeof id);
    for (int i = 0; i < service->exchange_count; i++) {
        if (strcmp(service->exchanges[i].session, id) == 0)
            return &service->exchanges[i];
    }
    return NULL;
}

static bool takes_all_back(const struct service *service, const struct exchange *exchange, bool *collides)
{
    bool all = true;
    for (int i = 0; i < exchange->returned_count; i++)
        all = takes_back(service, exchange->returned[i].reservation, collides) && all;
    return all;
}

/* The session's id is enough to ask for the result, so that an answer without an address does no harm. */
void make_exchange(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    struct exchange *exchange = find_session(service, request->body);
    int64_t now_ms = service->world->now_ms;
    bool old = !exchange || exchange->expires_ms < now_ms;
    if (old || (exchange->used && !service->plan.repeats_sessions)) {
        refuse(answer, 400, "BadRequest");
    } else if (!takes_all_back(service, exchange, &answer->collides)) {
        refuse(answer, 409, "OperationCannotBePerformedInCurrentState");
    } else if (!has_room(service, MOST_ITEMS, MOST_ITEMS)) {
        refuse(answer, 400, "TooManyExchanges");
    } else {
        if (!exchange->used) {
            exchange->used = true;
            exchange->visible_ms = now_ms + request->late_ms;
            draw_items(service, exchange);
            move_things(service, exchange);
        }
        book_exchange(service, exchange, request);
        answer->accepted = true;
        answer->status = 202;
        tn_buf_reset(&answer->body);
        if (!chance_hits(&service->chance, 100))
            put_location(answer, exchange->session);
    }
}
