/*
 * Values: the arguments of a call, checked against its row and kept.
 */
#ifndef TN_AZURE_VALUES_H
#define TN_AZURE_VALUES_H

#include "azure/facts.h"
#include "azure/operation.h"
#include "azure/quote.h"

/* A reservation, or a part of it. */
struct tn_returned {
    char order[37], reservation[37]; /* GUIDs; order "": only the reservation was named: the engine looks it up */
    int64_t quantity;                /* 0: all of it */
    struct tn_facts facts;
};

/* One checked argument. Strings are owned by the struct tn_values. */
struct tn_argument_value {
    bool given;
    char *
        text; /* STRING, ID, CUSTOMER: the text; RESERVATION, ORDER, SUBSCRIPTION: its GUID; JSON: itself; LIST and the lists of tables: a JSON array */
    char *order; /* RESERVATION: the order's GUID; NULL when only a bare GUID was given: the engine looks it up */
    struct tn_facts *facts; /* RESERVATION: owned; NULL: nothing is known */
    int64_t integer;        /* INTEGER, DATE, DURATION; RESERVATION: its quantity where known, else 0; lists
                      * of tables: how many */
    bool boolean;
    struct tn_money money;
    struct tn_returned *returned; /* RETURNS; owned */
    size_t returned_count;
    struct tn_quote *quote; /* QUOTE: a reference */
};

struct tn_values {
    struct tn_argument_value of[TN_MAX_ARGUMENTS]; /* in the order of the row's arguments */
};
void tn_values_deinit(struct tn_values *values);

/* A copy of its own; a quote is shared. TENURE_ENOMEM: to is empty. */
int tn_values_copy(struct tn_values *to, const struct tn_values *from, struct tn_err *err);

/* What was given, as one JSON object by the arguments' names, without the quote: the same for the same values. */
void tn_values_write(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w);

/* One given value, which is no quote, as JSON: ids in full, "/subscriptions/{guid}", times in RFC 3339. */
void tn_argument_write(const struct tn_argument *argument, const struct tn_argument_value *value,
                       struct tn_json_writer *w);

const struct tn_argument_value *tn_values_get(const struct tn_operation *op, const struct tn_values *values,
                                              const char *name);

#define TN_VALUE_TEXT 32

/* A given value as the services write it in queries: its text, "3", "true", a time in RFC 3339. made is room for what has
 * to be made. */
const char *tn_value_text(const struct tn_argument *argument, const struct tn_argument_value *value,
                          char made[TN_VALUE_TEXT]);

/* The flat body of a row: each given argument at its dotted path; nothing where no argument goes there. TENURE_OK. */
int tn_values_write_body(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w);

/* Set an argument from text as a person or a script writes it ("/providers/…/reservations/…", a GUID, "3", "true"),
 * checked against the row's type, pattern and choices. TENURE_EINVAL names operation and argument and says what it
 * takes. */
int tn_values_set_text(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *text,
                       struct tn_err *err);
int tn_values_set_integer(const struct tn_operation *op, struct tn_values *values, size_t argument, int64_t integer,
                          struct tn_err *err);
int tn_values_set_boolean(const struct tn_operation *op, struct tn_values *values, size_t argument, bool boolean,
                          struct tn_err *err);
int tn_values_set_list(const struct tn_operation *op, struct tn_values *values, size_t argument,
                       const char *const *texts, size_t count, struct tn_err *err);
int tn_values_set_reservation(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *id,
                              const struct tn_facts *facts, struct tn_err *err); /* from a record */
/* What became known of the reservation that an argument names; its quantity, too, where that is not known. */
int tn_argument_learn(struct tn_argument_value *value, const struct tn_facts *facts, struct tn_err *err);
int tn_values_set_quote(const struct tn_operation *op, struct tn_values *values, size_t argument,
                        struct tn_quote *quote, struct tn_err *err);

/* Required arguments that are not given, and such as do not go together: TENURE_EINVAL naming the first. Then what the
 * row itself checks. */
int tn_values_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err);

/* An argument of type ID, where it is given, is a GUID, bare or as the end of a full id. TENURE_EINVAL says what it
 * takes. */
int tn_values_check_guid(const struct tn_operation *op, const struct tn_values *values, const char *name,
                         const char *takes, struct tn_err *err);

/* Index of an argument by name; -1: none such. */
int tn_argument_index(const struct tn_operation *op, const char *name);

/* How what this name stands for is done, where it cannot be given; NULL: nothing like it. */
const char *tn_argument_instead(const struct tn_operation *op, const char *name);

/* TENURE_EINVAL: there is none of that name, with the closest one or what to do instead. */
int tn_argument_unknown(const struct tn_operation *op, const char *name, struct tn_err *err);

/* Split ARM ids: any of "/providers/Microsoft.Capacity/reservationOrders/{o}/reservations/{r}[/revisions/n]",
 * ".../reservationOrders/{o}",
 * "{o}/{r}", or a bare GUID, in any case. order or reservation stays "" where the text does not tell. False: none of
 * these. */
bool tn_reservation_id_parse(const char *text, char order[37], char reservation[37]);

/* "/subscriptions/{guid}" or the GUID, in any case: its GUID, as it is written. False: neither. */
bool tn_subscription_id_parse(const char *text, char subscription[37]);

#endif
