/*
 * The operation table, row by row, and looking rows up. See operation.h.
 *
 * Facts: the Microsoft.Capacity REST reference 2022-11-01 and the Partner Center REST reference.
 */
#include "azure/operation.h"

#include <stdio.h>
#include <string.h>

#include "azure/values.h"
#include "base/id.h"

#define CAPACITY "/providers/Microsoft.Capacity"
#define CAPACITY_VERSION "2022-11-01"

static const char *const display_states[] = {"Succeeded", "Expiring", "Expired", "Pending",   "Processing",
                                             "Cancelled", "Failed",   "Warning", "NoBenefit", NULL};

/* {"id": ORDER, "properties": {"scope": "Reservation", "reservationToReturn": {"reservationId", "quantity"}}}; the
 * schema requires none of it, the recorded client sends all of it. */
static void write_reservation_to_return(struct tn_json_writer *w, const char *order, const char *reservation,
                                        int64_t quantity)
{
    char id[160];
    snprintf(id, sizeof id, CAPACITY "/reservationOrders/%s/reservations/%s", order, reservation);
    tn_jw_kv_string(w, "scope", "Reservation");
    tn_jw_key(w, "reservationToReturn");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationId", id);
    tn_jw_kv_int(w, "quantity", quantity);
    tn_jw_object_end(w);
}

static int build_quote_refund(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w,
                              struct tn_err *err)
{
    (void)err;
    const struct tn_argument_value *reservation = tn_values_get(op, values, "reservation");
    const struct tn_argument_value *quantity = tn_values_get(op, values, "quantity");
    char order[120];
    snprintf(order, sizeof order, CAPACITY "/reservationOrders/%s", reservation->order);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", order);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    write_reservation_to_return(w, reservation->order, reservation->text,
                                quantity->given ? quantity->integer : reservation->integer);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* The values quoted are repeated beside the session, and the reason, as the recorded client does. */
static int build_refund(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w,
                        struct tn_err *err)
{
    (void)err;
    const struct tn_quote *quote = tn_values_get(op, values, "quote")->quote;
    const struct tn_argument_value *reason = tn_values_get(op, values, "reason");
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "sessionId", quote->session);
    write_reservation_to_return(w, quote->order, quote->reservation, quote->quantity);
    tn_jw_kv_string(w, "returnReason", reason->given ? reason->text : "No longer needed");
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

const struct tn_operation tn_operations[] = {
    {
        .module = "customers",
        .name = "list",
        .method = "GET",
        .path = "/customers?size=500",
        .service = TN_SERVICE_PARTNER_CENTER,
        .record = &tn_record_customer,
        .paging = TN_PAGING_LINKS_NEXT,
        .doc = "All customers of the partner.",
        .source = "Partner Center REST: Get a list of customers",
    },
    {
        .module = "customers",
        .name = "get",
        .method = "GET",
        .path = "/customers/{customer}",
        .service = TN_SERVICE_PARTNER_CENTER,
        .arguments = {{"customer", TN_TYPE_CUSTOMER, true, TN_IN_PATH, NULL, NULL, "tenant id of the customer"}},
        .record = &tn_record_customer,
        .doc = "One customer, with details.",
        .source = "Partner Center REST: Get a customer by ID",
    },
    {
        .module = "reservations",
        .name = "list",
        .method = "GET",
        .path = CAPACITY "/reservations",
        .api_version = CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"state", TN_TYPE_STRING, false, TN_IN_QUERY, "selectedState", display_states,
                       "only those in this state, as the portal shows it"},
                      {"filter", TN_TYPE_STRING, false, TN_IN_QUERY, "$filter", NULL, "OData filter with eq, or, and"}},
        .record = &tn_record_reservation,
        .paging = TN_PAGING_NEXT_LINK,
        .max_body_bytes = 64u << 20,
        .doc = "All reservations of the customer's tenant that the caller can see.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, List All",
    },
    {
        .module = "reservations",
        .name = "get",
        .method = "GET",
        .path = CAPACITY "/reservationOrders/{reservation.order}/reservations/{reservation}",
        .api_version = CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_PATH, NULL, NULL,
                       "reservation, full id, or GUID"}},
        .record = &tn_record_reservation,
        .doc = "One reservation.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Get",
    },
    {
        .module = "reservations",
        .name = "quote_refund",
        .method = "POST",
        .path = CAPACITY "/reservationOrders/{reservation.order}/calculateRefund",
        .api_version = CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_PATH, NULL, NULL,
                       "reservation, full id, or GUID"},
                      {"quantity", TN_TYPE_INTEGER, false, TN_IN_BODY, NULL, NULL,
                       "how many to return; all of them unless given"}},
        .record = &tn_record_refund_quote,
        .build_body = build_quote_refund,
        .makes_quote = true,
        .doc = "What a refund would be worth, and whether the service would accept it. Nothing changes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Calculate Refund, Post",
    },
    {
        .module = "reservations",
        .name = "refund",
        .method = "POST",
        .path = CAPACITY "/reservationOrders/{quote.order}/return",
        .api_version = CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"quote", TN_TYPE_QUOTE, true, TN_IN_BODY, NULL, NULL,
                       "what reservations.quote_refund answered with"},
                      {"reason", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "free text kept by the service"}},
        .record = &tn_record_refund_quote,
        .long_running = TN_LRO_ORDER,
        .build_body = build_refund,
        .quoted_by = "quote_refund",
        .doc = "Return a reservation, or a part of its quantity, for a refund.",
        .source = "Microsoft.Capacity REST 2022-11-01: Return, Post",
    },
    {
        .module = "orders",
        .name = "get",
        .method = "GET",
        .path = CAPACITY "/reservationOrders/{order}",
        .api_version = CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"order", TN_TYPE_ORDER, true, TN_IN_PATH, NULL, NULL, "order, reservation, full id, or GUID"}},
        .record = &tn_record_order,
        .doc = "One reservation order.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation Order, Get",
    },
    {.module = NULL},
};

const struct tn_operation *tn_operation_find(const char *module, const char *name)
{
    for (const struct tn_operation *op = tn_operations; op->module; op++) {
        if (strcmp(op->module, module) == 0 && strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}

static const struct tn_operation *find_joined(const char *joined, char separator)
{
    const char *at = strchr(joined, separator);
    char module[64];
    if (!at || (size_t)(at - joined) >= sizeof module)
        return NULL;
    memcpy(module, joined, (size_t)(at - joined));
    module[at - joined] = '\0';
    return tn_operation_find(module, at + 1);
}

const struct tn_operation *tn_operation_by_permission(const char *permission)
{
    return find_joined(permission, ':');
}

const struct tn_operation *tn_operation_by_dotted(const char *dotted)
{
    return find_joined(dotted, '.');
}

const struct tn_operation *tn_effect_by_name(const char *name)
{
    for (const struct tn_operation *op = tn_operations; op->module; op++) {
        if (op->class != TN_CLASS_READ && strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}

bool tn_operation_suggest(const char *wrong, char separator, char *out, size_t size)
{
    size_t best = strlen(wrong) / 3 + 2;
    bool found = false;
    for (const struct tn_operation *op = tn_operations; op->module; op++) {
        char name[128];
        if (separator)
            snprintf(name, sizeof name, "%s%c%s", op->module, separator, op->name);
        else if (op->class == TN_CLASS_READ)
            continue;
        else
            snprintf(name, sizeof name, "%s", op->name);
        size_t distance = tn_edit_distance(wrong, name, best);
        if (distance <= best && (!found || distance < best)) {
            best = distance;
            found = true;
            snprintf(out, size, "%s", name);
        }
    }
    return found;
}
