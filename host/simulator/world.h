/*
 * The world: customers, their orders, their reservations, and what became of them.
 *
 * Everything lives as long as the world, in its arena; nothing is ever removed. What changes (the state of an order or
 * a reservation) is kept as a history, so that a read may look at it as it was a moment ago.
 */
#ifndef TN_SIMULATOR_WORLD_H
#define TN_SIMULATOR_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "simulator/catalogue.h"
#include "simulator/index.h"

struct tn_arena;
struct tn_sim_assignment;
struct tn_sim_ticket;

#define TN_SIM_DAY 86400
#define TN_SIM_ALWAYS INT64_MIN /* at_ms of what was so from the beginning */

enum tn_sim_state {
    TN_SIM_SUCCEEDED,
    TN_SIM_PENDING,
    TN_SIM_CANCELLED,
    TN_SIM_EXPIRED,
    TN_SIM_FAILED,
    TN_SIM_CREATING, /* from here on: a purchase that has not ended */
    TN_SIM_PENDING_CAPACITY,
    TN_SIM_CONFIRMED_CAPACITY,
    TN_SIM_PENDING_BILLING,
    TN_SIM_CONFIRMED_BILLING,
    TN_SIM_STATES,
};
const char *tn_sim_state_name(enum tn_sim_state state);

static inline bool tn_sim_state_is_purchase(enum tn_sim_state state)
{
    return state >= TN_SIM_CREATING;
}

/* What a purchase goes through: revisions 1 to 7. It has succeeded with revision 8. */
struct tn_sim_step {
    enum tn_sim_state state;
    const char *status; /* extendedStatusInfo.statusCode; NULL: none */
};
#define TN_SIM_PURCHASE_STEPS 7
#define TN_SIM_PURCHASE_MESSAGE "The purchase is being processed."
extern const struct tn_sim_step tn_sim_purchase_steps[TN_SIM_PURCHASE_STEPS];

/* Where a reservation's discount is used. */
enum tn_sim_scope { TN_SIM_SHARED, TN_SIM_SINGLE, TN_SIM_RESOURCE_GROUP, TN_SIM_MANAGEMENT_GROUP };

/* What may be changed about a reservation that stays the same one. Texts live in the world. */
struct tn_sim_settings {
    const char *name; /* displayName */
    enum tn_sim_scope scope;
    const char *scope_id; /* ARM id of the subscription or group; NULL: shared, or the billing subscription */
    bool flexibility_off, renew, archived;
    const char *renewal; /* what to buy on renewal, a JSON object as it was sent; NULL: the same again */
    int64_t review;      /* seconds since 1970; 0: none */
};

/* One entry of a history. */
struct tn_sim_change {
    struct tn_sim_change *older;
    int64_t at_ms;      /* on the loop's clock: to look back */
    int64_t at_seconds; /* wall time: to show */
    enum tn_sim_state state;
    int number;                             /* of the revision */
    const char *status;                     /* extendedStatusInfo.statusCode; NULL: none. Static. */
    const char *message;                    /* its text. Static. */
    const struct tn_sim_settings *settings; /* of a reservation, since then; NULL: those it was born with */
};

struct tn_sim_history {
    struct tn_sim_change born;
    struct tn_sim_change *latest;
};

/* As it was at that moment; NULL: it did not exist yet. */
const struct tn_sim_change *tn_sim_history_at(const struct tn_sim_history *history, int64_t at_ms);

struct tn_sim_reservation {
    char id[TN_GUID_TEXT];
    struct tn_sim_order *order;
    struct tn_sim_reservation *next_in_order, *next_of_customer;
    const char *sku, *type, *description, *kind, *region;
    struct tn_sim_settings settings; /* those it was born with: tn_sim_settings_as */
    int64_t quantity;
    int64_t price_cents;              /* US cents, one unit, whole term */
    int64_t price_coins;              /* the same in the customer's billing currency */
    bool fixed;                       /* its worth was given by the world file: */
    int64_t worth_cents, worth_coins; /* what the whole quantity is worth */
    bool refundable, exchangeable, flexible;
    int64_t returned_quantity, returned_coins; /* what came back when it was cancelled, since the world began */
    bool credit_withheld;                      /* what comes back is on no invoice */
    const char *refuses;                       /* code that policyErrors carries; NULL: none */
    int grains;                                /* of its utilization: 3, or 0 where Azure reports none */
    double utilization[3];                     /* percent over 1, 7, 30 days */
    const char *trend;
    const struct tn_sim_reservation *split_from;  /* what it is a part of: after a split or a partial return */
    const struct tn_sim_reservation *merged_into; /* NULL: not merged */
    bool merged;                                  /* made of others, whose merged_into it is */
    struct tn_sim_history history;
};

