/*
 * The service as the engine must be able to bear it: Azure's paths, states and answers for returns, exchanges, purchases
 * and names, with the worst that is allowed. What it accepted may not show for a while, and until it shows a second
 * request is accepted as well, with money moving twice: nothing but the engine stands before that. Its books are the truth.
 *
 *   return ─▶ accepted (booked) ─ late, lag ─▶ visible: order and reservation Pending ─▶ settled: Cancelled, rest new
 *                                                                                     └▶ or the order Failed, nothing moved
 *
 *   exchange ─▶ accepted (booked) ─ late ─▶ PendingRefunds: one after another is given back
 *                                        ─▶ PendingPurchases: one order after another opens and settles ─▶ Succeeded
 *                                                                 └▶ Failed: nothing of it was done, or a part
 *   purchase ─▶ accepted (booked) ─ late ─▶ its order Creating ─▶ Succeeded or Failed
 *
 * An exchange of which a part was done is assumed: none is on record. Its items tell which part, and its own status may be
 * Failed or not. A purchase that is put once more, before its order shows, buys once more: that Azure takes it for the same
 * is believed and not on record.
 *
 * A name is given at once, or by an operation of its own (slow_names); one that it has already may be refused as such.
 */
#ifndef TESTS_SCHEDULES_SERVICE_H
#define TESTS_SCHEDULES_SERVICE_H

#include "base/buf.h"
#include "changes.h"
#include "world.h"

struct service_plan {
    int customers, orders_per_customer; /* at most */
    bool strict;                        /* accepts nothing on an order that something is under way on, seen or not */
    bool repeats_sessions;              /* a session serves more than once */
    bool slow_names, refuses_same;      /* of names: they take a while; it says so when there is nothing to change */
    int trouble_per_mille;              /* what cannot be done once trouble has begun */
    int fails_per_mille;                /* accepted, and failed in the end */
    int partly_per_mille;               /* exchanges of which a part is done */
};

struct service_request {
    const char *method, *url, *body, *bearer, *correlation;
    int64_t stale_ms; /* how old what it sees may be */
    int64_t late_ms;  /* until what is accepted begins to show */
};

struct service_answer {
    int status;
    char location[200];
    struct tn_buf body;
    bool accepted; /* money moves, or a name is given */
    bool collides; /* money was to move on an order on which something of ours is under way */
};

enum service_kind { SERVICE_REFUND, SERVICE_EXCHANGE, SERVICE_PURCHASE };

#define NAME_TEXT 40
#define MOST_ITEMS 2 /* that one exchange gives back, and that it buys */

/* One acceptance, and what became of it in the end. Amounts are what has moved by then; -1: it does not move that. */
struct service_entry {
    enum service_kind kind;
    char correlation[40];
    char orders[MOST_ITEMS][37];       /* that it was about: of what was to be given back, or that was bought */
    char reservations[MOST_ITEMS][37]; /* that were given back */
    char name[NAME_TEXT];              /* of what was bought; "" */
    int64_t quantity, back_cents, pay_cents, worth_cents;
    char currency[4];
    bool by_person, failed, partly; /* partly: of an exchange */
    int64_t accepted_ms, settled_ms;
};

struct service *service_new(struct world *world, const struct service_plan *plan);
void service_free(struct service *service);

void service_ask(struct service *service, const struct service_request *request, struct service_answer *answer);

/* From now on the tokens of some customers are refused, and some reservations cannot be returned. */
void service_trouble(struct service *service);

/* Somebody returns something in the portal. */
void service_person(struct service *service);

size_t service_count(const struct service *service);
const struct service_entry *service_entry(const struct service *service, size_t index);
const struct changes *service_changes(const struct service *service);

#define SERVICE_URL "http://127.0.0.1:1"
#define SERVICE_TENANT "11111111-2222-4333-8444-555555555555"

#endif
