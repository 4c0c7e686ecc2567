/* The world: see world.h. */
#include "simulator/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/clock.h"

#define LIMIT_CENTS 5000000                        /* 50,000 USD for each customer and twelve months */
#define FIRST_REVISION (TN_SIM_PURCHASE_STEPS + 1) /* of what was bought long ago */

const char *tn_sim_state_name(enum tn_sim_state state)
{
    static const char *const names[TN_SIM_STATES] = {
        [TN_SIM_SUCCEEDED] = "Succeeded",
        [TN_SIM_PENDING] = "Pending",
        [TN_SIM_CANCELLED] = "Cancelled",
        [TN_SIM_EXPIRED] = "Expired",
        [TN_SIM_FAILED] = "Failed",
        [TN_SIM_CREATING] = "Creating",
        [TN_SIM_PENDING_CAPACITY] = "PendingCapacity",
        [TN_SIM_CONFIRMED_CAPACITY] = "ConfirmedCapacity",
        [TN_SIM_PENDING_BILLING] = "PendingBilling",
        [TN_SIM_CONFIRMED_BILLING] = "ConfirmedBilling",
    };
    return names[state];
}

const struct tn_sim_step tn_sim_purchase_steps[TN_SIM_PURCHASE_STEPS] = {
    {TN_SIM_CREATING, NULL},
    {TN_SIM_CREATING, NULL},
    {TN_SIM_CREATING, NULL},
    {TN_SIM_PENDING_CAPACITY, "Pending"},
    {TN_SIM_CONFIRMED_CAPACITY, NULL},
    {TN_SIM_PENDING_BILLING, "Pending"},
    {TN_SIM_CONFIRMED_BILLING, "Pending"},
};

/* ---- text ------------------------------------------------------------------------------------------------------- */

const char *tn_sim_world_text(struct tn_sim_world *world, const char *text)
{
    return tn_arena_text(world->arena, text, strlen(text));
}

void *tn_sim_world_copy(struct tn_sim_world *world, const void *from, size_t bytes)
{
    void *copy = tn_arena_alloc(world->arena, 1, bytes);
    if (copy)
        memcpy(copy, from, bytes);
    return copy;
}

