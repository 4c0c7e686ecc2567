/* The exchange itself, from its acceptance to its end: see exchange.h. */
#include "simulator/exchange.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/operation.h"
#include "simulator/purchase.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define FIRST_RETURN 2 /* the step with which the first one is given back */

size_t tn_sim_exchange_opening(const struct tn_sim_exchange *exchange)
{
    return FIRST_RETURN + exchange->returned_count;
}

size_t tn_sim_exchange_last(const struct tn_sim_exchange *exchange)
{
    return tn_sim_exchange_opening(exchange) + exchange->bought_count;
}

/* ---- going on --------------------------------------------------------------------------------------------------- */

/* An exchange that was accepted and has not settled. */
struct tn_sim_exchanging {
    struct tn_sim_operation operation;
    struct tn_sim_exchange *exchange;
    size_t seq; /* in the book */
};

static int64_t step_ms(const struct tn_simulator *simulator, const struct tn_sim_exchange *exchange)
{
    int64_t last = (int64_t)tn_sim_exchange_last(exchange), step = (int64_t)exchange->step;
    return simulator->settle_ms * (step + 1) / last - simulator->settle_ms * step / last;
}

static void open_orders(struct tn_simulator *simulator, struct tn_sim_exchange *exchange)
{
    for (size_t i = 0; i < exchange->bought_count; i++) {
        struct tn_sim_bought *bought = &exchange->bought[i];
        if (!bought->is_plan)
            bought->order =
                tn_sim_purchase_open(simulator, exchange->customer, bought->order_id, bought->id, &bought->wanted);
    }
}

static void end_purchase(struct tn_simulator *simulator, struct tn_sim_order *order, bool fails)
{
    while (order && tn_sim_state_is_purchase(order->history.latest->state)) {
        if (fails && order->history.latest->state == TN_SIM_PENDING_BILLING)
            tn_sim_purchase_fail(simulator, order);
        else
            tn_sim_purchase_advance(simulator, order);
    }
}

/* What its step does to the world. The purchase that is missing in the end is the first of the list: the last step. */
static void take_step(struct tn_simulator *simulator, struct tn_sim_exchange *exchange)
{
    size_t step = exchange->step, opening = tn_sim_exchange_opening(exchange), last = tn_sim_exchange_last(exchange);
    if (step >= FIRST_RETURN && step < opening) {
        tn_sim_returned_finish(simulator, &exchange->returned[step - FIRST_RETURN]);
        exchange->lines[step - FIRST_RETURN].state = "succeeded";
    } else if (step == opening) {
        open_orders(simulator, exchange);
    } else if (step > opening) {
        size_t place = last - step;
        bool fails = exchange->fails && step == last;
        end_purchase(simulator, exchange->bought[place].order, fails);
        exchange->lines[exchange->returned_count + place].state = fails ? "failed" : "succeeded";
    }
}

/* Nothing is paid for the purchase that is missing; that more came back than was bought is no payment either. */
static struct tn_money paid_without_first(const struct tn_sim_exchange *exchange)
{
    int64_t coins = exchange->purchases_total - exchange->bought[0].coins - exchange->refunds_total;
    return tn_sim_currency_money(exchange->customer->currency, coins > 0 ? coins : 0);
}

