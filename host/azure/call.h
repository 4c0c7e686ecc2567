/*
 * The call engine: executes any row of the operation table.
 *
 * A call is a chain of HTTP exchanges run wholly in C (token, request, retry, next page): whoever waits is told once.
 * Its answer is JSON decoded into the Lua state of the caller, so that scripts get it without a copy.
 *
 * Scripts do not call the engine directly: they call through a struct tn_caller, which a run puts in front (permission,
 * replay, the effect protocol) and which outside runs is the engine itself.
 */
#ifndef TN_AZURE_CALL_H
#define TN_AZURE_CALL_H

#include <lua.h>

#include "auth/auth.h"
#include "azure/operation.h"
#include "azure/quote.h"
#include "loop/loop.h"

/* ---- arguments -------------------------------------------------------------------------------------------------- */

/* One checked argument. Strings are owned by the struct tn_values. */
struct tn_argument_value {
    bool given;
    char *text;      /* STRING, ID, CUSTOMER: the text; RESERVATION, ORDER: the reservation's or order's GUID */
    char *order;     /* RESERVATION: the order's GUID; NULL when only a bare GUID was given: the engine looks it up */
    int64_t integer; /* INTEGER, DATE, DURATION; RESERVATION: its quantity where known, else 0 */
    bool boolean;
    struct tn_money money;
    const struct tn_quote *quote; /* QUOTE: borrowed from whoever made the call */
};

struct tn_values {
    struct tn_argument_value of[TN_MAX_ARGUMENTS]; /* in the order of the row's arguments */
};
void tn_values_deinit(struct tn_values *values);

const struct tn_argument_value *tn_values_get(const struct tn_operation *op, const struct tn_values *values,
                                              const char *name);

/* Set an argument from text as a person or a script writes it ("/providers/…/reservations/…", a GUID, "3", "true"),
 * checked against the row's type, pattern and choices. TENURE_EINVAL names operation and argument and says what it
 * takes. */
int tn_values_set_text(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *text,
                       struct tn_err *err);
int tn_values_set_integer(const struct tn_operation *op, struct tn_values *values, size_t argument, int64_t integer,
                          struct tn_err *err);
int tn_values_set_boolean(const struct tn_operation *op, struct tn_values *values, size_t argument, bool boolean,
                          struct tn_err *err);
int tn_values_set_reservation(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *id,
                              int64_t quantity, struct tn_err *err); /* from a record; quantity 0: not known */
int tn_values_set_quote(const struct tn_operation *op, struct tn_values *values, size_t argument,
                        const struct tn_quote *quote, struct tn_err *err);

/* Required arguments that are not given: TENURE_EINVAL naming the first. */
int tn_values_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);

/* Index of an argument by name; -1: none such. */
int tn_argument_index(const struct tn_operation *op, const char *name);

/* Split ARM ids: any of "/providers/Microsoft.Capacity/reservationOrders/{o}/reservations/{r}[/revisions/n]",
 * ".../reservationOrders/{o}",
 * "{o}/{r}", or a bare GUID, in any case. order or reservation stays "" where the text does not tell. False: none of
 * these. */
bool tn_reservation_id_parse(const char *text, char order[37], char reservation[37]);

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* What became of an effect's request, as far as money is concerned (the whole table is in call.c). */
enum tn_fate {
    TN_FATE_DONE,     /* a complete 2xx answer: accepted, or done at once */
    TN_FATE_NOT_DONE, /* not sent, 401, 429: another attempt may follow */
    TN_FATE_FAILED,   /* another complete 4xx: refused for good */
    TN_FATE_UNKNOWN   /* everything else: it may have happened */
};

struct tn_outcome; /* what an effect answered; made by the run (workflow/effect.h) */

struct tn_call {
    /* filled in by the caller of tn_caller_start(); borrowed until done() */
    const struct tn_operation *op;
    struct tn_values values; /* owned by the caller */
    const char *tenant;      /* of the customer; NULL: the caller's own, e.g. the partner's */
    const char *once;        /* the name an effect without a natural key was given; NULL */
    const char *correlation; /* GUID sent as correlation and client request id; NULL: a random one */
    int64_t send_by_boot_ms; /* an effect is not sent later than this on the boot-time clock; 0: whenever */
    lua_State *L;            /* where the answer is decoded */
    void (*done)(struct tn_call *call);

    /* the answer, valid until tn_call_release() */
    struct tn_err err;          /* why a read failed, or an effect could not even be tried */
    struct tn_json_doc **pages; /* one per page; for a single record one; bodies of 204 have none */
    size_t page_count;
    struct tn_quote *quote; /* of an operation that makes quotes; owned by the call until taken */
    enum tn_fate fate;      /* effects */
    int http_status;
    char request_id[64];
    char *location;             /* effects: where to ask how it goes on; owned; NULL */
    struct tn_outcome *outcome; /* effects, through a run: what the script sees; owned by the call */

    /* whoever started it keeps a pointer of its own here (the run, for instance) */
    void *owner;
    void *keeper;                /* the run's, while it listens in */
    struct tn_call_state *state; /* the engine's; NULL unless under way */
};

struct tn_caller {
    void (*start)(struct tn_caller *caller, struct tn_call *call); /* done() later, from the loop, once */
    void (*cancel)(struct tn_caller *caller,
                   struct tn_call *call); /* no done() after this; an effect goes on by itself */
};

/* Free the answer (not the values). */
void tn_call_release(struct tn_call *call);

/* The list of an answer's records: of a page's body, or the body itself where the operation does not page. */
struct tn_json tn_call_items(const struct tn_operation *op, struct tn_json body);

/* ---- the engine ------------------------------------------------------------------------------------------------- */

struct tn_engine;
int tn_engine_new(struct tn_loop *loop, struct tn_http *http, struct tn_auth *auth, const char *partner_tenant,
                  struct tn_engine **out, struct tn_err *err);
void tn_engine_free(struct tn_engine *engine);
struct tn_caller *
tn_engine_caller(struct tn_engine *engine); /* executes rows directly; of effects, sends one attempt */
const struct tn_cloud *tn_engine_cloud(const struct tn_engine *engine);
struct tn_loop *tn_engine_loop(const struct tn_engine *engine);

/* ---- following a long-running effect ---------------------------------------------------------------------------- */

/* Asks again and again how an accepted effect goes on, holding no more than a timer in between, until it has settled.
 * Embedded, zeroed and filled in by the caller. */
struct tn_follow {
    const struct tn_operation *op;
    const char *tenant;
    const char *poll; /* JSON made by tn_follow_write_poll() */
    int64_t shown_ms; /* what was accepted shows by then: an order's failure seen before may be an older one */
    lua_State *L;     /* documents */
    void (*done)(struct tn_follow *follow);
    /* the answer */
    struct tn_err err; /* cannot be told any more (deadline, gone): the effect stays accepted */
    enum { TN_FOLLOW_SUCCEEDED, TN_FOLLOW_PARTIAL, TN_FOLLOW_FAILED } result;
    char code[64], message[256]; /* why it failed */
    /* its own */
    struct tn_follow_state *state;
};
void tn_follow_start(struct tn_engine *engine, struct tn_follow *follow);
void tn_follow_cancel(struct tn_follow *follow);

/* Write the poll JSON of an accepted effect: where to ask, enough to go on after a restart. */
void tn_follow_write_poll(const struct tn_call *call, struct tn_json_writer *w);

#endif
