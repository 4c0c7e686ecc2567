/* The rules, and asking them: see policy.h. */
#include "azure/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/policy_look.h"
#include "base/utf8.h"

#define ERRORS "Microsoft.Capacity REST 2022-11-01: ErrorResponseCode"
#define SELF_SERVICE "Azure documentation: Self-service exchanges and refunds for Azure Reservations"
#define CHANGES "Azure documentation: Changes to the Azure reservation exchange policy"
#define CAPABILITIES "Microsoft.Capacity REST 2022-11-01: Reservation, List All (capabilities)"

#define NOT_EXCHANGED "this product cannot be exchanged by self-service"
#define INSTEAD_OF_EXCHANGE \
    "refund it and buy again where it can be refunded, or ask support for it (support.request_exchange)"
#define NOT_REFUNDED "this product cannot be refunded by self-service"
#define ASK_SUPPORT "ask support for it (support.request_refund)"
#define NO_EXCHANGE_KEPT "it cannot be refunded either: keep it, or ask support for it (support.request_exchange)"
#define OTHER_TYPE "reservations are exchanged within one type of product only"
#define BUY_AGAIN \
    "refund it (reservations.refund) and buy the other one (orders.purchase), as workflows/rebuy.yaml does"
#define OTHER_TYPE_KEPT                                                                               \
    "it cannot be refunded either: choose something of its own type, keep it, or ask support for it " \
    "(support.request_exchange)"

/* Of several with one code the first has the words for it. What vetoes comes before what doubts. */
const struct tn_policy_rule tn_policy_rules[] = {
    {.code = "not-in-effect",
     .words = "it is not in effect any more",
     .instead = "look for what it has become in its order (reservations.list with order): that has another id",
     .of = TN_POLICY_REFUND | TN_POLICY_EXCHANGE | TN_POLICY_UPDATE | TN_POLICY_SPLIT | TN_POLICY_MERGE,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_in_effect,
     .looks_at = "its state",
     .source = "Microsoft.Capacity REST 2022-11-01: Reservation (provisioningState)"},
    {.code = "SelfServiceRefundNotSupported",
     .words = NOT_REFUNDED,
     .instead = ASK_SUPPORT,
     .of = TN_POLICY_REFUND,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_refundable,
     .looks_at = "can.refund",
     .source = CAPABILITIES},
    {.code = "SelfServiceExchangeNotSupported",
     .words = NOT_EXCHANGED,
     .instead = INSTEAD_OF_EXCHANGE,
     .kept = NO_EXCHANGE_KEPT,
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_exchangeable,
     .looks_at = "can.exchange",
     .source = CAPABILITIES},
    {.code = "InvalidRefundQuantity",
     .words = "there is less of it than was to be given back",
     .instead = "read the reservation again: a part of it may have been returned or split off",
     .of = TN_POLICY_REFUND | TN_POLICY_EXCHANGE,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_quantity,
     .looks_at = "its quantity",
     .source = ERRORS},
    {.code = "split-quantities",
     .words = "first and second are not together what it has",
     .instead = "say two quantities that are; what has a quantity of 1 cannot be split",
     .of = TN_POLICY_SPLIT,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_split,
     .looks_at = "its quantity",
     .source = "Microsoft.Capacity REST 2022-11-01: Split, Post"},
    {.code = "ExchangeProductTypeMismatch",
     .words = OTHER_TYPE,
     .instead = BUY_AGAIN,
     .kept = OTHER_TYPE_KEPT,
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_VETOES,
     .look = tn_rule_families,
     .looks_at = "types of products that are known not to belong together",
     .source = SELF_SERVICE},

    {.code = "SelfServiceRefundNotSupported",
     .words = NOT_REFUNDED,
     .instead = ASK_SUPPORT,
     .of = TN_POLICY_REFUND,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_returnable,
     .looks_at = "its type, where `can` says nothing",
     .source = SELF_SERVICE},
    {.code = "SelfServiceExchangeNotSupported",
     .words = NOT_EXCHANGED,
     .instead = INSTEAD_OF_EXCHANGE,
     .kept = NO_EXCHANGE_KEPT,
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_returnable,
     .looks_at = "its type, where `can` says nothing",
     .source = SELF_SERVICE},
    {.code = "ExchangeProductTypeMismatch",
     .words = OTHER_TYPE,
     .instead = BUY_AGAIN,
     .kept = OTHER_TYPE_KEPT,
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_grouping,
     .looks_at = "types of products that may belong together, and whether savings plans cover them",
     .source = SELF_SERVICE},
    {.code = "ExchangePurchaseBelowRefund",
     .words = "what is bought is worth less than what is given back for it",
     .instead = "buy more or for a longer term, or refund it and buy again",
     .kept = "buy more or for a longer term",
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_commitment,
     .looks_at = "the quote's totals",
     .source = SELF_SERVICE},
    {.code = "ExchangeNotAvailableAfterPolicyDate",
     .words = "exchanges of what savings plans cover have ended for reservations bought after 1 February 2027",
     .instead = "trade it in for a savings plan (savings_plans), or refund it and buy again",
     .kept = "trade it in for a savings plan (savings_plans)",
     .of = TN_POLICY_EXCHANGE,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_bought_late,
     .looks_at = "when it was bought",
     .source = CHANGES},
    {.code = "ProductNotSold",
     .words = "this product is not sold any more",
     .instead = "choose a newer series, or a term that is still sold (catalog.list)",
     .of = TN_POLICY_EXCHANGE | TN_POLICY_PURCHASE,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_series,
     .looks_at = "series and term of virtual machines",
     .source = "Azure documentation: Manage legacy VM reservations after July 1, 2026"},
    {.code = "RefundLimitExceeded",
     .words = "Azure's refund limit of twelve months does not leave room for it",
     .instead = "wait until an earlier refund is a year old, or ask support for it (support.request_refund)",
     .of = TN_POLICY_REFUND,
     .force = TN_POLICY_DOUBTS,
     .look = tn_rule_limit,
     .looks_at = "the quote's worth, and what is left of the limit",
     .source = SELF_SERVICE},

    {.code = "OperationCannotBePerformedInCurrentState",
     .words = "its state does not allow it now",
     .instead = "where another operation is under way with it, wait for its end",
     .force = TN_POLICY_EXPLAINS,
     .source = ERRORS},
    {.code = "BillingScopeIdCannotBeChanged",
     .words = "who is billed for a reservation cannot be changed in place",
     .instead = "exchange it for its like (reservations.quote_exchange), billed to the other subscription",
     .force = TN_POLICY_EXPLAINS,
     .source = ERRORS},
    {.code = NULL},
};

