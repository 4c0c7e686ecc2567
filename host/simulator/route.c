/* The table of operations: see route.h. */
#include "simulator/route.h"

#include <string.h>

#include "simulator/capacity.h"
#include "simulator/consumption.h"
#include "simulator/control.h"
#include "simulator/directory.h"
#include "simulator/exchange.h"
#include "simulator/offer.h"
#include "simulator/openid.h"
#include "simulator/partner_cart.h"
#include "simulator/partner_catalogue.h"
#include "simulator/partner_checkout.h"
#include "simulator/partner_customers.h"
#include "simulator/partner_entitlements.h"
#include "simulator/partner_inventory.h"
#include "simulator/partner_invoice_lines.h"
#include "simulator/partner_invoices.h"
#include "simulator/partner_orders.h"
#include "simulator/partner_policies.h"
#include "simulator/partner_subscriptions.h"
#include "simulator/purchase.h"
#include "simulator/refund.h"
#include "simulator/role.h"
#include "simulator/split.h"
#include "simulator/support.h"
#include "simulator/support_service.h"
#include "simulator/token.h"
#include "simulator/update.h"
#include "simulator/web.h"

#define CAPACITY "/providers/Microsoft.Capacity"
#define ORDERS CAPACITY "/reservationOrders"
#define ORDER ORDERS "/{order}"
#define RESERVATION ORDER "/reservations/{reservation}"
#define SUBSCRIPTION "/subscriptions/{subscription}"
#define CUSTOMER "/v1/customers/{customer}"
#define CUSTOMER_SUBSCRIPTION CUSTOMER "/subscriptions/{subscription}"
#define CART CUSTOMER "/carts/{cart}"
#define CUSTOMER_ORDER CUSTOMER "/orders/{order}"
#define INVOICE "/v1/invoices/{invoice}"
#define PRODUCT "/v1/products/{product}"
#define MAY(action) "Microsoft.Capacity/" action
#define BILLING "/providers/Microsoft.Billing/billingAccounts/{account}"
#define PROFILE BILLING "/billingProfiles/{profile}"
#define USED(what) "/providers/Microsoft.Consumption/" what
#define GRANTS "/providers/Microsoft.Authorization/roleAssignments"
#define GRANT GRANTS "/{assignment}"
#define ROLES "/providers/Microsoft.Authorization/roleDefinitions"
#define MAY_GRANT(action) "Microsoft.Authorization/roleAssignments/" action
#define MAY_SEE_ROLES "Microsoft.Authorization/roleDefinitions/read"
#define SUPPORT "/providers/Microsoft.Support"
#define MAY_ASK(action) "Microsoft.Support/" action
#define PAGE "/web/{page}"
#define MAY_SEE(what) "Microsoft.Consumption/" what "/read"

