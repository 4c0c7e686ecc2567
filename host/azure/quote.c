/* Quotes: reading and checking what a quoting operation answered. See quote.h. */
#include "azure/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/policy.h"
#include "azure/values.h"
#include "base/id.h"

static bool is_there(enum tn_json_type type)
{
    return type != TN_JSON_ABSENT && type != TN_JSON_NULL;
}

/* Into the object that is open. */
static int write_members(struct tn_json object, struct tn_json_writer *w, struct tn_err *err)
{
    int rc = TENURE_OK;
    for (struct tn_json_iter it = tn_json_each(object); rc == TENURE_OK && tn_json_next(&it);) {
        tn_jw_key(w, it.key);
        rc = tn_json_write(it.value, w, err);
    }
    return rc;
}

/* ---- amounts ----------------------------------------------------------------------------------------------------- */

static int read_amount(struct tn_json body, const char *path, bool *has, struct tn_money *money, struct tn_err *err)
{
    int rc = tn_json_money(body, path, money, err);
    if (rc < 0)
        return tn_err_prefix(err, "the quote");
    *has = rc > 0;
    if (*has && tn_money_sign(money) < 0) {
        char amount[TN_MONEY_TEXT];
        return tn_err_set(err, TENURE_EPROTO, "the quote's %s is negative (%s %s)", path,
                          tn_money_amount(money, amount), money->currency);
    }
    return TENURE_OK;
}

/* What it is worth in the currency of prices. */
static int read_worth(struct tn_quote *quote, struct tn_json body, const char *path, struct tn_err *err)
{
    int rc = read_amount(body, path, &quote->has_worth, &quote->worth, err);
    if (rc == TENURE_OK && quote->has_worth && strcmp(quote->worth.currency, "USD") != 0)
        rc = tn_err_set(err, TENURE_EPROTO, "the quote's pricing amount is in %s, not in USD", quote->worth.currency);
    return rc;
}

