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

/* Digits at a scale. False: they do not fit. */
static bool at_scale(const struct tn_money *money, uint8_t scale, wide *digits)
{
    const struct tn_money finest = {.scale = scale};
    wide none;
    return align(money, &finest, digits, &none);
}

/* fresh <= planned x (1 + tolerance) + back x gone / left: by so much less comes back by now that more has to be paid. */
static bool little_enough_to_pay(const struct tn_tolerance *tolerance, const struct tn_amounts *planned,
                                 const struct tn_money *fresh, int64_t gone, int64_t left)
{
    wide was, is, back = 0, days = left ? left : 1;
    uint8_t scale = planned->pay.scale > fresh->scale ? planned->pay.scale : fresh->scale;
    if (planned->has_back && planned->back.scale > scale)
        scale = planned->back.scale;
    if (!at_scale(&planned->pay, scale, &was) || !at_scale(fresh, scale, &is) ||
        (planned->has_back && !at_scale(&planned->back, scale, &back)))
        return false;
    return is * 10000 * days <= was * (10000 + tolerance->basis_points) * days + back * 10000 * gone;
}

/* Told before and now, and in one currency; or neither. */
static bool same_kind(bool had, const struct tn_money *planned, bool has, const struct tn_money *fresh)
{
    return had == has && (!had || strcmp(planned->currency, fresh->currency) == 0);
}

bool tn_drift_found(const struct tn_tolerance *tolerance, const struct tn_amounts *planned,
                    const struct tn_amounts *fresh, int64_t planned_s, int64_t now_s, int64_t expires_s,
                    char message[256])
{
    char was[TN_MONEY_TEXT], is[TN_MONEY_TEXT];
    int64_t gone = 0, left = 0;
    bool back = same_kind(planned->has_back, &planned->back, fresh->has_back, &fresh->back);
    if (!back || !same_kind(planned->has_pay, &planned->pay, fresh->has_pay, &fresh->pay)) {
        snprintf(message, 256, "what %s is in another currency, or not told any more",
                 back ? "has to be paid" : "comes back");
        return true;
    }
    if (tolerance->proration)
        count_days(planned_s, now_s, expires_s, &gone, &left);
    if (planned->has_back && !enough_back(tolerance, &planned->back, &fresh->back, gone, left)) {
        snprintf(message, 256, "%s %s would come back now, %s were planned: less than the tolerance allows",
                 tn_money_amount(&fresh->back, is), fresh->back.currency, tn_money_amount(&planned->back, was));
        return true;
    }
    if (planned->has_pay && !little_enough_to_pay(tolerance, planned, &fresh->pay, gone, left)) {
        snprintf(message, 256, "%s %s would have to be paid now, %s were planned: more than the tolerance allows",
                 tn_money_amount(&fresh->pay, is), fresh->pay.currency, tn_money_amount(&planned->pay, was));
        return true;
    }
    return false;
}