const struct tn_sim_route tn_sim_routes[] = {
    {TN_SIM_LOGIN, "POST", "/{tenant}/oauth2/token", "token", NULL, tn_sim_token_v1},
    {TN_SIM_LOGIN, "POST", "/{tenant}/oauth2/v2.0/token", "token", NULL, tn_sim_token_v2},
    {TN_SIM_LOGIN, "GET", "/{tenant}/v2.0/.well-known/openid-configuration", "openid", NULL,
     tn_sim_openid_configuration},

    /* Partner Center */
    {TN_SIM_PARTNER_CENTER, "GET", "/v1/customers", "customers.list", NULL, tn_sim_customers_list},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER, "customers.get", NULL, tn_sim_customers_get},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER "/subscriptions", "partner.subscriptions", NULL,
     tn_sim_partner_subscriptions},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER_SUBSCRIPTION, "partner.subscription", NULL, tn_sim_partner_subscription},
    {TN_SIM_PARTNER_CENTER, "POST", CUSTOMER_SUBSCRIPTION "/registrations", "partner.register", NULL,
     tn_sim_partner_register},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER_SUBSCRIPTION "/registrationstatus", "partner.registration", NULL,
     tn_sim_partner_registration},
    {TN_SIM_PARTNER_CENTER, "GET", "/v1/products", "partner.products", NULL, tn_sim_partner_products},
    {TN_SIM_PARTNER_CENTER, "GET", PRODUCT, "partner.product", NULL, tn_sim_partner_product},
    {TN_SIM_PARTNER_CENTER, "GET", PRODUCT "/skus", "partner.skus", NULL, tn_sim_partner_skus},
    {TN_SIM_PARTNER_CENTER, "GET", PRODUCT "/skus/{sku}", "partner.sku", NULL, tn_sim_partner_sku},
    {TN_SIM_PARTNER_CENTER, "GET", PRODUCT "/skus/{sku}/availabilities", "partner.availabilities", NULL,
     tn_sim_partner_availabilities},
    {TN_SIM_PARTNER_CENTER, "POST", "/v1/extensions/product/checkInventory", "partner.inventory", NULL,
     tn_sim_partner_inventory},
    {TN_SIM_PARTNER_CENTER, "POST", CUSTOMER "/carts", "partner.create_cart", NULL, tn_sim_partner_create_cart},
    {TN_SIM_PARTNER_CENTER, "GET", CART, "partner.cart", NULL, tn_sim_partner_cart},
    {TN_SIM_PARTNER_CENTER, "PUT", CART, "partner.update_cart", NULL, tn_sim_partner_update_cart},
    {TN_SIM_PARTNER_CENTER, "POST", CART "/checkout", "partner.checkout", NULL, tn_sim_partner_checkout},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER "/orders", "partner.orders", NULL, tn_sim_partner_orders},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER_ORDER, "partner.order", NULL, tn_sim_partner_order},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER_ORDER "/provisioningstatus", "partner.provisioning", NULL,
     tn_sim_partner_provisioning},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER "/entitlements", "partner.entitlements", NULL, tn_sim_partner_entitlements},
    {TN_SIM_PARTNER_CENTER, "GET", CUSTOMER "/artifacts/reservedinstances/{order}", "partner.artifact", NULL,
     tn_sim_partner_artifact},
    {TN_SIM_PARTNER_CENTER, "GET", "/v1/invoices", "partner.invoices", NULL, tn_sim_partner_invoices},
    {TN_SIM_PARTNER_CENTER, "GET", INVOICE, "partner.invoice", NULL, tn_sim_partner_invoice},
    {TN_SIM_PARTNER_CENTER, "GET", INVOICE "/lineitems", "partner.invoice_lines", NULL, tn_sim_partner_invoice_lines},
    {TN_SIM_PARTNER_CENTER, "GET", "/v1/SelfServePolicy", "partner.policies", NULL, tn_sim_partner_policies},
    {TN_SIM_PARTNER_CENTER, "POST", "/v1/SelfServePolicy", "partner.grant_policy", NULL, tn_sim_partner_grant_policy},
    {TN_SIM_PARTNER_CENTER, "DELETE", "/v1/SelfServePolicy/{policy}", "partner.revoke_policy", NULL,
     tn_sim_partner_revoke_policy},

    {TN_SIM_ARM, "GET", CAPACITY "/reservations", "reservations.list", MAY("reservations/read"),
     tn_sim_reservations_list},
    {TN_SIM_ARM, "GET", ORDERS, "orders.list", MAY("reservationOrders/read"), tn_sim_orders_list},
    {TN_SIM_ARM, "GET", ORDER, "orders.get", MAY("reservationOrders/read"), tn_sim_orders_get},
    {TN_SIM_ARM, "GET", ORDER "/reservations", "reservations.list", MAY("reservationOrders/reservations/read"),
     tn_sim_reservations_of_order},
    {TN_SIM_ARM, "GET", RESERVATION, "reservations.get", MAY("reservationOrders/reservations/read"),
     tn_sim_reservations_get},
    {TN_SIM_ARM, "GET", RESERVATION "/revisions", "reservations.history",
     MAY("reservationOrders/reservations/revisions/read"), tn_sim_reservations_history},
    {TN_SIM_ARM, "POST", ORDER "/calculateRefund", "reservations.quote_refund",
     MAY("reservationOrders/calculateRefund/action"), tn_sim_refund_quote},
    {TN_SIM_ARM, "POST", ORDER "/return", "reservations.refund", MAY("reservationOrders/return/action"),
     tn_sim_refund_return},

    /* what manages reservations and moves no money */
    {TN_SIM_ARM, "POST", RESERVATION "/availableScopes", "reservations.available_scopes",
     MAY("reservationOrders/reservations/availableScopes/action"), tn_sim_reservations_available_scopes},
    {TN_SIM_ARM, "PATCH", RESERVATION, "reservations.update", MAY("reservationOrders/reservations/write"),
     tn_sim_reservations_update},
    {TN_SIM_ARM, "GET", RESERVATION "/operationresults/{result}", "reservations.update_result",
     MAY("reservationOrders/reservations/operationresults/read"), tn_sim_reservations_update_result},
    {TN_SIM_ARM, "POST", RESERVATION "/archive", "reservations.archive",
     MAY("reservationOrders/reservations/archive/action"), tn_sim_reservations_archive},
    {TN_SIM_ARM, "POST", RESERVATION "/unarchive", "reservations.unarchive",
     MAY("reservationOrders/reservations/unarchive/action"), tn_sim_reservations_unarchive},
    {TN_SIM_ARM, "POST", ORDER "/split", "reservations.split", MAY("reservationOrders/split/action"),
     tn_sim_reservations_split},
    {TN_SIM_ARM, "POST", ORDER "/merge", "reservations.merge", MAY("reservationOrders/merge/action"),
     tn_sim_reservations_merge},
    {TN_SIM_ARM, "GET", ORDER "/splitoperationresults/{result}", "reservations.split_result",
     MAY("reservationOrders/splitoperationresults/read"), tn_sim_reservations_split_result},
    {TN_SIM_ARM, "GET", ORDER "/mergeoperationresults/{result}", "reservations.merge_result",
     MAY("reservationOrders/mergeoperationresults/read"), tn_sim_reservations_merge_result},
    {TN_SIM_ARM, "POST", ORDER "/changeDirectory", "orders.change_directory",
     MAY("reservationOrders/changeDirectory/action"), tn_sim_orders_change_directory},
    {TN_SIM_ARM, "GET", SUBSCRIPTION "/providers/Microsoft.Capacity/catalogs", "catalog.list", MAY("catalogs/read"),
     tn_sim_catalog_list},
    {TN_SIM_ARM, "GET", SUBSCRIPTION "/providers/Microsoft.Capacity/appliedReservations", "applied.list",
     MAY("appliedReservations/read"), tn_sim_applied_list},
    {TN_SIM_ARM, "GET", "/providers/Microsoft.Capacity/operations", "operations.list", MAY("operations/read"),
     tn_sim_operations_list},

    /* buying and exchanging */
    {TN_SIM_ARM, "POST", CAPACITY "/calculatePrice", "orders.quote_purchase", MAY("calculatePrice/action"),
     tn_sim_purchase_quote},
    {TN_SIM_ARM, "PUT", ORDER, "orders.purchase", MAY("reservationOrders/write"), tn_sim_purchase_put},
    {TN_SIM_ARM, "POST", CAPACITY "/calculateExchange", "reservations.quote_exchange", MAY("calculateExchange/action"),
     tn_sim_exchange_quote},
    {TN_SIM_ARM, "POST", CAPACITY "/exchange", "reservations.exchange", MAY("exchange/action"), tn_sim_exchange_commit},
    {TN_SIM_ARM, "GET", CAPACITY "/operationResults/{operation}", "operations.result", MAY("operationResults/read"),
     tn_sim_operation_result},

    /* what reservations were used for */

    /* what reservations were used for, what to buy, what was paid */
    {TN_SIM_ARM, "GET", ORDER USED("reservationSummaries"), "usage.summaries", MAY_SEE("reservationSummaries"),
     tn_sim_usage_summaries},
    {TN_SIM_ARM, "GET", RESERVATION USED("reservationSummaries"), "usage.summaries", MAY_SEE("reservationSummaries"),
     tn_sim_usage_summaries},
    {TN_SIM_ARM, "GET", BILLING USED("reservationSummaries"), "usage.summaries", MAY_SEE("reservationSummaries"),
     tn_sim_usage_summaries},
    {TN_SIM_ARM, "GET", PROFILE USED("reservationSummaries"), "usage.summaries", MAY_SEE("reservationSummaries"),
     tn_sim_usage_summaries},
    {TN_SIM_ARM, "GET", ORDER USED("reservationDetails"), "usage.details", MAY_SEE("reservationDetails"),
     tn_sim_usage_details},
    {TN_SIM_ARM, "GET", RESERVATION USED("reservationDetails"), "usage.details", MAY_SEE("reservationDetails"),
     tn_sim_usage_details},
    {TN_SIM_ARM, "GET", BILLING USED("reservationDetails"), "usage.details", MAY_SEE("reservationDetails"),
     tn_sim_usage_details},
    {TN_SIM_ARM, "GET", PROFILE USED("reservationDetails"), "usage.details", MAY_SEE("reservationDetails"),
     tn_sim_usage_details},
    {TN_SIM_ARM, "GET", SUBSCRIPTION USED("reservationRecommendations"), "usage.recommendations",
     MAY_SEE("reservationRecommendations"), tn_sim_usage_recommendations},
    {TN_SIM_ARM, "GET", SUBSCRIPTION "/resourceGroups/{group}" USED("reservationRecommendations"),
     "usage.recommendations", MAY_SEE("reservationRecommendations"), tn_sim_usage_recommendations},
    {TN_SIM_ARM, "GET", BILLING USED("reservationRecommendations"), "usage.recommendations",
     MAY_SEE("reservationRecommendations"), tn_sim_usage_recommendations},
    {TN_SIM_ARM, "GET", PROFILE USED("reservationRecommendations"), "usage.recommendations",
     MAY_SEE("reservationRecommendations"), tn_sim_usage_recommendations},
    {TN_SIM_ARM, "GET", BILLING USED("reservationTransactions"), "usage.transactions",
     MAY_SEE("reservationTransactions"), tn_sim_usage_transactions},
    {TN_SIM_ARM, "GET", PROFILE USED("reservationTransactions"), "usage.transactions",
     MAY_SEE("reservationTransactions"), tn_sim_usage_transactions},

    /* who may do what about reservations */
    {TN_SIM_ARM, "GET", CAPACITY GRANTS, "roles.list", MAY_GRANT("read"), tn_sim_roles_list},
    {TN_SIM_ARM, "GET", CAPACITY GRANT, "roles.get", MAY_GRANT("read"), tn_sim_roles_get},
    {TN_SIM_ARM, "PUT", CAPACITY GRANT, "roles.grant", MAY_GRANT("write"), tn_sim_roles_grant},
    {TN_SIM_ARM, "DELETE", CAPACITY GRANT, "roles.revoke", MAY_GRANT("delete"), tn_sim_roles_revoke},
    {TN_SIM_ARM, "GET", CAPACITY ROLES, "roles.definitions", MAY_SEE_ROLES, tn_sim_roles_definitions},
    {TN_SIM_ARM, "GET", CAPACITY ROLES "/{role}", "roles.definition", MAY_SEE_ROLES, tn_sim_roles_definition},
    {TN_SIM_ARM, "GET", ORDER GRANTS, "roles.list", MAY_GRANT("read"), tn_sim_roles_list},
    {TN_SIM_ARM, "GET", ORDER GRANT, "roles.get", MAY_GRANT("read"), tn_sim_roles_get},
    {TN_SIM_ARM, "PUT", ORDER GRANT, "roles.grant", MAY_GRANT("write"), tn_sim_roles_grant},
    {TN_SIM_ARM, "DELETE", ORDER GRANT, "roles.revoke", MAY_GRANT("delete"), tn_sim_roles_revoke},
    {TN_SIM_ARM, "GET", ORDER ROLES, "roles.definitions", MAY_SEE_ROLES, tn_sim_roles_definitions},
    {TN_SIM_ARM, "GET", ORDER ROLES "/{role}", "roles.definition", MAY_SEE_ROLES, tn_sim_roles_definition},
    {TN_SIM_ARM, "GET", RESERVATION GRANTS, "roles.list", MAY_GRANT("read"), tn_sim_roles_list},
    {TN_SIM_ARM, "GET", RESERVATION GRANT, "roles.get", MAY_GRANT("read"), tn_sim_roles_get},
    {TN_SIM_ARM, "PUT", RESERVATION GRANT, "roles.grant", MAY_GRANT("write"), tn_sim_roles_grant},
    {TN_SIM_ARM, "DELETE", RESERVATION GRANT, "roles.revoke", MAY_GRANT("delete"), tn_sim_roles_revoke},
    {TN_SIM_ARM, "GET", RESERVATION ROLES, "roles.definitions", MAY_SEE_ROLES, tn_sim_roles_definitions},
    {TN_SIM_ARM, "GET", RESERVATION ROLES "/{role}", "roles.definition", MAY_SEE_ROLES, tn_sim_roles_definition},
    {TN_SIM_ARM, "GET", ROLES "/{role}", "roles.definition", MAY_SEE_ROLES, tn_sim_roles_definition},

    /* support */
    {TN_SIM_ARM, "GET", SUPPORT "/services", "support.services", MAY_ASK("services/read"), tn_sim_support_services},
    {TN_SIM_ARM, "GET", SUPPORT "/services/{service}", "support.service", MAY_ASK("services/read"),
     tn_sim_support_service},
    {TN_SIM_ARM, "GET", SUPPORT "/services/{service}/problemClassifications", "support.problem_classifications",
     MAY_ASK("services/problemClassifications/read"), tn_sim_support_classifications},
    {TN_SIM_ARM, "GET", SUPPORT "/services/{service}/problemClassifications/{problem}",
     "support.problem_classification", MAY_ASK("services/problemClassifications/read"), tn_sim_support_classification},
    {TN_SIM_ARM, "POST", SUPPORT "/checkNameAvailability", "support.check_name",
     MAY_ASK("checkNameAvailability/action"), tn_sim_support_check_name},
    {TN_SIM_ARM, "GET", SUPPORT "/supportTickets", "support.tickets", MAY_ASK("supportTickets/read"),
     tn_sim_support_list_tickets},
    {TN_SIM_ARM, "PUT", SUPPORT "/supportTickets/{ticket}", "support.create_ticket", MAY_ASK("supportTickets/write"),
     tn_sim_support_create_ticket},
    {TN_SIM_ARM, "GET", SUPPORT "/supportTickets/{ticket}", "support.ticket", MAY_ASK("supportTickets/read"),
     tn_sim_support_get_ticket},
    {TN_SIM_ARM, "PATCH", SUPPORT "/supportTickets/{ticket}", "support.update_ticket", MAY_ASK("supportTickets/write"),
     tn_sim_support_update_ticket},
    {TN_SIM_ARM, "POST", SUPPORT "/supportTickets/{ticket}/checkNameAvailability", "support.check_name",
     MAY_ASK("checkNameAvailability/action"), tn_sim_support_check_name},
    {TN_SIM_ARM, "GET", SUPPORT "/supportTickets/{ticket}/communications", "support.communications",
     MAY_ASK("supportTickets/communications/read"), tn_sim_support_list_messages},
    {TN_SIM_ARM, "PUT", SUPPORT "/supportTickets/{ticket}/communications/{message}", "support.create_communication",
     MAY_ASK("supportTickets/communications/write"), tn_sim_support_create_message},
    {TN_SIM_ARM, "GET", SUPPORT "/supportTickets/{ticket}/communications/{message}", "support.communication",
     MAY_ASK("supportTickets/communications/read"), tn_sim_support_get_message},
    {TN_SIM_ARM, "GET", SUPPORT "/operationsStatus/{operation}", "support.operation", MAY_ASK("operationsStatus/read"),
     tn_sim_support_status},
    {TN_SIM_ARM, "GET", SUPPORT "/operationResults/{operation}", "support.result", MAY_ASK("operationResults/read"),
     tn_sim_support_result},
    {TN_SIM_ARM, "POST", SUBSCRIPTION SUPPORT "/checkNameAvailability", "support.check_name",
     MAY_ASK("checkNameAvailability/action"), tn_sim_support_check_name},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/supportTickets", "support.tickets", MAY_ASK("supportTickets/read"),
     tn_sim_support_list_tickets},
    {TN_SIM_ARM, "PUT", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}", "support.create_ticket",
     MAY_ASK("supportTickets/write"), tn_sim_support_create_ticket},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}", "support.ticket",
     MAY_ASK("supportTickets/read"), tn_sim_support_get_ticket},
    {TN_SIM_ARM, "PATCH", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}", "support.update_ticket",
     MAY_ASK("supportTickets/write"), tn_sim_support_update_ticket},
    {TN_SIM_ARM, "POST", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}/checkNameAvailability", "support.check_name",
     MAY_ASK("checkNameAvailability/action"), tn_sim_support_check_name},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}/communications", "support.communications",
     MAY_ASK("supportTickets/communications/read"), tn_sim_support_list_messages},
    {TN_SIM_ARM, "PUT", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}/communications/{message}",
     "support.create_communication", MAY_ASK("supportTickets/communications/write"), tn_sim_support_create_message},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/supportTickets/{ticket}/communications/{message}",
     "support.communication", MAY_ASK("supportTickets/communications/read"), tn_sim_support_get_message},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/operationsStatus/{operation}", "support.operation",
     MAY_ASK("operationsStatus/read"), tn_sim_support_status},
    {TN_SIM_ARM, "GET", SUBSCRIPTION SUPPORT "/operationResults/{operation}", "support.result",
     MAY_ASK("operationResults/read"), tn_sim_support_result},

    {TN_SIM_WEB, "GET", PAGE, "http.get", NULL, tn_sim_web_get},
    {TN_SIM_WEB, "PUT", PAGE, "http.put", NULL, tn_sim_web_put},
    {TN_SIM_WEB, "POST", PAGE, "http.post", NULL, tn_sim_web_add},
    {TN_SIM_WEB, "PATCH", PAGE, "http.patch", NULL, tn_sim_web_add},
    {TN_SIM_WEB, "DELETE", PAGE, "http.delete", NULL, tn_sim_web_delete},

    {TN_SIM_CONTROL, "GET", "/_simulator/effects", "effects", NULL, tn_sim_control_effects},
    {TN_SIM_CONTROL, "GET", "/_simulator/state", "state", NULL, tn_sim_control_state},
    {TN_SIM_CONTROL, "GET", "/_simulator/routes", "routes", NULL, tn_sim_control_routes},
    {TN_SIM_CONTROL, "GET", "/_simulator/world", "world", NULL, tn_sim_control_world},
    {TN_SIM_CONTROL, "PUT", "/_simulator/world", "world", NULL, tn_sim_control_set_world},
    {TN_SIM_CONTROL, "GET", "/_simulator/faults", "faults", NULL, tn_sim_control_faults},
    {TN_SIM_CONTROL, "PUT", "/_simulator/faults", "faults", NULL, tn_sim_control_set_faults},

    {TN_SIM_ARM, NULL, NULL, NULL, NULL, NULL},
};

