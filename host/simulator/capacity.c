/* Microsoft.Capacity, the reads: see capacity.h. */
#include "simulator/capacity.h"

#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity_filter.h"
#include "simulator/capacity_write.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define ORDERS_PAGE 50
#define RESERVATIONS_PAGE 100

/* Now, or a moment ago where the fault `stale` says so. */
static struct tn_sim_sight sight_of(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_sight sight = {tn_loop_now_ms(simulator->loop), tn_loop_wall_ms(simulator->loop) / 1000};
    int64_t for_ms = 0;
    if (tn_sim_fault_hits(&simulator->faults, TN_SIM_STALE, call->route->operation, &for_ms))
        sight.at_ms -= for_ms;
    return sight;
}

struct tn_sim_order *tn_sim_capacity_order(struct tn_sim_call *call)
{
    const char *id = call->params[0];
    struct tn_sim_order *order = tn_sim_order_find(&call->simulator->world, id);
    if (!tn_guid_valid(id, strlen(id)))
        tn_sim_arm_error(call, 400, "InvalidReservationOrderId", "'%.60s' is not a reservation order id.", id);
    else if (!order)
        tn_sim_arm_error(call, 404, "ReservationOrderNotFound", "The reservation order '%s' was not found.", id);
    else if (order->customer != call->customer)
        tn_sim_arm_gateway_error(
            call, 401, "InvalidAuthenticationTokenTenant",
            "The access token is from the wrong tenant '%s': the reservation order '%s' belongs to "
            "another one.",
            call->customer->id, id);
    else
        return order;
    return NULL;
}

/* The reservation that the path names, which exists for whoever looks now; NULL: the refusal is written. */
static struct tn_sim_reservation *reservation_of(struct tn_sim_call *call, struct tn_sim_sight sight)
{
    const char *id = call->params[1];
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return NULL;
    struct tn_sim_reservation *reservation = tn_sim_reservation_find(&call->simulator->world, id);
    if (!tn_guid_valid(id, strlen(id))) {
        tn_sim_arm_error(call, 400, "InvalidReservationId", "'%.60s' is not a reservation id.", id);
        return NULL;
    }
    if (!reservation || reservation->order != order || !tn_sim_history_at(&reservation->history, sight.at_ms)) {
        tn_sim_arm_error(call, 404, "ReservationIdNotInReservationOrder",
                         "The reservation '%s' is not in the reservation order '%s'.", id, order->id);
        return NULL;
    }
    return reservation;
}

/* ---- one order, one reservation --------------------------------------------------------------------------------- */

void tn_sim_orders_get(struct tn_sim_call *call)
{
    const char *expand = tn_sim_call_query(call, "$expand");
    struct tn_sim_sight sight = sight_of(call);
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return;
    bool schedule = expand && (tn_id_equal(expand, "schedule") || tn_id_equal(expand, "planInformation"));
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_order_write(&w, order, schedule, sight);
}

