/* Drift: see drift.h. All in whole numbers: nothing is rounded against anybody. */
#include "workflow/drift.h"

#include <stdio.h>
#include <string.h>

typedef __int128 wide;

#define DAY_S 86400

/* Digits of both at the larger of their scales. False: they do not fit. */
static bool align(const struct tn_money *a, const struct tn_money *b, wide *left, wide *right)
{
    int scale = a->scale > b->scale ? a->scale : b->scale;
    *left = a->digits;
    *right = b->digits;
    for (int i = a->scale; i < scale; i++)
        *left *= 10;
    for (int i = b->scale; i < scale; i++)
        *right *= 10;
    wide most = (wide)1 << 96; /* leaves room for the factors below */
    return *left < most && *right < most && *left >= 0 && *right >= 0;
}

/* Days begun since the plan, and days that were left then; 0 of each where nothing is prorated. */
static void count_days(int64_t planned_s, int64_t now_s, int64_t expires_s, int64_t *gone, int64_t *left)
{
    *gone = *left = 0;
    if (expires_s <= planned_s || now_s <= planned_s)
        return;
    *left = (expires_s - planned_s + DAY_S - 1) / DAY_S;
    *gone = (now_s - planned_s) / DAY_S + 1;
    if (*gone > *left)
        *gone = *left;
}

/* fresh >= planned x (1 - tolerance) - planned x gone / left, with both sides multiplied out. */
static bool enough_back(const struct tn_tolerance *tolerance, const struct tn_money *planned,
                        const struct tn_money *fresh, int64_t gone, int64_t left)
{
    wide was, is;
    if (!align(planned, fresh, &was, &is))
        return false;
    wide days = left ? left : 1;
    return is * 10000 * days >= was * (10000 - tolerance->basis_points) * days - was * 10000 * gone;
}

bool tn_drift_found(const struct tn_tolerance *tolerance, const struct tn_amounts *planned,
                    const struct tn_amounts *fresh, int64_t planned_s, int64_t now_s, int64_t expires_s,
                    char message[256])
{
    char was[TN_MONEY_TEXT], is[TN_MONEY_TEXT];
    int64_t gone = 0, left = 0;
    if (planned->has_back != fresh->has_back ||
        (planned->has_back && strcmp(planned->back.currency, fresh->back.currency) != 0)) {
        snprintf(message, 256, "what comes back is in another currency, or not told any more");
        return true;
    }
    if (!planned->has_back)
        return false;
    if (tolerance->proration)
        count_days(planned_s, now_s, expires_s, &gone, &left);
    if (enough_back(tolerance, &planned->back, &fresh->back, gone, left))
        return false;
    snprintf(message, 256, "%s %s would come back now, %s were planned: less than the tolerance allows",
             tn_money_amount(&fresh->back, is), fresh->back.currency, tn_money_amount(&planned->back, was));
    return true;
}
