/*
 * What the ledger says has moved, beside the service's books: to the cent, and of an exchange that was done in part only
 * that part. And what no single effect can show: that nothing moved twice under several of them. See oracle.h.
 */
#include <string.h>

#include "oracle_effect.h"

/* Somebody returned in the portal what we had bought: the order is no longer what was asked for. */
static bool undone_by_person(const struct world *world, const struct service_entry *bought)
{
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person && strcmp(entry->orders[0], bought->orders[0]) == 0)
            return true;
    }
    return false;
}

static void check_extent(struct world *world, const struct effect *effect, const struct service_entry *entry)
{
    bool partial = effect_is(effect, "partial");
    bool undone = entry->kind == SERVICE_PURCHASE && undone_by_person(world, entry);
    if (entry->partly && !partial)
        violate(world, BOOKS, "%.8s is %s, and only a part of it was done", effect->key, effect->state);
    if (partial && !entry->partly && !undone)
        violate(world, BOOKS, "%.8s is partial, and all of it was done", effect->key);
}

/* What is in doubt counts as much as has moved, at the least; and so does a part, where a person said that there is one and
 * not how much. */
static bool holds_enough(const struct effect *effect, const struct service_entry *entry)
{
    return effect->back >= entry->back_cents && effect->pay >= entry->pay_cents && effect->worth >= entry->worth_cents;
}

static bool is_exact(const struct effect *effect, const struct service_entry *entry)
{
    return effect->back == entry->back_cents && effect->pay == entry->pay_cents && effect->worth == entry->worth_cents;
}

void oracle_check_moved(struct world *world, const struct effect *effect, const struct booked *booked)
{
    const struct service_entry *entry = booked->entry;
    bool unknown = effect_is(effect, "unknown");
    bool untold = unknown || (effect_is(effect, "partial") && strcmp(effect->code, "settled") == 0);
    if (!unknown)
        check_extent(world, effect, entry);
    if (strcmp(effect->spend, unknown ? "held" : "spent") != 0 ||
        !(untold ? holds_enough(effect, entry) : is_exact(effect, entry)))
        violate(world, BOOKS, "%.8s is %s with %lld back, %lld paid, worth %lld (%s); it was %lld, %lld, worth %lld",
                effect->key, effect->state, (long long)effect->back, (long long)effect->pay, (long long)effect->worth,
                effect->spend, (long long)entry->back_cents, (long long)entry->pay_cents,
                (long long)entry->worth_cents);
}

/* ---- several acceptances ---------------------------------------------------------------------------------------- */

static bool is_among(const char id[37], const char (*list)[37])
{
    for (int i = 0; i < MOST_ITEMS; i++) {
        if (id[0] && strcmp(list[i], id) == 0)
            return true;
    }
    return false;
}

static void check_twice(struct world *world, const struct service_entry *one, const struct service_entry *other)
{
    for (int i = 0; i < MOST_ITEMS; i++) {
        if (is_among(one->reservations[i], other->reservations))
            violate(world, TWICE, "%s was given back by %s and by %s", one->reservations[i], one->correlation,
                    other->correlation);
    }
    if (one->name[0] && strcmp(one->name, other->name) == 0)
        violate(world, TWICE, "'%s' was bought by %s and by %s", one->name, one->correlation, other->correlation);
}

static bool is_ours(const struct service_entry *entry)
{
    return !entry->by_person && !entry->failed;
}

void oracle_check_pairs(struct world *world)
{
    size_t count = service_count(world->service);
    for (size_t i = 0; i < count; i++) {
        const struct service_entry *one = service_entry(world->service, i);
        for (size_t j = i + 1; j < count && is_ours(one); j++) {
            if (is_ours(service_entry(world->service, j)))
                check_twice(world, one, service_entry(world->service, j));
        }
    }
}
