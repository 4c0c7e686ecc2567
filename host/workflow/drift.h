/*
 * Drift: whether a fresh quote still is what was planned and approved.
 *
 * Only the costly side refuses: less money back, more to pay. A day less to run is no drift: an upfront refund loses a
 * day's worth each day, which is granted beside the tolerance.
 */
#ifndef TN_WORKFLOW_DRIFT_H
#define TN_WORKFLOW_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/store.h"

struct tn_tolerance {
    int64_t basis_points; /* 100 are 1 % */
    bool proration;
};
#define TN_TOLERANCE_DEFAULT                   \
    {                                          \
        .basis_points = 100, .proration = true \
    }

/* When it was planned, is now, and ends (seconds since 1970 UTC; expires_s 0: not known, then nothing is prorated). True: it
 * drifted, and message says by how much. An amount that is missing on one side is drift. */
bool tn_drift_found(const struct tn_tolerance *tolerance, const struct tn_amounts *planned,
                    const struct tn_amounts *fresh, int64_t planned_s, int64_t now_s, int64_t expires_s,
                    char message[256]);

#endif
