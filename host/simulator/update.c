/* Microsoft.Capacity, changes of a reservation that cost nothing: see update.h. */
#include "simulator/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/operation.h"
#include "simulator/patch.h"
#include "simulator/returned.h"
#include "simulator/route.h"
#include "simulator/scope.h"
#include "simulator/state.h"

#define PENDING_MESSAGE "The reservation is being updated. Please wait until that has ended."
#define RETRY_SECONDS 1

bool tn_sim_reservation_set(struct tn_simulator *simulator, struct tn_sim_reservation *reservation,
                            const struct tn_sim_settings *settings, struct tn_sim_change change)
{
    struct tn_sim_settings *kept = tn_arena_alloc(simulator->world.arena, 1, sizeof *kept);
    if (!kept)
        return false;
    *kept = *settings;
    change.settings = kept;
    change.at_ms = tn_loop_now_ms(simulator->loop);
    change.at_seconds = tn_loop_wall_ms(simulator->loop) / 1000;
    return tn_sim_history_add(&simulator->world, &reservation->history, &change);
}

static struct tn_sim_sight sight_now(const struct tn_simulator *simulator)
{
    return (struct tn_sim_sight){tn_loop_now_ms(simulator->loop), tn_loop_wall_ms(simulator->loop) / 1000};
}

/* The reservation of the path as it is: changes do not look back, however stale reads are. */
static struct tn_sim_reservation *reservation_now(struct tn_sim_call *call)
{
    return tn_sim_capacity_reservation(call, sight_now(call->simulator));
}

/* Returns its number in the book; 0: out of memory. */
static size_t enter_in_book(struct tn_sim_call *call, const struct tn_sim_reservation *reservation, const char *kind,
                            const char *state)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, kind, state);
    effect.quantity = reservation->quantity;
    snprintf(effect.reservation, sizeof effect.reservation, "%s", reservation->id);
    return tn_sim_book_add(&call->simulator->book, &effect);
}

/* ---- scopes that would do ---------------------------------------------------------------------------------------- */

void tn_sim_reservations_available_scopes(struct tn_sim_call *call)
{
    struct tn_json root;
    if (!reservation_now(call))
        return;
    struct tn_json scopes = {0};
    if (tn_sim_call_json(call, &root))
        scopes = tn_json_find(root, "properties.scopes");
    if (tn_json_length(scopes) == 0) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "properties.scopes must be a list of scopes.");
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_key(&w, "scopes");
    tn_jw_array(&w);
    for (struct tn_json_iter it = tn_json_each(scopes); tn_json_next(&it);) {
        const char *scope = tn_json_string(it.value, "", NULL);
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "scope", scope);
        tn_jw_kv_bool(&w, "valid", scope && tn_sim_scope_belongs(&call->simulator->world, call->customer, scope));
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

/* ---- changing it ------------------------------------------------------------------------------------------------- */

/* The etag rises by two: a revision that is in progress comes between. */
static bool apply(struct tn_sim_call *call, struct tn_sim_reservation *reservation,
                  const struct tn_sim_settings *settings)
{
    struct tn_simulator *simulator = call->simulator;
    if (!tn_sim_change_state(simulator, &reservation->history, TN_SIM_SUCCEEDED, "Pending", PENDING_MESSAGE) ||
        !tn_sim_reservation_set(simulator, reservation, settings, (struct tn_sim_change){.state = TN_SIM_SUCCEEDED}))
        return false;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_reservation_write(&w, reservation, reservation->history.latest, TN_SIM_ALONE, sight_now(simulator));
    return enter_in_book(call, reservation, "update", "succeeded");
}

/* One that was accepted and has not settled. */
struct updating {
    struct tn_sim_operation operation;
    struct tn_sim_reservation *reservation;
    struct tn_sim_settings settings; /* as they will be */
    size_t seq;                      /* in the book */
    bool fails;
};

static void on_settled(struct tn_sim_operation *operation)
{
    struct updating *it = tn_container_of(operation, struct updating, operation);
    struct tn_simulator *simulator = operation->simulator;
    struct tn_sim_change change = {.state = TN_SIM_SUCCEEDED};
    if (it->fails)
        tn_sim_change_state(simulator, &it->reservation->history, TN_SIM_SUCCEEDED, NULL, NULL);
    else
        tn_sim_reservation_set(simulator, it->reservation, &it->settings, change);
    tn_sim_book_settle(&simulator->book, it->seq, it->fails ? "failed" : "succeeded");
    tn_sim_operation_end(operation);
}

/* Where the path of the call's reservation is. */
static void put_location(struct tn_sim_call *call, const struct tn_sim_reservation *reservation, const char *header,
                         const char *rest)
{
    tn_sim_answer_header(call->answer, header,
                         "%s/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s%s?api-version=%s",
                         call->simulator->url, reservation->order->id, reservation->id, rest, tn_sim_arm_version(call));
}