/* One segment of a row's path against one of the call's; at is moved behind it. ARM ids have no case. */
static bool segment_matches(const char **at, const char *segment, bool *param)
{
    const char *begin = *at + 1;
    size_t len = strcspn(begin, "/");
    *at = begin + len;
    *param = *begin == '{';
    if (*param)
        return true;
    if (strlen(segment) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char a = begin[i], b = segment[i];
        if (a != b && !((a | 0x20) == (b | 0x20) && (a | 0x20) >= 'a' && (a | 0x20) <= 'z'))
            return false;
    }
    return true;
}

static bool path_matches(const struct tn_sim_route *route, struct tn_sim_call *call)
{
    const char *at = route->path;
    size_t params = 0;
    for (size_t i = 0; i < call->segment_count; i++) {
        bool param;
        if (!*at || !segment_matches(&at, call->segments[i], &param))
            return false;
        if (param && params < TN_SIM_MAX_PARAMS)
            call->params[params++] = call->segments[i];
    }
    return !*at;
}

bool tn_sim_route_match(struct tn_sim_call *call, bool *path_known)
{
    *path_known = false;
    for (const struct tn_sim_route *route = tn_sim_routes; route->method; route++) {
        if (!path_matches(route, call))
            continue;
        *path_known = true;
        if (strcmp(route->method, call->method) == 0) {
            call->route = route;
            return true;
        }
    }
    return false;
}

enum tn_sim_service tn_sim_route_service(const struct tn_sim_call *call)
{
    if (call->segment_count == 0)
        return TN_SIM_ARM;
    if (strcmp(call->segments[0], "_simulator") == 0)
        return TN_SIM_CONTROL;
    if (tn_id_equal(call->segments[0], "v1"))
        return TN_SIM_PARTNER_CENTER;
    if (call->segment_count > 1 && tn_id_equal(call->segments[1], "oauth2"))
        return TN_SIM_LOGIN;
    return TN_SIM_ARM;
}

const char *tn_sim_operation_name(const char *operation)
{
    const char *dot = strchr(operation, '.');
    return dot ? dot + 1 : operation;
}

bool tn_sim_operation_is(const char *operation, const char *name)
{
    return strcmp(operation, name) == 0 || strcmp(tn_sim_operation_name(operation), name) == 0;
}