/* ---- in words ----------------------------------------------------------------------------------------------------- */

static const struct tn_policy_rule *find(const char *code)
{
    for (const struct tn_policy_rule *rule = tn_policy_rules; rule->code; rule++) {
        if (strcasecmp(rule->code, code) == 0)
            return rule;
    }
    return NULL;
}

/* How much of the words goes before the advice: all but their full stop, or as much as leaves room for it. */
static size_t fit(const char *words, size_t size, const char *instead)
{
    size_t len = strlen(words), room = size - strlen(instead) - sizeof "; ";
    len -= len && words[len - 1] == '.';
    return tn_utf8_check(words, len < room ? len : room);
}

void tn_policy_explain(const char *code, const char *message, bool kept, char *text, size_t size)
{
    const struct tn_policy_rule *rule = find(code);
    const char *instead = !rule ? NULL : kept && rule->kept ? rule->kept : rule->instead;
    const char *words = message && *message ? message : rule ? rule->words : NULL;
    if (instead)
        snprintf(text, size, "%.*s; %s", (int)fit(words, size, instead), words, instead);
    else if (words)
        snprintf(text, size, "%s", words);
    else
        snprintf(text, size, "the service refuses it with the code %s, and does not say why", code);
}

bool tn_policy_tell_nothing(struct tn_json entry, char text[TN_POLICY_TEXT])
{
    struct tn_buf raw = {0};
    struct tn_json_writer w;
    const char *code = tn_json_string(entry, "code", NULL);
    if (code && *code)
        return false;
    tn_jw_init(&w, &raw);
    bool told = tn_json_write(entry, &w, NULL) == TENURE_OK && !raw.failed;
    snprintf(text, TN_POLICY_TEXT, "Azure refuses it without saying why; its answer has only: %.200s",
             told ? tn_buf_text(&raw) : "(more than can be told here)");
    text[tn_utf8_check(text, strlen(text))] = '\0';
    tn_buf_deinit(&raw);
    return true;
}

/* ---- asking them -------------------------------------------------------------------------------------------------- */

