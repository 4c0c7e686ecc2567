/* Microsoft.Capacity, splits and merges: see split.h. */
#include "simulator/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/operation.h"
#include "simulator/returned.h"
#include "simulator/route.h"
#include "simulator/scope.h"
#include "simulator/state.h"

#define PENDING_MESSAGE "An operation is in progress on this reservation. Please wait until it has ended."
#define BORN_AS 2 /* the first revision that is kept of what is made */
#define RETRY_SECONDS 1

/* What tells a split from a merge. */
struct kind {
    const char *name;    /* in the book */
    const char *status;  /* extendedStatusInfo.statusCode of its sources */
    const char *message; /* and its text */
    const char *results; /* segment of the URL where it is asked about */
};
static const struct kind splitting = {"split", "Split", "This reservation was split: it is no longer active.",
                                      "splitoperationresults"};
static const struct kind merging = {"merge", "Merged", "This reservation was merged: it is no longer active.",
                                    "mergeoperationresults"};

/* One that was accepted and has not settled. What it makes is in the world already, but nobody can see it yet. */
struct rearrangement {
    struct tn_sim_operation operation;
    const struct kind *kind;
    struct tn_sim_reservation *sources[2], *made[2]; /* the second of either is NULL */
    size_t seq;                                      /* in the book */
    bool fails;
};

/* ---- what is made ------------------------------------------------------------------------------------------------ */

/* A reservation like another, which will be seen from the moment it settles; NULL: out of memory. */
static struct tn_sim_reservation *make(struct tn_simulator *simulator, const struct tn_sim_reservation *source,
                                       const char *what, int64_t quantity)
{
    char seedling[TN_GUID_TEXT + 48], id[TN_GUID_TEXT];
    snprintf(seedling, sizeof seedling, "%s of %.36s at %d", what, source->id, source->history.latest->number);
    tn_guid_derive(id, seedling);
    struct tn_sim_reservation *made = tn_sim_reservation_like(&simulator->world, source, id);
    if (!made)
        return NULL;
    made->quantity = quantity;
    made->settings.renew = false; /* splits and merges cancel it */
    made->settings.renewal = NULL;
    made->history.born = (struct tn_sim_change){.at_ms = INT64_MAX, .state = TN_SIM_PENDING, .number = BORN_AS};
    made->history.born.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    return made;
}

static bool make_parts(struct tn_simulator *simulator, struct rearrangement *it, const int64_t quantities[2])
{
    static const char *const names[] = {"first part", "second part"};
    const struct tn_sim_reservation *source = it->sources[0];
    for (int i = 0; i < 2; i++) {
        it->made[i] = make(simulator, source, names[i], quantities[i]);
        if (!it->made[i])
            return false;
        it->made[i]->split_from = source;
    }
    it->made[0]->worth_cents = source->worth_cents * quantities[0] / source->quantity;
    it->made[0]->worth_coins = source->worth_coins * quantities[0] / source->quantity;
    it->made[1]->worth_cents = source->worth_cents - it->made[0]->worth_cents;
    it->made[1]->worth_coins = source->worth_coins - it->made[0]->worth_coins;
    return true;
}

