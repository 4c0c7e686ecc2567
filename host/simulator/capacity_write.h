/*
 * How Microsoft.Capacity writes its objects: the same reservation looks a little different in each answer.
 */
#ifndef TN_SIMULATOR_CAPACITY_WRITE_H
#define TN_SIMULATOR_CAPACITY_WRITE_H

#include "base/json_write.h"
#include "simulator/world.h"

enum tn_sim_form {
    TN_SIM_LISTED,   /* in the list of all reservations: with capabilities */
    TN_SIM_IN_ORDER, /* in the list of one order's */
    TN_SIM_ALONE,    /* read by itself */
    TN_SIM_EXPANDED, /* the same, with what it will be renewed by */
    TN_SIM_REVISION, /* as one of its revisions */
    TN_SIM_RESULT,   /* in the result of a split or merge */
};

/* When something is looked at: at_ms may lie back (stale reads), now_seconds is the wall clock. */
struct tn_sim_sight {
    int64_t at_ms;
    int64_t now_seconds;
};

/* The reservation as it was at `as`. */
void tn_sim_reservation_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                              const struct tn_sim_change *as, enum tn_sim_form form, struct tn_sim_sight sight);

/* All its revisions, newest first, into an open array. */
void tn_sim_revisions_write(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                            struct tn_sim_sight sight);

/* An order that is there when it is looked at. */
void tn_sim_order_write(struct tn_json_writer *w, const struct tn_sim_order *order, bool schedule,
                        struct tn_sim_sight sight);

/* What is paid in parts, or at once. */
struct tn_sim_plan {
    const struct tn_sim_currency *currency;
    int64_t cents, coins; /* in all: US cents, and the smallest coin of the currency */
    int64_t begins;       /* seconds since 1970 */
    int done, all;        /* payments */
    const char *account;  /* that paid; NULL: none yet */
};

/* The payments, into an open array. What is not paid yet has no price in the billing currency, but for the first. */
void tn_sim_payments_write(struct tn_json_writer *w, const struct tn_sim_plan *plan);

/* {"currencyCode", "amount"} */
void tn_sim_amount_write(struct tn_json_writer *w, const char *key, const struct tn_sim_currency *currency,
                         int64_t coins);

/* displayProvisioningState: as the state, but about to expire and expired ones are called so. */
const char *tn_sim_display_state(const struct tn_sim_reservation *reservation, enum tn_sim_state state,
                                 int64_t now_seconds);

/* userFriendlyRenewState */
const char *tn_sim_renew_state(const struct tn_sim_settings *settings, enum tn_sim_state state);

/* Azure's times have seven fraction digits; ours come from an id, so that they look it and stay the same. */
#define TN_SIM_TIME_TEXT 48
void tn_sim_time_format(int64_t seconds, const char *id, char text[TN_SIM_TIME_TEXT]);

#endif