static void on_step(struct tn_sim_operation *operation)
{
    struct tn_sim_exchanging *exchanging = tn_container_of(operation, struct tn_sim_exchanging, operation);
    struct tn_simulator *simulator = operation->simulator;
    struct tn_sim_exchange *exchange = exchanging->exchange;
    exchange->step++;
    exchange->reached_ms[exchange->step] = tn_loop_now_ms(simulator->loop);
    take_step(simulator, exchange);
    if (exchange->step < tn_sim_exchange_last(exchange)) {
        tn_sim_operation_go_on(operation, step_ms(simulator, exchange));
        return;
    }
    if (exchange->fails && exchange->bought_count)
        tn_sim_book_correct(&simulator->book, exchanging->seq, paid_without_first(exchange));
    tn_sim_book_settle(&simulator->book, exchanging->seq, exchange->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* ---- being accepted --------------------------------------------------------------------------------------------- */

static void fill_lines(const struct tn_sim_exchange *exchange)
{
    const struct tn_sim_currency *currency = exchange->customer->currency;
    for (size_t i = 0; i < exchange->returned_count; i++) {
        const struct tn_sim_returned *returned = &exchange->returned[i];
        struct tn_sim_line *line = &exchange->lines[i];
        *line = (struct tn_sim_line){.kind = "return", .quantity = returned->refund.quantity, .state = "pending"};
        line->amount = tn_sim_currency_money(currency, returned->refund.back + returned->refund.remaining);
        snprintf(line->order, sizeof line->order, "%s", returned->reservation->order->id);
        snprintf(line->reservation, sizeof line->reservation, "%s", returned->reservation->id);
    }
    for (size_t i = 0; i < exchange->bought_count; i++) {
        const struct tn_sim_bought *bought = &exchange->bought[i];
        struct tn_sim_line *line = &exchange->lines[exchange->returned_count + i];
        *line = (struct tn_sim_line){.kind = bought->is_plan ? "savings_plan" : "purchase", .state = "pending"};
        line->quantity = bought->is_plan ? 1 : bought->wanted.quantity;
        line->amount = tn_sim_currency_money(currency, bought->coins);
        snprintf(line->order, sizeof line->order, "%s", bought->order_id);
        if (!bought->is_plan)
            snprintf(line->reservation, sizeof line->reservation, "%s", bought->id);
    }
}

static size_t book_exchange(struct tn_sim_call *call, const struct tn_sim_exchange *exchange, const char *state)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, "exchange", state);
    for (size_t i = 0; i < exchange->returned_count; i++)
        effect.quantity += exchange->returned[i].refund.quantity;
    if (exchange->returned_count == 1)
        snprintf(effect.reservation, sizeof effect.reservation, "%s", exchange->returned[0].reservation->id);
    effect.has_amount = true;
    effect.amount =
        tn_sim_currency_money(exchange->customer->currency, exchange->purchases_total - exchange->refunds_total);
    effect.lines = exchange->lines;
    effect.line_count = exchange->returned_count + exchange->bought_count;
    return tn_sim_book_add(&call->simulator->book, &effect);
}

/* All that is given back becomes Pending, or nothing does. */
static bool begin_returns(struct tn_simulator *simulator, const struct tn_sim_exchange *exchange)
{
    for (size_t i = 0; i < exchange->returned_count; i++) {
        if (tn_sim_returned_begin(simulator, &exchange->returned[i]))
            continue;
        while (i-- > 0)
            tn_sim_returned_undo(simulator, &exchange->returned[i]);
        return false;
    }
    return true;
}

/* False: out of memory. */
static bool begin_exchange(struct tn_sim_call *call, struct tn_sim_exchange *exchange)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_arena *arena = simulator->world.arena;
    int64_t *reached_ms = tn_arena_alloc(arena, tn_sim_exchange_last(exchange) + 1, sizeof *reached_ms);
    exchange->lines = tn_arena_alloc(arena, exchange->returned_count + exchange->bought_count, sizeof *exchange->lines);
    struct tn_sim_exchanging *exchanging =
        tn_sim_operation_begin(simulator, sizeof *exchanging, step_ms(simulator, exchange), on_step);
    if (!exchanging || !reached_ms || !exchange->lines || !begin_returns(simulator, exchange)) {
        if (exchanging)
            tn_sim_operation_end(&exchanging->operation);
        return false;
    }
    reached_ms[0] = tn_loop_now_ms(simulator->loop);
    exchange->reached_ms = reached_ms;
    exchange->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    fill_lines(exchange);
    exchanging->exchange = exchange;
    exchanging->seq = book_exchange(call, exchange, "pending");
    return true;
}