static bool make_whole(struct tn_simulator *simulator, struct rearrangement *it)
{
    struct tn_sim_reservation *one = it->sources[0], *other = it->sources[1];
    struct tn_sim_reservation *whole = make(simulator, one, "whole", one->quantity + other->quantity);
    if (!whole)
        return false;
    whole->merged = true;
    whole->fixed = one->fixed && other->fixed;
    whole->worth_cents = one->worth_cents + other->worth_cents;
    whole->worth_coins = one->worth_coins + other->worth_coins;
    one->merged_into = other->merged_into = whole;
    it->made[0] = whole;
    return true;
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

static void finish(struct tn_simulator *simulator, const struct rearrangement *it)
{
    for (int i = 0; i < 2 && it->sources[i]; i++)
        tn_sim_change_state(simulator, &it->sources[i]->history, TN_SIM_CANCELLED, it->kind->status, it->kind->message);
    for (int i = 0; i < 2 && it->made[i]; i++) {
        struct tn_sim_change *born = &it->made[i]->history.born;
        born->state = TN_SIM_SUCCEEDED;
        born->at_ms = tn_loop_now_ms(simulator->loop);
        born->at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    }
}

/* What was made stays where nobody sees it. */
static void undo(struct tn_simulator *simulator, const struct rearrangement *it)
{
    for (int i = 0; i < 2 && it->sources[i]; i++) {
        tn_sim_change_state(simulator, &it->sources[i]->history, TN_SIM_SUCCEEDED, NULL, NULL);
        it->sources[i]->merged_into = NULL;
    }
    for (int i = 0; i < 2 && it->made[i]; i++) {
        it->made[i]->history.born.state = TN_SIM_FAILED;
        simulator->world.reservation_count--;
    }
}

static void on_settled(struct tn_sim_operation *operation)
{
    struct rearrangement *it = tn_container_of(operation, struct rearrangement, operation);
    struct tn_simulator *simulator = operation->simulator;
    if (it->fails)
        undo(simulator, it);
    else
        finish(simulator, it);
    tn_sim_change_state(simulator, &it->sources[0]->order->history, TN_SIM_SUCCEEDED, NULL, NULL);
    tn_sim_book_settle(&simulator->book, it->seq, it->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* ---- accepting --------------------------------------------------------------------------------------------------- */

static bool make_pending(struct tn_simulator *simulator, const struct rearrangement *it)
{
    for (int i = 0; i < 2 && it->sources[i]; i++) {
        if (!tn_sim_change_state(simulator, &it->sources[i]->history, TN_SIM_PENDING, "Pending", PENDING_MESSAGE))
            return false;
    }
    return tn_sim_change_state(simulator, &it->sources[0]->order->history, TN_SIM_PENDING, NULL, NULL);
}

static size_t enter_in_book(struct tn_sim_call *call, const struct rearrangement *it)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, it->kind->name, "pending");
    for (int i = 0; i < 2 && it->sources[i]; i++)
        effect.quantity += it->sources[i]->quantity;
    snprintf(effect.reservation, sizeof effect.reservation, "%s", it->sources[0]->id);
    return tn_sim_book_add(&call->simulator->book, &effect);
}

static void write_future(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                         struct tn_sim_change as, struct tn_sim_sight now)
{
    as.at_seconds = now.now_seconds;
    as.settings = reservation->history.latest->settings;
    tn_sim_reservation_write(w, reservation, &as, TN_SIM_REVISION, now);
}

static void write_sources(struct tn_json_writer *w, const struct rearrangement *it, struct tn_sim_sight now)
{
    for (int i = 0; i < 2 && it->sources[i]; i++) {
        struct tn_sim_change as = {.state = TN_SIM_CANCELLED, .status = it->kind->status, .message = it->kind->message};
        as.number = it->sources[i]->history.latest->number + 1;
        write_future(w, it->sources[i], as, now);
    }
}

/* What there will be; Azure puts the sources of a merge first and that of a split last. */
static void answer(struct tn_sim_call *call, const struct rearrangement *it)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_sight now = {tn_loop_now_ms(simulator->loop), tn_loop_wall_ms(simulator->loop) / 1000};
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_array(&w);
    if (it->kind == &merging)
        write_sources(&w, it, now);
    for (int i = 0; i < 2 && it->made[i]; i++)
        write_future(&w, it->made[i], (struct tn_sim_change){.state = TN_SIM_SUCCEEDED, .number = BORN_AS}, now);
    if (it->kind == &splitting)
        write_sources(&w, it, now);
    tn_jw_array_end(&w);
    tn_sim_answer_header(call->answer, "Location",
                         "%s/providers/Microsoft.Capacity/reservationorders/%s/%s/%s_%d?api-version=%s", simulator->url,
                         it->sources[0]->order->id, it->kind->results, it->sources[0]->id,
                         it->sources[0]->history.latest->number, tn_sim_arm_version(call));
}

