/* What would be given back and bought, what that makes, and what stands against it: see exchange.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/exchange.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define MOST_QUANTITY 1000000
#define HOURS_OF_A_YEAR 8760
#define QUOTES_QUICKER 50 /* than exchanges: on record were 20 seconds and 18 minutes */

static struct tn_sim_bought *next_bought(struct tn_sim_exchange *exchange)
{
    return &exchange->bought[exchange->bought_count];
}

/* ---- what is given back ----------------------------------------------------------------------------------------- */

static struct tn_sim_reservation *named_reservation(struct tn_sim_call *call, const char *id)
{
    char order_id[TN_GUID_TEXT], reservation_id[TN_GUID_TEXT];
    if (!id || !tn_sim_reservation_id_split(id, order_id, reservation_id)) {
        tn_sim_arm_error(call, 400, "InvalidReservationId",
                         "reservationsToExchange: each needs the whole id of a reservation as its reservationId.");
        return NULL;
    }
    struct tn_sim_reservation *reservation = tn_sim_reservation_find(&call->simulator->world, reservation_id);
    if (reservation && tn_id_equal(reservation->order->id, order_id) && reservation->order->customer == call->customer)
        return reservation;
    tn_sim_arm_error(call, 400, "ReservationIdNotInReservationOrder",
                     "The reservation '%s' is not in the reservation order '%s'.", reservation_id, order_id);
    return NULL;
}

static bool is_named_twice(struct tn_sim_call *call, const struct tn_sim_exchange *exchange,
                           const struct tn_sim_reservation *reservation)
{
    for (size_t i = 0; i < exchange->returned_count; i++) {
        if (exchange->returned[i].reservation != reservation)
            continue;
        tn_sim_arm_error(call, 400, "BadRequest", "The reservation '%s' is to be exchanged twice.", reservation->id);
        return true;
    }
    return false;
}

static bool read_returned(struct tn_sim_call *call, struct tn_json item, struct tn_sim_exchange *exchange)
{
    const struct tn_simulator *simulator = call->simulator;
    struct tn_sim_returned *returned = &exchange->returned[exchange->returned_count];
    int64_t quantity = 0;
    returned->reservation = named_reservation(call, tn_json_string(item, "reservationId", NULL));
    if (!returned->reservation || is_named_twice(call, exchange, returned->reservation) ||
        !tn_sim_reservation_is_live(call, returned->reservation))
        return false;
    if (!tn_json_int(item, "quantity", &quantity) || quantity < 1 || quantity > MOST_QUANTITY) {
        tn_sim_arm_error(call, 400, "InvalidRefundQuantity", "The quantity to exchange must be a number from 1.");
        return false;
    }
    tn_sim_refund_compute(returned->reservation, quantity, tn_loop_wall_ms(simulator->loop) / 1000, &returned->refund);
    if (simulator->price_permille)
        tn_sim_refund_scale(&returned->refund, simulator->price_permille);
    exchange->refunds_total += returned->refund.back + returned->refund.remaining;
    exchange->returned_count++;
    return true;
}

/* ---- what is bought --------------------------------------------------------------------------------------------- */

/* The request as it was sent, which every answer repeats. */
static const char *keep_request(struct tn_sim_call *call, struct tn_json request)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    const char *kept = NULL;
    if (tn_json_write(request, &w, NULL) == TENURE_OK && !text.failed)
        kept = tn_sim_world_text(&call->simulator->world, tn_buf_text(&text));
    tn_buf_deinit(&text);
    call->answer->body.failed |= !kept;
    return kept;
}

static bool add_bought(struct tn_sim_call *call, struct tn_json request, struct tn_sim_exchange *exchange)
{
    struct tn_sim_bought *bought = next_bought(exchange);
    struct tn_sim_random *ids = &call->simulator->ids;
    tn_sim_random_guid(ids, bought->order_id);
    tn_sim_random_guid(ids, bought->id);
    bought->request = keep_request(call, request);
    exchange->purchases_total += bought->coins;
    exchange->bought_count++;
    return bought->request;
}

static bool read_bought(struct tn_sim_call *call, struct tn_json request, struct tn_sim_exchange *exchange)
{
    struct tn_sim_bought *bought = next_bought(exchange);
    if (!tn_sim_wanted_read(call, request, &bought->wanted))
        return false;
    bought->coins = tn_sim_wanted_price(call->simulator, call->customer, &bought->wanted).coins;
    return add_bought(call, request, exchange);
}

