/*
 * What an effect answered, as a script sees it.
 */
#ifndef TN_WORKFLOW_EFFECT_H
#define TN_WORKFLOW_EFFECT_H

#include "azure/record.h"
#include "ledger/store.h"

/* What stands in a plan for what nobody can know before the effect was made. */
#define TN_KNOWN_AFTER_APPLY "(known after apply)"

struct tn_outcome {
    enum tn_effect_state state;     /* planned succeeded partial refused failed; scripts never see another */
    bool ok;                        /* planned, succeeded or partial */
    char code[64], message[512];    /* "" unless refused or failed */
    struct tn_amounts amounts;      /* planned: as quoted; later: as Azure reported */
    char request_id[64];            /* "" before it was sent */
    char subject[256];              /* id of what it acted on */
    const struct tn_record *record; /* of answer */
    bool tells_lines;               /* it is done one by one: while planned, lines that are not there come later */
    size_t answer_len, lines_len;
    char
        answer[]; /* JSON: what the service answered with when it was done, for scripts; "": nothing. Behind it lines */
};

/* What it did one by one: a JSON list of records; "": it is one thing. */
static inline const char *tn_outcome_lines(const struct tn_outcome *outcome)
{
    return outcome->answer + outcome->answer_len + (outcome->lines_len ? 1 : 0);
}

#endif
