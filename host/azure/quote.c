/* Quotes: reading and checking what a quoting operation answered. See quote.h. */
#include "azure/quote.h"

#include <stdio.h>
#include <string.h>

#include "azure/values.h"
#include "base/id.h"

#define POLICY "properties.policyResult.properties."

/* The answer must be about the reservation that was asked for: whose refund it is, is the whole point. */
static int check_subject(struct tn_json body, const struct tn_argument_value *asked, struct tn_err *err)
{
    char order[37], reservation[37];
    const char *id = tn_json_string(body, "id", NULL);
    if (!id || !tn_reservation_id_parse(id, order, reservation))
        return tn_err_set(err, TENURE_EPROTO, "the quote does not say which reservation it is about");
    if (reservation[0] ? !tn_id_equal(reservation, asked->text) : !tn_id_equal(order, asked->order))
        return tn_err_set(err, TENURE_EPROTO,
                          "the quote is about %.100s, not about the reservation that was asked for (%s)", id,
                          asked->text);
    return TENURE_OK;
}

static int read_amount(struct tn_json body, const char *path, bool *has, struct tn_money *money, struct tn_err *err)
{
    int rc = tn_json_money(body, path, money, err);
    if (rc < 0)
        return tn_err_prefix(err, "the quote's %s", path);
    *has = rc > 0;
    if (*has && tn_money_sign(money) < 0) {
        char amount[TN_MONEY_TEXT];
        return tn_err_set(err, TENURE_EPROTO, "the quote's %s is negative (%s %s)", path,
                          tn_money_amount(money, amount), money->currency);
    }
    return TENURE_OK;
}

/* No more comes back than was ever paid, and in the same currency. */
static int check_paid(struct tn_json body, const struct tn_quote *quote, struct tn_err *err)
{
    struct tn_money paid;
    bool has_paid;
    int order;
    int rc = read_amount(body, "properties.billingInformation.billingCurrencyTotalPaidAmount", &has_paid, &paid, err);
    if (rc < 0 || !has_paid || !quote->has_back)
        return rc;
    rc = tn_money_compare(&order, &quote->back, &paid, err);
    if (rc < 0)
        return tn_err_set(err, TENURE_EPROTO, "the quote pays back %s for what was paid in %s", quote->back.currency,
                          paid.currency);
    if (order > 0)
        return tn_err_set(err, TENURE_EPROTO, "the quote pays back more than was ever paid");
    return TENURE_OK;
}

static int read_amounts(struct tn_json body, struct tn_quote *quote, struct tn_err *err)
{
    int rc = read_amount(body, "properties.billingRefundAmount", &quote->has_back, &quote->back, err);
    if (rc == TENURE_OK)
        rc = read_amount(body, "properties.pricingRefundAmount", &quote->has_worth, &quote->worth, err);
    if (rc == TENURE_OK && quote->has_worth && strcmp(quote->worth.currency, "USD") != 0)
        rc = tn_err_set(err, TENURE_EPROTO, "the quote's pricing amount is in %s, not in USD", quote->worth.currency);
    if (rc == TENURE_OK)
        rc = check_paid(body, quote, err);
    if (rc < 0)
        return rc;
    struct tn_money limit, used;
    bool has_limit, has_used;
    rc = read_amount(body, POLICY "maxRefundLimit", &has_limit, &limit, err);
    if (rc == TENURE_OK)
        rc = read_amount(body, POLICY "consumedRefundsTotal", &has_used, &used, err);
    if (rc < 0 || !has_limit || !has_used)
        return rc;
    quote->has_limit_left = true;
    quote->limit = limit;
    return tn_money_sub(&quote->limit_left, &limit, &used, err);
}

static bool is_there(enum tn_json_type type)
{
    return type != TN_JSON_ABSENT && type != TN_JSON_NULL;
}

/* Any policy error blocks, one that carries only a code too; a policy that is written in another way than documented blocks
 * the more. */
static int read_refusals(struct tn_json body, struct tn_quote *quote, struct tn_err *err)
{
    enum tn_json_type policy = tn_json_type_of(body, "properties.policyResult");
    enum tn_json_type inner = tn_json_type_of(body, "properties.policyResult.properties");
    enum tn_json_type list = tn_json_type_of(body, POLICY "policyErrors");
    if ((is_there(policy) && policy != TN_JSON_OBJECT && policy != TN_JSON_ARRAY) ||
        (is_there(inner) && inner != TN_JSON_OBJECT && inner != TN_JSON_ARRAY) ||
        (is_there(list) && list != TN_JSON_ARRAY))
        return tn_err_set(err, TENURE_EPROTO,
                          "the quote's policyResult is not what it should be: nobody can tell whether it is allowed");
    struct tn_json refusals = tn_json_find(body, POLICY "policyErrors");
    quote->allowed = tn_json_length(refusals) == 0;
    struct tn_json_iter it = tn_json_each(refusals);
    if (quote->allowed || !tn_json_next(&it))
        return TENURE_OK;
    const char *code = tn_json_string(it.value, "code", NULL), *message = tn_json_string(it.value, "message", NULL);
    snprintf(quote->refusal, sizeof quote->refusal, "%s", code ? code : "PolicyError");
    snprintf(quote->refusal_text, sizeof quote->refusal_text, "%s", message ? message : "");
    return TENURE_OK;
}

int tn_quote_read(const struct tn_operation *op, const struct tn_values *values, struct tn_json body,
                  struct tn_quote *quote, struct tn_err *err)
{
    const struct tn_argument_value *asked = tn_values_get(op, values, "reservation");
    const struct tn_argument_value *quantity = tn_values_get(op, values, "quantity");
    struct tn_quote result = {.op = op};
    int rc = check_subject(body, asked, err);
    if (rc < 0)
        return rc;
    snprintf(result.order, sizeof result.order, "%s", asked->order);
    snprintf(result.reservation, sizeof result.reservation, "%s", asked->text);
    tn_id_fold(result.order);
    tn_id_fold(result.reservation);
    int64_t expected = quantity->given ? quantity->integer : asked->integer;
    if (!is_there(tn_json_type_of(body, "properties.quantity")))
        result.quantity = expected;
    else if (!tn_json_int(body, "properties.quantity", &result.quantity))
        return tn_err_set(err, TENURE_EPROTO, "the quote's quantity is not a whole number");
    if (result.quantity != expected)
        return tn_err_set(err, TENURE_EPROTO, "the quote is for %lld of the reservation, not for %lld",
                          (long long)result.quantity, (long long)expected);
    const char *session = tn_json_string(body, "properties.sessionId", NULL);
    snprintf(result.session, sizeof result.session, "%s", session ? session : "");
    rc = read_amounts(body, &result, err);
    if (rc < 0)
        return rc;
    rc = read_refusals(body, &result, err);
    if (rc < 0)
        return rc;
    if (result.allowed && !tn_guid_valid(result.session, strlen(result.session)))
        return tn_err_set(err, TENURE_EPROTO, "the quote has no session, so nothing can be done with it");
    *quote = result;
    return TENURE_OK;
}
