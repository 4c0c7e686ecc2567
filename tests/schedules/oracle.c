/* What must hold: see oracle.h. */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "oracle_effect.h"
#include "process.h"
#include "reader.h"
#include "service.h"

#define SPARE_ATTEMPTS 2 /* looked for beyond what the ledger knows of */

/* ---- runs --------------------------------------------------------------------------------------------------------- */

bool oracle_run_over(struct world *world, const char *run)
{
    return reader_has(world,
                      "SELECT 1 FROM run WHERE id = ?1 AND state IN ('done', 'stopped') AND NOT EXISTS (SELECT 1"
                      " FROM effect WHERE effect.run = run.id"
                      " AND effect.state IN ('approved', 'intended', 'accepted', 'unknown'))",
                      run);
}

bool oracle_run_approved(struct world *world, const char *run)
{
    return reader_has(world, "SELECT 1 FROM approval WHERE run = ?1", run);
}

/* ---- at every effect that leaves -------------------------------------------------------------------------------- */

void oracle_sent(struct world *world, const struct process *process, const char *correlation)
{
    sqlite3_stmt *rows =
        reader_ask(world, "SELECT state, worker, send_by, boot FROM effect WHERE correlation = ?1", correlation);
    int64_t now_ms = world->machine.monotonic_ms(world->machine.arg);
    if (!reader_next(rows))
        violate(world, NO_PERMIT, "%s is sent without an intent", correlation);
    else if (strcmp(reader_text(rows, 0), "intended") != 0 ||
             strcmp(reader_text(rows, 1), process_worker(process)) != 0)
        violate(world, NO_PERMIT, "%s is sent while it is %s by %s", correlation, reader_text(rows, 0),
                reader_text(rows, 1));
    else if (reader_int(rows, 2) < now_ms || strcmp(reader_text(rows, 3), world->boot_id) != 0)
        violate(world, NO_PERMIT, "%s is sent %lld ms too late", correlation,
                (long long)(now_ms - reader_int(rows, 2)));
    reader_done(rows);
}

/* ---- when all is over ------------------------------------------------------------------------------------------- */

bool effect_is(const struct effect *effect, const char *state)
{
    return strcmp(effect->state, state) == 0;
}

bool effect_came_to_nothing(const struct effect *effect)
{
    bool never = effect_is(effect, "planned") && effect->attempt == 0; /* the plan expired before it was approved */
    return never || effect_is(effect, "failed") || effect_is(effect, "refused") || effect_is(effect, "withdrawn");
}

bool effect_succeeded(const struct effect *effect)
{
    return effect_is(effect, "succeeded") || effect_is(effect, "partial");
}

bool effect_asked(const char *key, int64_t attempts, const char *correlation)
{
    for (int64_t attempt = 1; attempt <= attempts + SPARE_ATTEMPTS; attempt++) {
        char name[512], guid[TN_GUID_TEXT];
        snprintf(name, sizeof name, "%.480s/%lld", key, (long long)attempt);
        tn_id_fold(name);
        tn_guid_derive(guid, name);
        if (strcmp(guid, correlation) == 0)
            return true;
    }
    return false;
}

static struct booked books_of(const struct world *world, const char *key, int64_t attempts)
{
    struct booked booked = {0};
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person || !effect_asked(key, attempts, entry->correlation))
            continue;
        booked.accepted++;
        booked.moved += !entry->failed;
        booked.entry = entry;
    }
    return booked;
}

bool oracle_truth(const struct world *world, const char *key, int64_t attempt, enum tn_effect_state *state)
{
    struct booked booked = books_of(world, key, attempt);
    struct names_truth names = oracle_names_truth(world, key, attempt);
    bool partly = booked.moved && booked.entry->partly;
    *state = partly                        ? TN_EFFECT_PARTIAL
             : booked.moved || names.given ? TN_EFFECT_SUCCEEDED
             : booked.accepted             ? TN_EFFECT_FAILED
                                           : TN_EFFECT_APPROVED;
    return names.open ? false : !booked.accepted || booked.entry->settled_ms <= world->now_ms;
}

