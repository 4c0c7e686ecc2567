/*
 * One request and its answer, apart from the server that carries them: a call may outlive its connection ("late").
 */
#ifndef TN_SIMULATOR_CALL_H
#define TN_SIMULATOR_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json_write.h"
#include "json/json.h"

#define TN_SIM_MAX_BODY ((size_t)4 << 20)
#define TN_SIM_MAX_SEGMENTS 16
#define TN_SIM_MAX_QUERY 24
#define TN_SIM_MAX_PARAMS 4
#define TN_SIM_MAX_HEADERS 12

struct tn_simulator;
struct tn_sim_customer;
struct tn_sim_route;

/* The request headers that anything here looks at. */
enum tn_sim_header {
    TN_SIM_AUTHORIZATION,
    TN_SIM_CLIENT_REQUEST_ID,
    TN_SIM_RETURN_CLIENT_REQUEST_ID,
    TN_SIM_CORRELATION_REQUEST_ID,
    TN_SIM_MS_REQUEST_ID,
    TN_SIM_MS_CORRELATION_ID,
    TN_SIM_MS_CONTINUATION,
    TN_SIM_HEADERS,
};
extern const char *const tn_sim_header_names[TN_SIM_HEADERS];

/* What becomes of an answer on the wire. */
enum tn_sim_delivery {
    TN_SIM_WHOLE,
    TN_SIM_CLOSE,        /* no answer: the connection is closed */
    TN_SIM_CUT_MEASURED, /* half the body under a full Content-Length */
    TN_SIM_CUT_OPEN,     /* half the body, ended by closing the connection */
};

struct tn_sim_answer {
    int status;
    const char *content_type; /* NULL: application/json */
    struct tn_buf body;
    struct {
        const char *name;
        size_t at; /* of its value, in header_text */
    } headers[TN_SIM_MAX_HEADERS];
    size_t header_count;
    struct tn_buf header_text; /* the values, each with its NUL: some are signed URLs of thousands of characters */
    enum tn_sim_delivery delivery;
    int64_t delay_ms;
};

struct tn_sim_pair {
    char *name, *value;
};

struct tn_sim_call {
    struct tn_simulator *simulator;
    const struct tn_sim_route *route; /* NULL until matched */
    char method[12];
    char *target; /* owned; cut up and decoded in place: segments and query point into it */
    const char *segments[TN_SIM_MAX_SEGMENTS];
    size_t segment_count;
    struct tn_sim_pair query[TN_SIM_MAX_QUERY];
    size_t query_count;
    char *headers[TN_SIM_HEADERS]; /* owned; NULL: not sent */
    struct tn_buf body;
    const char *params[TN_SIM_MAX_PARAMS]; /* what the route's {…} stand for, in order */
    struct tn_sim_customer *customer;      /* whose tenant the token is for; NULL before it was checked */
    bool user;                             /* the token is a user's, not an application's alone */
    struct tn_json_doc *document;          /* the body, once tn_sim_call_json was asked for it; owned */
    struct tn_sim_answer *answer;          /* borrowed: where the handler writes */
};

struct tn_sim_call *tn_sim_call_new(struct tn_simulator *simulator, const char *target); /* NULL: out of memory */
void tn_sim_call_free(struct tn_sim_call *call);

/* False: out of memory. */
bool tn_sim_call_set_header(struct tn_sim_call *call, enum tn_sim_header header, const char *value);

const char *tn_sim_call_query(const struct tn_sim_call *call, const char *name); /* NULL: not given; any case */

/* False when it is given, but no number; the value stays as it was when it is not given. */
bool tn_sim_call_number(const struct tn_sim_call *call, const char *name, int64_t *value);

/* Whether JSON that can be read is an object: an empty one is not told from an empty array once it is read. */
bool tn_sim_object_text(const char *text);

/* The body as one JSON object; false when it is none. */
bool tn_sim_call_json(struct tn_sim_call *call, struct tn_json *root);

/* "a=1&b=2" (a query or a form), decoded in place. Returns how many pairs there were, at most max. */
size_t tn_sim_pairs_parse(char *text, struct tn_sim_pair *pairs, size_t max);

void tn_sim_answer_deinit(struct tn_sim_answer *answer);
void tn_sim_answer_reset(struct tn_sim_answer *answer); /* another answer instead; keeps delay and delivery */
void tn_sim_answer_header(struct tn_sim_answer *answer, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *tn_sim_answer_header_value(const struct tn_sim_answer *answer, size_t number);

/* Start a JSON answer: the writer goes on in its body. */
struct tn_json_writer tn_sim_answer_json(struct tn_sim_answer *answer, int status);

#endif
