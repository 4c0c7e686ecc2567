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
#include "azure/strange_word.h"
#include "azure/support_contact.h"
#include "azure/values.h"
#include "loop/loop.h"

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* What became of an effect's request, as far as money is concerned (the whole table is in answer.c). */
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
    const char *url;   /* asked instead of the row's path: a link of the service's, to its own origin only; NULL */
    const char *place; /* of the script's line that asks, for people; NULL */
    const char *correlation; /* GUID sent as correlation and client request id; NULL: a random one */
    /* GUID that all attempts of an effect share, sent where the service knows a repeated request by it: Partner Center
     * answers one with the same MS-RequestId as it did the first time, and does it once ("Partner Center REST headers":
     * the same value after a timeout). The page wants a new value after any answer; we keep ours after those, too, that
     * say that nothing was done (401, 429), and assume that they are not what is answered again. NULL: correlation. */
    const char *repeat;
    int64_t send_by_boot_ms; /* an effect is not sent later than this on the boot-time clock; 0: whenever */
    int64_t most;            /* of a list: no page is asked for beyond so many records; 0: all */
    lua_State *L;            /* where the answer is decoded */
    const char *partner;     /* the partner's own tenant; the engine's to fill in */
    void (*done)(struct tn_call *call);

    /* the answer, valid until tn_call_release() */
    struct tn_err err;          /* why a read failed, or an effect could not even be tried */
    struct tn_json_doc **pages; /* one per page; for a single record one; bodies of 204 have none */
    size_t page_count;
    struct tn_quote *quote; /* of an operation that makes quotes; a reference of the call's */
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

/* An argument of the call by its name; one that its row does not have is not given. */
static inline const struct tn_argument_value *tn_call_argument(const struct tn_call *call, const char *name)
{
    return tn_values_get(call->op, &call->values, name);
}

/* The list of an answer's records: of a page's body, or the body itself where the operation does not page or the service
 * answers with a bare list, as older versions do. */
struct tn_json tn_call_items(const struct tn_operation *op, struct tn_json body);

/* ---- the engine ------------------------------------------------------------------------------------------------- */

struct tn_engine;
int tn_engine_new(struct tn_loop *loop, struct tn_http *http, struct tn_auth *auth, const char *partner_tenant,
                  struct tn_engine **out, struct tn_err *err);
void tn_engine_free(struct tn_engine *engine);
struct tn_caller *
tn_engine_caller(struct tn_engine *engine); /* executes rows directly; of effects, sends one attempt */
/* Whom support answers where a call does not say. Takes what contact owns. */
void tn_engine_take_contact(struct tn_engine *engine, struct tn_support_contact *contact);
/* What the engine knows of tickets, between calls; its own. */
struct tn_ticket_facts *tn_engine_ticket_facts(struct tn_engine *engine);
/* The states that nobody here knows, which those note who ask how something goes on; its own. */
struct tn_strange_words *tn_engine_strange_words(struct tn_engine *engine);
/* Whether our credential can be enough for a row, before anything is asked: TENURE_EAUTH says what to set. */
int tn_engine_check(const struct tn_engine *engine, const struct tn_operation *op, struct tn_err *err);
const struct tn_cloud *tn_engine_cloud(const struct tn_engine *engine);
struct tn_loop *tn_engine_loop(const struct tn_engine *engine);

#endif