/* No more comes back than was ever paid, and in the same currency. */
static int check_paid(struct tn_json body, const char *path, const struct tn_money *back, struct tn_err *err)
{
    struct tn_money paid;
    bool has_paid;
    int order;
    int rc = read_amount(body, path, &has_paid, &paid, err);
    if (rc < 0 || !has_paid)
        return rc;
    rc = tn_money_compare(&order, back, &paid, err);
    if (rc < 0)
        return tn_err_set(err, TENURE_EPROTO, "the quote pays back %s for what was paid in %s", back->currency,
                          paid.currency);
    if (order > 0)
        return tn_err_set(err, TENURE_EPROTO, "the quote pays back more than was ever paid");
    return TENURE_OK;
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

/* As it is, with what is known here of what it is about; what says nothing gets words. */
static int write_refusal(struct tn_json entry, bool kept, struct tn_json_writer *w, struct tn_err *err)
{
    char text[TN_POLICY_TEXT];
    int rc = TENURE_OK;
    tn_jw_object(w);
    tn_jw_kv_string(w, "$record", tn_record_refusal.name);
    tn_jw_key(w, "raw");
    tn_jw_object(w);
    if (tn_policy_tell_nothing(entry, text)) {
        tn_jw_kv_string(w, "code", TN_POLICY_NO_CODE);
        tn_jw_kv_string(w, "message", text);
    } else {
        rc = write_members(entry, w, err);
        tn_jw_kv_bool(w, TN_POLICY_KEPT, kept);
    }
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    return rc;
}

static int keep_refusals(struct tn_quote *quote, struct tn_json list, bool kept, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    int rc = TENURE_OK;
    tn_jw_init(&w, &text);
    tn_jw_array(&w);
    for (struct tn_json_iter it = tn_json_each(list); rc == TENURE_OK && tn_json_next(&it);)
        rc = write_refusal(it.value, kept, &w, err);
    tn_jw_array_end(&w);
    quote->refusals = text.failed ? NULL : tn_buf_take(&text, NULL);
    tn_buf_deinit(&text);
    return rc == TENURE_OK && !quote->refusals ? tn_err_no_memory(err) : rc;
}

/* The first that has a code is the quote's own, or else what the first one is instead. */
static void take_refusal(struct tn_quote *quote, struct tn_json entry, bool kept)
{
    char text[TN_POLICY_TEXT];
    bool first = !quote->refusal[0];
    if (tn_policy_tell_nothing(entry, text)) {
        if (first)
            snprintf(quote->refusal_text, sizeof quote->refusal_text, "%s", text);
        if (first)
            snprintf(quote->refusal, sizeof quote->refusal, "%s", TN_POLICY_NO_CODE);
    } else if (first || strcmp(quote->refusal, TN_POLICY_NO_CODE) == 0) {
        snprintf(quote->refusal, sizeof quote->refusal, "%s", tn_json_string(entry, "code", NULL));
        tn_policy_explain(quote->refusal, tn_json_string(entry, "message", NULL), kept, quote->refusal_text,
                          sizeof quote->refusal_text);
    }
}

/* Any policy error blocks, one that carries only a code too; a policy that is missing, or written in another way than
 * documented, blocks the more. policy: the object that the list is in. */
static int read_refusals(struct tn_quote *quote, struct tn_json body, const char *policy, struct tn_err *err)
{
    char path[80];
    snprintf(path, sizeof path, "%s.policyErrors", policy);
    enum tn_json_type list = tn_json_type_of(body, path);
    if (tn_json_type_of(body, policy) != TN_JSON_OBJECT || (is_there(list) && list != TN_JSON_ARRAY))
        return tn_err_set(err, TENURE_EPROTO,
                          "the quote's policyResult is not what it should be: nobody can tell whether it is allowed");
    struct tn_json refusals = tn_json_find(body, path);
    quote->allowed = tn_json_length(refusals) == 0;
    if (quote->allowed)
        return TENURE_OK;
    bool kept = tn_policy_keeps(quote->op, quote->asked);
    for (struct tn_json_iter it = tn_json_each(refusals); tn_json_next(&it);)
        take_refusal(quote, it.value, kept);
    return keep_refusals(quote, refusals, kept, err);
}

static int read_session(struct tn_quote *quote, struct tn_json body, const char *path, struct tn_err *err)
{
    const char *session = tn_json_string(body, path, NULL);
    snprintf(quote->session, sizeof quote->session, "%s", session ? session : "");
    if (quote->allowed && !tn_guid_valid(quote->session, strlen(quote->session)))
        return tn_err_set(err, TENURE_EPROTO, "the quote has no session, so nothing can be done with it");
    return TENURE_OK;
}

/* ---- refunds ----------------------------------------------------------------------------------------------------- */

#define REFUND_POLICY "properties.policyResult.properties"

/* The answer must be about the reservation that was asked for: whose refund it is, is the whole point. */
static int read_subject(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    const struct tn_argument_value *asked = tn_values_get(quote->op, quote->asked, "reservation");
    char order[37], reservation[37];
    const char *id = tn_json_string(body, "id", NULL);
    if (!id || !tn_reservation_id_parse(id, order, reservation))
        return tn_err_set(err, TENURE_EPROTO, "the quote does not say which reservation it is about");
    if (reservation[0] ? !tn_id_equal(reservation, asked->text) : !asked->order || !tn_id_equal(order, asked->order))
        return tn_err_set(err, TENURE_EPROTO,
                          "the quote is about %.100s, not about the reservation that was asked for (%s)", id,
                          asked->text);
    snprintf(quote->order, sizeof quote->order, "%s", asked->order ? asked->order : order);
    snprintf(quote->reservation, sizeof quote->reservation, "%s", asked->text);
    tn_id_fold(quote->order);
    tn_id_fold(quote->reservation);
    return TENURE_OK;
}

/* Asked for again, it is for the same, whatever a lookup would find by then. */
static int complete(struct tn_quote *quote, struct tn_err *err)
{
    struct tn_argument_value *asked = &quote->asked->of[tn_argument_index(quote->op, "reservation")];
    asked->integer = quote->quantity;
    if (!asked->order)
        asked->order = strdup(quote->order);
    return asked->order ? TENURE_OK : tn_err_no_memory(err);
}

static int read_quantity(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    const struct tn_argument_value *asked = tn_values_get(quote->op, quote->asked, "reservation");
    const struct tn_argument_value *quantity = tn_values_get(quote->op, quote->asked, "quantity");
    int64_t expected = quantity->given ? quantity->integer : asked->integer;
    if (!is_there(tn_json_type_of(body, "properties.quantity")))
        quote->quantity = expected;
    else if (!tn_json_int(body, "properties.quantity", &quote->quantity))
        return tn_err_set(err, TENURE_EPROTO, "the quote's quantity is not a whole number");
    if (quote->quantity <= 0 || (expected > 0 && quote->quantity != expected))
        return tn_err_set(err, TENURE_EPROTO, "the quote is for %lld of the reservation, not for %lld",
                          (long long)quote->quantity, (long long)expected);
    return TENURE_OK;
}

static int read_limit(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    struct tn_money limit, used;
    bool has_limit, has_used;
    int rc = read_amount(body, REFUND_POLICY ".maxRefundLimit", &has_limit, &limit, err);
    if (rc == TENURE_OK)
        rc = read_amount(body, REFUND_POLICY ".consumedRefundsTotal", &has_used, &used, err);
    if (rc < 0 || !has_limit || !has_used)
        return rc;
    quote->has_limit_left = true;
    quote->limit = limit;
    return tn_money_sub(&quote->limit_left, &limit, &used, err);
}

int tn_quote_read_refund(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    int rc = read_subject(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_quantity(quote, body, err);
    if (rc == TENURE_OK)
        rc = complete(quote, err);
    if (rc == TENURE_OK)
        rc = read_amount(body, "properties.billingRefundAmount", &quote->has_back, &quote->back, err);
    if (rc == TENURE_OK)
        rc = read_worth(quote, body, "properties.pricingRefundAmount", err);
    if (rc == TENURE_OK && quote->has_back)
        rc = check_paid(body, "properties.billingInformation.billingCurrencyTotalPaidAmount", &quote->back, err);
    if (rc == TENURE_OK)
        rc = read_limit(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_refusals(quote, body, REFUND_POLICY, err);
    return rc == TENURE_OK ? read_session(quote, body, "properties.sessionId", err) : rc;
}

/* ---- purchases --------------------------------------------------------------------------------------------------- */

/* netTotal, taxTotal and grandTotal are not read: on record they were 0.0 whatever the price. */
int tn_quote_read_purchase(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    const char *title = tn_json_string(body, "properties.skuTitle", NULL);
    quote->quantity = tn_values_get(quote->op, quote->asked, "quantity")->integer;
    quote->allowed = true; /* what it would refuse, it refuses to price */
    snprintf(quote->title, sizeof quote->title, "%s", title ? title : "");
    int rc = read_amount(body, "properties.billingCurrencyTotal", &quote->has_pay, &quote->pay, err);
    if (rc == TENURE_OK)
        rc = read_worth(quote, body, "properties.pricingCurrencyTotal", err);
    if (rc == TENURE_OK)
        rc = read_session(quote, body, "properties.reservationOrderId", err);
    snprintf(quote->order, sizeof quote->order, "%.36s", quote->session);
    tn_id_fold(quote->order);
    return rc;
}

/* ---- exchanges --------------------------------------------------------------------------------------------------- */

/* What is asked for again, completed by what the answer says of it, if that is about the same. */
static int take_item(struct tn_argument_value *asked, struct tn_json item, struct tn_err *err)
{
    char order[37], reservation[37];
    int64_t quantity = 0;
    const char *id = tn_json_string(item, "reservationId", NULL);
    if (!id || !tn_reservation_id_parse(id, order, reservation) || !reservation[0] || !order[0])
        return tn_err_set(err, TENURE_EPROTO, "the quote does not say which reservations it is about");
    size_t i = 0;
    while (i < asked->returned_count && !tn_id_equal(asked->returned[i].reservation, reservation))
        i++;
    if (i == asked->returned_count)
        return tn_err_set(err, TENURE_EPROTO, "the quote is about %.120s, which was not asked for", id);
    struct tn_returned *one = &asked->returned[i];
    if ((one->order[0] && !tn_id_equal(one->order, order)) || !tn_json_int(item, "quantity", &quantity) ||
        quantity <= 0 || (one->quantity && one->quantity != quantity))
        return tn_err_set(err, TENURE_EPROTO, "the quote is for %lld of %s, not for %lld", (long long)quantity,
                          reservation, (long long)one->quantity);
    snprintf(one->order, sizeof one->order, "%s", order);
    one->quantity = quantity;
    return TENURE_OK;
}

/* What comes back for it all; not told when it is not told of one. */
static int add_back(struct tn_quote *quote, struct tn_json item, bool first, struct tn_err *err)
{
    struct tn_money back = {0};
    bool has = false;
    int rc = read_amount(item, "billingRefundAmount", &has, &back, err);
    if (rc == TENURE_OK && has)
        rc = check_paid(item, "billingInformation.billingCurrencyTotalPaidAmount", &back, err);
    if (rc == TENURE_OK && first)
        quote->back = back;
    else if (rc == TENURE_OK && has && quote->has_back)
        rc = tn_money_add(&quote->back, &quote->back, &back, err);
    quote->has_back = has && (first || quote->has_back);
    return rc;
}

static int read_returns(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    struct tn_argument_value *asked = &quote->asked->of[tn_argument_index(quote->op, "exchange")];
    struct tn_json list = tn_json_find(body, "properties.reservationsToExchange");
    if (tn_json_length(list) != asked->returned_count)
        return tn_err_set(err, TENURE_EPROTO, "the quote gives back %zu reservations, not the %zu that were asked for",
                          tn_json_length(list), asked->returned_count);
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        int rc = take_item(asked, it.value, err);
        if (rc == TENURE_OK)
            rc = add_back(quote, it.value, it.index == 0, err);
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0; i < asked->returned_count; i++)
        quote->quantity += asked->returned[i].quantity;
    snprintf(quote->order, sizeof quote->order, "%s", asked->returned[0].order);
    snprintf(quote->reservation, sizeof quote->reservation, "%s", asked->returned[0].reservation);
    return TENURE_OK;
}

/* The price in USD of all that is bought; not told when it is not told of one, as of savings plans. */
static int read_prices(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    struct tn_json list = tn_json_find(body, "properties.reservationsToPurchase");
    struct tn_json plans = tn_json_find(body, "properties.savingsPlansToPurchase");
    int64_t bought = tn_values_get(quote->op, quote->asked, "purchase")->integer;
    int64_t planned = tn_values_get(quote->op, quote->asked, "savings_plans")->integer;
    if ((int64_t)tn_json_length(list) != bought || (int64_t)tn_json_length(plans) != planned)
        return tn_err_set(err, TENURE_EPROTO, "the quote buys something else than was asked for");
    struct tn_money sum = tn_money_zero("USD");
    bool told = planned == 0;
    for (struct tn_json_iter it = tn_json_each(list); told && tn_json_next(&it);) {
        int rc = read_worth(quote, it.value, "pricingCurrencyTotal", err);
        if (rc == TENURE_OK && quote->has_worth)
            rc = tn_money_add(&sum, &sum, &quote->worth, err);
        if (rc < 0)
            return rc;
        told = quote->has_worth;
    }
    quote->has_worth = told;
    quote->worth = sum;
    return TENURE_OK;
}

/* A difference below zero is nothing to pay: what comes back comes back for what is returned. */
static int read_pay(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    int rc = tn_json_money(body, "properties.netPayable", &quote->pay, err);
    if (rc < 0)
        return tn_err_prefix(err, "the quote");
    quote->has_pay = rc > 0;
    if (quote->has_pay && tn_money_sign(&quote->pay) < 0)
        quote->pay = tn_money_zero(quote->pay.currency);
    if (quote->has_pay && quote->has_back && strcmp(quote->pay.currency, quote->back.currency) != 0)
        return tn_err_set(err, TENURE_EPROTO, "the quote pays back %s and is to be paid in %s", quote->back.currency,
                          quote->pay.currency);
    return TENURE_OK;
}

static int read_totals(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    int rc = read_amount(body, "properties.purchasesTotal", &quote->has_bought, &quote->bought, err);
    return rc < 0 ? rc : read_amount(body, "properties.refundsTotal", &quote->has_given, &quote->given, err);
}

int tn_quote_read_exchange(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    int rc = read_returns(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_prices(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_pay(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_totals(quote, body, err);
    if (rc == TENURE_OK)
        rc = read_refusals(quote, body, "properties.policyResult", err);
    return rc == TENURE_OK ? read_session(quote, body, "properties.sessionId", err) : rc;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

struct tn_quote *tn_quote_ref(struct tn_quote *quote)
{
    if (quote)
        quote->references++;
    return quote;
}

void tn_quote_unref(struct tn_quote *quote)
{
    if (!quote || --quote->references > 0)
        return;
    if (quote->asked)
        tn_values_deinit(quote->asked);
    free(quote->asked);
    free(quote->lines);
    free(quote->doubt_text);
    free(quote->doubts);
    free(quote->refusals);
    free(quote);
}

static int keep_lines(struct tn_quote *quote, struct tn_json body, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    quote->op->write_lines(body, &w);
    quote->lines = text.failed ? NULL : strdup(tn_buf_text(&text));
    tn_buf_deinit(&text);
    return quote->lines ? TENURE_OK : tn_err_no_memory(err);
}

int tn_quote_read(const struct tn_operation *op, const struct tn_values *values, struct tn_json body,
                  struct tn_quote **out, struct tn_err *err)
{
    struct tn_quote *quote = calloc(1, sizeof *quote);
    if (!quote)
        return tn_err_no_memory(err);
    *quote = (struct tn_quote){.op = op, .references = 1, .asked = calloc(1, sizeof *quote->asked)};
    quote->vetoed = is_there(tn_json_type_of(body, TN_POLICY_VETOED));
    int rc = quote->asked ? tn_values_copy(quote->asked, values, err) : tn_err_no_memory(err);
    if (rc == TENURE_OK)
        rc = tn_err_of_answer(err, op->read_quote(quote, body, err));
    if (rc == TENURE_OK && op->write_lines)
        rc = keep_lines(quote, body, err);
    if (rc == TENURE_OK) {
        *out = quote;
        quote = NULL;
    }
    tn_quote_unref(quote);
    return rc;
}

/* The records' own bodies: what stands around each is for scripts. */
static int write_lines(const struct tn_quote *quote, lua_State *L, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(L, quote->lines, strlen(quote->lines), 0, &doc, err);
    if (rc < 0)
        return rc;
    tn_jw_array(w);
    for (struct tn_json_iter it = tn_json_each(tn_json_root(doc)); rc == TENURE_OK && tn_json_next(&it);)
        rc = tn_json_write(tn_json_find(it.value, "raw"), w, err);
    tn_jw_array_end(w);
    tn_json_close(doc);
    return rc;
}

int tn_quote_write(const struct tn_quote *quote, struct tn_json body, lua_State *L, struct tn_json_writer *w,
                   struct tn_err *err)
{
    tn_jw_object(w);
    int rc = write_members(body, w, err);
    if (rc == TENURE_OK && quote->lines) {
        tn_jw_key(w, "lines");
        rc = write_lines(quote, L, w, err);
    }
    if (quote->has_worth)
        tn_jw_kv_money(w, "worth", &quote->worth);
    tn_jw_object_end(w);
    return rc;
}
