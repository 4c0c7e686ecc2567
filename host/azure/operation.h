/*
 * The operation table: primitives are data.
 *
 * Each remote operation is one row. From the rows come the Lua binding, `tenure call`, permissions, docs and default
 * columns; one call engine (call.h) executes every row. Adding an operation is adding a row, and where the body is not
 * flat, one small builder.
 */
#ifndef TN_AZURE_OPERATION_H
#define TN_AZURE_OPERATION_H

#include "auth/auth.h"
#include "azure/quote.h"
#include "azure/record.h"
#include "base/json_write.h"

#define TN_MAX_ARGUMENTS 16
#define TN_MAX_PATHS 4
#define TN_THING_TEXT 64

enum tn_place {
    TN_IN_PATH,  /* fills {name} of the path template */
    TN_IN_QUERY, /* where: the query parameter */
    TN_IN_BODY,  /* where: dotted path in the body, or NULL when the row's builder writes it */
    TN_IN_HEADER /* where: the header */
};

struct tn_argument {
    const char *name;
    enum tn_type type;
    bool required;
    enum tn_place place;
    const char *where;
    const char *const *choices; /* NULL-ended; NULL: any */
    const char *doc;
};

enum tn_class {
    TN_CLASS_READ,
    TN_CLASS_NAMED, /* an effect whose thing the caller names: repeating it is harmless, so a doubt is met by repeating */
    TN_CLASS_ONCE   /* an effect that must never be sent twice */
};

enum tn_paging {
    TN_PAGING_NONE,
    TN_PAGING_NEXT_LINK, /* ARM: {"value": […], "nextLink": URL} */
    TN_PAGING_LINKS_NEXT /* Partner Center: {"items": […], "links": {"next": {"uri", "headers"}}} */
};

enum tn_long_running {
    TN_LRO_NONE,
    TN_LRO_ORDER,     /* 202; the order and the reservation tell when it has settled (a return) */
    TN_LRO_PURCHASE,  /* 202; the order that is made tells */
    TN_LRO_OPERATION, /* 202; Azure-AsyncOperation or Location tells, and in the end has the answer */
    TN_LRO_ORDERS     /* the orders that the answer lists tell by their status (a checkout at Partner Center) */
};

/* What a complete 2xx answer says of what was asked for. */
enum tn_told { TN_TOLD_DONE, TN_TOLD_NOT_DONE, TN_TOLD_NOTHING };

/* What an effect that must never be sent twice leaves in the place of the reservation it acts on, which is gone. */
enum tn_leaves {
    TN_LEAVES_REST,  /* what was not returned, as one new reservation; nothing when all was */
    TN_LEAVES_PARTS, /* two new ones, which together are what it was */
    TN_LEAVES_WHOLE  /* one new one, which is what it and others were together */
};

/* How an effect whose outcome nobody knows is found again. */
enum tn_probe {
    TN_PROBE_RESERVATION, /* by its order and reservations, compared with how they looked before it was sent */
    TN_PROBE_ORDER,       /* by the order that it makes, whose id its quote has brought */
    TN_PROBE_GONE,        /* by its order, which is not there any more */
    TN_PROBE_RESULT       /* by the result under its session's id, and where there is none, by its orders */
};

/* Money that an effect moves; it does not run on a quote that leaves one of them out. */
enum { TN_MOVES_BACK = 1, TN_MOVES_PAY = 2 };

/* How a long-running effect has ended, by its items. */
enum tn_ended { TN_ENDED_WELL, TN_ENDED_PARTLY, TN_ENDED_BADLY };

/* Where an operation is when one of its optional arguments is given. */
struct tn_path {
    const char *argument, *path;
    bool as_partner; /* it is the partner's own tenant that is asked, unless another customer is named */
};

/* What a ticket is about, by the names that support knows it by: Microsoft.Support changes ids, and tells to look them
 * up. */
struct tn_about {
    const char *service, *classification;
};

/* An argument that people look for in vain, and what to do instead. */
struct tn_instead {
    const char *name, *advice;
};

struct tn_call;
struct tn_values;