/* A person returned just what we wanted to do, or did something of the kind after ours had been accepted and before anybody
 * saw it fail: nobody can tell the difference. */
static bool done_by_person(const struct world *world, const struct effect *effect, const struct booked *booked)
{
    for (size_t i = 0; i < service_count(world->service) && strcmp(effect->operation, "refund") == 0; i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person && strstr(effect->subject, entry->reservations[0]) &&
            (entry->quantity == effect->quantity ||
             (booked->accepted && entry->accepted_ms >= booked->entry->accepted_ms)))
            return true;
    }
    return false;
}

/* A run that is over but for outcomes which need a person, or another look: what waits behind those, or for less to be
 * in flight, may still be asked for, and what was accepted and came to nothing unseen stays with them. */
static bool may_go_on(const struct world *world, const struct effect *effect, const struct booked *booked)
{
    if (effect_is(effect, "accepted"))
        return booked->moved == 0;
    return reader_has(
        world,
        "SELECT 1 FROM effect AS own JOIN effect AS open ON open.run = own.run AND (open.customer = own.customer"
        " OR EXISTS (SELECT 1 FROM guard WHERE guard.run = own.run AND kind = 'in_flight'"
        " AND used_count >= cap_count))"
        " LEFT JOIN item ON item.run = own.run AND item.customer = own.customer AND item.step = own.step"
        " AND item.position = own.item AND item.pass = 1 WHERE own.key = ?1 AND own.state = 'approved'"
        " AND open.state IN ('unknown', 'accepted') AND coalesce(item.state, 'waiting') <> 'failed'",
        effect->key);
}

static void check_trade(struct world *world, const struct effect *effect, const struct booked *booked)
{
    bool nothing = effect_came_to_nothing(effect), success = effect_succeeded(effect);
    const char *reservation = strstr(effect->subject, "/reservations/");
    tell(world, "%.8s, %s of %.8s: %s at attempt %lld, %s; accepted %d, moved %d%s", effect->key, effect->operation,
         reservation ? reservation + 14 : effect->subject, effect->state, (long long)effect->attempt, effect->spend,
         booked->accepted, booked->moved, booked->moved && booked->entry->partly ? " in part" : "");
    if (booked->accepted > 1)
        violate(world, TWICE, "%.8s was accepted %d times", effect->key, booked->accepted);
    if (nothing && booked->moved > 0)
        violate(world, UNLISTED, "%.8s is %s, and the service did it", effect->key, effect->state);
    if (success && booked->moved == 0 && !done_by_person(world, effect, booked))
        violate(world, UNLISTED, "%.8s is %s, and nobody did it", effect->key, effect->state);
    if (booked->moved == 1 && (success || effect_is(effect, "unknown")))
        oracle_check_moved(world, effect, booked);
}

static void check_effect(struct world *world, const struct effect *effect)
{
    struct booked booked = books_of(world, effect->key, effect->attempt);
    bool nothing = effect_came_to_nothing(effect);
    if (strcmp(effect->operation, "update") == 0)
        oracle_check_name(world, effect);
    else
        check_trade(world, effect, &booked);
    if (!nothing && !effect_succeeded(effect) && !effect_is(effect, "unknown") && !may_go_on(world, effect, &booked))
        violate(world, UNSETTLED, "%.8s is %s when all is over", effect->key, effect->state);
    if (nothing && strcmp(effect->spend, "") != 0 && strcmp(effect->spend, "released") != 0)
        violate(world, BOOKS, "%.8s is %s, and its money is %s", effect->key, effect->state, effect->spend);
    if (effect_is(effect, "unknown") && strcmp(effect->spend, "held") != 0)
        violate(world, BOOKS, "%.8s is unknown, and its money is %s", effect->key, effect->spend);
}

/* In whatever currency it is billed. */
static int64_t cents_of(sqlite3_stmt *rows, int column)
{
    int64_t cents = reader_cents(rows, column, "EUR");
    return cents < 0 ? reader_cents(rows, column, "USD") : cents;
}

