/* Exchanges: see exchange.h. */
#include "azure/modules/exchange.h"

#include <stdio.h>
#include <string.h>

#include "azure/modules/purchase.h"

#define RETURNS "properties.reservationsToExchange"
#define PURCHASES "properties.reservationsToPurchase"
#define SAVINGS_PLANS "properties.savingsPlansToPurchase"

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

int tn_exchange_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    if (tn_values_get(op, values, "purchase")->given || tn_values_get(op, values, "savings_plans")->given)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL,
                      "%s.%s: say what to buy instead, in purchase or savings_plans; without a purchase it is a refund "
                      "(reservations.quote_refund)",
                      op->module, op->name);
}

static void write_returns(const struct tn_argument_value *value, struct tn_json_writer *w)
{
    char id[160];
    tn_jw_array(w);
    for (size_t i = 0; i < value->returned_count; i++) {
        const struct tn_returned *one = &value->returned[i];
        snprintf(id, sizeof id, TN_CAPACITY "/reservationOrders/%s/reservations/%s", one->order, one->reservation);
        tn_jw_object(w);
        tn_jw_kv_string(w, "reservationId", id);
        tn_jw_kv_int(w, "quantity", one->quantity);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

/* Azure's requests of a list of tables in our words; nothing where it is not given. */
static int write_requests(const struct tn_call *call, const char *argument, const char *key,
                          void (*write)(struct tn_json ours, const char *tenant, struct tn_json_writer *w),
                          struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *value = tn_call_argument(call, argument);
    struct tn_json_doc *doc = NULL;
    if (!value->given)
        return TENURE_OK;
    int rc = tn_json_parse(call->L, value->text, strlen(value->text), 0, &doc, err);
    if (rc < 0)
        return rc;
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (struct tn_json_iter it = tn_json_each(tn_json_root(doc)); tn_json_next(&it);)
        write(it.value, call->tenant, w);
    tn_jw_array_end(w);
    tn_json_close(doc);
    return TENURE_OK;
}

/* What is to be bought as answers repeat it. */
static void write_echo(struct tn_json ours, const char *tenant, struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_purchase_write(ours, tenant, w);
    tn_jw_object_end(w);
}

static void write_plan_echo(struct tn_json ours, const char *tenant, struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_savings_plan_write(ours, tenant, w);
    tn_jw_object_end(w);
}

int tn_exchange_build_quote(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_key(w, "reservationsToExchange");
    write_returns(tn_call_argument(call, "exchange"), w);
    int rc = write_requests(call, "purchase", "reservationsToPurchase", tn_purchase_write, w, err);
    if (rc == TENURE_OK)
        rc = write_requests(call, "savings_plans", "savingsPlansToPurchase", tn_savings_plan_write, w, err);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return rc;
}

/* {"properties": {"reservationsToExchange": […], "reservationsToPurchase": [{"properties": REQUEST}], "policyResult": …}} */
int tn_exchange_write_refused(const struct tn_call *call, const char *code, const char *message,
                              struct tn_json_writer *w, struct tn_err *err)
{
    tn_jw_object(w);
    tn_jw_kv_bool(w, TN_POLICY_VETOED, true);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_key(w, "reservationsToExchange");
    write_returns(tn_call_argument(call, "exchange"), w);
    int rc = write_requests(call, "purchase", "reservationsToPurchase", write_echo, w, err);
    if (rc == TENURE_OK)
        rc = write_requests(call, "savings_plans", "savingsPlansToPurchase", write_plan_echo, w, err);
    tn_jw_key(w, "policyResult");
    tn_jw_object(w);
    tn_policy_write_error(w, code, message);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return rc;
}

/* The session, and nothing else. */
int tn_exchange_build(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "sessionId", tn_call_argument(call, "quote")->quote->session);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

/* ---- how it has ended -------------------------------------------------------------------------------------------- */

static void count_items(struct tn_json list, size_t *all, size_t *done)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        const char *status = tn_json_string(it.value, "status", NULL);
        (*all)++;
        *done += status && strcasecmp(status, "Succeeded") == 0;
    }
}

/* One that failed without saying what became of its items may have done some of them. */
enum tn_ended tn_exchange_ended(struct tn_json body)
{
    const char *status = tn_json_string(body, "status", NULL);
    bool good = status && strcasecmp(status, "Succeeded") == 0;
    size_t all = 0, done = 0;
    count_items(tn_json_find(body, RETURNS), &all, &done);
    count_items(tn_json_find(body, PURCHASES), &all, &done);
    count_items(tn_json_find(body, SAVINGS_PLANS), &all, &done);
    if (good && done == all)
        return TN_ENDED_WELL;
    return all && !done && !good ? TN_ENDED_BADLY : TN_ENDED_PARTLY;
}