const char *tn_sim_world_format(struct tn_sim_world *world, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return tn_sim_world_text(world, text);
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

static void begin_history(struct tn_sim_history *history)
{
    history->born.at_ms = TN_SIM_ALWAYS;
    history->born.number = FIRST_REVISION;
    history->latest = &history->born;
}

static struct tn_sim_customer *new_customer(struct tn_sim_world *world, const char *id)
{
    struct tn_sim_customer *customer = tn_arena_alloc(world->arena, 1, sizeof *customer);
    if (!customer || !tn_sim_index_put(&world->by_customer, id, customer))
        return NULL;
    char seedling[TN_GUID_TEXT + 24];
    snprintf(customer->id, sizeof customer->id, "%s", id);
    tn_id_fold(customer->id);
    snprintf(seedling, sizeof seedling, "subscription of %.36s", customer->id);
    tn_guid_derive(customer->subscription, seedling);
    snprintf(seedling, sizeof seedling, "second subscription of %.36s", customer->id);
    tn_guid_derive(customer->spare, seedling);
    if (!tn_sim_index_put(&world->by_subscription, customer->subscription, customer) ||
        !tn_sim_index_put(&world->by_subscription, customer->spare, customer))
        return NULL;
    customer->limit_cents = LIMIT_CENTS;
    customer->relationship = "reseller";
    customer->currency = &tn_sim_currencies[0];
    return customer;
}

int tn_sim_world_init(struct tn_sim_world *world, uint64_t seed, int64_t today, struct tn_err *err)
{
    char id[TN_GUID_TEXT], name[64];
    *world = (struct tn_sim_world){.seed = seed, .today = today, .arena = tn_arena_new()};
    snprintf(name, sizeof name, "partner tenant of seed %llu", (unsigned long long)seed);
    tn_guid_derive(id, name);
    world->partner = world->arena ? new_customer(world, id) : NULL;
    if (!world->partner)
        return tn_err_no_memory(err);
    world->partner->name = "Contrived Cloud Partner";
    world->partner->domain = "partner.onmicrosoft.com";
    world->partner->relationship = "none";
    memcpy(world->partner->country, "PL", 3);
    return TENURE_OK;
}

void tn_sim_world_deinit(struct tn_sim_world *world)
{
    tn_arena_free(world->arena);
    free(world->customers);
    tn_sim_index_deinit(&world->by_customer);
    tn_sim_index_deinit(&world->by_subscription);
    tn_sim_index_deinit(&world->by_order);
    tn_sim_index_deinit(&world->by_reservation);
    tn_sim_index_deinit(&world->by_cart);
    *world = (struct tn_sim_world){0};
}

struct tn_sim_customer *tn_sim_customer_add(struct tn_sim_world *world, const char *id)
{
    struct tn_sim_customer **grown =
        tn_array_grow(world->customers, world->customer_count, sizeof(struct tn_sim_customer *));
    if (!grown)
        return NULL;
    world->customers = grown;
    struct tn_sim_customer *customer = new_customer(world, id);
    if (customer)
        world->customers[world->customer_count++] = customer;
    return customer;
}

static void append_order(struct tn_sim_customer *customer, struct tn_sim_order *order)
{
    order->customer = customer;
    order->next = NULL;
    if (customer->last_order)
        customer->last_order->next = order;
    else
        customer->first_order = order;
    customer->last_order = order;
}

static void append_reservation(struct tn_sim_customer *customer, struct tn_sim_reservation *reservation)
{
    reservation->next_of_customer = NULL;
    if (customer->last)
        customer->last->next_of_customer = reservation;
    else
        customer->first = reservation;
    customer->last = reservation;
}

struct tn_sim_order *tn_sim_order_add(struct tn_sim_world *world, struct tn_sim_customer *customer, const char *id)
{
    struct tn_sim_order *order = tn_arena_alloc(world->arena, 1, sizeof *order);
    if (!order || !tn_sim_index_put(&world->by_order, id, order))
        return NULL;
    snprintf(order->id, sizeof order->id, "%s", id);
    tn_id_fold(order->id);
    begin_history(&order->history);
    order->years = 1;
    append_order(customer, order);
    return order;
}

struct tn_sim_reservation *tn_sim_reservation_add(struct tn_sim_world *world, struct tn_sim_order *order,
                                                  const char *id)
{
    struct tn_sim_reservation *reservation = tn_arena_alloc(world->arena, 1, sizeof *reservation);
    if (!reservation || !tn_sim_index_put(&world->by_reservation, id, reservation))
        return NULL;
    snprintf(reservation->id, sizeof reservation->id, "%s", id);
    tn_id_fold(reservation->id);
    begin_history(&reservation->history);
    reservation->order = order;
    reservation->quantity = 1;
    if (order->last)
        order->last->next_in_order = reservation;
    else
        order->first = reservation;
    order->last = reservation;
    append_reservation(order->customer, reservation);
    world->reservation_count++;
    return reservation;
}

/* The lists of the customer it leaves are made anew without it: they have no way back from a member. */
void tn_sim_order_move(struct tn_sim_order *order, struct tn_sim_customer *to)
{
    struct tn_sim_customer *from = order->customer;
    struct tn_sim_order *orders = from->first_order;
    struct tn_sim_reservation *members = from->first;
    from->first_order = from->last_order = NULL;
    from->first = from->last = NULL;
    while (orders) {
        struct tn_sim_order *next = orders->next;
        append_order(orders == order ? to : from, orders);
        orders = next;
    }
    while (members) {
        struct tn_sim_reservation *next = members->next_of_customer;
        append_reservation(members->order->customer, members);
        members = next;
    }
}

struct tn_sim_reservation *tn_sim_reservation_like(struct tn_sim_world *world, const struct tn_sim_reservation *source,
                                                   const char *id)
{
    struct tn_sim_reservation *made = tn_sim_reservation_add(world, source->order, id);
    if (!made)
        return NULL;
    struct tn_sim_reservation fresh = *made;
    *made = *source;
    memcpy(made->id, fresh.id, sizeof made->id);
    made->next_in_order = made->next_of_customer = NULL;
    made->split_from = made->merged_into = NULL;
    made->merged = false;
    made->settings = *tn_sim_settings_as(source, source->history.latest);
    made->history = fresh.history;
    made->history.latest = &made->history.born;
    return made;
}

void tn_sim_reservation_from_product(struct tn_sim_reservation *reservation, const struct tn_sim_product *product,
                                     const char *region)
{
    reservation->sku = product->sku;
    reservation->type = product->type;
    reservation->description = product->description;
    reservation->kind = product->kind;
    reservation->region = region;
    reservation->refundable = product->refundable;
    reservation->exchangeable = product->exchangeable;
    reservation->flexible = product->flexible;
    reservation->price_cents = tn_sim_product_cents(product, region, reservation->order->years);
    reservation->price_coins =
        tn_sim_currency_from_cents(reservation->order->customer->currency, reservation->price_cents);
}

/* ---- looking up ------------------------------------------------------------------------------------------------- */

struct tn_sim_customer *tn_sim_customer_find(const struct tn_sim_world *world, const char *id_or_domain)
{
    if (tn_guid_valid(id_or_domain, strlen(id_or_domain)))
        return tn_sim_index_find(&world->by_customer, id_or_domain);
    if (tn_id_equal(world->partner->domain, id_or_domain))
        return world->partner;
    for (size_t i = 0; i < world->customer_count; i++) {
        const char *domain = world->customers[i]->domain; /* NULL while the world file is being read */
        if (domain && tn_id_equal(domain, id_or_domain))
            return world->customers[i];
    }
    return NULL;
}

struct tn_sim_customer *tn_sim_subscription_find(const struct tn_sim_world *world, const char *id)
{
    return tn_sim_index_find(&world->by_subscription, id);
}

struct tn_sim_order *tn_sim_order_find(const struct tn_sim_world *world, const char *id)
{
    return tn_sim_index_find(&world->by_order, id);
}

struct tn_sim_reservation *tn_sim_reservation_find(const struct tn_sim_world *world, const char *id)
{
    return tn_sim_index_find(&world->by_reservation, id);
}

/* ---- history ---------------------------------------------------------------------------------------------------- */

bool tn_sim_history_add(struct tn_sim_world *world, struct tn_sim_history *history, const struct tn_sim_change *change)
{
    struct tn_sim_change *entry = tn_arena_alloc(world->arena, 1, sizeof *entry);
    if (!entry)
        return false;
    *entry = *change;
    entry->older = history->latest;
    entry->number = history->latest->number + 1;
    if (!entry->settings)
        entry->settings = history->latest->settings;
    history->latest = entry;
    return true;
}

const struct tn_sim_change *tn_sim_history_at(const struct tn_sim_history *history, int64_t at_ms)
{
    const struct tn_sim_change *change = history->latest;
    while (change && change->at_ms > at_ms)
        change = change->older;
    return change;
}

const struct tn_sim_settings *tn_sim_settings_as(const struct tn_sim_reservation *reservation,
                                                 const struct tn_sim_change *as)
{
    return as->settings ? as->settings : &reservation->settings;
}

int64_t tn_sim_years_later(int64_t seconds, int years)
{
    int year, month, day;
    int64_t days = seconds / TN_SIM_DAY;
    tn_civil_from_days(days, &year, &month, &day);
    return tn_days_from_civil(year + years, month, day) * TN_SIM_DAY + seconds % TN_SIM_DAY;
}

int64_t tn_sim_months_later(int64_t seconds, int months)
{
    int year, month, day;
    tn_civil_from_days(seconds / TN_SIM_DAY, &year, &month, &day);
    int first = year * 12 + month - 1 + months;
    int64_t begin = tn_days_from_civil(first / 12, first % 12 + 1, 1);
    int64_t length = tn_days_from_civil((first + 1) / 12, (first + 1) % 12 + 1, 1) - begin;
    return (begin + (day < length ? day : length) - 1) * TN_SIM_DAY + seconds % TN_SIM_DAY;
}
