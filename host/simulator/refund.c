/* Microsoft.Capacity, returns: see refund.h. */
#include "simulator/refund.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/capacity_write.h"
#include "simulator/operation.h"
#include "simulator/route.h"
#include "simulator/state.h"

/* ---- what is to be returned ------------------------------------------------------------------------------------- */

/* The reservation that a body names, in the order of the path; NULL: the refusal is written. */
static struct tn_sim_reservation *named_reservation(struct tn_sim_call *call, const struct tn_sim_order *order,
                                                    const char *id)
{
    char order_id[TN_GUID_TEXT], reservation_id[TN_GUID_TEXT];
    if (!id || !tn_sim_reservation_id_split(id, order_id, reservation_id)) {
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
    const struct tn_sim_order *order = session->returned.reservation->order;
    const struct tn_sim_currency *currency = order->customer->currency;
    const struct tn_sim_refund *refund = &session->returned.refund;
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
    const struct tn_sim_reservation *reservation = session->returned.reservation;
    char id[200];
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s",
             reservation->order->id, reservation->id);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "sessionId", session->id);
    tn_jw_kv_int(&w, "quantity", session->returned.refund.quantity);
    tn_sim_amount_write(&w, "billingRefundAmount", reservation->order->customer->currency,
                        session->returned.refund.back);
    tn_sim_amount_write(&w, "pricingRefundAmount", &tn_sim_currencies[0], session->returned.refund.worth_cents);
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
    if (!order || !read_return(call, order, &properties, &session.returned.reservation, &quantity) ||
        !tn_sim_reservation_is_live(call, session.returned.reservation))
        return;
    tn_sim_refund_compute(session.returned.reservation, quantity, tn_loop_wall_ms(simulator->loop) / 1000,
                          &session.returned.refund);
    if (simulator->price_permille)
        tn_sim_refund_scale(&session.returned.refund, simulator->price_permille);
    session.expires_ms = tn_loop_now_ms(simulator->loop) + simulator->faults.session_ms;
    tn_sim_random_guid(&simulator->ids, session.id);
    if (!tn_sim_store_add(&simulator->sessions, &session)) {
        call->answer->body.failed = true;
        return;
    }
    write_session(call, 200, &session, policy_error(session.returned.reservation, &session.returned.refund));
}

/* ---- settling --------------------------------------------------------------------------------------------------- */

/* A return that was accepted and has not settled. */
struct tn_sim_settling {
    struct tn_sim_operation operation;
    struct tn_sim_returned returned;
    size_t seq; /* in the book */
    bool fails;
};

static void on_settled(struct tn_sim_operation *operation)
{
    struct tn_sim_settling *settling = tn_container_of(operation, struct tn_sim_settling, operation);
    struct tn_simulator *simulator = operation->simulator;
    if (settling->fails) {
        settling->returned.reservation->order->customer->consumed_cents -= settling->returned.refund.worth_cents;
        tn_sim_returned_undo(simulator, &settling->returned);
    } else {
        tn_sim_returned_finish(simulator, &settling->returned);
    }
    tn_sim_book_settle(&simulator->book, settling->seq, settling->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* ---- return ----------------------------------------------------------------------------------------------------- */

static size_t book_refund(struct tn_sim_call *call, const struct tn_sim_session *session, const char *state)
{
    const struct tn_sim_customer *customer = session->returned.reservation->order->customer;
    struct tn_sim_effect effect = tn_sim_effect_of(call, "refund", state);
    effect.quantity = session->returned.refund.quantity;
    effect.has_amount = true;
    effect.amount = tn_sim_currency_money(customer->currency, session->returned.refund.back);
    snprintf(effect.reservation, sizeof effect.reservation, "%s", session->returned.reservation->id);
    return tn_sim_book_add(&call->simulator->book, &effect);
}

static bool begin_operation(struct tn_sim_call *call, const struct tn_sim_session *session)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_settling *settling =
        tn_sim_operation_begin(simulator, sizeof *settling, simulator->settle_ms, on_settled);
    if (!settling)
        return false;
    settling->returned = session->returned;
    if (!tn_sim_returned_begin(simulator, &settling->returned)) {
        tn_sim_operation_end(&settling->operation);
        return false;
    }
    settling->seq = book_refund(call, session, "pending");
    settling->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
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
    if (session->returned.reservation != reservation || session->returned.refund.quantity != quantity) {
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
    const struct tn_sim_reservation *reservation = session->returned.reservation;
    if (!tn_sim_order_is_idle(call, reservation->order) || !tn_sim_reservation_is_live(call, reservation))
        return false;
    const char *error = policy_error(session->returned.reservation, &session->returned.refund);
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
    order->customer->consumed_cents += session->returned.refund.worth_cents;
    write_session(call, 202, session, NULL);
    tn_sim_answer_header(call->answer, "Location",
                         "%s/providers/Microsoft.Capacity/reservationOrders/%s?api-version=%s", simulator->url,
                         order->id, tn_sim_arm_version(call));
}
