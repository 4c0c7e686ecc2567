/* Microsoft.Capacity, returns: see refund.h. */
#include "simulator/refund.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/capacity_write.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define PENDING_MESSAGE "An operation is in progress on this reservation. Please wait until it has ended."

/* ---- what is to be returned ------------------------------------------------------------------------------------- */

/* ".../reservationOrders/{o}/reservations/{r}": the two GUIDs, whatever the case of the words. */
static bool split_id(const char *text, char order[TN_GUID_TEXT], char reservation[TN_GUID_TEXT])
{
    static const char orders[] = "/providers/microsoft.capacity/reservationorders/", members[] = "/reservations/";
    const size_t orders_len = sizeof orders - 1, members_len = sizeof members - 1, guid_len = TN_GUID_TEXT - 1;
    if (strlen(text) != orders_len + guid_len + members_len + guid_len || strncasecmp(text, orders, orders_len) != 0 ||
        strncasecmp(text + orders_len + guid_len, members, members_len) != 0)
        return false;
    snprintf(order, TN_GUID_TEXT, "%s", text + orders_len);
    snprintf(reservation, TN_GUID_TEXT, "%s", text + orders_len + guid_len + members_len);
    return tn_guid_valid(order, guid_len) && tn_guid_valid(reservation, guid_len);
}

/* The reservation that a body names, in the order of the path; NULL: the refusal is written. */
static struct tn_sim_reservation *named_reservation(struct tn_sim_call *call, const struct tn_sim_order *order,
                                                    const char *id)
{
    char order_id[TN_GUID_TEXT], reservation_id[TN_GUID_TEXT];
    if (!id || !split_id(id, order_id, reservation_id)) {
        tn_sim_arm_error(call, 400, "InvalidReservationId",
                         "reservationToReturn.reservationId is not a reservation's id.");
        return NULL;
    }
    struct tn_sim_reservation *reservation = tn_sim_reservation_find(&call->simulator->world, reservation_id);
    if (!tn_id_equal(order_id, order->id) || !reservation || reservation->order != order) {
        tn_sim_arm_error(call, 400, "ReservationIdNotInReservationOrder",
                         "The reservation '%s' is not in the reservation order '%s'.", reservation_id, order->id);
        return NULL;
    }
    return reservation;
}

static bool is_pending(const struct tn_sim_history *history)
{
    return history->latest->state == TN_SIM_PENDING;
}

/* Body of both calls: scope, reservation, quantity. False: the refusal is written. */
static bool read_return(struct tn_sim_call *call, const struct tn_sim_order *order, struct tn_json *properties,
                        struct tn_sim_reservation **reservation, int64_t *quantity)
{
    struct tn_json root;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return false;
    }
    *properties = tn_json_find(root, "properties");
    const char *scope = tn_json_string(*properties, "scope", NULL);
    if (scope && !tn_id_equal(scope, "Reservation")) {
        tn_sim_arm_error(call, 400, "BadRequest", "The scope '%.40s' is not supported: it must be Reservation.", scope);
        return false;
    }
    *reservation =
        named_reservation(call, order, tn_json_string(*properties, "reservationToReturn.reservationId", NULL));
    if (!*reservation)
        return false;
    if (!tn_json_int(*properties, "reservationToReturn.quantity", quantity) || *quantity < 1 ||
        *quantity > (*reservation)->quantity) {
        tn_sim_arm_error(call, 400, "InvalidRefundQuantity", "The quantity to return must be from 1 to %lld.",
                         (long long)(*reservation)->quantity);
        return false;
    }
    return true;
}

static bool is_live(struct tn_sim_call *call, const struct tn_sim_reservation *reservation)
{
    if (reservation->history.latest->state == TN_SIM_SUCCEEDED)
        return true;
    tn_sim_arm_error(call, 409, "OperationCannotBePerformedInCurrentState",
                     "The reservation '%s' is %s: the operation cannot be performed in its current state.",
                     reservation->id, tn_sim_state_name(reservation->history.latest->state));
    return false;
}

/* ---- policy ----------------------------------------------------------------------------------------------------- */