/* Adds the amounts of the items that were done. False: of one it is not known whether it was, or how much it is. */
static bool add_done(struct tn_json list, const char *path, struct tn_money *sum)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        const char *status = tn_json_string(it.value, "status", NULL);
        struct tn_money amount;
        if (status && (strcasecmp(status, "Failed") == 0 || strcasecmp(status, "Cancelled") == 0))
            continue;
        if (!status || strcasecmp(status, "Succeeded") != 0 || tn_json_money(it.value, path, &amount, NULL) <= 0)
            return false;
        *sum = sum->currency[0] ? *sum : tn_money_zero(amount.currency);
        if (tn_money_add(sum, sum, &amount, NULL) < 0)
            return false;
    }
    return true;
}

/* As in a quote, what has to be paid is what the purchases cost beyond what comes back for them, or is owed no more. */
bool tn_exchange_moved(struct tn_json body, struct tn_money *back, struct tn_money *pay)
{
    static const char owed[] = "billingInformation.billingCurrencyRemainingCommitmentAmount";
    struct tn_money bought, credit;
    int order = 0;
    *back = (struct tn_money){0};
    if (!add_done(tn_json_find(body, RETURNS), "billingRefundAmount", back) || !back->currency[0])
        return false;
    credit = *back;
    bought = tn_money_zero(back->currency);
    if (!add_done(tn_json_find(body, RETURNS), owed, &credit))
        return false;
    if (!add_done(tn_json_find(body, PURCHASES), "billingCurrencyTotal", &bought) ||
        !add_done(tn_json_find(body, SAVINGS_PLANS), "billingCurrencyTotal", &bought) ||
        tn_money_compare(&order, &bought, &credit, NULL) < 0)
        return false;
    *pay = tn_money_zero(back->currency);
    return order <= 0 || tn_money_sub(pay, &bought, &credit, NULL) == TENURE_OK;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* {"$record": "exchange_line", "raw": {"kind": … ; both objects stay open. */
static void begin_line(struct tn_json_writer *w, const char *kind)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "$record", tn_record_exchange_line.name);
    tn_jw_key(w, "raw");
    tn_jw_object(w);
    tn_jw_kv_string(w, "kind", kind);
}

static void end_line(struct tn_json_writer *w)
{
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void put_text(struct tn_json_writer *w, const char *key, struct tn_json item, const char *path)
{
    const char *text = tn_json_string(item, path, NULL);
    if (text)
        tn_jw_kv_string(w, key, text);
}

static void put_money(struct tn_json_writer *w, const char *key, struct tn_json item, const char *path)
{
    struct tn_money money;
    if (tn_json_money(item, path, &money, NULL) > 0)
        tn_jw_kv_money(w, key, &money);
}

static void put_int(struct tn_json_writer *w, const char *key, struct tn_json item, const char *path)
{
    int64_t value;
    if (tn_json_int(item, path, &value))
        tn_jw_kv_int(w, key, value);
}

static void write_returned(struct tn_json item, struct tn_json_writer *w)
{
    begin_line(w, "return");
    put_text(w, "state", item, "status");
    put_text(w, "id", item, "reservationId");
    put_int(w, "quantity", item, "quantity");
    put_money(w, "back", item, "billingRefundAmount");
    put_money(w, "cancelled", item, "billingInformation.billingCurrencyRemainingCommitmentAmount");
    end_line(w);
}

/* An order's id is there long before the order is: only the state says what was bought. */
static void write_bought(struct tn_json item, struct tn_json_writer *w)
{
    begin_line(w, "purchase");
    put_text(w, "state", item, "status");
    put_text(w, "order_id", item, "reservationOrderId");
    put_text(w, "id", item, "reservationId");
    put_int(w, "quantity", item, "properties.properties.quantity");
    put_money(w, "pay", item, "billingCurrencyTotal");
    tn_jw_key(w, "request");
    tn_purchase_write_ours(tn_json_find(item, "properties"), w);
    end_line(w);
}

static void write_savings_plan(struct tn_json item, struct tn_json_writer *w)
{
    begin_line(w, "savings_plan");
    put_text(w, "state", item, "status");
    put_text(w, "order_id", item, "savingsPlanOrderId");
    put_text(w, "id", item, "savingsPlanId");
    put_money(w, "pay", item, "billingCurrencyTotal");
    tn_jw_key(w, "request");
    tn_savings_plan_write_ours(tn_json_find(item, "properties"), w);
    end_line(w);
}

static void write_list(struct tn_json list, void (*write)(struct tn_json item, struct tn_json_writer *w),
                       struct tn_json_writer *w)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);)
        write(it.value, w);
}

