/*
 * tenure.reservations: quotes, refunds, what else can be done with one. reservation_records.c has what they are.
 *
 * Facts: the Microsoft.Capacity REST reference 2022-11-01.
 */
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/capacity.h"
#include "azure/modules/exchange.h"
#include "azure/modules/fields.h"
#include "base/id.h"

static const struct tn_record *const records[] = {
    &tn_record_reservation,     &tn_record_refund_quote,   &tn_record_refusal,       &tn_record_revision,
    &tn_record_available_scope, &tn_record_exchange_quote, &tn_record_exchange_line, NULL};

/* ---- bodies ----------------------------------------------------------------------------------------------------- */

static void write_id(const struct tn_argument_value *reservation, const char *order, struct tn_json_writer *w)
{
    char id[160];
    snprintf(id, sizeof id, TN_CAPACITY "/reservationOrders/%s/reservations/%s", order, reservation->text);
    tn_jw_string(w, id);
}

/* {"id": ORDER, "properties": {"scope": "Reservation", "reservationToReturn": {"reservationId", "quantity"}}}; the
 * schema requires none of it, the recorded client sends all of it. */
static void write_reservation_to_return(struct tn_json_writer *w, const char *order, const char *reservation,
                                        int64_t quantity)
{
    char id[160];
    snprintf(id, sizeof id, TN_CAPACITY "/reservationOrders/%s/reservations/%s", order, reservation);
    tn_jw_kv_string(w, "scope", "Reservation");
    tn_jw_key(w, "reservationToReturn");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationId", id);
    tn_jw_kv_int(w, "quantity", quantity);
    tn_jw_object_end(w);
}