/* So much an hour for every hour of the term, in US dollars or in the customer's currency. */
static bool read_commitment(struct tn_sim_call *call, struct tn_json properties, int years, int64_t *coins)
{
    const struct tn_sim_currency *currency = call->customer->currency, *usd = &tn_sim_currencies[0];
    const char *grain = tn_json_string(properties, "commitment.grain", NULL);
    struct tn_money money;
    if (!grain || !tn_id_equal(grain, "Hourly") || tn_json_money(properties, "commitment", &money, NULL) != 1 ||
        tn_money_sign(&money) < 1) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The commitment must be an amount with the grain Hourly.");
        return false;
    }
    const struct tn_sim_currency *paid = strcmp(money.currency, currency->code) == 0 ? currency : usd;
    if (strcmp(money.currency, paid->code) == 0 &&
        tn_money_mul(&money, &money, (int64_t)HOURS_OF_A_YEAR * years, NULL) == TENURE_OK &&
        tn_sim_currency_coins(paid, &money, coins)) {
        *coins = paid == currency ? *coins : tn_sim_currency_from_cents(currency, *coins);
        return true;
    }
    tn_sim_arm_error(call, 400, "BillingCustomerInputError", "The commitment must be an amount in %s or in USD.",
                     currency->code);
    return false;
}

static bool read_plan(struct tn_sim_call *call, struct tn_json request, struct tn_sim_exchange *exchange)
{
    struct tn_sim_bought *bought = next_bought(exchange);
    struct tn_json properties = tn_json_find(request, "properties");
    const char *sku = tn_json_string(request, "sku.name", NULL), *term = tn_json_string(properties, "term", NULL);
    const char *plan = tn_json_string(properties, "billingPlan", NULL);
    int years = term && tn_id_equal(term, "P1Y") ? 1 : term && tn_id_equal(term, "P3Y") ? 3 : 0;
    if (!sku || !tn_id_equal(sku, "Compute_Savings_Plan"))
        tn_sim_arm_error(call, 400, "CalculatePriceFailed", "The savings plan '%.60s' is not offered.", sku ? sku : "");
    else if (!years)
        tn_sim_arm_error(call, 400, "UnsupportedReservationTerm", "The term of a savings plan must be P1Y or P3Y.");
    else if (plan && !tn_id_equal(plan, "P1M"))
        tn_sim_arm_error(call, 400, "BillingCustomerInputError",
                         "The billing plan of a savings plan must be P1M, or left out.");
    else if (tn_sim_wanted_billing(call, properties) && tn_sim_wanted_scope(call, properties, &bought->wanted) &&
             read_commitment(call, properties, years, &bought->coins)) {
        bought->is_plan = true;
        return add_bought(call, request, exchange);
    }
    return false;
}

/* ---- what stands against it ------------------------------------------------------------------------------------- */

/* No refused exchange is on record, and so no code of one: but for the quantity's they are made up. */
static const struct objection {
    enum tn_sim_objection bit;
    const char *code, *message;
} objections[] = {
    {TN_SIM_NOT_EXCHANGEABLE, "SelfServiceExchangeNotSupported",
     "A reservation cannot be exchanged by self-service. Please contact support."},
    {TN_SIM_TOO_MANY, "InvalidRefundQuantity", "More of a reservation is to be exchanged than there is of it."},
    {TN_SIM_OTHER_TYPE, "ExchangeProductTypeMismatch",
     "Reservations can be exchanged only for products of the same type."},
    {TN_SIM_TOO_CHEAP, "ExchangePurchaseBelowRefund", "The purchases are worth less than what is given back for them."},
    {TN_SIM_BOUGHT_TOO_LATE, "ExchangeNotAvailableAfterPolicyDate",
     "A reservation was bought after exchanges for products that savings plans cover had ended."},
};
#define OBJECTIONS (sizeof objections / sizeof objections[0])

const char *tn_sim_objection_code(enum tn_sim_objection objection)
{
    size_t i = 0;
    while (i + 1 < OBJECTIONS && objections[i].bit != objection)
        i++;
    return objections[i].code;
}

const char *tn_sim_objection_message(enum tn_sim_objection objection)
{
    size_t i = 0;
    while (i + 1 < OBJECTIONS && objections[i].bit != objection)
        i++;
    return objections[i].message;
}

/* What may be exchanged for each other has one name: compute for several types, which savings plans are for, too; SQL for
 * all that begin so. */
static const char *family_of(const char *type)
{
    static const char *const compute[] = {"VirtualMachines", "DedicatedHost", "AppService", "AVS"};
    for (size_t i = 0; i < sizeof compute / sizeof compute[0]; i++) {
        if (tn_id_equal(compute[i], type))
            return "compute";
    }
    return strncasecmp(type, "Sql", 3) == 0 ? "SQL" : type;
}