/* Its specification allows a patch to take its time; nobody has recorded one that did. */
static bool begin(struct tn_sim_call *call, struct tn_sim_reservation *reservation,
                  const struct tn_sim_settings *settings)
{
    struct tn_simulator *simulator = call->simulator;
    char rest[48];
    struct updating *it = tn_sim_operation_begin(simulator, sizeof *it, simulator->settle_ms, on_settled);
    if (!it)
        return false;
    it->reservation = reservation;
    it->settings = *settings;
    if (!tn_sim_change_state(simulator, &reservation->history, TN_SIM_PENDING, "Pending", PENDING_MESSAGE)) {
        tn_sim_operation_end(&it->operation);
        return false;
    }
    it->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    it->seq = enter_in_book(call, reservation, "update", "pending");
    snprintf(rest, sizeof rest, "/operationresults/%d", reservation->history.latest->number);
    call->answer->status = 202;
    put_location(call, reservation, "Azure-AsyncOperation", rest);
    put_location(call, reservation, "Location", "");
    tn_sim_answer_header(call->answer, "Retry-After", "%d", RETRY_SECONDS);
    return it->seq;
}

void tn_sim_reservations_update(struct tn_sim_call *call)
{
    struct tn_sim_settings settings;
    struct tn_sim_reservation *reservation = reservation_now(call);
    if (!reservation || !tn_sim_reservation_is_live(call, reservation) ||
        !tn_sim_patch_read(call, reservation, &settings))
        return;
    bool later = call->simulator->faults.async_updates;
    if (!(later ? begin : apply)(call, reservation, &settings))
        call->answer->body.failed = true;
}

static void write_status(struct tn_sim_call *call, const char *status, bool failed)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "name", call->params[2]);
    tn_jw_kv_string(&w, "status", status);
    if (failed) {
        tn_jw_key(&w, "error");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "code", "CapacityUpdateScopesFailed");
        tn_jw_kv_string(&w, "message", "The reservation could not be updated: it is as it was.");
        tn_jw_object_end(&w);
    }
    tn_jw_object_end(&w);
}

/* An operation is named by the revision with which it began. The one after it has other settings, unless it failed. */
void tn_sim_reservations_update_result(struct tn_sim_call *call)
{
    const struct tn_sim_reservation *reservation = reservation_now(call);
    if (!reservation)
        return;
    int number = (int)strtol(call->params[2], NULL, 10);
    const struct tn_sim_change *change = reservation->history.latest, *settled = NULL;
    for (; change && change->number > number; change = change->older)
        settled = change;
    if (!change || change->number != number || change->state != TN_SIM_PENDING)
        tn_sim_arm_error(call, 404, "ResourceNotFound", "The operation '%.40s' was not found.", call->params[2]);
    else if (!settled)
        write_status(call, "Pending", false);
    else
        write_status(call, settled->settings != change->settings ? "Succeeded" : "Failed",
                     settled->settings == change->settings);
}

/* ---- archiving --------------------------------------------------------------------------------------------------- */

/* Done again it does nothing, and is no change for the book. */
static void set_archived(struct tn_sim_call *call, struct tn_sim_reservation *reservation, bool archived)
{
    struct tn_sim_change change = *reservation->history.latest;
    struct tn_sim_settings settings = *tn_sim_settings_as(reservation, &change);
    call->answer->status = 200;
    if (settings.archived == archived)
        return;
    settings.archived = archived;
    if (!tn_sim_reservation_set(call->simulator, reservation, &settings, change) ||
        !enter_in_book(call, reservation, archived ? "archive" : "unarchive", "succeeded"))
        call->answer->body.failed = true;
}

/* Only what is over is put away. */
void tn_sim_reservations_archive(struct tn_sim_call *call)
{
    struct tn_sim_reservation *reservation = reservation_now(call);
    if (!reservation)
        return;
    const char *state = tn_sim_display_state(reservation, reservation->history.latest->state,
                                             tn_loop_wall_ms(call->simulator->loop) / 1000);
    if (strcmp(state, "Cancelled") == 0 || strcmp(state, "Expired") == 0 || strcmp(state, "Failed") == 0)
        set_archived(call, reservation, true);
    else
        tn_sim_arm_error(call, 409, "OperationCannotBePerformedInCurrentState",
                         "The reservation '%s' is %s: only what is cancelled, expired or failed can be archived.",
                         reservation->id, state);
}

void tn_sim_reservations_unarchive(struct tn_sim_call *call)
{
    struct tn_sim_reservation *reservation = reservation_now(call);
    if (reservation)
        set_archived(call, reservation, false);
}