/* What is to be bought, as a list: of a purchase, the one thing that it is. *doc stays NULL where nothing is ever bought. */
static int open_wanted(const struct tn_operation *op, const struct tn_values *values, lua_State *L,
                       struct tn_json_doc **doc, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    const struct tn_argument_value *purchase = tn_values_get(op, values, "purchase");
    if (!(op->policy & (TN_POLICY_EXCHANGE | TN_POLICY_PURCHASE)))
        return TENURE_OK;
    tn_jw_init(&w, &text);
    tn_jw_array(&w);
    if (op->policy == TN_POLICY_PURCHASE)
        tn_values_write(op, values, &w);
    tn_jw_array_end(&w);
    const char *list = purchase->given ? purchase->text : tn_buf_text(&text);
    int rc = text.failed ? tn_err_no_memory(err) : tn_json_parse(L, list, strlen(list), 0, doc, err);
    tn_buf_deinit(&text);
    return rc;
}

static enum tn_policy_opinion ask(const struct tn_policy_rule *rule, const struct tn_policy_case *it,
                                  char found[TN_POLICY_TEXT])
{
    found[0] = '\0';
    return rule->of & it->op->policy ? rule->look(it, found) : TN_POLICY_UNKNOWN;
}

/* The first rule of this force, from there on, that is against it; NULL: none. found: its words, and what it found. */
static const struct tn_policy_rule *find_against(const struct tn_policy_rule *rule, enum tn_policy_force force,
                                                 const struct tn_policy_case *it, char found[TN_POLICY_TEXT])
{
    char what[TN_POLICY_TEXT];
    for (; rule->code; rule++) {
        if (rule->force != force || ask(rule, it, what) != TN_POLICY_AGAINST)
            continue;
        snprintf(found, TN_POLICY_TEXT, "%s: %.200s", rule->words, what);
        return rule;
    }
    return NULL;
}

static struct tn_policy_case case_of(const struct tn_operation *op, const struct tn_values *values, int64_t now_s,
                                     struct tn_json_doc *wanted)
{
    return (struct tn_policy_case){.op = op,
                                   .values = values,
                                   .now_s = now_s,
                                   .wanted = tn_json_root(wanted),
                                   .plans = tn_values_get(op, values, "savings_plans")->given};
}

bool tn_policy_keeps(const struct tn_operation *op, const struct tn_values *values)
{
    char found[TN_POLICY_TEXT];
    const struct tn_policy_case it = {.op = op, .values = values};
    if (!(op->policy & (TN_POLICY_REFUND | TN_POLICY_EXCHANGE)))
        return false;
    return tn_rule_refundable(&it, found) == TN_POLICY_AGAINST || tn_rule_returnable(&it, found) == TN_POLICY_AGAINST;
}

int tn_policy_judge(const struct tn_operation *op, const struct tn_values *values, int64_t now_s, lua_State *L,
                    char code[TN_POLICY_CODE], char found[TN_POLICY_TEXT], struct tn_err *err)
{
    struct tn_json_doc *wanted = NULL;
    if (!op->policy)
        return 0;
    int rc = open_wanted(op, values, L, &wanted, err);
    if (rc < 0)
        return rc;
    const struct tn_policy_case it = case_of(op, values, now_s, wanted);
    const struct tn_policy_rule *rule = find_against(tn_policy_rules, TN_POLICY_VETOES, &it, found);
    if (rule)
        snprintf(code, TN_POLICY_CODE, "%s", rule->code);
    tn_json_close(wanted);
    return rule != NULL;
}

/* ---- vetoed quotes ------------------------------------------------------------------------------------------------ */

void tn_policy_write_error(struct tn_json_writer *w, const char *code, const char *message)
{
    tn_jw_key(w, "policyErrors");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", code);
    tn_jw_kv_string(w, "message", message);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
}

