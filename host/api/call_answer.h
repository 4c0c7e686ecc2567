/* What `tenure call` shows of a read's answer: its records as rows, asked about by --query, no more than --top. */
#ifndef TN_API_CALL_ANSWER_H
#define TN_API_CALL_ANSWER_H

#include "api/host.h"
#include "azure/call.h"
#include "lua/query.h"

struct tn_call_answer {
    struct tn_query *query; /* owned; NULL: every record */
    int64_t most;           /* of a list; 0: all */
};

/* Reads query and top of a request for a read. */
int tn_call_answer_open(struct tn_call_answer *answer, const struct tn_request *request, const struct tn_operation *op,
                        struct tn_err *err);
void tn_call_answer_close(struct tn_call_answer *answer);

/* {"single": false, "rows": […], "columns": […]}; no columns where the query made other values of the records. Of a single
 * record also its lists of records, "lists": [{"name": "lines", "columns": […]}]. */
int tn_call_answer_write(const struct tn_call_answer *answer, const struct tn_call *call, struct tn_json_writer *w,
                         struct tn_err *err);

#endif