/* quantities of the parts; NULL: a merge. */
static void begin(struct tn_sim_call *call, const struct kind *kind, struct tn_sim_reservation *const sources[2],
                  const int64_t quantities[2])
{
    struct tn_simulator *simulator = call->simulator;
    struct rearrangement *it = tn_sim_operation_begin(simulator, sizeof *it, simulator->settle_ms, on_settled);
    call->answer->body.failed |= !it;
    if (!it)
        return;
    it->kind = kind;
    memcpy(it->sources, sources, sizeof it->sources);
    bool made = quantities ? make_parts(simulator, it, quantities) : make_whole(simulator, it);
    if (!made || !make_pending(simulator, it)) {
        undo(simulator, it);
        tn_sim_operation_end(&it->operation);
        call->answer->body.failed = true;
        return;
    }
    it->seq = enter_in_book(call, it);
    it->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    answer(call, it);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* The reservation of that order that an ARM id names, if it can be changed now; NULL: the refusal is written. */
static struct tn_sim_reservation *named_source(struct tn_sim_call *call, const struct tn_sim_order *order,
                                               const char *id)
{
    char order_id[TN_GUID_TEXT], reservation_id[TN_GUID_TEXT];
    if (!id || !tn_sim_reservation_id_split(id, order_id, reservation_id)) {
        tn_sim_arm_error(call, 400, "InvalidReservationId", "'%.200s' is not a reservation's id.", id ? id : "");
        return NULL;
    }
    struct tn_sim_reservation *reservation = tn_sim_reservation_find(&call->simulator->world, reservation_id);
    if (!tn_id_equal(order_id, order->id) || !reservation || reservation->order != order) {
        tn_sim_arm_error(call, 400, "ReservationIdNotInReservationOrder",
                         "The reservation '%s' is not in the reservation order '%s'.", reservation_id, order->id);
        return NULL;
    }
    return tn_sim_reservation_is_live(call, reservation) ? reservation : NULL;
}

/* The order of the path and the object `properties` of the body; NULL: the refusal is written. */
static struct tn_sim_order *read_request(struct tn_sim_call *call, struct tn_json *properties)
{
    struct tn_json root;
    struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return NULL;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return NULL;
    }
    *properties = tn_json_find(root, "properties");
    return tn_sim_order_is_idle(call, order) ? order : NULL;
}

static bool read_quantities(struct tn_sim_call *call, struct tn_json properties, int64_t whole, int64_t quantities[2])
{
    struct tn_json list = tn_json_find(properties, "quantities");
    bool good = tn_json_length(list) == 2;
    for (struct tn_json_iter it = tn_json_each(list); good && tn_json_next(&it);)
        good = tn_json_int(it.value, "", &quantities[it.index]) && quantities[it.index] > 0 &&
               quantities[it.index] < whole;
    if (good && quantities[0] + quantities[1] == whole)
        return true;
    tn_sim_arm_error(call, 400, "BadRequest",
                     "The quantities must be two numbers above 0 that together are the reservation's quantity, %lld.",
                     (long long)whole);
    return false;
}

void tn_sim_reservations_split(struct tn_sim_call *call)
{
    struct tn_json properties;
    int64_t quantities[2] = {0};
    struct tn_sim_order *order = read_request(call, &properties);
    if (!order)
        return;
    struct tn_sim_reservation *sources[2] = {
        named_source(call, order, tn_json_string(properties, "reservationId", NULL)), NULL};
    if (sources[0] && read_quantities(call, properties, sources[0]->quantity, quantities))
        begin(call, &splitting, sources, quantities);
}

static bool are_alike(const struct tn_sim_reservation *a, const struct tn_sim_reservation *b)
{
    const struct tn_sim_settings *one = tn_sim_settings_as(a, a->history.latest);
    const struct tn_sim_settings *other = tn_sim_settings_as(b, b->history.latest);
    char scope_a[TN_SIM_SCOPE_TEXT], scope_b[TN_SIM_SCOPE_TEXT];
    tn_sim_scope_format(a, one, scope_a);
    tn_sim_scope_format(b, other, scope_b);
    return tn_id_equal(a->sku, b->sku) && tn_id_equal(a->region, b->region) && tn_id_equal(a->type, b->type) &&
           tn_id_equal(scope_a, scope_b) && one->flexibility_off == other->flexibility_off;
}