/* The code a return would be refused with; NULL: allowed. */
static const char *policy_error(const struct tn_sim_reservation *reservation, const struct tn_sim_refund *refund)
{
    const struct tn_sim_customer *customer = reservation->order->customer;
    if (reservation->refuses)
        return reservation->refuses;
    if (!reservation->refundable)
        return "SelfServiceRefundNotSupported";
    if (customer->consumed_cents + refund->worth_cents > customer->limit_cents)
        return "RefundLimitExceeded";
    return NULL;
}

static const char *policy_message(const char *code)
{
    if (strcmp(code, "SelfServiceRefundNotSupported") == 0)
        return "This reservation cannot be returned by self-service. Please contact support.";
    if (strcmp(code, "RefundLimitExceeded") == 0)
        return "The return would exceed the refund limit of the last twelve months.";
    return "The return is refused by policy.";
}

static void write_policy(struct tn_json_writer *w, const struct tn_sim_customer *customer, const char *error)
{
    const struct tn_sim_currency *usd = &tn_sim_currencies[0];
    tn_jw_key(w, "policyResult");
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_sim_amount_write(w, "consumedRefundsTotal", usd, customer->consumed_cents);
    tn_sim_amount_write(w, "maxRefundLimit", usd, customer->limit_cents);
    tn_jw_key(w, "policyErrors");
    tn_jw_array(w);
    if (error) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "code", error);
        tn_jw_kv_string(w, "message", policy_message(error));
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void write_billing(struct tn_json_writer *w, const struct tn_sim_session *session)
{
    const struct tn_sim_order *order = session->reservation->order;
    const struct tn_sim_currency *currency = order->customer->currency;
    const struct tn_sim_refund *refund = &session->refund;
    tn_jw_key(w, "billingInformation");
    tn_jw_object(w);
    tn_jw_kv_string(w, "billingPlan", order->monthly ? "Monthly" : "Upfront");
    tn_jw_kv_int(w, "completedTransactions", refund->payments_done);
    tn_jw_kv_int(w, "totalTransactions", refund->payments);
    tn_sim_amount_write(w, "billingCurrencyTotalPaidAmount", currency, refund->paid);
    tn_sim_amount_write(w, "billingCurrencyProratedAmount", currency, refund->used);
    tn_sim_amount_write(w, "billingCurrencyRemainingCommitmentAmount", currency, refund->remaining);
    tn_jw_object_end(w);
}

/* Quote and return answer with the same body. */
static void write_session(struct tn_sim_call *call, int status, const struct tn_sim_session *session, const char *error)
{
    const struct tn_sim_reservation *reservation = session->reservation;
    char id[200];
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s",
             reservation->order->id, reservation->id);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "sessionId", session->id);
    tn_jw_kv_int(&w, "quantity", session->refund.quantity);
    tn_sim_amount_write(&w, "billingRefundAmount", reservation->order->customer->currency, session->refund.back);
    tn_sim_amount_write(&w, "pricingRefundAmount", &tn_sim_currencies[0], session->refund.worth_cents);
    write_policy(&w, reservation->order->customer, error);
    write_billing(&w, session);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

/* ---- quote ------------------------------------------------------------------------------------------------------ */

void tn_sim_refund_quote(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_session session = {0};
    struct tn_json properties;
    int64_t quantity = 0;
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order || !read_return(call, order, &properties, &session.reservation, &quantity) ||
        !is_live(call, session.reservation))
        return;
    tn_sim_refund_compute(session.reservation, quantity, tn_loop_wall_ms(simulator->loop) / 1000, &session.refund);
    if (simulator->price_permille)
        tn_sim_refund_scale(&session.refund, simulator->price_permille);
    session.expires_ms = tn_loop_now_ms(simulator->loop) + simulator->faults.session_ms;
    tn_sim_random_guid(&simulator->ids, session.id);
    if (!tn_sim_store_add(&simulator->sessions, &session)) {
        call->answer->body.failed = true;
        return;
    }
    write_session(call, 200, &session, policy_error(session.reservation, &session.refund));
}

/* ---- settling --------------------------------------------------------------------------------------------------- */

/* A return that was accepted and has not settled. */
struct tn_sim_operation {
    struct tn_link link;
    struct tn_timer timer;
    struct tn_simulator *simulator;
    struct tn_sim_reservation *reservation;
    int64_t quantity, worth_cents, worth_coins;
    size_t seq; /* in the book */
    bool fails;
};

