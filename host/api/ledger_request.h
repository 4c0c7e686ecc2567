/*
 * Requests that ask the ledger one thing, or tell it one: runs, approve, settle, why, audit.
 *
 * A kind gives a query that runs on the ledger thread and writes JSON; finding the ledger, the hand-over, rendering and the
 * result are the same for all.
 */
#ifndef TN_API_LEDGER_REQUEST_H
#define TN_API_LEDGER_REQUEST_H

#include "api/host.h"
#include "ledger/store.h"

struct tn_ledger_request {
    struct tn_request *request;
    struct tn_ledger *ledger;
    const char *what; /* how the data is rendered */
    int (*query)(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w, struct tn_err *err);
    /* Back on the loop, adds to json what the ledger thread cannot know. NULL: nothing. */
    int (*complete)(struct tn_ledger_request *state, struct tn_err *err);
    struct tn_ledger_work work;
    bool reads; /* set by the kind before its start: the query changes nothing */
    struct tn_buf json;
    char run[64]; /* the run it is about, once found; "" */
    char actor[320];
    int exit_code;     /* set by the query */
    char message[512]; /* said beside the data; "" */
    void *extra;       /* the kind's; freed with free() */
};

/* A kind's start: its state begins with a struct tn_ledger_request. */
int tn_ledger_request_start(struct tn_request *request, const char *what,
                            int (*query)(struct tn_db *db, struct tn_ledger_request *state, struct tn_json_writer *w,
                                         struct tn_err *err),
                            struct tn_err *err);
void tn_ledger_request_end(struct tn_request *request);

/* On the ledger thread: find the run that argument "run" names and keep its id. */
int tn_ledger_request_find(struct tn_db *db, struct tn_ledger_request *state, struct tn_err *err);

/* Around the data of a request that is rendered as "rows"; in between come the rows, one object each. columns ends with
 * NULL; single: the only row is the answer. */
void tn_rendered_rows_begin(struct tn_json_writer *w, const char *const *columns, bool single);
void tn_rendered_rows_end(struct tn_json_writer *w);

#endif