void tn_exchange_write_lines(struct tn_json body, struct tn_json_writer *w)
{
    tn_jw_array(w);
    write_list(tn_json_find(body, RETURNS), write_returned, w);
    write_list(tn_json_find(body, PURCHASES), write_bought, w);
    write_list(tn_json_find(body, SAVINGS_PLANS), write_savings_plan, w);
    tn_jw_array_end(w);
}

/* Of a move: {"id", "isSucceeded", "error"}. */
static void write_moved(const char *kind, struct tn_json item, struct tn_json_writer *w)
{
    bool moved = false;
    tn_json_bool(item, "isSucceeded", &moved);
    begin_line(w, kind);
    put_text(w, "id", item, "id");
    tn_jw_kv_string(w, "state", moved ? "Succeeded" : "Failed");
    put_text(w, "message", item, "error");
    end_line(w);
}

void tn_move_write_lines(struct tn_json body, struct tn_json_writer *w)
{
    struct tn_json order = tn_json_find(body, "reservationOrder");
    tn_jw_array(w);
    if (order.doc)
        write_moved("order", order, w);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(body, "reservations")); tn_json_next(&it);)
        write_moved("reservation", it.value, w);
    tn_jw_array_end(w);
}

/* The immediate answer to a split or a merge names revisions: "…/reservations/{r}/revisions/4" (recorded). */
static void put_part_id(struct tn_json reservation, struct tn_json_writer *w)
{
    const char *id = tn_json_string(reservation, "id", NULL), *revision = id ? strcasestr(id, "/revisions/") : NULL;
    if (!id)
        return;
    tn_jw_key(w, "id");
    tn_jw_string_len(w, id, revision ? (size_t)(revision - id) : strlen(id));
}

/* Parts may have been merged since, and a whole split again: what it has become comes first. */
static const char *part_kind(struct tn_json reservation)
{
    if (tn_json_string(reservation, "properties.mergeProperties.mergeDestination", NULL) ||
        tn_json_length(tn_json_find(reservation, "properties.splitProperties.splitDestinations")) > 0)
        return "source";
    return tn_json_string(reservation, "properties.splitProperties.splitSource", NULL) ? "part" : "whole";
}

/* A split answers with both parts and what they were made of, a merge with the whole and its sources, as reservations. */
void tn_parts_write_lines(struct tn_json body, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (struct tn_json_iter it = tn_json_each(body); tn_json_next(&it);) {
        begin_line(w, part_kind(it.value));
        put_part_id(it.value, w);
        put_int(w, "quantity", it.value, "properties.quantity");
        put_text(w, "state", it.value, "properties.provisioningState");
        end_line(w);
    }
    tn_jw_array_end(w);
}

static bool is_moved(struct tn_json item)
{
    bool moved = false;
    return tn_json_bool(item, "isSucceeded", &moved) && moved;
}

/* HTTP 200 does not mean that all of it moved; an answer that does not say is no success. */
enum tn_ended tn_move_ended(struct tn_json body)
{
    struct tn_json order = tn_json_find(body, "reservationOrder");
    size_t all = order.doc ? 1 : 0, moved = is_moved(order);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(body, "reservations")); tn_json_next(&it);) {
        all++;
        moved += is_moved(it.value);
    }
    if (all && moved == all)
        return TN_ENDED_WELL;
    return all && !moved ? TN_ENDED_BADLY : TN_ENDED_PARTLY;
}

