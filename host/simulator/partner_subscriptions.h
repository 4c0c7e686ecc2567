/*
 * Partner Center: a customer's subscriptions, and their registration, without which no reservation is sold for them.
 *
 * Each customer has one Azure subscription, some have licenses beside it. It counts as registered where the world began
 * with reservations, since without it they could not have been bought.
 */
#ifndef TN_SIMULATOR_PARTNER_SUBSCRIPTIONS_H
#define TN_SIMULATOR_PARTNER_SUBSCRIPTIONS_H

#include "simulator/call.h"

/* Partner Center's own id of the Azure subscription, which is not the one it has in Azure. */
void tn_sim_partner_subscription_id(const struct tn_sim_customer *customer, char id[TN_GUID_TEXT]);

bool tn_sim_is_registered(const struct tn_sim_customer *customer);

void tn_sim_partner_subscriptions(struct tn_sim_call *call);
void tn_sim_partner_subscription(struct tn_sim_call *call);
void tn_sim_partner_register(struct tn_sim_call *call);
void tn_sim_partner_registration(struct tn_sim_call *call);

#endif