void tn_sim_reservations_merge(struct tn_sim_call *call)
{
    struct tn_json properties;
    struct tn_sim_reservation *sources[2] = {NULL, NULL};
    struct tn_sim_order *order = read_request(call, &properties);
    if (!order)
        return;
    struct tn_json list = tn_json_find(properties, "sources");
    if (tn_json_length(list) != 2) {
        tn_sim_arm_error(call, 400, "BadRequest", "The sources must be exactly two reservations.");
        return;
    }
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        sources[it.index] = named_source(call, order, tn_json_string(it.value, "", NULL));
        if (!sources[it.index])
            return;
    }
    if (sources[0] == sources[1] || !are_alike(sources[0], sources[1]))
        tn_sim_arm_error(call, 400, "BadRequest",
                         "The sources must be two reservations that have the same properties but their quantity.");
    else
        begin(call, &merging, sources, NULL);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* "{reservation}_{revision}" of the path: the reservation and what that revision became. False: there is none such, and
 * the refusal is written. *settled is NULL while it has not. */
static bool find_result(struct tn_sim_call *call, const struct tn_sim_reservation **source,
                        const struct tn_sim_change **settled)
{
    char id[TN_GUID_TEXT];
    const char *text = call->params[1];
    const struct tn_sim_order *order = tn_sim_capacity_order(call);
    if (!order)
        return false;
    snprintf(id, sizeof id, "%s", text);
    int number = strlen(text) > sizeof id && text[sizeof id - 1] == '_' ? atoi(text + sizeof id) : 0;
    *source = tn_sim_reservation_find(&call->simulator->world, id);
    *settled = NULL;
    const struct tn_sim_change *change = *source && (*source)->order == order ? (*source)->history.latest : NULL;
    for (; change && change->number > number; change = change->older)
        *settled = change;
    if (change && change->number == number && change->state == TN_SIM_PENDING)
        return true;
    tn_sim_arm_error(call, 404, "ResourceNotFound", "The operation result '%.80s' was not found.", text);
    return false;
}

static void write_result(struct tn_json_writer *w, const struct tn_sim_reservation *reservation,
                         const struct tn_sim_change *as, struct tn_sim_sight now)
{
    tn_sim_reservation_write(w, reservation, as, TN_SIM_RESULT, now);
}

static void write_split_result(struct tn_json_writer *w, const struct tn_sim_reservation *source,
                               const struct tn_sim_change *as, struct tn_sim_sight now)
{
    for (const struct tn_sim_reservation *one = source->order->first; one; one = one->next_in_order) {
        if (one->split_from == source && one->history.born.state == TN_SIM_SUCCEEDED)
            write_result(w, one, &one->history.born, now);
    }
    write_result(w, source, as, now);
}

static void write_merge_result(struct tn_json_writer *w, const struct tn_sim_reservation *source,
                               const struct tn_sim_change *as, struct tn_sim_sight now)
{
    const struct tn_sim_reservation *whole = source->merged_into;
    write_result(w, source, as, now);
    for (const struct tn_sim_reservation *one = source->order->first; one; one = one->next_in_order) {
        if (one->merged_into == whole && one != source)
            write_result(w, one, one->history.latest, now);
    }
    write_result(w, whole, &whole->history.born, now);
}

static void answer_result(struct tn_sim_call *call, const struct kind *kind)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_sight now = {tn_loop_now_ms(simulator->loop), tn_loop_wall_ms(simulator->loop) / 1000};
    const struct tn_sim_reservation *source;
    const struct tn_sim_change *settled;
    if (!find_result(call, &source, &settled))
        return;
    if (!settled) {
        call->answer->status = 202;
        tn_sim_answer_header(
            call->answer, "Location", "%s/providers/Microsoft.Capacity/reservationorders/%s/%s/%s?api-version=%s",
            simulator->url, source->order->id, kind->results, call->params[1], tn_sim_arm_version(call));
        tn_sim_answer_header(call->answer, "Retry-After", "%d", RETRY_SECONDS);
        return;
    }
    if (!settled->status || strcmp(settled->status, kind->status) != 0) {
        tn_sim_arm_error(call, 400, "OperationFailed", "The reservation '%s' could not be changed: it is as it was.",
                         source->id);
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_array(&w);
    if (kind == &splitting)
        write_split_result(&w, source, settled, now);
    else
        write_merge_result(&w, source, settled, now);
    tn_jw_array_end(&w);
}

void tn_sim_reservations_split_result(struct tn_sim_call *call)
{
    answer_result(call, &splitting);
}

void tn_sim_reservations_merge_result(struct tn_sim_call *call)
{
    answer_result(call, &merging);
}
