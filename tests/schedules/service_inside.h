/*
 * Inside the service: what it holds, and what was seen of it when. One file for each thing that is asked of it.
 *
 *   service.c ─┬▶ service_state.c      how things stand and stood, what they cost, and what is booked
 *              ├▶ service_answer.c     how that is told
 *              ├▶ service_exchange.c   exchanges, from the quote to the last of their items
 *              └▶ service_purchase.c   prices, and what is bought
 */
#ifndef TESTS_SCHEDULES_SERVICE_INSIDE_H
#define TESTS_SCHEDULES_SERVICE_INSIDE_H

#include "base/json_write.h"
#include "service.h"

#define MOST_CUSTOMERS 6
#define MOST_ORDERS 128
#define MOST_RESERVATIONS 256
#define MOST_ENTRIES 128
#define MOST_RETURNS 192
#define MOST_SESSIONS 2048
#define MOST_PRICES 1024
#define MOST_EXCHANGES 1024
#define SESSION_MS (10 * 60 * 1000)
#define LIFE_DAYS 730
#define DAY_MS INT64_C(86400000)
#define NEVER INT64_MAX
#define OPERATIONS "/providers/Microsoft.Capacity/operationResults/"

struct customer {
    char id[37];
    bool euros, refused; /* refused: gives no tokens any more, once trouble has begun */
};

/* It has always been there, or was bought: then nobody sees it before it is born, nor in effect before it has settled. */
struct order {
    char id[37];
    int customer;
    int64_t bought_ms; /* before the schedule began */
    int64_t born_ms, settled_ms;
    bool failed;
};

struct reservation {
    char id[37];
    int order;
    int64_t quantity, price_cents, born_ms;
    bool monthly;    /* what need not be paid any more counts when it is exchanged */
    bool stays;      /* cannot be returned, once trouble has begun */
    bool keeps_name; /* whoever wants to give it another is told that it did not work, in the end */
};

/* What an acceptance does to one reservation. */
struct given_back {
    int reservation;
    int64_t visible_ms, settled_ms;
    bool failed;
};

struct session {
    char id[37];
    int reservation;
    int64_t quantity, back_cents, worth_cents, expires_ms;
    bool used;
};

/* What a purchase would cost, under the id of the order that it would be. */
struct price {
    char id[37], name[NAME_TEXT];
    int customer;
    int64_t quantity, cents, expires_ms; /* cents: US dollars */
};

struct exchange; /* service_exchange.c */

struct service {
    struct world *world;
    struct service_plan plan;
    struct chance chance;
    struct customer customers[MOST_CUSTOMERS];
    struct order orders[MOST_ORDERS];
    struct reservation reservations[MOST_RESERVATIONS];
    struct service_entry entries[MOST_ENTRIES];
    struct given_back returns[MOST_RETURNS];
    struct session *sessions;
    struct price *prices;
    struct exchange *exchanges;
    struct changes changes;
    bool trouble;
    int customer_count, order_count, reservation_count, entry_count, return_count;
    int session_count, price_count, exchange_count;
};

/* ---- service_state.c -------------------------------------------------------------------------------------------- */

enum state { LIVE, PENDING, CANCELLED, FAILED };
extern const char *const state_names[];

/* *changes: how often it changed before at_ms. */
enum state reservation_at(const struct service *service, int index, int64_t at_ms, int *changes);
enum state order_at(const struct service *service, int order, int64_t at_ms);
bool anything_under_way(const struct service *service, int order);
/* Whether it can be given back now. *collides is set when something of ours is under way on its order, seen or not. */
bool takes_back(const struct service *service, int reservation, bool *collides);

/* It loses a day's worth each day, and prices move a little each hour. */
void price_return(const struct service *service, int index, int64_t quantity, int64_t *back, int64_t *worth);
/* What so many cost in US dollars that are to be called by that name. */
int64_t price_purchase(const struct service *service, const char *name, int64_t quantity);
int64_t in_currency(const struct service *service, int customer, int64_t cents); /* what is so many US dollars */
const char *currency_of(const struct service *service, int customer);

/* Whether the books have room for what an acceptance needs. */
bool has_room(const struct service *service, int returns, int orders);
/* request NULL: by a person. */
struct service_entry *book(struct service *service, enum service_kind kind, int customer,
                           const struct service_request *request);
/* The rest is a reservation of its own then. */
void give_back(struct service *service, int reservation, int64_t quantity, int64_t visible_ms, int64_t settled_ms,
               bool failed);
/* An order with one reservation, as bought now. id NULL: any. Its index. */
int open_order(struct service *service, int customer, const char *id, int64_t quantity, int64_t cents, int64_t born_ms,
               int64_t settled_ms, bool failed);

/* ---- service_answer.c ------------------------------------------------------------------------------------------- */

struct tn_json_writer begin(struct service_answer *answer, int status); /* of an object that stays open */
void refuse(struct service_answer *answer, int status, const char *code);
void write_amount(struct tn_json_writer *w, const char *name, const char *currency, int64_t cents);
void write_reservation_id(const struct service *service, struct tn_json_writer *w, const char *name, int reservation);
void answer_customers(const struct service *service, struct service_answer *answer);
/* Of an order, or, with order < 0, all live ones of a customer. */
void answer_list(const struct service *service, int order, int customer, int64_t at_ms, struct service_answer *answer);
void answer_reservation(const struct service *service, int index, int64_t at_ms, struct service_answer *answer);
void answer_order(const struct service *service, int status, int order, int64_t at_ms, struct service_answer *answer);

/* ---- service.c -------------------------------------------------------------------------------------------------- */

/* What stands behind a word, up to a character that ends it; "" when the word is not there. What follows it; NULL then. */
const char *behind(const char *text, const char *word, const char *ends, char *out, size_t size);
int find_order(const struct service *service, const char *url);
int find_reservation(const struct service *service, const char *text);
/* Whose token it is, is whose reservations are seen. */
int customer_of(const struct service *service, const struct service_request *request);

/* ---- service_exchange.c ----------------------------------------------------------------------------------------- */

struct exchange *exchanges_new(void);
void quote_exchange(struct service *service, const struct service_request *request, int64_t at_ms,
                    struct service_answer *answer);
void make_exchange(struct service *service, const struct service_request *request, struct service_answer *answer);
/* How a quote or an exchange goes on. False: there is none of that id, or it cannot be seen yet. */
bool answer_exchange(const struct service *service, const char *id, int64_t at_ms, struct service_answer *answer);

/* ---- service_purchase.c ----------------------------------------------------------------------------------------- */

void quote_purchase(struct service *service, const struct service_request *request, struct service_answer *answer);
void make_purchase(struct service *service, const struct service_request *request, struct service_answer *answer);

#endif