static void forget(struct tn_sim_operation *operation)
{
    tn_link_leave(&operation->link);
    tn_timer_stop(operation->simulator->loop, &operation->timer);
    free(operation);
}

void tn_sim_operations_stop(struct tn_simulator *simulator)
{
    for (struct tn_link *link; (link = tn_link_take(&simulator->operations));)
        forget(tn_container_of(link, struct tn_sim_operation, link));
}

size_t tn_sim_operations_count(const struct tn_simulator *simulator)
{
    size_t count = 0;
    for (const struct tn_link *one = simulator->operations; one; one = one->next)
        count++;
    return count;
}

static bool change_state(struct tn_simulator *simulator, struct tn_sim_history *history, enum tn_sim_state state,
                         const char *status, const char *message)
{
    struct tn_sim_change change = {.at_ms = tn_loop_now_ms(simulator->loop), .state = state, .status = status};
    change.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    change.message = message;
    return tn_sim_history_add(&simulator->world, history, &change);
}

/* What is left after a partial return: a new reservation like the old one. */
static void add_rest(const struct tn_sim_operation *operation)
{
    struct tn_simulator *simulator = operation->simulator;
    const struct tn_sim_reservation *source = operation->reservation;
    char seedling[TN_GUID_TEXT + 16], id[TN_GUID_TEXT];
    snprintf(seedling, sizeof seedling, "rest of %.36s", source->id);
    tn_guid_derive(id, seedling);
    struct tn_sim_reservation *rest = tn_sim_reservation_add(&simulator->world, source->order, id);
    if (!rest)
        return;
    struct tn_sim_reservation fresh = *rest;
    *rest = *source;
    memcpy(rest->id, fresh.id, sizeof rest->id);
    rest->next_in_order = rest->next_of_customer = NULL;
    rest->rest_of = source;
    rest->quantity = source->quantity - operation->quantity;
    rest->worth_cents = source->worth_cents - operation->worth_cents;
    rest->worth_coins = source->worth_coins - operation->worth_coins;
    rest->history.born = (struct tn_sim_change){.at_ms = tn_loop_now_ms(simulator->loop), .number = 1};
    rest->history.born.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    rest->history.latest = &rest->history.born;
}

static bool has_live_member(const struct tn_sim_order *order)
{
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        if (one->history.latest->state == TN_SIM_SUCCEEDED)
            return true;
    }
    return false;
}

static void on_settled(struct tn_timer *timer)
{
    struct tn_sim_operation *operation = tn_container_of(timer, struct tn_sim_operation, timer);
    struct tn_simulator *simulator = operation->simulator;
    struct tn_sim_reservation *reservation = operation->reservation;
    struct tn_sim_order *order = reservation->order;
    if (operation->fails) {
        order->customer->consumed_cents -= operation->worth_cents;
        change_state(simulator, &reservation->history, TN_SIM_SUCCEEDED, NULL, NULL);
        change_state(simulator, &order->history, TN_SIM_FAILED, NULL, NULL);
    } else {
        change_state(simulator, &reservation->history, TN_SIM_CANCELLED, NULL, NULL);
        if (operation->quantity < reservation->quantity)
            add_rest(operation);
        change_state(simulator, &order->history, has_live_member(order) ? TN_SIM_SUCCEEDED : TN_SIM_CANCELLED, NULL,
                     NULL);
    }
    tn_sim_book_settle(&simulator->book, operation->seq, operation->fails ? "failed" : "succeeded");
    forget(operation);
}

/* ---- return ----------------------------------------------------------------------------------------------------- */

static size_t book_refund(struct tn_sim_call *call, const struct tn_sim_session *session, const char *state)
{
    const struct tn_sim_customer *customer = session->reservation->order->customer;
    const char *correlation = call->headers[TN_SIM_CORRELATION_REQUEST_ID];
    if (!correlation)
        correlation = call->headers[TN_SIM_CLIENT_REQUEST_ID];
    struct tn_sim_effect effect = {
        .kind = "refund", .quantity = session->refund.quantity, .has_amount = true, .state = state};
    effect.amount = tn_sim_currency_money(customer->currency, session->refund.back);
    snprintf(effect.customer, sizeof effect.customer, "%s", customer->id);
    snprintf(effect.reservation, sizeof effect.reservation, "%s", session->reservation->id);
    snprintf(effect.correlation_id, sizeof effect.correlation_id, "%s", correlation ? correlation : "");
    return tn_sim_book_add(&call->simulator->book, &effect);
}

