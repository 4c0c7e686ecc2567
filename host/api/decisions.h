/*
 * The file of `tenure report RUN --effects --format csv`, as a person gives it back with a decision on each line.
 *
 * A line means the effect whose key it holds, and a person read its other cells. Spreadsheets sort columns apart and fingers
 * slip: so each cell that tells what the effect is has to be what the ledger would write there now. Which columns
 * those are, and what a spreadsheet may make of a cell without harm, is policy: report/decisions.lua.
 */
#ifndef TN_API_DECISIONS_H
#define TN_API_DECISIONS_H

#include "api/policy.h"
#include "ledger/store.h"

struct tn_decisions {
    const char *file;            /* borrowed; NULL: there is none */
    struct tn_buf keys;          /* each once, with its NUL */
    struct tn_buf decisions;     /* what was decided, by key */
    struct tn_buf head;          /* JSON: {name, separator, names} */
    struct tn_policy_list lines; /* {line, cells, columns} */
};

/* decisions starts as zeros and keeps file. TENURE_EINVAL names file, line and column. */
int tn_decisions_read(struct tn_decisions *decisions, const char *file, struct tn_err *err);
void tn_decisions_deinit(struct tn_decisions *decisions);

/* Whether the file approves the effect of that key; it counts as known from now on. */
bool tn_decisions_approve(struct tn_decisions *decisions, const char *key);

/* TENURE_EINVAL names the first line that approves an effect which was never asked for above. */
int tn_decisions_check_known(const struct tn_decisions *decisions, const char *run, struct tn_err *err);

/* On the ledger thread: TENURE_EINVAL names the first cell that tells something else of an effect than the run's plan. Only
 * effects that wait for approval are compared, and only columns that the file has. */
int tn_decisions_compare(struct tn_decisions *decisions, struct tn_db *db, const char *run, struct tn_err *err);

#endif