int tn_policy_answer(struct tn_call *call, const char *code, const char *found, struct tn_err *err)
{
    char message[TN_POLICY_TEXT + 32];
    struct tn_buf text = {0};
    struct tn_json_writer w;
    snprintf(message, sizeof message, "%s (Azure was not asked)", found);
    tn_jw_init(&w, &text);
    int rc = call->op->write_refused(call, code, message, &w, err);
    call->pages = calloc(1, sizeof *call->pages);
    if (rc == TENURE_OK && (text.failed || !call->pages))
        rc = tn_err_no_memory(err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(call->L, text.data, text.len, 0, &call->pages[0], err);
    call->page_count = rc == TENURE_OK;
    tn_buf_deinit(&text);
    return rc;
}

/* ---- where the quote decides -------------------------------------------------------------------------------------- */

/* Allowed, though doubted: a list of refusals that are none. The first of them is the quote's own. */
static int keep_doubts(struct tn_quote *quote, const struct tn_policy_case *it, struct tn_err *err)
{
    char found[TN_POLICY_TEXT], text[TN_POLICY_TEXT + 80];
    struct tn_buf doubts = {0};
    struct tn_json_writer w;
    const struct tn_policy_rule *rule = tn_policy_rules;
    tn_jw_init(&w, &doubts);
    tn_jw_array(&w);
    while ((rule = find_against(rule, TN_POLICY_DOUBTS, it, found))) {
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "$record", tn_record_refusal.name);
        tn_jw_key(&w, "raw");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "code", rule->code);
        tn_jw_kv_string(&w, "message", found);
        tn_jw_object_end(&w);
        tn_jw_object_end(&w);
        if (!quote->doubt_text) {
            snprintf(quote->doubt, sizeof quote->doubt, "%s", rule->code);
            snprintf(text, sizeof text, "Azure's quote accepts it, and that counts; it was doubted here: %s", found);
            quote->doubt_text = strdup(text);
        }
        rule++;
    }
    tn_jw_array_end(&w);
    quote->doubts = doubts.failed ? NULL : strdup(tn_buf_text(&doubts));
    tn_buf_deinit(&doubts);
    return quote->doubts && !quote->doubt[0] == !quote->doubt_text ? TENURE_OK : tn_err_no_memory(err);
}

/* Refused: what rules of the same code know of it. One that is against it, too, knows more than those that are not. */
static void add_knowledge(struct tn_quote *quote, const struct tn_policy_case *it)
{
    char found[TN_POLICY_TEXT], known[TN_POLICY_TEXT];
    enum tn_policy_opinion all = TN_POLICY_UNKNOWN;
    for (const struct tn_policy_rule *rule = tn_policy_rules; rule->code && all != TN_POLICY_AGAINST; rule++) {
        enum tn_policy_opinion one =
            strcasecmp(rule->code, quote->refusal) == 0 ? ask(rule, it, found) : TN_POLICY_UNKNOWN;
        if (one <= all)
            continue;
        all = one;
        memcpy(known, found, sizeof known);
    }
    size_t len = strlen(quote->refusal_text);
    len -= len && quote->refusal_text[len - 1] == '.';
    if (all != TN_POLICY_UNKNOWN)
        snprintf(quote->refusal_text + len, sizeof quote->refusal_text - len,
                 all == TN_POLICY_AGAINST ? " (%s)" : "; this was not expected here: %s", known);
}

int tn_policy_weigh(struct tn_quote *quote, int64_t now_s, lua_State *L, struct tn_err *err)
{
    struct tn_json_doc *wanted = NULL;
    if (!quote->op->policy)
        return TENURE_OK;
    int rc = open_wanted(quote->op, quote->asked, L, &wanted, err);
    if (rc < 0)
        return rc;
    struct tn_policy_case it = case_of(quote->op, quote->asked, now_s, wanted);
    it.quote = quote;
    if (quote->allowed)
        rc = keep_doubts(quote, &it, err);
    else
        add_knowledge(quote, &it);
    tn_json_close(wanted);
    return rc;
}

/* By the code it came with, or else by what was doubted. */
static const struct tn_policy_rule *find_reason(const struct tn_operation *op, const struct tn_values *values,
                                                int64_t now_s, lua_State *L, const char *name,
                                                char found[TN_POLICY_TEXT])
{
    struct tn_json_doc *wanted = NULL;
    const struct tn_policy_rule *rule = find(name);
    found[0] = '\0';
    if (rule || !op->policy || open_wanted(op, values, L, &wanted, NULL) < 0)
        return rule;
    const struct tn_policy_case it = case_of(op, values, now_s, wanted);
    rule = find_against(tn_policy_rules, TN_POLICY_DOUBTS, &it, found);
    tn_json_close(wanted);
    return rule;
}

void tn_policy_tell(const struct tn_operation *op, const struct tn_values *values, int64_t now_s, lua_State *L,
                    struct tn_err *failure)
{
    char found[TN_POLICY_TEXT], text[TN_POLICY_TEXT + 256];
    size_t len = strlen(failure->msg);
    const struct tn_policy_rule *rule = NULL;
    if (failure->code == TENURE_EREMOTE && !failure->retryable)
        rule = find_reason(op, values, now_s, L, failure->name, found);
    if (!rule)
        return;
    tn_policy_explain(rule->code, found, tn_policy_keeps(op, values), text, sizeof text);
    snprintf(failure->msg + len, sizeof failure->msg - len, " (%s)", text);
}