/* An order that was bought has one line, with its first reservation. */
void tn_purchase_write_lines(struct tn_json body, struct tn_json_writer *w)
{
    struct tn_json_iter it = tn_json_each(tn_json_find(body, "properties.reservations"));
    tn_jw_array(w);
    begin_line(w, "purchase");
    put_text(w, "state", body, "properties.provisioningState");
    put_text(w, "order_id", body, "id");
    if (tn_json_next(&it))
        put_text(w, "id", it.value, "id");
    put_int(w, "quantity", body, "properties.originalQuantity");
    end_line(w);
    tn_jw_array_end(w);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

/* The GUID behind the last slash of the order's id, or the one within the reservation's. */
static int compute_order(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                         struct tn_err *err)
{
    const char *order = tn_json_string(raw, "order_id", NULL), *slash = order ? strrchr(order, '/') : NULL;
    if (!order)
        return tn_capacity_order_of(field, raw, value, err);
    snprintf(value->buffer, sizeof value->buffer, "%s", slash ? slash + 1 : order);
    value->text = value->buffer;
    value->text_len = strlen(value->buffer);
    value->present = true;
    return TENURE_OK;
}

static const struct tn_field line_fields[] = {
    {.name = "kind",
     .path = "kind",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "return, purchase or savings_plan; of a move to another directory order or reservation; of a split part or "
            "source, of a merge whole or source"},
    {.name = "state",
     .path = "state",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Succeeded, Failed, Pending …; absent in a quote. What failed is missing"},
    {.name = "id",
     .path = "id",
     .type = TN_TYPE_ID,
     .column = true,
     .doc = "full id of the reservation, or of the savings plan; absent before it is there"},
    {.name = "order", .compute = compute_order, .type = TN_TYPE_ID, .doc = "GUID of its order"},
    {.name = "sku",
     .path = "request.sku",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "of a purchase: of what size"},
    {.name = "quantity", .path = "quantity", .type = TN_TYPE_INTEGER, .column = true, .doc = "how many"},
    {.name = "back",
     .path = "back",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "of a return: comes back, in the billing currency"},
    {.name = "cancelled",
     .path = "cancelled",
     .type = TN_TYPE_MONEY,
     .doc = "of a return: need not be paid any more, of a monthly plan"},
    {.name = "pay", .path = "pay", .type = TN_TYPE_MONEY, .column = true, .doc = "of a purchase: for the whole term"},
    {.name = "message", .path = "message", .type = TN_TYPE_STRING, .doc = "of a move: why not, in the service's words"},
    {.name = "request",
     .path = "request",
     .type = TN_TYPE_TABLE,
     .doc = "of a purchase: what was to be bought, as quote_purchase and quote_exchange take it"},
    {.name = NULL},
};
const struct tn_record tn_record_exchange_line = {"exchange_line", line_fields,
                                                  "One thing that an effect does of several"};

/* Their sum; absent when one of them is. */
static int sum(struct tn_json raw, const char *path, struct tn_field_value *value, struct tn_err *err)
{
    bool first = true;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(raw, RETURNS)); tn_json_next(&it);) {
        struct tn_money one;
        int rc = tn_json_money(it.value, path, &one, err);
        if (rc > 0 && !first)
            rc = tn_money_add(&value->money, &value->money, &one, err) < 0 ? err->code : 1;
        else if (rc > 0)
            value->money = one;
        value->present = rc > 0;
        if (rc <= 0)
            return rc;
        first = false;
    }
    return TENURE_OK;
}

static int compute_returned(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                            struct tn_err *err)
{
    (void)field;
    return sum(raw, "billingRefundAmount", value, err);
}

static int compute_cancelled(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                             struct tn_err *err)
{
    (void)field;
    return sum(raw, "billingInformation.billingCurrencyRemainingCommitmentAmount", value, err);
}

static int compute_allowed(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                           struct tn_err *err)
{
    (void)field, (void)err;
    value->present = true;
    value->boolean = tn_json_length(tn_json_find(raw, "properties.policyResult.policyErrors")) == 0;
    return TENURE_OK;
}

static const struct tn_field exchange_quote_fields[] = {
    {.name = "returned",
     .compute = compute_returned,
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "comes back for what is given back, in the billing currency"},
    {.name = "cancelled_commitment",
     .compute = compute_cancelled,
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "need not be paid any more for it, of monthly plans"},
    {.name = "purchased",
     .path = "properties.purchasesTotal",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "price of all that is bought, for the whole term"},
    {.name = "pay",
     .path = "properties.netPayable",
     .type = TN_TYPE_MONEY,
     .column = true,
     .doc = "the difference: purchased less returned and cancelled_commitment; never below zero"},
    {.name = "worth",
     .path = "worth",
     .type = TN_TYPE_MONEY,
     .doc = "price in USD of all that is bought, where the service reports it of each"},
    {.name = "lines",
     .path = "lines",
     .type = TN_TYPE_LIST,
     .record = &tn_record_exchange_line,
     .doc = "what is given back, then what is bought"},
    {.name = "allowed",
     .compute = compute_allowed,
     .type = TN_TYPE_BOOLEAN,
     .column = true,
     .doc = "false: see refusals"},
    {.name = "refusals",
     .path = "properties.policyResult.policyErrors",
     .type = TN_TYPE_LIST,
     .record = &tn_record_refusal,
     .column = true,
     .always = true,
     .doc = "why not; empty where it would not"},
    TN_FIELD_ASKED,
    TN_FIELD_DOUBTS,
    {.name = NULL},
};
const struct tn_record tn_record_exchange_quote = {"exchange_quote", exchange_quote_fields,
                                                   "What an exchange would bring and cost"};
