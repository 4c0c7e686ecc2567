/* How things stand at the service, and stood: see service_inside.h. */
#include <stdio.h>
#include <string.h>

#include "service_inside.h"

/* ---- the world as it was ---------------------------------------------------------------------------------------- */

const char *const state_names[] = {"Succeeded", "Pending", "Cancelled", "Failed"};

enum state reservation_at(const struct service *service, int index, int64_t at_ms, int *changes)
{
    const struct order *order = &service->orders[service->reservations[index].order];
    enum state state = LIVE;
    *changes = 1;
    if (order->settled_ms > at_ms)
        return PENDING;
    if (order->failed)
        return FAILED;
    for (int i = 0; i < service->return_count; i++) {
        const struct given_back *given = &service->returns[i];
        if (given->reservation != index || given->visible_ms > at_ms)
            continue;
        bool settled = given->settled_ms <= at_ms;
        *changes += settled ? 2 : 1;
        if (!settled)
            state = PENDING;
        else if (!given->failed && state != PENDING)
            state = CANCELLED;
    }
    return state;
}

enum state order_at(const struct service *service, int index, int64_t at_ms)
{
    const struct order *order = &service->orders[index];
    enum state state = LIVE;
    int64_t latest = -1;
    int live = 0, changes;
    if (order->settled_ms > at_ms)
        return PENDING;
    if (order->failed)
        return FAILED;
    for (int i = 0; i < service->return_count; i++) {
        const struct given_back *given = &service->returns[i];
        if (service->reservations[given->reservation].order != index || given->visible_ms > at_ms)
            continue;
        if (given->settled_ms > at_ms)
            return PENDING;
        if (given->settled_ms > latest) {
            latest = given->settled_ms;
            state = given->failed ? FAILED : LIVE;
        }
    }
    for (int i = 0; i < service->reservation_count; i++) {
        const struct reservation *one = &service->reservations[i];
        if (one->order == index && one->born_ms <= at_ms && reservation_at(service, i, at_ms, &changes) == LIVE)
            live++;
    }
    return live == 0 && state == LIVE ? CANCELLED : state;
}

bool anything_under_way(const struct service *service, int order)
{
    if (service->orders[order].settled_ms > service->world->now_ms)
        return true;
    for (int i = 0; i < service->return_count; i++) {
        const struct given_back *given = &service->returns[i];
        if (service->reservations[given->reservation].order == order && given->settled_ms > service->world->now_ms)
            return true;
    }
    return false;
}

/* A person gave back the same reservation meanwhile: whose end it is that shows there, nobody can tell. */
static bool blurred_by_person(const struct service *service, const struct service_entry *ours, const char *reservation)
{
    for (int i = 0; i < service->entry_count; i++) {
        const struct service_entry *entry = &service->entries[i];
        if (entry->by_person && strcmp(entry->reservations[0], reservation) == 0 &&
            entry->accepted_ms < ours->settled_ms && entry->settled_ms > ours->accepted_ms)
            return true;
    }
    return false;
}

static bool ours_under_way(const struct service *service, int order)
{
    for (int i = 0; i < service->entry_count; i++) {
        const struct service_entry *entry = &service->entries[i];
        for (int item = 0; item < MOST_ITEMS && !entry->by_person; item++) {
            if (entry->settled_ms > service->world->now_ms &&
                strcmp(entry->orders[item], service->orders[order].id) == 0 &&
                !blurred_by_person(service, entry, entry->reservations[item]))
                return true;
        }
    }
    return false;
}