struct tn_sim_order {
    char id[TN_GUID_TEXT];
    struct tn_sim_customer *customer;
    struct tn_sim_order *next;
    struct tn_sim_reservation *first, *last;
    const char *name;
    int years;
    bool monthly;
    int64_t purchased, expires;           /* seconds since 1970 */
    int64_t quantity;                     /* as ordered */
    const char *catalog_item;             /* what Partner Center sold it as; NULL: it was not sold there */
    const struct tn_sim_order *sold_with; /* the first of those it was sold with in one order; NULL: itself */
    const struct tn_sim_wanted *wanted; /* how a purchase asked for it; NULL: it was there before, or came otherwise */
    struct tn_sim_history history;
};

/* Of a customer's Azure subscription with Partner Center. */
enum tn_sim_registration { TN_SIM_UNREGISTERED, TN_SIM_REGISTERING, TN_SIM_REGISTERED };

struct tn_sim_customer {
    char id[TN_GUID_TEXT];           /* its tenant */
    char subscription[TN_GUID_TEXT]; /* the one that is billed */
    char spare[TN_GUID_TEXT];        /* a second one, to move scopes to */
    const char *name, *domain, *relationship;
    char country[3];
    const struct tn_sim_currency *currency;
    int consent_code; /* the AADSTS code that asking for a token meets; 0: there is consent */
    bool rights_missing;
    bool azure_plan; /* its subscription is one of an Azure plan; else of the older kind */
    enum tn_sim_registration registration;
    unsigned policy;                     /* what it may buy by itself: bits of its self-serve policy; 0: it has none */
    char policy_etag[TN_GUID_TEXT + 2];  /* with its quotes */
    int64_t consumed_cents, limit_cents; /* of the refund limit, US cents */
    struct tn_sim_order *first_order, *last_order;
    struct tn_sim_reservation *first, *last;
    struct tn_sim_assignment *assignments; /* of roles, newest first; see role.h */
    struct tn_sim_ticket *tickets;         /* of support, newest first; see support.h */
};

struct tn_sim_world {
    uint64_t seed;
    int64_t today; /* days since 1970 when it began */
    struct tn_sim_customer **customers;
    size_t customer_count;
    size_t reservation_count;
    struct tn_sim_customer *partner; /* our own tenant: no customer, no reservations */
    struct tn_sim_index by_customer, by_subscription, by_order, by_reservation;
    struct tn_sim_index by_cart; /* of struct tn_sim_cart */
    struct tn_arena *arena;      /* everything else */
};

int tn_sim_world_init(struct tn_sim_world *world, uint64_t seed, int64_t today, struct tn_err *err);
void tn_sim_world_deinit(struct tn_sim_world *world);

/* Live as long as the world; NULL: out of memory. */
const char *tn_sim_world_text(struct tn_sim_world *world, const char *text);
void *tn_sim_world_copy(struct tn_sim_world *world, const void *from, size_t bytes);
const char *tn_sim_world_format(struct tn_sim_world *world, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* New members, indexed and linked, with defaults; NULL: out of memory. The id is a GUID nobody has yet. */
struct tn_sim_customer *tn_sim_customer_add(struct tn_sim_world *world, const char *id);
struct tn_sim_order *tn_sim_order_add(struct tn_sim_world *world, struct tn_sim_customer *customer, const char *id);
struct tn_sim_reservation *tn_sim_reservation_add(struct tn_sim_world *world, struct tn_sim_order *order,
                                                  const char *id);

/* A new member of the same order that is like another one is now; NULL: out of memory. */
struct tn_sim_reservation *tn_sim_reservation_like(struct tn_sim_world *world, const struct tn_sim_reservation *source,
                                                   const char *id);

/* The order and its reservations are another customer's from now on, and for reads that look back, too. */
void tn_sim_order_move(struct tn_sim_order *order, struct tn_sim_customer *to);

/* By GUID in either case; NULL: nobody's. Customers also by their domain, which costs a walk over all of them. */
struct tn_sim_customer *tn_sim_customer_find(const struct tn_sim_world *world, const char *id_or_domain);
struct tn_sim_customer *tn_sim_subscription_find(const struct tn_sim_world *world, const char *id); /* whose it is */
struct tn_sim_order *tn_sim_order_find(const struct tn_sim_world *world, const char *id);
struct tn_sim_reservation *tn_sim_reservation_find(const struct tn_sim_world *world, const char *id);

/* A change from now on; settings that it does not name stay. False: out of memory, nothing changed. */
bool tn_sim_history_add(struct tn_sim_world *world, struct tn_sim_history *history, const struct tn_sim_change *change);

/* Its settings at the time of one of its changes. */
const struct tn_sim_settings *tn_sim_settings_as(const struct tn_sim_reservation *reservation,
                                                 const struct tn_sim_change *as);

/* Name, kind, prices and the like from the catalogue, for a region. */
void tn_sim_reservation_from_product(struct tn_sim_reservation *reservation, const struct tn_sim_product *product,
                                     const char *region);

/* The same calendar day so many years later (or earlier, when negative). */
int64_t tn_sim_years_later(int64_t seconds, int years);

/* The same day so many months later, or that month's last. */
int64_t tn_sim_months_later(int64_t seconds, int months);

#endif