static bool same_family(const struct tn_sim_exchange *exchange, const char *family)
{
    for (size_t i = 0; i < exchange->returned_count; i++) {
        if (!tn_id_equal(family_of(exchange->returned[i].reservation->type), family))
            return false;
    }
    return true;
}

/* Bought after 1 February 2027, of a product that savings plans cover. */
static bool is_too_late(const struct tn_sim_reservation *reservation)
{
    const char *family = family_of(reservation->type);
    bool covered = strcmp(family, "compute") == 0 || strcmp(family, "SQL") == 0;
    return covered && reservation->order->purchased >= tn_days_from_civil(2027, 2, 2) * TN_SIM_DAY;
}

unsigned tn_sim_exchange_objections(const struct tn_sim_exchange *exchange)
{
    unsigned found = exchange->purchases_total < exchange->refunds_total ? TN_SIM_TOO_CHEAP : 0;
    for (size_t i = 0; i < exchange->returned_count; i++) {
        const struct tn_sim_reservation *reservation = exchange->returned[i].reservation;
        if (!reservation->exchangeable)
            found |= TN_SIM_NOT_EXCHANGEABLE;
        if (exchange->returned[i].refund.quantity > reservation->quantity)
            found |= TN_SIM_TOO_MANY;
        if (is_too_late(reservation))
            found |= TN_SIM_BOUGHT_TOO_LATE;
    }
    for (size_t i = 0; i < exchange->bought_count; i++) {
        const struct tn_sim_bought *bought = &exchange->bought[i];
        if (!same_family(exchange, bought->is_plan ? "compute" : family_of(bought->wanted.product->type)))
            found |= TN_SIM_OTHER_TYPE;
    }
    return found;
}

/* ---- the quote -------------------------------------------------------------------------------------------------- */

typedef bool (*read_item)(struct tn_sim_call *call, struct tn_json item, struct tn_sim_exchange *exchange);

static bool read_list(struct tn_sim_call *call, struct tn_json list, struct tn_sim_exchange *exchange, read_item read)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        if (!read(call, it.value, exchange))
            return false;
    }
    return true;
}

/* False: the refusal is written, or the answer failed. */
static bool read_exchange(struct tn_sim_call *call, struct tn_json properties, struct tn_sim_exchange *exchange)
{
    struct tn_arena *arena = call->simulator->world.arena;
    struct tn_json returned = tn_json_find(properties, "reservationsToExchange");
    struct tn_json bought = tn_json_find(properties, "reservationsToPurchase");
    struct tn_json plans = tn_json_find(properties, "savingsPlansToPurchase");
    size_t back = tn_json_length(returned), forth = tn_json_length(bought) + tn_json_length(plans);
    if (back < 1 || forth < 1 || back > TN_SIM_MAX_EXCHANGED || forth > TN_SIM_MAX_EXCHANGED) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent",
                         "An exchange needs from 1 to %d reservationsToExchange, and as many of reservationsToPurchase "
                         "and savingsPlansToPurchase.",
                         TN_SIM_MAX_EXCHANGED);
        return false;
    }
    exchange->returned = tn_arena_alloc(arena, back, sizeof *exchange->returned);
    exchange->bought = tn_arena_alloc(arena, forth, sizeof *exchange->bought);
    if (!exchange->returned || !exchange->bought) {
        call->answer->body.failed = true;
        return false;
    }
    return read_list(call, returned, exchange, read_returned) && read_list(call, bought, exchange, read_bought) &&
           read_list(call, plans, exchange, read_plan);
}

void tn_sim_exchange_quote(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_json root;
    struct tn_sim_exchange read = {.customer = call->customer};
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return;
    }
    if (!read_exchange(call, tn_json_find(root, "properties"), &read))
        return;
    read.objections = tn_sim_exchange_objections(&read);
    read.quoted_ms = tn_loop_now_ms(simulator->loop);
    read.ready_ms = read.quoted_ms + simulator->settle_ms / QUOTES_QUICKER;
    read.expires_ms = read.ready_ms + simulator->faults.session_ms;
    read.quote_fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    tn_sim_random_guid(&simulator->ids, read.id);
    tn_sim_random_guid(&simulator->ids, read.quote_id);
    struct tn_sim_exchange *exchange = tn_sim_world_copy(&simulator->world, &read, sizeof read);
    if (exchange && tn_sim_index_put(&simulator->exchanges, exchange->id, exchange) &&
        tn_sim_index_put(&simulator->exchanges, exchange->quote_id, exchange))
        tn_sim_exchange_answer(call, exchange->quote_id);
    else
        call->answer->body.failed = true;
}