static void check_effects(struct world *world)
{
    sqlite3_stmt *rows = reader_ask(world,
                                    "SELECT key, effect.state, subject, coalesce(spend.state, ''), effect.operation,"
                                    " attempt, quantity, back, worth, pay, coalesce(code, '')"
                                    " FROM effect LEFT JOIN spend ON spend.effect = key ORDER BY key",
                                    NULL);
    while (reader_next(rows)) {
        struct effect effect = {.key = reader_text(rows, 0),
                                .state = reader_text(rows, 1),
                                .subject = reader_text(rows, 2),
                                .spend = reader_text(rows, 3),
                                .operation = reader_text(rows, 4),
                                .attempt = reader_int(rows, 5),
                                .quantity = reader_int(rows, 6),
                                .back = cents_of(rows, 7),
                                .worth = reader_cents(rows, 8, "USD"),
                                .pay = cents_of(rows, 9),
                                .code = reader_text(rows, 10)};
        check_effect(world, &effect);
    }
    reader_done(rows);
}

/* Everything that we are booked for has an effect. */
static void check_entries(struct world *world)
{
    for (size_t i = 0; i < service_count(world->service); i++) {
        const struct service_entry *entry = service_entry(world->service, i);
        if (entry->by_person)
            continue;
        bool found = false;
        sqlite3_stmt *rows = reader_ask(world, "SELECT key, attempt FROM effect", NULL);
        while (!found && reader_next(rows))
            found = effect_asked(reader_text(rows, 0), reader_int(rows, 1), entry->correlation);
        reader_done(rows);
        if (!found)
            violate(world, UNLISTED, "the service accepted %s, which no effect knows", entry->correlation);
    }
}

/* An outage is nobody's fault: it ends passes, not customers. */
static void check_blame(struct world *world)
{
    sqlite3_stmt *rows =
        reader_ask(world,
                   "SELECT id, apply_state, apply_code, coalesce(apply_message, '') FROM customer"
                   " WHERE apply_code IN ('EUNREACHABLE', 'ETIMEDOUT', 'EIO') UNION ALL"
                   " SELECT customer, state, code, coalesce(detail, '') FROM item WHERE pass = 1 AND state = 'failed'"
                   " AND code IN ('EUNREACHABLE', 'ETIMEDOUT', 'EIO')",
                   NULL);
    while (reader_next(rows))
        violate(world, BLAMED, "%.8s is %s: %s %s", reader_text(rows, 0), reader_text(rows, 1), reader_text(rows, 2),
                reader_text(rows, 3));
    reader_done(rows);
}

/* The ledger's own story, for whoever looks into a violation. */
static void print_events(struct world *world)
{
    sqlite3_stmt *rows = reader_ask(world, "SELECT at, kind, coalesce(effect, ''), body FROM event ORDER BY seq", NULL);
    while (reader_next(rows))
        fprintf(stderr, "%10lld ms ledger: %s %.8s %s\n", (long long)(reader_int(rows, 0) - WALL_START_MS),
                reader_text(rows, 1), reader_text(rows, 2), reader_text(rows, 3));
    reader_done(rows);
    rows = reader_ask(world, "SELECT id, apply_state, apply_code, apply_message FROM customer", NULL);
    while (reader_next(rows))
        fprintf(stderr, "customer %.8s: %s %s %s\n", reader_text(rows, 0), reader_text(rows, 1), reader_text(rows, 2),
                reader_text(rows, 3));
    reader_done(rows);
    rows = reader_ask(world, "SELECT customer, position, state, code, detail FROM item WHERE pass = 1", NULL);
    while (reader_next(rows))
        fprintf(stderr, "item %.8s %s: %s %s %s\n", reader_text(rows, 0), reader_text(rows, 1), reader_text(rows, 2),
                reader_text(rows, 3), reader_text(rows, 4));
    reader_done(rows);
}

void oracle_over(struct world *world)
{
    if (world->verbose)
        print_events(world);
    oracle_committed(world, NULL);
    check_effects(world);
    check_entries(world);
    oracle_check_pairs(world);
    oracle_check_names(world);
    check_blame(world);
}