/* The exchange of a session, if it may be used; NULL: the refusal is written. */
static struct tn_sim_exchange *presented_session(struct tn_sim_call *call, const char *id)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_exchange *exchange = id ? tn_sim_index_find(&simulator->exchanges, id) : NULL;
    if (!exchange || exchange->customer != call->customer || !tn_id_equal(exchange->id, id)) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "The session is unknown. Call CalculateExchange and provide its session id.");
        return NULL;
    }
    if (tn_sim_fault_hits(&simulator->faults, TN_SIM_EXPIRE_SESSION, call->route->operation, NULL))
        exchange->expires_ms = TN_SIM_ALWAYS;
    if (exchange->expires_ms <= tn_loop_now_ms(simulator->loop)) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "Session timed out. Call CalculateExchange again and provide the new session id.");
        return NULL;
    }
    if (exchange->reached_ms && !simulator->faults.accept_repeated_session) {
        tn_sim_arm_error(call, 400, "BadRequest", "The session '%s' has been used already.", exchange->id);
        return NULL;
    }
    return exchange;
}

/* A session that has not been used, against the state of things now. False: the refusal is written. */
static bool may_exchange(struct tn_sim_call *call, const struct tn_sim_exchange *exchange)
{
    for (size_t i = 0; i < exchange->returned_count; i++) {
        const struct tn_sim_reservation *reservation = exchange->returned[i].reservation;
        if (reservation->order->customer != exchange->customer) { /* its order has changed its directory since */
            tn_sim_arm_error(call, 404, "ReservationOrderNotFound", "The reservation order '%s' was not found.",
                             reservation->order->id);
            return false;
        }
        if (!tn_sim_order_is_idle(call, reservation->order) || !tn_sim_reservation_is_live(call, reservation))
            return false;
    }
    if (exchange->objections) {
        enum tn_sim_objection first = (enum tn_sim_objection)(exchange->objections & -exchange->objections);
        tn_sim_arm_error(call, 400, tn_sim_objection_code(first), "%s", tn_sim_objection_message(first));
    }
    return !exchange->objections;
}

void tn_sim_exchange_commit(struct tn_sim_call *call)
{
    struct tn_json root;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return;
    }
    struct tn_sim_exchange *exchange = presented_session(call, tn_json_string(root, "properties.sessionId", NULL));
    if (!exchange || (!exchange->reached_ms && !may_exchange(call, exchange)))
        return;
    /* As with returns: a repeated session that is accepted counts as money once more, though nothing is left to do. */
    bool booked =
        exchange->reached_ms ? book_exchange(call, exchange, "succeeded") > 0 : begin_exchange(call, exchange);
    if (booked)
        tn_sim_exchange_answer(call, exchange->id);
    else
        call->answer->body.failed = true;
}

/* ---- how it goes ------------------------------------------------------------------------------------------------ */

void tn_sim_operation_result(struct tn_sim_call *call)
{
    const char *id = call->params[0];
    int64_t at_ms = tn_sim_capacity_sight(call).at_ms;
    const struct tn_sim_exchange *exchange = tn_sim_index_find(&call->simulator->exchanges, id);
    if (exchange && exchange->customer != call->customer)
        exchange = NULL;
    if (exchange && tn_id_equal(exchange->quote_id, id) && exchange->quoted_ms <= at_ms) {
        tn_sim_exchange_write_quote(call, exchange, exchange->ready_ms <= at_ms);
        return;
    }
    if (exchange && tn_id_equal(exchange->id, id) && exchange->reached_ms && exchange->reached_ms[0] <= at_ms) {
        size_t step = exchange->step;
        while (exchange->reached_ms[step] > at_ms)
            step--;
        tn_sim_exchange_write(call, exchange, step);
        return;
    }
    tn_sim_arm_error(call, 404, "ResourceNotFound", "There is no operation '%.60s'.", id);
}
