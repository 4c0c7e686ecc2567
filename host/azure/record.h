/*
 * Records: named tables of fields that operations answer with.
 *
 * A record is data: one row per field with its Lua name, the JSON path it comes from, its type and one line of doc.
 * From the rows come what scripts see, default table columns, reference docs and editor stubs. Reading a field never
 * guesses: what Azure did not report is absent.
 */
#ifndef TN_AZURE_RECORD_H
#define TN_AZURE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "json/json.h"

enum tn_type {
    TN_TYPE_STRING,
    TN_TYPE_ID, /* compared without regard to case */
    TN_TYPE_INTEGER,
    TN_TYPE_NUMBER,
    TN_TYPE_BOOLEAN,
    TN_TYPE_MONEY,
    TN_TYPE_DATE,     /* whole seconds since 1970 UTC */
    TN_TYPE_DURATION, /* whole seconds, from ISO 8601 (P1Y counts 365 days) */
    TN_TYPE_FLAGS,    /* always a table; each known flag is true, false, or absent where none were reported */
    TN_TYPE_KEYED,    /* always a table; a list of objects as number key → number value, e.g. utilization[30] */
    TN_TYPE_LIST,     /* of records or of plain values */
    TN_TYPE_RECORD,
    TN_TYPE_TABLE, /* a plain table, as arguments take them */
    TN_TYPE_DATA,  /* always a table; what a workflow joined to the record: see TN_JOIN_MEMBER */
    /* arguments only */
    TN_TYPE_RESERVATION,   /* a reservation record, a full id, or a bare GUID */
    TN_TYPE_ORDER,         /* an order record, a reservation (its order), a full id, or a bare GUID */
    TN_TYPE_CUSTOMER,      /* a customer record, a tenant id or a domain */
    TN_TYPE_SUBSCRIPTION,  /* "/subscriptions/{guid}" or a bare GUID */
    TN_TYPE_RETURNS,       /* reservations, each whole or as {reservation, quantity} */
    TN_TYPE_PURCHASES,     /* tables, each as orders.quote_purchase takes it */
    TN_TYPE_SAVINGS_PLANS, /* tables of their own */
    TN_TYPE_QUOTE,         /* only what the quoting operation answered with */
    TN_TYPE_JSON,          /* a table of plain data, or the JSON of one */
};
const char *tn_type_name(enum tn_type type); /* "string" … for messages and docs */

struct tn_record;

/* One flag of a FLAGS field: Lua name and the word in Azure's comma-separated list. */
struct tn_flag {
    const char *name, *word;
};

/* What a record's field was read as. Strings are borrowed from the document. */
struct tn_field_value {
    enum tn_type type;
    bool present;
    const char *text; /* STRING, ID */
    size_t text_len;
    int64_t integer; /* INTEGER, DATE, DURATION */
    double number;
    bool boolean;
    struct tn_money money;
    struct tn_json json; /* LIST, RECORD, KEYED, TABLE, DATA: the container; absent: empty */
    char buffer[512];    /* text that had to be made points here */
};

struct tn_field {
    const char *name;
    const char *path; /* dotted JSON path in the raw body; NULL with compute */
    const char
        *currency; /* MONEY: path of the currency, where path is a bare number; NULL: path is an object of both */
    enum tn_type type;
    const struct tn_record *record; /* RECORD and LIST of records; NULL: a list of plain values */
    const struct tn_flag *flags;    /* FLAGS; NULL-ended */
    const char *key, *value;        /* KEYED: member names of key and value */
    /* A field that is made of several members, e.g. limit_left. Negative: an unreadable amount. */
    int (*compute)(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value, struct tn_err *err);
    bool column; /* shown in tables unless asked otherwise */
    bool always; /* LIST: an empty one where Azure reported nothing */
    const char *doc;
};

struct tn_record {
    const char *name;              /* "reservation" */
    const struct tn_field *fields; /* ends with a NULL name */
    const char *doc;
};

const struct tn_field *tn_record_field(const struct tn_record *record, const char *name); /* NULL: unknown */
const char *tn_record_suggest(const struct tn_record *record, const char *name);          /* the closest field; NULL */

/* The member of a customer's body that holds its DATA, a name that Azure cannot use: {"columns": [every name there is],
 * "row": {those that say something}}. */
#define TN_JOIN_MEMBER "$data"

/* Read one field of a raw body. value->present is false where Azure reported nothing. Negative: it is there but cannot
 * be what it should be (an amount with too many digits, text where a number belongs): a read raises, money never
 * becomes zero. compute fields point text at value->buffer. FLAGS: use tn_record_flag. */
int tn_record_read(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value, struct tn_err *err);

/* 1 true, 0 false, -1 not reported. */
int tn_record_flag(const struct tn_field *field, struct tn_json raw, const struct tn_flag *flag);

/* The records, in the files of the modules that answer with them. */
extern const struct tn_record tn_record_customer, tn_record_reservation, tn_record_order, tn_record_refund_quote,
    tn_record_refusal, tn_record_order_reservation;

#endif