/* The order and the reservation become Pending together, or neither does. */
static bool make_pending(struct tn_simulator *simulator, struct tn_sim_reservation *reservation)
{
    if (!change_state(simulator, &reservation->history, TN_SIM_PENDING, "Pending", PENDING_MESSAGE))
        return false;
    if (change_state(simulator, &reservation->order->history, TN_SIM_PENDING, NULL, NULL))
        return true;
    reservation->history.latest = reservation->history.latest->older;
    return false;
}

static bool begin_operation(struct tn_sim_call *call, const struct tn_sim_session *session)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_operation *operation = calloc(1, sizeof *operation);
    if (!operation || tn_timer_start(simulator->loop, &operation->timer, simulator->settle_ms, on_settled) < 0) {
        free(operation);
        return false;
    }
    operation->simulator = simulator;
    operation->reservation = session->reservation;
    operation->quantity = session->refund.quantity;
    operation->worth_cents = session->refund.worth_cents;
    operation->worth_coins = session->refund.back;
    tn_link_enter(&simulator->operations, &operation->link);
    if (!make_pending(simulator, session->reservation)) {
        forget(operation);
        return false;
    }
    operation->seq = book_refund(call, session, "pending");
    operation->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    return true;
}

/* The session that a return presents, if it may be used; NULL: the refusal is written. */
static struct tn_sim_session *presented_session(struct tn_sim_call *call, const char *id,
                                                const struct tn_sim_reservation *reservation, int64_t quantity)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_session *session = id ? tn_sim_store_find(&simulator->sessions, id) : NULL;
    if (!session) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "The session is unknown. Call CalculateRefund and provide its session id.");
        return NULL;
    }
    if (session->reservation != reservation || session->refund.quantity != quantity) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "The session '%s' was not calculated for this reservation and quantity.", session->id);
        return NULL;
    }
    if (tn_sim_fault_hits(&simulator->faults, TN_SIM_EXPIRE_SESSION, call->route->operation, NULL))
        session->expires_ms = TN_SIM_ALWAYS;
    if (session->expires_ms <= tn_loop_now_ms(simulator->loop)) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "Session timed out. Call CalculateRefund again and provide the new session id.");
        return NULL;
    }
    if (session->used && !simulator->faults.accept_repeated_session) {
        tn_sim_arm_error(call, 400, "BadRequest", "The session '%s' has been used already.", session->id);
        return NULL;
    }
    return session;
}

/* A session that has not been used, against the state of things now. False: the refusal is written. */
static bool may_return(struct tn_sim_call *call, const struct tn_sim_session *session)
{
    if (is_pending(&session->reservation->order->history)) {
        tn_sim_arm_error(call, 409, "OperationCannotBePerformedInCurrentState",
                         "Another operation is in progress on the reservation order '%s'.",
                         session->reservation->order->id);
        return false;
    }
    if (!is_live(call, session->reservation))
        return false;
    const char *error = policy_error(session->reservation, &session->refund);
    if (error)
        tn_sim_arm_error(call, 400, error, "%s", policy_message(error));
    return !error;
}

void tn_sim_refund_return(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_reservation *reservation;
    struct tn_json properties;
    int64_t quantity = 0;
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order || !read_return(call, order, &properties, &reservation, &quantity))
        return;
    struct tn_sim_session *session =
        presented_session(call, tn_json_string(properties, "sessionId", NULL), reservation, quantity);
    if (!session || (!session->used && !may_return(call, session)))
        return;
    /* A repeated session that is accepted counts as money once more, although nothing is left to cancel. */
    bool booked = session->used ? book_refund(call, session, "succeeded") > 0 : begin_operation(call, session);
    if (!booked) {
        call->answer->body.failed = true;
        return;
    }
    session->used = true;
    order->customer->consumed_cents += session->refund.worth_cents;
    write_session(call, 202, session, NULL);
    tn_sim_answer_header(call->answer, "Location",
                         "%s/providers/Microsoft.Capacity/reservationOrders/%s?api-version=%s", simulator->url,
                         order->id, tn_sim_arm_version(call));
}