/* Nothing is seen that does not show yet: that is the point. */
bool takes_back(const struct service *service, int reservation, bool *collides)
{
    int changes, order = service->reservations[reservation].order;
    int64_t now_ms = service->world->now_ms;
    *collides = *collides || ours_under_way(service, order);
    return reservation_at(service, reservation, now_ms, &changes) == LIVE &&
           order_at(service, order, now_ms) != PENDING && !(service->plan.strict && anything_under_way(service, order));
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

/* Per mille of the price. */
static int64_t wobble(const struct service *service, int64_t of)
{
    return 1000 + (service->world->now_ms / (DAY_MS / 24) * 7919 + of) % 13 - 6;
}

int64_t in_currency(const struct service *service, int customer, int64_t cents)
{
    return service->customers[customer].euros ? cents * 91 / 100 : cents;
}

void price_return(const struct service *service, int index, int64_t quantity, int64_t *back, int64_t *worth)
{
    const struct reservation *one = &service->reservations[index];
    const struct order *order = &service->orders[one->order];
    int64_t gone = (service->world->now_ms + order->bought_ms) / DAY_MS;
    *worth =
        one->price_cents * quantity * (LIFE_DAYS - gone) / LIFE_DAYS * wobble(service, (int64_t)index * 104729) / 1000;
    *back = in_currency(service, order->customer, *worth);
}

/* Some of it is cheap, so that what comes back for it is sometimes more. */
int64_t price_purchase(const struct service *service, const char *name, int64_t quantity)
{
    int64_t hash = 0;
    for (const char *at = name; *at; at++)
        hash = (hash * 31 + (unsigned char)*at) % 1000003;
    int64_t each = hash % 5 == 0 ? 3000 : 60000 + hash % 40000;
    return each * quantity * wobble(service, hash) / 1000;
}

const char *currency_of(const struct service *service, int customer)
{
    return service->customers[customer].euros ? "EUR" : "USD";
}

/* ---- accepting -------------------------------------------------------------------------------------------------- */

bool has_room(const struct service *service, int returns, int orders)
{
    return service->entry_count < MOST_ENTRIES && service->return_count + returns <= MOST_RETURNS &&
           service->order_count + orders <= MOST_ORDERS &&
           service->reservation_count + returns + orders <= MOST_RESERVATIONS;
}

struct service_entry *book(struct service *service, enum service_kind kind, int customer,
                           const struct service_request *request)
{
    struct service_entry *entry = &service->entries[service->entry_count++];
    *entry = (struct service_entry){.kind = kind, .by_person = !request, .accepted_ms = service->world->now_ms};
    entry->back_cents = entry->pay_cents = entry->worth_cents = -1;
    snprintf(entry->correlation, sizeof entry->correlation, "%s", request ? request->correlation : "");
    snprintf(entry->currency, sizeof entry->currency, "%s", currency_of(service, customer));
    return entry;
}

void give_back(struct service *service, int reservation, int64_t quantity, int64_t visible_ms, int64_t settled_ms,
               bool failed)
{
    const struct reservation *source = &service->reservations[reservation];
    service->returns[service->return_count++] = (struct given_back){
        .reservation = reservation, .visible_ms = visible_ms, .settled_ms = settled_ms, .failed = failed};
    if (failed || quantity >= source->quantity)
        return;
    struct reservation *rest = &service->reservations[service->reservation_count++];
    *rest = *source;
    chance_guid(&service->chance, rest->id);
    rest->quantity = source->quantity - quantity;
    rest->born_ms = settled_ms;
}

int open_order(struct service *service, int customer, const char *id, int64_t quantity, int64_t cents, int64_t born_ms,
               int64_t settled_ms, bool failed)
{
    int index = service->order_count++;
    struct order *order = &service->orders[index];
    struct reservation *one = &service->reservations[service->reservation_count++];
    *order = (struct order){.customer = customer,
                            .bought_ms = -service->world->now_ms,
                            .born_ms = born_ms,
                            .settled_ms = settled_ms,
                            .failed = failed};
    *one =
        (struct reservation){.order = index, .quantity = quantity, .price_cents = cents / quantity, .born_ms = born_ms};
    if (id)
        snprintf(order->id, sizeof order->id, "%s", id);
    else
        chance_guid(&service->chance, order->id);
    chance_guid(&service->chance, one->id);
    return index;
}
