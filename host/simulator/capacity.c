/* Microsoft.Capacity, the reads: see capacity.h. */
#include "simulator/capacity.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "simulator/arm.h"
#include "simulator/capacity_filter.h"
#include "simulator/capacity_write.h"
#include "simulator/route.h"
#include "simulator/state.h"

#define ORDERS_PAGE 50
#define RESERVATIONS_PAGE 100

struct tn_sim_sight tn_sim_capacity_sight(struct tn_sim_call *call)
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

/* The order that the path names, which exists for whoever looks now; NULL: the refusal is written. */
static struct tn_sim_order *order_of(struct tn_sim_call *call, struct tn_sim_sight sight)
{
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order || tn_sim_history_at(&order->history, sight.at_ms))
        return order;
    tn_sim_arm_error(call, 404, "ReservationOrderNotFound", "The reservation order '%s' was not found.", order->id);
    return NULL;
}

struct tn_sim_reservation *tn_sim_capacity_reservation(struct tn_sim_call *call, struct tn_sim_sight sight)
{
    const char *id = call->params[1];
    struct tn_sim_order *order = order_of(call, sight);
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
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct tn_sim_order *order = order_of(call, sight);
    if (!order)
        return;
    bool schedule = expand && (tn_id_equal(expand, "schedule") || tn_id_equal(expand, "planInformation"));
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_order_write(&w, order, schedule, sight);
}

void tn_sim_reservations_of_order(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct tn_sim_order *order = order_of(call, sight);
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
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct tn_sim_reservation *reservation = tn_sim_capacity_reservation(call, sight);
    if (!reservation)
        return;
    const char *expand = tn_sim_call_query(call, "$expand");
    if (!expand)
        expand = tn_sim_call_query(call, "expand"); /* as its specification has it */
    bool renewal = expand && tn_id_equal(expand, "renewProperties");
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_reservation_write(&w, reservation, tn_sim_history_at(&reservation->history, sight.at_ms),
                             renewal ? TN_SIM_EXPANDED : TN_SIM_ALONE, sight);
}

void tn_sim_reservations_history(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct tn_sim_reservation *reservation = tn_sim_capacity_reservation(call, sight);
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

void tn_sim_orders_list(struct tn_sim_call *call)
{
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    int64_t skip = 0, place = 0;
    if (!tn_sim_arm_skip(call, &skip))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    const struct tn_sim_order *order = call->customer->first_order;
    for (; order && place < skip + ORDERS_PAGE; order = order->next) {
        if (!tn_sim_history_at(&order->history, sight.at_ms))
            continue;
        if (place++ >= skip)
            tn_sim_order_write(&w, order, false, sight);
    }
    tn_jw_array_end(&w);
    if (order)
        tn_sim_arm_next_link(call, &w, "$skiptoken", place);
    tn_jw_object_end(&w);
}

/* What the list of all reservations is asked for. */
struct query {
    struct tn_sim_sight sight;
    struct tn_sim_filter filter;
    struct tn_sim_ordering ordering;
    const char *state; /* NULL: any */
    int64_t skip, take;
    bool summary, ordered;
};

static bool read_page(struct tn_sim_call *call, struct query *query)
{
    query->take = RESERVATIONS_PAGE;
    bool good = tn_sim_call_number(call, "$skiptoken", &query->skip) && tn_sim_call_number(call, "take", &query->take);
    if (!good || query->take < 1) {
        tn_sim_arm_error(call, 400, "BadRequest", "The $skiptoken or take is not a number of reservations.");
        return false;
    }
    if (query->take > RESERVATIONS_PAGE)
        query->take = RESERVATIONS_PAGE;
    return true;
}

static bool read_query(struct tn_sim_call *call, struct query *query)
{
    const char *filter = tn_sim_call_query(call, "$filter"), *summary = tn_sim_call_query(call, "refreshSummary");
    const char *ordering = tn_sim_call_query(call, "$orderby");
    *query = (struct query){.sight = tn_sim_capacity_sight(call), .ordered = ordering};
    query->state = tn_sim_call_query(call, "selectedState");
    query->summary = summary && tn_id_equal(summary, "true");
    if (!read_page(call, query))
        return false;
    if (ordering && !tn_sim_ordering_parse(&query->ordering, ordering)) {
        tn_sim_arm_error(call, 400, "BadRequest", "The $orderby is not understood: one known property, asc or desc.");
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
    return tn_sim_filter_passes(&query->filter, reservation, as, query->sight.now_seconds);
}

/* One that the query selects, as it is shown. */
struct row {
    const struct query *query;
    const struct tn_sim_reservation *reservation;
    const struct tn_sim_change *as;
    size_t place; /* among all; keeps equals in that order */
};

/* All that the query selects, for the caller to free; NULL: out of memory. */
static struct row *select_rows(const struct query *query, const struct tn_sim_customer *customer, size_t *count)
{
    size_t cap = 16;
    struct row *rows = calloc(cap, sizeof *rows);
    *count = 0;
    for (const struct tn_sim_reservation *one = customer->first; rows && one; one = one->next_of_customer) {
        const struct tn_sim_change *as = tn_sim_history_at(&one->history, query->sight.at_ms);
        if (!as || !selected(query, one, as))
            continue;
        if (*count == cap) {
            struct row *grown = realloc(rows, (cap *= 2) * sizeof *rows);
            if (!grown) {
                free(rows);
                return NULL;
            }
            rows = grown;
        }
        rows[*count] = (struct row){query, one, as, *count};
        (*count)++;
    }
    return rows;
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const struct query *query = a->query;
    char text_a[TN_SIM_FIELD_TEXT], text_b[TN_SIM_FIELD_TEXT];
    enum tn_sim_field field = query->ordering.field;
    int64_t now = query->sight.now_seconds;
    int order = field == TN_SIM_BY_QUANTITY ? (a->reservation->quantity > b->reservation->quantity) -
                                                  (a->reservation->quantity < b->reservation->quantity)
                                            : strcasecmp(tn_sim_field_text(a->reservation, a->as, field, now, text_a),
                                                         tn_sim_field_text(b->reservation, b->as, field, now, text_b));
    if (query->ordering.descends)
        order = -order;
    return order ? order : (a->place > b->place) - (a->place < b->place);
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

static void write_rows(struct tn_sim_call *call, const struct query *query, const struct row *rows, size_t count)
{
    size_t begin = query->skip < (int64_t)count ? (size_t)query->skip : count;
    size_t end = count - begin > (size_t)query->take ? begin + (size_t)query->take : count;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (size_t i = begin; i < end; i++)
        tn_sim_reservation_write(&w, rows[i].reservation, rows[i].as, TN_SIM_LISTED, query->sight);
    tn_jw_array_end(&w);
    if (query->summary)
        write_summary(&w, call->customer, query->sight);
    if (end < count)
        tn_sim_arm_next_link(call, &w, "$skiptoken", (int64_t)end);
    tn_jw_object_end(&w);
}

void tn_sim_reservations_list(struct tn_sim_call *call)
{
    struct query query;
    size_t count = 0;
    if (!read_query(call, &query))
        return;
    struct row *rows = select_rows(&query, call->customer, &count);
    if (!rows) {
        call->answer->body.failed = true;
        return;
    }
    if (query.ordered)
        qsort(rows, count, sizeof *rows, compare_rows);
    write_rows(call, &query, rows, count);
    free(rows);
}
