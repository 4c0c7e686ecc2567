/*
 * What rules look at: the facts of what is given back or changed, what is to be bought for it, and the quote's amounts. Part of
 * policy.h; nobody else includes this.
 */
#ifndef TN_AZURE_POLICY_LOOK_H
#define TN_AZURE_POLICY_LOOK_H

#include "azure/policy.h"

struct tn_policy_case {
    const struct tn_operation *op;
    const struct tn_values *values;
    int64_t now_s;
    struct tn_json wanted;        /* what is to be bought: a list in the words of scripts; empty: nothing */
    bool plans;                   /* or savings plans */
    const struct tn_quote *quote; /* NULL: nothing has been asked yet */
};

/* See look of struct tn_policy_rule. */
typedef enum tn_policy_opinion tn_policy_look(const struct tn_policy_case *it, char found[TN_POLICY_TEXT]);

tn_policy_look tn_rule_in_effect;    /* is it over? */
tn_policy_look tn_rule_refundable;   /* does the list of reservations say that it can be refunded? */
tn_policy_look tn_rule_exchangeable; /* … exchanged? */
tn_policy_look tn_rule_returnable;   /* is it of a type that is never given back? */
tn_policy_look tn_rule_quantity;     /* is there as much of it? */
tn_policy_look tn_rule_split;        /* are the parts together what it has? */
tn_policy_look tn_rule_families;     /* is all that is bought of a type of product that is given back? */
tn_policy_look tn_rule_grouping;     /* … as far as types are documented to belong together */
tn_policy_look tn_rule_bought_late;  /* was it bought after exchanges had ended? */
tn_policy_look tn_rule_series;       /* is it a series that is not sold any more? */
tn_policy_look tn_rule_commitment;   /* is what is bought worth less than what is given back? */
tn_policy_look tn_rule_limit;        /* is it worth more than the refund limit leaves? */

/* "Standard_D4s_v3" is of "Dsv3": whether the series is not sold any more on that day for so many years. name: the series. */
bool tn_policy_series_retired(const char *sku, int years, int64_t now_s, char name[16]);

#endif