static int build_quote_refund(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    const struct tn_argument_value *reservation = tn_call_argument(call, "reservation"),
                                   *quantity = tn_call_argument(call, "quantity");
    char order[120];
    snprintf(order, sizeof order, TN_CAPACITY "/reservationOrders/%s", reservation->order);
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

/* {"id", "properties": {"quantity", "policyResult": {"properties": {"policyErrors": [{"code", "message"}]}}}} */
static int write_refused_refund(const struct tn_call *call, const char *code, const char *message,
                                struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    const struct tn_argument_value *reservation = tn_call_argument(call, "reservation"),
                                   *quantity = tn_call_argument(call, "quantity");
    tn_jw_object(w);
    tn_jw_kv_bool(w, TN_POLICY_VETOED, true);
    tn_jw_key(w, "id");
    write_id(reservation, reservation->order, w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_int(w, "quantity", quantity->given ? quantity->integer : reservation->integer);
    tn_jw_key(w, "policyResult");
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_policy_write_error(w, code, message);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* The values quoted are repeated beside the session, and the reason, as the recorded client does. */
static int build_refund(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    const struct tn_quote *quote = tn_call_argument(call, "quote")->quote;
    const struct tn_argument_value *reason = tn_call_argument(call, "reason");
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

static int check_update(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    bool any = false;
    for (size_t i = 1; op->arguments[i].name; i++)
        any = any || values->of[i].given;
    if (!any)
        return tn_err_set(err, TENURE_EINVAL,
                          "reservations.update: say what to change: scope, name, renew, flexible or "
                          "review");
    return tn_capacity_check_scope(op, values, err);
}

/* Only what is to change is sent: a member that is left out stays as it is, and one that is not would be changed back. */
static int build_update(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    char made[TN_VALUE_TEXT];
    const struct tn_argument_value *scope = tn_call_argument(call, "scope"), *name = tn_call_argument(call, "name"),
                                   *renew = tn_call_argument(call, "renew"),
                                   *flexible = tn_call_argument(call, "flexible"),
                                   *review = tn_call_argument(call, "review");
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    if (scope->given)
        tn_capacity_write_scope(scope->text, call->tenant, w);
    if (name->given)
        tn_jw_kv_string(w, "name", name->text);
    if (renew->given)
        tn_jw_kv_bool(w, "renew", renew->boolean);
    if (flexible->given)
        tn_jw_kv_string(w, "instanceFlexibility", flexible->boolean ? "On" : "Off");
    if (review->given)
        tn_jw_kv_string(w, "reviewDateTime", tn_time_format(review->integer, made));
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* A record says how many it has; an id does not, and then the service judges. */
static int build_split(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *reservation = tn_call_argument(call, "reservation");
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_key(w, "quantities");
    tn_jw_array(w);
    tn_jw_int(w, tn_call_argument(call, "first")->integer);
    tn_jw_int(w, tn_call_argument(call, "second")->integer);
    tn_jw_array_end(w);
    tn_jw_key(w, "reservationId");
    write_id(reservation, reservation->order, w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

static int check_merge(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const struct tn_argument_value *one = tn_values_get(op, values, "reservation"),
                                   *other = tn_values_get(op, values, "with");
    if (tn_id_equal(one->text, other->text))
        return tn_err_set(err, TENURE_EINVAL, "reservations.merge: with is the same reservation");
    if (one->order && other->order && !tn_id_equal(one->order, other->order))
        return tn_err_set(err, TENURE_EINVAL,
                          "reservations.merge: only reservations of one order can be merged; these "
                          "are of %s and %s",
                          one->order, other->order);
    return TENURE_OK;
}

static int build_merge(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *one = tn_call_argument(call, "reservation"),
                                   *other = tn_call_argument(call, "with");
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_key(w, "sources");
    tn_jw_array(w);
    write_id(one, one->order, w);
    write_id(other, other->order ? other->order : one->order, w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static const char *const display_states[] = {"Succeeded", "Expiring", "Expired", "Pending",   "Processing",
                                             "Cancelled", "Failed",   "Warning", "NoBenefit", NULL};

/* The scope as `update` takes it: an id where it has one, else Shared. */
static int compute_scope_now(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                             struct tn_err *err)
{
    static const char *const group[] = {"properties.appliedScopeProperties.managementGroupId",
                                        "properties.appliedScopeType", NULL};
    struct tn_json_iter scopes = tn_json_each(tn_json_find(raw, "properties.appliedScopes"));
    (void)field, (void)err;
    const char *scope = tn_json_next(&scopes) ? tn_json_string(scopes.value, "", NULL) : NULL;
    if (!scope)
        return tn_field_first_text(raw, group, value);
    tn_field_set_text(value, scope);
    return TENURE_OK;
}

static const struct tn_field update_changes[] = {
    {.name = "scope", .compute = compute_scope_now, .type = TN_TYPE_STRING},
    {.name = "name", .path = "properties.displayName", .type = TN_TYPE_STRING},
    {.name = "renew", .path = "properties.renew", .type = TN_TYPE_BOOLEAN},
    {.name = "flexible", .compute = tn_capacity_flexible, .type = TN_TYPE_BOOLEAN},
    {.name = "review", .path = "properties.reviewDateTime", .type = TN_TYPE_DATE},
    {.name = NULL},
};

static const char *const nothing_to_change[] = {"PatchValuesSameAsExisting", "AppliedScopesSameAsExisting", NULL};

#define BY_EXCHANGE(name)                                                           \
    {                                                                               \
        name, "exchange it for its like, reservations.quote_exchange(reservation, " \
              "{purchase = reservation:like{" name " = …}})"                      \
    }
static const struct tn_instead not_in_place[] = {
    BY_EXCHANGE("billing_scope"),
    BY_EXCHANGE("billing_plan"),
    BY_EXCHANGE("term"),
    BY_EXCHANGE("sku"),
    BY_EXCHANGE("region"),
    {"quantity",
     "split it (reservations.split), return a part of it (reservations.quote_refund with quantity), or buy more "
     "(orders.quote_purchase)"},
    {NULL, NULL},
};

static const struct tn_operation operations[] = {
    {
        .module = "reservations",
        .name = "list",
        .method = "GET",
        .path = TN_CAPACITY "/reservations",
        .paths = {{"order", TN_CAPACITY_ORDER "/reservations", false}},
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"order", TN_TYPE_ORDER, false, TN_IN_PATH, NULL, NULL,
                       "all of this order, returned and split ones too"},
                      {"state", TN_TYPE_STRING, false, TN_IN_QUERY, "selectedState", display_states,
                       "only those in this state, as the portal shows it"},
                      {"filter", TN_TYPE_STRING, false, TN_IN_QUERY, "$filter", NULL, "OData filter with eq, or, and"}},
        .record = &tn_record_reservation,
        .paging = TN_PAGING_NEXT_LINK,
        .max_body_bytes = 64u << 20,
        .doc = "All reservations of the customer's tenant that the caller can see, or those of one order.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, List All; Reservation, List",
    },
    {
        .module = "reservations",
        .name = "get",
        .method = "GET",
        .path = TN_CAPACITY_RESERVATION,
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_ARGUMENT_RESERVATION},
        .record = &tn_record_reservation,
        .doc = "One reservation.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Get",
    },
    {
        .module = "reservations",
        .name = "history",
        .method = "GET",
        .path = TN_CAPACITY_RESERVATION "/revisions",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_ARGUMENT_RESERVATION},
        .record = &tn_record_revision,
        .paging = TN_PAGING_NEXT_LINK,
        .doc = "What became of a reservation, revision by revision, the latest first.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, List Revisions",
    },
    {
        .module = "reservations",
        .name = "available_scopes",
        .method = "POST",
        .path = TN_CAPACITY_RESERVATION "/availableScopes",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_ARGUMENT_RESERVATION,
                      {"scopes", TN_TYPE_LIST, true, TN_IN_BODY, "properties.scopes", NULL,
                       "ids to ask about, e.g. /subscriptions/{guid}"}},
        .record = &tn_record_available_scope,
        .paging = TN_PAGING_NEXT_LINK,
        .list = "properties.scopes",
        .long_running = TN_LRO_OPERATION,
        .doc = "Which scopes a reservation could have. Nothing changes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Available Scopes",
    },
    {
        .module = "reservations",
        .name = "quote_refund",
        .method = "POST",
        .path = TN_CAPACITY "/reservationOrders/{reservation.order}/calculateRefund",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {TN_ARGUMENT_RESERVATION,
                      {"quantity", TN_TYPE_INTEGER, false, TN_IN_BODY, NULL, NULL,
                       "how many to return; all of them unless given"}},
        .record = &tn_record_refund_quote,
        .build_body = build_quote_refund,
        .policy = TN_POLICY_REFUND,
        .write_refused = write_refused_refund,
        .read_quote = tn_quote_read_refund,
        .doc = "What a refund would be worth, and whether the service would accept it. Nothing changes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Calculate Refund, Post",
    },
    {
        .module = "reservations",
        .name = "refund",
        .method = "POST",
        .path = TN_CAPACITY "/reservationOrders/{quote.order}/return",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"quote", TN_TYPE_QUOTE, true, TN_IN_BODY, NULL, NULL,
                       "what reservations.quote_refund answered with"},
                      {"reason", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "free text kept by the service"}},
        .record = &tn_record_refund_quote,
        .long_running = TN_LRO_ORDER,
        .moves = TN_MOVES_BACK,
        .counts_in_limit = true,
        .build_body = build_refund,
        .quoted_by = "quote_refund",
        .doc = "Return a reservation, or a part of its quantity, for a refund.",
        .source = "Microsoft.Capacity REST 2022-11-01: Return, Post",
    },
    {
        .module = "reservations",
        .name = "quote_exchange",
        .method = "POST",
        .path = TN_CAPACITY "/calculateExchange",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"exchange", TN_TYPE_RETURNS, true, TN_IN_BODY, NULL, NULL,
                       "what to give back: reservations, each whole or as {reservation, quantity}"},
                      {"purchase", TN_TYPE_PURCHASES, false, TN_IN_BODY, NULL, NULL,
                       "what to buy for it: tables as orders.quote_purchase takes them"},
                      {"savings_plans", TN_TYPE_SAVINGS_PLANS, false, TN_IN_BODY, NULL, NULL,
                       "or savings plans: tables of commitment (money for each hour), term, billing_scope, scope, "
                       "billing_plan and name"}},
        .record = &tn_record_exchange_quote,
        .long_running = TN_LRO_OPERATION,
        .build_body = tn_exchange_build_quote,
        .check = tn_exchange_check,
        .write_lines = tn_exchange_write_lines,
        .policy = TN_POLICY_EXCHANGE,
        .write_refused = tn_exchange_write_refused,
        .read_quote = tn_quote_read_exchange,
        .doc = "What it would bring and cost to give reservations back for new ones. Nothing changes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Calculate Exchange, Post",
    },
    {
        .module = "reservations",
        .name = "exchange",
        .method = "POST",
        .path = TN_CAPACITY "/exchange",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"quote", TN_TYPE_QUOTE, true, TN_IN_BODY, NULL, NULL,
                       "what reservations.quote_exchange answered with"}},
        .record = &tn_record_exchange_quote,
        .long_running = TN_LRO_OPERATION,
        .probe = TN_PROBE_RESULT,
        .moves = TN_MOVES_BACK | TN_MOVES_PAY,
        .build_body = tn_exchange_build,
        .quoted_by = "quote_exchange",
        .ended = tn_exchange_ended,
        .moved = tn_exchange_moved,
        .write_lines = tn_exchange_write_lines,
        .doc = "Give reservations back for new ones, or for savings plans, as quoted. It takes some twenty minutes.",
        .source = "Microsoft.Capacity REST 2022-11-01: Exchange, Post",
    },
    {
        .module = "reservations",
        .name = "update",
        .method = "PATCH",
        .path = TN_CAPACITY_RESERVATION,
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {TN_ARGUMENT_RESERVATION,
                      {"scope", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL,
                       "Shared, or the id of a subscription, a resource group or a management group"},
                      {"name", TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, "display name"},
                      {"renew", TN_TYPE_BOOLEAN, false, TN_IN_BODY, NULL, NULL, "whether it renews by itself"},
                      {"flexible", TN_TYPE_BOOLEAN, false, TN_IN_BODY, NULL, NULL,
                       "whether it spreads over the sizes of its family (virtual machines)"},
                      {"review", TN_TYPE_DATE, false, TN_IN_BODY, NULL, NULL, "when to review it"}},
        .record = &tn_record_reservation,
        .long_running = TN_LRO_OPERATION,
        .build_body = build_update,
        .check = check_update,
        .before = update_changes,
        .instead = not_in_place,
        .policy = TN_POLICY_UPDATE,
        .already = nothing_to_change,
        .doc = "Change a reservation's scope, name, renewal or flexibility; what is not named stays as it is.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Update",
    },
    {
        .module = "reservations",
        .name = "archive",
        .method = "POST",
        .path = TN_CAPACITY_RESERVATION "/archive",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {TN_ARGUMENT_RESERVATION},
        .doc = "Put an expired or cancelled reservation away: lists do not show it any more.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Archive",
    },
    {
        .module = "reservations",
        .name = "unarchive",
        .method = "POST",
        .path = TN_CAPACITY_RESERVATION "/unarchive",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {TN_ARGUMENT_RESERVATION},
        .doc = "Take a reservation out of the archive.",
        .source = "Microsoft.Capacity REST 2022-11-01: Reservation, Unarchive",
    },
    {
        .module = "reservations",
        .name = "split",
        .method = "POST",
        .path = TN_CAPACITY "/reservationOrders/{reservation.order}/split",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL,
                       "reservation, full id, or GUID"},
                      {"first", TN_TYPE_INTEGER, true, TN_IN_BODY, NULL, NULL, "quantity of the one part"},
                      {"second", TN_TYPE_INTEGER, true, TN_IN_BODY, NULL, NULL,
                       "quantity of the other; together they are what it has"}},
        .long_running = TN_LRO_OPERATION,
        .leaves = TN_LEAVES_PARTS,
        .write_lines = tn_parts_write_lines,
        .build_body = build_split,
        .policy = TN_POLICY_SPLIT,
        .doc = "Make two reservations of one. It is gone then, with a scheduled renewal; both parts have new ids.",
        .source = "Microsoft.Capacity REST 2022-11-01: Split, Post",
    },
    {
        .module = "reservations",
        .name = "merge",
        .method = "POST",
        .path = TN_CAPACITY "/reservationOrders/{reservation.order}/merge",
        .api_version = TN_CAPACITY_VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_ONCE,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL,
                       "reservation, full id, or GUID"},
                      {"with", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL,
                       "another of the same order that is like it"}},
        .long_running = TN_LRO_OPERATION,
        .leaves = TN_LEAVES_WHOLE,
        .write_lines = tn_parts_write_lines,
        .build_body = build_merge,
        .check = check_merge,
        .policy = TN_POLICY_MERGE,
        .doc = "Make one reservation of two of an order. Both are gone then; the new one has a new id.",
        .source = "Microsoft.Capacity REST 2022-11-01: Merge, Post",
    },
    {.module = NULL},
};

const struct tn_module tn_module_reservations = {"reservations", operations, records,
                                                 "Reservations (Microsoft.Capacity)"};