struct tn_operation {
    const char *module, *name; /* "reservations", "quote_refund": require "tenure.reservations".quote_refund */
    const char *method;        /* HTTP */
    const char *path;          /* "/providers/…/{order}/calculateRefund"; NULL: one of paths has to be chosen */
    struct tn_path paths[TN_MAX_PATHS + 1]; /* instead of path: the first whose argument is given; ends with NULLs */
    const char *api_version;                /* ARM's query parameter; NULL: none */
    enum tn_service service;
    bool as_user;       /* it is answered to a user's token only, not to an application's alone */
    bool names_partner; /* what is sent names the partner's own tenant by its id: a domain is not enough */
    enum tn_class class;
    struct tn_argument arguments[TN_MAX_ARGUMENTS + 1]; /* ends with a NULL name; the first may be given bare */
    const struct tn_record *record; /* what it answers with; a list of them where it pages; NULL: plain values */
    enum tn_paging paging;
    const char *list; /* path of a page's list, where its paging has it elsewhere; nextLink is beside it; NULL */
    enum tn_long_running long_running;
    enum tn_leaves leaves;
    enum tn_probe probe;
    unsigned moves;       /* TN_MOVES_… */
    bool counts_in_limit; /* Azure's refund limit counts what it is worth */
    /* Query parameters that are made of several arguments, onto the URL. */
    int (*put_query)(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                     struct tn_err *err);
    /* The body, where it is not just arguments at their paths. */
    int (*build_body)(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err);
    /* The name that we give the thing, {thing} of the path: made of what was asked for, so that asking again names the same.
     * NULL: made of the name that was given with `once`. */
    void (*name_thing)(const struct tn_call *call, char name[TN_THING_TEXT]);
    /* What must hold between arguments, each of which is right by itself: TENURE_EINVAL. */
    int (*check)(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);
    const struct tn_instead
        *instead;               /* what cannot be given, and how it is done; ends with a NULL name; NULL: nothing */
    const char *quoted_by;      /* an effect that takes a quote: the operation that makes it; NULL */
    const char *const *already; /* an effect: codes that say it is so already, whoever did it; NULL-ended; NULL: none */
    /* An effect that changes or takes away a thing: what the record of that thing, which it answers with, says of it now.
     * A field that is named like an argument is what that changes; of any other the value goes away. Ends with a NULL name;
     * NULL: nothing is told. */
    const struct tn_field *before;
    const char *const *busy; /* an effect that is named: codes that say it may be under way: asked again; as already */
    /* Of an effect whose 2xx may be a refusal all the same; code and message say why, also where only a part was done.
     * NULL: 2xx is done. */
    enum tn_told (*tell)(struct tn_json body, char code[64], char message[256]);
    bool untold_money;   /* an effect that costs money of which nobody tells how much: its guard is a count */
    bool absent_is_done; /* an effect that takes a thing away: 404 says that it is so already */
    /* The operation of its module that reads the thing by its name. What is there already is not asked for again, and
     * the effect is the same by that name, whatever else is said of it. NULL: none. */
    const char *found_by;
    const struct tn_about *about; /* looked up where its arguments service and classification are not given; NULL */
    bool
        takes_contact; /* it has arguments named as tn_support_contact_keys, which the profile's contact stands in for */
    bool takes_once;   /* an effect that nothing but the name it is given tells from the next one */
    /* How an operation has ended that says so item by item; NULL: as its status says, or its HTTP status. */
    enum tn_ended (*ended)(struct tn_json body);
    /* Of one that was done in part: what came back and what was paid, by its items. False: they do not tell. */
    bool (*moved)(struct tn_json body, struct tn_money *back, struct tn_money *pay);
    /* What it does one by one, of a quote's body or of an effect's last answer: a JSON list of records as a script keeps
     * them. NULL: it is one thing. */
    void (*write_lines)(struct tn_json body, struct tn_json_writer *w);
    unsigned policy; /* which rules look at it before it is asked: TN_POLICY_… (policy.h) */
    /* Of a quoting operation: its answer as the service writes one that refuses, without amounts. */
    int (*write_refused)(const struct tn_call *call, const char *code, const char *message, struct tn_json_writer *w,
                         struct tn_err *err);
    tn_quote_reader read_quote; /* its answer is a quote, bound to run, customer and step; NULL: it is none */
    size_t max_body_bytes;      /* 0: the default */
    const char *doc, *source;   /* one line each; source names the public document */
};

/* Rows that belong together, and the records they answer with: require "tenure.NAME". */
struct tn_module {
    const char *name;
    const struct tn_operation *operations;  /* ends with a NULL module */
    const struct tn_record *const *records; /* NULL-ended */
    const char *doc;                        /* one line */
};
extern const struct tn_module *const tn_modules[]; /* NULL-ended */
const struct tn_module *tn_module_find(const char *name);

const struct tn_record *tn_record_find(const char *name); /* of any module; NULL: unknown */

/* All rows, module by module: the one after op, the first for NULL; NULL at the end. */
const struct tn_operation *tn_operation_next(const struct tn_operation *op);

/* The path template for these values; NULL: none of the arguments that choose it is given. */
const char *tn_operation_path(const struct tn_operation *op, const struct tn_values *values);

/* Whether these values ask the partner's own tenant. */
bool tn_operation_as_partner(const struct tn_operation *op, const struct tn_values *values);

/* The names of what a call of it may be given, NULL-ended; how many. */
#define TN_MAX_OPTIONS (TN_MAX_ARGUMENTS + 2)
size_t tn_operation_options(const struct tn_operation *op, const char *names[TN_MAX_OPTIONS + 1]);

/* Whether a call may name another customer than its scope's. */
bool tn_operation_takes_customer(const struct tn_operation *op);

const struct tn_operation *tn_operation_find(const char *module, const char *name);

/* What permits a row: "reservations:quote_refund"; of plain HTTP "http:HOST", or "http:get:HOST" of what
 * reads. Returns text. */
#define TN_PERMISSION_TEXT 96
const char *tn_operation_permission(const struct tn_operation *op, char text[TN_PERMISSION_TEXT]);

/* By permission: "reservations:quote_refund"; by dotted name: "reservations.quote_refund". NULL: unknown. */
const struct tn_operation *tn_operation_by_permission(const char *permission);
const struct tn_operation *tn_operation_by_dotted(const char *dotted);

/* An effect by its bare name ("refund"), as guards and totals spell it. NULL: no such effect. */
const struct tn_operation *tn_effect_by_name(const char *name);

/* Rows that only tables within arguments are read by (azure/table_argument.h). */
extern const struct tn_operation tn_purchase_row, tn_savings_plan_row;

/* What would buy the like of a reservation, by its body: one JSON object by the arguments of tn_purchase_row. */
void tn_purchase_write_ours(struct tn_json body, struct tn_json_writer *w);

/* Closest existing spelling for messages: a permission, a dotted name, an effect's name. NULL when nothing is close.
 * Static storage is not used: the text is written to out. */
bool tn_operation_suggest(const char *wrong, char separator, char *out,
                          size_t size); /* separator ':' or '.'; 0: effects */

/* TENURE_EINVAL: no operation has this dotted name, with the one that it may stand for. */
int tn_operation_unknown(const char *dotted, struct tn_err *err);

#endif