void tn_sim_orders_reservations(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = sight_of(call);
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_reservation *one = order->first; one; one = one->next_in_order) {
        const struct tn_sim_change *as = tn_sim_history_at(&one->history, sight.at_ms);
        if (as)
            tn_sim_reservation_write(&w, one, as, TN_SIM_IN_ORDER, sight);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void tn_sim_reservations_get(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = sight_of(call);
    struct tn_sim_reservation *reservation = reservation_of(call, sight);
    if (!reservation)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_reservation_write(&w, reservation, tn_sim_history_at(&reservation->history, sight.at_ms), TN_SIM_ALONE,
                             sight);
}

void tn_sim_reservations_revisions(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = sight_of(call);
    struct tn_sim_reservation *reservation = reservation_of(call, sight);
    if (!reservation)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    tn_sim_revisions_write(&w, reservation, sight);
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static void put_encoded(struct tn_buf *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~", *text);
        if (plain)
            tn_buf_putc(out, *text);
        else
            tn_buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

/* The same request again, further on: absolute, with everything it needs. */
static void write_next_link(struct tn_sim_call *call, struct tn_json_writer *w, const char *path, int64_t skip)
{
    struct tn_buf url = {0};
    tn_buf_printf(&url, "%s%s?", call->simulator->url, path);
    for (size_t i = 0; i < call->query_count; i++) {
        if (tn_id_equal(call->query[i].name, "$skiptoken"))
            continue;
        put_encoded(&url, call->query[i].name);
        tn_buf_putc(&url, '=');
        put_encoded(&url, call->query[i].value);
        tn_buf_putc(&url, '&');
    }
    tn_buf_printf(&url, "%%24skiptoken=%lld", (long long)skip);
    tn_jw_kv_string(w, "nextLink", tn_buf_text(&url));
    w->out->failed |= url.failed;
    tn_buf_deinit(&url);
}

void tn_sim_orders_list(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = sight_of(call);
    int64_t skip = 0, place = 0;
    if (!tn_sim_call_number(call, "$skiptoken", &skip)) {
        tn_sim_arm_error(call, 400, "BadRequest", "The $skiptoken is not one of ours.");
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    const struct tn_sim_order *order = call->customer->first_order;
    for (; order && place < skip + ORDERS_PAGE; order = order->next, place++) {
        if (place >= skip)
            tn_sim_order_write(&w, order, false, sight);
    }
    tn_jw_array_end(&w);
    if (order)
        write_next_link(call, &w, "/providers/Microsoft.Capacity/reservationOrders", place);
    tn_jw_object_end(&w);
}

/* What the list of all reservations is asked for. */
struct query {
    struct tn_sim_sight sight;
    struct tn_sim_filter filter;
    const char *state; /* NULL: any */
    int64_t skip, take;
    bool summary;
};

static bool read_query(struct tn_sim_call *call, struct query *query)
{
    const char *filter = tn_sim_call_query(call, "$filter"), *summary = tn_sim_call_query(call, "refreshSummary");
    *query = (struct query){.sight = sight_of(call), .take = RESERVATIONS_PAGE};
    query->state = tn_sim_call_query(call, "selectedState");
    query->summary = summary && tn_id_equal(summary, "true");
    bool good = tn_sim_call_number(call, "$skiptoken", &query->skip) && tn_sim_call_number(call, "take", &query->take);
    if (!good || query->take < 1) {
        tn_sim_arm_error(call, 400, "BadRequest", "The $skiptoken or take is not a number of reservations.");
        return false;
    }
    if (query->take > RESERVATIONS_PAGE)
        query->take = RESERVATIONS_PAGE;
    if (tn_sim_call_query(call, "$orderby")) {
        tn_sim_arm_error(call, 400, "BadRequest", "The simulator does not order its lists: leave $orderby out.");
        return false;
    }
    if (filter && !tn_sim_filter_parse(&query->filter, filter)) {
        tn_sim_arm_error(call, 400, "BadRequest",
                         "The $filter is not understood: comparisons of known properties by eq, joined by and, or.");
        return false;
    }
    return true;
}

static bool selected(const struct query *query, const struct tn_sim_reservation *reservation,
                     const struct tn_sim_change *as)
{
    if (query->state &&
        !tn_id_equal(query->state, tn_sim_display_state(reservation, as->state, query->sight.now_seconds)))
        return false;
    return tn_sim_filter_passes(&query->filter, reservation, as->state, query->sight.now_seconds);
}

static void write_summary(struct tn_json_writer *w, const struct tn_sim_customer *customer, struct tn_sim_sight sight)
{
    static const struct {
        const char *key, *state;
    } counts[] = {
        {"succeededCount", "Succeeded"},   {"failedCount", "Failed"},   {"expiringCount", "Expiring"},
        {"expiredCount", "Expired"},       {"pendingCount", "Pending"}, {"cancelledCount", "Cancelled"},
        {"processingCount", "Processing"}, {"warningCount", "Warning"}, {"noBenefitCount", "NoBenefit"},
    };
    tn_jw_key(w, "summary");
    tn_jw_object(w);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int64_t count = 0;
        for (const struct tn_sim_reservation *one = customer->first; one; one = one->next_of_customer) {
            const struct tn_sim_change *as = tn_sim_history_at(&one->history, sight.at_ms);
            count += as && strcmp(tn_sim_display_state(one, as->state, sight.now_seconds), counts[i].state) == 0;
        }
        tn_jw_kv_int(w, counts[i].key, count);
    }
    tn_jw_object_end(w);
}

void tn_sim_reservations_list(struct tn_sim_call *call)
{
    struct query query;
    int64_t place = 0;
    bool more = false;
    if (!read_query(call, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_reservation *one = call->customer->first; one && !more; one = one->next_of_customer) {
        const struct tn_sim_change *as = tn_sim_history_at(&one->history, query.sight.at_ms);
        if (!as || !selected(&query, one, as))
            continue;
        more = place == query.skip + query.take;
        if (place >= query.skip && !more)
            tn_sim_reservation_write(&w, one, as, TN_SIM_LISTED, query.sight);
        place += !more;
    }
    tn_jw_array_end(&w);
    if (query.summary)
        write_summary(&w, call->customer, query.sight);
    if (more)
        write_next_link(call, &w, "/providers/Microsoft.Capacity/reservations", place);
    tn_jw_object_end(&w);
}
